//! What a program can add around its calls: what a middleware sees, what it can do, and what holds whatever it does.

mod support;

use std::{
    error::Error as _,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bitrix24_transport::{
    Builder, Client, Error, Executed, Kind,
    http::fake::Fake,
    middleware::{Answer, BoxFuture, Call, Middleware, Next},
    types::{Api, Decode, Effect, Method, NoCodes, Params, landing::site::Publication},
};
use serde_json::json;
use support::CODE;
use tokio::time::Instant;

fn builder(fake: &Fake) -> Builder {
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    builder.http(fake.clone())
}

fn client(fake: &Fake, middleware: impl Middleware + 'static) -> Client {
    builder(fake).middleware(middleware).build().expect("a client")
}

/// Writes down what it sees, under a name.
#[derive(Clone)]
struct Seeing(&'static str, Arc<Mutex<Vec<String>>>);

impl Seeing {
    fn note(&self, what: String) {
        self.1
            .lock()
            .expect("no panic")
            .push(format!("{} {what}", self.0));
    }
}

impl Middleware for Seeing {
    fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let params = String::from_utf8_lossy(call.params()).into_owned();
            let portal = call.portal().host();
            let (method, api, effect) = (call.method(), call.api(), call.effect());
            self.note(format!("{method} {api:?} {effect:?} {params} {portal}"));
            let outcome = next.run().await;
            self.note(match &outcome {
                Ok(answer) => format!(
                    "{} after {}",
                    String::from_utf8_lossy(answer.body()),
                    answer.attempts()
                ),
                Err(error) => format!(
                    "{error} after {}, executed: {:?}",
                    error.attempts(),
                    error.executed()
                ),
            });
            outcome
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_is_the_outermost_and_each_sees_calls_and_outcomes() {
    let fake = Fake::new().lose().json(200, json!({ "result": 7 })).lose().json(
        400,
        json!({ "error": "BAD", "error_description": format!("/rest/1/{CODE}/x") }),
    );
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = builder(&fake)
        .middleware(Seeing("outer", seen.clone()))
        .middleware(Seeing("inner", seen.clone()))
        .build()
        .expect("a client");
    client.call(Publication::new(7)).await.expect("an answer");
    client
        .call_raw("tasks.task.add", json!({ "a": 1 }))
        .await
        .expect_err("lost");
    client
        .call_raw("tasks.task.add", ())
        .idempotent()
        .v3()
        .await
        .expect_err("BAD");
    let expected = [
        r#"outer landing.site.publication V2 Repeat {"id":7} acme.bitrix24.com"#,
        r#"inner landing.site.publication V2 Repeat {"id":7} acme.bitrix24.com"#,
        r#"inner {"result":7} after 2"#,
        r#"outer {"result":7} after 2"#,
        r#"outer tasks.task.add V2 Once {"a":1} acme.bitrix24.com"#,
        r#"inner tasks.task.add V2 Once {"a":1} acme.bitrix24.com"#,
        "inner tasks.task.add: the connection was lost before the answer was complete after 1, executed: Unknown",
        "outer tasks.task.add: the connection was lost before the answer was complete after 1, executed: Unknown",
        r#"outer tasks.task.add V3 Repeat {} acme.bitrix24.com"#,
        r#"inner tasks.task.add V3 Repeat {} acme.bitrix24.com"#,
        "inner tasks.task.add: BAD (status 400): /rest/1/***/x after 1, executed: Unknown",
        "outer tasks.task.add: BAD (status 400): /rest/1/***/x after 1, executed: Unknown",
    ];
    assert_eq!(*seen.lock().expect("no panic"), expected);
}

/// Gives the same answer to each call.
struct Always(&'static str);

impl Middleware for Always {
    fn handle<'a>(&'a self, _: Call<'a>, _: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async { Ok(Answer::new(self.0)) })
    }
}

#[tokio::test]
async fn an_answer_can_be_given_in_the_portals_place() {
    let fake = Fake::new();
    let answering = client(
        &fake,
        Always(r#"{"result": "1688", "time": {"duration": 0.5}, "next": 50}"#),
    );
    let reply = answering.call(Publication::new(7)).await.expect("an answer");
    assert_eq!(
        (reply.result, reply.time.duration, reply.next),
        (1688, 0.5, Some(50))
    );

    let refusing = client(&fake, Always(r#"{"error": "SOME_ERROR"}"#));
    let error = refusing.call(Publication::new(7)).await.expect_err("an error");
    assert_eq!((error.kind(), error.code()), (Kind::Api, Some("SOME_ERROR")));

    for unfit in [r#"{"result": {}}"#, "<html>", ""] {
        let client = client(&fake, Always(unfit));
        let error = client
            .call(Publication::new(7))
            .await
            .expect_err("that is no answer");
        assert_eq!(
            (error.kind(), error.executed(), error.is_retryable()),
            (Kind::Middleware, Executed::No, false)
        );
        assert!(
            error.to_string().starts_with(
                "landing.site.publication: a middleware of this program ended the call: the answer is "
            ),
            "{error}"
        );
    }
    assert_eq!(fake.requests().len(), 0);
}

/// Lets no write through.
struct ReadOnly;

impl Middleware for ReadOnly {
    fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        match call.effect() {
            Effect::Read => next.run(),
            _ => Box::pin(async { Err(Error::middleware("this program only reads", Executed::No)) }),
        }
    }
}

#[tokio::test]
async fn a_call_can_be_refused() {
    let fake = Fake::new().json(200, json!({ "result": 7 }));
    let client = client(&fake, ReadOnly);
    let error = client.call_raw("crm.deal.add", ()).await.expect_err("a write");
    assert_eq!(
        error.to_string(),
        "crm.deal.add: a middleware of this program ended the call: this program only reads"
    );
    assert_eq!(
        (error.kind(), error.executed(), error.attempts()),
        (Kind::Middleware, Executed::No, 0)
    );
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("this program only reads")
    );
    let read = client.call_raw("crm.deal.get", ()).effect(Effect::Read);
    assert_eq!(read.await.expect("an answer").result, 7);
    assert_eq!(fake.requests().len(), 1);
}

/// Lets each call through, and ends it with something else, whatever came.
struct Instead(fn() -> Result<Answer, Error>);

impl Middleware for Instead {
    fn handle<'a>(&'a self, _: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let _outcome = next.run().await;
            self.0()
        })
    }
}

/// A code that says of a request that it was turned away says nothing of one that was answered before.
#[tokio::test]
async fn what_has_run_has_run_whatever_error_comes_out() {
    let done = || Fake::new().json(200, json!({ "result": 7 }));
    let lost = || Fake::new().lose();
    let refused = || Fake::new().json(403, json!({ "error": "INVALID_CREDENTIALS" }));
    let denied = Instead(|| Ok(Answer::new(r#"{"error": "ACCESS_DENIED"}"#)));
    let limited = Instead(|| Ok(Answer::new(r#"{"error": "QUERY_LIMIT_EXCEEDED"}"#)));
    let ended = Instead(|| Err(Error::middleware("not for you", Executed::No)));
    for (fake, instead, executed, retryable) in [
        (done(), denied, Executed::Yes, false),
        (done(), limited, Executed::Yes, false),
        (done(), ended, Executed::Yes, false),
        (
            lost(),
            Instead(|| Ok(Answer::new(r#"{"error": "QUERY_LIMIT_EXCEEDED"}"#))),
            Executed::Unknown,
            false,
        ),
        (
            refused(),
            Instead(|| Ok(Answer::new(r#"{"error": "QUERY_LIMIT_EXCEEDED"}"#))),
            Executed::No,
            true,
        ),
    ] {
        let error = client(&fake, instead)
            .call_raw("crm.deal.add", ())
            .await
            .expect_err("an error");
        assert_eq!(
            (error.executed(), error.is_retryable()),
            (executed, retryable),
            "{error}"
        );
    }
}

/// Gives back, for every call, the first answer that it saw.
#[derive(Default)]
struct First(Mutex<Option<Answer>>);

impl Middleware for First {
    fn handle<'a>(&'a self, _: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let outcome = next.run().await?;
            Ok(self.0.lock().expect("no panic").get_or_insert(outcome).clone())
        })
    }
}

/// What decides is the answer that comes out, even if another one came in.
#[tokio::test]
async fn an_answer_can_be_replaced_by_another_ones() {
    let fake = Fake::new()
        .json(200, json!({ "result": 1 }))
        .json(200, json!({ "result": 2 }));
    let client = client(&fake, First::default());
    for _ in 0..2 {
        assert_eq!(
            client.call(Publication::new(7)).await.expect("an answer").result,
            1
        );
    }
}

/// A result that counts how often it is read.
#[derive(Debug, PartialEq)]
struct Counted(i64);

static READ: AtomicUsize = AtomicUsize::new(0);

impl Decode for Counted {
    const EXPECTED: &'static str = "a number";

    fn decode<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Ordering::SeqCst);
        i64::decode(json).map(Self)
    }
}

#[derive(Clone, Debug, Default)]
struct Count(Params);

impl Method for Count {
    const NAME: &'static str = "some.method";
    const SCOPES: &'static [&'static str] = &[];
    const API: Api = Api::V2;
    const EFFECT: Effect = Effect::Read;
    const DOCS: &'static str = "";
    type Output = Counted;
    type Error = NoCodes;

    fn params(&self) -> &Params {
        &self.0
    }
}

#[tokio::test]
async fn an_answer_that_is_passed_on_is_read_once() {
    let fake = Fake::new().json(200, json!({ "result": 7 }));
    let client = builder(&fake)
        .middleware(Seeing("one", Arc::default()))
        .middleware(Seeing("two", Arc::default()))
        .build()
        .expect("a client");
    assert_eq!(
        client.call(Count::default()).await.expect("an answer").result,
        Counted(7)
    );
    assert_eq!(READ.load(Ordering::SeqCst), 1);
}

/// Waits, before the call and after it.
struct Waiting(Option<Duration>, Option<Duration>);

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => pending().await,
    }
}

impl Middleware for Waiting {
    fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            assert!(call.time_left().expect("an end") <= Duration::from_secs(180));
            wait(self.0).await;
            let outcome = next.run().await;
            wait(self.1).await;
            outcome
        })
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_is_within_the_deadline() {
    let second = Some(Duration::from_secs(1));
    for (waiting, executed, requests) in [
        (Waiting(second, second), None, 1),
        (Waiting(None, second), Some(Executed::No), 0),
        (Waiting(second, None), Some(Executed::Yes), 1),
    ] {
        let fake = Fake::new().json(200, json!({ "result": 7 }));
        let before = Instant::now();
        let call = client(&fake, waiting)
            .call_raw("some.method", ())
            .timeout(Duration::from_secs(5));
        let outcome = call.await;
        let took = before.elapsed().as_secs();
        match executed {
            None => assert_eq!((outcome.expect("an answer").result, took), (json!(7), 2)),
            Some(executed) => {
                let error = outcome.expect_err("too late");
                assert_eq!((error.kind(), error.executed()), (Kind::Timeout, executed));
                assert_eq!(took, 5);
                assert!(error.to_string().contains("middleware"), "{error}");
            }
        }
        assert_eq!(fake.requests().len(), requests);
    }
}

/// The portal's own deadline is told apart from the middleware's.
#[tokio::test(start_paused = true)]
async fn a_portal_that_is_too_slow_is_not_blamed_on_middleware() {
    let fake = Fake::new().hang();
    let call = client(&fake, Waiting(Some(Duration::ZERO), Some(Duration::ZERO)));
    let call = call.call_raw("some.method", ()).timeout(Duration::from_secs(5));
    let error = call.await.expect_err("too late");
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Timeout, Executed::Unknown)
    );
    assert!(!error.to_string().contains("middleware"), "{error}");
}

#[tokio::test]
async fn what_middleware_is_handed_prints_no_body() {
    struct Printing(Arc<Mutex<String>>);

    impl Middleware for Printing {
        fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
            Box::pin(async move {
                let before = format!("{call:?} {next:?}");
                let answer = next.run().await?;
                *self.0.lock().expect("no panic") = format!("{before} {answer:?}");
                Ok(answer)
            })
        }
    }

    let printed = Arc::new(Mutex::new(String::new()));
    let fake = Fake::new().json(200, json!({ "result": "personal" }));
    let client = client(&fake, Printing(printed.clone()));
    client
        .call_raw("some.method", json!({ "name": "personal" }))
        .await
        .expect("an answer");
    let printed = printed.lock().expect("no panic");
    assert!(printed.contains("some.method"), "{printed}");
    assert!(
        !printed.contains("personal") && !printed.contains(CODE),
        "{printed}"
    );
}
