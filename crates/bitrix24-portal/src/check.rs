//! Parameters against the spec: what is missing, and what is of the wrong type.
//!
//! Real portals check the outermost parameters in this way and leave it to each method what to make of the
//! fields inside; many save nonsense without a word. This one checks the fields, too, so that a client's mistake
//! shows where it was made. What the documentation does not mention is let through.

use crate::answer::Refusal;
use crate::request::Api;
use crate::spec::{Field, Kind, Method};
use crate::value::Value;

/// What lists of REST 3.0 are asked for by. Its overview says what they look like, for all methods at once; on the pages of
/// methods it is said less exactly.
pub(crate) const LIST_PARAMETERS: [&str; 5] = ["select", "filter", "order", "pagination", "cursor"];

/// Refuses what cannot be a call of this method. It can do without these parameters.
pub(crate) fn check(api: Api, method: &Method, params: &Value, without: &[&str]) -> Result<(), Refusal> {
    let missing: Vec<&str> = (method.params.iter())
        .filter(|param| param.required && is_absent(params, param))
        .map(|param| param.name.as_str())
        .filter(|name| !without.contains(name))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::of_fields(
            "MISSING_PARAMS",
            format!("The call lacks parameters: {}", missing.join(", ")),
            missing.into_iter().map(str::to_owned).collect(),
        ));
    }
    let sent = || {
        method
            .params
            .iter()
            .filter(|param| !(api == Api::V3 && LIST_PARAMETERS.contains(&param.name.as_str())))
            .map(|param| (param, params.get(&param.name)))
            .filter(|(_, v)| !v.is_null())
    };
    for (param, value) in sent() {
        if !fits(value, &param.kind) {
            return mismatch(&param.name, value);
        }
    }
    // A filter has conditions under the names of fields, such as a list of values, not values.
    for (param, value) in sent().filter(|(param, _)| !param.name.eq_ignore_ascii_case("filter")) {
        check_fields(method, &param.name, value, param)?;
    }
    Ok(())
}

/// The fields of the objects inside a value, in lists and maps of them too.
fn check_fields(method: &Method, path: &str, value: &Value, of: &Field) -> Result<(), Refusal> {
    if of.fields.is_empty() {
        return Ok(());
    }
    for (path, object) in objects(path, value, &of.kind) {
        for field in &of.fields {
            let path = format!("{path}[{}]", field.name);
            let value = object.get(&field.name);
            if field.required && is_absent(object, field) {
                // Some pages have a code of its own for this.
                let code = ["BX_EMPTY_REQUIRED"].into_iter().find(|code| method.lists(code));
                let code = code.unwrap_or("MISSING_PARAMS");
                return Err(Refusal::of_fields(
                    code,
                    format!("The call lacks {path}"),
                    vec![path],
                ));
            }
            let nothing = is_empty(value) || (field.nullable && *value == Value::Bool(false));
            if nothing {
                continue;
            }
            if !fits(value, &field.kind) {
                return mismatch(&path, value);
            }
            check_fields(method, &path, value, field)?;
        }
    }
    Ok(())
}

/// Where the fields beside a type belong, in a value of this type.
fn objects<'a>(path: &str, value: &'a Value, kind: &Kind) -> Vec<(String, &'a Value)> {
    let each = |inner: &Kind| -> Vec<(String, &'a Value)> {
        let entries: Vec<(String, &Value)> = match value {
            Value::List(list) => list
                .iter()
                .enumerate()
                .map(|(i, value)| (i.to_string(), value))
                .collect(),
            Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            _ => Vec::new(),
        };
        (entries.into_iter())
            .flat_map(|(key, value)| objects(&format!("{path}[{key}]"), value, inner))
            .collect()
    };
    match kind {
        Kind::Object if matches!(value, Value::Map(_)) => vec![(path.to_owned(), value)],
        Kind::List(inner) | Kind::Map(inner) => each(inner),
        Kind::OneOf(members) => (members.iter().find(|member| fits(value, member)))
            .map_or(Vec::new(), |member| objects(path, value, member)),
        _ => Vec::new(),
    }
}

/// Not sent, or sent as null where null means nothing.
fn is_absent(params: &Value, field: &Field) -> bool {
    params
        .find(&field.name)
        .is_none_or(|value| value.is_null() && !field.nullable)
}

