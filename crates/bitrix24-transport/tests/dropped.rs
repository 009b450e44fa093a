//! A call that is dropped, at each point where it can be: whatever it held is given back, what it began is ended, and the
//! next call works.

mod support;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use bitrix24_transport::{
    Batch, Client, Error, Rate, Retry,
    budget::Limits,
    http::{BoxFuture, Failure, Http, Reply, Request},
    middleware::{Answer, Call, Middleware, Next},
    oauth::{App, Key, MemoryStore, TokenStore},
    types::Effect,
};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use support::{OK, Server, json};

/// Polls a future so often, then drops it. The result, if it came before that.
async fn dropped_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            // Also a poll that nothing has happened before, for which nobody is woken.
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn rest() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// A portal and its authorization server. Of the calls, the first meets a token that has expired, the second a proxy's
/// page; each request rests a few times on its way.
#[derive(Default)]
struct Stack {
    /// Which token is the valid one.
    pair: AtomicUsize,
    refreshes: AtomicUsize,
    /// Requests that arrived at the portal.
    arrived: AtomicUsize,
    pages: AtomicUsize,
    under_way: AtomicUsize,
    seen: Mutex<Vec<String>>,
}

impl Stack {
    fn tokens(&self) -> Value {
        let pair = self.pair.load(SeqCst);
        json!({
            "access_token": format!("access{pair}"), "refresh_token": format!("refresh{pair}"), "member_id": "a223",
            "client_endpoint": "https://acme.bitrix24.com/rest/", "expires_in": 3600, "scope": "app",
        })
    }

    fn answer(&self, request: &Request) -> (u16, String) {
        if request.url().path().starts_with("/oauth/") {
            self.refreshes.fetch_add(1, SeqCst);
            self.pair.fetch_add(1, SeqCst);
            return (200, self.tokens().to_string());
        }
        let token = request.headers()["authorization"]
            .to_str()
            .expect("ASCII")
            .to_owned();
        let valid = token == format!("Bearer access{}", self.pair.load(SeqCst));
        self.seen.lock().expect("no panic").push(token);
        if !valid {
            return (
                401,
                json!({ "error": "expired_token", "error_description": "" }).to_string(),
            );
        }
        if self
            .pages
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
            .is_ok()
        {
            return (503, "<html></html>".to_owned());
        }
        let is_batch = request.url().path().ends_with("/batch");
        let result = if is_batch {
            json!({ "result": {} })
        } else {
            json!(7)
        };
        (200, json!({ "result": result }).to_string())
    }
}

/// Counts what is under way, however it ends.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Http for Stack {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            self.under_way.fetch_add(1, SeqCst);
            let _under_way = UnderWay(&self.under_way);
            rest().await;
            if !request.url().path().starts_with("/oauth/") {
                self.arrived.fetch_add(1, SeqCst);
            }
            let (status, body) = self.answer(&request);
            rest().await;
            Ok(Reply {
                status: StatusCode::from_u16(status).expect("a status"),
                headers: http::HeaderMap::new(),
                body: Bytes::from(body),
            })
        })
    }
}

/// Rests before and after.
struct Resting;

impl Middleware for Resting {
    fn handle<'a>(&'a self, _: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            rest().await;
            let outcome = next.run().await;
            rest().await;
            outcome
        })
    }
}

/// What is dropped: a call, or a batch of so many requests.
#[derive(Clone, Copy)]
enum Dropped {
    Call,
    Batch(usize),
}

