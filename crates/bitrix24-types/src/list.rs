//! Requests that are answered with a page of rows, and what leads from one page to the next.

use std::fmt;

use crate::{Id, Method, Scalar, Value};

/// A request that is answered with a page of rows.
///
/// Which methods are such, and how they are walked, is read from the documentation; a client's `list` goes through all
/// the pages.
pub trait List: Method {
    /// What a page holds.
    type Row: Send + 'static;
    /// How to come from page to page.
    const PAGING: Paging;

    /// The rows of a page.
    fn rows(page: Self::Output) -> Vec<Self::Row>;

    /// What identifies a row, if it came with the row: `select` may have left it out.
    fn id(row: &Self::Row) -> Option<Id>;
}

/// How a list is walked: parameters by their path, `params.filter`. What is not known is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The field of the result that holds the rows; empty, if the result is the rows.
    pub rows: &'static str,
    /// The field that identifies a row.
    pub id: &'static str,
    /// What filter and order call that field.
    pub key: &'static str,
    /// The parameter for the fields of a row.
    pub select: &'static str,
    /// The parameter for conditions.
    pub filter: &'static str,
    /// The parameter for the order: a map of fields to directions; with `sort`, the direction alone.
    pub order: &'static str,
    /// The parameter for the field to sort by, where `order` is the direction.
    pub sort: &'static str,
    /// The parameter that takes the `next` of an answer; `-1` spares the server counting.
    pub start: &'static str,
    /// The parameter for how many rows to answer with.
    pub limit: &'static str,
    /// The parameter for how many rows to skip.
    pub offset: &'static str,
    /// The parameter of REST 3.0 that holds `page`, `limit` and `offset`.
    pub page: &'static str,
    /// The parameter of REST 3.0 that holds `field`, `order`, `value` and `limit`.
    pub tail: &'static str,
    /// The ways that the documentation shows, the best first.
    pub ways: &'static [Way],
}

impl Paging {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        rows: "",
        id: "",
        key: "",
        select: "",
        filter: "",
        order: "",
        sort: "",
        start: "",
        limit: "",
        offset: "",
        page: "",
        tail: "",
        ways: &[],
    };
}

/// A way to walk through all pages of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// Each page begins above the last identifier of the one before. Rows that are added or deleted meanwhile move
    /// nothing, and the server counts nothing.
    Id,
    /// Ranges of identifiers, several at once: for large tables that are to be read fast. Possible wherever [`Self::Id`] is.
    Ranges,
    /// Offsets, of which all are known from the first answer on, because it says how many rows there are.
    Count,
    /// Each answer says where the next page begins.
    Next,
    /// Offsets, until a page is empty.
    Offset,
    /// The pages of REST 3.0, until one is empty.
    Page,
    /// The cursor of REST 3.0, until there is nothing behind it.
    Tail,
}

impl Way {
    /// As `Display` shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Ranges => "ranges",
            Self::Count => "count",
            Self::Next => "next",
            Self::Offset => "offset",
            Self::Page => "page",
            Self::Tail => "tail",
        }
    }

    /// The way of this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Id,
            Self::Ranges,
            Self::Count,
            Self::Next,
            Self::Offset,
            Self::Page,
            Self::Tail,
        ];
        all.into_iter().find(|way| way.as_str() == name)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[doc(hidden)]
/// Results that are rows, for the macro.
pub trait Rows<T> {
    /// The rows.
    fn rows(self) -> Vec<T>;
}

impl<T> Rows<T> for Vec<T> {
    fn rows(self) -> Vec<T> {
        self
    }
}

impl<T> Rows<T> for Option<Vec<T>> {
    fn rows(self) -> Vec<T> {
        self.unwrap_or_default()
    }
}

#[doc(hidden)]
/// Fields that may hold an identifier, for the macro.
pub trait RowId {
    /// The identifier, if there is one.
    fn row_id(&self) -> Option<Id>;
}

impl RowId for Id {
    fn row_id(&self) -> Option<Id> {
        Some(self.clone())
    }
}

impl RowId for i64 {
    fn row_id(&self) -> Option<Id> {
        Some((*self).into())
    }
}

impl RowId for String {
    fn row_id(&self) -> Option<Id> {
        Some(self.as_str().into())
    }
}

impl RowId for Scalar {
    fn row_id(&self) -> Option<Id> {
        match self {
            Self::Int(number) => Some((*number).into()),
            Self::Text(text) => Some(text.as_str().into()),
            Self::Bool(_) | Self::Float(_) => None,
        }
    }
}

impl RowId for Value {
    fn row_id(&self) -> Option<Id> {
        match self {
            Self::Number(number) => number.as_i64().map(Id::from),
            Self::String(text) => Some(text.as_str().into()),
            _ => None,
        }
    }
}

impl<T: RowId> RowId for Option<T> {
    fn row_id(&self) -> Option<Id> {
        self.as_ref().and_then(T::row_id)
    }
}

impl<T: RowId> RowId for Box<T> {
    fn row_id(&self) -> Option<Id> {
        (**self).row_id()
    }
}
