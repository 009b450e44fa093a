//! By offset and limit, where nothing says whether there is another page: until a page is empty. The offset moves by the
//! rows that came, so that a page with fewer of them than asked for leaves nothing out.

use bitrix24_types::Id;

use super::known::Known;
use super::walk::{Ask, Came, Flaw, Kept, Place, Request, Within};

/// A walk by offsets.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    /// How many rows to ask for.
    limit: u64,
    offset: u64,
    /// How many rows less than asked for the page before had, and whether a row of it had no identifier.
    missing: u64,
    nameless: bool,
    under_way: bool,
    done: bool,
    known: Known,
}

impl Offsets {
    pub(super) fn new(limit: usize, from: Within) -> Self {
        Self {
            limit: limit as u64,
            offset: from.start,
            missing: 0,
            nameless: false,
            under_way: false,
            done: false,
            known: Known::new(from),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn handed(&mut self, start: u64, row: usize, id: Option<&Id>) {
        self.known.handed(start, row, id);
    }

    pub(super) fn position(&self) -> Within {
        self.known.position()
    }

    pub(super) fn ask(&mut self) -> Option<Request> {
        if self.done || self.under_way {
            return None;
        }
        self.under_way = true;
        let ask = Ask {
            start: Some(self.offset),
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
            self.done = true;
            return Ok(0);
        }
        if self.missing > 0 && self.nameless {
            return Err(Flaw::ShortInTheMiddle(start));
        }
        let (old, again) = self.known.old(start, came, self.missing)?;
        // Where every row came before, the offset is not heard.
        if let Some(id) = came.ids.last().cloned().flatten().filter(|_| again == rows) {
            return Err(Flaw::Again(id));
        }
        self.missing = self.limit.saturating_sub(rows);
        self.nameless = came.ids.iter().any(Option::is_none);
        self.offset = start.saturating_add(rows);
        Ok(old)
    }
}
