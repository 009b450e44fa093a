//! Walks through simulated tables in which things go wrong: complete, or a flaw, and never twice the same row.

use std::collections::{BTreeMap, BTreeSet};

use bitrix24_types::Id;
use proptest::prelude::*;

use super::{
    ids::{Ids, Settings},
    offsets::Offsets,
    starts::Starts,
    walk::{Above, Ask, Came, Flaw, Kept, Left, PAGE, Position, Request, Walk, Within},
};

/// More requests than any of these walks needs: what takes more never ends.
const ENDLESS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Id,
    Ranges,
    Tail,
    Count,
    Next,
    Offset,
    /// By identifiers, where nothing counts.
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Fewer rows than there are; `next` knows.
    Short(usize),
    /// The page is refused; with what follows it in the batch.
    Refused,
    IgnoredFilter,
    Repeated,
    OutOfOrder,
    NextStands,
    /// Further than a page.
    NextLeaps,
    NoId,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Add(i64),
    Delete(i64),
}

#[derive(Clone, Debug)]
struct Table {
    /// How many rows a page can have by offset.
    limit: usize,
    /// In their order.
    ids: Vec<i64>,
    hidden: BTreeSet<i64>,
    /// By the number of the page, of all that were asked for.
    faults: BTreeMap<usize, Fault>,
    /// By the number of the request.
    changes: BTreeMap<usize, Change>,
    /// Rows that were there all the time.
    lasting: BTreeSet<i64>,
    ever: BTreeSet<i64>,
    /// Each page says that there is another.
    endless: bool,
    /// The largest first, whatever is asked.
    stubborn: bool,
    pages: usize,
    last: Vec<i64>,
}

impl Table {
    fn new(ids: impl IntoIterator<Item = i64>) -> Self {
        let ids: BTreeSet<i64> = ids.into_iter().collect();
        Self {
            ids: ids.iter().copied().collect(),
            lasting: ids.clone(),
            ever: ids,
            limit: PAGE,
            hidden: BTreeSet::new(),
            faults: BTreeMap::new(),
            changes: BTreeMap::new(),
            endless: false,
            stubborn: false,
            pages: 0,
            last: Vec::new(),
        }
    }

    fn hide(mut self, hidden: impl IntoIterator<Item = i64>) -> Self {
        self.hidden.extend(hidden);
        self
    }

    fn fault(mut self, page: usize, fault: Fault) -> Self {
        self.faults.insert(page, fault);
        self
    }

    fn visible(&self) -> Vec<i64> {
        self.lasting.difference(&self.hidden).copied().collect()
    }

    fn change(&mut self, request: usize) {
        match self.changes.get(&request) {
            Some(Change::Add(id)) => {
                if let (true, Err(at)) = (self.ever.insert(*id), self.ids.binary_search(id)) {
                    self.ids.insert(at, *id);
                }
            }
            Some(Change::Delete(id)) => {
                self.ids.retain(|other| other != id);
                self.lasting.remove(id);
            }
            None => {}
        }
    }

    fn answer(&mut self, way: Way, request: &Request) -> Vec<Came> {
        let mut pages: Vec<Came> = Vec::new();
        for ask in &request.asks {
            let fault = self.faults.get(&self.pages).copied();
            self.pages += 1;
            if fault == Some(Fault::Refused) {
                break;
            }
            let page = self.page(way, ask, pages.last(), fault);
            pages.push(page);
        }
        pages
    }

