//! What the documentation says of each method, as data: read from the files that `cargo xtask codegen` writes,
//! by structures of the portal's own.
//!
//! The files have an entry a line, which begins with its name. A portal starts by looking at these beginnings only; a method is
//! read when it is called for the first time. Most tests call a few of more than a thousand.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::generated;
use crate::request::Api;

pub(crate) struct Spec {
    /// By version and lower-case name.
    methods: BTreeMap<(Api, String), Line<Method>>,
    /// Objects that several methods share, by name.
    objects: BTreeMap<&'static str, Line<Object>>,
}

/// An entry that is read when it is wanted.
struct Line<T> {
    text: &'static str,
    read: OnceLock<Option<T>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Method {
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
    // Who somebody is, and what somebody has access to: the portal knows nothing of either.
    #[expect(dead_code, reason = "the spec says it, and nothing here depends on it")]
    Role(String),
    #[expect(dead_code, reason = "the spec says it, and nothing here depends on it")]
    To(String),
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

#[derive(Debug, Deserialize)]
struct Object {
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

    pub(crate) fn read(
        files: &[(&'static str, &'static str)],
        objects: &'static str,
    ) -> Result<Spec, String> {
        let mut methods = BTreeMap::new();
        for (file, text) in files {
            for line in Line::all(file, text) {
                let (name, line) = line?;
                let api = match line
                    .text
                    .split_once(r#","api":"#)
                    .and_then(|(_, after)| after.chars().next())
                {
                    Some('2') => Api::V2,
                    Some('3') => Api::V3,
                    _ => return Err(format!("generated/{file}: {name} is of no version of the API")),
                };
                methods.insert((api, name.to_ascii_lowercase()), line);
            }
        }
        let objects = Line::all("objects.json", objects).collect::<Result<_, _>>()?;
        Ok(Spec { methods, objects })
    }

    /// The method of this name, however it is spelt.
    pub(crate) fn method(&self, api: Api, name: &str) -> Option<&Method> {
        self.methods.get(&(api, name.to_ascii_lowercase()))?.get()
    }

    /// The fields of a shared object; none if it is not known.
    pub(crate) fn object(&self, name: &str) -> &[Field] {
        self.objects
            .get(name)
            .and_then(Line::get)
            .map_or(&[], |object| &object.fields)
    }

    /// All methods.
    #[cfg(test)]
    pub(crate) fn methods(&self) -> impl Iterator<Item = (Api, &str, &Method)> {
        self.methods
            .iter()
            .filter_map(|((api, name), line)| Some((*api, name.as_str(), line.get()?)))
    }
}

impl<T: DeserializeOwned> Line<T> {
    /// The entries of a file with their names.
    fn all(file: &str, text: &'static str) -> impl Iterator<Item = Result<(&'static str, Self), String>> {
        let lines = text.lines().map(|line| line.trim_end_matches(','));
        let entries = lines.filter(|line| !matches!(*line, "" | "[" | "]" | "[]"));
        entries.map(move |text| {
            let name = text
                .strip_prefix(r#"{"name":""#)
                .and_then(|rest| rest.split_once('"'));
            let (name, _) =
                name.ok_or_else(|| format!("generated/{file}: a line does not begin with a name"))?;
            Ok((
                name,
                Self {
                    text,
                    read: OnceLock::new(),
                },
            ))
        })
    }

    /// The entry. What cannot be read is not there: a test reads every line that a build has.
    fn get(&self) -> Option<&T> {
        self.read
            .get_or_init(|| serde_json::from_str(self.text).ok())
            .as_ref()
    }
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
        // Nothing comes back; the shape of `any` says the same.
        "any" | "null" => Kind::Any,
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
        for ((api, name), line) in &spec.methods {
            let method = serde_json::from_str::<Method>(line.text);
            method.unwrap_or_else(|error| panic!("{name}: {error}"));
            let said: serde_json::Value = serde_json::from_str(line.text).unwrap();
            let number = if *api == Api::V2 { 2 } else { 3 };
            assert_eq!(
                (
                    said["api"].as_i64(),
                    said["name"].as_str().unwrap().to_lowercase()
                ),
                (Some(number), name.clone())
            );
        }
        for (name, line) in &spec.objects {
            let object: Object =
                serde_json::from_str(line.text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!object.fields.is_empty(), "{name}");
        }
        // As many entries as the files hold for somebody who reads them as JSON.
        let count = |text: &str| {
            serde_json::from_str::<Vec<serde_json::Value>>(text)
                .unwrap()
                .len()
        };
        let methods: usize = generated::METHODS.iter().map(|(_, text)| count(text)).sum();
        assert_eq!(
            (spec.methods.len(), spec.objects.len()),
            (methods, count(generated::OBJECTS))
        );
        assert!(spec.method(Api::V2, "landing.site.PUBLICATION").is_some());
        assert!(!spec.object("landing.page").is_empty());
    }

    #[test]
    fn a_spec_that_cannot_be_read_is_named() {
        let error = |files, objects| Spec::read(files, objects).err().unwrap();
        assert!(error(&[("crm.json", "[\n{\"x\":1}\n]\n")], "[]").starts_with("generated/crm.json: a line"));
        assert!(
            error(&[("crm.json", r#"{"name":"x","api":1}"#)], "[]")
                .starts_with("generated/crm.json: x is of no")
        );
        assert!(error(&[], "[{}]").starts_with("generated/objects.json"));
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
