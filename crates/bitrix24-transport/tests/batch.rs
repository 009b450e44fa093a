//! Batches against the simulated portal, and against scripts where it takes an answer that a portal would not give.

#[path = "../../bitrix24-types/tests/values/mod.rs"]
mod values;

use std::time::Duration;

use bitrix24_portal::{Clock, Fault, LeakyCounter, Limits, Portal};
use bitrix24_transport::{
    Batch, Client, Error, Executed, Kind, Rate,
    batch::Reply,
    budget,
    http::fake::Fake,
    types::{
        Effect, Params, Value, Wire,
        landing::site::{Add, AddFields, GetList, Publication, PublicationError},
    },
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::json;

const NOW: Duration = Duration::from_secs(1_780_000_000);

async fn portal() -> (Portal, Client) {
    let builder = Portal::builder().clock(Clock::fixed(NOW)).limits(Limits::none());
    let portal = builder.start().await.expect("a portal");
    let client = Client::builder()
        .limits(budget::Limits::default().operating(None))
        .webhook(&portal.webhook_url())
        .build()
        .expect("a client");
    (portal, client)
}

fn fake(fake: &Fake) -> Client {
    let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/c0de5ecret/");
    builder.http(fake.clone()).build().expect("a client")
}

fn add(code: &str) -> Add {
    Add::new(AddFields::new("Spring", code))
}

fn places(commands: impl Iterator<Item = bitrix24_transport::batch::Command>) -> Vec<usize> {
    commands.map(|command| command.place).collect()
}

#[track_caller]
fn told(error: &Error) -> (Kind, Executed, Option<&str>) {
    (error.kind(), error.executed(), error.method())
}

#[tokio::test]
async fn commands_use_what_came_before_them_and_have_outcomes_of_their_own() {
    let (portal, client) = portal().await;
    let mut batch = Batch::new();
    let site = batch.add(add("spring"));
    let sites = batch.add(GetList::new());
    let published = batch.add(Publication::new(sites.path("0.ID")));
    let missing = batch.add(Publication::new(999));
    let after = batch.add(GetList::new());
    let reply = client.batch(batch).await.expect("a reply");

    let id = reply.take(site).expect("added").result;
    assert_eq!(reply.take(published).expect("published").result, id);
    assert_eq!(reply.take(sites).expect("a list").result.len(), 1);
    assert!(portal.state(|state| state.sites[&id].active));

    let error = reply.take(missing).expect_err("there is no such site");
    let publication = Some("landing.site.publication");
    // In a batch no status tells the method's own code from the system's; neither has changed anything.
    assert_eq!(told(&error), (Kind::Api, Executed::No, publication));
    assert_eq!(
        error.documented::<Publication>(),
        Some(PublicationError::AccessDenied)
    );
    let error = reply.take(after).expect_err("the batch has stopped");
    assert_eq!(
        told(&error),
        (Kind::NotRun, Executed::No, Some("landing.site.getList"))
    );
    assert_eq!(
        error.to_string(),
        "landing.site.getList: not run, because a command before it failed and the batch stops there"
    );
    assert_eq!(portal.requests(), 1);
    assert_eq!(portal.runs("landing.site.getList"), 1);
    let failed: Vec<_> = reply.errors().map(|(command, _)| command.place).collect();
    assert_eq!(failed, [3, 4]);
    assert_eq!(reply.check().expect_err("two failed").method(), publication);
}

#[tokio::test]
async fn without_references_one_failure_does_not_stop_the_others() {
    let (portal, client) = portal().await;
    let site = portal.state(|state| state.add_site("Spring"));
    portal.on("server.time").reply("2026-05-14T10:26:33+02:00");
    let mut batch = Batch::new();
    let handles = [
        batch.add(Publication::new(site)),
        batch.add(Publication::new(999)),
        batch.add(Publication::new(site)),
    ];
    let bad = batch.add_raw("no.such.method", json!({}));
    let good = batch.add_raw("server.time", ());
    let reply = client.batch(batch).await.expect("a reply");
    let done: Vec<_> = handles
        .into_iter()
        .map(|handle| reply.take(handle).is_ok())
        .collect();
    assert_eq!(done, [true, false, true]);
    let error = reply.take(bad).expect_err("no method");
    assert_eq!(told(&error), (Kind::Api, Executed::No, Some("no.such.method")));
    assert!(reply.take(good).is_ok());
}

/// More than fifty: each in its place, with its own result, total, next and error.
#[tokio::test]
async fn many_commands_keep_their_outcomes_in_place() {
    let (portal, client) = portal().await;
    for place in 0..120 {
        let script = portal.on(format!("method.n{place}"));
        match place % 3 {
            0 => drop(script.reply(place)),
            1 => drop(script.page(json!([place]), place, Some(place + 1))),
            _ => drop(script.error(400, &format!("ERROR_{place}"), "no")),
        }
    }
    let mut batch = Batch::new();
    let handles: Vec<_> = (0..120)
        .map(|place| batch.add_raw(format!("method.n{place}"), ()))
        .collect();
    let reply = client.batch(batch).await.expect("a reply");
    assert_eq!((portal.requests(), reply.len()), (3, 120));
    for (place, handle) in handles.into_iter().enumerate() {
        let outcome = reply.take(handle);
        match place % 3 {
            0 => assert_eq!(outcome.expect("a number").result, place),
            1 => {
                let response = outcome.expect("a list");
                let number = u64::try_from(place).expect("small");
                assert_eq!(response.result, json!([place]));
                assert_eq!((response.total, response.next), (Some(number), Some(number + 1)));
            }
            _ => {
                let error = outcome.expect_err("an error");
                let code = format!("ERROR_{place}");
                assert_eq!(
                    (error.code(), error.method()),
                    (Some(&*code), Some(&*format!("method.n{place}")))
                );
            }
        }
    }
}

/// A mistake is told before anything is sent, and names the command.
#[tokio::test]
async fn a_batch_with_a_mistake_is_not_sent() {
    let nothing = Fake::new();
    let client = fake(&nothing);
    let mut other = Batch::new();
    let foreign = other.add(GetList::new());
    let mut batch = Batch::new();
    batch.add(GetList::new());
    batch.add(Publication::new(foreign.path("0.ID")));
    let error = client.batch(batch).await.expect_err("a mistake");
    assert_eq!((error.kind(), error.executed()), (Kind::Config, Executed::No));
    assert_eq!(
        error.to_string(),
        "command 1 of the batch (landing.site.publication): it refers to the result of a command of another batch"
    );
    // Outside of its batch a reference is no value.
    let error = client
        .call(Publication::new(foreign.path("0.ID")))
        .await
        .expect_err("no batch");
    assert_eq!(error.kind(), Kind::Config);
    assert!(
        error
            .to_string()
            .contains("can only be sent in the batch of that command"),
        "{error}"
    );
    assert!(nothing.requests().is_empty());

    // A handle of another batch takes nothing.
    let empty = client.batch(Batch::new()).await.expect("nothing to do");
    assert!(empty.is_empty() && empty.check().is_ok());
    assert_eq!(empty.take(foreign).expect_err("foreign").kind(), Kind::Config);
    assert!(nothing.requests().is_empty());
}

/// A lost answer: only the commands of that request are unknown, and nothing is sent again that may have run.
#[tokio::test]
async fn a_lost_answer_makes_the_commands_of_its_request_unknown() {
    let (portal, client) = portal().await;
    portal.on("some.write").reply(true);
    portal.inject(Fault::DropAfter);
    let mut batch = Batch::new();
    let handles: Vec<_> = (0..120).map(|_| batch.add_raw("some.write", ())).collect();
    let reply = client.batch(batch).await.expect("two thirds of a reply");
    assert_eq!((portal.requests(), portal.runs("some.write")), (3, 120));
    let unknown = places(reply.unknown());
    let first = unknown[0];
    let count = if first == 100 { 20 } else { 50 };
    assert_eq!(unknown, (first..first + count).collect::<Vec<_>>());
    for (place, handle) in handles.into_iter().enumerate() {
        match reply.take(handle) {
            Ok(response) => assert!(!unknown.contains(&place) && response.result == true),
            Err(error) => {
                assert_eq!(told(&error), (Kind::Lost, Executed::Unknown, Some("some.write")));
                assert!(!error.is_retryable() && unknown.contains(&place));
            }
        }
    }
}

#[tokio::test]
async fn a_batch_is_sent_again_only_if_each_command_may_be() {
    for (effects, requests) in [
        (vec![Effect::Read, Effect::Read], 2),
        (vec![Effect::Read, Effect::Repeat], 2),
        (vec![Effect::Read, Effect::Once], 1),
    ] {
        for fault in [Fault::DropAfter, Fault::HtmlPage, Fault::CutBody] {
            let (portal, client) = portal().await;
            portal.on("some.method").reply(7);
            portal.inject(fault.clone());
            let mut batch = Batch::new();
            for effect in &effects {
                let handle = batch.add_raw("some.method", ());
                batch.effect(handle, *effect);
            }
            let reply = client.batch(batch).await.expect("a reply");
            assert_eq!(portal.requests(), requests, "{effects:?} {fault:?}");
            let unknown = places(reply.unknown());
            assert_eq!(unknown, if requests == 1 { vec![0, 1] } else { vec![] });
            // A read may be made again by hand.
            let again: Vec<_> = reply.errors().map(|(_, error)| error.is_retryable()).collect();
            assert_eq!(again, if requests == 1 { vec![true, false] } else { vec![] });
        }
    }
}

/// What was refused before it ran is sent again, whatever it holds.
#[tokio::test(start_paused = true)]
async fn a_refused_batch_is_sent_again() {
    let done = json!({ "result": { "result": { "c0": 7 } } });
    let limit = json!({ "error": "QUERY_LIMIT_EXCEEDED", "error_description": "" });
    let script = Fake::new().json(503, limit).refuse().json(200, done);
    let mut batch = Batch::new();
    let command = batch.add_raw("some.write", ());
    let reply = fake(&script).batch(batch).await.expect("a reply");
    assert_eq!(reply.take(command).expect("done").result, 7);
    assert_eq!(script.requests().len(), 3);
    assert!(script.requests().iter().all(|request| request.method == "batch"));

    // But not if it must not.
    let script = Fake::new().refuse();
    let mut batch = Batch::new();
    batch.add_raw("some.write", ());
    let error = fake(&script).batch(batch).no_retry().await.expect_err("refused");
    assert_eq!((error.kind(), error.executed()), (Kind::Connect, Executed::No));
}

/// If nothing ran there is an error, and no reply that somebody might forget to look at.
#[tokio::test]
async fn a_batch_of_which_nothing_ran_is_an_error() {
    let refused = json!({ "error": "insufficient_scope", "error_description": "" });
    let script = Fake::new().json(403, refused.clone()).json(403, refused);
    let mut batch = Batch::new();
    for _ in 0..60 {
        batch.add_raw("some.write", ());
    }
    let error = fake(&script).batch(batch).await.expect_err("refused");
    assert_eq!(
        (error.code(), error.executed(), error.method()),
        (Some("insufficient_scope"), Executed::No, Some("batch"))
    );
    assert_eq!(script.requests().len(), 2);
}

/// An error of the batch as a whole is not that of a command, and says nothing of what ran.
#[tokio::test]
async fn an_error_of_the_whole_belongs_to_no_command() {
    let script = Fake::new().json(400, json!({ "error": "ACCESS_DENIED", "error_description": "" }));
    let mut batch = Batch::new();
    let command = batch.add(Publication::new(1));
    let reply = fake(&script).batch(batch).await.expect("a reply");
    let error = reply.take(command).expect_err("an error");
    assert_eq!(told(&error), (Kind::Api, Executed::Unknown, Some("batch")));
    assert_eq!(error.documented::<Publication>(), None);

    let script = Fake::new().json(200, json!({ "result": { "a": 1 } }));
    let mut batch = Batch::new();
    let command = batch.add(Publication::new(1));
    let reply = fake(&script).batch(batch).await.expect("a reply");
    let error = reply.take(command).expect_err("an error");
    assert_eq!(
        told(&error),
        (Kind::Decode, Executed::Unknown, Some("landing.site.publication"))
    );
}

#[tokio::test]
async fn halting_on_request_sends_one_request_after_the_other() {
    let (portal, client) = portal().await;
    portal.on("good.method").reply(1);
    portal.on("bad.method").error(400, "BAD", "");
    let mut batch = Batch::new();
    batch.halt(true);
    for place in 0..150 {
        let method = if place == 70 { "bad.method" } else { "good.method" };
        batch.add_raw(method, ());
    }
    let reply = client.batch(batch).await.expect("a reply");
    assert_eq!((portal.requests(), portal.runs("good.method")), (2, 70));
    let outcomes: Vec<_> = reply
        .errors()
        .map(|(command, error)| (command.place, error.kind()))
        .collect();
    let mut expected = vec![(70, Kind::Api)];
    expected.extend((71..150).map(|place| (place, Kind::NotRun)));
    assert_eq!(outcomes, expected);
}

/// A command that is out of operating time fails alone; its method is held back afterwards, the others aren't.
#[tokio::test(start_paused = true)]
async fn a_command_out_of_operating_time_is_an_error_of_its_own() {
    let script = Fake::new().json(
        200,
        json!({ "result": {
            "result": { "c1": 1 },
            "result_error": { "c0": { "error": "OPERATION_TIME_LIMIT", "error_description": "" } },
            "result_time": { "c1": { "operating": 3.5, "finish": 100, "operating_reset_at": 700 } },
        } }),
    );
    let client = fake(&script);
    let mut batch = Batch::new();
    let slow = batch.add_raw("slow.method", ());
    let quick = batch.add_raw("Quick.Method", ());
    let reply = client.batch(batch).await.expect("a reply");
    let error = reply.take(slow).expect_err("out of time");
    assert_eq!(told(&error), (Kind::Api, Executed::No, Some("slow.method")));
    assert!(error.is_retryable());
    assert_eq!(reply.take(quick).expect("a number").result, 1);
    let methods = client.budget().await.expect("it is here").methods;
    assert!(methods["slow.method"].held && !methods["quick.method"].held);
    assert_eq!(methods["quick.method"].used, Duration::from_secs_f64(3.5));
    let running: u32 = methods.values().map(|method| method.running).sum();
    assert_eq!(running, 0);
}

/// Parameters of every kind arrive as what they are, as far as text can say it.
#[tokio::test]
async fn parameters_arrive_as_they_were_meant() {
    let (portal, client) = portal().await;
    portal.on("some.method").reply(true);
    let params = json!({
        "null": null, "list": [], "map": {}, "text": "a&b#c+d%e[f]\"g'h Ж=🏠", "flags": [true, false],
        "fields": { ">=ID": [1, 2.5, { "deep": [[null]] }] },
    });
    let mut batch = Batch::new();
    batch.add_raw("some.method", params);
    batch.add_raw(
        "some.method",
        vec![
            Wire::from(7),
            Params::new().with::<String>("POST_MESSAGE", "x").into(),
        ],
    );
    client
        .batch(batch)
        .await
        .expect("a reply")
        .check()
        .expect("both went well");
    let seen: Vec<Value> = portal
        .calls()
        .into_iter()
        .filter(|call| call.in_batch)
        .map(|call| call.params)
        .collect();
    assert_eq!(
        seen,
        [
            json!({
                "null": "", "list": "", "map": "", "text": "a&b#c+d%e[f]\"g'h Ж=🏠", "flags": ["1", "0"],
                "fields": { ">=ID": ["1", "2.5", { "deep": [[""]] }] },
            }),
            json!({ "0": "7", "1": { "POST_MESSAGE": "x" } }),
        ]
    );
}

/// The same for anything at all: the portal reads query strings by itself, as PHP does.
#[tokio::test]
async fn any_parameters_arrive_as_they_were_meant() {
    /// Lists as maps by place, which is all the same to PHP.
    fn by_place(value: Value) -> Value {
        match value {
            Value::Array(items) => {
                let places = items.into_iter().enumerate();
                places
                    .map(|(at, item)| (at.to_string(), by_place(item)))
                    .collect()
            }
            Value::Object(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, by_place(value)))
                .collect(),
            single => single,
        }
    }

    let (portal, client) = portal().await;
    portal.on("some.method").reply(true);
    let mut runner = TestRunner::deterministic();
    let mut sent = Vec::new();
    let mut batch = Batch::new();
    while sent.len() < 500 {
        let params = values::any_params()
            .new_tree(&mut runner)
            .expect("a value")
            .current();
        let wire: Params = params
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut alone = Batch::new();
        alone.add_raw("some.method", wire.clone());
        // What a batch can't say is refused; the rest arrives.
        if alone.parts().is_ok() {
            batch.add_raw("some.method", wire);
            sent.push(
                params
                    .iter()
                    .map(|(name, value)| (name.clone(), values::meant(value)))
                    .collect::<Value>(),
            );
        }
    }
    client
        .batch(batch)
        .await
        .expect("a reply")
        .check()
        .expect("all went well");
    let mut arrived: Vec<_> = portal
        .calls()
        .into_iter()
        .filter(|call| call.in_batch)
        .map(|call| by_place(call.params).to_string())
        .collect();
    let mut sent: Vec<_> = sent.into_iter().map(|params| params.to_string()).collect();
    // Requests of one batch don't wait for each other.
    arrived.sort();
    sent.sort();
    assert_eq!(arrived, sent);
}