    fn page(&mut self, way: Way, ask: &Ask, before: Option<&Came>, fault: Option<Fault>) -> Came {
        let above = match ask.above {
            Some(Above::Id(id)) => id,
            // What can't be resolved is text, and text is 0 to the database.
            Some(Above::PageBefore) => {
                let last = before.and_then(|came| came.ids.get(PAGE - 1)?.as_ref()?.as_i64());
                last.unwrap_or(0)
            }
            None => i64::MIN,
        };
        let upto = ask.upto.unwrap_or(i64::MAX);
        let first = self.ids.partition_point(|id| *id <= above);
        let end = self.ids.partition_point(|id| *id <= upto);
        let fitting = match fault {
            Some(Fault::IgnoredFilter) => &self.ids[..],
            _ => &self.ids[first.min(end)..end],
        };
        let limit = match fault {
            Some(Fault::Short(rows)) => rows,
            _ if way == Way::Offset => self.limit,
            _ => PAGE,
        };
        let from = ask.start.unwrap_or(0) as usize;
        let mut rows: Vec<i64> = if ask.descending || self.stubborn {
            fitting.iter().rev().skip(from).take(limit).copied().collect()
        } else {
            fitting.iter().skip(from).take(limit).copied().collect()
        };
        let counted = ask.start.is_some() && !matches!(way, Way::Offset | Way::Bare);
        let found = if counted { fitting.len() } else { 0 };
        let mut next = Some(from + rows.len())
            .filter(|next| counted && *next < found)
            .map(|next| next as u64);
        match fault {
            Some(Fault::Repeated) => rows.clone_from(&self.last),
            Some(Fault::OutOfOrder) => rows.reverse(),
            Some(Fault::NextStands) if counted => next = Some(from as u64),
            Some(Fault::NextLeaps) if counted => next = Some(from as u64 + 51),
            _ if counted && self.endless => next = Some((from + PAGE) as u64),
            _ => {}
        }
        self.last.clone_from(&rows);
        rows.retain(|id| !self.hidden.contains(id));
        let id = |id: i64| Some(Id::from(id)).filter(|_| fault != Some(Fault::NoId));
        Came {
            ids: rows.into_iter().map(id).collect(),
            next,
            total: counted.then_some(found as u64).filter(|_| way != Way::Next),
        }
    }
}

fn begin(way: Way, limit: usize, from: Option<Position>) -> Walk {
    let nothing = Left {
        after: None,
        upto: None,
    };
    let (left, within) = match from {
        None => (vec![nothing], Within::default()),
        Some(Position::Ranges(left)) => (left, Within::default()),
        Some(Position::Page(within)) => (Vec::new(), within),
    };
    let ids = |at_once, chained| {
        let settings = Settings {
            at_once,
            chained,
            counts: chained && way != Way::Bare,
            page: PAGE,
        };
        Walk::Ids(Ids::new(settings, &left))
    };
    match way {
        Way::Id | Way::Bare => ids(1, true),
        Way::Ranges => ids(3, true),
        Way::Tail => ids(1, false),
        Way::Count => Walk::Starts(Starts::new(true, within)),
        Way::Next => Walk::Starts(Starts::new(false, within)),
        Way::Offset => Walk::Offsets(Offsets::new(limit, true, within)),
    }
}

/// What a walk has brought.
struct Brought {
    rows: Vec<i64>,
    outcome: Result<(), Flaw>,
    requests: usize,
    position: Position,
}

/// Walks until the end, a flaw, or so many rows; `pick` says which of the requests that are under way is answered next.
fn walk(
    table: &mut Table,
    way: Way,
    from: Option<Position>,
    most: usize,
    mut pick: impl FnMut() -> usize,
) -> Brought {
    let mut walk = begin(way, table.limit, from);
    let mut brought = Brought {
        rows: Vec::new(),
        outcome: Ok(()),
        requests: 0,
        position: walk.position(),
    };
    let mut under_way: Vec<Request> = Vec::new();
    'walk: loop {
        while let Some(request) = walk.ask() {
            assert!(
                !request.asks.is_empty() && request.asks.len() <= 51,
                "{request:?}"
            );
            under_way.push(request);
        }
        if under_way.is_empty() {
            assert!(walk.is_done(), "nothing to ask, and not done: {walk:?}");
            break;
        }
        let request = under_way.swap_remove(pick() % under_way.len());
        table.change(brought.requests);
        brought.requests += 1;
        assert!(brought.requests < ENDLESS, "endless: {walk:?}");
        let pages = table.answer(way, &request);
        let (kept, outcome) = walk.came(request.lane, &pages);
        for Kept { page, rows, place } in kept {
            for row in rows {
                if brought.rows.len() == most {
                    break 'walk;
                }
                let id = &pages[page].ids[row];
                walk.handed(place, row, id.as_ref());
                brought.rows.extend(id.as_ref().and_then(Id::as_i64));
            }
        }
        brought.outcome = outcome;
        if brought.outcome.is_err() {
            break;
        }
    }
    brought.position = walk.position();
    brought
}

fn whole(table: &mut Table, way: Way) -> Brought {
    walk(table, way, None, usize::MAX, || 0)
}

fn is_once_each(rows: &[i64]) -> bool {
    rows.iter().collect::<BTreeSet<_>>().len() == rows.len()
}

fn sorted(mut rows: Vec<i64>) -> Vec<i64> {
    rows.sort_unstable();
    rows
}

