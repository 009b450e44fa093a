//! What can go wrong with a list of 1,000 deals, by every way to walk, and how the walk has to end.

use bitrix24_portal::{Fault, Injection};
use bitrix24_transport::{Kind, list::Way};

pub const LIST: &str = "crm.deal.list";
pub const ROWS: i64 = 1_000;

/// How a walk has to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Complete,
    /// With an error of this kind, and a checkpoint from which the rest comes.
    Error(Kind),
}

pub struct Case {
    pub way: Way,
    pub fault: Injection,
    pub end: End,
    pub what: String,
}

/// Every fault by every way, in the eighth page that is asked for.
pub fn cases() -> Vec<Case> {
    use End::{Complete, Error};
    let refused = |status, code: &str| Fault::Refused {
        status,
        code: code.to_owned(),
        description: "No".to_owned(),
    };
    let (list, api) = (Error(Kind::List), Error(Kind::Api));
    // By identifiers, by ranges, by count, by next.
    let table = [
        (Fault::ShortPage(49), [Complete; 4]),
        // Its `next` is the page itself.
        (Fault::ShortPage(0), [Complete, Complete, list, list]),
        (Fault::IgnoredFilter, [list, list, Complete, Complete]),
        (Fault::RepeatedPage, [list; 4]),
        (Fault::OutOfOrder, [list, list, Complete, Complete]),
        (Fault::NextStands, [Complete, Complete, list, list]),
        (Fault::Total(700), [Complete, Complete, list, list]),
        (refused(400, "ACCESS_DENIED"), [api; 4]),
        (refused(503, "QUERY_LIMIT_EXCEEDED"), [Complete; 4]),
    ];
    let ways = [Way::Id, Way::Ranges, Way::Count, Way::Next];
    let cases = table.into_iter().flat_map(|(fault, ends)| {
        ways.into_iter().zip(ends).map(move |(way, end)| Case {
            way,
            what: format!("{fault:?} by {way}"),
            fault: fault.clone().on(LIST).after(7),
            end,
        })
    });
    cases.collect()
}
