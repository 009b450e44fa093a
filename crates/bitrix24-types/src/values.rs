//! Open enums: the values a parameter or field is documented to have, and any other. The `values!` macro makes them.

use std::borrow::Cow;

use serde::de;

use crate::decode::{Nothing, Read};
use crate::wire::IntoWire;

/// An enum of texts that has a variant for texts it does not know.
pub trait OpenEnum: IntoWire {
    /// The variant of a documented value.
    fn known(text: &str) -> Option<Self>;

    /// The variant for every other value.
    fn other(text: String) -> Self;

    /// A documented value as the static text it is; for any other value, that value.
    fn into_text(self) -> Cow<'static, str>;

    /// The variant of any text.
    fn of_text(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::other(text.to_owned()))
    }

    /// Reads a text; the empty one is «nothing» unless it is a documented value.
    fn read_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(match Self::known(text) {
            Some(known) => Read::Value(known),
            None if text.is_empty() => Read::Nothing(Nothing::EmptyText),
            None => Read::Value(Self::other(text.to_owned())),
        })
    }
}

/// Reads as text what is no text, such as a number.
pub fn read_as_text<T: OpenEnum, E>(read: Result<Read<String>, E>) -> Result<Read<T>, E> {
    Ok(read?.map(|text| T::known(&text).unwrap_or_else(|| T::other(text))))
}
