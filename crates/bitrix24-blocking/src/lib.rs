//! A blocking client for the Bitrix24 REST API: the same requests, names and errors as the async one, without `async`.
//!
//! ```no_run
//! # #[cfg(feature = "landing")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_blocking::{Client, types::landing::site::Publication};
//! use serde_json::json;
//!
//! let client = Client::webhook(&std::env::var("BITRIX24_WEBHOOK")?)?;
//!
//! // A request is a value; the same call can be found by completion; what has no type yet is called by name.
//! let published = client.call(Publication::new(1688))?;
//! let published = client.landing().site().publication(1688).send()?;
//! let profile = client.call_raw("profile", json!({}))?;
//! println!("site {} in {:.3} s", published.result, published.time.duration);
//! # Ok(()) }
//! ```
//!
//! Each client has one background thread, on which an async client does the work. A call from code of an async task, which
//! it would hold up, gives an error that says so; `spawn_blocking` is the place for it.

pub mod batch;
mod builder;
mod call;
mod client;
pub mod files;
pub mod oauth;
#[rustfmt::skip]
mod generated;
pub mod list;
mod worker;

pub use bitrix24_transport::{
    Address, Error, Executed, Kind, Moved, Rate, Retry, budget, http, middleware, observe, types,
};

pub use self::{
    batch::{Batch, Handle, Reference},
    builder::Builder,
    call::{Call, RawCall},
    client::Client,
};

/// The methods by completion: what `client.landing()` and the like lead to.
pub mod methods {
    #[allow(unused_imports)] // Without a feature there are none.
    pub use crate::generated::*;
}
