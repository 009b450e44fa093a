//! Lists against the simulated portal: complete, or an error that says where to go on; each row once.

#[path = "support/deals.rs"]
mod deals;
#[path = "support/list_faults.rs"]
mod list_faults;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bitrix24_portal::{Fault, Injection, Limits, Portal};
use bitrix24_transport::{
    Client, Error, Kind, Rate,
    http::{BoxFuture, Failure, Http, Reply, Request},
    list::{Checkpoint, Interrupted, List, Rows, Way},
};
use deals::{Deal, Deals, Events, Sites, Tail, Tasks};
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use list_faults::{LIST, Walks};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

async fn portal() -> (Portal, Client) {
    let portal = Portal::builder()
        .limits(Limits::none())
        .start()
        .await
        .expect("a portal");
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

/// A portal with so many deals.
async fn with_deals(ids: impl IntoIterator<Item = i64>) -> (Portal, Client) {
    let (portal, client) = portal().await;
    portal
        .table(LIST)
        .fill(ids, json!({ "ID": "", "TITLE": "Deal {id}" }));
    (portal, client)
}

/// The identifiers of all rows, and how the walk ended.
async fn walk<M: List>(mut rows: Rows<M>) -> (Vec<i64>, Result<(), Interrupted>) {
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => ids.extend(M::id(&row).and_then(|id| id.as_i64())),
            Err(interrupted) => {
                assert!(rows.next().await.is_none(), "nothing comes after an error");
                return (ids, Err(interrupted));
            }
        }
    }
    assert!(rows.next().await.is_none());
    (ids, Ok(()))
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

fn numbers(count: i64) -> Vec<i64> {
    (1..=count).collect()
}

/// The client, on a runtime of its own.
struct Async(Client, Runtime);

impl Walks for Async {
    fn walk<M: List>(
        &self,
        request: M,
        way: Way,
        from: Option<Checkpoint>,
    ) -> (Vec<i64>, Result<(), Interrupted>) {
        let rows = self.0.list(request).by(way);
        let rows = match from {
            Some(checkpoint) => rows.resume(checkpoint),
            None => rows,
        };
        self.1.block_on(walk(rows))
    }
}

#[test]
fn every_fault_by_every_way() {
    list_faults::every_fault_by_every_way(|portal| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Async(client(portal), runtime.expect("a runtime"))
    });
}

#[tokio::test]
async fn ten_thousand_rows_by_identifiers_take_five_requests() {
    let (portal, client) = with_deals(1..=10_000).await;
    let mut rows = client.list(Deals::new());
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        ids.push(
            row.expect("a row")
                .id
                .and_then(|id| id.as_i64())
                .expect("an identifier"),
        );
    }
    assert_eq!(ids, numbers(10_000));
    assert_eq!(portal.requests(), 5);
    let progress = rows.progress();
    assert_eq!(
        (progress.rows, progress.pages, progress.requests),
        (10_000, 200, 5)
    );
    assert!(progress.rate(Duration::from_secs(2)) == 5_000.0);
}

#[tokio::test]
async fn every_way_is_complete() {
    for way in [Way::Id, Way::Ranges, Way::Count, Way::Next] {
        for count in [0, 1, 49, 50, 51, 2_450, 2_451, 7_003] {
            let (portal, client) = with_deals((1..=count).map(|id| id * 3)).await;
            let (ids, outcome) = walk(client.list(Deals::new()).by(way)).await;
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(
                sorted(ids),
                (1..=count).map(|id| id * 3).collect::<Vec<_>>(),
                "{count} by {way}"
            );
            assert!(
                portal.requests() <= 8 || way == Way::Next,
                "{count} by {way}: {}",
                portal.requests()
            );
        }
    }
}

#[tokio::test]
async fn rows_below_a_key_with_another_name_in_the_filter() {
    let (portal, client) = portal().await;
    let tasks = portal.table("tasks.task.list").under("tasks");
    tasks.fill(1..=6_000, json!({ "id": "" }));
    for way in [Way::Id, Way::Ranges, Way::Count, Way::Next] {
        let (ids, outcome) = walk(client.list(Tasks::new()).by(way)).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(sorted(ids), numbers(6_000), "{way}");
    }
}

