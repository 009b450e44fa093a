//! Documented request bodies fit the types: what is accepted goes out as it came in, and what does not fit is told where.

use bitrix24_types::registry::{self, Accept, Mismatch};
use bitrix24_types::{
    Api, Date, DateTime, File, Id, Map, OneZero, Scalar, Value, Wire, YesNo, params, values,
};
use proptest::prelude::*;
use serde_json::json;

values! {
    /// A kind.
    pub enum Kind {
        Page = "PAGE";
    }
}

params! {
    /// A request.
    pub struct Closed(id: i64 = "id";) {
        fields: Fields = "fields";
        list: Vec<Closed> = "list";
        flags: Map<YesNo> = "flags";
    }
}

params! {
    /// An object with room for more.
    pub struct Fields() {
        title: String = "TITLE";
        kind: Kind = "TYPE";
        active: YesNo = "ACTIVE";
        number: OneZero = "NUMBER";
        boolean: bool = "BOOLEAN";
        sum: f64 = "SUM";
        owner: Id = "OWNER_ID";
        since: Date = "SINCE";
        at: DateTime = "AT";
        file: File = "FILE";
        scalar: Scalar = "SCALAR";
        any: Value = "ANY";
        ..undocumented
    }
}

#[track_caller]
fn fits<T: Accept>(values: &[Value]) {
    for value in values.iter().chain([&Value::Null]) {
        let wire = T::accept(value).unwrap_or_else(|mismatch| panic!("{value}: {mismatch}"));
        assert_eq!(
            serde_json::to_string(&wire).expect("JSON can say it"),
            value.to_string()
        );
    }
}

#[track_caller]
fn fits_not<T: Accept>(expected: &str, values: &[(Value, &str)]) {
    for (value, found) in values {
        let mismatch = T::accept(value).expect_err(&value.to_string());
        assert_eq!(
            mismatch.to_string(),
            format!("expected {expected}, found {found}")
        );
        assert_eq!(mismatch.path(), "");
    }
}

#[test]
fn what_fits() {
    fits::<i64>(&[json!(1), json!(i64::MIN), json!("1"), json!("-7")]);
    fits::<f64>(&[json!(1), json!(1.5), json!("1.5"), json!(1e300)]);
    fits::<bool>(&[json!(true), json!(false), json!("true"), json!("false")]);
    fits::<YesNo>(&[json!("Y"), json!("N")]);
    fits::<OneZero>(&[json!(1), json!(0), json!("1"), json!("0")]);
    fits::<String>(&[json!(""), json!("Вилла"), json!(157), json!(1.5)]);
    fits::<Id>(&[json!(1), json!("D_1")]);
    fits::<Date>(&[json!("2025-12-28"), json!("")]);
    fits::<DateTime>(&[json!("2025-12-28T01:02:03+03:00")]);
    fits::<Scalar>(&[json!(1), json!("a"), json!(true), json!(0.5)]);
    fits::<File>(&[
        json!("SGVsbG8="),
        json!(["a.txt", "SGVsbG8="]),
        json!({"fileData": ["a", "b"]}),
    ]);
    fits::<Kind>(&[json!("PAGE"), json!("NEW")]);
    fits::<Vec<i64>>(&[json!([]), json!([1, "2"])]);
    fits::<Map<i64>>(&[json!({}), json!([]), json!({"b": 1, "a": "2"})]);
    fits::<Value>(&[json!({"a": [1, {"b": null}]}), json!(-0.0)]);
    fits::<Closed>(&[
        json!({"id": 1}),
        json!({"id": null, "fields": {}, "list": [{"id": 2}]}),
        json!({"id": 1, "fields": {"UF_NEW": [1], "TITLE": "x"}, "flags": {"a": "Y"}}),
        json!({"id": 1, "fields": []}),
        json!({"ID": 1, "Fields": {"title": "x", "Active": "Y"}}),
    ]);
}

