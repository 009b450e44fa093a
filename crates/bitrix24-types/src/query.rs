//! Parameters as a query string that PHP reads: `fields[TITLE]=…&select[0]=ID`.

use std::fmt::{self, Write as _};

use crate::{Params, Reference, Wire};

/// How deeply PHP reads names, the outermost included (`max_input_nesting_level`): what is deeper it drops.
const DEEPEST: usize = 64;
/// How many values PHP reads at least on a portal (`max_input_vars`, which the vendor asks to be this): what comes after
/// these it drops.
const MOST_VALUES: usize = 10_000;

/// Why parameters can't be written as a query string: PHP would read something else.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum QueryError {
    /// A name that PHP changes or drops: with a closing bracket, empty, or for a parameter with a space or a dot in it.
    Name(String),
    /// Infinity, or not a number.
    Number(f64),
    /// Lists and maps inside each other that go too deep.
    Depth,
    /// More values than PHP reads.
    Values,
    /// A reference to a command, and this is no batch.
    Reference,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "the name {name:?} can't be written in a query string: PHP reads it as another"
            ),
            Self::Number(number) => write!(f, "the number {number} can't be sent"),
            Self::Depth => write!(
                f,
                "lists and maps are nested more than {} levels deep: PHP reads no more",
                DEEPEST
            ),
            Self::Values => write!(
                f,
                "there are more than {MOST_VALUES} values in the parameters: PHP reads no more"
            ),
            Self::Reference => f.write_str(
                "a reference to the result of another command can only be sent in the batch of that command",
            ),
        }
    }
}

impl std::error::Error for QueryError {}

impl Params {
    /// The parameters as a query string that PHP reads back as what they are, as far as a query string can say it: numbers are
    /// text in it, `true` and `false` are `1` and `0`, and `null`, an empty list and an empty map are all an empty text. None
    /// of them is left out.
    ///
    /// ```
    /// use bitrix24_types::{Params, YesNo};
    ///
    /// let fields = Params::new().with::<String>("TITLE", "Rock & Roll").with::<YesNo>("ACTIVE", true);
    /// let mut params = Params::new();
    /// params.set("id", 7);
    /// params.set("fields", fields);
    /// params.set("tags", Vec::<String>::new());
    /// assert_eq!(params.to_query()?, "id=7&fields[TITLE]=Rock%20%26%20Roll&fields[ACTIVE]=Y&tags=");
    /// # Ok::<(), bitrix24_types::QueryError>(())
    /// ```
    pub fn to_query(&self) -> Result<String, QueryError> {
        let mut query = String::new();
        let mut refuse = |_: Special<'_>, _: &mut String| Err(QueryError::Reference);
        Writer::new(&mut query, &mut refuse).params(self)?;
        Ok(query)
    }
}

/// What a batch has to look at.
pub(crate) enum Special<'a> {
    Reference(&'a Reference),
    /// A text with a `$` in it.
    Text(&'a str),
}

/// Writes one reference, or looks at a text.
pub(crate) type OnSpecial<'a, E> = dyn FnMut(Special<'_>, &mut String) -> Result<(), E> + 'a;

/// Writes parameters into a query string.
pub(crate) struct Writer<'a, E> {
    out: &'a mut String,
    /// The names around the value that comes next, as they are written.
    name: String,
    /// Where the pairs began.
    start: usize,
    depth: usize,
    values: usize,
    special: &'a mut OnSpecial<'a, E>,
}

impl<'a, E: From<QueryError>> Writer<'a, E> {
    pub(crate) fn new(out: &'a mut String, special: &'a mut OnSpecial<'a, E>) -> Self {
        Self {
            start: out.len(),
            out,
            name: String::new(),
            depth: 0,
            values: 0,
            special,
        }
    }

    /// Parameters by name.
    pub(crate) fn params(&mut self, params: &Params) -> Result<(), E> {
        for (name, value) in params.iter() {
            let changed = |c| matches!(c, ' ' | '.' | '[' | '\0');
            if name.is_empty() || name.contains(changed) {
                return Err(QueryError::Name(name.to_owned()).into());
            }
            self.name.clear();
            escape(name, &mut self.name);
            self.value(value)?;
        }
        Ok(())
    }

    /// Parameters by position.
    pub(crate) fn list(&mut self, items: &[Wire]) -> Result<(), E> {
        for (place, item) in items.iter().enumerate() {
            self.name.clear();
            number(place, &mut self.name);
            self.value(item)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &Wire) -> Result<(), E> {
        match value {
            Wire::List(items) if !items.is_empty() => {
                for (place, item) in items.iter().enumerate() {
                    self.inner(|name| number(place, name), item)?;
                }
            }
            Wire::Map(entries) if !entries.is_empty() => {
                for (key, item) in entries.iter() {
                    let blank = |c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
                    let is_next_place = key.is_empty() || (key.len() == 1 && key.starts_with(blank));
                    if is_next_place || key.contains([']', '\0']) {
                        return Err(QueryError::Name(key.to_owned()).into());
                    }
                    self.inner(|name| escape(key, name), item)?;
                }
            }
            single => self.pair(single)?,
        }
        Ok(())
    }

    /// A value one level further in.
    fn inner(&mut self, key: impl FnOnce(&mut String), value: &Wire) -> Result<(), E> {
        if self.depth >= DEEPEST {
            return Err(QueryError::Depth.into());
        }
        let length = self.name.len();
        self.name.push('[');
        key(&mut self.name);
        self.name.push(']');
        self.depth += 1;
        self.value(value)?;
        self.depth -= 1;
        self.name.truncate(length);
        Ok(())
    }

    fn pair(&mut self, value: &Wire) -> Result<(), E> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(QueryError::Values.into());
        }
        if self.out.len() > self.start {
            self.out.push('&');
        }
        self.out.push_str(&self.name);
        self.out.push('=');
        match value {
            Wire::Null | Wire::List(_) | Wire::Map(_) => {}
            Wire::Bool(value) => self.out.push(if *value { '1' } else { '0' }),
            Wire::Int(value) => number(value, self.out),
            Wire::Float(value) if !value.is_finite() => return Err(QueryError::Number(*value).into()),
            // As JSON has it: short, and with a fraction.
            Wire::Float(value) => number(format_args!("{value:?}"), self.out),
            Wire::Text(text) => {
                if text.contains('$') {
                    (self.special)(Special::Text(text), self.out)?;
                }
                escape(text, self.out);
            }
            Wire::Reference(reference) => (self.special)(Special::Reference(reference), self.out)?,
        }
        Ok(())
    }
}

fn number(number: impl fmt::Display, out: &mut String) {
    // Writing into a `String` can't fail.
    let _infallible = write!(out, "{number}");
}

/// Percent-encodes everything but letters, digits and `-_.~`.
pub(crate) fn escape(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let mut rest = text;
    loop {
        let length = rest.bytes().position(|byte| !plain(byte)).unwrap_or(rest.len());
        let (start, after) = rest.split_at(length);
        out.push_str(start);
        let Some(c) = after.chars().next() else { return };
        let (special, after) = after.split_at(c.len_utf8());
        for byte in special.bytes() {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
        rest = after;
    }
}
