//! List methods over tables, as a client reads them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use bitrix24_portal::{Fault, Limits, Portal, Sorted};
use raw::Raw;
use serde_json::{Value, json};

const LIST: &str = "crm.deal.list";

async fn portal() -> (Portal, Raw) {
    let portal = Portal::builder().limits(Limits::none()).start().await.unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

/// The identifiers in a list of rows.
fn ids(rows: &Value) -> Vec<i64> {
    let id = |row: &Value| match row.get("ID").or_else(|| row.get("id")).unwrap() {
        Value::String(text) => text.parse().unwrap(),
        number => number.as_i64().unwrap(),
    };
    rows.as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn counted_pages() {
    let (portal, raw) = portal().await;
    portal.table(LIST).fill(
        (1..).step_by(3).take(120),
        json!({"ID": "", "TITLE": "Deal {id}"}),
    );
    let mut seen = Vec::new();
    let mut start = Some(0);
    while let Some(at) = start {
        let (status, body) = raw.call(LIST, json!({"start": at})).await;
        assert_eq!((status, body["total"].as_i64()), (200, Some(120)));
        seen.extend(ids(&body["result"]));
        start = body.get("next").map(|next| next.as_i64().unwrap());
        assert_eq!(start, Some(at + 50).filter(|next| *next < 120));
    }
    assert_eq!(seen, (1..).step_by(3).take(120).collect::<Vec<i64>>());
    assert_eq!(
        raw.ok(LIST, json!({"start": 119})).await,
        json!([{"ID": "358", "TITLE": "Deal 358"}])
    );
    assert_eq!(raw.ok(LIST, json!({"start": 120})).await, json!([]));
}

#[tokio::test]
async fn pages_by_identifier_are_not_counted() {
    let (portal, raw) = portal().await;
    portal.table(LIST).fill(1..=1_000_000, json!({"ID": ""}));
    let mut seen = Vec::new();
    let mut last = 0;
    for _ in 0..3 {
        let params = json!({"start": -1, "order": {"id": "asc"}, "filter": {">ID": last}, "select": ["ID"]});
        let (_, body) = raw.call(LIST, params).await;
        assert_eq!((body.get("total"), body.get("next")), (None, None));
        seen.extend(ids(&body["result"]));
        last = *seen.last().unwrap();
    }
    assert_eq!(seen, (1..=150).collect::<Vec<i64>>());
    let (_, body) = raw
        .call(
            LIST,
            json!({"order": {"ID": "DESC"}, "filter": {"<=ID": "900000"}}),
        )
        .await;
    assert_eq!(
        (body["result"][0]["ID"].as_str(), body["total"].as_i64()),
        (Some("900000"), Some(900_000))
    );
}

#[tokio::test]
async fn pages_chained_in_a_batch() {
    let (portal, raw) = portal().await;
    portal
        .table("crm.item.list")
        .under("items")
        .fill(1..=120, json!({"id": 0, "title": "Item {id}"}));
    let command = |from: &str| {
        format!(
            "crm.item.list?entityTypeId=2&start=-1&order[id]=ASC&select[]=id&filter[%3Eid]={}",
            from.replace('[', "%5B")
        )
    };
    let mut cmd = vec![command("0")];
    cmd.extend((0..4).map(|page| command(&format!("$result[{page}][items][49][id]"))));
    let result = raw.ok("batch", json!({"cmd": cmd})).await;
    let pages: Vec<Vec<i64>> = result["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| ids(&page["items"]))
        .collect();
    // The third page has no fiftieth row. What does not lead anywhere stays text, which is 0 to the database.
    let first: Vec<i64> = (1..=50).collect();
    assert_eq!(
        pages,
        [
            first.clone(),
            (51..=100).collect(),
            (101..=120).collect(),
            first,
            (51..=100).collect()
        ]
    );
    assert_eq!(
        (&result["result_total"], &result["result_next"]),
        (&json!([]), &json!([]))
    );
    let filter = &portal.calls()[4].params["filter"][">id"];
    assert_eq!(filter, "$result[2][items][49][id]");
}

#[tokio::test]
async fn rows_come_and_go_while_somebody_reads() {
    let (portal, raw) = portal().await;
    let table = portal
        .table(LIST)
        .fill(1..=60, json!({"ID": "", "STAGE_ID": "NEW"}));
    assert_eq!(
        ids(&raw.ok(LIST, json!({})).await),
        (1..=50).collect::<Vec<i64>>()
    );
    std::thread::scope(|scope| {
        scope.spawn(|| portal.table("CRM.deal.list").delete(7).delete(7).delete(1_000));
        scope.spawn(|| table.insert(json!({"ID": 61, "STAGE_ID": "WON", "EXTRA": [1]})));
    });
    table.insert(json!({"ID": "52", "STAGE_ID": "LOST"}));
    let (_, body) = raw.call(LIST, json!({"start": 50})).await;
    assert_eq!(
        (ids(&body["result"]), &body["total"]),
        ((52..=61).collect(), &json!(60))
    );
    let others = raw.ok(LIST, json!({"filter": {"!STAGE_ID": "NEW"}})).await;
    assert_eq!(
        others,
        json!([{"ID": "52", "STAGE_ID": "LOST"}, {"ID": 61, "STAGE_ID": "WON", "EXTRA": [1]}])
    );
    let sorted = raw
        .ok(
            LIST,
            json!({"order": {"STAGE_ID": "desc", "ID": "desc"}, "select": ["ID"]}),
        )
        .await;
    let sorted = ids(&sorted);
    assert_eq!((sorted[..3].to_vec(), sorted.len()), (vec![61, 60, 59], 50));
}

#[tokio::test]
async fn lists_that_are_sorted_by_something_else() {
    let (portal, raw) = portal().await;
    let table = portal.table("user.get").fill(1..=50, json!({"ID": ""}));
    table.sorted(Sorted::Descending);
    assert_eq!(
        ids(&raw.ok("user.get", json!({})).await),
        (1..=50).rev().collect::<Vec<i64>>()
    );
    table.sorted(Sorted::Otherwise);
    let rows = ids(&raw.ok("user.get", json!({})).await);
    assert!(!rows.is_sorted() && !rows.iter().rev().is_sorted());
    assert_eq!(
        rows,
        ids(&raw.ok("user.get", json!({})).await),
        "the same order every time"
    );
    let sorted = raw.ok("user.get", json!({"SORT": "ID", "ORDER": "DESC"})).await;
    assert_eq!(ids(&sorted), (1..=50).rev().collect::<Vec<i64>>());
}

#[tokio::test]
async fn hidden_rows_make_short_pages_and_empty_ones() {
    let (portal, raw) = portal().await;
    portal.table(LIST).fill(1..=180, json!({"ID": ""})).hide(50..=100);
    let mut pages = Vec::new();
    for start in [0, 50, 100, 150] {
        let (_, body) = raw.call(LIST, json!({"start": start})).await;
        assert_eq!(body["total"], 180);
        pages.push((ids(&body["result"]).len(), body.get("next").is_some()));
    }
    assert_eq!(pages, [(49, true), (0, true), (50, true), (30, false)]);
}

#[tokio::test]
async fn lists_called_as_those_of_landing() {
    let (portal, raw) = portal().await;
    portal
        .table("landing.repo.getList")
        .in_params()
        .fill(1..=120, json!({"ID": "", "NAME": "Block {id}"}));
    let ask = async |params: Value| {
        let (_, body) = raw.call("landing.repo.getList", json!({"params": params})).await;
        assert_eq!((body.get("total"), body.get("next")), (None, None));
        ids(&body["result"])
    };
    assert_eq!(ask(json!({})).await, (1..=120).collect::<Vec<i64>>());
    let page = json!({"limit": 30, "offset": 100, "order": {"ID": "DESC"}, "select": ["ID"]});
    assert_eq!(ask(page).await, (1..=20).rev().collect::<Vec<i64>>());
    let page = json!({"limit": "2", "filter": {">ID": 7}});
    assert_eq!(ask(page).await, [8, 9]);
}

#[tokio::test]
async fn a_script_goes_before_a_table_and_a_table_before_what_the_portal_knows() {
    let (portal, raw) = portal().await;
    portal
        .table("landing.site.getList")
        .in_params()
        .fill([7], json!({"ID": ""}));
    portal.on(LIST).reply(json!("scripted"));
    portal.table(LIST).fill([1], json!({"ID": ""}));
    assert_eq!(
        raw.ok("landing.site.getList", json!({})).await,
        json!([{"ID": "7"}])
    );
    assert_eq!(raw.ok(LIST, json!({})).await, json!("scripted"));
    // Without an answer there is no script.
    drop(portal.on(LIST));
    assert_eq!(raw.ok(LIST, json!({})).await, json!([{"ID": "1"}]));
}

#[tokio::test]
async fn what_can_be_wrong_with_a_page() {
    let all: Vec<i64> = (1..=120).collect();
    let page = |range: std::ops::Range<usize>| all[range].to_vec();
    for (fault, rows, next, total) in [
        (None, page(50..100), Some(100), Some(120)),
        (Some(Fault::ShortPage(49)), page(50..99), Some(99), Some(120)),
        (Some(Fault::RepeatedPage), page(0..50), Some(100), Some(120)),
        (
            Some(Fault::OutOfOrder),
            page(50..100).into_iter().rev().collect(),
            Some(100),
            Some(120),
        ),
        (Some(Fault::NextStands), page(50..100), Some(50), Some(120)),
        (Some(Fault::Total(7)), page(50..100), Some(100), Some(7)),
    ] {
        let (portal, raw) = portal().await;
        portal.table(LIST).fill(1..=120, json!({"ID": ""}));
        if let Some(fault) = fault.clone() {
            portal.inject(fault.on(LIST).after(1));
        }
        assert_eq!(
            ids(&raw.ok(LIST, json!({})).await),
            page(0..50),
            "the first page has nothing: {fault:?}"
        );
        let (_, body) = raw.call(LIST, json!({"start": 50})).await;
        let number = |name: &str| body.get(name).map(|number| number.as_i64().unwrap());
        assert_eq!(
            (ids(&body["result"]), number("next"), number("total")),
            (rows, next, total),
            "{fault:?}"
        );
    }
    let (portal, raw) = portal().await;
    portal.table(LIST).fill(1..=120, json!({"ID": ""}));
    portal.inject(Fault::IgnoredFilter.on(LIST));
    let ask = json!({"start": -1, "filter": {">ID": 50}});
    assert_eq!(ids(&raw.ok(LIST, ask.clone()).await), page(0..50));
    assert_eq!(ids(&raw.ok(LIST, ask.clone()).await), page(50..100));

    // A fault waits for a page that it can do something to.
    portal.inject(Fault::NextStands.on(LIST));
    raw.ok(LIST, ask).await;
    assert_eq!(
        portal.faults_left(),
        1,
        "a page that is not counted has no `next`"
    );
    let (_, body) = raw.call(LIST, json!({})).await;
    assert_eq!((&body["next"], portal.faults_left()), (&json!(0), 0));
}

#[tokio::test]
async fn a_portal_that_runs_for_long_can_forget_what_it_has_answered() {
    let portal = Portal::builder().forget_calls().start().await.unwrap();
    let raw = Raw::new(&portal);
    portal.table(LIST).fill(1..=3, json!({"ID": ""}));
    let batch = json!({"cmd": {"a": LIST, "b": LIST}});
    assert_eq!(ids(&raw.ok("batch", batch).await["result"]["b"]), [1, 2, 3]);
    assert_eq!((portal.calls().len(), portal.requests()), (0, 0));
}

#[tokio::test]
async fn what_goes_wrong_in_the_middle_of_a_batch() {
    let (portal, raw) = portal().await;
    portal.table(LIST).fill(1..=120, json!({"ID": ""}));
    let refusal = || Fault::Refused {
        status: 400,
        code: "WRONG".to_owned(),
        description: "No".to_owned(),
    };
    portal.inject(refusal().on(LIST).after(1));
    portal.inject(Fault::ShortPage(49).on(LIST).after(1));
    let batch = json!({"cmd": {"a": LIST, "b": LIST, "c": format!("{LIST}?start=50"), "d": LIST}});
    let result = raw.ok("batch", batch.clone()).await;
    assert_eq!(
        result["result_error"],
        json!({"b": {"error": "WRONG", "error_description": "No"}})
    );
    let found: Vec<_> = result["result"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, page)| (name.as_str(), ids(page).len()))
        .collect();
    assert_eq!(found, [("a", 50), ("c", 49), ("d", 50)]);
    assert_eq!(result["result_next"], json!({"a": 50, "c": 99, "d": 50}));
    assert_eq!(portal.runs(LIST), 3);

    portal.inject(refusal());
    assert_eq!(raw.refusal(LIST, json!({})).await, (400, "WRONG".to_owned()));
    portal.inject(refusal().on("Batch"));
    assert_eq!(raw.refusal("batch", batch).await, (400, "WRONG".to_owned()));
}
