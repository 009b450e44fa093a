//! Addresses of files: whoever has one has the file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Decode;
use crate::decode::Read;

/// An address to download a file from, or to send one to. It carries a token, so `Debug` does not show it.
///
/// ```
/// use bitrix24_types::SecretUrl;
///
/// let url = SecretUrl::from("https://acme.bitrix24.com/rest/download.json?auth=tok3n");
/// assert_eq!(format!("{url:?}"), "SecretUrl(…)");
/// assert!(url.expose().ends_with("tok3n"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// The address, as it was sent. Some methods send it without the portal's name in front.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl From<String> for SecretUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}

impl Decode for SecretUrl {
    const EXPECTED: &'static str = "an address";

    fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
        Ok(Read::text(text))
    }
}

impl<'de> Deserialize<'de> for SecretUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

/// Writes the address itself: what is kept of an answer has to be kept whole.
impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
