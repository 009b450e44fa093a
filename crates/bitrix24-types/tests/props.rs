//! Whatever comes in, each method's reading gives a value or an error, and reads back what it wrote.

use bitrix24_types::{Value, registry};
use proptest::prelude::*;
use serde_json::json;

/// JSON as text, so that there are equal keys, numbers that no type holds, and escapes that are wrong.
fn any_json() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "0",
        "-0",
        "1",
        "-1",
        "0.0",
        "1.5",
        "1e3",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1e308",
        "1e309",
        "-1E+400",
        "1e-400",
        "0.1e999999999",
        "4.9406564584124654e-324",
    ]);
    let text = prop::sample::select(vec![
        "",
        "Y",
        "N",
        "1",
        "0",
        "true",
        "157",
        "-7.00",
        "1e3",
        "inf",
        "D_157",
        "PAGE",
        "2026-03-12T06:11:57+03:00",
        "24.08.2023 13:19:39",
        "11/12/2021 08:39:53 pm",
        r"\ud83c\udfe0",
        r"\ud83c",
        r"\u0000",
        "я",
    ]);
    let leaf = prop_oneof![
        2 => prop::sample::select(vec!["null", "true", "false", "[]", "{}", r#""""#]).prop_map(str::to_owned),
        2 => number.prop_map(str::to_owned),
        2 => text.prop_map(|text| format!("\"{text}\"")),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        // Of few digits: serde_json reads more of them with an error in the last place.
        1 => any::<i32>().prop_map(|number| (f64::from(number) / 1000.0).to_string()),
        1 => any::<String>().prop_map(|text| Value::from(text).to_string()),
    ];
    let key = prop_oneof![
        6 => prop::sample::select(KEYS.to_vec()).prop_map(|key| format!("{key:?}")),
        1 => any::<String>().prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(8, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..8).prop_map(|entries| {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{key}:{value}"))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

/// Keys that occur in results, and in the envelope.
const KEYS: &[&str] = &[
    "ID",
    "id",
    "TITLE",
    "TYPE",
    "ACTIVE",
    "CODE",
    "DATE_CREATE",
    "DATE_MODIFY",
    "DELETED",
    "DOMAIN_ID",
    "SITE_ID",
    "LANDING_ID",
    "CREATED_BY_ID",
    "XML_ID",
    "MANIFEST",
    "CONTENT",
    "FIELDS",
    "ADDITIONAL_FIELDS",
    "block",
    "nodes",
    "style",
    "attrs",
    "cards",
    "assets",
    "menu",
    "callbacks",
    "name",
    "type",
    "section",
    "items",
    "css",
    "js",
    "lang",
    "label",
    "dimensions",
    "content",
    "access_denied",
    "rights",
    "result",
    "error",
    "error_description",
    "time",
    "next",
    "total",
    "code",
    "message",
    "validation",
    "field",
    "0",
    "1",
    "7",
    "UF_X",
];

/// Each method reads the body; what one wrote, it reads again as the same.
fn read_by_all(body: &[u8]) -> Result<(), TestCaseError> {
    for method in registry::all() {
        if let Ok(written) = (method.output)(body) {
            let written = json!({ "result": written });
            let text = written.to_string();
            // What came as one and is a list now is a level deeper: it may be deeper than JSON is read at all.
            if serde_json::from_str::<Value>(&text).is_err() {
                continue;
            }
            let again = (method.output)(text.as_bytes());
            let again = again.map(|result| pruned(json!({ "result": result })));
            prop_assert_eq!(again, Ok(pruned(written)), "{}", method.name);
        }
    }
    Ok(())
}

/// Without what is nothing in an object. An object of which no field is known is written `{}`, and that is read as
/// nothing, as it should be.
fn pruned(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(pruned).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, pruned(value)))
            .filter(|(_, value)| ![json!({}), json!([]), json!(null)].contains(value))
            .collect(),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_result(result in any_json()) {
        read_by_all(format!(r#"{{"result":{result},"time":{{"start":1.5}}}}"#).as_bytes())?;
    }

    #[test]
    fn any_rows(rows in prop::collection::vec(any_json(), 1..4)) {
        read_by_all(format!(r#"{{"result":[{}],"next":0}}"#, rows.join(",")).as_bytes())?;
    }

    #[test]
    fn any_envelope(result in any_json(), time in any_json(), next in any_json(), error in any_json()) {
        read_by_all(format!(r#"{{"result":{result},"time":{time},"next":{next},"total":{next}}}"#).as_bytes())?;
        read_by_all(format!(r#"{{"error":{error},"error_description":{time},"result":{result}}}"#).as_bytes())?;
    }

    #[test]
    fn any_json_at_all(json in any_json()) {
        read_by_all(json.as_bytes())?;
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_by_all(&bytes)?;
    }

    #[test]
    fn broken_answers(
        result in any_json(),
        cut in any::<prop::sample::Index>(),
        changed in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = format!(r#"{{"result":{result},"time":{{"start":1.5}}}}"#).into_bytes();
        let beginning = &body[..cut.index(body.len())];
        for method in registry::all() {
            prop_assert!((method.output)(beginning).is_err(), "{}", method.name);
        }
        let place = changed.index(body.len());
        body[place] = byte;
        read_by_all(&body)?;
    }
}

#[test]
fn any_depth() {
    let shapes = [
        ("[", "]"),
        (r#"{"0":"#, "}"),
        (r#"{"block":"#, "}"),
        (r#"[{"nodes":"#, "}]"),
    ];
    for depth in [1, 2, 10, 63, 64, 125, 126, 127, 128, 129, 1000] {
        for (open, close) in shapes {
            for inside in ["1", "null"] {
                let unclosed = format!(r#"{{"result":{}{inside}"#, open.repeat(depth));
                read_by_all(format!("{unclosed}{}}}", close.repeat(depth)).as_bytes()).unwrap();
                for method in registry::all() {
                    assert!((method.output)(unclosed.as_bytes()).is_err(), "{}", method.name);
                }
            }
        }
    }
    read_by_all(format!(r#"{{"result":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000)).as_bytes()).unwrap();
}
