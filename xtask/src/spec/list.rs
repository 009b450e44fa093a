//! How a list is walked: where its rows are, how a row is known, and which parameters lead from page to page.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The facts about a method that answers with a page of rows. Parameters are named by path: `params.filter`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Where the rows are in the result; the result itself, if nothing is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rows: String,
    /// The field that identifies a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What filter and order call that field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// A map of fields to directions; with `sort`, the direction alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The field to sort by, where field and direction are two parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Takes what `next` was in the answer; `-1` spares counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How many rows to answer with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// How many rows to skip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// The object of REST 3.0 with `page`, `limit` and `offset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The object of REST 3.0 with `field`, `order`, `value` and `limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// The best first.
    pub ways: Vec<Way>,
}

/// A way from one page to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// By a filter for identifiers above the last one.
    Id,
    /// By offsets that are known at once, because the answer has the `total`.
    Count,
    /// By what the answer calls `next`.
    Next,
    /// By `limit` and `offset`.
    Offset,
    /// By the pages of REST 3.0.
    Page,
    /// By the cursor of REST 3.0.
    Tail,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "id",
            Self::Count => "count",
            Self::Next => "next",
            Self::Offset => "offset",
            Self::Page => "page",
            Self::Tail => "tail",
        })
    }
}

impl List {
    /// Every parameter by the key it stands under.
    pub fn params(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("select", &self.select),
            ("filter", &self.filter),
            ("order", &self.order),
            ("sort", &self.sort),
            ("start", &self.start),
            ("limit", &self.limit),
            ("offset", &self.offset),
            ("page", &self.page),
            ("tail", &self.tail),
        ]
    }

    /// What a way needs and the facts do not have.
    pub fn lacks(&self, way: Way) -> Option<&'static str> {
        let need = |what: &'static str, fact: &Option<String>| fact.is_none().then_some(what);
        match way {
            Way::Id => need("id", &self.id)
                .or_else(|| need("key", &self.key))
                .or_else(|| need("filter", &self.filter))
                .or_else(|| need("order", &self.order))
                .or_else(|| need("start", &self.start).and_then(|_| need("start` or `limit", &self.limit))),
            Way::Count | Way::Next => need("start", &self.start),
            Way::Offset => need("offset", &self.offset).or_else(|| need("limit", &self.limit)),
            Way::Page => need("page", &self.page),
            Way::Tail => need("tail", &self.tail).or_else(|| need("id", &self.id)),
        }
    }
}
