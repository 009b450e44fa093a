//! Lenient reading: what the server sends, and what it means.
//!
//! The server is written in PHP, and its JSON shows it: numbers arrive as text, booleans as `Y` or `1`, an empty map as
//! `[]`, a list as a map with the keys `0`, `1`, …, and «nothing» as `null`, `""`, `false`, `[]` or `{}`. The leniency is in the
//! types of the fields and not in attributes on them, which keeps a thousand generated structs quick to compile.
//!
//! [`Decode`] has a function for each *shape* of JSON. A type overrides those it understands; everything else is an
//! error that says what was expected and what was found. Bytes are read once, straight into the type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Value;

use crate::Map;

/// A type that can be read from what the server sends.
///
/// All types that occur in results implement it, among them the generated ones. It is separate from serde's
/// `Deserialize`, whose implementations for `i64`, `bool` or `Vec` are strict; types of this crate implement both.
///
/// ```
/// use bitrix24_types::Decode;
///
/// let mut json = serde_json::Deserializer::from_str(r#"{"0": "157", "1": 147}"#);
/// assert_eq!(Vec::<i64>::decode(&mut json)?, [157, 147]);
///
/// let mut json = serde_json::Deserializer::from_str("[]");
/// assert_eq!(Option::<i64>::decode(&mut json)?, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Decode: Sized {
    /// What is expected, to complete the sentence «expected …».
    const EXPECTED: &'static str;

    /// Reads a value; «nothing» is an error, except for types that can be empty.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Reader(PhantomData))? {
            Read::Value(value) => Ok(value),
            Read::Nothing(what) => Self::nothing(what),
        }
    }

    /// Reads a value, or `None` for `null`, `""`, `false`, `[]` and `{}`, as far as they are no values of this type.
    fn decode_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        match deserializer.deserialize_any(Reader(PhantomData))? {
            Read::Value(value) => Ok(Some(value)),
            Read::Nothing(_) => Ok(None),
        }
    }

    /// Reads an element of a list, or the value behind a key that is data; `None` for a «nothing» that is no value of this
    /// type: one such element shall not cost the whole answer.
    fn decode_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        match deserializer.deserialize_any(Reader(PhantomData))? {
            Read::Value(value) => Ok(Some(value)),
            Read::Nothing(what) => Ok(Self::nothing::<D::Error>(what).ok()),
        }
    }

    /// Reads `true` or `false`.
    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        if value {
            Err(mismatch::<Self, E>(format_args!("true")))
        } else {
            Ok(Read::Nothing(Nothing::False))
        }
    }

    /// Reads an integer.
    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Err(mismatch::<Self, E>(format_args!("the number {value}")))
    }

    /// Reads an integer that is too large for an `i64`.
    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Err(mismatch::<Self, E>(format_args!("the number {value}")))
    }

    /// Reads a number that is not written as an integer.
    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Err(mismatch::<Self, E>(format_args!("the number {value}")))
    }

    /// Reads text.
    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        if text.is_empty() {
            Ok(Read::Nothing(Nothing::EmptyText))
        } else {
            Err(mismatch::<Self, E>(format_args!("the text {}", Short(text))))
        }
    }

    /// Reads a list.
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Read<Self>, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Read::Nothing(Nothing::EmptyList)),
            Some(_) => Err(mismatch::<Self, A::Error>(format_args!("a list"))),
        }
    }

    /// Reads an object.
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Read<Self>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Read::Nothing(Nothing::EmptyMap)),
            Some(_) => Err(mismatch::<Self, A::Error>(format_args!("an object"))),
        }
    }

    /// The value that «nothing» stands for where the type is not optional. None, for most types: an error.
    fn nothing<E: de::Error>(what: Nothing) -> Result<Self, E> {
        Err(mismatch::<Self, E>(format_args!("{what}")))
    }
}

/// What was read: a value, or one of the spellings of «nothing».
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// A value.
    Value(T),
    /// No value.
    Nothing(Nothing),
}

impl<T> Read<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Self::Value(value) => Read::Value(change(value)),
            Self::Nothing(what) => Read::Nothing(what),
        }
    }

    /// What to make of a text if the empty one is no value.
    pub(crate) fn text<'a>(text: &'a str) -> Self
    where
        T: From<&'a str>,
    {
        if text.is_empty() {
            Self::Nothing(Nothing::EmptyText)
        } else {
            Self::Value(text.into())
        }
    }
}

