//! REST 3.0: its addresses, envelopes, lists, keys and batches.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{Clock, Fault, Limits, Portal};
use raw::Raw;
use serde_json::{Value, json};

const CODE: &str = "BITRIX_REST_V3_EXCEPTION_";

struct Rest3 {
    portal: Portal,
    clock: Clock,
    raw: Raw,
}

/// Status, code without its beginning or nothing, body, and whether it is a replay.
struct Answer {
    status: u16,
    body: Value,
    replayed: bool,
}

impl Answer {
    fn refusal(&self) -> (u16, &str) {
        assert!(self.body.get("result").is_none(), "{}", self.body);
        let error = &self.body["error"];
        assert!(
            error["message"].as_str().is_some_and(|text| !text.is_empty()),
            "{}",
            self.body
        );
        let code = error["code"].as_str().unwrap();
        (self.status, code.strip_prefix(CODE).unwrap_or(code))
    }
}

async fn start() -> Rest3 {
    let clock = Clock::fixed(Duration::from_secs(1_773_285_117));
    let portal = Portal::builder()
        .limits(Limits::none())
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let raw = Raw::new(&portal);
    Rest3 { portal, clock, raw }
}

impl Rest3 {
    fn url(&self, method: &str) -> String {
        format!("{}{method}", self.raw.webhook.replace("/rest/", "/rest/api/"))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            replayed: response
                .headers()
                .get("idempotent-replayed")
                .is_some_and(|value| value == "true"),
            body: response.json().await.unwrap(),
        }
    }

    async fn call(&self, method: &str, body: Value) -> Answer {
        self.send(self.raw.http.post(self.url(method)).json(&body)).await
    }

    async fn ok(&self, method: &str, body: Value) -> Value {
        let mut answer = self.call(method, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body["time"]["start"].is_number(), "{}", answer.body);
        answer.body["result"].take()
    }

    async fn with_key(&self, method: &str, key: &str, body: Value) -> Answer {
        let request = self
            .raw
            .http
            .post(self.url(method))
            .header("Idempotency-Key", key);
        self.send(request.json(&body)).await
    }
}

