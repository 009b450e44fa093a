//! Files in a request: base64 inside the JSON.

use std::borrow::Cow;
use std::fmt;

use crate::{Params, Wire};

/// A file to upload inside a request.
///
/// Methods differ in the form they want; their pages say which.
///
/// ```
/// use bitrix24_types::{File, Wire};
///
/// let file = File::named("hello.txt", b"Hello");
/// assert_eq!(serde_json::to_string(&Wire::from(file)).unwrap(), r#"["hello.txt","SGVsbG8="]"#);
/// ```
#[derive(Clone, PartialEq)]
pub struct File {
    form: Form,
    name: Cow<'static, str>,
    base64: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Pair,
    Content,
    Data,
}

impl File {
    /// A list of the name and the content, which most methods take.
    pub fn named(name: impl Into<Cow<'static, str>>, content: &[u8]) -> Self {
        Self {
            form: Form::Pair,
            name: name.into(),
            base64: base64(content),
        }
    }

    /// The content alone.
    pub fn content(content: &[u8]) -> Self {
        Self {
            form: Form::Content,
            name: Cow::Borrowed(""),
            base64: base64(content),
        }
    }

    /// `{"fileData": [name, content]}`, the form of the older CRM methods and of the catalog.
    pub fn data(name: impl Into<Cow<'static, str>>, content: &[u8]) -> Self {
        Self {
            form: Form::Data,
            name: name.into(),
            base64: base64(content),
        }
    }

    pub(crate) fn into_wire(self) -> Wire {
        let content = Wire::from(self.base64);
        match self.form {
            Form::Content => content,
            Form::Pair => Wire::List(vec![Wire::Text(self.name), content]),
            Form::Data => {
                let pair = Wire::List(vec![Wire::Text(self.name), content]);
                Wire::Map(Params::from_iter([("fileData", pair)]))
            }
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("base64", &format_args!("{} characters", self.base64.len()))
            .finish()
    }
}

/// Standard base64 with padding.
fn base64(content: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(content.len().div_ceil(3) * 4);
    for chunk in content.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 0x3f;
            text.push(if place > chunk.len() {
                '='
            } else {
                ALPHABET[digit as usize].into()
            });
        }
    }
    text
}
