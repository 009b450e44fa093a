//! What can go wrong with lists of 1,000 rows, by every way to walk, and how the walk has to end: the same for both clients.

use bitrix24_portal::{Fault, Limits, Portal};
use bitrix24_transport::{
    Kind,
    list::{Checkpoint, Interrupted, List, Way},
};
use serde_json::json;

use super::deals::{Deals, Events, Sites, Tail};

pub const LIST: &str = "crm.deal.list";
const ROWS: i64 = 1_000;

/// A client that walks a list: the identifiers of all rows, and how the walk ended.
pub trait Walks {
    fn walk<M: List>(
        &self,
        request: M,
        way: Way,
        from: Option<Checkpoint>,
    ) -> (Vec<i64>, Result<(), Interrupted>);
}

/// How a walk has to end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Complete,
    /// As if it were complete: where nothing tells that there are more rows, an empty page is the end.
    Early,
    /// With an error of this kind, and a checkpoint from which the rest comes.
    Error(Kind),
}

/// A list, what it is called, and the ways to walk it.
struct Listed<M, const WAYS: usize> {
    request: fn() -> M,
    method: &'static str,
    ways: [Way; WAYS],
}

/// Every fault by every way, in the eighth page that is asked for: complete, or the right error, and each row once.
pub fn every_fault_by_every_way<W: Walks>(connect: impl Fn(&Portal) -> W) {
    use End::{Complete, Early, Error};
    let refused = |status, code: &str| Fault::Refused {
        status,
        code: code.to_owned(),
        description: "No".to_owned(),
    };
    let (list, api) = (Error(Kind::List), Error(Kind::Api));
    let deals = Listed {
        request: Deals::new,
        method: LIST,
        ways: [Way::Id, Way::Ranges, Way::Count, Way::Next],
    };
    let sites = Listed {
        request: Sites::new,
        method: "landing.repo.getlist",
        ways: [Way::Offset],
    };
    let events = Listed {
        request: Events::new,
        method: "main.eventlog.list",
        ways: [Way::Page],
    };
    let tail = Listed {
        request: Tail::new,
        method: "main.eventlog.tail",
        ways: [Way::Tail],
    };
    #[rustfmt::skip]
    let table = [
        // what happens                          id, ranges, count, next            offset    page      tail
        (Fault::ShortPage(49),                   [Complete; 4],                     Complete, Complete, Complete),
        // Its `next` is the page itself.
        (Fault::ShortPage(0),                    [Complete, Complete, list, list],  Complete, Complete, Early),
        (Fault::IgnoredFilter,                   [list, list, Complete, Complete],  Complete, Complete, list),
        (Fault::RepeatedPage,                    [list; 4],                         list,     list,     list),
        (Fault::OutOfOrder,                      [list, list, Complete, Complete],  Complete, Complete, list),
        (Fault::NextStands,                      [Complete, Complete, list, list],  Complete, Complete, Complete),
        (Fault::Total(700),                      [Complete, Complete, list, list],  Complete, Complete, Complete),
        (refused(400, "ACCESS_DENIED"),          [api; 4],                          api,      api,      api),
        (refused(503, "QUERY_LIMIT_EXCEEDED"),   [Complete; 4],                     Complete, Complete, Complete),
    ];
    for (fault, by_deals, by_offset, by_page, by_cursor) in table {
        deals.check(&connect, &fault, by_deals);
        sites.check(&connect, &fault, [by_offset]);
        events.check(&connect, &fault, [by_page]);
        tail.check(&connect, &fault, [by_cursor]);
    }
}

impl<M: List, const WAYS: usize> Listed<M, WAYS> {
    fn check<W: Walks>(&self, connect: impl Fn(&Portal) -> W, fault: &Fault, ends: [End; WAYS]) {
        for (way, end) in self.ways.into_iter().zip(ends) {
            let what = format!("{fault:?} by {way}");
            let portal = Portal::builder().limits(Limits::none());
            let portal = portal.start_blocking().expect("a portal");
            let mut table = portal.table(self.method);
            if way == Way::Offset {
                table = table.in_params();
            }
            table.fill(1..=ROWS, json!({ (M::PAGING.id): "" }));
            portal.inject(fault.clone().on(self.method).after(7));
            let client = connect(&portal);
            let (mut ids, outcome) = client.walk((self.request)(), way, None);
            let ended = match &outcome {
                Ok(()) if (ids.len() as i64) < ROWS => End::Early,
                Ok(()) => End::Complete,
                Err(interrupted) => End::Error(interrupted.error().kind()),
            };
            assert_eq!(ended, end, "{what}: {outcome:?}, {} rows", ids.len());
            if let Err(interrupted) = outcome {
                assert_eq!(interrupted.error().method(), Some(self.method), "{what}");
                let checkpoint = interrupted.checkpoint().expect("a checkpoint").clone();
                assert_eq!(checkpoint.rows(), ids.len() as u64, "{what}");
                let (rest, outcome) = client.walk((self.request)(), way, Some(checkpoint));
                assert!(outcome.is_ok(), "{what}: {outcome:?}");
                ids.extend(rest);
            }
            ids.sort_unstable();
            let all = if end == End::Early { 7 * 50 } else { ROWS };
            assert_eq!(ids, (1..=all).collect::<Vec<_>>(), "{what}");
        }
    }
}