fn ids(result: &Value) -> Vec<i64> {
    let rows = result["items"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_address_says_which_version_is_meant() {
    let rest3 = start().await;
    rest3
        .portal
        .table("tasks.lamp.list")
        .under("tasks")
        .fill(1..=3, json!({"id": 0}));
    let items = json!({"items": [{"id": 1}, {"id": 2}, {"id": 3}]});
    assert_eq!(rest3.ok("tasks.lamp.list", json!({})).await, items);
    assert_eq!(
        rest3.raw.ok("tasks.lamp.list", json!({})).await["tasks"],
        items["items"]
    );

    // Nothing but JSON, and nothing in the query.
    let http = &rest3.raw.http;
    let url = rest3.url("tasks.lamp.list.json");
    let answer = rest3.send(http.get(format!("{url}?pagination[limit]=1"))).await;
    assert_eq!(answer.body["result"], items);
    let answer = rest3.send(http.post(&url).body("pagination[limit]=1")).await;
    assert_eq!(answer.refusal(), (400, "INVALIDJSONEXCEPTION"));
    let form = http
        .post(&url)
        .header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(
        rest3.send(form.body("a=1")).await.refusal(),
        (400, "INVALIDJSONEXCEPTION")
    );
    let broken = http
        .post(&url)
        .header("Content-Type", "application/json")
        .body("{");
    assert_eq!(rest3.send(broken).await.refusal(), (400, "INVALIDJSONEXCEPTION"));
    let get = http.get(&url).json(&json!({"pagination": {"limit": 1}}));
    assert_eq!(
        rest3.send(get).await.refusal(),
        (400, "WRONGHTTPREQUESTMETHODEXCEPTION")
    );

    // Methods of the other version are none.
    for method in ["landing.site.getList", "no.such.method", ""] {
        assert_eq!(
            rest3.call(method, json!({})).await.refusal(),
            (400, "METHODNOTFOUNDEXCEPTION"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_token_stands_in_the_header_or_in_the_body() {
    let rest3 = start().await;
    rest3
        .portal
        .on("tasks.lamp.get")
        .reply(json!({"item": {"id": 7}}));
    rest3
        .portal
        .state(|state| state.tokens.insert("secret".to_owned(), Default::default()));
    for version in ["rest", "rest/api"] {
        let url = format!("{}/{version}/tasks.lamp.get", rest3.portal.url());
        let post = || rest3.raw.http.post(&url);
        let bearer = rest3
            .send(
                post()
                    .header("Authorization", "Bearer secret")
                    .json(&json!({"id": 7})),
            )
            .await;
        assert_eq!(
            (bearer.status, &bearer.body["result"]["item"]["id"]),
            (200, &json!(7))
        );
        let body = rest3.send(post().json(&json!({"id": 7, "auth": "secret"}))).await;
        assert_eq!(body.status, 200);
        assert_eq!(rest3.portal.calls().last().unwrap().params, json!({"id": 7}));
        let wrong = rest3
            .send(post().header("Authorization", "Bearer other").json(&json!({})))
            .await;
        assert_eq!(wrong.status, 401);
    }
    let url = format!("{}/rest/api/tasks.lamp.get?auth=secret", rest3.portal.url());
    assert_eq!(
        rest3
            .send(rest3.raw.http.post(url).json(&json!({})))
            .await
            .refusal(),
        (401, "NO_AUTH_FOUND")
    );
    let url = format!("{}/rest/api/batch", rest3.portal.url());
    let batch = json!([{"method": "tasks.lamp.get", "query": {"id": 7}}]);
    let answer = rest3
        .send(rest3.raw.http.post(url).bearer_auth("secret").json(&batch))
        .await;
    assert_eq!(answer.body["result"], json!([{"item": {"id": 7}}]));
}

#[tokio::test]
async fn lists_by_page() {
    let rest3 = start().await;
    let list = "tasks.lamp.list";
    let table = rest3
        .portal
        .table(list)
        .at_most(100)
        .fill(1..=1_200, json!({"id": 0, "title": "Task {id}"}));
    table.insert(json!({"id": 1_300, "title": "Last", "createdBy": 5}));
    for (body, expected) in [
        (json!({}), (1..=50).collect()),
        (
            json!({"pagination": {"limit": 20, "page": 3}}),
            (41..=60).collect(),
        ),
        (json!({"pagination": {"page": "2"}}), (51..=100).collect()),
        (
            json!({"pagination": {"offset": 1_190}}),
            (1_191..=1_200).chain([1_300]).collect(),
        ),
        (
            json!({"pagination": {"offset": 7, "page": 1, "limit": 2}}),
            vec![1, 2],
        ),
        (
            json!({"pagination": {"limit": 5_000}}),
            (1..=100).collect::<Vec<i64>>(),
        ),
        (
            json!({"order": {"id": "desc"}, "pagination": {"limit": 2}}),
            vec![1_300, 1_200],
        ),
        (json!({"filter": [["id", ">", 1_198]]}), vec![1_199, 1_200, 1_300]),
        (json!({"filter": [["id", [3, 5]], ["id", "!=", 3]]}), vec![5]),
        (
            json!({"filter": [["id", "between", [4, 6]], {"negative": true, "conditions": [["id", 5]]}]}),
            vec![4, 6],
        ),
        (
            json!({"filter": [{"logic": "or", "conditions": [["id", 9], ["title", "=", "task 7"]]}]}),
            vec![7, 9],
        ),
        (json!({"filter": [["createdBy", 5]]}), vec![1_300]),
        (
            json!({"cursor": {"value": 70}, "pagination": {"limit": 1}}),
            vec![1],
        ),
    ] {
        assert_eq!(ids(&rest3.ok(list, body.clone()).await), expected, "{body}");
    }
    let (_, answer) = (
        (),
        rest3
            .call(list, json!({"select": ["title"], "pagination": {"limit": 1}}))
            .await,
    );
    assert_eq!(answer.body["result"], json!({"items": [{"title": "Task 1"}]}));
    assert_eq!((answer.body.get("total"), answer.body.get("next")), (None, None));
    for (body, code) in [
        (json!({"select": ["none"]}), "UNKNOWNDTOPROPERTYEXCEPTION"),
        (json!({"select": [["id"]]}), "INVALIDSELECTEXCEPTION"),
        (json!({"filter": [["none", 1]]}), "UNKNOWNDTOPROPERTYEXCEPTION"),
        (json!({"filter": {">id": 1}}), "INVALIDFILTEREXCEPTION"),
        (json!({"filter": [["id", "in", 1]]}), "INVALIDFILTEREXCEPTION"),
        (json!({"filter": [["id"]]}), "INVALIDFILTEREXCEPTION"),
        (
            json!({"filter": [["id", "like", 1]]}),
            "UNKNOWNFILTEROPERATOREXCEPTION",
        ),
        (json!({"order": ["id"]}), "INVALIDORDEREXCEPTION"),
        (json!({"order": {"id": "up"}}), "INVALIDORDEREXCEPTION"),
        (
            json!({"pagination": {"limit": "abc"}}),
            "INVALIDPAGINATIONEXCEPTION",
        ),
        (json!({"pagination": {"limit": 0}}), "INVALIDPAGINATIONEXCEPTION"),
        (json!({"pagination": {"page": -1}}), "INVALIDPAGINATIONEXCEPTION"),
    ] {
        assert_eq!(
            rest3.call(list, body.clone()).await.refusal(),
            (400, code),
            "{body}"
        );
    }
}

#[tokio::test]
async fn lists_by_cursor() {
    let rest3 = start().await;
    let tail = "main.eventlog.tail";
    rest3
        .portal
        .table(tail)
        .fill((2..).step_by(2).take(1_000), json!({"id": 0, "itemId": "x"}));
    for (body, expected) in [
        (json!({}), (2..=100).step_by(2).collect()),
        (
            json!({"cursor": {"field": "id", "order": "ASC", "value": 1_990, "limit": 3}}),
            vec![1_992, 1_994, 1_996],
        ),
        (json!({"cursor": {"value": "1996"}}), vec![1_998, 2_000]),
        (
            json!({"cursor": {"order": "DESC", "value": 7}, "order": {"id": "asc"}}),
            vec![6, 4, 2],
        ),
        (json!({"cursor": {"order": "DESC"}}), Vec::<i64>::new()),
        (json!({"filter": [["itemId", "y"]]}), vec![]),
        (
            json!({"pagination": {"limit": 1}, "cursor": {"limit": 2}}),
            vec![2, 4],
        ),
    ] {
        assert_eq!(ids(&rest3.ok(tail, body.clone()).await), expected, "{body}");
    }
    let body = json!({"filter": [{"conditions": [["id", ">", 7]]}]});
    assert_eq!(
        rest3.call(tail, body).await.refusal(),
        (400, "INVALIDFILTEREXCEPTION")
    );
}

#[tokio::test]
async fn a_write_with_a_key_runs_once() {
    let rest3 = start().await;
    let add = "tasks.lamp.add";
    rest3
        .portal
        .on(add)
        .reply(json!({"id": 1}))
        .reply(json!({"id": 2}))
        .error(400, "X", "No")
        .reply(json!({"id": 3}));
    let task = || json!({"fields": {"title": "Report"}});
    let first = rest3.with_key(add, "key 1", task()).await;
    assert_eq!(
        (first.status, first.replayed, &first.body["result"]["id"]),
        (200, false, &json!(1))
    );
    let again = rest3.with_key("Tasks.Lamp.ADD", "key 1", task()).await;
    assert_eq!(
        (again.status, again.replayed, &again.body),
        (200, true, &first.body)
    );
    assert_eq!(rest3.portal.runs(add), 1);
    assert_eq!(
        rest3
            .with_key(add, "key 1", json!({"fields": {}}))
            .await
            .refusal(),
        (422, "IDEMPOTENCYKEYREUSEDEXCEPTION")
    );
    assert_eq!(rest3.with_key(add, "key 2", task()).await.body["result"]["id"], 2);

    // An error is not kept, and after a day neither is a success.
    assert_eq!(rest3.with_key(add, "key 3", task()).await.refusal(), (400, "X"));
    assert_eq!(rest3.with_key(add, "key 3", task()).await.body["result"]["id"], 3);
    rest3.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert!(rest3.with_key(add, "key 1", task()).await.replayed);
    rest3.clock.advance(Duration::from_secs(1));
    assert!(!rest3.with_key(add, "key 1", task()).await.replayed);

    let long = "x".repeat(256);
    for key in ["", long.as_str(), "tab\there", "é"] {
        let refusal = rest3.with_key(add, key, task()).await;
        assert_eq!(
            refusal.refusal(),
            (400, "INVALIDIDEMPOTENCYKEYEXCEPTION"),
            "{key:?}"
        );
    }
    assert!(!rest3.with_key(add, &long[1..], task()).await.replayed);

    // Another caller's key is another key, another method's too, and REST 2 has none.
    let runs = rest3.portal.runs(add);
    rest3
        .portal
        .state(|state| state.tokens.insert("secret".to_owned(), Default::default()));
    let url = format!("{}/rest/api/{add}", rest3.portal.url());
    let other = rest3
        .raw
        .http
        .post(url)
        .bearer_auth("secret")
        .header("Idempotency-Key", "key 1");
    assert!(!rest3.send(other.json(&task())).await.replayed);
    rest3
        .portal
        .on("tasks.lamp.update")
        .reply(json!({"result": true}));
    assert!(
        !rest3
            .with_key("tasks.lamp.update", "key 1", task())
            .await
            .replayed
    );
    for _ in 0..2 {
        let v2 = rest3
            .raw
            .http
            .post(format!("{}{add}", rest3.raw.webhook))
            .header("Idempotency-Key", "key 1");
        assert!(!rest3.send(v2.json(&task())).await.replayed);
    }
    assert_eq!(rest3.portal.runs(add), runs + 3);
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again() {
    let rest3 = start().await;
    rest3
        .portal
        .on("tasks.lamp.add")
        .reply(json!({"id": 1}))
        .reply(json!({"id": 2}));
    rest3.portal.inject(Fault::DropAfter);
    let request = || {
        let request = rest3
            .raw
            .http
            .post(rest3.url("tasks.lamp.add"))
            .header("Idempotency-Key", "k");
        request.json(&json!({"fields": {}}))
    };
    assert!(request().send().await.is_err());
    let answer = rest3.send(request()).await;
    assert_eq!(
        (answer.replayed, &answer.body["result"]),
        (true, &json!({"id": 1}))
    );
}

#[tokio::test]
async fn a_batch_passes_results_on() {
    let rest3 = start().await;
    rest3
        .portal
        .on("tasks.lamp.get")
        .reply(json!({"item": {"id": 4, "title": "A", "groupId": 9}}));
    rest3.portal.on("tasks.lamp.add").reply(json!({"id": 5}));
    rest3
        .portal
        .table("tasks.lamp.list")
        .fill(1..=100, json!({"id": 0, "title": "Task {id}"}));
    let batch = json!([
        {"method": "tasks.lamp.get", "query": {"id": 4}, "as": "task"},
        {"method": "tasks.lamp.list", "query": {"filter": [["id", "<=", {"$ref": "task.id"}]], "select": ["id"]}},
        {"method": "tasks.lamp.list", "as": "list", "query": {
            "filter": [["id", "in", {"$refArray": "1.id"}], ["id", ">", {"$ref": "1.0.id"}]]
        }},
        {"method": "tasks.lamp.add", "query": {"fields": {"parent": {"$ref": "list.2.title"}}}},
    ]);
    let result = rest3.ok("batch", batch).await;
    assert_eq!(result[0]["item"]["id"], 4);
    assert_eq!(
        (ids(&result[1]), ids(&result[2])),
        (vec![1, 2, 3, 4], vec![2, 3, 4])
    );
    assert_eq!(result[3], json!({"id": 5}));
    let add = portal_call(&rest3.portal, "tasks.lamp.add");
    assert_eq!(
        (add.params, add.in_batch),
        (json!({"fields": {"parent": "Task 4"}}), true)
    );
}

fn portal_call(portal: &Portal, method: &str) -> bitrix24_portal::Call {
    portal
        .calls()
        .into_iter()
        .find(|call| call.method == method)
        .unwrap()
}

#[tokio::test]
async fn a_batch_ends_with_the_first_refusal() {
    let rest3 = start().await;
    let add = "tasks.lamp.add";
    rest3.portal.on(add).reply(json!({"id": 5})).error(400, "X", "No");
    let command = |query: Value| json!({"method": add, "query": query});
    let batch = json!([command(json!({})), command(json!({})), command(json!({}))]);
    let answer = rest3.call("batch", batch.clone()).await;
    assert_eq!(answer.refusal(), (400, "X"));
    assert_eq!(rest3.portal.runs(add), 2, "what ran before has run");

    rest3.portal.on(add).reply(json!({"id": 5}));
    let refusal = Fault::Refused {
        status: 400,
        code: "Y".to_owned(),
        description: "No".to_owned(),
    };
    rest3.portal.inject(refusal.on(add).after(2));
    assert_eq!(rest3.call("batch", batch).await.refusal(), (400, "Y"));

    let runs = rest3.portal.runs(add);
    let select = (400, "INVALIDSELECTEXCEPTION");
    let fifty_one: Vec<Value> = (0..51).map(|_| command(json!({}))).collect();
    for (batch, refusal) in [
        (json!({"cmd": {"a": add}, "halt": 1}), select),
        (json!({}), select),
        (json!([{"method": add}]), select),
        (json!([{"query": {}}]), select),
        (json!([add]), select),
        (
            json!([{"method": add, "query": {}, "as": "a"}, {"method": add, "query": {}, "as": "a"}]),
            select,
        ),
        (json!(fifty_one), (400, "ERROR_BATCH_LENGTH_EXCEEDED")),
        (
            json!([{"method": "batch", "query": {}}]),
            (405, "ERROR_BATCH_METHOD_NOT_ALLOWED"),
        ),
        (
            json!([{"method": "landing.site.getList", "query": {}}]),
            (400, "METHODNOTFOUNDEXCEPTION"),
        ),
    ] {
        assert_eq!(
            rest3.call("batch", batch.clone()).await.refusal(),
            refusal,
            "{batch}"
        );
    }
    assert_eq!(rest3.portal.runs(add), runs);
    // A reference to what cannot be referred to is found out when it is its turn.
    let batch = json!([command(json!({})), command(json!({"id": {"$ref": "0.id"}}))]);
    assert_eq!(rest3.call("batch", batch).await.refusal(), select);
    let batch = json!([command(json!({})), command(json!({"id": "$result[0][id]"}))]);
    assert_eq!(rest3.call("batch", batch).await.refusal(), select);
    assert_eq!(rest3.portal.runs(add), runs + 2);
}

#[tokio::test]
async fn system_errors_have_the_envelope_of_the_version() {
    let rest3 = start().await;
    rest3.portal.on("tasks.lamp.get").reply(json!({"item": {}}));
    rest3
        .portal
        .state(|state| state.account.blocked_for_overload = true);
    assert_eq!(
        rest3.call("tasks.lamp.get", json!({})).await.refusal(),
        (503, "OVERLOAD_LIMIT")
    );
    assert_eq!(
        rest3.raw.refusal("tasks.lamp.get", json!({})).await,
        (503, "OVERLOAD_LIMIT".to_owned())
    );
    let fault = Fault::ErrorUnder200 {
        code: "X".to_owned(),
        description: "No".to_owned(),
    };
    rest3.portal.inject(fault);
    assert_eq!(
        rest3.call("tasks.lamp.get", json!({})).await.refusal(),
        (200, "X")
    );
}
