//! By what the answers call `next`, one page after the other; or, where they say how many rows there are, many pages in
//! one request, whose starts are foreseen. What does not start where the page before said is asked for again.

use bitrix24_types::Id;

use super::known::Known;
use super::walk::{Ask, Came, Flaw, Kept, MOST_EMPTY, PAGE, Place, Request, Within};

/// How many pages go into one request.
const MOST: u64 = 50;

/// A walk by starts.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    /// Whether several pages may be asked for at once.
    foreseen: bool,
    /// The page to ask for next; `None` at the end.
    next: Option<u64>,
    /// How many rows a page has, once a page has said where the next one starts.
    page: Option<u64>,
    total: Option<u64>,
    /// How many pages without rows came last.
    empty: u64,
    /// By how many places rows may have moved towards the end, because others were added.
    moved: u64,
    under_way: Vec<u64>,
    known: Known,
}

impl Starts {
    pub(super) fn new(foreseen: bool, from: Within) -> Self {
        Self {
            foreseen,
            next: Some(from.start),
            page: None,
            total: None,
            empty: 0,
            moved: 0,
            under_way: Vec::new(),
            known: Known::new(from),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.next.is_none() && self.under_way.is_empty()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn handed(&mut self, start: u64, row: usize, id: Option<&Id>) {
        self.known.handed(start, row, id);
    }

    pub(super) fn position(&self) -> Within {
        self.known.position()
    }

    pub(super) fn ask(&mut self) -> Option<Request> {
        let first = self.next.filter(|_| self.under_way.is_empty())?;
        self.under_way = match (self.foreseen, self.page, self.total) {
            (true, Some(page), Some(total)) => {
                let others = (1..MOST).map(|number| first.saturating_add(number * page));
                std::iter::once(first)
                    .chain(others.take_while(|start| *start < total))
                    .collect()
            }
            _ => vec![first],
        };
        let ask = |start: &u64| Ask {
            start: Some(*start),
            ..Ask::default()
        };
        Some(Request {
            lane: 0,
            asks: self.under_way.iter().map(ask).collect(),
        })
    }

    pub(super) fn came(&mut self, pages: &[Came]) -> (Vec<Kept>, Result<(), Flaw>) {
        let mut kept = Vec::new();
        let starts = std::mem::take(&mut self.under_way);
        for (page, (start, came)) in starts.into_iter().zip(pages).enumerate() {
            if self.next != Some(start) {
                break;
            }
            match self.page(start, came) {
                Ok(old) if old < came.ids.len() => kept.push(Kept {
                    page,
                    rows: old..came.ids.len(),
                    place: Place::Start(start),
                }),
                Ok(_) => {}
                Err(flaw) => return (kept, Err(flaw)),
            }
        }
        (kept, Ok(()))
    }

    /// Takes the page that starts here. How many of its rows came before.
    fn page(&mut self, start: u64, came: &Came) -> Result<usize, Flaw> {
        if let (Some(before), Some(now)) = (self.total, came.total) {
            if now < before {
                return Err(Flaw::Shrunk { before, now });
            }
            if now > before && came.ids.iter().any(Option::is_none) {
                return Err(Flaw::Grown { before, now });
            }
            self.moved += now - before;
        }
        let page = self.page.unwrap_or(PAGE as u64);
        let next = came.next(start, page.max(PAGE as u64))?;
        match (next, came.total) {
            (Some(next), _) => self.page = Some(next - start),
            (None, Some(total)) if ends_early(start, came.ids.len() as u64, page, total) => {
                return Err(Flaw::EndsEarly { start, total });
            }
            (None, _) => {}
        }
        self.empty = if came.ids.is_empty() { self.empty + 1 } else { 0 };
        if self.empty >= MOST_EMPTY && next.is_some() && came.total.is_none() {
            return Err(Flaw::OnlyEmpty(start));
        }
        let (old, again) = self.known.old(start, came, self.moved, false)?;
        self.moved -= again;
        self.total = came.total.or(self.total);
        self.next = next;
        Ok(old)
    }
}

/// Whether a page without a next one can't be the last: there are rows behind it, or it is the first and has none at all.
fn ends_early(start: u64, rows: u64, page: u64, total: u64) -> bool {
    let nothing = start == 0 && rows == 0 && total > 0;
    nothing || total > start.saturating_add(rows.max(page))
}
