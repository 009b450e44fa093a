//! Whether a value came through a type whole. The types are lenient: a number may have been text, a boolean `Y`,
//! «nothing» one of five things, one value a list of one. What may not happen is that a key or a value is gone.

use serde_json::Value;

/// The paths at which something of `before` is not in `after`.
pub fn lost(before: &Value, after: &Value) -> Vec<String> {
    let mut lost = Vec::new();
    compare(before, Some(after), "result", &mut lost);
    lost
}

fn compare(before: &Value, after: Option<&Value>, path: &str, lost: &mut Vec<String>) {
    if is_nothing(before) && after.is_none_or(is_nothing) {
        return;
    }
    let Some(after) = after else {
        lost.push(format!("{path}: {} is gone", short(before)));
        return;
    };
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                compare(value, after.get(key), &format!("{path}.{key}"), lost);
            }
        }
        // Keys 0, 1, … are those of a list, whichever way it is written.
        (Value::Object(before), Value::Array(after))
            if before.keys().all(|key| key.parse::<u64>().is_ok()) =>
        {
            for (index, (key, value)) in in_order(before).into_iter().enumerate() {
                compare(value, after.get(index), &format!("{path}.{key}"), lost);
            }
        }
        (Value::Array(before), Value::Object(after)) => {
            for (index, value) in before.iter().enumerate() {
                compare(
                    value,
                    after.get(&index.to_string()),
                    &format!("{path}.{index}"),
                    lost,
                );
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for (index, value) in before.iter().enumerate() {
                compare(value, after.get(index), &format!("{path}.{index}"), lost);
            }
        }
        // One where there may be several.
        (before, Value::Array(after)) if after.len() == 1 => compare(before, after.first(), path, lost),
        (before, after) if is_same(before, after) => {}
        (before, after) => lost.push(format!("{path}: {} became {}", short(before), short(after))),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether two single values mean the same.
fn is_same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Bool(before), after) => text(after).is_some_and(|after| truth(&after) == Some(*before)),
        (before, Value::Bool(after)) => text(before).is_some_and(|before| truth(&before) == Some(*after)),
        (before, after) => match (text(before), text(after)) {
            (Some(before), Some(after)) => before == after || is_same_number(&before, &after),
            _ => false,
        },
    }
}

/// Integers are compared exactly: beyond 2⁵³ different ones are equal as `f64`.
fn is_same_number(before: &str, after: &str) -> bool {
    if let (Ok(before), Ok(after)) = (before.trim().parse::<i128>(), after.trim().parse::<i128>()) {
        return before == after;
    }
    matches!((before.trim().parse::<f64>(), after.trim().parse::<f64>()), (Ok(before), Ok(after)) if before == after)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "Y" | "y" | "1" | "true" => Some(true),
        "N" | "n" | "0" | "false" | "" => Some(false),
        _ => None,
    }
}

/// Entries by key, numbers as numbers.
fn in_order(entries: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| (key.parse::<u64>().ok(), *key));
    entries
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leniency_loses_nothing() {
        for (before, after) in [
            (json!("157"), json!(157)),
            (json!(157), json!("157")),
            (json!("1.50"), json!(1.5)),
            (json!("Y"), json!(true)),
            (json!(0), json!(false)),
            (
                json!({"a": null, "b": "", "c": false, "d": [], "e": {}}),
                json!({}),
            ),
            (json!([]), json!({})),
            (json!({"0": "a", "1": "b"}), json!(["a", "b"])),
            (json!({"7": "a", "10": "b"}), json!(["a", "b"])),
            (json!(["a"]), json!({"0": "a"})),
            (json!("a"), json!(["a"])),
            (json!({"a": 1}), json!([{"a": 1}])),
        ] {
            assert_eq!(lost(&before, &after), [""; 0], "{before} {after}");
        }
    }

    #[test]
    fn what_is_gone_or_changed_is_told_with_its_path() {
        let told = |before, after| lost(&before, &after).join("; ");
        assert_eq!(
            told(json!({"a": [{"b": 1, "c": 2}]}), json!({"a": [{"b": 1}]})),
            "result.a.0.c: `2` is gone"
        );
        assert_eq!(told(json!("x"), json!("y")), "result: `\"x\"` became `\"y\"`");
        assert_eq!(told(json!([1, 2]), json!([1])), "result.1: `2` is gone");
        assert_eq!(told(json!(2), json!(true)), "result: `2` became `true`");
        assert_eq!(told(json!("Yes"), json!(true)), "result: `\"Yes\"` became `true`");
        assert_eq!(
            told(json!("9007199254740993"), json!("9007199254740992")),
            "result: `\"9007199254740993\"` became `\"9007199254740992\"`"
        );
    }
}
