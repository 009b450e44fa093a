//! An async client for the Bitrix24 REST API.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_transport::Client;
//! use serde_json::json;
//!
//! let client = Client::webhook(&std::env::var("BITRIX24_WEBHOOK")?)?;
//! let reply = client.call_raw("profile", json!({})).await?;
//! println!("{} in {:.3} s", reply.result, reply.time.duration);
//! # Ok(()) }
//! ```
//!
//! A call goes through these stages, each a module of this crate, in this order:
//!
//! 1. `deadline`: one deadline over everything,
//! 2. `limits`: how fast the portal may be asked,
//! 3. `auth`: what proves who is calling,
//! 4. `send`: the request over HTTP, and the rule for redirects,
//! 5. `read`: what the answer means,
//! 6. `retry`: whether to send again what certainly did not run.

mod address;
mod auth;
mod builder;
mod call;
mod client;
mod deadline;
mod error;
#[rustfmt::skip]
mod generated;
pub mod http;
mod limits;
mod read;
mod retry;
mod send;

pub use bitrix24_types as types;

#[allow(unused_imports)] // Without a feature there are no scopes.
pub use self::generated::*;
pub use self::{
    address::Address,
    builder::Builder,
    call::{Call, RawCall},
    client::{Client, Moved},
    error::{Error, Executed, Kind},
    limits::Rate,
};
