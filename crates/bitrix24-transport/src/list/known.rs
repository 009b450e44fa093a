//! Rows that came before, for ways that walk by position: rows move there when others are added or deleted.

use std::collections::{HashSet, VecDeque};

use bitrix24_types::Id;

use super::walk::{Came, Flaw, Within};

/// How many identifiers are kept: the rows of one full request.
const KEPT: usize = 2_500;

/// What is known of the rows before, and where the caller is.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    ids: HashSet<Id>,
    /// The same in their order, to forget the oldest.
    order: VecDeque<Id>,
    /// Rows of the first page that were handed out by an earlier walk.
    resumed: Option<Within>,
    handed: Within,
}

impl Known {
    pub(super) fn new(from: Within) -> Self {
        Self {
            handed: from.clone(),
            resumed: Some(from).filter(|from| from.rows > 0),
            ..Self::default()
        }
    }

    /// Whether the next page has rows that an earlier walk has handed out.
    pub(super) fn resumes(&self) -> bool {
        self.resumed.is_some()
    }

    /// How many rows at the beginning of a page came before: all that an earlier walk has handed out, and so many others
    /// as `moved` allows. Any row more than that says that the pages don't fit together. `full`: it has all rows that were
    /// asked for.
    pub(super) fn old(
        &mut self,
        start: u64,
        came: &Came,
        moved: u64,
        full: bool,
    ) -> Result<(usize, u64), Flaw> {
        let old = self.handed_before(start, came, full)?;
        let mut again = 0;
        for id in &came.ids[old..] {
            match id {
                Some(id) if self.ids.contains(id) => again += 1,
                _ => break,
            }
        }
        let (old, new) = (old + again, &came.ids[old + again..]);
        let twice = came.ids.get(old.wrapping_sub(1)).cloned().flatten();
        if let Some(id) = twice.filter(|_| again as u64 > moved) {
            return Err(Flaw::Again(id));
        }
        for id in new.iter().flatten() {
            if self.ids.contains(id) {
                return Err(Flaw::Again(id.clone()));
            }
            self.keep(id);
        }
        Ok((old, again as u64))
    }

    /// How many rows of a page an earlier walk has handed out. If its pages were larger, the next one has more of them.
    fn handed_before(&mut self, start: u64, came: &Came, full: bool) -> Result<usize, Flaw> {
        let Some(from) = self.resumed.take() else {
            return Ok(0);
        };
        let old = match usize::try_from(from.rows) {
            Ok(rows) if came.ids.get(rows - 1) == Some(&from.last) => rows,
            Ok(rows) if rows > came.ids.len() && full => came.ids.len(),
            _ => return Err(Flaw::Changed(start)),
        };
        came.ids[..old].iter().flatten().for_each(|id| self.keep(id));
        let rows = from.rows - old as u64;
        self.resumed = Some(Within { rows, ..from }).filter(|from| from.rows > 0);
        Ok(old)
    }

    fn keep(&mut self, id: &Id) {
        self.ids.insert(id.clone());
        self.order.push_back(id.clone());
        if self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
    }

    /// Notes that the row with this number on the page that starts here was handed out.
    pub(super) fn handed(&mut self, start: u64, row: usize, id: Option<&Id>) {
        self.handed = Within {
            start,
            rows: row as u64 + 1,
            last: id.cloned(),
        };
    }

    pub(super) fn position(&self) -> Within {
        self.handed.clone()
    }
}
