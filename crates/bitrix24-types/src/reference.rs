//! A reference to the result of another command of a batch.

use std::fmt;

use crate::arg::Arg;
use crate::wire::IntoWire;
use crate::{Date, DateTime, Either, File, Id, Map, OneOrMany, OneZero, Scalar, Wire, YesNo};

/// What an earlier command of the same batch answers, or a part of it, in the place of a value.
///
/// It is made by a [`Handle`](crate::Handle) and goes wherever a parameter goes, also inside of lists, maps and objects. The
/// portal puts the value in when it gets there. Outside of its batch it can't be sent: that is an error.
///
/// Mind that a portal of REST 2 doesn't refuse what it can't follow to the end: where there is no such key or row it sends the
/// reference on as text, or as much of the result as it got to. Halting is no help there, for no command has failed.
///
/// ```
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::{Batch, landing::site::{GetList, Publication}};
///
/// let mut batch = Batch::new();
/// let sites = batch.add(GetList::new());
/// batch.add(Publication::new(sites.path("0.ID")));        // the key `ID` of the first row
/// batch.add(Publication::new(sites.result().key(1).key("ID")));    // the same of the second, step by step
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    pub(crate) batch: u64,
    pub(crate) command: usize,
    pub(crate) keys: Vec<String>,
    /// The key that is taken of each row, of all rows.
    pub(crate) every: Option<String>,
}

/// A step into a result: the key of an object, or the place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Reference {
    pub(crate) fn new(batch: u64, command: usize) -> Self {
        Self {
            batch,
            command,
            keys: Vec::new(),
            every: None,
        }
    }

    /// One step further in: the key of an object, whatever characters are in it, or the place in a list.
    #[must_use]
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.keys.push(key.into().0);
        self
    }

    /// Several steps with dots between them, `0.ID`; none for an empty text.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        if !path.is_empty() {
            self.keys.extend(path.split('.').map(str::to_owned));
        }
        self
    }

    /// The list of what all rows have under this key. REST 3.0 only, and of its `items`.
    #[must_use]
    pub fn of_all(mut self, key: impl Into<Key>) -> Self {
        self.every = Some(key.into().0);
        self
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<result of command {}", self.command)?;
        for key in &self.keys {
            write!(f, ", {key:?}")?;
        }
        if let Some(key) = &self.every {
            write!(f, ", {key:?} of all")?;
        }
        f.write_str(">")
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self(key)
    }
}

impl From<usize> for Key {
    fn from(place: usize) -> Self {
        Self(place.to_string())
    }
}

impl From<Reference> for Wire {
    fn from(reference: Reference) -> Self {
        Self::Reference(Box::new(reference))
    }
}

macro_rules! anywhere {
    ($($kind:ty),*) => {
        $(impl From<Reference> for Arg<$kind> {
            fn from(reference: Reference) -> Self {
                Self::raw(reference)
            }
        })*
    };
}

anywhere!(
    i64, f64, bool, String, Id, Date, DateTime, File, Scalar, YesNo, OneZero
);

impl<T> From<Reference> for Arg<OneOrMany<T>> {
    fn from(reference: Reference) -> Self {
        Self::raw(reference)
    }
}

impl<A, B> From<Reference> for Arg<Either<A, B>> {
    fn from(reference: Reference) -> Self {
        Self::raw(reference)
    }
}

impl<T> From<Reference> for Arg<Vec<T>> {
    fn from(reference: Reference) -> Self {
        Self::raw(reference)
    }
}

impl<T> From<Reference> for Arg<Map<T>> {
    fn from(reference: Reference) -> Self {
        Self::raw(reference)
    }
}

/// Open enums and objects of parameters.
impl<T: IntoWire> From<Reference> for Arg<T> {
    fn from(reference: Reference) -> Self {
        Self::raw(reference)
    }
}
