//! From JSON to a checked request: the way that proves that documented request bodies fit the types.

use std::fmt;

use serde_json::Value;

use crate::decode::Short;
use crate::{
    Conditions, Date, DateTime, Either, File, Id, Map, OneOrMany, OneZero, Order, ParamSet, Params, Scalar,
    Wire, YesNo,
};

/// A type of parameter that can tell whether a JSON value is one.
///
/// Nothing is converted: the wire value, written as JSON, equals the input. `null` is accepted everywhere, as
/// [`Arg::null`](crate::Arg::null) is, and numbers may be spelled as text, because the server reads both alike.
pub trait Accept {
    /// The value, if it is one that a setter could have made.
    fn accept(value: &Value) -> Result<Wire, Mismatch>;
}

/// A request or an object of parameters, by the parameters that its documentation names.
pub trait Listed: ParamSet {
    /// What is named.
    const PARAMS: &'static [Param];
    /// Whether the documentation says that there are others.
    const OPEN: bool = false;
}

/// A parameter that the documentation names.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// As it goes over the wire.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// The check of its type.
    pub accept: fn(&Value) -> Result<Wire, Mismatch>,
}

/// Why a JSON value is not what a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    path: String,
    problem: String,
}

impl Mismatch {
    /// What was expected, and what was found.
    pub fn new(expected: &str, found: &Value) -> Self {
        Self {
            path: String::new(),
            problem: format!("expected {expected}, found {}", Found(found)),
        }
    }

    fn about(step: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self {
            path: step.to_string(),
            problem: problem.into(),
        }
    }

    /// The path of the value from the root of the request, `fields.TITLE`; empty for the root itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn inside(mut self, step: impl fmt::Display) -> Self {
        let rest = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{step}{rest}{}", self.path);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.problem),
            path => write!(f, "`{path}`: {}", self.problem),
        }
    }
}

impl std::error::Error for Mismatch {}

struct Found<'a>(&'a Value);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(number) => write!(f, "the number {number}"),
            Value::String(text) => write!(f, "the text {}", Short(text)),
            Value::Array(items) if items.is_empty() => f.write_str("an empty list"),
            Value::Array(_) => f.write_str("a list"),
            Value::Object(_) => f.write_str("an object"),
        }
    }
}

/// The wire value of any JSON, unless a number in it has no exact one.
fn exact(value: &Value) -> Result<Wire, Mismatch> {
    match value {
        Value::Number(number) if number.is_u64() && number.as_i64().is_none() => {
            Err(Mismatch::new("an integer of 64 bits with a sign", value))
        }
        Value::Array(items) => list(items, exact),
        Value::Object(entries) => map(entries, exact),
        other => Ok(Wire::from(other.clone())),
    }
}

fn list(items: &[Value], accept: impl Fn(&Value) -> Result<Wire, Mismatch>) -> Result<Wire, Mismatch> {
    let accepted = items
        .iter()
        .enumerate()
        .map(|(i, item)| accept(item).map_err(|mismatch| mismatch.inside(format_args!("[{i}]"))));
    accepted.collect::<Result<_, _>>().map(Wire::List)
}

fn map(
    entries: &serde_json::Map<String, Value>,
    accept: impl Fn(&Value) -> Result<Wire, Mismatch>,
) -> Result<Wire, Mismatch> {
    let accepted = entries.iter().map(|(key, value)| match accept(value) {
        Ok(wire) => Ok((key.clone(), wire)),
        Err(mismatch) => Err(mismatch.inside(key)),
    });
    accepted.collect::<Result<Params, _>>().map(Wire::Map)
}

fn scalar(value: &Value, expected: &str, fits: impl Fn(&Value) -> bool) -> Result<Wire, Mismatch> {
    if value.is_null() || fits(value) {
        exact(value)
    } else {
        Err(Mismatch::new(expected, value))
    }
}

macro_rules! scalars {
    ($($kind:ty: $expected:literal, |$value:ident| $fits:expr;)*) => {
        $(impl Accept for $kind {
            fn accept(value: &Value) -> Result<Wire, Mismatch> {
                scalar(value, $expected, |$value| $fits)
            }
        })*
    };
}

