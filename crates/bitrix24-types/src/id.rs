//! Identifiers, which the server sends as numbers or as text, even within one answer.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decode::{Read, integral};
use crate::{Decode, Wire};

/// An identifier: `157` and `"157"` are the same one.
///
/// ```
/// use bitrix24_types::Id;
///
/// assert_eq!(Id::from(157), Id::from("157"));
/// assert_eq!(Id::from("157").as_i64(), Some(157));
/// assert_eq!(Id::from("D_157").as_i64(), None);
/// assert_eq!(Id::from("D_157").to_string(), "D_157");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Form);

/// Text is never the canonical spelling of a 64-bit integer, so that equal identifiers have equal forms.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    Number(i64),
    Text(Box<str>),
}

impl Id {
    /// The identifier as a number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Number(number) => Some(number),
            Form::Text(_) => None,
        }
    }

    /// The identifier as text.
    pub fn as_text(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Number(number) => Cow::Owned(number.to_string()),
            Form::Text(text) => Cow::Borrowed(text),
        }
    }

    pub(crate) fn to_wire(&self) -> Wire {
        match &self.0 {
            Form::Number(number) => Wire::Int(*number),
            Form::Text(text) => Wire::Text(Cow::Owned(text.to_string())),
        }
    }
}

/// The number, if the text is exactly how that number is written: `007` and `+7` are other identifiers than `7`.
fn canonical(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.starts_with('0') && text != "0";
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !leading_zero;
    if plain { text.parse().ok() } else { None }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(canonical(text).map_or_else(|| Form::Text(text.into()), Form::Number))
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self(canonical(&text).map_or_else(|| Form::Text(text.into()), Form::Number))
    }
}

impl FromStr for Id {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

macro_rules! from_numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Id {
            fn from(number: $number) -> Self {
                Self(Form::Number(number.into()))
            }
        })*
    };
}

from_numbers!(i8, i16, i32, i64, u8, u16, u32);

impl PartialEq<i64> for Id {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        self.as_text() == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        self.as_text() == *other
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Number(number) => fmt::Display::fmt(number, f),
            Form::Text(text) => fmt::Display::fmt(text, f),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Number(number) => write!(f, "Id({number})"),
            Form::Text(text) => write!(f, "Id({text:?})"),
        }
    }
}

impl Decode for Id {
    const EXPECTED: &'static str = "an identifier";

    fn from_int<E: de::Error>(number: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(number.into()))
    }

    fn from_unsigned<E: de::Error>(number: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(number.to_string().into()))
    }

    fn from_float<E: de::Error>(number: f64) -> Result<Read<Self>, E> {
        integral::<Self, E>(number).map(|number| Read::Value(number.into()))
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(Read::text(text))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Number(number) => serializer.serialize_i64(*number),
            Form::Text(text) => serializer.serialize_str(text),
        }
    }
}
