//! By identifiers: each page begins above the last identifier of the one before. Pages of one request are chained by
//! references; several ranges of identifiers can be walked at once.
//!
//! Where the list ends: behind the largest identifier, which is asked for in the first request; a page without rows is not
//! the end before that, for a portal may look at rights after it has cut the page. Then the rows are counted, from the
//! last identifier on; where the portal doesn't count, it is asked for rows above larger and larger identifiers.

use bitrix24_types::Id;

use super::walk::{Above, Ask, Came, Flaw, Kept, Lane, Left, MOST_EMPTY, PAGE, Place, Request, largest};

/// How many pages go into one request.
const CHAIN: usize = 50;
/// A range is divided if it has more rows than this, as far as can be guessed.
const WORTH_DIVIDING: u128 = 2 * (CHAIN * PAGE) as u128;

/// How to walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// How many requests may be under way at once.
    pub(super) at_once: usize,
    /// Whether several pages may go into one request, and the order may be turned round.
    pub(super) chained: bool,
    /// Whether the portal counts rows when asked to.
    pub(super) counts: bool,
    /// How many rows a full page has.
    pub(super) page: usize,
}

/// A walk by identifiers.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    settings: Settings,
    lanes: Vec<Range>,
    /// Whether the first request has been made.
    begun: bool,
    /// The largest identifier of all ranges when the walk began, if the portal could say.
    largest: Option<i64>,
    /// What of the identifiers are rows: rows seen, and the span they were in.
    rows: u128,
    span: u128,
    /// How many rows the fullest page had.
    full: usize,
}

/// A range of identifiers.
#[derive(Clone, Copy, Debug)]
struct Range {
    /// The last identifier that came.
    after: Option<i64>,
    upto: Option<i64>,
    /// The last identifier that was handed out.
    handed: Option<i64>,
    stage: Stage,
    under_way: Option<Sent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Pages,
    /// No row came: are there any behind those that are not shown? Counted from here.
    Counting(u64),
    /// The same where nothing counts. A page without rows has rows that are not shown, at least as many as the fullest page
    /// has shown, so that many identifiers can be left out; this is where they are.
    Skipping(i64),
    Done,
}

/// What a request of a range asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// The largest identifier of all ranges, and then the first page of this one.
    Beginning,
    Pages,
    Counting(u64),
    /// Pages that are so many identifiers apart.
    Skipping(usize),
}