#[test]
fn what_does_not_fit() {
    fits_not::<i64>(
        "an integer",
        &[
            (json!(1.5), "the number 1.5"),
            (json!("x"), r#"the text "x""#),
            (json!(""), r#"the text """#),
            (json!(true), "true"),
            (json!([1]), "a list"),
            (json!([]), "an empty list"),
            (json!({}), "an object"),
            (json!(u64::MAX), "the number 18446744073709551615"),
        ],
    );
    fits_not::<f64>(
        "a number",
        &[(json!("inf"), r#"the text "inf""#), (json!(false), "false")],
    );
    fits_not::<bool>(
        "true or false",
        &[(json!("Y"), r#"the text "Y""#), (json!(1), "the number 1")],
    );
    fits_not::<YesNo>(
        "Y or N",
        &[(json!(true), "true"), (json!("y"), r#"the text "y""#)],
    );
    fits_not::<OneZero>(
        "1 or 0",
        &[
            (json!(2), "the number 2"),
            (json!(1.0), "the number 1.0"),
            (json!(true), "true"),
        ],
    );
    fits_not::<String>("text", &[(json!(true), "true"), (json!(["a"]), "a list")]);
    fits_not::<Date>("a date", &[(json!(20251228), "the number 20251228")]);
    fits_not::<Scalar>(
        "a number, text or boolean",
        &[(json!([]), "an empty list"), (json!({}), "an object")],
    );
    fits_not::<File>("a file", &[(json!(true), "true")]);
    fits_not::<Kind>("text", &[(json!(true), "true")]);
    fits_not::<Vec<i64>>("a list", &[(json!(1), "the number 1"), (json!({}), "an object")]);
    fits_not::<Map<i64>>(
        "an object",
        &[(json!([1]), "a list"), (json!("a"), r#"the text "a""#)],
    );
    // Nothing that is sent loses digits on its way.
    let integer = "an integer of 64 bits with a sign";
    fits_not::<Value>(integer, &[(json!(u64::MAX), "the number 18446744073709551615")]);
    fits_not::<String>(integer, &[(json!(u64::MAX), "the number 18446744073709551615")]);
}

#[test]
fn mismatches_name_the_path() {
    let at = |value: Value| Closed::accept(&value).map_err(|mismatch: Mismatch| mismatch.to_string());
    for (value, message) in [
        (json!({"list": []}), "`id`: required, but not there"),
        (json!({"id": 1, "new": 2}), "`new`: no such parameter"),
        (json!({"id": [1]}), "`id`: expected an integer, found a list"),
        (
            json!({"id": 1, "fields": {"ACTIVE": true}}),
            "`fields.ACTIVE`: expected Y or N, found true",
        ),
        (
            json!({"id": 1, "list": [{"id": 1}, {}]}),
            "`list[1].id`: required, but not there",
        ),
        (
            json!({"id": 1, "list": [{"id": 1, "list": [{"id": "x"}]}]}),
            r#"`list[0].list[0].id`: expected an integer, found the text "x""#,
        ),
        (
            json!({"id": 1, "flags": {"a": "J"}}),
            r#"`flags.a`: expected Y or N, found the text "J""#,
        ),
        (
            json!({"id": 1, "fields": {"UF_X": [u64::MAX]}}),
            "`fields.UF_X[0]`: expected an integer of 64 bits with a sign, found the number 18446744073709551615",
        ),
        (json!([]), "expected an object, found an empty list"),
        (json!(17), "expected an object, found the number 17"),
    ] {
        assert_eq!(at(value.clone()), Err(message.to_owned()), "{value}");
    }
    let mismatch = Closed::accept(&json!({"id": 1, "fields": {"SUM": "x".repeat(5000)}})).unwrap_err();
    assert_eq!(mismatch.path(), "fields.SUM");
    assert!(mismatch.to_string().len() < 120, "{mismatch}");
}

#[test]
fn requests_by_name() {
    let publication = registry::find("Landing.Site.PUBLICATION", Api::V2).unwrap();
    let params = (publication.request)(&json!({"scope": "GROUP", "id": "157"})).unwrap();
    assert_eq!(
        serde_json::to_value(&params).unwrap(),
        json!({"scope": "GROUP", "id": "157"})
    );
    let mismatch = (publication.request)(&json!({"scope": "GROUP"})).unwrap_err();
    assert_eq!(
        (mismatch.path(), mismatch.to_string().as_str()),
        ("id", "`id`: required, but not there")
    );
    assert!((publication.request)(&json!([])).is_err());

    let list = registry::find("landing.site.getlist", Api::V2).unwrap();
    for nothing in [json!({}), json!([]), json!(null)] {
        assert!((list.request)(&nothing).unwrap().is_empty(), "{nothing}");
    }
    assert!(registry::find("landing.site.getlist", Api::V3).is_none());
    assert!(registry::find("landing.site", Api::V2).is_none());
}

/// JSON that often fits: the keys above, and values for them.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("Y"),
        Just("N"),
        Just("1"),
        Just("0"),
        Just("157"),
        Just("1.5"),
        Just("1e3"),
        Just("PAGE")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "id", "fields", "list", "flags", "TITLE", "TYPE", "ACTIVE", "NUMBER", "BOOLEAN", "SUM",
            "OWNER_ID", "SINCE", "AT", "FILE", "SCALAR", "ANY",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// What is accepted goes out as it came in; how often something was is counted, for a test that never gets there.
fn lossless(value: &Value, accepted: Result<Wire, Mismatch>) -> Result<bool, TestCaseError> {
    let Ok(wire) = accepted else { return Ok(false) };
    prop_assert_eq!(
        serde_json::to_string(&wire).expect("JSON can say it"),
        value.to_string()
    );
    prop_assert_eq!(&Value::from(wire.clone()), value);
    prop_assert_eq!(Wire::from(value.clone()), wire);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_accepted_is_sent_as_it_is(value in any_json()) {
        for accept in [
            i64::accept, f64::accept, bool::accept, YesNo::accept, OneZero::accept, String::accept, Id::accept, Date::accept,
            DateTime::accept, File::accept, Scalar::accept, Value::accept, Kind::accept, Vec::<Value>::accept,
            Vec::<Id>::accept, Map::<Value>::accept, Map::<Scalar>::accept, Fields::accept, Closed::accept,
        ] {
            lossless(&value, accept(&value))?;
        }
        for method in registry::all() {
            if let Ok(params) = (method.request)(&value) {
                if value.is_object() {
                    prop_assert_eq!(&Value::from(params), &value, "{}", method.name);
                } else {
                    prop_assert!(params.is_empty(), "{}", method.name);
                }
            }
        }
        // Any JSON does as `Value`, unless digits would be lost; then nothing at all is sent.
        if Value::accept(&value).is_err() {
            prop_assert!(value.to_string().bytes().filter(u8::is_ascii_digit).count() >= 19);
        }
    }
}
