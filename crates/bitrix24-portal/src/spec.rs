//! What the documentation says of each method, as data: read from the files that `cargo xtask codegen` writes,
//! by structures of the portal's own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::generated;
use crate::request::Api;

pub(crate) struct Spec {
    /// By version and lower-case name.
    methods: BTreeMap<(Api, String), Method>,
    /// The fields of objects that several methods share.
    objects: BTreeMap<String, Vec<Field>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) api: Api,
    pub(crate) scopes: Vec<String>,
    pub(crate) access: Access,
    pub(crate) effect: Effect,
    #[serde(default)]
    pub(crate) params: Vec<Field>,
    pub(crate) result: Shape,
    #[serde(default)]
    pub(crate) errors: Vec<ErrorCode>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    Any,
    Admin,
    Right(String),
    Unknown,
}

/// What a method does to the portal.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    Read,
    /// A change that comes to the same when it is made twice.
    Repeat,
    Once,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) nullable: bool,
    #[serde(default)]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorCode {
    pub(crate) code: String,
}

/// An object that several methods share.
#[derive(Debug, Deserialize)]
struct Object {
    name: String,
    fields: Vec<Field>,
}

/// What a value may be. Written `int`, `bool(Y/N)`, `string[]`, `map<T>`, `A | B`, `(A | B)[]` and so on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Int,
    Float,
    /// `true` and `false`.
    Bool,
    YesNo,
    OneZero,
    String,
    Date,
    DateTime,
    File,
    Id,
    Any,
    /// Its fields stand beside the type.
    Object,
    /// An object that several methods share, by name.
    Named(String),
    List(Box<Kind>),
    Map(Box<Kind>),
    OneOf(Vec<Kind>),
}

impl Spec {
    /// The spec this crate was built with.
    pub(crate) fn get() -> Result<&'static Spec, String> {
        static SPEC: OnceLock<Result<Spec, String>> = OnceLock::new();
        let read = || Self::read(generated::METHODS, generated::OBJECTS);
        SPEC.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn read(files: &[(&str, &str)], objects: &str) -> Result<Spec, String> {
        let mut methods = BTreeMap::new();
        for (name, text) in files {
            let file = parse::<Vec<Method>>(name, text)?.into_iter();
            methods.extend(file.map(|method| ((method.api, method.name.to_ascii_lowercase()), method)));
        }
        let objects = parse::<Vec<Object>>("objects.json", objects)?;
        let objects = objects
            .into_iter()
            .map(|object| (object.name, object.fields))
            .collect();
        Ok(Spec { methods, objects })
    }

    /// The method of this name, however it is spelt.
    pub(crate) fn method(&self, api: Api, name: &str) -> Option<&Method> {
        self.methods.get(&(api, name.to_ascii_lowercase()))
    }

    /// The fields of a shared object; none if it is not known.
    pub(crate) fn object(&self, name: &str) -> &[Field] {
        self.objects.get(name).map_or(&[], Vec::as_slice)
    }

    /// All methods.
    #[cfg(test)]
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.values()
    }
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("generated/{name}: {error}"))
}

impl Method {
    /// Whether the page lists this code.
    pub(crate) fn lists(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }
}

impl Kind {
    fn parse(text: &str) -> Option<Kind> {
        let mut rest = text;
        let kind = one_of(&mut rest)?;
        rest.trim().is_empty().then_some(kind)
    }
}

fn one_of(rest: &mut &str) -> Option<Kind> {
    let first = listed(rest)?;
    let mut members = vec![first];
    while eat(rest, "|") {
        members.push(listed(rest)?);
    }
    if members.len() == 1 {
        members.pop()
    } else {
        Some(Kind::OneOf(members))
    }
}

fn listed(rest: &mut &str) -> Option<Kind> {
    let mut kind = if eat(rest, "(") {
        one_of(rest).filter(|_| eat(rest, ")"))?
    } else if eat(rest, "map<") {
        let values = one_of(rest).filter(|_| eat(rest, ">"))?;
        Kind::Map(Box::new(values))
    } else {
        plain(rest)?
    };
    while eat(rest, "[]") {
        kind = Kind::List(Box::new(kind));
    }
    Some(kind)
}

fn plain(rest: &mut &str) -> Option<Kind> {
    let text = rest.trim_start();
    let end = text
        .find(|c: char| c.is_whitespace() || "|[]()<>".contains(c))
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    Some(match word {
        "int" => Kind::Int,
        "float" => Kind::Float,
        "bool" if eat(rest, "(Y/N)") => Kind::YesNo,
        "bool" if eat(rest, "(1/0)") => Kind::OneZero,
        "bool" => Kind::Bool,
        "string" => Kind::String,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "file" => Kind::File,
        "id" => Kind::Id,
        "any" => Kind::Any,
        "object" => Kind::Object,
        _ => Kind::Named(word.strip_prefix('@').filter(|name| !name.is_empty())?.to_owned()),
    })
}

fn eat(rest: &mut &str, token: &str) -> bool {
    let after = rest.trim_start().strip_prefix(token);
    if let Some(after) = after {
        *rest = after;
    }
    after.is_some()
}

impl<'de> Deserialize<'de> for Api {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            2 => Ok(Self::V2),
            3 => Ok(Self::V3),
            other => Err(serde::de::Error::custom(format!("there is no REST {other}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no type")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_of_this_build_can_be_read() {
        let spec = Spec::get().unwrap();
        assert!(spec.method(Api::V2, "landing.site.PUBLICATION").is_some());
        assert!(!spec.object("landing.page").is_empty());
    }

    #[test]
    fn a_spec_that_cannot_be_read_is_named() {
        let error = Spec::read(&[("crm.json", r#"[{"name": "x"}]"#)], "[]").err();
        assert!(error.is_some_and(|error| error.starts_with("generated/crm.json: missing field")));
        assert!(Spec::read(&[], "[{}]").is_err_and(|error| error.starts_with("generated/objects.json")));
    }

    #[test]
    fn types_are_read() {
        let list = |kind| Kind::List(Box::new(kind));
        for (text, kind) in [
            ("int", Kind::Int),
            ("bool(Y/N)", Kind::YesNo),
            ("bool(1/0)", Kind::OneZero),
            ("bool", Kind::Bool),
            ("string[][]", list(list(Kind::String))),
            ("map<object[]>", Kind::Map(Box::new(list(Kind::Object)))),
            (
                "int | @crm.deal-row | any",
                Kind::OneOf(vec![Kind::Int, Kind::Named("crm.deal-row".into()), Kind::Any]),
            ),
            (
                "(int | string)[]",
                list(Kind::OneOf(vec![Kind::Int, Kind::String])),
            ),
        ] {
            assert_eq!(Kind::parse(text), Some(kind), "{text}");
        }
        for text in ["", "integer", "int[", "map<int", "@", "int |", "(int", "int int"] {
            assert_eq!(Kind::parse(text), None, "{text}");
        }
    }
}
