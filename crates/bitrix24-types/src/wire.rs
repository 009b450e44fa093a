//! A value as it goes over the wire: JSON whose objects keep their order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{Date, DateTime, File, Id, Params, Reference, Scalar};

/// A value of a request as it goes over the wire.
///
/// Setters make it from Rust values, so it is rarely written by hand; it is what [`Params`] holds, for those who
/// look into a request or send it with their own HTTP client.
///
/// ```
/// use bitrix24_types::Wire;
///
/// let wire = Wire::from(vec!["ID", "TITLE"]);
/// assert_eq!(serde_json::to_string(&wire)?, r#"["ID","TITLE"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Wire {
    /// `null`: on the server this usually clears a field.
    Null,
    /// `true` or `false`. Many parameters want [`YesNo`](crate::YesNo) or [`OneZero`](crate::OneZero) instead.
    Bool(bool),
    /// An integer. The server's integers have 64 bits with a sign, too.
    Int(i64),
    /// A number with a fraction. JSON has no infinity and no NaN: writing one is an error.
    Float(f64),
    /// Text.
    Text(Cow<'static, str>),
    /// A list.
    List(Vec<Wire>),
    /// An object, in the order in which its keys were set.
    Map(Params),
    /// What another command of the same batch answers. Outside of a batch, writing one is an error.
    Reference(Box<Reference>),
}

/// Types of this crate that are wire values by their nature: open enums and objects of parameters. The macros
/// implement it; it exists so that one `From` here does instead of four in each expansion.
pub trait IntoWire: Sized {
    /// The value as it is sent.
    fn into_wire(self) -> Wire;
}

impl<T: IntoWire> From<T> for Wire {
    fn from(value: T) -> Self {
        value.into_wire()
    }
}

impl Serialize for Wire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            // As `null`, which is what serde_json makes of it, it would clear a field on the server.
            Self::Float(value) if !value.is_finite() => Err(S::Error::custom(format_args!(
                "{value} cannot be written as JSON"
            ))),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => entries.serialize(serializer),
            Self::Reference(_) => Err(S::Error::custom(
                "a reference to the result of another command can only be sent in the batch of that command",
            )),
        }
    }
}

/// How much of a text `Debug` shows: enough to recognise a title, not a whole uploaded file.
const SHOWN: usize = 120;

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => fmt::Debug::fmt(value, f),
            Self::Int(value) => fmt::Debug::fmt(value, f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Text(text) => match text.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, "{:?}… ({} bytes)", &text[..end], text.len()),
                None => fmt::Debug::fmt(text, f),
            },
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(entries) => fmt::Debug::fmt(entries, f),
            Self::Reference(reference) => fmt::Debug::fmt(reference, f),
        }
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $wire:expr;)*) => {
        $(impl From<$from> for Wire {
            fn from($value: $from) -> Self {
                $wire
            }
        })*
    };
}

from! {
    () => |_nothing| Self::Null;
    bool => |value| Self::Bool(value);
    i8 => |value| Self::Int(value.into());
    i16 => |value| Self::Int(value.into());
    i32 => |value| Self::Int(value.into());
    i64 => |value| Self::Int(value);
    u8 => |value| Self::Int(value.into());
    u16 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    // As it is written: 19.99, and not 19.989999771118164.
    f32 => |value| Self::Float(value.to_string().parse().unwrap_or(value.into()));
    f64 => |value| Self::Float(value);
    String => |text| Self::Text(Cow::Owned(text));
    &String => |text| Self::Text(Cow::Owned(text.clone()));
    &str => |text| Self::Text(Cow::Owned(text.to_owned()));
    Cow<'static, str> => |text| Self::Text(text);
    Params => |entries| Self::Map(entries);
    Id => |id| id.to_wire();
    &Id => |id| id.to_wire();
    Scalar => |scalar| scalar.into_wire();
    Date => |date| Self::Text(Cow::Owned(date.into_string()));
    &Date => |date| Self::Text(Cow::Owned(date.as_str().to_owned()));
    DateTime => |time| Self::Text(Cow::Owned(time.into_string()));
    &DateTime => |time| Self::Text(Cow::Owned(time.as_str().to_owned()));
    File => |file| file.into_wire();
}

impl<T: Into<Wire>> From<Vec<T>> for Wire {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Wire>, const N: usize> From<[T; N]> for Wire {
    fn from(items: [T; N]) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Wire>> From<BTreeMap<String, T>> for Wire {
    fn from(entries: BTreeMap<String, T>) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}

impl From<Value> for Wire {
    /// Integers beyond 64 bits with a sign become floats, as they do in the server's own JSON reader.
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Self::Int(int),
                (None, Some(float)) => Self::Float(float),
                // Only with serde_json's `arbitrary_precision`, which another crate may have switched on.
                (None, None) => Self::Text(Cow::Owned(number.to_string())),
            },
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(entries) => Self::Map(entries.into_iter().collect()),
        }
    }
}

impl From<Wire> for Value {
    /// Infinity and NaN, which JSON does not have, become `null`; a reference becomes a text that names it.
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Null => Self::Null,
            Wire::Bool(value) => Self::Bool(value),
            Wire::Int(value) => Self::from(value),
            Wire::Float(value) => Self::from(value),
            Wire::Text(text) => Self::String(text.into_owned()),
            Wire::List(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Wire::Map(entries) => entries.into(),
            Wire::Reference(reference) => Self::String(format!("{reference:?}")),
        }
    }
}