#[tokio::test]
async fn by_limit_and_offset() {
    let (portal, client) = portal().await;
    let table = portal.table("landing.repo.getlist").in_params();
    table.fill(1..=230, json!({ "ID": "" }));
    for (size, calls) in [(50, 6), (100, 4)] {
        let before = portal.requests();
        let (ids, outcome) = walk(client.list(Sites::new()).page_size(size)).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(ids, numbers(230));
        assert_eq!(portal.requests() - before, calls);
    }
    portal.inject(Fault::ShortPage(49).after(1));
    let (ids, outcome) = walk(client.list(Sites::new())).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, numbers(230));
    portal.inject(Fault::RepeatedPage.after(2));
    let (ids, outcome) = walk(client.list(Sites::new())).await;
    assert_eq!((ids, kind(&outcome)), (numbers(100), Some(Kind::List)));
    // By identifiers, the same list.
    let (ids, outcome) = walk(client.list(Sites::new()).by(Way::Id)).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, numbers(230));
}

#[tokio::test]
async fn rows_that_are_not_shown_are_not_the_end_where_nothing_counts() {
    let (portal, client) = portal().await;
    let sites = portal.table("landing.repo.getlist").in_params();
    sites.fill(1..=230, json!({ "ID": "" })).hide(101..=150);
    let events = portal.table("main.eventlog.list");
    events.fill(1..=230, json!({ "id": 0 })).hide(101..=150);
    let shown = [(1..=100).collect::<Vec<_>>(), (151..=230).collect()].concat();
    for way in [Way::Offset, Way::Id] {
        let (ids, outcome) = walk(client.list(Sites::new()).by(way)).await;
        assert!(outcome.is_ok(), "{way}: {outcome:?}");
        assert_eq!(ids, shown, "{way}");
    }
    let (ids, outcome) = walk(client.list(Events::new())).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, shown);
}

#[tokio::test]
async fn a_list_goes_on_with_pages_of_another_size() {
    let (portal, client) = portal().await;
    let sites = portal.table("landing.repo.getlist").in_params();
    sites.fill(1..=230, json!({ "ID": "" }));
    for (before, after) in [(100, 30), (30, 100)] {
        let mut rows = client.list(Sites::new()).page_size(before);
        for _ in 0..80 {
            rows.next().await.expect("a row").expect("no error");
        }
        let checkpoint = rows.checkpoint().expect("a checkpoint");
        let rest = client.list(Sites::new()).page_size(after).resume(checkpoint);
        let (ids, outcome) = walk(rest).await;
        assert!(outcome.is_ok(), "{before}, {after}: {outcome:?}");
        assert_eq!(ids, (81..=230).collect::<Vec<_>>(), "{before}, {after}");
    }
}

#[tokio::test]
async fn by_page_and_by_cursor_of_rest_3() {
    let (portal, client) = portal().await;
    for method in ["main.eventlog.list", "main.eventlog.tail"] {
        portal
            .table(method)
            .fill((1..=230).map(|id| id * 2), json!({ "id": 0 }));
    }
    let all: Vec<_> = (1..=230).map(|id| id * 2).collect();
    let (ids, outcome) = walk(client.list(Events::new())).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, all);
    let (ids, outcome) = walk(client.list(Tail::new())).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, all);
    let (ids, outcome) = walk(client.list(Tail::new().cursor([("value", 100), ("limit", 7)]))).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, all[50..]);
    for fault in [Fault::RepeatedPage, Fault::OutOfOrder] {
        portal.inject(fault.clone().on("main.eventlog.tail").after(2));
        let (ids, outcome) = walk(client.list(Tail::new())).await;
        assert_eq!((ids.len(), kind(&outcome)), (100, Some(Kind::List)), "{fault:?}");
    }
    portal.inject(Fault::RepeatedPage.on("main.eventlog.list").after(2));
    let (ids, outcome) = walk(client.list(Events::new())).await;
    assert_eq!((ids.len(), kind(&outcome)), (100, Some(Kind::List)));
}