/// The ways in which the server says that there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// `null`
    Null,
    /// `false`
    False,
    /// `""`
    EmptyText,
    /// `[]`
    EmptyList,
    /// `{}`
    EmptyMap,
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::False => "false",
            Self::EmptyText => "an empty text",
            Self::EmptyList => "an empty list",
            Self::EmptyMap => "an empty object",
        })
    }
}

#[cold]
fn mismatch<T: Decode, E: de::Error>(found: fmt::Arguments<'_>) -> E {
    E::custom(format_args!("expected {}, found {found}", T::EXPECTED))
}

/// A text for an error message: quoted, and no more of it than is needed to recognise it.
pub(crate) struct Short<'a>(pub &'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let harmless = before_secrets(self.0);
        let shown = match harmless.char_indices().nth(40) {
            Some((end, _)) => &harmless[..end],
            None => harmless,
        };
        let more = if shown.len() < self.0.len() { "…" } else { "" };
        write!(f, "{shown:?}{more}")
    }
}

/// The text up to what could be a webhook's address or a token: answers and error pages repeat the addresses they
/// were asked for, and links to files carry tokens.
pub(crate) fn before_secrets(text: &str) -> &str {
    const SIGNS: [&str; 6] = ["rest/", "rest\\", "rest%", "auth", "token", "secret"];
    let lower = text.to_ascii_lowercase();
    let end = SIGNS.iter().filter_map(|sign| lower.find(sign)).min();
    &text[..end.unwrap_or(text.len())]
}

/// The one visitor: it hands each shape to the function of the type that reads it.
struct Reader<T>(PhantomData<T>);

impl<'de, T: Decode> Visitor<'de> for Reader<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Read<T>, E> {
        Ok(Read::Nothing(Nothing::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Read<T>, E> {
        Ok(Read::Nothing(Nothing::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Read<T>, E> {
        T::from_bool(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Read<T>, E> {
        T::from_int(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Read<T>, E> {
        match i64::try_from(value) {
            Ok(int) => T::from_int(int),
            Err(_) => T::from_unsigned(value),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Read<T>, E> {
        T::from_float(value)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Read<T>, E> {
        T::from_text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Read<T>, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Read<T>, A::Error> {
        T::from_map(map)
    }
}

/// Reads a value of which there is one.
pub(crate) struct Element<T>(PhantomData<T>);

impl<T> Element<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Decode> DeserializeSeed<'de> for Element<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::decode(deserializer)
    }
}

/// Reads one of the values of a list or a map.
struct Entry<T>(PhantomData<T>);

impl<'de, T: Decode> DeserializeSeed<'de> for Entry<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::decode_entry(deserializer)
    }
}

// Numbers

impl Decode for i64 {
    const EXPECTED: &'static str = "an integer";

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value))
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        integral::<Self, E>(value).map(Read::Value)
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(Read::Nothing(Nothing::EmptyText));
        }
        // A price column that holds an integer is sent as `12.00`.
        let whole = match trimmed.split_once('.') {
            Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
            _ => trimmed,
        };
        whole
            .parse()
            .map(Read::Value)
            .map_err(|_| mismatch::<Self, E>(format_args!("the text {}", Short(text))))
    }
}

impl Decode for u64 {
    const EXPECTED: &'static str = "an integer that is not negative";

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        value
            .try_into()
            .map(Read::Value)
            .map_err(|_| mismatch::<Self, E>(format_args!("the number {value}")))
    }

    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value))
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Self::from_int(integral::<Self, E>(value)?)
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        match i64::from_text(text)? {
            Read::Value(value) => Self::from_int(value),
            Read::Nothing(what) => Ok(Read::Nothing(what)),
        }
    }
}

/// The integer that a float is, exactly. For `T`, which names what was expected.
pub(crate) fn integral<T: Decode, E: de::Error>(value: f64) -> Result<i64, E> {
    // 2⁶³ is a float, and i64::MAX is not; both bounds are exact.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
        Ok(value as i64)
    } else {
        Err(mismatch::<T, E>(format_args!("the number {value}")))
    }
}

