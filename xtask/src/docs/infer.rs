//! What examples show: the shape of a value, from all the places where it was seen.

use super::json::Json;
use super::type_text::join;
use crate::spec::{BoolForm, Field, Shape, Source, Type};
use crate::words::words;

/// Which kinds of value the samples show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    pub null: bool,
    pub bool: bool,
    pub int: bool,
    pub float: bool,
    pub text: bool,
    /// A list or a map with something in it.
    pub list: bool,
    pub map: bool,
    pub empty_list: bool,
    pub empty_map: bool,
    /// A single value that is more than `false` or empty text, which may stand for anything.
    pub told: bool,
}

impl Seen {
    pub fn of(samples: &[&Json]) -> Self {
        let mut seen = Self::default();
        for sample in samples {
            seen.told |= match sample {
                Json::Bool(flag) => *flag,
                Json::Number(_) => true,
                Json::String(text) => !text.is_empty(),
                _ => false,
            };
            match sample {
                Json::Null => seen.null = true,
                Json::Bool(_) => seen.bool = true,
                Json::Number(text) if is_integer(text) => seen.int = true,
                Json::Number(_) => seen.float = true,
                Json::String(_) => seen.text = true,
                Json::Array(items) if items.is_empty() => seen.empty_list = true,
                Json::Array(_) => seen.list = true,
                Json::Object(entries) if entries.is_empty() => seen.empty_map = true,
                Json::Object(_) => seen.map = true,
                Json::Unread => {}
            }
        }
        seen
    }

    pub fn scalar(&self) -> bool {
        self.bool || self.int || self.float || self.text
    }

    pub fn holds_containers(&self) -> bool {
        self.list || self.map
    }
}

pub fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// Whether a value goes to the server or comes from it, or is described once for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Request,
    Answer,
    Shared,
}

/// The samples that are objects with something in them.
pub fn maps<'a>(samples: &[&'a Json]) -> Vec<&'a Json> {
    let filled = |sample: &&Json| matches!(sample, Json::Object(entries) if !entries.is_empty());
    samples.iter().copied().filter(filled).collect()
}

/// The values behind a key, in all samples that are objects.
pub fn values_of<'a>(samples: &[&'a Json], key: &str, ignore_case: bool) -> Vec<&'a Json> {
    let mut values = Vec::new();
    for sample in samples {
        if let Json::Object(entries) = sample {
            let found = entries
                .iter()
                .filter(|(name, _)| name == key || (ignore_case && name.eq_ignore_ascii_case(key)));
            values.extend(found.map(|(_, value)| value));
        }
    }
    values
}

/// The elements of all samples that are lists.
pub fn elements<'a>(samples: &[&'a Json]) -> Vec<&'a Json> {
    let mut elements = Vec::new();
    for sample in samples {
        if let Json::Array(items) = sample {
            elements.extend(items);
        }
    }
    elements
}

/// All values of all samples that are objects.
pub fn map_values<'a>(samples: &[&'a Json]) -> Vec<&'a Json> {
    let mut values = Vec::new();
    for sample in samples {
        if let Json::Object(entries) = sample {
            values.extend(entries.iter().map(|(_, value)| value));
        }
    }
    values
}

/// A name as the keys have it, if they do not have it as it is.
pub fn spelled<'n>(name: &'n str, keys: &[&'n str]) -> &'n str {
    if keys.contains(&name) {
        return name;
    }
    let bare = |name: &str| name.replace('_', "").to_lowercase();
    let mut same = keys.iter().filter(|key| bare(key) == bare(name));
    same.next().copied().unwrap_or(name)
}

/// All keys of all samples that are objects, in the order of their first appearance.
pub fn keys<'a>(samples: &[&'a Json]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = Vec::new();
    for sample in samples {
        if let Json::Object(entries) = sample {
            for (key, _) in entries {
                if !keys.contains(&key.as_str()) {
                    keys.push(key);
                }
            }
        }
    }
    keys
}

