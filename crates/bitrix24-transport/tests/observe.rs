//! What is told of calls to the hook for metrics.

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_portal::Portal;
use bitrix24_transport::{
    Client, Retry,
    http::fake::Fake,
    oauth::{App, MemoryStore},
    observe::Event,
    types::Effect,
};
use serde_json::json;
use support::CODE;

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn note(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }

    /// A hook that writes down all but how long things took.
    fn hook(&self) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
        let seen = self.clone();
        move |event| {
            seen.note(match event {
                Event::Attempt(attempt) => format!(
                    "attempt {} of {} {:?}: {:?} {:?} operating {:?} replayed {} again {:?}",
                    attempt.number,
                    attempt.method,
                    attempt.effect,
                    attempt.status,
                    attempt
                        .error
                        .map(|error| (error.kind(), error.code(), error.executed())),
                    attempt.operating,
                    attempt.replayed,
                    attempt.again,
                ),
                Event::Call(call) => format!(
                    "{} {:?} after {}: {:?}",
                    call.method,
                    call.effect,
                    call.attempts,
                    call.error.map(ToString::to_string)
                ),
                Event::Refresh(refresh) => {
                    format!("refresh: {:?}", refresh.error.map(ToString::to_string))
                }
                other => format!("{other:?}"),
            });
        }
    }
}

fn client(fake: &Fake, seen: &Seen) -> Client {
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    let retry = Retry::new().pauses(Duration::ZERO, Duration::ZERO);
    let builder = builder.http(fake.clone()).retry(retry).on_event(seen.hook());
    builder.build().expect("a client")
}

#[tokio::test(start_paused = true)]
async fn the_hook_gets_each_attempt_and_the_call() {
    let seen = Seen::default();
    let time =
        json!({ "start": 1_780_000_000.0, "finish": 1_780_000_002.0, "duration": 2.0, "operating": 17.5 });
    let fake = Fake::new()
        .refuse()
        .json(503, json!({ "error": "QUERY_LIMIT_EXCEEDED" }))
        .lose()
        .reply(
            200,
            &[("idempotent-replayed", "true")],
            json!({ "result": 7, "time": time }).to_string(),
        );
    let call = client(&fake, &seen).call_raw("tasks.task.update", ()).v3();
    call.effect(Effect::Repeat).await.expect("an answer");
    assert_eq!(
        seen.lines(),
        [
            "attempt 1 of tasks.task.update Repeat: None Some((Connect, None, No)) operating None replayed false again Some((Unreached, 0ns))",
            "attempt 2 of tasks.task.update Repeat: Some(503) Some((Api, Some(\"QUERY_LIMIT_EXCEEDED\"), No)) operating None replayed false again Some((Limit, 0ns))",
            "attempt 3 of tasks.task.update Repeat: None Some((Lost, None, Unknown)) operating None replayed false again Some((Unknown, 0ns))",
            "attempt 4 of tasks.task.update Repeat: Some(200) None operating Some(17.5s) replayed true again None",
            "tasks.task.update Repeat after 4: None",
        ]
    );

    let fake = Fake::new().lose();
    client(&fake, &seen)
        .call_raw("crm.deal.add", ())
        .await
        .expect_err("lost");
    assert_eq!(
        seen.lines(),
        [
            "attempt 1 of crm.deal.add Once: None Some((Lost, None, Unknown)) operating None replayed false again None",
            "crm.deal.add Once after 1: Some(\"crm.deal.add: the connection was lost before the answer was complete\")",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn times_are_those_of_the_queue_and_of_the_portal() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = times.clone();
    let fake = Fake::new()
        .json(503, json!({ "error": "QUERY_LIMIT_EXCEEDED" }))
        .slow(Duration::from_secs(3), 200, json!({ "result": 7 }));
    let client = Client::builder()
        .webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"))
        .http(fake)
        .on_event(move |event| {
            let mut times = noted.lock().expect("no panic");
            match event {
                Event::Attempt(attempt) => times.extend([attempt.waited, attempt.took]),
                Event::Call(call) => times.push(call.took),
                _ => {}
            }
        })
        .build()
        .expect("a client");
    client.call_raw("some.method", ()).await.expect("an answer");
    let times = times.lock().expect("no panic").clone();
    let [no_wait, at_once, waited, took, whole] = times[..] else {
        panic!("{times:?}")
    };
    assert_eq!((no_wait, at_once), (Duration::ZERO, Duration::ZERO));
    assert!(waited >= Duration::from_millis(500), "{times:?}");
    assert_eq!(took.as_secs(), 3);
    assert_eq!(whole, waited + took);
}

#[tokio::test]
async fn a_refresh_is_told_once() {
    let seen = Seen::default();
    let portal = Portal::builder().start().await.expect("a portal");
    portal.install("app.id", "app.secret");
    let app = App::new("app.id", "app.secret")
        .trust_server(&portal.url())
        .expect("a server");
    let client = Client::builder()
        .on_event(seen.hook())
        .oauth(app, MemoryStore::new())
        .server(&portal.url());
    let client = client
        .authorize(&portal.authorize("app.id"))
        .await
        .expect("a client");
    portal.expire_tokens();
    client
        .call_raw("landing.site.getList", ())
        .await
        .expect("an answer");
    let lines = seen.lines();
    assert_eq!(lines[0], "refresh: None");
    assert!(
        lines[1].contains("expired_token") && lines[1].ends_with("again Some((Token, 0ns))"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 4, "{lines:?}");

    portal.expire_tokens();
    portal.oauth(|oauth| oauth.forget_refresh_tokens());
    client
        .call_raw("landing.site.getList", ())
        .await
        .expect_err("the grant is gone");
    let lines = seen.lines();
    assert!(
        lines[0].starts_with("refresh: Some") && lines[0].contains("invalid_grant"),
        "{lines:?}"
    );
}
