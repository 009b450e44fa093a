//! How to add to a client what it does not have. This module has no code, only this chapter.
//!
//! There are three places to put something, from the outside to the inside:
//!
//! | to do this | use |
//! |---|---|
//! | see, delay, answer or refuse whole calls | a [`Middleware`] |
//! | count and measure | the [events](crate::observe), by [`Builder::on_event`]; for people, `tracing` |
//! | send requests in another way: a proxy, an own CA, a fake in tests | the [HTTP layer](crate::http), by [`Builder::http`] |
//!
//! Two more are for what several processes share: the [`Budget`] of a portal, and the [`TokenStore`].
//!
//! # An order for a call
//!
//! ```text
//! client.call(…)
//!   │ deadline ──────────────────────────────────────────────────────┐
//!   │   middleware, first added                                      │
//!   │     middleware, added next                                     │
//!   │       limits → token → HTTP layer → answer read ─┐             │
//!   │         ▲                                        │             │ event «call»
//!   │         └── sent again, after a pause ◀──────────┤ event       │
//!   │       ◀── answer, or the last error ─────────────┘ «attempt»   │
//!   └────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A client without middleware and without a hook for events does nothing for them.
//!
//! # An audit log
//!
//! Who changed something, and what came of it: written before the call, so that nothing happens that is not in the log,
//! and after it. What only reads is not of interest. If the log can't be written, the call is not made.
//!
//! ```
//! use std::{io, sync::Mutex};
//! use bitrix24_transport::{
//!     Client, Error, Executed,
//!     http::fake::Fake,
//!     middleware::{Answer, BoxFuture, Call, Middleware, Next},
//!     types::Effect,
//! };
//! use serde_json::json;
//!
//! struct Audit<W>(Mutex<W>);
//!
//! impl<W: io::Write> Audit<W> {
//!     fn write(&self, line: &str) -> io::Result<()> {
//!         writeln!(self.0.lock().expect("nobody panics while writing"), "{line}")
//!     }
//! }
//!
//! impl<W: io::Write + Send> Middleware for Audit<W> {
//!     fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
//!         Box::pin(async move {
//!             if call.effect() == Effect::Read {
//!                 return next.run().await;
//!             }
//!             self.write(&format!("{} on {}: begins", call.method(), call.portal().host()))
//!                 .map_err(|error| Error::middleware(error, Executed::No))?;
//!             let outcome = next.run().await;
//!             let line = match &outcome {
//!                 Ok(answer) => format!("{}: done, {} attempts", call.method(), answer.attempts()),
//!                 Err(error) => format!("{error}; executed: {:?}", error.executed()),
//!             };
//!             // The call was made: that the log has failed by now does not change what came of it.
//!             if let Err(error) = self.write(&line) {
//!                 eprintln!("the audit log has a gap: {error}");
//!             }
//!             outcome
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! # use std::sync::Arc;
//! # let fake = Fake::new().json(200, json!({ "result": 7 })).json(200, json!({ "result": 8 })).lose();
//! let audit = Arc::new(Audit(Mutex::new(Vec::new())));
//! let client = Client::builder()
//!     .webhook("https://acme.bitrix24.com/rest/1/code/")
//!     .middleware(audit.clone())
//! #   .http(fake)
//!     .build()?;
//!
//! client.call_raw("crm.deal.get", json!({ "id": 7 })).effect(Effect::Read).await?;
//! client.call_raw("crm.deal.add", json!({ "fields": { "TITLE": "Tea" } })).await?;
//! client.call_raw("crm.deal.delete", json!({ "id": 7 })).await.expect_err("the connection is lost");
//!
//! let log = String::from_utf8(audit.0.lock().unwrap().clone()).unwrap();
//! assert_eq!(log, "\
//! crm.deal.add on acme.bitrix24.com: begins
//! crm.deal.add: done, 1 attempts
//! crm.deal.delete on acme.bitrix24.com: begins
//! crm.deal.delete: the connection was lost before the answer was complete; executed: Unknown
//! ");
//! # Ok(()) }
//! ```
//!
//! # Reads from a cache
//!
//! What was read a moment ago is not asked for again. An answer is kept as it came, for all types that it can be read as;
//! a client is one portal and one user, so version, method and parameters say what was asked. Anything that is written may
//! change anything that was read: then the cache is emptied, and what was read before that and comes later is not kept.
//!
//! ```
//! use std::{
//!     collections::HashMap,
//!     sync::{Mutex, MutexGuard},
//!     time::{Duration, Instant},
//! };
//! use bitrix24_transport::{
//!     Client, Error,
//!     http::fake::Fake,
//!     middleware::{Answer, BoxFuture, Call, Middleware, Next},
//!     types::{Api, Effect},
//! };
//! use serde_json::json;
//!
//! struct Cache {
//!     keep: Duration,
//!     kept: Mutex<Kept>,
//! }
//!
//! /// A method of the same name may be another one in the other version of the API.
//! type Key = (Api, String, Vec<u8>);
//!
//! #[derive(Default)]
//! struct Kept {
//!     answers: HashMap<Key, (Instant, Answer)>,
//!     writes: u64,
//! }
//!
//! /// Empties a cache in the end, however that comes: a call that is given up may have been made.
//! struct Emptied<'a>(&'a Cache);
//!
//! impl Drop for Emptied<'_> {
//!     fn drop(&mut self) {
//!         let mut kept = self.0.kept();
//!         kept.answers.clear();
//!         kept.writes += 1;
//!     }
//! }
//!
//! impl Cache {
//!     fn kept(&self) -> MutexGuard<'_, Kept> {
//!         self.kept.lock().expect("nobody panics while holding it")
//!     }
//! }
//!
//! impl Middleware for Cache {
//!     fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
//!         Box::pin(async move {
//!             if call.effect() != Effect::Read {
//!                 let _emptied = Emptied(self);
//!                 return next.run().await;
//!             }
//!             let key = (call.api(), call.method().to_owned(), call.params().to_vec());
//!             let writes = {
//!                 let kept = self.kept();
//!                 if let Some((_, answer)) = kept.answers.get(&key).filter(|(at, _)| at.elapsed() < self.keep) {
//!                     return Ok(answer.clone());
//!                 }
//!                 kept.writes
//!             };
//!             let answer = next.run().await?;
//!             let mut kept = self.kept();
//!             if kept.writes == writes {
//!                 kept.answers.insert(key, (Instant::now(), answer.clone()));
//!             }
//!             Ok(answer)
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let fake = Fake::new()
//!     .json(200, json!({ "result": "first" }))
//!     .json(200, json!({ "result": true }))
//!     .json(200, json!({ "result": "second" }));
//! let client = Client::builder()
//!     .webhook("https://acme.bitrix24.com/rest/1/code/")
//!     .middleware(Cache { keep: Duration::from_secs(60), kept: Mutex::default() })
//!     .http(fake.clone())
//!     .build()?;
//! let read = || client.call_raw("crm.deal.get", json!({ "id": 7 })).effect(Effect::Read);
//!
//! assert_eq!((read().await?.result, read().await?.result), ("first".into(), "first".into()));
//! client.call_raw("crm.deal.update", json!({ "id": 7 })).await?;
//! assert_eq!(read().await?.result, "second");
//! assert_eq!(fake.requests().len(), 3);
//! # Ok(()) }
//! ```
//!
//! # A proxy, and a CA of one's own
//!
//! Self-hosted portals often have a certificate that no public CA has signed, and networks a proxy that everything must go
//! through. Both are settings of reqwest: build its client yourself and hand it over. Two things matter: that it follows no
//! redirects, which this crate does itself and checks, and that it does not give up before the portal does, which takes a
//! minute for slow methods.
//!
//! ```
//! use std::{error::Error, time::Duration};
//! use bitrix24_transport::{Client, http::from_reqwest};
//!
//! /// The CA's certificate as PEM, and the proxy as `http://proxy.example.com:3128`.
//! fn connect(webhook: &str, ca: &str, proxy: &str) -> Result<Client, Box<dyn Error>> {
//!     let http = reqwest::Client::builder()
//!         .tls_certs_merge([reqwest::Certificate::from_pem(ca.as_bytes())?])
//!         .proxy(reqwest::Proxy::all(proxy)?)
//!         .redirect(reqwest::redirect::Policy::none())
//!         .connect_timeout(Duration::from_secs(10))
//!         .pool_idle_timeout(Duration::from_secs(50))
//!         .build()?;
//!     Ok(Client::builder().webhook(webhook).http(from_reqwest(http)).build()?)
//! }
//!
//! # mod company { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls.rs")); }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn Error>> {
//! # // A reqwest with a TLS feature of its own brings its provider.
//! # rustls::crypto::ring::default_provider().install_default().expect("the first one");
//! # let portal = bitrix24_portal::Portal::builder().webhook_code("code").start().await?;
//! # portal.on("profile").reply(serde_json::json!({ "ID": "1" }));
//! # let company::Company { proxy, .. } = company::Company::around(&portal.url()).await;
//! # let ca = company::CA;
//! let client = connect("https://crm.example.com/rest/1/code/", &ca, &proxy)?;
//! assert_eq!(client.call_raw("profile", ()).await?.result["ID"], "1");
//! # Ok(()) }
//! ```
//!
//! Anything else that can send a POST will do as well: [`Http`](crate::http::Http) is one function, and a second one where
//! files are sent or fetched. In the tests of a program that is [`http::fake`](crate::http), which the examples above use, or
//! a simulated portal, the crate `bitrix24-portal`.
//!
//! [`Middleware`]: crate::middleware::Middleware
//! [`Builder::on_event`]: crate::Builder::on_event
//! [`Builder::http`]: crate::Builder::http
//! [`Budget`]: crate::budget::Budget
//! [`TokenStore`]: crate::oauth::TokenStore