const WAYS: [Way; 7] = [
    Way::Id,
    Way::Ranges,
    Way::Tail,
    Way::Count,
    Way::Next,
    Way::Offset,
    Way::Bare,
];

#[test]
fn ten_thousand_rows_take_five_requests() {
    for (way, requests) in [
        (Way::Id, 5),
        (Way::Count, 5),
        (Way::Next, 200),
        (Way::Offset, 202),
        (Way::Bare, 5),
    ] {
        let mut table = Table::new(1..=10_000);
        let brought = whole(&mut table, way);
        assert_eq!((brought.rows.len(), brought.outcome), (10_000, Ok(())), "{way:?}");
        assert_eq!(brought.requests, requests, "{way:?}");
    }
}

#[test]
fn a_small_list_takes_one_request() {
    for ids in [1..=1, 1..=49, 1..=50] {
        let mut table = Table::new(ids.clone());
        let brought = whole(&mut table, Way::Id);
        assert_eq!((brought.rows, brought.requests), (ids.collect(), 1));
        assert_eq!(table.pages, 2);
    }
}

#[test]
fn an_empty_list_is_empty() {
    for way in WAYS {
        let brought = whole(&mut Table::new([]), way);
        assert_eq!((brought.rows, brought.outcome), (Vec::new(), Ok(())), "{way:?}");
    }
}

#[test]
fn ranges_are_walked_at_once() {
    let mut table = Table::new((1..=60_000).map(|id| id * 7));
    let mut ranges = begin(Way::Ranges, PAGE, None);
    let first = ranges.ask().expect("a request");
    assert_eq!(ranges.ask(), None);
    let (_, outcome) = ranges.came(first.lane, &table.answer(Way::Ranges, &first));
    assert_eq!(outcome, Ok(()));
    let under_way: Vec<_> = std::iter::from_fn(|| ranges.ask()).collect();
    assert_eq!(under_way.len(), 3);
    let brought = whole(&mut Table::new((1..=60_000).map(|id| id * 7)), Way::Ranges);
    assert_eq!(
        sorted(brought.rows),
        (1..=60_000).map(|id| id * 7).collect::<Vec<_>>()
    );
    // 24 full requests would do, were it known how rows and ranges lie.
    assert!(brought.requests <= 34, "{}", brought.requests);
}

#[test]
fn ranges_that_are_left_are_all_walked() {
    let left = |after, upto| Left {
        after: Some(after),
        upto: Some(upto),
    };
    let position = Position::Ranges(vec![
        left(5_050, 7_537),
        left(20_025, 22_512),
        left(10_037, 15_025),
    ]);
    for way in [Way::Id, Way::Ranges] {
        let mut table = Table::new(1..=30_000);
        let brought = walk(&mut table, way, Some(position.clone()), usize::MAX, || 0);
        let rows: Vec<_> = (5_051..=7_537)
            .chain(10_038..=15_025)
            .chain(20_026..=22_512)
            .collect();
        assert_eq!((sorted(brought.rows), brought.outcome), (rows, Ok(())), "{way:?}");
    }
}

#[test]
fn pages_that_are_not_shown_are_not_the_end() {
    for way in [
        Way::Id,
        Way::Ranges,
        Way::Count,
        Way::Next,
        Way::Offset,
        Way::Bare,
    ] {
        for hidden in [1..=60, 51..=100, 30..=330, 900..=1_000] {
            let mut table = Table::new(1..=1_000).hide(hidden.clone());
            let brought = whole(&mut table, way);
            assert_eq!(brought.outcome, Ok(()));
            assert_eq!(sorted(brought.rows), table.visible(), "{way:?} {hidden:?}");
        }
    }
}

/// The first row is the largest then, and not the last one.
#[test]
fn an_order_that_is_not_kept_is_not_taken_for_the_end() {
    for hidden in [990..=995, 952..=1_000, 951..=999] {
        let mut table = Table::new(1..=1_000).hide(hidden.clone());
        table.stubborn = true;
        let brought = whole(&mut table, Way::Offset);
        assert_eq!(brought.outcome, Ok(()));
        assert!(sorted(brought.rows) == table.visible(), "{hidden:?}");
    }
}

