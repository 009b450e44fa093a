//! By offset and limit, where nothing says whether there is another page. The offset moves by the rows that came, so that a
//! page with fewer of them than asked for leaves nothing out.
//!
//! Where the list ends: behind the row with the largest identifier, which is asked for once a page is not full; a page
//! without rows is not the end before that, for a portal may look at rights after it has cut the page. If rows are in
//! another order, or none is shown when the last ones are asked for, an empty page is the end.

use bitrix24_types::Id;

use super::known::Known;
use super::walk::{Ask, Came, Flaw, Kept, MOST_EMPTY, Place, Request, Within, largest};

/// A walk by offsets.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    /// How many rows to ask for.
    limit: u64,
    offset: u64,
    /// Whether rows come in the order of their identifiers, as far as seen, and can come the other way round.
    ordered: bool,
    stage: Stage,
    /// The largest identifier that came, and that of the list when it was asked for.
    seen: Option<i64>,
    last: Option<i64>,
    /// Whether it was asked for.
    asked: bool,
    /// How many rows the fullest page had.
    full: u64,
    /// How many pages without rows came last.
    empty: u64,
    /// How many rows less than asked for the page before had, and whether a row of it had no identifier.
    missing: u64,
    nameless: bool,
    under_way: bool,
    known: Known,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Pages,
    /// Which identifier is the largest?
    Last,
    Done,
}

impl Offsets {
    pub(super) fn new(limit: usize, ordered: bool, from: Within) -> Self {
        Self {
            limit: limit as u64,
            offset: from.start,
            ordered,
            stage: Stage::Pages,
            seen: None,
            last: None,
            asked: false,
            full: 1,
            empty: 0,
            missing: 0,
            nameless: false,
            under_way: false,
            known: Known::new(from),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    pub(super) fn handed(&mut self, start: u64, row: usize, id: Option<&Id>) {
        self.known.handed(start, row, id);
    }

    pub(super) fn position(&self) -> Within {
        self.known.position()
    }

    pub(super) fn ask(&mut self) -> Option<Request> {
        if self.is_done() || self.under_way {
            return None;
        }
        self.under_way = true;
        let descending = self.stage == Stage::Last;
        let ask = Ask {
            start: Some(if descending { 0 } else { self.offset }),
            descending,
            ..Ask::default()
        };
        Some(Request {
            lane: 0,
            asks: vec![ask],
        })
    }

    pub(super) fn came(&mut self, pages: &[Came]) -> (Vec<Kept>, Result<(), Flaw>) {
        self.under_way = false;
        let Some(came) = pages.first() else {
            return (Vec::new(), Ok(()));
        };
        if self.stage == Stage::Last {
            return (Vec::new(), self.last(came));
        }
        let start = self.offset;
        match self.page(start, came) {
            Ok(old) if old < came.ids.len() => {
                let kept = Kept {
                    page: 0,
                    rows: old..came.ids.len(),
                    place: Place::Start(start),
                };
                (vec![kept], Ok(()))
            }
            Ok(_) => (Vec::new(), Ok(())),
            Err(flaw) => (Vec::new(), Err(flaw)),
        }
    }

    /// Takes the page that starts here. How many of its rows came before.
    fn page(&mut self, start: u64, came: &Came) -> Result<usize, Flaw> {
        let rows = came.ids.len() as u64;
        if rows == 0 && !self.known.resumes() {
            self.empty += 1;
            self.stage = if self.ordered { Stage::Last } else { Stage::Done };
            return Ok(0);
        }
        if self.missing > 0 && self.nameless {
            return Err(Flaw::ShortInTheMiddle(start));
        }
        let full = rows == self.limit;
        let (old, again) = self.known.old(start, came, self.missing, full)?;
        // Where every row came before, the offset is not heard.
        if let Some(id) = came.ids.last().cloned().flatten().filter(|_| again == rows) {
            return Err(Flaw::Again(id));
        }
        self.missing = self.limit.saturating_sub(rows);
        self.nameless = came.ids.iter().any(Option::is_none);
        self.offset = start.saturating_add(rows);
        self.empty = 0;
        self.full = self.full.max(rows);
        for (row, id) in came.ids.iter().enumerate() {
            let id = id.as_ref().and_then(Id::as_i64);
            // Where the order is not kept, the largest is not the last.
            self.ordered &= row < old || id > self.seen;
            self.seen = id.max(self.seen);
        }
        if self.has_all() {
            self.stage = Stage::Done;
        } else if self.ordered && !self.asked && (2..self.limit).contains(&rows) {
            self.stage = Stage::Last;
        }
        Ok(old)
    }

    /// Takes the page that has the largest identifiers first.
    fn last(&mut self, came: &Came) -> Result<(), Flaw> {
        self.asked = true;
        // One row is in every order: only an empty page says that none is behind it.
        self.last = largest(came).filter(|_| came.ids.len() > 1 || self.empty > 0);
        self.stage = if self.has_all() || (self.empty > 0 && self.last.is_none()) {
            Stage::Done
        } else {
            Stage::Pages
        };
        if self.empty >= MOST_EMPTY {
            return Err(Flaw::OnlyEmpty(self.offset));
        }
        // Asked for twice, it has rows that are not shown; not more than shown ones fit on a page, as far as is known.
        if self.empty > 1 {
            self.offset = self.offset.saturating_add(self.full);
            self.missing = 0;
        }
        Ok(())
    }

    /// Whether the row came that was the last one.
    fn has_all(&self) -> bool {
        self.ordered && self.last.is_some() && self.seen >= self.last
    }
}
