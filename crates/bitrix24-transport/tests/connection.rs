//! What can happen to a connection, and what a client may conclude from it. The server counts what it sees.

mod support;

use std::time::Duration;

use bitrix24_transport::{Client, Executed, Kind, Rate, http::fake::Fake, types::Effect};
use serde_json::json;
use support::{CODE, OK, Server, Step, json, nobody};
use tokio::time::Instant;

const REFUSED: &str = r#"{"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}"#;

#[tokio::test]
async fn requests_say_what_they_are() {
    let portal = Server::start([json(200, OK)]).await;
    let reply = portal
        .client()
        .call_raw("some.method", json!({ "b": 1, "a": [true, null] }))
        .await
        .expect("an answer");
    assert_eq!((reply.result, reply.time.duration), (json!(7), 0.25));
    let request = &portal.received()[0];
    assert_eq!(request.line, format!("POST /rest/1/{CODE}/some.method HTTP/1.1"));
    assert_eq!(request.body, json!({ "b": 1, "a": [true, null] }));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(
        request
            .header("user-agent")
            .expect("a name")
            .starts_with("bitrix24-rust/")
    );
    assert!(
        request
            .header("accept-encoding")
            .expect("a coding")
            .contains("gzip")
    );
}

/// Far more than comes out of a socket at once.
#[tokio::test]
async fn a_body_that_comes_in_pieces_is_put_together() {
    let rows = json!((0..200_000).collect::<Vec<_>>());
    let portal = Server::start([json(200, &json!({ "result": rows }).to_string())]).await;
    let reply = portal.client().call_raw("some.method", ()).await;
    assert!(
        reply.expect("an answer").result == rows,
        "bytes are lost or out of order"
    );
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let portal = Server::start([json(200, OK)]).await;
    let client = portal.client();
    for _ in 0..20 {
        client
            .clone()
            .call_raw("some.method", ())
            .await
            .expect("an answer");
    }
    let received = portal.received();
    assert_eq!((received.len(), received[19].connection), (20, 0));
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_certain_not_to_have_run() {
    let client = Client::webhook(&format!("http://{}/rest/1/{CODE}/", nobody().await)).expect("a client");
    let error = client
        .call_raw("some.method", ())
        .await
        .expect_err("nobody there");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Connect, Executed::No, true)
    );
    assert_eq!(error.to_string(), "some.method: no connection to the portal");

    let fake = Fake::new().refuse().refuse().json(200, json!({ "result": 7 }));
    let reply = faked(&fake)
        .call_raw("some.method", ())
        .await
        .expect("the third try");
    assert_eq!((reply.result, fake.requests().len()), (json!(7), 3));

    let fake = Fake::new();
    let error = faked(&fake)
        .call_raw("some.method", ())
        .no_retry()
        .await
        .expect_err("refused");
    assert_eq!((error.kind(), fake.requests().len()), (Kind::Connect, 1));
}

#[tokio::test]
async fn tries_are_bounded() {
    tokio::time::pause();
    let fake = Fake::new();
    let error = faked(&fake)
        .call_raw("some.method", ())
        .await
        .expect_err("refused");
    assert_eq!((error.kind(), fake.requests().len()), (Kind::Connect, 5));
}

/// The answer got lost, so the method may have run: to send the request again could do it twice.
#[tokio::test]
async fn a_connection_that_drops_is_an_unknown_outcome() {
    for effect in [Effect::Once, Effect::Repeat, Effect::Read] {
        let portal = Server::start([Step::Drop]).await;
        let call = portal.client().call_raw("crm.deal.add", json!({})).effect(effect);
        let error = call.no_retry().await.expect_err("dropped");
        assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
        assert_eq!(
            (portal.received().len(), error.is_retryable()),
            (1, effect != Effect::Once),
            "{effect:?}"
        );
    }
}