#[test]
fn every_fault_ends_in_its_flaw() {
    let after = |after, found| Flaw::Behind { after, found };
    let order = |before, found| Flaw::OutOfOrder { before, found };
    let again = |id: i64| Flaw::Again(id.into());
    let next = |start, next| Flaw::WrongNext { start, next };
    for (way, page, fault, flaw) in [
        (Way::Id, 3, Fault::IgnoredFilter, after(100, 1)),
        (Way::Id, 3, Fault::Repeated, after(100, 51)),
        (Way::Id, 3, Fault::OutOfOrder, order(150, 149)),
        (Way::Id, 3, Fault::NoId, Flaw::NoId),
        (Way::Ranges, 2, Fault::IgnoredFilter, after(50, 1)),
        (Way::Ranges, 2, Fault::OutOfOrder, order(100, 99)),
        (Way::Tail, 3, Fault::IgnoredFilter, after(150, 1)),
        (Way::Tail, 3, Fault::Repeated, after(150, 101)),
        (Way::Count, 3, Fault::Repeated, again(101)),
        (Way::Count, 3, Fault::NextStands, next(150, 150)),
        (Way::Count, 3, Fault::NextLeaps, next(150, 201)),
        (Way::Next, 3, Fault::Repeated, again(101)),
        (Way::Next, 3, Fault::NextStands, next(150, 150)),
        (Way::Next, 3, Fault::NextLeaps, next(150, 201)),
        (Way::Offset, 3, Fault::Repeated, again(101)),
    ] {
        let mut table = Table::new(1..=1_000).fault(page, fault);
        let brought = whole(&mut table, way);
        let found = brought.outcome.expect_err("a flaw");
        let same = match (&found, &flaw) {
            // Which of the repeated rows is named does not matter.
            (Flaw::Again(_), Flaw::Again(_)) => true,
            (found, flaw) => found == flaw,
        };
        assert!(same, "{way:?} {fault:?}: {found:?}");
        // All that came before is there, and the rest comes from there on.
        let rest = walk(
            &mut Table::new(1..=1_000),
            way,
            Some(brought.position),
            usize::MAX,
            || 0,
        );
        assert_eq!(rest.outcome, Ok(()));
        let rows: Vec<_> = [brought.rows, rest.rows].concat();
        assert_eq!(sorted(rows), (1..=1_000).collect::<Vec<_>>(), "{way:?} {fault:?}");
    }
}

#[test]
fn a_total_that_shrinks_is_a_flaw() {
    let mut table = Table::new(1..=10_000);
    table.changes.insert(1, Change::Delete(7));
    let brought = whole(&mut table, Way::Count);
    let shrunk = Flaw::Shrunk {
        before: 10_000,
        now: 9_999,
    };
    assert_eq!(brought.outcome, Err(shrunk));
}

#[test]
fn a_page_without_a_next_one_is_the_end_only_if_the_total_agrees() {
    for (rows, total) in [(0, 30), (0, 1), (50, 51), (20, 71)] {
        let mut starts = begin(Way::Next, PAGE, None);
        starts.ask().expect("a request");
        let came = Came {
            ids: (1..=rows).map(|id| Some(Id::from(id))).collect(),
            next: None,
            total: Some(total),
        };
        let (kept, outcome) = starts.came(0, &[came]);
        assert_eq!(
            (kept, outcome),
            (Vec::new(), Err(Flaw::EndsEarly { start: 0, total })),
            "{rows} of {total}"
        );
    }
}

#[test]
fn a_list_that_says_again_and_again_that_it_goes_on_has_an_end() {
    let next = |start, next| Flaw::WrongNext { start, next };
    // Of the list by identifiers the last page is not shown, so that it has to be counted.
    for (way, flaw) in [
        (Way::Count, next(950, 1_000)),
        (Way::Id, next(50, 100)),
        // Nothing says how many rows there are.
        (Way::Next, Flaw::OnlyEmpty(1_000 * 50 + 850)),
    ] {
        let mut table = Table::new(1..=1_000).hide(901..=1_000);
        table.endless = true;
        let brought = whole(&mut table, way);
        assert_eq!(brought.outcome, Err(flaw), "{way:?}");
    }
}

#[test]
fn no_number_of_a_portal_is_too_large() {
    for way in [Way::Count, Way::Next] {
        for number in [u64::MAX, u64::MAX - 1, 1 << 63] {
            let within = Within {
                start: number - 10,
                ..Within::default()
            };
            for from in [Within::default(), within] {
                let mut starts = begin(way, PAGE, Some(Position::Page(from)));
                let first = starts.ask().expect("a request");
                let start = first.asks[0].start.expect("a start");
                let came = Came {
                    ids: (1..=50).map(|id| Some(Id::from(id))).collect(),
                    next: Some(number),
                    total: Some(u64::MAX),
                };
                let (_, outcome) = starts.came(0, &[came]);
                assert_eq!(outcome.is_err(), start == 0 || number == u64::MAX, "{number}");
                assert!(starts.ask().is_none_or(|request| request.asks.len() <= 50));
            }
        }
    }
}

