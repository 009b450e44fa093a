//! The closed set of types a fact may have, and the one-line text they are written as.
//!
//! ```text
//! int  float  bool  bool(Y/N)  bool(1/0)  string  date  datetime  file  id  null  any  object
//! T[]          a list            map<T>      keys are data, values are T
//! @scope.name  a named object    A | B       one of several
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    Int,
    Float,
    Bool(BoolForm),
    String,
    Date,
    DateTime,
    File,
    /// An identifier that arrives as a number or as text.
    Id,
    /// Nothing: a result that says no more than that the call went well.
    Null,
    /// Any JSON at all: the documentation leaves it open, or it could not be read.
    Any,
    /// An object whose fields stand beside the type, in `fields`; at most one inside a type.
    Object,
    Array(Box<Type>),
    Map(Box<Type>),
    /// An object of `spec/objects/`, by name.
    Named(String),
    /// Two members or more, none of them a union.
    Union(Vec<Type>),
}

/// How a boolean is written in a request. Every form is understood in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BoolForm {
    TrueFalse,
    YesNo,
    OneZero,
}

impl Type {
    /// A list of this.
    pub fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// A map to this.
    pub fn map(self) -> Self {
        Self::Map(Box::new(self))
    }

    /// Whether an anonymous object stands anywhere inside, so that `fields` belong to it.
    pub fn has_object(&self) -> bool {
        match self {
            Self::Object => true,
            Self::Array(inner) | Self::Map(inner) => inner.has_object(),
            Self::Union(members) => members.iter().any(Self::has_object),
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int => f.write_str("int"),
            Self::Float => f.write_str("float"),
            Self::Bool(BoolForm::TrueFalse) => f.write_str("bool"),
            Self::Bool(BoolForm::YesNo) => f.write_str("bool(Y/N)"),
            Self::Bool(BoolForm::OneZero) => f.write_str("bool(1/0)"),
            Self::String => f.write_str("string"),
            Self::Date => f.write_str("date"),
            Self::DateTime => f.write_str("datetime"),
            Self::File => f.write_str("file"),
            Self::Id => f.write_str("id"),
            Self::Null => f.write_str("null"),
            Self::Any => f.write_str("any"),
            Self::Object => f.write_str("object"),
            Self::Array(inner) if matches!(**inner, Self::Union(_)) => write!(f, "({inner})[]"),
            Self::Array(inner) => write!(f, "{inner}[]"),
            Self::Map(inner) => write!(f, "map<{inner}>"),
            Self::Named(name) => write!(f, "@{name}"),
            Self::Union(members) => {
                for (i, member) in members.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" | ")?;
                    }
                    write!(f, "{member}")?;
                }
                Ok(())
            }
        }
    }
}

/// Why a type's text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown type `{text}`; known: int, float, bool, bool(Y/N), bool(1/0), string, date, datetime, file, id, null, any, object, T[], map<T>, @scope.name, A | B"
)]
pub struct UnknownType {
    text: String,
}

impl FromStr for Type {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        let mut rest = text;
        let parsed = union(&mut rest).filter(|_| rest.trim().is_empty());
        parsed.ok_or_else(|| UnknownType {
            text: text.to_owned(),
        })
    }
}

fn union(rest: &mut &str) -> Option<Type> {
    let mut members = vec![list(rest)?];
    while take(rest, "|") {
        members.push(list(rest)?);
    }
    match members.len() {
        1 => members.pop(),
        _ => Some(Type::Union(members)),
    }
}

fn list(rest: &mut &str) -> Option<Type> {
    let mut inner = single(rest)?;
    while take(rest, "[]") {
        inner = inner.array();
    }
    Some(inner)
}

fn single(rest: &mut &str) -> Option<Type> {
    if take(rest, "(") {
        let inner = union(rest)?;
        return take(rest, ")").then_some(inner);
    }
    if take(rest, "map<") {
        let inner = union(rest)?;
        return take(rest, ">").then(|| inner.map());
    }
    if take(rest, "@") {
        let name = word(rest, |c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
        return (!name.is_empty()).then(|| Type::Named(name.to_owned()));
    }
    Some(match word(rest, char::is_alphanumeric) {
        "int" => Type::Int,
        "float" => Type::Float,
        "bool" if take(rest, "(Y/N)") => Type::Bool(BoolForm::YesNo),
        "bool" if take(rest, "(1/0)") => Type::Bool(BoolForm::OneZero),
        "bool" => Type::Bool(BoolForm::TrueFalse),
        "string" => Type::String,
        "date" => Type::Date,
        "datetime" => Type::DateTime,
        "file" => Type::File,
        "id" => Type::Id,
        "null" => Type::Null,
        "any" => Type::Any,
        "object" => Type::Object,
        _ => return None,
    })
}

fn take(rest: &mut &str, token: &str) -> bool {
    match rest.trim_start().strip_prefix(token) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn word<'a>(rest: &mut &'a str, belongs: impl Fn(char) -> bool) -> &'a str {
    let text = rest.trim_start();
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    word
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_it_is_written() {
        for text in [
            "int",
            "float",
            "bool",
            "bool(Y/N)",
            "bool(1/0)",
            "string",
            "date",
            "datetime",
            "file",
            "id",
            "any",
            "object",
            "string[]",
            "object[][]",
            "map<object[]>",
            "map<int | string>",
            "@landing.page",
            "int | string[] | @crm.deal-row",
            "(int | string)[]",
        ] {
            let parsed: Type = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for text in ["", "integer", "int[", "map<int", "@", "int |", "object{}", "(int"] {
            let error = text.parse::<Type>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
    }
}
