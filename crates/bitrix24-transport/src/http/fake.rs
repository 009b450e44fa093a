//! A fake HTTP layer for tests: scripted answers, recorded requests, no sockets. Feature `test-util`.
//!
//! ```
//! use bitrix24_transport::{Client, http::fake::Fake};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), bitrix24_transport::Error> {
//! let fake = Fake::new().json(200, json!({ "result": 7 }));
//! let client = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/").http(fake.clone()).build()?;
//!
//! assert_eq!(client.call_raw("some.method", json!({ "id": 1 })).await?.result, 7);
//! assert_eq!(fake.requests()[0].method, "some.method");
//! assert_eq!(fake.requests()[0].body, json!({ "id": 1 }));
//! # Ok(()) }
//! ```

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::{BoxFuture, Failure, Http, Reply, Request};

/// Answers requests in the order of its script, and remembers them. Clones share both.
#[derive(Clone, Debug, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Step>,
    requests: Vec<Recorded>,
}

#[derive(Debug)]
enum Step {
    Reply(Reply),
    Slow(Duration, Reply),
    Refuse,
    Lose,
    Hang,
}

/// A request that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The host it was sent to.
    pub host: String,
    /// The last step of its path, the method's name.
    pub method: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; `null` if that was not JSON.
    pub body: Value,
}

impl Fake {
    /// A fake without a script: it answers each request as a connection that is refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// Next, answer with this status and JSON.
    pub fn json(self, status: u16, body: Value) -> Self {
        self.reply(status, &[("content-type", "application/json")], body.to_string())
    }

    /// Next, answer with this status, these headers and this body.
    ///
    /// # Panics
    ///
    /// If the status or a header is not one.
    pub fn reply(self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        self.step(Step::Reply(reply(status, headers, body.into())))
    }

    /// Next, answer with this status and JSON, but only after a while.
    ///
    /// # Panics
    ///
    /// If the status is not one.
    pub fn slow(self, after: Duration, status: u16, body: Value) -> Self {
        self.step(Step::Slow(after, reply(status, &[], body.to_string().into())))
    }

    /// Next, refuse the connection: nothing was sent.
    pub fn refuse(self) -> Self {
        self.step(Step::Refuse)
    }

    /// Next, take the request and lose the connection.
    pub fn lose(self) -> Self {
        self.step(Step::Lose)
    }

    /// Next, take the request and never answer.
    pub fn hang(self) -> Self {
        self.step(Step::Hang)
    }

    /// The requests so far, in the order they arrived; refused connections are among them.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    fn step(self, step: Step) -> Self {
        self.state().script.push_back(step);
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reply(status: u16, headers: &[(&str, &str)], body: Bytes) -> Reply {
    let header = |(name, value): &(&str, &str)| {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        (name, value)
    };
    Reply {
        status: StatusCode::from_u16(status).expect("an HTTP status"),
        headers: headers.iter().map(header).collect(),
        body,
    }
}

impl Http for Fake {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        let step = {
            let mut state = self.state();
            state.requests.push(Recorded {
                host: request.url.host_str().unwrap_or_default().to_owned(),
                method: request
                    .url
                    .path()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                headers: request.headers,
                body: serde_json::from_slice(&request.body).unwrap_or_default(),
            });
            state.script.pop_front()
        };
        Box::pin(async move {
            match step {
                Some(Step::Reply(reply)) => Ok(reply),
                Some(Step::Slow(after, reply)) => {
                    tokio::time::sleep(after).await;
                    Ok(reply)
                }
                Some(Step::Refuse) => Err(Failure::connect("the fake refuses the connection")),
                None => Err(Failure::connect("the fake has no more answers")),
                Some(Step::Lose) => Err(Failure::lost("the fake lost the connection")),
                Some(Step::Hang) => std::future::pending().await,
            }
        })
    }
}