fn way() -> impl Strategy<Value = Way> {
    proptest::sample::select(WAYS.to_vec())
}

fn ids() -> impl Strategy<Value = BTreeSet<i64>> {
    prop_oneof![
        (0_i64..1_500).prop_map(|last| (1..=last).collect()),
        proptest::collection::btree_set(-50_i64..200_000, 0..700),
        // A dense part far away from a sparse one.
        (
            proptest::collection::btree_set(0_i64..1_000_000, 0..100),
            0_i64..3_000
        )
            .prop_map(|(mut ids, more)| {
                ids.extend(5_000_000..5_000_000 + more);
                ids
            }),
    ]
}

/// Enough for several full requests, and for ranges to be divided.
fn many() -> impl Strategy<Value = BTreeSet<i64>> {
    (5_000_i64..40_000, 1_i64..9).prop_map(|(last, step)| (1..=last).map(|id| id * step).collect())
}

/// What costs rows in a client that trusts the length of a page or the order of a batch.
fn mild() -> impl Strategy<Value = Fault> {
    prop_oneof![(0_usize..PAGE).prop_map(Fault::Short), Just(Fault::Refused)]
}

fn bad() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::IgnoredFilter),
        Just(Fault::Repeated),
        Just(Fault::OutOfOrder),
        Just(Fault::NextStands),
        Just(Fault::NextLeaps),
        Just(Fault::NoId),
        mild(),
    ]
}

