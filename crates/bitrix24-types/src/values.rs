//! Open enums: the values a parameter or field is documented to have, and any other. The `values!` macro makes them.

use std::borrow::Cow;
use std::mem::discriminant;

use serde::de;

use crate::Wire;
use crate::decode::{Nothing, Read};
use crate::wire::IntoWire;

/// An enum of texts that has a variant for texts it does not know.
pub trait OpenEnum: IntoWire + Clone + 'static {
    /// The documented values.
    const KNOWN: &'static [(&'static str, Self)];

    /// The variant for every other value.
    fn other(text: String) -> Self;

    /// The text, if the value is not a documented one.
    fn as_other(&self) -> Option<&str>;

    /// The variant of a documented value.
    fn known(text: &str) -> Option<Self> {
        Self::KNOWN
            .iter()
            .find(|(known, _)| *known == text)
            .map(|(_, value)| value.clone())
    }

    /// The variant of any text.
    fn of_text(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::other(text.to_owned()))
    }

    /// A documented value as the static text it is.
    fn known_text(&self) -> Option<&'static str> {
        let same = |known: &Self| discriminant(known) == discriminant(self);
        Self::KNOWN
            .iter()
            .find(|(_, known)| same(known))
            .map(|(text, _)| *text)
    }

    /// The value as it goes over the wire.
    fn text(&self) -> &str {
        self.as_other().or_else(|| self.known_text()).unwrap_or_default()
    }

    /// The value as it is sent.
    fn to_wire(&self) -> Wire {
        Wire::Text(match self.known_text() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.text().to_owned()),
        })
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
    Ok(read?.map(|text| T::of_text(&text)))
}