impl Decode for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value as f64))
    }

    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value as f64))
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value))
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(Read::Nothing(Nothing::EmptyText));
        }
        // Rust also reads `inf` and `nan`, which no portal means as a number.
        match trimmed.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Read::Value(number)),
            _ => Err(mismatch::<Self, E>(format_args!("the text {}", Short(text)))),
        }
    }
}

impl Decode for bool {
    const EXPECTED: &'static str = "a boolean (Y, N, 1, 0, true or false)";

    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        Ok(Read::Value(value))
    }

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        match value {
            0 => Ok(Read::Value(false)),
            1 => Ok(Read::Value(true)),
            _ => Err(mismatch::<Self, E>(format_args!("the number {value}"))),
        }
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Self::from_int(integral::<Self, E>(value)?)
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        match text.trim() {
            "" => Ok(Read::Nothing(Nothing::EmptyText)),
            "Y" | "y" | "1" => Ok(Read::Value(true)),
            "N" | "n" | "0" => Ok(Read::Value(false)),
            word if word.eq_ignore_ascii_case("true") => Ok(Read::Value(true)),
            word if word.eq_ignore_ascii_case("false") => Ok(Read::Value(false)),
            _ => Err(mismatch::<Self, E>(format_args!("the text {}", Short(text)))),
        }
    }
}

impl Decode for String {
    const EXPECTED: &'static str = "text";

    /// The keys, or the places in a list, may be what counts: where there is no text, it is empty.
    fn decode_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::decode_optional(deserializer).map(|text| Some(text.unwrap_or_default()))
    }

    /// `false` is how PHP says that there is no text.
    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        Ok(if value {
            Read::Value("true".to_owned())
        } else {
            Read::Nothing(Nothing::False)
        })
    }

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value.to_string()))
    }

    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value.to_string()))
    }

    /// An integer of more than 64 bits has lost digits on its way here, and must not look as if it had not.
    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
        if value.fract() == 0.0 && value.abs() >= EXACT {
            return Err(mismatch::<Self, E>(format_args!("the number {value}")));
        }
        Ok(Read::Value(value.to_string()))
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(Read::Value(text.to_owned()))
    }
}

/// Whatever it is: for methods whose result says nothing.
impl Decode for () {
    const EXPECTED: &'static str = "anything";

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| ())
    }

    fn decode_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::decode(deserializer).map(Some)
    }

    fn decode_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::decode(deserializer).map(Some)
    }
}

/// Any JSON, as it was sent.
impl Decode for Value {
    const EXPECTED: &'static str = "any JSON";

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn decode_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::decode(deserializer).map(Some)
    }

    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        Ok(if value {
            Read::Value(Self::Bool(true))
        } else {
            Read::Nothing(Nothing::False)
        })
    }

    fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value.into()))
    }

    fn from_unsigned<E: de::Error>(value: u64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value.into()))
    }

    fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
        Ok(Read::Value(value.into()))
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(Read::text(text))
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Read<Self>, A::Error> {
        Ok(match Self::deserialize(SeqAccessDeserializer::new(list))? {
            Self::Array(items) if items.is_empty() => Read::Nothing(Nothing::EmptyList),
            value => Read::Value(value),
        })
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Read<Self>, A::Error> {
        Ok(match Self::deserialize(MapAccessDeserializer::new(map))? {
            Self::Object(entries) if entries.is_empty() => Read::Nothing(Nothing::EmptyMap),
            value => Read::Value(value),
        })
    }

    fn nothing<E: de::Error>(what: Nothing) -> Result<Self, E> {
        Ok(match what {
            Nothing::Null => Self::Null,
            Nothing::False => Self::Bool(false),
            Nothing::EmptyText => Self::String(String::new()),
            Nothing::EmptyList => Self::Array(Vec::new()),
            Nothing::EmptyMap => Self::Object(serde_json::Map::new()),
        })
    }
}

// Containers

/// Hands the shapes on to the type inside, and wraps what it reads.
macro_rules! forward {
    ($wrap:expr; $($shape:ident: $from:ty),*) => {
        $(fn $shape<E: de::Error>(value: $from) -> Result<Read<Self>, E> {
            T::$shape(value).map(|read: Read<T>| read.map($wrap))
        })*
    };
}