fn faults(fault: impl Strategy<Value = Fault>) -> impl Strategy<Value = BTreeMap<usize, Fault>> {
    proptest::collection::btree_map(0_usize..120, fault, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Short pages and refused commands cost nothing but requests.
    #[test]
    fn complete_whatever_is_short_or_refused(
        ids in ids(), faults in faults(mild()), way in way(), picks in proptest::collection::vec(0_usize..3, 64),
    ) {
        let mut faults = faults;
        // By identifiers an empty page is asked for again, and counted. By cursor it is the end, by count one that does not
        // move: an error. Elsewhere it is taken for one whose rows are not shown.
        let by_id = matches!(way, Way::Id | Way::Ranges);
        faults.retain(|_, fault| by_id || *fault != Fault::Short(0));
        let mut table = Table::new(ids.clone());
        table.faults = faults;
        let mut picks = picks.into_iter().cycle();
        let brought = walk(&mut table, way, None, usize::MAX, || picks.next().unwrap_or(0));
        prop_assert_eq!(brought.outcome, Ok(()));
        prop_assert!(is_once_each(&brought.rows));
        prop_assert_eq!(sorted(brought.rows), ids.into_iter().collect::<Vec<_>>());
    }

    /// Whatever goes wrong, no row comes twice, a walk without a flaw is complete, and one with a flaw goes on from where it was.
    #[test]
    fn complete_or_a_flaw(
        ids in ids(), faults in faults(bad()), way in way(), picks in proptest::collection::vec(0_usize..3, 64),
    ) {
        let mut faults = faults;
        // By cursor an empty page is the end; elsewhere it is taken for one whose rows are not shown where nothing counts.
        faults.retain(|_, fault| !(matches!(way, Way::Offset | Way::Tail | Way::Bare) && *fault == Fault::Short(0)));
        // A first page that repeats the one before it is empty. Of a short list nothing says then that it has rows: the
        // total also counts those that the caller may not see.
        let has_end = !matches!(way, Way::Id | Way::Ranges);
        faults.retain(|page, fault| !(has_end && *page == 0 && *fault == Fault::Repeated));
        // Without identifiers, or with the wrong page by offset, there is nothing to know a row by.
        faults.retain(|_, fault| match fault {
            Fault::NoId | Fault::OutOfOrder => matches!(way, Way::Id | Way::Ranges | Way::Tail | Way::Bare),
            _ => true,
        });
        let mut table = Table::new(ids.clone());
        table.faults = faults;
        let mut picks = picks.into_iter().cycle();
        let mut brought = walk(&mut table, way, None, usize::MAX, || picks.next().unwrap_or(0));
        let mut rows = std::mem::take(&mut brought.rows);
        if brought.outcome.is_err() {
            let rest = walk(&mut Table::new(ids.clone()), way, Some(brought.position), usize::MAX, || 0);
            prop_assert_eq!(rest.outcome, Ok(()));
            rows.extend(rest.rows);
        }
        prop_assert!(is_once_each(&rows));
        prop_assert_eq!(sorted(rows), ids.into_iter().collect::<Vec<_>>());
    }

    /// Stopped after any row and resumed, again and again, from identifiers to ranges of them and back, by offset with pages
    /// of another size: each row once.
    #[test]
    fn stopped_anywhere_and_resumed(
        ids in prop_oneof![3 => ids(), 1 => many()],
        hidden in (0_i64..40_000, prop_oneof![Just(0), 0_i64..300]),
        way in way(),
        stops in proptest::collection::vec((0_usize..=100, any::<bool>(), 10_usize..120), 1..5),
        picks in proptest::collection::vec(0_usize..3, 64),
    ) {
        // By cursor an empty page is the end. By offset a page behind a short one may have only rows that came: an error.
        let hidden = match way {
            Way::Tail | Way::Offset => 0..0,
            _ => hidden.0..hidden.0 + hidden.1,
        };
        let mut hidden: BTreeSet<i64> = hidden.collect();
        // Where nothing counts, the last row has to be seen.
        if let (Way::Offset | Way::Bare, Some(last)) = (way, ids.last()) {
            hidden.remove(last);
        }
        let table = |limit| Table { limit, ..Table::new(ids.clone()).hide(hidden.clone()) };
        let visible = table(PAGE).visible();
        let mut picks = picks.into_iter().cycle();
        let (mut way, mut position, mut rows) = (way, None, Vec::new());
        for (percent, turns, limit) in stops {
            let most = (visible.len() - rows.len()) * percent / 100;
            // With rows that are not shown, pages of another size have others of them.
            let limit = if hidden.is_empty() { limit } else { PAGE };
            let part = walk(&mut table(limit), way, position, most, || picks.next().unwrap_or(0));
            prop_assert_eq!(part.outcome, Ok(()));
            rows.extend(part.rows);
            let json = serde_json::to_string(&part.position).expect("JSON");
            position = Some(serde_json::from_str(&json).expect("a position"));
            way = match way {
                Way::Id if turns => Way::Ranges,
                Way::Ranges if turns => Way::Id,
                way => way,
            };
        }
        let rest = walk(&mut table(PAGE), way, position, usize::MAX, || picks.next().unwrap_or(0));
        prop_assert_eq!(rest.outcome, Ok(()));
        rows.extend(rest.rows);
        prop_assert!(sorted(rows) == visible);
    }

    /// By identifiers, rows that come and go while the walk goes on move nothing.
    #[test]
    fn by_identifiers_what_was_there_all_the_time_comes(
        ids in ids(),
        hidden in proptest::collection::btree_set(-50_i64..3_000, 0..300),
        changes in proptest::collection::btree_map(
            0_usize..12,
            prop_oneof![(-100_i64..6_000_000).prop_map(Change::Add), (0_i64..2_000).prop_map(Change::Delete)],
            0..10,
        ),
        faults in faults(mild()),
        way in proptest::sample::select(vec![Way::Id, Way::Ranges]),
        picks in proptest::collection::vec(0_usize..3, 64),
    ) {
        let mut table = Table::new(ids).hide(hidden);
        (table.faults, table.changes) = (faults, changes);
        let mut picks = picks.into_iter().cycle();
        let brought = walk(&mut table, way, None, usize::MAX, || picks.next().unwrap_or(0));
        prop_assert_eq!(brought.outcome, Ok(()));
        prop_assert!(is_once_each(&brought.rows));
        let rows: BTreeSet<i64> = brought.rows.into_iter().collect();
        prop_assert!(table.visible().iter().all(|id| rows.contains(id)));
        prop_assert!(rows.is_subset(&table.ever));
    }

    /// By counted pages, rows that are added move others towards the end: none is left out, none comes twice.
    #[test]
    fn by_count_rows_may_be_added(
        ids in ids(), added in proptest::collection::btree_map(0_usize..12, (-100_i64..6_000_000).prop_map(Change::Add), 0..6),
    ) {
        let mut table = Table::new(ids);
        table.changes = added;
        let brought = whole(&mut table, Way::Count);
        prop_assert_eq!(brought.outcome, Ok(()));
        prop_assert!(is_once_each(&brought.rows));
        let rows: BTreeSet<i64> = brought.rows.into_iter().collect();
        prop_assert!(table.visible().iter().all(|id| rows.contains(id)));
    }
}