/// The shape of a value that only examples describe.
///
/// An object that is known from examples alone may hold more than they show.
pub fn shape(name: &str, samples: &[&Json], side: Side) -> Shape {
    let seen = Seen::of(samples);
    let mut shape = Shape {
        ty: Type::Any,
        nullable: seen.null,
        values: Vec::new(),
        from: Source::Example,
        open: false,
        fields: Vec::new(),
    };
    let mut members = scalars(name, samples, &seen, side);
    if seen.list {
        let inner = self::shape(name, &elements(samples), side);
        shape.open = inner.open;
        shape.fields = inner.fields;
        members.push(inner.ty.array());
    }
    if seen.map {
        let maps = maps(samples);
        if !shape.fields.is_empty() {
            // One object here and a list of them there have one description.
            members.pop();
            members.push(Type::Object.array());
        } else if are_phrases(&maps) {
            members.push(Type::String.map().map());
        } else if is_data_map(&maps) {
            let inner = self::shape(name, &map_values(&maps), side);
            shape.open = inner.open;
            shape.fields = inner.fields;
            members.push(inner.ty.map());
        } else {
            // Keys with numbers, of fields that somebody made, are left to the open object.
            shape.open = true;
            shape.fields = fields(&maps, side);
            shape.fields.retain(|field| !is_numbered(&field.name));
            members.push(Type::Object);
        }
    }
    if members.is_empty() && seen.empty_map {
        members.push(Type::Any.map());
    } else if side == Side::Request && seen.empty_map && !seen.map {
        // What is sent means something, even if it is empty.
        members = vec![Type::Any];
    }
    shape.ty = join(members);
    shape
}

fn fields(samples: &[&Json], side: Side) -> Vec<Field> {
    keys(samples)
        .into_iter()
        .map(|key| field(key, &values_of(samples, key, false), side))
        .collect()
}

/// A field that only examples describe.
pub fn field(name: &str, samples: &[&Json], side: Side) -> Field {
    let shape = shape(name, samples, side);
    Field {
        name: name.to_owned(),
        ty: shape.ty,
        required: false,
        nullable: shape.nullable,
        default: (side == Side::Answer && is_only_false(samples)).then(|| ONLY_FALSE.to_owned()),
        values: Vec::new(),
        from: Source::Example,
        open: shape.open,
        fields: shape.fields,
    }
}

/// The `default` of a field of an answer, where there are no defaults: all that is known of it is that examples have
/// `false` there. That is a switch, or it stands for something that there is not: other pages have to tell.
pub const ONLY_FALSE: &str = "false";

fn is_only_false(samples: &[&Json]) -> bool {
    !samples.is_empty()
        && samples
            .iter()
            .all(|sample| matches!(sample, Json::Bool(false) | Json::Null))
        && samples.contains(&&Json::Bool(false))
}

/// The single values among the samples.
pub fn scalars(name: &str, samples: &[&Json], seen: &Seen, side: Side) -> Vec<Type> {
    let texts: Vec<&str> = samples.iter().filter_map(text).collect();
    let mut members = Vec::new();
    let id = side == Side::Answer && is_id(name) && texts.iter().all(|text| is_number_like(text));
    if id && (seen.int || seen.text) && !seen.float {
        members.push(Type::Id);
    } else {
        if seen.int || seen.float {
            let whole = !seen.float && !is_measured(name);
            members.push(if whole { Type::Int } else { Type::Float });
        }
        if seen.text {
            members.push(text_type(&texts));
        }
    }
    // `false` beside something else is one more way to say «nothing».
    let only_false = samples.iter().all(|sample| **sample != Json::Bool(true));
    if seen.bool && !(only_false && (!members.is_empty() || seen.map || seen.list)) {
        members.push(Type::Bool(BoolForm::TrueFalse));
    }
    members
}

fn text<'a>(sample: &&'a Json) -> Option<&'a str> {
    match *sample {
        Json::String(text) => Some(text),
        _ => None,
    }
}

fn text_type(texts: &[&str]) -> Type {
    let filled: Vec<&&str> = texts.iter().filter(|text| !text.is_empty()).collect();
    let all = |test: fn(&str) -> bool| !filled.is_empty() && filled.iter().all(|text| test(text));
    if all(is_date_time) {
        Type::DateTime
    } else if all(is_date) {
        Type::Date
    } else {
        Type::String
    }
}

/// Whether a sample is text with letters in it.
pub fn is_wordy(sample: &Json) -> bool {
    matches!(sample, Json::String(text) if text.contains(|c: char| c.is_alphabetic()))
}

fn is_number_like(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// `2026-03-12T06:11:57+03:00`.
fn is_date_time(text: &str) -> bool {
    text.get(..10).is_some_and(is_date) && text[10..].starts_with('T') && text.len() > 18
}

/// `2026-03-12`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.char_indices().all(|(i, c)| match i {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        })
}

/// Whether a name is that of an identifier: `ID`, `SITE_ID`, `siteId`, `old_id`. `XML_ID` is free text.
pub fn is_id(name: &str) -> bool {
    let upper = name.to_uppercase();
    if upper.ends_with("XML_ID") || upper.ends_with("XMLID") {
        return false;
    }
    upper == "ID" || upper.ends_with("_ID") || name.ends_with("Id")
}

