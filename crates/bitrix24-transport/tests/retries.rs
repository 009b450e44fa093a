//! What is sent again, what is not, and what the caller is told. The server is scripted and the clock jumps.

mod support;

use std::{
    error,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bitrix24_transport::{
    Client, Error, Executed, Kind, Retry,
    budget::{Budget, Claim, NoTurn, Outcome, Permit, Promise, Snapshot, Unavailable},
    http::fake::Fake,
    types::{Effect, Response, landing::site::Publication},
};
use serde_json::{Value, json};
use support::CODE;
use tokio::time::Instant;

fn client_with(fake: &Fake, retry: Retry) -> Client {
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    builder.http(fake.clone()).retry(retry).build().expect("a client")
}

fn client(fake: &Fake) -> Client {
    client_with(fake, Retry::new())
}

async fn write(fake: &Fake) -> Result<Response<Value>, Error> {
    client(fake).call_raw("some.method.add", ()).await
}

fn ok(fake: Fake) -> Fake {
    fake.json(200, json!({ "result": 7 }))
}

fn error(fake: Fake, status: u16, code: &str) -> Fake {
    fake.json(status, json!({ "error": code, "error_description": "" }))
}

/// Everything that leaves the outcome unknown.
fn unknown() -> [Fake; 8] {
    [
        Fake::new().lose(),
        Fake::new().reply(408, &[], "<html></html>"),
        Fake::new().reply(425, &[], "<html></html>"),
        Fake::new().reply(429, &[], "<html></html>"),
        Fake::new().reply(502, &[], "<html></html>"),
        Fake::new().reply(200, &[], r#"{"result":"#),
        error(Fake::new(), 500, "INTERNAL_SERVER_ERROR"),
        Fake::new().slow(Duration::from_secs(600), 200, json!({ "result": 1 })),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_may_have_run_is_sent_again_where_twice_is_as_good_as_once() {
    for effect in [Effect::Read, Effect::Repeat] {
        for fake in unknown().map(ok) {
            let reply = client(&fake).call_raw("some.method", ()).effect(effect).await;
            assert_eq!(reply.expect("the second answer").result, 7, "{fake:?}");
            assert_eq!(fake.requests().len(), 2);
        }
    }
    let fake = ok(Fake::new().lose());
    client(&fake)
        .call(Publication::new(1))
        .await
        .expect("the effect of a type is known");
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_run_is_not_sent_again_where_twice_is_too_often() {
    for fake in unknown().map(ok) {
        let error = write(&fake).await.expect_err("an unknown outcome");
        assert_eq!(
            (error.executed(), error.is_retryable(), error.attempts()),
            (Executed::Unknown, false, 1),
            "{fake:?}"
        );
        assert_eq!(fake.requests().len(), 1);
    }
}

/// A caller may know better than the documentation.
#[tokio::test(start_paused = true)]
async fn a_call_that_its_caller_says_to_be_idempotent_is_sent_again() {
    let fake = ok(Fake::new().lose());
    let call = client(&fake).call_raw("some.method.add", ()).idempotent();
    assert_eq!(call.await.expect("the second answer").result, 7);

    let fake = Fake::new().lose().lose();
    let error = client_with(&fake, Retry::new().attempts(2))
        .call_raw("some.method.add", ())
        .idempotent()
        .await
        .expect_err("lost twice");
    assert_eq!(
        (error.executed(), error.is_retryable()),
        (Executed::Unknown, true)
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_pass_is_not_sent_again() {
    for (status, code) in [
        (503, "OVERLOAD_LIMIT"),
        (401, "NO_AUTH_FOUND"),
        (403, "ACCESS_DENIED"),
        (500, "PORTAL_DELETED"),
        (400, "SOME_ERROR"),
        (200, "SOME_ERROR"),
    ] {
        let fake = ok(error(Fake::new(), status, code));
        let call = client(&fake).call_raw("some.method.get", ()).effect(Effect::Read);
        let error = call.await.expect_err("an error that stays");
        assert_eq!((error.code(), error.is_retryable()), (Some(code), false));
        assert_eq!(fake.requests().len(), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_retry_means_one_request() {
    for fake in [
        Fake::new().refuse(),
        Fake::new().lose(),
        error(Fake::new(), 503, "QUERY_LIMIT_EXCEEDED"),
    ] {
        let fake = ok(fake);
        let call = client(&fake).call_raw("some.method.get", ()).effect(Effect::Read);
        call.no_retry().await.expect_err("the first answer counts");
        assert_eq!(fake.requests().len(), 1);
    }
}

/// The last attempt was refused, and certainly did not run; an earlier one may have.
#[tokio::test(start_paused = true)]
async fn an_error_speaks_for_all_attempts() {
    let fake = Fake::new().lose().refuse().refuse();
    let error = client_with(&fake, Retry::new().attempts(3))
        .call_raw("some.method.update", ())
        .effect(Effect::Repeat)
        .await
        .expect_err("no answer");
    assert_eq!(
        (error.kind(), error.executed(), error.attempts()),
        (Kind::Connect, Executed::Unknown, 3)
    );

    // Lost, then refused for so long that the time runs out in the queue.
    let mut fake = Fake::new().lose();
    for _ in 0..10 {
        fake = self::error(fake, 503, "QUERY_LIMIT_EXCEEDED");
    }
    let call = client(&fake).call_raw("some.method.update", ());
    let error = call
        .effect(Effect::Repeat)
        .timeout(Duration::from_secs(5))
        .await
        .expect_err("no answer");
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Timeout, Executed::Unknown)
    );
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_would_outlast_the_deadline_is_not_begun() {
    let fake = Fake::new();
    let pauses = Retry::new().pauses(Duration::from_secs(3600), Duration::from_secs(3600));
    let before = Instant::now();
    let error = client_with(&fake, pauses)
        .call_raw("some.method", ())
        .timeout(Duration::from_millis(100))
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), Kind::Connect);
    assert!(before.elapsed() < Duration::from_millis(100));
}

/// Where everything fails, clones do not add to the load by asking again and again.
#[tokio::test(start_paused = true)]
async fn clones_have_one_reserve_of_retries() {
    let fake = Fake::new();
    let client = client_with(&fake, Retry::new().reserve(6));
    let calls: Vec<_> = (0..40)
        .map(|_| tokio::spawn(client.clone().call_raw("some.method", ()).send()))
        .collect();
    for call in calls {
        call.await.expect("no panic").expect_err("refused");
    }
    assert_eq!(fake.requests().len(), 40 + 6);
}

/// A refusal because of a limit is no failure: the limits see to it that it is not asked too often.
#[tokio::test(start_paused = true)]
async fn refusals_use_up_neither_attempts_nor_the_reserve() {
    let mut fake = Fake::new();
    for _ in 0..6 {
        fake = error(fake, 503, "QUERY_LIMIT_EXCEEDED");
    }
    let client = client_with(&ok(fake.clone()), Retry::new().attempts(1).reserve(0));
    let reply = client.call_raw("some.method.add", ()).await;
    assert_eq!(reply.expect("an answer").result, 7);
    assert_eq!(fake.requests().len(), 7);
}

fn keys(fake: &Fake) -> Vec<Option<String>> {
    let key = |request: &bitrix24_transport::http::fake::Recorded| {
        let key = request.headers.get("idempotency-key")?;
        Some(key.to_str().expect("ASCII").to_owned())
    };
    fake.requests().iter().map(key).collect()
}

/// The portal keeps the answer to a key, so a write of REST 3.0 can be sent again: once the first can't be running any more.
#[tokio::test(start_paused = true)]
async fn a_write_of_rest_3_is_sent_again_with_the_same_key() {
    let fake = Fake::new()
        .refuse()
        .lose()
        .reply(200, &[("idempotent-replayed", "true")], r#"{"result": 7}"#);
    let before = Instant::now();
    let client = client(&fake);
    let reply = client.call_raw("tasks.task.add", ()).v3().await;
    assert_eq!(reply.expect("the kept answer").result, 7);
    assert!(
        before.elapsed() >= Duration::from_secs(60),
        "two requests with one key at the same time may both run, {:?}",
        before.elapsed()
    );
    let sent = keys(&fake);
    let key = sent[0].clone().expect("a key");
    assert!((1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
    assert_eq!(sent, vec![Some(key.clone()); 3]);

    // Another call is another key; what reads has none, nor has version 2, which does not know them.
    let fake = ok(ok(ok(Fake::new())));
    let client = self::client(&fake);
    for call in [
        client.call_raw("tasks.task.add", ()).v3(),
        client.call_raw("tasks.task.get", ()).v3().effect(Effect::Read),
        client.call_raw("tasks.task.add", ()),
    ] {
        call.await.expect("an answer");
    }
    let sent = keys(&fake);
    assert!(sent[0].is_some() && sent[0].as_deref() != Some(&key));
    assert_eq!(sent[1..], [None, None]);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_no_help_where_the_portal_keeps_no_answer() {
    // An error is not kept: the method would run again.
    let fake = ok(Fake::new().json(500, json!({ "error": { "code": "INTERNAL_SERVER_ERROR" } })));
    let error = client(&fake).call_raw("tasks.task.add", ()).v3().await;
    assert_eq!(
        error.expect_err("an unknown outcome").executed(),
        Executed::Unknown
    );
    assert_eq!(fake.requests().len(), 1);

    // Nor is there time to wait until the first has ended.
    let fake = ok(Fake::new().lose());
    let call = client(&fake).call_raw("tasks.task.add", ()).v3();
    let error = call.timeout(Duration::from_secs(50)).await;
    assert_eq!(error.expect_err("an unknown outcome").kind(), Kind::Lost);
    assert_eq!(fake.requests().len(), 1);
}

/// Lets one request through, and no other for this reason.
#[derive(Debug)]
struct Once(fn() -> NoTurn, AtomicBool);

impl Budget for Once {
    fn acquire<'a>(&'a self, _: &'a Claim) -> Promise<'a, Result<Permit, NoTurn>> {
        let first = !self.1.swap(true, Ordering::SeqCst);
        Box::pin(async move {
            match first {
                true => Ok(Permit { number: 0 }),
                false => Err(self.0()),
            }
        })
    }

    fn settle(&self, _: Permit, _: &Claim, _: Outcome) {}

    fn snapshot(&self) -> Promise<'_, Result<Snapshot, Unavailable>> {
        Box::pin(async { Ok(Snapshot::default()) })
    }
}

/// Why it was to be sent again is part of why the call failed.
#[tokio::test(start_paused = true)]
async fn a_retry_that_gets_no_turn_says_what_went_before() {
    let held = || NoTurn::Held(Duration::from_secs(60));
    let away = || NoTurn::Unavailable(Unavailable::new("the server is on fire"));
    for (no_turn, kind) in [(held as fn() -> NoTurn, Kind::Timeout), (away, Kind::Budget)] {
        let fake = Fake::new().lose();
        let client = Client::builder()
            .webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"))
            .http(fake.clone())
            .budget(Arc::new(Once(no_turn, AtomicBool::new(false))))
            .build()
            .expect("a client");
        let call = client.call_raw("some.method", ()).effect(Effect::Read);
        let error = call.await.expect_err("no second turn");
        assert_eq!(
            (error.kind(), error.executed(), error.attempts()),
            (kind, Executed::Unknown, 1)
        );
        let causes = std::iter::successors(error::Error::source(&error), |cause| cause.source());
        let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        assert!(text.contains("the connection was lost"), "{text}");
        assert_eq!(text.contains("on fire"), kind == Kind::Budget, "{text}");
    }
}