/// Inside an object null and empty text stand for «no value», whatever the type; `false` where null may stand.
fn is_empty(value: &Value) -> bool {
    value.is_null() || *value == Value::Text(String::new())
}

fn fits(value: &Value, kind: &Kind) -> bool {
    let text_of = |allowed: &[&str]| {
        value
            .to_text()
            .is_some_and(|text| allowed.contains(&text.as_str()))
    };
    match kind {
        Kind::Any => true,
        Kind::Int => value.as_int().is_some(),
        Kind::Float => match value {
            Value::Number(_) => true,
            Value::Text(text) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
            _ => false,
        },
        // In a form everything is text.
        Kind::Bool => matches!(value, Value::Bool(_)) || text_of(&["true", "false", "1", "0", "", "Y", "N"]),
        Kind::YesNo => matches!(value, Value::Text(_)) && text_of(&["Y", "N"]),
        Kind::OneZero => !matches!(value, Value::Bool(_)) && text_of(&["1", "0"]),
        Kind::String | Kind::Id => matches!(value, Value::Text(_) | Value::Number(_)),
        Kind::Date | Kind::DateTime => matches!(value, Value::Text(_)),
        Kind::File => !matches!(value, Value::Bool(_)),
        Kind::Object | Kind::Named(_) => match value {
            Value::Map(_) => true,
            Value::List(list) => list.is_empty(),
            _ => false,
        },
        Kind::List(inner) => match value {
            Value::List(list) => list.iter().all(|value| is_empty(value) || fits(value, inner)),
            // What a form writes as a[1]=…&a[2]=…
            Value::Map(map) => map
                .iter()
                .all(|(key, value)| key.parse::<i64>().is_ok() && (is_empty(value) || fits(value, inner))),
            _ => false,
        },
        Kind::Map(inner) => match value {
            Value::List(list) => list.iter().all(|value| is_empty(value) || fits(value, inner)),
            Value::Map(map) => map.values().all(|value| is_empty(value) || fits(value, inner)),
            _ => false,
        },
        Kind::OneOf(members) => members.iter().any(|member| fits(value, member)),
    }
}

