//! Parameters of every kind, and what a query string can say of them. The transport's tests use this file, too.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

/// Values of every kind, with every character that means something to somebody on the way.
fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        4 => prop::collection::vec(
            prop::sample::select(vec![
                "a", "7", "&", "#", "+", "%", "%26", "[", "]", "[]", "\"", "'", "=", "?", ";", " ", "\n", "\0", "\\", "/", ":",
                "$result", "$", "Ж", "🏠", "\u{301}", "\u{7f}", "\u{a0}",
            ]),
            0..8
        )
        .prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        4 => text.clone().prop_map(Value::from),
    ];
    // Seldom one that has no form in a query.
    let key = prop_oneof![
        30 => "[A-Za-z0-9_ .&#+%=<>@!'\"Ж$\\[]{2,6}",
        10 => "[0-9]{1,3}",
        1 => text,
    ];
    leaf.prop_recursive(5, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

pub fn any_params() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let name = prop_oneof![
        30 => "[a-zA-Z_][a-zA-Z0-9_]{0,9}",
        10 => "[0-9]{1,3}",
        10 => "[-=!%&#+\"'Ж<>@\\]]{1,5}",
        1 => any::<String>(),
    ];
    prop::collection::btree_map(name, any_value(), 0..6)
}

/// What PHP should read: texts, and arrays that are not empty; a list is a map by place.
pub fn meant(value: &Value) -> Value {
    let list = |items: &mut dyn Iterator<Item = (String, &Value)>| {
        Value::Object(items.map(|(key, value)| (key, meant(value))).collect())
    };
    match value {
        Value::Null => json!(""),
        Value::Bool(flag) => json!(if *flag { "1" } else { "0" }),
        Value::Number(number) => match number.as_i64() {
            Some(int) => json!(int.to_string()),
            None => json!(format!("{:?}", number.as_f64().expect("a float"))),
        },
        Value::String(text) => json!(text),
        Value::Array(items) if items.is_empty() => json!(""),
        Value::Object(entries) if entries.is_empty() => json!(""),
        Value::Array(items) => list(&mut items.iter().enumerate().map(|(at, item)| (at.to_string(), item))),
        Value::Object(entries) => list(&mut entries.iter().map(|(key, value)| (key.clone(), value))),
    }
}