impl Ids {
    /// A walk through what is left.
    pub(super) fn new(settings: Settings, left: &[Left]) -> Self {
        let lanes = left.iter().map(|&Left { after, upto }| Range {
            after,
            upto,
            handed: after,
            stage: Stage::Pages,
            under_way: None,
        });
        Self {
            settings,
            lanes: lanes.collect(),
            begun: false,
            largest: None,
            rows: 0,
            span: 0,
            full: 1,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.lanes.iter().all(|range| range.stage == Stage::Done)
    }

    pub(super) fn handed(&mut self, lane: Lane, id: Option<&Id>) {
        if let (Some(range), Some(id)) = (self.lanes.get_mut(lane), id.and_then(Id::as_i64)) {
            range.handed = Some(id);
        }
    }

    /// Ranges of which every row was handed out are left out; at least one stays, so that nothing is not everything.
    pub(super) fn position(&self) -> Vec<Left> {
        let left = |range: &Range| Left {
            after: range.handed,
            upto: range.upto,
        };
        let is_left = |range: &&Range| !(range.stage == Stage::Done && range.handed == range.after);
        let open: Vec<_> = self.lanes.iter().filter(is_left).map(left).collect();
        match self
            .lanes
            .iter()
            .map(left)
            .max_by_key(|left| (left.upto.is_none(), left.upto, left.after))
        {
            Some(last) if open.is_empty() => vec![last],
            _ => open,
        }
    }

    pub(super) fn ask(&mut self) -> Option<Request> {
        let under_way = self
            .lanes
            .iter()
            .filter(|range| range.under_way.is_some())
            .count();
        // Nothing can be planned before the first answer.
        if under_way >= self.settings.at_once || (under_way > 0 && !self.has_begun()) {
            return None;
        }
        if self.has_begun() && self.settings.at_once > 1 {
            self.divide();
        }
        let waits = |range: &Range| range.under_way.is_none() && range.stage != Stage::Done;
        let lane = self.lanes.iter().position(waits)?;
        let begins = !self.begun && self.settings.chained;
        let pages = if begins || !self.settings.chained {
            1
        } else {
            self.pages(lane)
        };
        let range = self.lanes[lane];
        let page = |above| Ask {
            above,
            upto: range.upto,
            ..Ask::default()
        };
        let first = page(range.after.map(Above::Id));
        let (sent, asks) = match range.stage {
            Stage::Counting(start) => {
                let ask = Ask {
                    start: Some(start),
                    ..first
                };
                (Sent::Counting(start), vec![ask])
            }
            Stage::Skipping(above) => {
                let from = (above..self.end_of(range).unwrap_or(above)).step_by(self.full);
                let asks = from.take(CHAIN).map(|above| page(Some(Above::Id(above))));
                (Sent::Skipping(self.full), asks.collect())
            }
            _ if begins => {
                let last = Ask {
                    descending: true,
                    upto: self.end(),
                    ..Ask::default()
                };
                (Sent::Beginning, vec![last, first])
            }
            _ => {
                let others = (1..pages).map(|_| page(Some(Above::PageBefore)));
                (Sent::Pages, std::iter::once(first).chain(others).collect())
            }
        };
        self.begun = true;
        self.lanes[lane].under_way = Some(sent);
        Some(Request { lane, asks })
    }

    /// The end of all ranges together; `None` if one of them is open.
    fn end(&self) -> Option<i64> {
        let ends: Option<Vec<i64>> = self.lanes.iter().map(|range| range.upto).collect();
        ends?.into_iter().max()
    }

    /// Whether the first answer is there, or none is waited for.
    fn has_begun(&self) -> bool {
        let beginning = |range: &Range| range.under_way == Some(Sent::Beginning);
        self.begun && !self.lanes.iter().any(beginning)
    }

    /// How many rows there may be between two identifiers, judged by those that were seen.
    fn guess(&self, after: Option<i64>, end: Option<i64>) -> Option<u128> {
        let span = u128::try_from(i128::from(end?) - i128::from(after?)).ok()?;
        Some(span * self.rows / self.span.max(1))
    }

    /// How many pages are worth asking for at once: those behind the end come for nothing.
    fn pages(&self, lane: Lane) -> usize {
        let range = &self.lanes[lane];
        let Some(rows) = self.guess(range.after, range.upto.or(self.largest)) else {
            return if range.after.is_none() { 1 } else { CHAIN };
        };
        let pages = rows / self.settings.page as u128;
        usize::try_from(pages + pages / 10 + 1)
            .unwrap_or(CHAIN)
            .min(CHAIN)
    }

    /// Makes as many ranges as requests may be under way, by dividing the longest ones.
    fn divide(&mut self) {
        let open = |range: &&Range| range.stage != Stage::Done;
        while self.lanes.iter().filter(open).count() < self.settings.at_once {
            let longest = self
                .lanes
                .iter()
                .enumerate()
                .filter(|(_, range)| range.stage == Stage::Pages);
            let longest = longest.filter_map(|(lane, range)| {
                let (after, end) = (range.after?, range.upto.or(self.largest)?);
                let rows = self.guess(Some(after), Some(end))?;
                let middle = i64::try_from((i128::from(after) + i128::from(end)) / 2).ok()?;
                (rows > WORTH_DIVIDING).then_some((rows, lane, middle))
            });
            let Some((_, lane, middle)) = longest.max() else {
                return;
            };
            let whole = self.lanes[lane];
            self.lanes[lane].upto = Some(middle);
            self.lanes.push(Range {
                after: Some(middle),
                handed: Some(middle),
                upto: whole.upto,
                stage: Stage::Pages,
                under_way: None,
            });
        }
    }

    pub(super) fn came(&mut self, lane: Lane, pages: &[Came]) -> (Vec<Kept>, Result<(), Flaw>) {
        let mut kept = Vec::new();
        let Some(sent) = self.lanes.get_mut(lane).and_then(|range| range.under_way.take()) else {
            return (kept, Ok(()));
        };
        let first = match (sent, pages.first()) {
            (Sent::Beginning, Some(last)) => {
                self.largest = largest(last);
                self.full = self.full.max(last.ids.len());
                1
            }
            (Sent::Beginning, None) => {
                self.begun = false;
                return (kept, Ok(()));
            }
            _ => 0,
        };
        for (page, came) in pages.iter().enumerate().skip(first) {
            // What refers to a page that is not full refers to nothing, and is about other rows.
            let refers = matches!(sent, Sent::Beginning | Sent::Pages) && page > first;
            if refers && pages[page - 1].ids.len() != self.settings.page {
                break;
            }
            match self.page(lane, sent, came) {
                Ok(0) => {}
                Ok(rows) => kept.push(Kept {
                    page,
                    rows: 0..rows,
                    place: Place::Lane(lane),
                }),
                Err(flaw) => return (kept, Err(flaw)),
            }
            match (sent, self.lanes[lane].stage) {
                (Sent::Skipping(_), Stage::Skipping(_)) => {}
                (Sent::Beginning | Sent::Pages, Stage::Pages) => {}
                _ => break,
            }
        }
        (kept, Ok(()))
    }

    /// Takes a page that follows the rows that came. How many rows of it belong to the range.
    fn page(&mut self, lane: Lane, sent: Sent, came: &Came) -> Result<usize, Flaw> {
        let range = self.lanes[lane];
        let above = match range.stage {
            Stage::Skipping(above) => Some(above),
            _ => range.after,
        };
        let ids = ascending(came, above)?;
        self.full = self.full.max(ids.len());
        let within = |id: &i64| range.upto.is_none_or(|upto| *id <= upto);
        let rows = ids.iter().take_while(|id| within(id)).count();
        let divided = self.settings.at_once > 1;
        if let (false, Some(found), Some(upto)) = (divided, ids.get(rows), range.upto) {
            return Err(Flaw::Beyond { upto, found: *found });
        }
        let Some(&last) = ids[..rows].last() else {
            self.lanes[lane].stage = match sent {
                // Other rows came: the range was cut meanwhile.
                _ if !ids.is_empty() => Stage::Done,
                Sent::Counting(start) => match came.next(start, self.settings.page as u64)? {
                    Some(next) if came.total.is_none() && next > MOST_EMPTY * PAGE as u64 => {
                        return Err(Flaw::OnlyEmpty(start));
                    }
                    Some(next) => Stage::Counting(next),
                    None => Stage::Done,
                },
                _ if self.ends(range) => Stage::Done,
                _ if self.settings.counts => Stage::Counting(0),
                _ => self.skip(range, sent),
            };
            return Ok(0);
        };
        let before = range.after.unwrap_or(ids[0].saturating_sub(1));
        self.rows += rows as u128;
        self.span += u128::try_from(i128::from(last) - i128::from(before)).unwrap_or(1);
        let range = &mut self.lanes[lane];
        range.after = Some(last);
        range.stage = if rows < ids.len() {
            Stage::Done
        } else {
            Stage::Pages
        };
        let range = *range;
        if self.ends(range) {
            self.lanes[lane].stage = Stage::Done;
        }
        Ok(rows)
    }

    /// What follows a page without rows where nothing counts.
    fn skip(&self, range: Range, sent: Sent) -> Stage {
        let above = match (range.stage, sent) {
            (Stage::Skipping(above), Sent::Skipping(step)) => above.saturating_add_unsigned(step as u64),
            // The same page once more. Identifiers are counted from 1.
            _ => range.after.unwrap_or(0),
        };
        match self.largest {
            Some(_) if self.end_of(range).is_some_and(|end| above < end) => Stage::Skipping(above),
            _ => Stage::Done,
        }
    }

    /// Whether there can be nothing behind what came.
    fn ends(&self, range: Range) -> bool {
        let end = self.end_of(range);
        end.is_some_and(|end| range.after.is_some_and(|after| after >= end))
    }

    /// The largest identifier that a range can have.
    fn end_of(&self, range: Range) -> Option<i64> {
        range.upto.into_iter().chain(self.largest).min()
    }
}

/// The identifiers of a page as numbers, each above the one before.
fn ascending(came: &Came, after: Option<i64>) -> Result<Vec<i64>, Flaw> {
    let mut ids = Vec::with_capacity(came.ids.len());
    for id in &came.ids {
        let id = id.as_ref().ok_or(Flaw::NoId)?;
        let found = id.as_i64().ok_or_else(|| Flaw::NoNumber(id.clone()))?;
        match (ids.last(), after) {
            (None, Some(after)) if found <= after => return Err(Flaw::Behind { after, found }),
            (Some(&before), _) if found <= before => return Err(Flaw::OutOfOrder { before, found }),
            _ => ids.push(found),
        }
    }
    Ok(ids)
}
