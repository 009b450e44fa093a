//! Lists with the blocking client: complete, or an error that says where to go on; each row once.

#[path = "../../bitrix24-transport/tests/support/deals.rs"]
mod deals;
#[path = "../../bitrix24-transport/tests/support/list_faults.rs"]
mod list_faults;

use bitrix24_blocking::{
    Client, Kind, Rate,
    list::{Checkpoint, Interrupted, List, Rows, Way},
};
use bitrix24_portal::{Fault, Limits, Portal};
use deals::Deals;
use list_faults::{LIST, Walks};
use serde_json::json;

/// A portal with so many deals.
fn with_deals(count: i64) -> (Portal, Client) {
    let portal = Portal::builder()
        .limits(Limits::none())
        .start_blocking()
        .expect("a portal");
    portal
        .table(LIST)
        .fill(1..=count, json!({ "ID": "", "TITLE": "Deal {id}" }));
    let client = client(&portal);
    (portal, client)
}

fn client(portal: &Portal) -> Client {
    Client::builder()
        .webhook(&portal.webhook_url())
        .rate(Rate::new(10_000, 10_000))
        .build()
        .expect("a client")
}

/// The identifiers of all rows, and how the walk ended.
fn walk<M: List>(mut rows: Rows<M>) -> (Vec<i64>, Result<(), Interrupted>) {
    let mut ids = Vec::new();
    for row in &mut rows {
        match row {
            Ok(row) => ids.extend(M::id(&row).and_then(|id| id.as_i64())),
            Err(interrupted) => {
                assert!(rows.next().is_none(), "nothing comes after an error");
                return (ids, Err(interrupted));
            }
        }
    }
    (ids, Ok(()))
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

fn numbers(count: i64) -> Vec<i64> {
    (1..=count).collect()
}

impl Walks for Client {
    fn walk<M: List>(
        &self,
        request: M,
        way: Way,
        from: Option<Checkpoint>,
    ) -> (Vec<i64>, Result<(), Interrupted>) {
        let rows = self.list(request).by(way);
        walk(match from {
            Some(checkpoint) => rows.resume(checkpoint),
            None => rows,
        })
    }
}

#[test]
fn every_fault_by_every_way() {
    list_faults::every_fault_by_every_way(client);
}

/// A list with a failing command in the middle returned 200 of 1,000 rows as success.
#[test]
fn peers_1_a_failing_command_in_the_middle_is_no_success() {
    let (portal, client) = with_deals(1_000);
    let refused = Fault::Refused {
        status: 400,
        code: "ACCESS_DENIED".to_owned(),
        description: "No".to_owned(),
    };
    // The command after the one that asks for the end, and four pages.
    portal.inject(refused.on(LIST).after(5));
    let (ids, outcome) = walk(client.list(Deals::new()));
    assert_eq!(ids, numbers(200));
    let interrupted = outcome.expect_err("a refusal");
    assert_eq!(
        (interrupted.error().kind(), interrupted.error().code()),
        (Kind::Api, Some("ACCESS_DENIED"))
    );
    assert_eq!(interrupted.checkpoint().map(Checkpoint::rows), Some(200));
}

/// A page of 49 ended a list as success; a filter that the server ignored made an endless loop.
#[test]
fn peers_1_a_page_of_49_is_not_the_end_and_a_filter_that_is_ignored_has_one() {
    for way in [Way::Id, Way::Ranges, Way::Count, Way::Next] {
        let (portal, client) = with_deals(1_000);
        portal.inject(Fault::ShortPage(49).on(LIST).times(5));
        let (ids, outcome) = walk(client.list(Deals::new()).by(way));
        assert!(outcome.is_ok(), "{way}: {outcome:?}");
        assert_eq!(sorted(ids), numbers(1_000), "{way}");
    }
    for way in [Way::Id, Way::Ranges] {
        let (portal, client) = with_deals(1_000);
        portal.inject(Fault::IgnoredFilter.on(LIST).times(10_000));
        let (ids, outcome) = walk(client.list(Deals::new()).by(way));
        assert_eq!(ids, numbers(50), "{way}");
        assert_eq!(outcome.expect_err("a flaw").error().kind(), Kind::List, "{way}");
        assert!(portal.requests() <= 4, "{way}");
    }
}

#[test]
fn pages_totals_and_how_far_it_has_come() {
    let (portal, client) = with_deals(10_000);
    let mut rows = client.list(Deals::new());
    assert_eq!(rows.total().expect("a number"), Some(10_000));
    assert_eq!(portal.requests(), 1);
    assert_eq!(rows.by_ref().take(60).filter_map(Result::ok).count(), 60);
    assert_eq!(rows.progress().rows, 60);
    let checkpoint = rows.checkpoint().expect("a checkpoint");

    let mut pages = client.list(Deals::new()).resume(checkpoint).pages();
    let all: Vec<_> = pages.by_ref().map(|page| page.expect("a page").len()).collect();
    assert_eq!(all.iter().sum::<usize>(), 9_940);
    assert_eq!(pages.checkpoint().expect("a checkpoint").rows(), 10_000);
    assert!(pages.next().is_none());
}

#[test]
fn inside_an_async_task_it_says_so_and_loses_no_row() {
    let (_portal, client) = with_deals(100);
    let mut rows = client.list(Deals::new());
    rows.next().expect("a row").expect("no error");
    let (left, interrupted) = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(async move {
            let left = rows.by_ref().take(49).filter_map(Result::ok).count();
            let next = rows.next().expect("an error").expect_err("in a task");
            assert!(rows.next().is_none());
            (left, next)
        });
    assert_eq!((left, interrupted.error().kind()), (49, Kind::Runtime));
    let checkpoint = interrupted.checkpoint().expect("a checkpoint").clone();
    let (rest, outcome) = walk(client.list(Deals::new()).resume(checkpoint));
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(rest, (51..=100).collect::<Vec<_>>());
}

/// To ask for the number of rows takes none of them away, also where it fails.
#[test]
fn a_total_that_fails_leaves_the_list_whole() {
    let (portal, client) = with_deals(100);
    let mut rows = client.list(Deals::new());
    let total = || rows.total().expect_err("no total").kind();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    assert_eq!(runtime.block_on(async { total() }), Kind::Runtime);
    let refused = Fault::Refused {
        status: 400,
        code: "ACCESS_DENIED".to_owned(),
        description: "No".to_owned(),
    };
    portal.inject(refused.on(LIST));
    assert_eq!(total(), Kind::Api);
    assert_eq!(rows.by_ref().filter_map(Result::ok).count(), 100);
}
