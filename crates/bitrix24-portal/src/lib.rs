//! A simulated Bitrix24 portal to build and test against: on this machine, without a network, with a state that
//! a test can see and set.
//!
//! ```
//! use bitrix24_portal::Portal;
//!
//! # async fn example() -> std::io::Result<()> {
//! let portal = Portal::builder().start().await?;
//! let (site, home) = portal.state(|state| {
//!     let site = state.add_site("Spring");
//!     (site, state.add_active_page(site, "Home"))
//! });
//!
//! let webhook = portal.webhook_url();         // give this to a client, and let it publish the site …
//! # let _ = webhook;
//!
//! assert!(!portal.state(|state| state.pages[&home].public));      // … then look at what has become of it
//! # let _ = site;
//! # Ok(())
//! # }
//! ```
//!
//! The portal is an independent reading of the protocol: it shares no code with the client it is meant to test.
//! It knows every method of the spec by its parameters and the shape of its result, and the behaviour of some:
//! sites, pages, folders and publication. Others can be scripted ([`Portal::on`]). Every documented refusal
//! arises from a state that means it ([`State`]), and what goes wrong on the way can be ordered ([`Fault`]).

mod answer;
mod batch;
mod brackets;
mod calls;
mod check;
mod clock;
mod fault;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the protocol is compared with in tests")
)]
#[path = "../fixtures/mod.rs"]
mod generated;
mod landing;
mod limits;
mod portal;
mod request;
mod rest;
mod script;
mod server;
mod shape;
mod spec;
mod state;
mod system;
mod value;

pub use calls::Call;
pub use clock::Clock;
pub use fault::{Fault, Injection};
pub use limits::{Falling, LeakyCounter, Limits};
pub use portal::{Builder, On, Portal};
pub use state::{
    Account, BatchRefusals, Block, Credential, DomainService, Folder, Health, Page, Plan, Rights, Scopes,
    Site, SiteType, State, Tier, User,
};