fn kind(outcome: &Result<(), Interrupted>) -> Option<Kind> {
    outcome
        .as_ref()
        .err()
        .map(|interrupted| interrupted.error().kind())
}

#[tokio::test]
async fn rows_that_come_and_go_meanwhile() {
    for way in [Way::Id, Way::Ranges] {
        let (portal, client) = with_deals((1..=9_000).map(|id| id * 2)).await;
        let mut rows = client.list(Deals::new()).by(way);
        let mut ids = Vec::new();
        while let Some(row) = rows.next().await {
            ids.extend(row.expect("a row").id.and_then(|id| id.as_i64()));
            if ids.len() % 1_000 == 1 {
                let at = ids.len() as i64;
                portal.table(LIST).delete(at * 2 - 200).delete(17_990 - at);
                portal
                    .table(LIST)
                    .insert(json!({ "ID": at * 2 + 3 }))
                    .insert(json!({ "ID": 17_777 - at * 2 }));
            }
        }
        let seen: std::collections::BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(seen.len(), ids.len(), "{way}");
        // Some of the nine that were added, and some of the deleted; all others.
        let there = (1..=9_000)
            .map(|id| id * 2)
            .filter(|id| seen.contains(id))
            .count();
        assert!(there >= 9_000 - 20, "{way}: {there}");
    }
}

#[tokio::test]
async fn rows_that_are_not_shown_leave_pages_short_and_empty() {
    for way in [Way::Id, Way::Ranges, Way::Count, Way::Next] {
        let (portal, client) = with_deals(1..=3_000).await;
        portal.table(LIST).hide(500..=700).hide(2_960..=3_000);
        let (ids, outcome) = walk(client.list(Deals::new()).by(way)).await;
        assert!(outcome.is_ok(), "{way}: {outcome:?}");
        assert_eq!(
            sorted(ids),
            [(1..500).collect::<Vec<_>>(), (701..2_960).collect()].concat(),
            "{way}"
        );
    }
}

#[tokio::test]
async fn a_filter_of_ones_own_is_kept() {
    let (portal, client) = with_deals(1..=1_000).await;
    let filters = [
        (json!({ ">ID": 400 }), 401..=1_000),
        (json!({ ">ID": "400", "<=ID": 600 }), 401..=600),
        (json!({ ">=ID": 400, "<ID": 600 }), 400..=599),
        (
            json!({ ">id": 10, ">ID": 400, "<=id": 700, "<=ID": 600 }),
            401..=600,
        ),
        (json!({ ">ID": 999 }), 1_000..=1_000),
    ];
    for (filter, expected) in filters {
        for way in [Way::Id, Way::Ranges, Way::Count] {
            let rows = client.list(Deals::new().filter(filter.clone())).by(way);
            let total = rows.total().await.expect("a number");
            let (ids, outcome) = walk(rows).await;
            assert!(outcome.is_ok(), "{outcome:?}");
            let expected: Vec<i64> = expected.clone().collect();
            if way != Way::Count || filter.get(">id").is_none() {
                assert_eq!(total, Some(expected.len() as u64), "{filter} by {way}");
                assert_eq!(sorted(ids), expected, "{filter} by {way}");
            }
        }
    }
    let sent = portal.calls().last().expect("a call").params.clone();
    assert_eq!(sent["filter"][">ID"], 999);
    let (_, outcome) = walk(client.list(Deals::new().filter([(">ID", "first")]))).await;
    let text = outcome.expect_err("no number").to_string();
    assert_eq!(
        text,
        "crm.deal.list: `>ID` in `filter` has to be a whole number, for the walk puts its own there"
    );
}