#[tokio::test]
async fn a_timeout_is_an_unknown_outcome() {
    let limit = Duration::from_secs(30);
    for set in 0..3 {
        let portal = Server::start([Step::Hang]).await;
        let mut builder = portal.builder();
        if set == 0 {
            builder = builder.request_timeout(limit);
        }
        let client = builder.build().expect("a client");
        let start = Instant::now();
        let call = client.call_raw("some.method", ());
        let call = match set {
            0 => call,
            1 => call.timeout(limit),
            _ => call.deadline((start + limit).into_std()),
        };
        let call = tokio::spawn(call.send());
        while portal.received().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // From here on nothing happens any more, so the clock jumps to what is waited for.
        tokio::time::pause();
        let error = call.await.expect("no panic").expect_err("too late");
        assert_eq!(
            (error.kind(), error.executed()),
            (Kind::Timeout, Executed::Unknown)
        );
        assert_eq!(portal.received().len(), 1);
        let took = start.elapsed();
        assert!(
            (limit..limit + Duration::from_secs(5)).contains(&took),
            "{took:?}"
        );
        tokio::time::resume();
    }
}

/// The portal gives a method a minute: an answer after that long is a success.
#[tokio::test]
async fn an_answer_after_a_minute_is_waited_for() {
    tokio::time::pause();
    let fake = Fake::new().slow(Duration::from_secs(62), 200, json!({ "result": 7 }));
    assert_eq!(
        faked(&fake)
            .call_raw("some.method", ())
            .await
            .expect("an answer")
            .result,
        7
    );

    let fake = Fake::new().hang();
    let before = Instant::now();
    let error = faked(&fake)
        .call_raw("some.method", ())
        .await
        .expect_err("too late");
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(before.elapsed().as_secs(), 75);
}

#[tokio::test]
async fn too_many_requests_are_waited_out_for_every_method() {
    tokio::time::pause();
    let fake = Fake::new()
        .reply(503, &[], REFUSED)
        .reply(503, &[], REFUSED)
        .json(200, json!({ "result": 7 }));
    let before = Instant::now();
    let reply = faked(&fake)
        .call_raw("crm.deal.add", ())
        .effect(Effect::Once)
        .await
        .expect("the third try");
    assert_eq!((reply.result, fake.requests().len()), (json!(7), 3));
    assert!(
        before.elapsed() >= Duration::from_secs(2),
        "a second for a place after each refusal, {:?}",
        before.elapsed()
    );
}

/// A wait that would outlast the deadline ends there, and the cause is told.
#[tokio::test]
async fn the_deadline_covers_the_waiting() {
    tokio::time::pause();
    let fake = Fake::new().reply(503, &[], REFUSED);
    let before = Instant::now();
    let call = faked(&fake)
        .call_raw("some.method", ())
        .timeout(Duration::from_millis(700));
    let error = call.await.expect_err("too late");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Timeout, Executed::No, true)
    );
    assert!(before.elapsed().as_millis() <= 701, "{:?}", before.elapsed());
    let source = std::error::Error::source(&error)
        .expect("the refusal")
        .to_string();
    assert!(source.contains("QUERY_LIMIT_EXCEEDED"), "{source}");
}

#[tokio::test]
async fn the_rate_of_the_plan_is_kept() {
    tokio::time::pause();
    let mut fake = Fake::new();
    for _ in 0..70 {
        fake = fake.json(200, json!({ "result": true }));
    }
    let client = faked(&fake);
    let before = Instant::now();
    let calls: Vec<_> = (0..70)
        .map(|_| tokio::spawn(client.call_raw("some.method", ()).send()))
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("an answer");
    }
    assert_eq!(before.elapsed().as_secs(), 10, "49 at once, 21 at two a second");
}

fn faked(fake: &Fake) -> Client {
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    Client::builder()
        .webhook(&url)
        .rate(Rate::STANDARD)
        .http(fake.clone())
        .build()
        .expect("a client")
}