fn mismatch(path: &str, value: &Value) -> Result<(), Refusal> {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) | Value::Rows(_) => "a list",
        Value::Map(_) => "an object",
    };
    Err(Refusal::of_fields(
        "TYPE_ERROR",
        format!("{path} is {is}, which is not what it must be"),
        vec![path.to_owned()],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn method(json: serde_json::Value) -> Method {
        let mut method = json!({"scopes": [], "access": "any", "effect": "read", "result": {"type": "any"}});
        method["params"] = json;
        serde_json::from_value(method).unwrap()
    }

    fn code(method: &Method, params: serde_json::Value) -> Option<(String, String)> {
        check(Api::V2, method, &params.into(), &[])
            .err()
            .map(|refusal| (refusal.code, refusal.text))
    }

    #[test]
    fn every_type_takes_what_it_must_and_nothing_else() {
        for (kind, good, bad) in [
            (
                "int",
                json!([1, "12", " 3 ", 2.0, "-4"]),
                json!(["x", 1.5, true, [], {}, ""]),
            ),
            (
                "float",
                json!([1, 1.5, "1.5", "1e3"]),
                json!(["x", true, [], "", "inf"]),
            ),
            (
                "bool",
                json!([true, false, 1, 0, "1", "0", "true", "false", "Y", "N"]),
                json!(["x", 2, [], {}]),
            ),
            ("bool(Y/N)", json!(["Y", "N"]), json!([true, "y", 1, "", []])),
            (
                "bool(1/0)",
                json!([1, 0, "1", "0"]),
                json!([true, "Y", 2, "", []]),
            ),
            ("string", json!(["", "x", 1, 1.5]), json!([true, [], {}])),
            ("id", json!(["", "x", 1]), json!([true, [], {}])),
            ("date", json!(["2026-01-02"]), json!([1, true, [], {}])),
            (
                "file",
                json!([["a.txt", "QQ=="], {"fileData": []}, 5, "QQ=="]),
                json!([true]),
            ),
            ("any", json!([1, "x", true, [], {}]), json!([])),
            ("object", json!([{}, [], {"a": 1}]), json!(["x", 1, [1], true])),
            ("@landing.page", json!([{}, []]), json!(["x", 1])),
            (
                "int[]",
                json!([[], [1, "2"], {"4": 1}, ["", null]]),
                json!([1, "x", ["x"], {"a": 1}]),
            ),
            (
                "map<int>",
                json!([[], {}, {"a": 1, "b": "2"}, [1]]),
                json!([1, "x", {"a": "x"}]),
            ),
            ("int | string[]", json!([1, ["x"]]), json!(["x", [[]], true])),
        ] {
            let method = method(json!([{"name": "p", "type": kind}]));
            for value in good.as_array().unwrap() {
                assert_eq!(code(&method, json!({"p": value})), None, "{kind}: {value}");
            }
            for value in bad.as_array().unwrap() {
                let code = code(&method, json!({"p": value})).map(|(code, _)| code);
                assert_eq!(code.as_deref(), Some("TYPE_ERROR"), "{kind}: {value}");
            }
        }
    }

    #[test]
    fn all_missing_parameters_are_named_before_any_wrong_one() {
        let method = method(json!([
            {"name": "a", "type": "int", "required": true},
            {"name": "b", "type": "int"},
            {"name": "c", "type": "int", "required": true},
            {"name": "d", "type": "int", "required": true, "nullable": true},
        ]));
        let missing = |names: &str| {
            Some((
                "MISSING_PARAMS".to_owned(),
                format!("The call lacks parameters: {names}"),
            ))
        };
        assert_eq!(code(&method, json!({"b": "x"})), missing("a, c, d"));
        assert_eq!(code(&method, json!({"a": 1, "c": null, "d": null})), missing("c"));
        assert_eq!(
            code(
                &method,
                json!({"a": 1, "c": 2, "d": null, "b": null, "other": []})
            ),
            None
        );
        assert_eq!(code(&method, json!([])), missing("a, c, d"));
    }

    #[test]
    fn fields_are_checked_at_every_depth_and_named() {
        let method = method(json!([
            {"name": "fields", "type": "object", "required": true, "fields": [
                {"name": "TITLE", "type": "string", "required": true},
                {"name": "PARENT", "type": "int"},
                {"name": "PHONE", "type": "object[]", "fields": [{"name": "VALUE", "type": "string", "required": true}]},
            ]},
        ]));
        for (params, expected) in [
            (
                json!({"fields": {"TITLE": "x", "PARENT": "", "PHONE": [{"VALUE": 1}], "MORE": []}}),
                None,
            ),
            (json!({"fields": {"TITLE": "x", "PARENT": null}}), None),
            (json!({"fields": {}}), Some(("MISSING_PARAMS", "fields[TITLE]"))),
            (
                json!({"fields": {"TITLE": null}}),
                Some(("MISSING_PARAMS", "fields[TITLE]")),
            ),
            (
                json!({"fields": {"TITLE": []}}),
                Some(("TYPE_ERROR", "fields[TITLE] ")),
            ),
            (
                json!({"fields": {"TITLE": "x", "PARENT": "y"}}),
                Some(("TYPE_ERROR", "fields[PARENT] ")),
            ),
            (
                json!({"fields": {"TITLE": "x", "PHONE": [{"VALUE": "1"}, {}]}}),
                Some(("MISSING_PARAMS", "fields[PHONE][1][VALUE]")),
            ),
            (json!({"fields": "x"}), Some(("TYPE_ERROR", "fields "))),
        ] {
            let found = code(&method, params.clone());
            match (&found, expected) {
                (None, None) => {}
                (Some((code, text)), Some((wanted, path))) => {
                    assert!(code == wanted && text.contains(path), "{params}: {found:?}");
                }
                _ => panic!("{params}: {found:?}"),
            }
        }
    }
    #[test]
    fn conditions_of_a_filter_are_no_values() {
        let filter = json!([{"name": "filter", "type": "object", "fields": [{"name": "ID", "type": "int"}]}]);
        let list = method(filter);
        for filter in [
            json!({"ID": [1, 2]}),
            json!({">ID": "$result[0]"}),
            json!({"!ID": null}),
        ] {
            assert_eq!(code(&list, json!({"filter": filter.clone()})), None, "{filter}");
        }
        assert!(code(&list, json!({"filter": "ID"})).is_some());
    }
}