scalars! {
    i64: "an integer", |value| value.is_i64() || text(value).is_some_and(|text| text.parse::<i64>().is_ok());
    f64: "a number", |value| value.is_number() || text(value).is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
    bool: "true or false", |value| value.is_boolean() || matches!(text(value), Some("true" | "false"));
    YesNo: "Y or N", |value| matches!(text(value), Some("Y" | "N"));
    OneZero: "1 or 0", |value| matches!(value.as_i64(), Some(1 | 0)) || matches!(text(value), Some("1" | "0"));
    String: "text", |value| value.is_string() || value.is_number();
    Id: "an identifier", |value| value.is_string() || value.is_i64();
    Date: "a date", |value| value.is_string();
    DateTime: "a date and time", |value| value.is_string();
    Scalar: "a number, text or boolean", |value| !value.is_array() && !value.is_object();
    File: "a file", |value| !value.is_boolean();
    Value: "any JSON", |_value| true;
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

impl<T: Accept> Accept for Vec<T> {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        match value {
            Value::Null => Ok(Wire::Null),
            Value::Array(items) => list(items, T::accept),
            other => Err(Mismatch::new("a list", other)),
        }
    }
}

impl<T: Accept> Accept for OneOrMany<T> {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        match value {
            Value::Array(items) => list(items, T::accept),
            one => T::accept(one),
        }
    }
}

impl<A: Accept, B: Accept> Accept for Either<A, B> {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        match value {
            Value::Array(_) | Value::Object(_) => B::accept(value),
            scalar => A::accept(scalar),
        }
    }
}

impl<T: Accept> Accept for Map<T> {
    /// `[]` is how PHP writes an empty object.
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        match value {
            Value::Null => Ok(Wire::Null),
            Value::Object(entries) => map(entries, T::accept),
            Value::Array(items) if items.is_empty() => Ok(Wire::List(Vec::new())),
            other => Err(Mismatch::new("an object", other)),
        }
    }
}

impl Accept for Order {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        Map::<String>::accept(value)
    }
}

/// Some pages show an object in the manner of REST 2.
impl Accept for Conditions {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        match value {
            Value::Array(_) | Value::Object(_) | Value::Null => <Value as Accept>::accept(value),
            other => Err(Mismatch::new("a list of conditions", other)),
        }
    }
}

impl<T: Listed> Accept for T {
    fn accept(value: &Value) -> Result<Wire, Mismatch> {
        object(value, T::PARAMS, T::OPEN)
    }
}

/// Checks an object of parameters. An `open` one may have others than those listed. The server does not mind the case
/// of a name, and the documentation uses that.
fn object(value: &Value, listed: &[Param], open: bool) -> Result<Wire, Mismatch> {
    let entries = match value {
        Value::Null => return Ok(Wire::Null),
        Value::Object(entries) => entries,
        Value::Array(items) if items.is_empty() && !listed.iter().any(|param| param.required) => {
            return Ok(Wire::List(Vec::new()));
        }
        other => return Err(Mismatch::new("an object", other)),
    };
    if let Some(missing) = listed
        .iter()
        .find(|param| param.required && !entries.keys().any(|key| key.eq_ignore_ascii_case(param.name)))
    {
        return Err(Mismatch::about(missing.name, "required, but not there"));
    }
    let accepted = entries.iter().map(|(key, value)| {
        let exact_name = listed.iter().find(|param| param.name == key);
        let any_case = || listed.iter().find(|param| param.name.eq_ignore_ascii_case(key));
        let accept = match exact_name.or_else(any_case) {
            Some(param) => param.accept,
            None if open => exact,
            None => return Err(Mismatch::about(key, "no such parameter")),
        };
        accept(value)
            .map(|wire| (key.clone(), wire))
            .map_err(|mismatch| mismatch.inside(key))
    });
    accepted.collect::<Result<Params, _>>().map(Wire::Map)
}
