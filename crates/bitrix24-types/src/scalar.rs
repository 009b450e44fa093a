//! A value of which only so much is known: it is neither a list nor an object.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decode::Read;
use crate::{Decode, Wire};

/// A number, a text or a boolean, as it was sent: for values that the documentation gives several scalar types.
///
/// ```
/// use bitrix24_types::Scalar;
///
/// let value: Scalar = serde_json::from_str("\"16\"")?;
/// assert_eq!(value, Scalar::Text("16".into()));
/// assert_eq!(value.as_i64(), Some(16));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text; also an integer too large for 64 bits with a sign.
    Text(String),
}

impl Scalar {
    /// The value as an integer, if it is one or spells one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Bool(_) | Self::Float(_) => None,
        }
    }

    /// The value as a number, if it is one or spells one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Bool(_) => None,
        }
    }

    /// The text, if that is what was sent.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn into_wire(self) -> Wire {
        match self {
            Self::Bool(value) => Wire::Bool(value),
            Self::Int(value) => Wire::Int(value),
            Self::Float(value) => Wire::Float(value),
            Self::Text(text) => Wire::Text(Cow::Owned(text)),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => fmt::Display::fmt(value, f),
            Self::Int(value) => fmt::Display::fmt(value, f),
            Self::Float(value) => fmt::Display::fmt(value, f),
            Self::Text(text) => fmt::Display::fmt(text, f),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => fmt::Debug::fmt(value, f),
            Self::Int(value) => fmt::Debug::fmt(value, f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
        }
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Scalar {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Decode for Scalar {
    const EXPECTED: &'static str = "a number, text or boolean";

    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        Ok(Read::Value(Self::Bool(value)))
    }

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(Self::Int(value)))
    }

    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(Self::Text(value.to_string())))
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Ok(Read::Value(Self::Float(value)))
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(Read::Value(Self::from(text)))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}