/// Whether a name is that of what is measured or paid, which may have a fraction though examples show whole numbers:
/// `price`, `RESERVE_QUANTITY`, `discountSum`. Not `discountTypeId`, `AMOUNT_CNT`, `taxIncluded`.
pub fn is_measured(name: &str) -> bool {
    let words = words(name);
    let is = |word: &str, list: &[&str]| list.contains(&word);
    let measures = [
        "price",
        "amount",
        "sum",
        "rate",
        "discount",
        "quantity",
        "weight",
        "opportunity",
        "tax",
        "percent",
        "percentage",
        "cost",
    ];
    // «Price of the delivery», «value of the tax».
    let of = ["delivery", "value", "brutto", "netto", "base"];
    let (Some(last), true) = (words.last(), words.iter().any(|word| is(word, &measures))) else {
        return false;
    };
    is(last, &measures) || is(last, &of)
}

/// Whether an object's keys are data (selectors, identifiers, languages) rather than names of fields.
pub fn is_data_map(samples: &[&Json]) -> bool {
    let keys = keys(samples);
    let values = map_values(samples);
    let empty = values
        .iter()
        .all(|value| matches!(value, Json::Object(entries) if entries.is_empty()));
    has_odd_keys(samples)
        || !keys.is_empty() && (are_languages(&keys) || empty)
        || alike(&values)
        || are_descriptions(samples)
}

/// Whether what is behind all keys describes a field of that name: its type, and whether it is required, read-only, …
///
/// Which fields there are is then up to the portal, whatever a table lists.
pub fn are_descriptions(samples: &[&Json]) -> bool {
    let values = map_values(samples);
    let describes = |value: &&Json| {
        let keys = keys(&[value]);
        let has = |words: &[&str]| {
            keys.iter()
                .any(|key| words.iter().any(|word| key.eq_ignore_ascii_case(word)))
        };
        has(&["type"]) && has(&["title", "isRequired", "isReadOnly", "required", "use_in_filter"])
    };
    values.len() > 1 && values.iter().all(describes)
}

/// Whether most keys could not be names of fields.
pub fn has_odd_keys(samples: &[&Json]) -> bool {
    let keys = keys(samples);
    let odd = keys.iter().filter(|key| !is_field_name(key)).count();
    odd * 2 > keys.len()
}

/// Whether a name has the number of something that the portal's own people made: `PROPERTY_107`, `parentId1222`.
pub fn is_numbered(name: &str) -> bool {
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = name.len() - word.len();
    !word.is_empty() && (digits > 2 || digits == 2 && word.ends_with('_'))
}

fn is_field_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Texts by name, by language: what the names are is up to whoever translates.
fn are_phrases(samples: &[&Json]) -> bool {
    let texts = |value: &&Json| match value {
        Json::Object(entries) => entries.iter().all(|(_, value)| matches!(value, Json::String(_))),
        _ => false,
    };
    are_languages(&keys(samples)) && map_values(samples).iter().all(texts)
}

/// Whether keys are languages: two letters each, and most of them known.
pub fn are_languages(keys: &[&str]) -> bool {
    const KNOWN: [&str; 26] = [
        "ar", "br", "cn", "de", "en", "es", "fr", "hi", "it", "ja", "jp", "kz", "la", "ms", "nl", "pl", "pt",
        "ru", "sc", "tc", "th", "tr", "ua", "uk", "vn", "zh",
    ];
    let two_letters = |key: &&str| key.len() == 2 && key.chars().all(|c| c.is_ascii_lowercase());
    let known = keys.iter().filter(|key| KNOWN.contains(*key)).count();
    keys.iter().all(two_letters) && known * 2 > keys.len()
}

