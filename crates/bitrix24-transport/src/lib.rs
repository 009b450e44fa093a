//! An async client for the Bitrix24 REST API.
//!
//! ```no_run
//! # #[cfg(feature = "landing")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_transport::{
//!     Client,
//!     types::landing::site::{Publication, PublicationError},
//! };
//! use serde_json::json;
//!
//! let client = Client::webhook(&std::env::var("BITRIX24_WEBHOOK")?)?;
//!
//! // A request is a value; the same call can be found by completion; what has no type yet is called by name.
//! let published = client.call(Publication::new(1688)).await?;
//! let published = client.landing().site().publication(1688).await?;
//! let profile = client.call_raw("profile", json!({})).await?;
//! println!("site {} in {:.3} s", published.result, published.time.duration);
//!
//! // An error says which of the method's own codes it is, and whether the method may have run.
//! if let Err(error) = client.call(Publication::new(1689)).await {
//!     match error.documented::<Publication>() {
//!         Some(PublicationError::PublicSiteReached) => println!("the plan allows no more sites"),
//!         _ => println!("{error}, executed: {:?}", error.executed()),
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! A [`Client`] is one portal. It needs a Tokio runtime with time and I/O, is cheap to clone, and shares connections and
//! limits between its clones. The webhook's code is a secret: nothing that this crate prints, logs or traces shows it.
//!
//! # Features
//!
//! * `rustls`, on by default, with ring and the system's certificates, or `native-tls`: how https is spoken. (A program
//!   that also has a reqwest 0.13 of its own *without any TLS feature* has to give that one a feature, `rustls` or
//!   `native-tls`, or to install a rustls provider: Cargo builds one reqwest for both.)
//! * `redis`: a portal's [`budget`] and the tokens of [`oauth`] on a Redis server, for several processes and machines;
//! * one for each scope of the API, such as `landing`, and `full` for all of them;
//! * `deprecated`: of these scopes also what the vendor advises against;
//! * `test-util`: a fake HTTP layer, [`http::fake`](crate::http), for the tests of programs that call a portal.
//!
//! # The way of a call
//!
//! A call goes through these stages, each a module of this crate, in this order:
//!
//! 1. `deadline`: one deadline over everything,
//! 2. `limits`: how fast the portal may be asked, by its [`budget`],
//! 3. `auth`: what proves who is calling, a webhook or [`oauth`],
//! 4. `send`: the request over HTTP, and the rule for redirects,
//! 5. `read`: what the answer means,
//! 6. `retry`: whether to send it again, by the question whether the method ran.
//!
//! `flow` puts them together. What a program can add to them, from an audit log to a proxy, is in [`extending`].

mod address;
mod auth;
pub mod batch;
pub mod budget;
mod builder;
mod call;
mod client;
mod deadline;
mod error;
pub mod extending;
pub mod files;
mod flow;
#[rustfmt::skip]
mod generated;
pub mod http;
mod limits;
pub mod list;
pub mod middleware;
pub mod oauth;
pub mod observe;
mod read;
#[cfg(all(test, feature = "redis"))]
#[path = "../tests/support/redis.rs"]
mod redis_server;
mod retry;
mod send;

pub use bitrix24_types as types;

pub use self::{
    address::Address,
    batch::{Batch, Handle, Reference},
    budget::Rate,
    builder::Builder,
    call::{Call, RawCall},
    client::{Client, Moved},
    error::{Error, Executed, Kind},
    retry::Retry,
};

/// The methods by completion: what `client.landing()` and the like lead to.
pub mod methods {
    #[allow(unused_imports)] // Without a feature there are none.
    pub use crate::generated::*;
}