#[tokio::test]
async fn the_order_decides_the_way_and_the_identifier_is_selected() {
    let (portal, client) = with_deals(1..=120).await;
    let (ids, outcome) = walk(client.list(Deals::new().order([("ID", "DESC")]).select(["TITLE"]))).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(ids, (1..=120).rev().collect::<Vec<_>>());
    let call = portal.calls().last().expect("a call").params.clone();
    assert_eq!(
        (&call["order"], &call["select"]),
        (&json!({ "ID": "DESC" }), &json!(["TITLE", "ID"]))
    );

    let (_, outcome) = walk(client.list(Deals::new().order([("TITLE", "ASC")])).by(Way::Id)).await;
    assert_eq!(
        outcome.expect_err("a wrong way").to_string(),
        "crm.deal.list: a walk by `id` brings rows in the order of `ID`: leave out the order, or choose another way"
    );
    let (_, outcome) = walk(client.list(Events::new()).by(Way::Count)).await;
    assert_eq!(
        outcome.expect_err("a wrong way").to_string(),
        "main.eventlog.list: the list `main.eventlog.list` can't be walked by `count`: it has no known `start`"
    );
}

#[tokio::test]
async fn a_checkpoint_belongs_to_its_request() {
    let (_portal, client) = with_deals(1..=500).await;
    let mut rows = client.list(Deals::new());
    assert_eq!(rows.checkpoint(), None);
    for _ in 0..70 {
        rows.next().await.expect("a row").expect("no error");
    }
    let checkpoint = rows.checkpoint().expect("a checkpoint");
    assert_eq!(
        (checkpoint.method(), checkpoint.way(), checkpoint.rows()),
        (LIST, Some(Way::Id), 70)
    );
    let json = serde_json::to_string(&checkpoint).expect("JSON");
    let checkpoint: Checkpoint = serde_json::from_str(&json).expect("a checkpoint");

    let mut rest = client.list(Deals::new()).resume(checkpoint.clone());
    let first: Deal = rest.next().await.expect("a row").expect("no error");
    assert_eq!(first.id, Some(71.into()));
    assert_eq!((rest.progress().rows, rest.progress().rows_before), (1, 70));
    assert_eq!(rest.checkpoint().expect("a checkpoint").rows(), 71);

    let refusal = |error: Error| error.to_string();
    let (_, outcome) = walk(client.list(Tasks::new()).resume(checkpoint.clone())).await;
    assert_eq!(
        refusal(outcome.expect_err("another method").into()),
        "tasks.task.list: the checkpoint is of the list `crm.deal.list`, not of `tasks.task.list`"
    );
    let other = Deals::new().filter([(">ID", 3)]);
    let (_, outcome) = walk(client.list(other).resume(checkpoint.clone())).await;
    assert_eq!(
        refusal(outcome.expect_err("another request").into()),
        "crm.deal.list: the checkpoint is of a request with other parameters: rows would be missing or come twice"
    );
    let (_, outcome) = walk(client.list(Deals::new()).by(Way::Next).resume(checkpoint)).await;
    assert_eq!(
        refusal(outcome.expect_err("another way").into()),
        "crm.deal.list: the checkpoint is of another way to walk: it can't be resumed by `next`"
    );
}

#[tokio::test]
async fn pages_come_as_they_were_sent() {
    let (_portal, client) = with_deals(1..=120).await;
    let mut pages = client.list(Deals::new()).pages();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.expect("a page").len());
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(pages.checkpoint().expect("a checkpoint").rows(), 120);
    assert_eq!(
        client
            .list(Deals::new())
            .try_collect()
            .await
            .expect("all rows")
            .len(),
        120
    );
}

#[tokio::test]
async fn an_answer_that_gets_lost_is_asked_for_again() {
    for fault in [Fault::DropAfter, Fault::CutBody, Fault::BadGateway] {
        let (portal, client) = with_deals(1..=6_000).await;
        portal.inject(Injection::from(fault.clone()).after(1));
        let (ids, outcome) = walk(client.list(Deals::new())).await;
        assert!(outcome.is_ok(), "{fault:?}: {outcome:?}");
        assert_eq!(ids, numbers(6_000), "{fault:?}");
    }
}

/// Answers with fifty of 200 deals. Each answer takes two seconds, in two steps.
#[derive(Clone, Default)]
struct Slow(Arc<Counts>);

