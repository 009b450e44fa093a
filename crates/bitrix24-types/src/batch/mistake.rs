//! What can't be sent in a batch, and why.

use std::fmt;

use crate::{Api, QueryError};

/// A batch that can't be sent: which command is in the way, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BatchError {
    /// Which command, from 0.
    pub command: usize,
    /// Its method.
    pub method: String,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What is wrong with a command.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Mistake {
    /// The name is not that of a method.
    Name,
    /// A batch can't be part of a batch.
    Nested,
    /// The command is of this version of the API, and those before it are of the other.
    OtherApi(Api),
    /// Parameters that are neither an object nor a list.
    Params,
    /// A value that can't be written.
    Value(String),
    /// A reference to a command of another batch.
    Foreign,
    /// A handle of another batch.
    ForeignHandle,
    /// A reference with this key, which has no form in a reference of this version of the API.
    Key(String),
    /// A reference to a list made of all rows, which REST 2 has not.
    OfAll,
    /// A reference of REST 3.0 to something else than `item` or `items`.
    NoItem,
    /// A text that the portal would take for a reference.
    Text(String),
    /// So many commands are tied to each other by references, this one among them.
    Tied(usize),
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {} of the batch", self.command)?;
        if !self.method.is_empty() {
            write!(f, " ({})", self.method)?;
        }
        write!(f, ": {}", self.mistake)
    }
}

impl std::error::Error for BatchError {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("a method's name is made of words with dots between them, `crm.deal.get`"),
            Self::Nested => f.write_str("a batch can't be part of a batch"),
            Self::OtherApi(Api::V2) => f.write_str("it is of REST 2 and the commands before it of REST 3.0"),
            Self::OtherApi(Api::V3) => f.write_str("it is of REST 3.0 and the commands before it of REST 2"),
            Self::Params => f.write_str(
                "the parameters must be an object, or a list for methods that take them by position",
            ),
            Self::Value(why) => f.write_str(why),
            Self::Foreign => f.write_str("it refers to the result of a command of another batch"),
            Self::ForeignHandle => f.write_str("this handle is one of another batch"),
            Self::Key(key) => write!(f, "it refers to a key {key:?}, which can't be written in a reference"),
            Self::OfAll => f.write_str("it refers to a key of all rows, which only REST 3.0 knows"),
            Self::NoItem => f.write_str(
                "it refers to something that REST 3.0 doesn't keep for other commands: only what is in `item` or `items`",
            ),
            Self::Text(text) => write!(
                f,
                "a text has {text:?} in it, and in a batch the portal would put a result there: make this call by itself"
            ),
            Self::Tied(count) => write!(
                f,
                "{count} commands are tied to it by references, and a request takes {}",
                crate::system::LIMITS.batch
            ),
        }
    }
}

impl From<QueryError> for Mistake {
    fn from(error: QueryError) -> Self {
        Self::Value(error.to_string())
    }
}