#[tokio::test]
async fn rest_3_takes_a_list_and_fails_as_a_whole() {
    let script = Fake::new().json(200, json!({ "result": [{ "items": [] }, { "item": { "id": 7 } }] })).json(
        400,
        json!({ "error": { "code": "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "message": "no" } }),
    );
    let client = fake(&script);
    let both = || {
        let mut batch = Batch::v3();
        let list = batch.add_raw("tasks.task.list", json!({ "select": ["id"] }));
        let task = batch.add_raw(
            "tasks.task.get",
            Params::new().with::<Value>("id", list.path("items.0.id")),
        );
        (batch, list, task)
    };
    let (batch, list, task) = both();
    let reply = client.batch(batch).await.expect("a reply");
    assert_eq!(reply.take(list).expect("a list").result, json!({ "items": [] }));
    assert_eq!(reply.take(task).expect("a task").result["item"]["id"], 7);
    let (batch, list, task) = both();
    let reply = client.batch(batch).await.expect("a reply");
    for handle in [list, task] {
        let error = reply.take(handle).expect_err("it failed");
        assert_eq!(told(&error), (Kind::Api, Executed::Unknown, Some("batch")));
        assert_eq!(
            error.code(),
            Some("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION")
        );
    }
    let requests = script.requests();
    assert_eq!(
        requests[0].body,
        json!([
            { "method": "tasks.task.list", "query": { "select": ["id"] }, "as": "c0" },
            { "method": "tasks.task.get", "query": { "id": { "$ref": "c0.0.id" } } },
        ])
    );
    assert!(!requests[0].headers.contains_key("idempotency-key"));
    // A single command is the one that failed.
    let script = Fake::new().json(400, json!({ "error": { "code": "NO", "message": "no" } }));
    let mut batch = Batch::v3();
    let task = batch.add_raw("tasks.task.get", ());
    let reply = fake(&script).batch(batch).await.expect("a reply");
    let error = reply.take(task).expect_err("it failed");
    assert_eq!(
        told(&error),
        (Kind::Api, Executed::Unknown, Some("tasks.task.get"))
    );
}

/// One time for all of it, if it is set.
#[tokio::test(start_paused = true)]
async fn a_timeout_is_one_for_the_whole_batch() {
    let answer = json!({ "result": { "result": {} } });
    let script = (0..3).fold(Fake::new(), |fake, _| {
        fake.slow(Duration::from_secs(20), 200, answer.clone())
    });
    let mut batch = Batch::new();
    batch.halt(true);
    for _ in 0..150 {
        batch.add_raw("some.write", ());
    }
    let start = tokio::time::Instant::now();
    let reply: Reply = fake(&script)
        .batch(batch)
        .timeout(Duration::from_secs(30))
        .await
        .expect("a reply");
    // The first answer says nothing of its commands, so the batch stops.
    assert_eq!((start.elapsed().as_secs(), script.requests().len()), (20, 1));
    assert_eq!(places(reply.unknown()), (0..50).collect::<Vec<_>>());

    let script = Fake::new().hang();
    let mut batch = Batch::new();
    batch.add_raw("some.write", ());
    let reply = fake(&script)
        .batch(batch)
        .timeout(Duration::from_secs(30))
        .await
        .expect("a reply");
    assert_eq!(start.elapsed().as_secs(), 50);
    let (_, error) = reply.errors().next().expect("an error");
    assert_eq!(
        told(&error),
        (Kind::Timeout, Executed::Unknown, Some("some.write"))
    );
}

/// A portal that quotes a secret in the error of a command.
#[tokio::test]
async fn no_secret_in_the_error_of_a_command() {
    let error = json!({ "error": "X", "error_description": "at /rest/1/c0de5ecret/batch" });
    let script = Fake::new().json(200, json!({ "result": { "result_error": { "c0": error } } }));
    let mut batch = Batch::new();
    batch.add_raw("some.method", json!({ "password": "hunter2" }));
    let client = fake(&script);
    let call = client.batch(batch);
    assert!(!format!("{call:?}").contains("hunter2"));
    let reply = call.await.expect("a reply");
    let error = reply.check().expect_err("an error");
    for text in [format!("{error}"), format!("{error:?}"), format!("{reply:?}")] {
        assert!(!text.contains("c0de5ecret"), "{text}");
    }
}

/// The portal has REST 3.0, too: references to what earlier commands answered, one error for all.
#[tokio::test]
async fn rest_3_on_the_portal() {
    let (portal, client) = portal().await;
    let rows = json!({ "items": [{ "id": 7 }, { "id": 8 }] });
    portal.on("some.thing.list").reply(rows.clone());
    portal
        .on("some.thing.get")
        .reply(json!({ "item": { "id": 7, "parent": { "id": 9 } } }));
    let mut batch = Batch::v3();
    let list = batch.add_raw("some.thing.list", json!({}));
    let thing = Params::new().with::<Value>("id", list.path("items.1.id"));
    let thing = batch.add_raw("some.thing.get", thing);
    let parent = Params::new()
        .with::<Value>("id", thing.path("item.parent.id"))
        .with::<Value>("among", list.path("items").of_all("id"));
    batch.add_raw("some.thing.get", parent);
    let reply = client.batch(batch).await.expect("a reply");
    assert_eq!(reply.take(list).expect("rows").result, rows);
    reply.check().expect("all went well");
    let seen: Vec<Value> = portal
        .calls()
        .into_iter()
        .filter(|call| call.in_batch)
        .map(|call| call.params)
        .collect();
    assert_eq!(
        seen,
        [json!({}), json!({ "id": 8 }), json!({ "id": 9, "among": [7, 8] })]
    );
    assert_eq!(portal.requests(), 1);

    // What it can't resolve fails the whole.
    let mut batch = Batch::v3();
    let list = batch.add_raw("some.thing.list", json!({}));
    batch.add_raw(
        "some.thing.get",
        Params::new().with::<Value>("id", list.path("items.2.id")),
    );
    let reply = client.batch(batch).await.expect("a reply");
    let error = reply.take(list).expect_err("it failed as a whole");
    assert_eq!(told(&error), (Kind::Api, Executed::Unknown, Some("batch")));
}

/// 3,000 calls through a portal that takes 50 at once: 60 requests, and none is refused. How long that takes is for the
/// bench `limits`; here the portal forgets quickly.
#[tokio::test]
async fn independent_calls_go_through_the_limits_without_a_refusal() {
    let rate = Rate::new(50, 50);
    let mut limits = Limits::none();
    limits.requests = Some(LeakyCounter::new(rate.at_once(), f64::from(rate.per_second())));
    let portal = Portal::builder().limits(limits).start().await.expect("a portal");
    portal.on("some.method").reply(7);
    let client = Client::builder()
        .webhook(&portal.webhook_url())
        .rate(rate)
        .build()
        .expect("a client");
    let mut batch = Batch::new();
    let handles: Vec<_> = (0..3_000).map(|_| batch.add_raw("some.method", ())).collect();
    let reply = client.batch(batch).await.expect("a reply");
    for handle in handles {
        assert_eq!(reply.take(handle).expect("a number").result, 7);
    }
    assert_eq!((portal.requests(), portal.runs("some.method")), (60, 3_000));
    let refused = portal
        .calls()
        .iter()
        .filter(|call| call.status == Some(503))
        .count();
    assert_eq!(refused, 0);
}
