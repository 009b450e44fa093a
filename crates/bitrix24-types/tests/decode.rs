//! Lenient reading, one table for each type: what the server may send, and what it means.

use std::fmt::Debug;

use bitrix24_types::{Answer, Date, DateTime, Decode, Either, Id, Map, Scalar, Value, object, read, values};
use serde_json::json;

/// Reads JSON without an envelope; the position that serde_json adds to its messages is left out.
fn decode<T: Decode>(json: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = T::decode(&mut reader).map_err(|error| {
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or_default().to_owned()
    })?;
    reader.end().expect("all of it is read");
    Ok(value)
}

#[track_caller]
fn reads<T: Decode + PartialEq + Debug>(table: &[(&str, T)]) {
    for (json, value) in table {
        assert_eq!(decode::<T>(json).as_ref(), Ok(value), "{json}");
    }
}

#[track_caller]
fn refuses<T: Decode + PartialEq + Debug>(table: &[(&str, &str)]) {
    for (json, message) in table {
        assert_eq!(decode::<T>(json), Err((*message).to_owned()), "{json}");
    }
}

fn map<T, const N: usize>(entries: [(&str, T); N]) -> Map<T> {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// The five spellings of «nothing».
const NOTHINGS: [(&str, &str); 5] = [
    ("null", "null"),
    ("false", "false"),
    (r#""""#, "an empty text"),
    ("[]", "an empty list"),
    ("{}", "an empty object"),
];

#[test]
fn integers() {
    reads::<i64>(&[
        ("157", 157),
        ("-1", -1),
        ("0", 0),
        ("-0", 0),
        (r#""157""#, 157),
        (r#"" 157 ""#, 157),
        (r#""-3""#, -3),
        (r#""+3""#, 3),
        (r#""007""#, 7),
        (r#""12.00""#, 12),
        ("12.0", 12),
        ("1e3", 1000),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        (r#""9223372036854775807""#, i64::MAX),
    ]);
    refuses::<i64>(&[
        (
            "9223372036854775808",
            "expected an integer, found the number 9223372036854775808",
        ),
        (
            r#""9223372036854775808""#,
            r#"expected an integer, found the text "9223372036854775808""#,
        ),
        (
            "1e19",
            "expected an integer, found the number 10000000000000000000",
        ),
        ("12.5", "expected an integer, found the number 12.5"),
        (r#""12.5""#, r#"expected an integer, found the text "12.5""#),
        (r#""1e3""#, r#"expected an integer, found the text "1e3""#),
        (r#"".""#, r#"expected an integer, found the text ".""#),
        (r#""D_157""#, r#"expected an integer, found the text "D_157""#),
        (r#""--1""#, r#"expected an integer, found the text "--1""#),
        ("true", "expected an integer, found true"),
        ("[1]", "expected an integer, found a list"),
        (r#"{"0":1}"#, "expected an integer, found an object"),
    ]);
}

#[test]
fn integers_without_a_sign() {
    reads::<u64>(&[
        ("0", 0),
        (r#""50""#, 50),
        ("50.0", 50),
        ("18446744073709551615", u64::MAX),
    ]);
    refuses::<u64>(&[
        (
            "-1",
            "expected an integer that is not negative, found the number -1",
        ),
        (
            "-1.0",
            "expected an integer that is not negative, found the number -1",
        ),
        (
            "0.5",
            "expected an integer that is not negative, found the number 0.5",
        ),
    ]);
}

#[test]
fn numbers() {
    reads::<f64>(&[
        ("1.5", 1.5),
        ("2", 2.0),
        ("1e3", 1000.0),
        ("-0.25", -0.25),
        (r#""12.5000""#, 12.5),
        (r#"" 12 ""#, 12.0),
        (r#""1e3""#, 1000.0),
        ("18446744073709551615", 18_446_744_073_709_551_615.0),
    ]);
    refuses::<f64>(&[
        (r#""inf""#, r#"expected a number, found the text "inf""#),
        (r#""NaN""#, r#"expected a number, found the text "NaN""#),
        (r#""1e999""#, r#"expected a number, found the text "1e999""#),
        (r#""12,5""#, r#"expected a number, found the text "12,5""#),
        ("true", "expected a number, found true"),
        ("[1.5]", "expected a number, found a list"),
        (r#"{"VALUE":1}"#, "expected a number, found an object"),
    ]);
}

#[test]
fn booleans() {
    for yes in [
        "true",
        "1",
        "1.0",
        r#""Y""#,
        r#""y""#,
        r#""1""#,
        r#""true""#,
        r#""TRUE""#,
        r#"" Y ""#,
    ] {
        reads::<bool>(&[(yes, true)]);
    }
    for no in [
        "false",
        "0",
        "0.0",
        "-0.0",
        r#""N""#,
        r#""n""#,
        r#""0""#,
        r#""false""#,
        r#""False""#,
    ] {
        reads::<bool>(&[(no, false)]);
        reads::<Option<bool>>(&[(no, Some(false))]);
    }
    let expected = "expected a boolean (Y, N, 1, 0, true or false)";
    refuses::<bool>(&[
        ("2", &format!("{expected}, found the number 2")),
        ("-1", &format!("{expected}, found the number -1")),
        ("0.5", &format!("{expected}, found the number 0.5")),
        (r#""D""#, &format!(r#"{expected}, found the text "D""#)),
        (r#""yes""#, &format!(r#"{expected}, found the text "yes""#)),
        ("[true]", &format!("{expected}, found a list")),
        (r#""""#, &format!("{expected}, found an empty text")),
        ("null", &format!("{expected}, found null")),
    ]);
}

#[test]
fn texts() {
    reads::<String>(&[
        (r#""Villa""#, "Villa".to_owned()),
        (r#""""#, String::new()),
        (r#"" a ""#, " a ".to_owned()),
        (r#""Вилла \ud83c\udfe0 \"x\"""#, "Вилла 🏠 \"x\"".to_owned()),
        ("157", "157".to_owned()),
        ("-1", "-1".to_owned()),
        ("12.5", "12.5".to_owned()),
        ("18446744073709551615", "18446744073709551615".to_owned()),
        ("true", "true".to_owned()),
    ]);
    refuses::<String>(&[
        ("false", "expected text, found false"),
        ("null", "expected text, found null"),
        ("[]", "expected text, found an empty list"),
        (r#"["a"]"#, "expected text, found a list"),
        (r#"{"a":"b"}"#, "expected text, found an object"),
        // Its digits are gone.
        (
            "123456789012345678901234567890",
            "expected text, found the number 123456789012345680000000000000",
        ),
    ]);
}

#[test]
fn identifiers() {
    reads::<Id>(&[
        ("157", Id::from(157)),
        (r#""157""#, Id::from(157)),
        ("157.0", Id::from(157)),
        (r#""D_157""#, Id::from("D_157")),
        (r#""007""#, Id::from("007")),
        ("0", Id::from(0)),
        ("18446744073709551615", Id::from("18446744073709551615")),
    ]);
    refuses::<Id>(&[
        ("1.5", "expected an identifier, found the number 1.5"),
        ("true", "expected an identifier, found true"),
        ("[157]", "expected an identifier, found a list"),
        (r#""""#, "expected an identifier, found an empty text"),
    ]);
    assert_eq!(Id::from("157"), Id::from(157));
    for other in ["007", "+157", "-0", " 157", "1e3", "", "-"] {
        assert_eq!(Id::from(other).as_i64(), None, "{other:?}");
        assert_eq!(Id::from(other).to_string(), other);
    }
    assert_eq!(Id::from("9223372036854775808").as_i64(), None);
    assert_eq!(Id::from("-9223372036854775808").as_i64(), Some(i64::MIN));
}

#[test]
fn scalars() {
    reads::<Scalar>(&[
        ("157", Scalar::Int(157)),
        ("1.0", Scalar::Float(1.0)),
        ("true", Scalar::Bool(true)),
        ("false", Scalar::Bool(false)),
        (r#""157""#, Scalar::Text("157".to_owned())),
        (r#""""#, Scalar::Text(String::new())),
        (
            "18446744073709551615",
            Scalar::Text("18446744073709551615".to_owned()),
        ),
    ]);
    refuses::<Scalar>(&[
        ("null", "expected a number, text or boolean, found null"),
        ("[1]", "expected a number, text or boolean, found a list"),
        (
            r#"{"a":1}"#,
            "expected a number, text or boolean, found an object",
        ),
    ]);
}

#[test]
fn dates() {
    reads::<Date>(&[
        (r#""2025-12-28""#, Date::from("2025-12-28")),
        (r#""soon""#, Date::from("soon")),
        ("1742000000", Date::from("1742000000")),
        ("1742000000.5", Date::from("1742000000.5")),
    ]);
    refuses::<Date>(&[
        ("true", "expected a date, found true"),
        (r#""""#, "expected a date, found an empty text"),
    ]);
    reads::<DateTime>(&[
        (
            r#""2026-03-12T06:11:57+03:00""#,
            DateTime::from("2026-03-12T06:11:57+03:00"),
        ),
        (r#""24.08.2023 13:19:39""#, DateTime::from("24.08.2023 13:19:39")),
        (
            r#""11/12/2021 08:39:53 pm""#,
            DateTime::from("11/12/2021 08:39:53 pm"),
        ),
        ("1742000000", DateTime::from("1742000000")),
        ("1721299720.5", DateTime::from("1721299720.5")),
    ]);
    refuses::<DateTime>(&[
        ("{}", "expected a date and time, found an empty object"),
        (r#"{"date":"x"}"#, "expected a date and time, found an object"),
    ]);
}

#[test]
fn lists() {
    reads::<Vec<i64>>(&[
        ("[1, \"2\", 3.0]", vec![1, 2, 3]),
        // One stands for a list of one.
        ("157", vec![157]),
        (r#""157""#, vec![157]),
        // A PHP array with holes.
        (r#"{"0": 1, "2": "3"}"#, vec![1, 3]),
        (r#"{"7": 1}"#, vec![1]),
    ]);
    for (nothing, _) in NOTHINGS {
        reads::<Vec<i64>>(&[(nothing, vec![])]);
        reads::<Vec<String>>(&[(nothing, vec![])]);
        reads::<Option<Vec<i64>>>(&[(nothing, None)]);
    }
    reads::<Vec<String>>(&[
        (r#""a""#, vec!["a".to_owned()]),
        (r#"["", "a"]"#, vec![String::new(), "a".to_owned()]),
    ]);
    reads::<Vec<bool>>(&[
        (r#"["Y", 0, true]"#, vec![true, false, true]),
        ("true", vec![true]),
    ]);
    reads::<Vec<Vec<i64>>>(&[("[[1], [], 2]", vec![vec![1], vec![], vec![2]])]);
    // An element that is nothing does not cost the others.
    for (nothing, _) in NOTHINGS {
        reads::<Vec<i64>>(&[
            (&format!("[1, {nothing}, 2]"), vec![1, 2]),
            (&format!(r#"{{"0": {nothing}, "2": 1}}"#), vec![1]),
        ]);
        reads::<Vec<Id>>(&[(&format!("[{nothing}]"), vec![])]);
        reads::<Vec<String>>(&[(
            &format!(r#"["a", {nothing}]"#),
            vec!["a".to_owned(), String::new()],
        )]);
        reads::<Map<i64>>(&[
            (&format!(r#"{{"a": {nothing}, "b": 1}}"#), map([("b", 1)])),
            (&format!("[{nothing}, 7]"), map([("1", 7)])),
        ]);
    }
    reads::<Vec<Option<i64>>>(&[("[1, null, \"\"]", vec![Some(1), None, None])]);
    refuses::<Vec<i64>>(&[
        ("[1, \"x\"]", r#"expected an integer, found the text "x""#),
        ("[1, true]", "expected an integer, found true"),
        ("true", "expected an integer, found true"),
        (r#"{"a": 1}"#, "expected an integer, found an object"),
        (
            r#"{"0": 1, "a": 2}"#,
            r#"expected a list, found an object with the keys "0" and "a""#,
        ),
    ]);
}

#[test]
fn maps() {
    reads::<Map<i64>>(&[
        (r#"{"a": 1, "b": "2"}"#, map([("a", 1), ("b", 2)])),
        (r#"{"10": 1}"#, map([("10", 1)])),
        // Keys 0 to n − 1 arrive as a list.
        ("[7, 8]", map([("0", 7), ("1", 8)])),
        // The last one counts.
        (r#"{"a": 1, "a": 2}"#, map([("a", 2)])),
    ]);
    for (nothing, _) in NOTHINGS {
        reads::<Map<i64>>(&[(nothing, Map::new())]);
    }
    reads::<Map<Map<i64>>>(&[(
        r#"{"a": [], "b": {"c": 1}}"#,
        map([("a", Map::new()), ("b", map([("c", 1)]))]),
    )]);
    // A `null` behind a key: an empty text, no number, and any JSON as it is.
    reads::<Map<String>>(&[(
        r#"{"en": null, "de": "Lampe", "fr": ""}"#,
        map([
            ("en", String::new()),
            ("de", "Lampe".to_owned()),
            ("fr", String::new()),
        ]),
    )]);
    reads::<Map<i64>>(&[(r#"{"a": null, "b": 1}"#, map([("b", 1)]))]);
    reads::<Map<Option<i64>>>(&[(r#"{"a": null}"#, map([("a", None)]))]);
    reads::<Map<Value>>(&[(
        r#"{"a": null, "b": false}"#,
        map([("a", Value::Null), ("b", Value::Bool(false))]),
    )]);
    refuses::<Map<i64>>(&[
        ("1", "expected an object, found the number 1"),
        (r#""a""#, r#"expected an object, found the text "a""#),
        ("true", "expected an object, found true"),
    ]);
}

#[test]
fn nothing_is_none_in_all_five_spellings() {
    for (nothing, words) in NOTHINGS {
        reads::<Option<i64>>(&[(nothing, None)]);
        reads::<Option<f64>>(&[(nothing, None)]);
        reads::<Option<Id>>(&[(nothing, None)]);
        reads::<Option<Date>>(&[(nothing, None)]);
        reads::<Option<DateTime>>(&[(nothing, None)]);
        reads::<Option<Row>>(&[(nothing, None)]);
        reads::<Option<Box<Row>>>(&[(nothing, None)]);
        reads::<Option<Colour>>(&[(nothing, None)]);
        reads::<Option<Map<i64>>>(&[(nothing, None)]);
        refuses::<i64>(&[(nothing, &format!("expected an integer, found {words}"))]);
        refuses::<Id>(&[(nothing, &format!("expected an identifier, found {words}"))]);
    }
}

#[test]
fn nothing_is_a_value_where_the_type_has_it() {
    reads::<Option<String>>(&[
        (r#""""#, Some(String::new())),
        ("null", None),
        ("false", None),
        ("[]", None),
        ("{}", None),
    ]);
    reads::<Option<Scalar>>(&[
        (r#""""#, Some(Scalar::Text(String::new()))),
        ("false", Some(Scalar::Bool(false))),
        ("null", None),
        ("[]", None),
        ("{}", None),
    ]);
    reads::<Option<bool>>(&[
        ("false", Some(false)),
        (r#""""#, None),
        ("null", None),
        ("[]", None),
        ("{}", None),
    ]);
    for (nothing, _) in NOTHINGS {
        let as_sent: Value = serde_json::from_str(nothing).unwrap();
        reads::<Value>(&[(nothing, as_sent)]);
    }
    reads::<()>(&[("null", ()), ("[1, {\"a\": 2}]", ()), (r#""x""#, ())]);
}

#[test]
fn one_of_two() {
    type OneOfTwo = Either<Id, Vec<String>>;
    reads::<OneOfTwo>(&[
        ("1", Either::Left(Id::from(1))),
        (r#""1""#, Either::Left(Id::from(1))),
        (r#"["a"]"#, Either::Right(vec!["a".to_owned()])),
        (r#"{"0": "a"}"#, Either::Right(vec!["a".to_owned()])),
        ("[]", Either::Right(vec![])),
        ("null", Either::Right(vec![])),
    ]);
    reads::<Option<OneOfTwo>>(&[
        ("[]", None),
        ("null", None),
        (r#""""#, None),
        ("2", Some(Either::Left(Id::from(2)))),
    ]);
    reads::<Either<bool, Row>>(&[
        ("false", Either::Left(false)),
        (r#"{"ID": 1}"#, Either::Right(row(1))),
    ]);
    refuses::<Either<i64, Map<i64>>>(&[
        (r#""x""#, r#"expected an integer, found the text "x""#),
        (r#"{"a": "x"}"#, r#"expected an integer, found the text "x""#),
    ]);
}

#[test]
fn boxes_are_what_is_in_them() {
    reads::<Box<Row>>(&[("[]", Box::default()), (r#"{"ID": "1"}"#, Box::new(row(1)))]);
    reads::<Option<Box<Row>>>(&[(r#"{"ID": "1"}"#, Some(Box::new(row(1))))]);
    refuses::<Box<Row>>(&[("null", "expected an object, found null")]);
}

values! {
    /// A kind.
    pub enum Kind {
        Page = "PAGE";
        None = "";
        One = "1";
    }
}

values! {
    /// Another.
    pub enum Colour {
        Red = "RED";
    }
}

#[test]
fn open_enums() {
    reads::<Colour>(&[
        (r#""RED""#, Colour::Red),
        (r#""red""#, Colour::Other("red".to_owned())),
        ("5", Colour::Other("5".to_owned())),
        ("true", Colour::Other("true".to_owned())),
    ]);
    reads::<Option<Colour>>(&[(r#""""#, None), ("false", None), ("null", None)]);
    refuses::<Colour>(&[
        (r#""""#, "expected text, found an empty text"),
        ("[1]", "expected text, found a list"),
    ]);
    for colour in [Colour::Red, Colour::Other("Grün".to_owned())] {
        assert_eq!(Colour::from(colour.as_str()), colour);
        assert_eq!(
            decode::<Colour>(&serde_json::to_string(&colour).unwrap()),
            Ok(colour.clone())
        );
        assert_eq!(colour.to_string(), colour.as_str());
    }
}

#[test]
fn an_empty_text_can_be_a_documented_value() {
    // Nothing else of the five is.
    reads::<Kind>(&[(r#""""#, Kind::None), (r#""1""#, Kind::One), ("1", Kind::One)]);
    reads::<Option<Kind>>(&[("null", None), ("[]", None)]);
}

object! {
    /// A row.
    pub struct Row {
        id: Option<Id> = "ID";
        title: Option<String> = "TITLE";
        active: Option<bool> = "ACTIVE";
        created: Option<DateTime> = "DATE_CREATE";
        kind: Option<Colour> = "TYPE";
        parent: Option<Box<Row>> = "PARENT";
        tags: Vec<String> = "TAGS";
        settings: Map<i64> = "SETTINGS";
        any: Value = "ANY";
        ..extra
    }
}

object! {
    /// Keeps nothing that it does not know.
    pub struct Closed {
        id: Option<i64> = "ID";
    }
}

object! {
    /// An account.
    pub struct Account {
        id: Option<Id> = "ID";
        password: Option<String> = "PASSWORD";
        ..extra
    }
}

#[test]
fn debug_shows_no_secret() {
    let account: Account =
        decode(r#"{"ID": 5, "PASSWORD": "s3cret", "refresh_token": "s3cret", "CITY": "Ulm"}"#).unwrap();
    assert_eq!(account.password.as_deref(), Some("s3cret"));
    let shown = format!("{account:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains("PASSWORD: …"), "{shown}");
    assert!(shown.contains("Ulm"), "{shown}");
}

fn row(id: i64) -> Row {
    Row {
        id: Some(id.into()),
        ..Row::default()
    }
}

#[test]
fn objects() {
    let json = r#"{
        "UF_NEW": [1], "TAGS": "one", "ID": "157", "TITLE": "", "ACTIVE": "Y", "DATE_CREATE": {}, "TYPE": "RED",
        "PARENT": {"ID": 1, "PARENT": false, "SETTINGS": []}, "SETTINGS": [5], "ANY": [], "ufCrmOther": null
    }"#;
    let expected = Row {
        id: Some(157.into()),
        title: Some(String::new()),
        active: Some(true),
        created: None,
        kind: Some(Colour::Red),
        parent: Some(Box::new(row(1))),
        tags: vec!["one".to_owned()],
        settings: map([("0", 5)]),
        any: json!([]),
        extra: map([("UF_NEW", json!([1])), ("ufCrmOther", Value::Null)]),
    };
    reads::<Row>(&[(json, expected)]);
    reads::<Row>(&[
        ("[]", Row::default()),
        ("{}", Row::default()),
        (r#"{"ID": null}"#, Row::default()),
    ]);
    // The last one counts.
    reads::<Row>(&[(r#"{"ID": 1, "ID": 2}"#, row(2))]);
    reads::<Closed>(&[(
        r#"{"NEW": {"deep": [1]}, "ID": 1, "id": 7}"#,
        Closed { id: Some(1) },
    )]);
    refuses::<Row>(&[
        ("null", "expected an object, found null"),
        ("false", "expected an object, found false"),
        (r#""""#, "expected an object, found an empty text"),
        ("1", "expected an object, found the number 1"),
        ("[1]", "expected an object, found a list"),
        (r#"{"TAGS": {"a": 1}}"#, "expected text, found an object"),
    ]);
}

#[test]
fn keys_come_in_any_order() {
    let fields = [
        r#""ID": 1"#,
        r#""TITLE": "a""#,
        r#""ACTIVE": 1"#,
        r#""TAGS": ["t"]"#,
    ];
    let expected = Row {
        title: Some("a".to_owned()),
        active: Some(true),
        tags: vec!["t".to_owned()],
        ..row(1)
    };
    for first in 0..4 {
        for second in (0..4).filter(|second| *second != first) {
            let mut order: Vec<_> = (0..4).filter(|place| ![first, second].contains(place)).collect();
            order.extend([first, second]);
            let json = order
                .iter()
                .map(|place| fields[*place])
                .collect::<Vec<_>>()
                .join(",");
            reads::<Row>(&[(&format!("{{{json}}}"), expected.clone())]);
        }
    }
}

#[test]
fn a_single_object_stands_for_a_list_of_one() {
    reads::<Vec<Closed>>(&[
        (r#"{"ID": 1}"#, vec![Closed { id: Some(1) }]),
        (r#"{"NEW": 1, "ID": 1}"#, vec![Closed { id: Some(1) }]),
        (r#"{"5": {"ID": 1}}"#, vec![Closed { id: Some(1) }]),
        (
            r#"[{"ID": 1}, []]"#,
            vec![Closed { id: Some(1) }, Closed::default()],
        ),
    ]);
    let kept = Row {
        extra: map([("UF", json!({"a": 1}))]),
        ..row(1)
    };
    reads::<Vec<Row>>(&[(r#"{"UF": {"a": 1}, "ID": 1}"#, vec![kept])]);
}

#[test]
fn objects_are_written_under_their_wire_names_without_what_is_absent() {
    let written = serde_json::to_value(Row {
        title: Some(String::new()),
        active: Some(false),
        kind: Some(Colour::Other("BLUE".to_owned())),
        extra: map([("UF_X", json!(null))]),
        ..row(1)
    })
    .unwrap();
    assert_eq!(
        written,
        json!({"ID": 1, "TITLE": "", "ACTIVE": false, "TYPE": "BLUE", "UF_X": null})
    );
    assert_eq!(serde_json::to_string(&Row::default()).unwrap(), "{}");
}

#[test]
fn serde_reads_our_types_as_leniently() {
    let row: Row = serde_json::from_str(r#"{"ID": "1", "TAGS": "t"}"#).unwrap();
    assert_eq!(
        row,
        Row {
            tags: vec!["t".to_owned()],
            ..self::row(1)
        }
    );
    let from_value: Row = serde_json::from_value(json!({"ID": 1, "TAGS": {"3": "t"}})).unwrap();
    assert_eq!(from_value, row);
}

#[test]
fn errors_name_the_path() {
    let path = |body: &str| match read::<Vec<Row>>(body.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(Answer::Success(response)) => panic!("read: {response:?}"),
        Ok(Answer::Failure(failure)) => panic!("failed: {failure:?}"),
    };
    for (result, message) in [
        (
            r#"[{"ID": 1}, {"ID": [2]}]"#,
            "`result[1].ID`: expected an identifier, found a list",
        ),
        (
            r#"{"0": {"PARENT": {"SETTINGS": {"x": "y"}}}}"#,
            r#"`result.0.PARENT.SETTINGS.x`: expected an integer, found the text "y""#,
        ),
        (
            r#"[{"TAGS": ["a", {"b": 1}]}]"#,
            "`result[0].TAGS[1]`: expected text, found an object",
        ),
        (
            r#"[{"SETTINGS": [0, "z"]}]"#,
            r#"`result[0].SETTINGS[1]`: expected an integer, found the text "z""#,
        ),
        (
            r#"[{"ACTIVE": "maybe"}]"#,
            r#"`result[0].ACTIVE`: expected a boolean (Y, N, 1, 0, true or false), found the text "maybe""#,
        ),
        (
            r#"{"TITLE": ["a"]}"#,
            "`result.TITLE`: expected text, found a list",
        ),
        ("17", "`result`: expected an object, found the number 17"),
    ] {
        let found = path(&format!(r#"{{"result": {result}, "time": {{"start": 1}}}}"#));
        let found = found.split(" at line ").next().unwrap();
        assert_eq!(
            found,
            format!("the answer is not as documented: {message}"),
            "{result}"
        );
    }
}

#[test]
fn errors_quote_little() {
    let long = "ж".repeat(1000);
    let error = decode::<i64>(&format!("{long:?}")).unwrap_err();
    let quoted = format!("expected an integer, found the text \"{}\"…", "ж".repeat(40));
    assert_eq!(error, quoted);
    let keys = decode::<Vec<i64>>(&format!(r#"{{"0": 1, "{long}": 2}}"#)).unwrap_err();
    assert!(keys.len() < 200, "{keys}");
}

#[test]
fn a_float_is_read_to_its_last_digit() {
    for text in [
        "1.2345378901234567e29",
        "0.1",
        "2.2250738585072014e-308",
        "123456789.12345679",
    ] {
        let exact: f64 = text.parse().unwrap();
        let body = format!(r#"{{"result": {text}}}"#);
        let Answer::Success(response) = read::<f64>(body.as_bytes()).unwrap() else {
            panic!("{text}");
        };
        assert_eq!(response.result.to_bits(), exact.to_bits(), "{text}");
    }
}
