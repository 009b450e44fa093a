//! Setters: what they write is what goes over the wire.

use std::collections::BTreeMap;

use bitrix24_types::landing::site::{Add, AddFields, AddFolder, AddFolderFields, GetList, Publication};
use bitrix24_types::registry::Accept;
use bitrix24_types::{
    Arg, Conditions, Date, DateTime, Effect, Either, File, Filter, Id, Map, Method, OneOrMany, OneZero,
    ParamSet, Params, Scalar, Value, Wire, YesNo, filter, params, values,
};
use serde_json::json;

values! {
    /// A kind.
    pub enum Kind {
        Page = "PAGE";
    }
}

params! {
    /// An object in a request.
    pub struct Fields(title: String = "TITLE";) {
        kind: Kind = "TYPE";
        parent: Fields = "PARENT";
    }
}

#[track_caller]
fn written<T>(argument: impl Into<Arg<T>>, json: &str) {
    let params = Params::new().with("x", argument);
    assert_eq!(
        serde_json::to_string(&params).expect("JSON can say it"),
        format!(r#"{{"x":{json}}}"#)
    );
    // By way of `Value`, the same.
    let value = Value::from(params);
    assert_eq!(
        value,
        serde_json::from_str::<Value>(&format!(r#"{{"x":{json}}}"#)).expect("JSON can say it")
    );
}

#[test]
fn numbers() {
    written::<i64>(-7i8, "-7");
    written::<i64>(u32::MAX, "4294967295");
    written::<i64>(i64::MIN, "-9223372036854775808");
    written::<i64>(Id::from("157"), "157");
    written::<i64>(&Id::from("D_157"), r#""D_157""#);
    written::<f64>(1.5, "1.5");
    written::<f64>(0.1f64 + 0.2, "0.30000000000000004");
    written::<f64>(19.99f32, "19.99");
    written::<f64>(2, "2");
    written::<f64>(1e300, "1e+300");
}

#[test]
fn booleans_differ_by_parameter() {
    written::<bool>(true, "true");
    written::<bool>(false, "false");
    written::<YesNo>(true, r#""Y""#);
    written::<YesNo>(false, r#""N""#);
    written::<OneZero>(true, "1");
    written::<OneZero>(false, "0");
}

#[test]
fn texts_identifiers_and_dates() {
    written::<String>("Вилла \"x\"\n", r#""Вилла \"x\"\n""#);
    written::<String>(String::new(), r#""""#);
    written::<String>(&"a".to_owned(), r#""a""#);
    written::<Id>(157, "157");
    written::<Id>("157", r#""157""#);
    written::<Id>("D_157", r#""D_157""#);
    written::<Date>("2025-12-28", r#""2025-12-28""#);
    written::<Date>(Date::from("2025-12-28"), r#""2025-12-28""#);
    written::<DateTime>(
        &DateTime::from("2025-12-28T01:02:03+03:00"),
        r#""2025-12-28T01:02:03+03:00""#,
    );
    written::<Kind>(Kind::Page, r#""PAGE""#);
    written::<Kind>("NEW", r#""NEW""#);
    written::<Kind>(&Kind::Other("X".to_owned()), r#""X""#);
    written::<Scalar>(true, "true");
    written::<Scalar>("1", r#""1""#);
    written::<Scalar>(1, "1");
    written::<Scalar>(0.5, "0.5");
}

#[test]
fn null_can_be_sent_anywhere() {
    written::<i64>(Arg::null(), "null");
    written::<YesNo>(Arg::null(), "null");
    written::<Vec<String>>(Arg::null(), "null");
    written::<Fields>(Arg::null(), "null");
    written::<i64>(Arg::raw("many"), r#""many""#);
}

#[test]
fn lists() {
    written::<Vec<i64>>([3, 1, 2], "[3,1,2]");
    written::<Vec<i64>>(vec![1u8], "[1]");
    written::<Vec<String>>(&["a", "b"][..], r#"["a","b"]"#);
    written::<Vec<YesNo>>([true, false], r#"["Y","N"]"#);
    written::<Vec<Vec<i64>>>([vec![1], vec![]], "[[1],[]]");
    // On purpose empty, which clears a field.
    written::<Vec<String>>(Vec::<String>::new(), "[]");
}

#[test]
fn maps_keep_their_order() {
    written::<Map<String>>([("b", "1"), ("a", "2")], r#"{"b":"1","a":"2"}"#);
    written::<Map<i64>>(vec![("z".to_owned(), 1), ("y".to_owned(), 2)], r#"{"z":1,"y":2}"#);
    written::<Map<YesNo>>(
        BTreeMap::from([("b", true), ("a", false)]),
        r#"{"a":"N","b":"Y"}"#,
    );
    written::<Map<i64>>(Vec::<(String, i64)>::new(), "{}");
    written::<Map<Value>>(
        [(">=ID", json!(1)), ("@TYPE", json!(["a"]))],
        r#"{">=ID":1,"@TYPE":["a"]}"#,
    );
    written::<Map<Value>>([("=DELETED", "N")], r#"{"=DELETED":"N"}"#);
    // The last of two equal keys counts, where the first stands.
    written::<Map<i64>>([("a", 1), ("b", 2), ("a", 3)], r#"{"a":3,"b":2}"#);
}

#[test]
fn any_json() {
    written::<Value>(json!({"b": [1, null, {"a": 0.5}]}), r#"{"b":[1,null,{"a":0.5}]}"#);
    written::<Value>(true, "true");
    written::<Value>(vec!["a"], r#"["a"]"#);
    written::<Value>(Fields::new("t"), r#"{"TITLE":"t"}"#);
}

#[test]
fn files() {
    for (content, base64) in [
        (&b""[..], ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg=="),
        (b"fooba", "Zm9vYmE="),
        (b"foobar", "Zm9vYmFy"),
        (b"\xff\xff\xff\xfb\xef\xbe\x00\x00", "////++++AAA="),
    ] {
        written::<File>(File::content(content), &format!("{base64:?}"));
    }
    written::<File>(File::named("a.txt", b"Hello"), r#"["a.txt","SGVsbG8="]"#);
    written::<File>(
        File::data("a.txt", b"Hello"),
        r#"{"fileData":["a.txt","SGVsbG8="]}"#,
    );
}

#[test]
fn objects_and_requests() {
    let fields = Fields::new("t")
        .kind("PAGE")
        .parent(Fields::new("above").kind(Arg::null()));
    written::<Fields>(
        fields,
        r#"{"TITLE":"t","TYPE":"PAGE","PARENT":{"TITLE":"above","TYPE":null}}"#,
    );

    let request = Add::new(
        AddFields::new("Villa", "villa")
            .domain_id("x.example")
            .type_("STORE"),
    )
    .scope("GROUP");
    assert_eq!(
        serde_json::to_string(request.params()).unwrap(),
        r#"{"fields":{"TITLE":"Villa","CODE":"villa","DOMAIN_ID":"x.example","TYPE":"STORE"},"scope":"GROUP"}"#
    );
    let request = AddFolder::new(7, AddFolderFields::new("f").active(false).parent_id(Arg::null()));
    assert_eq!(
        serde_json::to_string(request.params()).unwrap(),
        r#"{"siteId":7,"fields":{"TITLE":"f","ACTIVE":"N","PARENT_ID":null}}"#
    );
    assert!(Method::params(&GetList::new()).is_empty());
}

#[test]
fn a_setter_called_twice_sets_once() {
    let request = Publication::new(1)
        .scope("A")
        .undocumented("start", -1)
        .scope("B");
    assert_eq!(
        serde_json::to_string(request.params()).unwrap(),
        r#"{"id":1,"scope":"B","start":-1}"#
    );
    assert_eq!(request.params().get("scope"), Some(&Wire::from("B")));
    assert_eq!(request.params().get("SCOPE"), None);
    assert_eq!(request.params().len(), 3);
}

#[test]
fn what_json_cannot_say_is_an_error() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let params = Params::new().with::<f64>("x", number);
        let error = serde_json::to_string(&params).unwrap_err().to_string();
        assert_eq!(error, format!("{number} cannot be written as JSON"));
    }
}

#[test]
fn debug_is_readable_and_short() {
    let request = Add::new(AddFields::new("Villa", "").type_("STORE")).scope(Arg::null());
    assert_eq!(
        format!("{request:?}"),
        r#"Add({"fields": {"TITLE": "Villa", "CODE": "", "TYPE": "STORE"}, "scope": null})"#
    );
    let content = b"confidential ".repeat(10_000);
    for file in [
        File::named("a.txt", &content),
        File::data("a.txt", &content),
        File::content(&content),
    ] {
        let base64 = "Y29uZmlkZW50aWFs";
        let shown = format!("{file:?}");
        assert!(shown.len() < 100 && !shown.contains(base64), "{shown}");
        // As part of a request it is text like any other, of which the start is shown.
        let shown = format!("{:?}", Params::new().with::<File>("file", file));
        assert!(shown.len() < 250, "{shown}");
        assert!(shown.contains("… (") && shown.contains(" bytes)"), "{shown}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut params = Params::new();
    params.set("LOGIN", "anna");
    params.set("SIP_PASSWORD", "s3cret");
    params.set("COLOR_TOKEN", "azure");
    let inside = Value::from(params.clone());
    params.set("fields", Wire::from(inside));
    params.set("botToken", vec!["s3cret"]);
    assert_eq!(
        format!("{params:?}"),
        r#"{"LOGIN": "anna", "SIP_PASSWORD": …, "COLOR_TOKEN": "azure", "fields": {"COLOR_TOKEN": "azure", "LOGIN": "anna", "SIP_PASSWORD": …}, "botToken": …}"#
    );
    // What is sent is whole.
    assert!(
        serde_json::to_string(&params)
            .unwrap()
            .contains(r#""botToken":["s3cret"]"#)
    );
}

#[test]
fn a_request_knows_its_facts() {
    assert_eq!(Publication::NAME, "landing.site.publication");
    assert_eq!(Publication::SCOPES, ["landing"]);
    assert_eq!(
        (Publication::EFFECT, Add::EFFECT, GetList::EFFECT),
        (Effect::Repeat, Effect::Once, Effect::Read)
    );
    assert!(
        Publication::DOCS.starts_with("https://apidocs.bitrix24.com/")
            && Publication::DOCS.ends_with(".html")
    );
}

filter! {
    /// Which lamps.
    pub struct LampFilter {
        watts: OneOrMany<i64> = "WATTS";
        lit: OneOrMany<YesNo> = "LIT";
    }
}

fn sent(filter: impl Into<Arg<LampFilter>>) -> String {
    serde_json::to_string(&filter.into().into_wire()).expect("JSON")
}

#[test]
fn a_filter_has_setters_and_comparisons() {
    let filter = LampFilter::new()
        .watts([40, 60])
        .lit(true)
        .eq("A", 1)
        .ne("B", "x")
        .gt("C", 1)
        .ge("D", 1)
        .lt("E", 1)
        .le("F", 1)
        .one_of("G", [1, 2])
        .none_of("H", ["x"])
        .contains("I", "x")
        .like("J", "x%");
    assert_eq!(
        sent(filter),
        r#"{"WATTS":[40,60],"LIT":"Y","=A":1,"!=B":"x",">C":1,">=D":1,"<E":1,"<=F":1,"@G":[1,2],"!@H":["x"],"%I":"x","=%J":"x%"}"#
    );
    assert_eq!(sent([(">WATTS", 5)]), r#"{">WATTS":5}"#);
    assert_eq!(sent(json!({"UF_1": null})), r#"{"UF_1":null}"#);
}

#[test]
fn what_a_filter_compares_with_is_not_checked_but_its_form_is() {
    let accepted = |value| LampFilter::accept(&value).map(Value::from);
    for good in [json!({"WATTS": [1], ">=LIT": {"x": 1}}), json!([])] {
        assert_eq!(accepted(good.clone()), Ok(good));
    }
    assert!(accepted(json!(["WATTS"])).is_err());
    let conditions = json!([["id", ">", 5]]);
    assert_eq!(Conditions::accept(&conditions).map(Value::from), Ok(conditions));
    assert!(Conditions::accept(&json!("id")).is_err());
}

#[test]
fn one_or_many_takes_either() {
    let wire = |arg: Arg<OneOrMany<i64>>| Value::from(arg.into_wire());
    assert_eq!(wire(5.into()), json!(5));
    assert_eq!(wire([5, 6].into()), json!([5, 6]));
    assert_eq!(wire(vec![5].into()), json!([5]));
    let accepted = |value| OneOrMany::<i64>::accept(&value).map(Value::from);
    assert_eq!(accepted(json!(5)), Ok(json!(5)));
    assert_eq!(accepted(json!([5, "6"])), Ok(json!([5, "6"])));
    assert!(accepted(json!(["x"])).is_err());
    assert!(accepted(json!({})).is_err());
}

params! {
    /// A lamp's label.
    pub struct Label() {
        text: String = "TEXT";
    }
}

#[test]
fn a_scalar_or_something_larger_is_given_as_it_is() {
    let text = |arg: Arg<Either<String, Map<String>>>| Value::from(arg.into_wire());
    assert_eq!(text("Moon".into()), json!("Moon"));
    assert_eq!(text(String::from("Moon").into()), json!("Moon"));
    assert_eq!(
        text([("en", "Moon"), ("de", "Mond")].into()),
        json!({"en": "Moon", "de": "Mond"})
    );
    assert_eq!(text(vec![("en", "Moon")].into()), json!({"en": "Moon"}));
    assert_eq!(
        text(Map::from([("en".to_owned(), "Moon")]).into()),
        json!({"en": "Moon"})
    );
    let either = |moon| {
        if moon {
            Either::Left("Moon")
        } else {
            Either::Right([("en", "Sun")])
        }
    };
    assert_eq!(text(either(true).into()), json!("Moon"));
    assert_eq!(text(either(false).into()), json!({"en": "Sun"}));
    let label = |arg: Arg<Either<String, Label>>| Value::from(arg.into_wire());
    assert_eq!(label("Moon".into()), json!("Moon"));
    assert_eq!(label(Label::new().text("Moon").into()), json!({"TEXT": "Moon"}));
    let rooms = |arg: Arg<Either<i64, Vec<i64>>>| Value::from(arg.into_wire());
    assert_eq!(rooms(5.into()), json!(5));
    assert_eq!(rooms([5, 6].into()), json!([5, 6]));

    let accepted = |value: Value| Either::<String, Map<String>>::accept(&value).map(Value::from);
    for good in [json!("Moon"), json!({"en": "Moon"}), json!(null), json!([])] {
        assert_eq!(accepted(good.clone()), Ok(good));
    }
    for bad in [json!(true), json!(["Moon"]), json!({"en": {}})] {
        assert!(accepted(bad).is_err());
    }
}