/// With an expired token, a page that is waited out, middleware around, and a queue before it all.
async fn drop_after(polls: usize, what: Dropped) -> bool {
    let stack = Arc::new(Stack::default());
    let store = MemoryStore::new();
    let record = json!({
        "v": 1, "member_id": "a223", "client_endpoint": "https://acme.bitrix24.com/rest/",
        "server": "https://oauth.bitrix.info/", "access_token": "access0", "refresh_token": "refresh0",
    });
    let key = Key::new("local.1", "a223");
    store
        .store(&key, &record.to_string().into())
        .await
        .expect("stored");
    // Room for one request in flight; the rest is gone for some time.
    let limits = Limits::new(Rate::new(40, 1)).level(30);
    let connect = Client::builder()
        .http(stack.clone())
        .limits(limits)
        .middleware(Resting)
        .retry(Retry::new().pauses(Duration::from_millis(20), Duration::from_millis(20)))
        .oauth(App::new("local.1", "s3cret"), store.clone());
    let client = connect.open("a223").await.expect("a client");
    stack.pair.store(1, SeqCst);
    stack.pages.store(1, SeqCst);
    let before = client.budget().await.expect("it is here").level;

    let (ended, requests) = match what {
        Dropped::Call => {
            let call = client
                .call_raw("some.method", json!({ "id": 1 }))
                .effect(Effect::Read);
            (dropped_after(polls, call.send()).await.is_some(), 1)
        }
        Dropped::Batch(requests) => {
            let mut batch = Batch::new();
            for _ in 0..requests * 50 {
                let command = batch.add_raw("some.method", json!({ "id": 1 }));
                batch.effect(command, Effect::Read);
            }
            let call = client.batch(batch);
            (dropped_after(polls, call.send()).await.is_some(), requests)
        }
    };
    client.settle().await;

    // Nothing is under way, nobody waits, and what may have been sent is counted: no less than arrived, and no more than
    // those besides which had their permits and were dropped before they arrived.
    assert_eq!(stack.under_way.load(SeqCst), 0, "after {polls} polls");
    let budget = client.budget().await.expect("it is here");
    let running: u32 = budget.methods.values().map(|method| method.running).sum();
    assert_eq!((budget.waiting, running), (0, 0), "after {polls} polls");
    let (counted, arrived) = (budget.level.saturating_sub(before), stack.arrived.load(SeqCst));
    assert!(
        counted <= arrived + requests && counted + 1 >= arrived,
        "{counted} counted and {arrived} arrived, after {polls} polls"
    );
    assert!(stack.refreshes.load(SeqCst) <= 1);

    // The next call works, with one refresh in all, unless the token was replaced by now.
    stack.pages.store(0, SeqCst);
    let reply = client
        .call_raw("some.method", ())
        .await
        .expect("the next call works");
    assert_eq!(reply.result, 7);
    assert_eq!(stack.refreshes.load(SeqCst), 1, "after {polls} polls");
    // What it uses is what is stored.
    let stored = store.load(&key).await.expect("loaded").expect("a record");
    let used = stack
        .seen
        .lock()
        .expect("no panic")
        .last()
        .expect("a call")
        .clone();
    let token = used.trim_start_matches("Bearer ");
    assert!(
        secrecy::ExposeSecret::expose_secret(&stored).contains(&format!("\"{token}\"")),
        "{token} is not stored"
    );
    ended
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_dropped_at_every_poll() {
    let mut polls = 0;
    while !drop_after(polls, Dropped::Call).await {
        polls += 1;
        assert!(polls < 1000, "the call never ends");
    }
    assert!(polls > 20, "only {polls} points to drop it at");
}

#[tokio::test(start_paused = true)]
async fn a_batch_can_be_dropped_at_every_poll() {
    let mut polls = 0;
    while !drop_after(polls, Dropped::Batch(3)).await {
        polls += 1;
        assert!(polls < 1000, "the batch never ends");
    }
    assert!(polls > 20, "only {polls} points to drop it at");
}

/// The same over real connections: what a dropped call leaves behind is no broken connection for the next.
#[tokio::test]
async fn a_connection_of_a_dropped_call_is_not_used_again() {
    let portal = Server::start([json(200, OK)]).await;
    let client = portal.client();
    let mut ended = 0;
    for polls in 0..20 {
        let call = client.call_raw("some.method", json!({ "polls": polls }));
        ended += usize::from(dropped_after(polls, call.send()).await.is_some());
        let reply = client
            .call_raw("some.method", json!({}))
            .await
            .expect("the next call works");
        assert_eq!(reply.result, 7);
    }
    assert!(ended > 0, "no call ever ended");
    let budget = client.budget().await.expect("it is here");
    assert_eq!(budget.waiting, 0);
}