/// Whether several objects have the same keys, three or more: then what leads to them is a key, not a name.
fn alike(values: &[&Json]) -> bool {
    let Some((first, rest)) = values.split_first() else {
        return false;
    };
    let first_keys = keys(&[first]);
    first_keys.len() >= 3 && !rest.is_empty() && rest.iter().all(|value| keys(&[value]) == first_keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::json;

    fn shape_of(name: &str, samples: &[&str]) -> Shape {
        let samples: Vec<Json> = samples.iter().map(|text| json::read(text).unwrap()).collect();
        shape(name, &samples.iter().collect::<Vec<_>>(), Side::Answer)
    }

    fn type_of(name: &str, samples: &[&str]) -> String {
        shape_of(name, samples).ty.to_string()
    }

    #[test]
    fn scalars_join_over_all_samples() {
        assert_eq!(type_of("watt", &["1", "2"]), "int");
        assert_eq!(type_of("watt", &["1", "2.5"]), "float");
        assert_eq!(type_of("watt", &["1", "\"two\""]), "int | string");
        assert_eq!(type_of("on", &["true", "false"]), "bool");
        assert_eq!(type_of("since", &["\"2026-03-12T06:11:57+03:00\""]), "datetime");
        assert_eq!(type_of("since", &["\"2026-03-12\"", "\"\""]), "date");
        assert_eq!(type_of("bulb", &["\"\""]), "string");
    }

    #[test]
    fn nothing_is_told_from_false() {
        let shape = shape_of("bulb", &["false", "\"E14\"", "null"]);
        assert_eq!((shape.ty.to_string().as_str(), shape.nullable), ("string", true));
        assert_eq!(type_of("bulb", &["null"]), "any");
        assert_eq!(type_of("bulb", &["[]"]), "any");
        assert_eq!(type_of("bulb", &["{}"]), "map<any>");
    }

    #[test]
    fn identifiers_go_by_their_names_and_stay_text_where_they_are() {
        assert_eq!(type_of("LAMP_ID", &["\"12\"", "3"]), "id");
        assert_eq!(type_of("lampId", &["12"]), "id");
        assert_eq!(type_of("LAMP_ID", &["\"hall\""]), "string");
        assert_eq!(type_of("XML_ID", &["\"12\""]), "string");
        assert_eq!(type_of("paid", &["12"]), "int");
        let request = shape("lampId", &[&Json::Number("1".to_owned())], Side::Request);
        assert_eq!(request.ty, Type::Int);
    }

    #[test]
    fn objects_have_the_keys_of_all_samples_and_may_have_more() {
        let shape = shape_of("lamp", &[r#"{"bulb": "E14"}"#, r#"{"watt": 5, "bulb": null}"#]);
        assert_eq!((shape.ty, shape.open), (Type::Object, true));
        let fields: Vec<(&str, String, bool)> = shape
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.ty.to_string(), field.nullable))
            .collect();
        assert_eq!(
            fields,
            [
                ("bulb", "string".to_owned(), true),
                ("watt", "int".to_owned(), false)
            ]
        );
    }

    #[test]
    fn what_is_measured_may_have_a_fraction() {
        for name in [
            "price",
            "RESERVE_QUANTITY",
            "discountSum",
            "basePriceDelivery",
            "TAX_VALUE",
        ] {
            assert_eq!(type_of(name, &["1"]), "float", "{name}");
        }
        for name in [
            "discountTypeId",
            "AMOUNT_CNT",
            "taxIncluded",
            "priceType",
            "separate",
            "sort",
        ] {
            assert_ne!(type_of(name, &["1"]), "float", "{name}");
        }
        assert_eq!(type_of("price", &["\"1\""]), "string");
    }

    #[test]
    fn keys_that_are_data_make_a_map() {
        for sample in [
            r#"{"1": "a", "2": "b"}"#,
            r##"{"#lamp1": "a"}"##,
            r#"{"en": "Lamp", "de": "Lampe", "id": "Lampu"}"#,
        ] {
            assert_eq!(type_of("names", &[sample]), "map<string>", "{sample}");
        }
        let alike = r#"{"hall": {"a": 1, "b": 2, "c": 3}, "attic": {"a": 4, "b": 5, "c": 6}}"#;
        assert_eq!(type_of("rooms", &[alike]), "map<object>");
        assert_eq!(
            type_of("rooms", &[r#"{"hall": {"a": 1}, "attic": {"b": 5}}"#]),
            "object"
        );
    }

    #[test]
    fn descriptions_of_fields_make_a_map() {
        let described =
            r#"{"ID": {"type": "integer", "isRequired": true}, "ON": {"TYPE": "char", "title": "On"}}"#;
        assert_eq!(type_of("fields", &[described]), "map<object>");
        for other in [
            r#"{"ID": {"type": "integer", "isRequired": true}, "ON": "Y"}"#,
            r#"{"bulb": {"type": "E14", "title": "Bulb"}}"#,
            r#"{"bulb": {"type": "E14"}, "shade": {"type": "paper"}}"#,
        ] {
            assert_eq!(type_of("lamp", &[other]), "object", "{other}");
        }
    }

    #[test]
    fn one_object_here_and_several_there_have_one_description() {
        let shape = shape_of("lamp", &[r#"{"bulb": "E14"}"#, r#"[{"bulb": "E27"}]"#]);
        assert_eq!(shape.ty.to_string(), "object[]");
        assert_eq!(shape.fields.len(), 1);
    }
}
