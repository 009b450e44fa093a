//! What the ways to walk have in common: they say what to ask, hear what came, and say which rows of it are new. They
//! send nothing and know no clock.

use std::ops::Range;

use bitrix24_types::Id;
use serde::{Deserialize, Serialize};

use super::{ids::Ids, offsets::Offsets, starts::Starts};

/// How many rows a page has where nobody can say how many it should have.
pub(super) const PAGE: usize = 50;

/// So many pages in a row may have no rows, because none of theirs is shown, where nothing says how many there are.
pub(super) const MOST_EMPTY: u64 = 1_000;

/// One page to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ask {
    /// Only identifiers above this one.
    pub(super) above: Option<Above>,
    /// Only identifiers up to this one.
    pub(super) upto: Option<i64>,
    /// The largest identifiers first.
    pub(super) descending: bool,
    /// Where to start counting rows; without it the rows are not to be counted.
    pub(super) start: Option<u64>,
}

/// An identifier that is known, or the last of the full page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Above {
    Id(i64),
    PageBefore,
}

/// What came for an [`Ask`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Came {
    /// For each row, if the row has one.
    pub(super) ids: Vec<Option<Id>>,
    /// Where the next page starts, if there is one.
    pub(super) next: Option<u64>,
    /// How many rows there are in all, if they were counted.
    pub(super) total: Option<u64>,
}

impl Came {
    /// Where the page behind this one starts, if there is one. It has to be further on, no further than a page, for rows
    /// between them would be left out, and before the end, or there would be none.
    pub(super) fn next(&self, start: u64, page: u64) -> Result<Option<u64>, Flaw> {
        let Some(next) = self.next else {
            return Ok(None);
        };
        let farthest = start.saturating_add(page.max(self.ids.len() as u64));
        if next <= start || next > farthest || self.total.is_some_and(|total| next >= total) {
            return Err(Flaw::WrongNext { start, next });
        }
        Ok(Some(next))
    }
}

/// Requests that belong together are told apart by this.
pub(super) type Lane = usize;

/// What is to be sent as one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) lane: Lane,
    pub(super) asks: Vec<Ask>,
}

/// Rows that are new, of one page of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Which page.
    pub(super) page: usize,
    pub(super) rows: Range<usize>,
    /// Where the page is in the list, for the position after each of its rows.
    pub(super) place: Place,
}

/// Where a page is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a lane, by identifiers.
    Lane(Lane),
    /// The page that starts here.
    Start(u64),
}

/// What is wrong with pages: going on would lose rows, or bring them twice, or never end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("a row has no identifier: it has to be among the fields that are selected")]
    NoId,
    #[error("the identifier `{0}` is no number, so there is none above it: walk this list in another way")]
    NoNumber(Id),
    #[error(
        "asked for identifiers above {after}, the portal answered with {found}: it ignores the filter, or stands still"
    )]
    Behind { after: i64, found: i64 },
    #[error("asked for identifiers up to {upto}, the portal answered with {found}: it ignores the filter")]
    Beyond { upto: i64, found: i64 },
    #[error(
        "asked for rows in the order of their identifiers, the portal answered with {found} after {before}"
    )]
    OutOfOrder { before: i64, found: i64 },
    #[error("the page that starts at {start} says that the next one starts at {next}, which can't be")]
    WrongNext { start: u64, next: u64 },
    #[error(
        "a thousand pages in a row, up to the one that starts at {0}, have no rows, and the portal says that there are more"
    )]
    OnlyEmpty(u64),
    #[error("the page that starts at {start} has no next one, but there are {total} rows in all")]
    EndsEarly { start: u64, total: u64 },
    #[error(
        "there were {before} rows in all, now there are {now}: some may have moved to pages that were read before"
    )]
    Shrunk { before: u64, now: u64 },
    #[error(
        "there were {before} rows in all, now there are {now}, and the rows have no identifiers to know them by"
    )]
    Grown { before: u64, now: u64 },
    #[error("the row `{0}` came before: the pages overlap, so others may be missing")]
    Again(Id),
    #[error(
        "the page that starts at {0} was not full, the next one was not empty, and rows have no identifiers to know them by"
    )]
    ShortInTheMiddle(u64),
    #[error(
        "the list has changed since: the page that starts at {0} does not have the rows that came before"
    )]
    Changed(u64),
    #[error("the walk does not know what to ask next: this is a mistake in this crate")]
    Stuck,
}

/// Where a walk is: all rows up to here were handed out, and none behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Position {
    /// Ranges of identifiers that are still to be read.
    Ranges(Vec<Left>),
    /// The page, and how much of it was handed out.
    Page(Within),
}

/// What is left of a range of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Left {
    /// The last one that was handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upto: Option<i64>,
}

/// A place inside a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Within {
    pub(super) start: u64,
    /// How many rows of the page that starts there were handed out.
    pub(super) rows: u64,
    /// The last of them, if rows have identifiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<Id>,
}

/// A walk by one of the ways.
#[derive(Clone, Debug)]
pub(super) enum Walk {
    Ids(Ids),
    Starts(Starts),
    Offsets(Offsets),
}

impl Walk {
    /// What to send next; `None` if nothing can be asked before something came, or at all.
    pub(super) fn ask(&mut self) -> Option<Request> {
        match self {
            Self::Ids(walk) => walk.ask(),
            Self::Starts(walk) => walk.ask(),
            Self::Offsets(walk) => walk.ask(),
        }
    }

    /// Hears what came for the first pages of a request; the others have to be asked again. What is kept of pages before a
    /// flaw counts.
    pub(super) fn came(&mut self, lane: Lane, pages: &[Came]) -> (Vec<Kept>, Result<(), Flaw>) {
        match self {
            Self::Ids(walk) => walk.came(lane, pages),
            Self::Starts(walk) => walk.came(pages),
            Self::Offsets(walk) => walk.came(pages),
        }
    }

    /// Whether all rows came.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Ids(walk) => walk.is_done(),
            Self::Starts(walk) => walk.is_done(),
            Self::Offsets(walk) => walk.is_done(),
        }
    }

    /// Notes that a row was handed out.
    pub(super) fn handed(&mut self, place: Place, row: usize, id: Option<&Id>) {
        match (self, place) {
            (Self::Ids(walk), Place::Lane(lane)) => walk.handed(lane, id),
            (Self::Starts(walk), Place::Start(start)) => walk.handed(start, row, id),
            (Self::Offsets(walk), Place::Start(start)) => walk.handed(start, row, id),
            _ => {}
        }
    }

    /// Where a walk has to begin that brings the rows that were not handed out.
    pub(super) fn position(&self) -> Position {
        match self {
            Self::Ids(walk) => Position::Ranges(walk.position()),
            Self::Starts(walk) => Position::Page(walk.position()),
            Self::Offsets(walk) => Position::Page(walk.position()),
        }
    }

    /// How many rows there are in all, if the portal has said so.
    pub(super) fn total(&self) -> Option<u64> {
        match self {
            Self::Starts(walk) => walk.total(),
            Self::Ids(_) | Self::Offsets(_) => None,
        }
    }
}

/// The first identifier of a page that has the largest ones first; if it has them in another order, it says nothing.
pub(super) fn largest(came: &Came) -> Option<i64> {
    let ids: Option<Vec<i64>> = came.ids.iter().map(|id| id.as_ref()?.as_i64()).collect();
    let ids = ids?;
    let descending = ids.windows(2).all(|two| two[0] > two[1]);
    ids.first().copied().filter(|_| descending)
}
