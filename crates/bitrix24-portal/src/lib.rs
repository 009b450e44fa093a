//! A simulated Bitrix24 portal to build and test against: on this machine, without a network, with a state that
//! a test can see and set.
//!
//! ```
//! use bitrix24_portal::Portal;
//! use serde_json::{Value, json};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let portal = Portal::builder().start().await?;
//! let (site, home, draft) = portal.state(|state| {
//!     let site = state.add_site("Spring");
//!     (site, state.add_active_page(site, "Home"), state.add_page(site, "Draft"))
//! });
//!
//! // A client under test would be given `portal.webhook_url()`; here it is plain HTTP.
//! let url = format!("{}landing.site.publication", portal.webhook_url());
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! let answer = reqwest::Client::new().post(&url).json(&json!({ "id": site })).send().await?;
//! assert_eq!(answer.json::<Value>().await?["result"], site);
//!
//! portal.state(|state| {
//!     assert!(state.sites[&site].active && state.pages[&home].public && !state.pages[&draft].public);
//! });
//! assert_eq!(portal.runs("landing.site.publication"), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The portal is an independent reading of the protocol: it shares no code with the client it is meant to test.
//! It knows every method of the spec by its parameters and the shape of its result, and the behaviour of some:
//! sites, pages, folders, publication, files. Others can be scripted ([`Portal::on`]), and lists get a table of any size
//! ([`Portal::table`]). Every documented refusal arises from a state that means it ([`State`]), and what goes wrong on
//! the way can be ordered ([`Fault`]).
//!
//! REST 3.0 has its own addresses (`/rest/api/` in the place of `/rest/`), methods, envelopes and batches; scripts and
//! tables go by the method's name and serve both versions.
//!
//! Files go up to the address that `disk.folder.uploadfile` gives and come down from `DOWNLOAD_URL`; faults meet these as
//! calls of `upload` and `download`.

mod answer;
mod batch;
mod batch3;
mod brackets;
mod calls;
mod check;
mod clock;
mod disk;
mod fault;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the protocol is compared with in tests")
)]
#[rustfmt::skip]
mod generated;
mod idempotency;
mod landing;
mod limits;
mod multipart;
pub mod oauth;
mod portal;
mod request;
mod rest;
mod script;
mod server;
mod shape;
mod spec;
mod state;
mod system;
mod table;
mod value;

pub use calls::Call;
pub use clock::Clock;
pub use fault::{Fault, Gate, Injection};
pub use limits::{Falling, LeakyCounter, Limits};
pub use portal::{Builder, On, Portal};
pub use state::{
    Account, BatchRefusals, Block, Credential, DomainService, File, Folder, Health, Page, Plan, Rights,
    Scopes, Site, SiteType, State, Tier, User,
};
pub use table::{Sorted, Table};