impl<T: Decode> Decode for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode_optional(deserializer)
    }

    fn decode_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::decode(deserializer).map(Some)
    }

    forward!(Some; from_bool: bool, from_int: i64, from_unsigned: u64, from_float: f64, from_text: &str);

    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Read<Self>, A::Error> {
        T::from_list(list).map(|read| read.map(Some))
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Read<Self>, A::Error> {
        T::from_map(map).map(|read| read.map(Some))
    }

    fn nothing<E: de::Error>(_: Nothing) -> Result<Self, E> {
        Ok(None)
    }
}

/// A list; one value stands for a list of one, a map whose keys are numbers for its values, «nothing» for no values. An
/// element that is nothing is left out where nothing is no value; a text is empty then.
impl<T: Decode> Decode for Vec<T> {
    const EXPECTED: &'static str = "a list";

    forward!(one; from_int: i64, from_unsigned: u64, from_float: f64);

    fn from_bool<E: de::Error>(value: bool) -> Result<Read<Self>, E> {
        if value {
            T::from_bool(value).map(|read| read.map(one))
        } else {
            Ok(Read::Nothing(Nothing::False))
        }
    }

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        if text.is_empty() {
            Ok(Read::Nothing(Nothing::EmptyText))
        } else {
            T::from_text(text).map(|read| read.map(one))
        }
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Read<Self>, A::Error> {
        let mut items = Self::new();
        while let Some(item) = list.next_element_seed(Entry(PhantomData))? {
            items.extend(item);
        }
        Ok(if items.is_empty() {
            Read::Nothing(Nothing::EmptyList)
        } else {
            Read::Value(items)
        })
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Read<Self>, A::Error> {
        let Some(first) = map.next_key::<String>()? else {
            return Ok(Read::Nothing(Nothing::EmptyMap));
        };
        if !is_number(&first) {
            return T::from_map(Replay {
                first: Some(first),
                rest: map,
            })
            .map(|read| read.map(one));
        }
        let mut items = Self::new();
        items.extend(map.next_value_seed(Entry(PhantomData))?);
        while let Some(key) = map.next_key::<String>()? {
            if !is_number(&key) {
                return Err(mismatch::<Self, A::Error>(format_args!(
                    "an object with the keys {} and {}",
                    Short(&first),
                    Short(&key)
                )));
            }
            items.extend(map.next_value_seed(Entry(PhantomData))?);
        }
        Ok(Read::Value(items))
    }

    fn nothing<E: de::Error>(_: Nothing) -> Result<Self, E> {
        Ok(Self::new())
    }
}

fn one<T>(item: T) -> Vec<T> {
    vec![item]
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// An object whose keys are data; a list stands for the keys `0` to `n − 1`, «nothing» for no entries. A key with nothing is
/// left out where nothing is no value; a text is empty then.
impl<T: Decode> Decode for Map<T> {
    const EXPECTED: &'static str = "an object";

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Read<Self>, A::Error> {
        let mut entries = Self::new();
        let mut index = 0_usize;
        while let Some(value) = list.next_element_seed(Entry(PhantomData))? {
            entries.extend(value.map(|value| (index.to_string(), value)));
            index += 1;
        }
        Ok(if entries.is_empty() {
            Read::Nothing(Nothing::EmptyList)
        } else {
            Read::Value(entries)
        })
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Read<Self>, A::Error> {
        let mut entries = Self::new();
        while let Some(key) = map.next_key()? {
            if let Some(value) = map.next_value_seed(Entry(PhantomData))? {
                entries.insert(key, value);
            }
        }
        Ok(if entries.is_empty() {
            Read::Nothing(Nothing::EmptyMap)
        } else {
            Read::Value(entries)
        })
    }

    fn nothing<E: de::Error>(_: Nothing) -> Result<Self, E> {
        Ok(Self::new())
    }
}

/// An object whose first key had to be read to find out what it is.
struct Replay<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Replay<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(Key(key, PhantomData)).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// The key of an object that was read before.
struct Key<E>(String, PhantomData<E>);

impl<'de, E: de::Error> Deserializer<'de> for Key<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_string(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