#[derive(Default)]
struct Counts {
    sent: AtomicUsize,
    under_way: AtomicUsize,
}

impl Slow {
    fn client(&self) -> Client {
        let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/");
        builder.http(self.clone()).build().expect("a client")
    }

    fn counts(&self) -> (usize, usize) {
        (self.0.sent.load(SeqCst), self.0.under_way.load(SeqCst))
    }
}

/// Counts what is under way, however it ends.
struct UnderWay(Arc<Counts>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, SeqCst);
    }
}

impl Http for Slow {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        self.0.sent.fetch_add(1, SeqCst);
        self.0.under_way.fetch_add(1, SeqCst);
        let under_way = UnderWay(Arc::clone(&self.0));
        Box::pin(async move {
            let _until_the_end = under_way;
            let body: Value = serde_json::from_slice(request.body()).expect("JSON");
            let start = body["start"].as_i64().expect("a start");
            let rows: Vec<_> = (start + 1..=start + 50).map(|id| json!({ "ID": id })).collect();
            let mut answer = json!({ "result": rows, "total": 200 });
            if start < 150 {
                answer["next"] = json!(start + 50);
            }
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(Reply {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: answer.to_string().into(),
            })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn who_uses_rows_may_take_time() {
    let slow = Slow::default();
    let mut pages = slow.client().list(Deals::new()).by(Way::Next).pages();
    let mut rows = 0;
    while let Some(page) = pages.next().await {
        rows += page.expect("a page").len();
        tokio::time::sleep(Duration::from_secs(300)).await;
        assert_eq!(slow.counts().1, 0, "what was under way has come meanwhile");
    }
    assert_eq!((rows, slow.counts().0), (200, 4));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_a_row_is_asked_for_nor_after_the_stream_is_dropped() {
    let slow = Slow::default();
    let client = slow.client();
    let mut rows = client.list(Deals::new()).by(Way::Next);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(slow.counts(), (0, 0));
    rows.next().await.expect("a row").expect("no error");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(slow.counts(), (2, 1), "the next page is under way");
    drop(rows);
    tokio::task::yield_now().await;
    assert_eq!(slow.counts(), (2, 0));
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(slow.counts(), (2, 0));
}

#[test]
fn a_list_needs_a_runtime_as_a_call_does() {
    let client = Slow::default().client();
    let mut rows = client.list(Deals::new());
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Some(Err(interrupted))) = Pin::new(&mut rows).poll_next(&mut context) else {
        panic!("an error is expected");
    };
    assert_eq!(interrupted.error().kind(), Kind::Runtime);
    assert_eq!(
        interrupted.to_string(),
        "the list ended after 0 rows: crm.deal.list: an async call needs a Tokio runtime, and there is none here"
    );
    assert!(matches!(
        Pin::new(&mut rows).poll_next(&mut context),
        Poll::Ready(None)
    ));
}

/// What was under way is lost with the runtime; what had come is not.
#[test]
fn a_list_outlives_its_runtime_and_says_where_it_was() {
    let client = Slow::default().client();
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
    };
    let mut rows = client.list(Deals::new()).by(Way::Next);
    let first = runtime().block_on(rows.next());
    assert!(matches!(first, Some(Ok(_))));
    let (ids, outcome) = runtime().block_on(walk(rows));
    assert_eq!((ids.len(), kind(&outcome)), (49, Some(Kind::Runtime)));
    let checkpoint = outcome
        .expect_err("an error")
        .checkpoint()
        .expect("a checkpoint")
        .clone();
    let (rest, outcome) = runtime().block_on(walk(client.list(Deals::new()).resume(checkpoint)));
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(rest, (51..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn as_many_at_once_as_one_likes() {
    let (_portal, client) = with_deals(1..=20_000).await;
    for requests in [0, usize::MAX] {
        let rows = client.list(Deals::new()).by(Way::Ranges).at_once(requests);
        assert_eq!(
            rows.try_collect().await.expect("all rows").len(),
            20_000,
            "{requests}"
        );
    }
}
