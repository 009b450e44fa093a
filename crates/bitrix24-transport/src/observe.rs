//! What happens to calls, as plain values for metrics: see [`Builder::on_event`](crate::Builder::on_event). The same is in
//! the traces, for people.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use bitrix24_transport::{Client, observe::Event};
//!
//! static CALLS: AtomicU64 = AtomicU64::new(0);
//! static FAILED: AtomicU64 = AtomicU64::new(0);
//! static WAITED_MS: AtomicU64 = AtomicU64::new(0);
//!
//! # fn example() -> Result<(), bitrix24_transport::Error> {
//! let client = Client::builder()
//!     .webhook("https://acme.bitrix24.com/rest/1/code/")
//!     .on_event(|event| match event {
//!         Event::Attempt(attempt) => {
//!             WAITED_MS.fetch_add(attempt.waited.as_millis() as u64, Relaxed);
//!         }
//!         Event::Call(call) => {
//!             CALLS.fetch_add(1, Relaxed);
//!             FAILED.fetch_add(u64::from(call.error.is_some()), Relaxed);
//!         }
//!         _ => {}
//!     })
//!     .build()?;
//! # Ok(()) }
//! # example().expect("a client");
//! ```
//!
//! Nothing in an event is a secret. An error has the portal's own words in its description, which may quote what the call
//! was about; kinds, codes and numbers are what metrics are made of.

use std::{sync::Arc, time::Duration};

use bitrix24_types::Effect;

use crate::error::Error;
pub use crate::retry::Reason;

/// Something has happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request was sent, or tried to be, and this came of it.
    Attempt(Attempt<'a>),
    /// A call is over.
    Call(Call<'a>),
    /// The access token was refreshed, or was to be.
    Refresh(Refresh<'a>),
}

/// One request of a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The method that is called.
    pub method: &'a str,
    /// What it means for it to run twice.
    pub effect: Effect,
    /// Which of the call's requests this is, from 1.
    pub number: u32,
    /// How long it waited for its turn in the portal's [budget](crate::budget).
    pub waited: Duration,
    /// How long it took from then on, until its answer was read.
    pub took: Duration,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// How long the method has run in the last ten minutes, as the portal says.
    pub operating: Option<Duration>,
    /// Whether the portal gave the answer that it had given to an earlier request of the same call (REST 3.0).
    pub replayed: bool,
    /// Why the request is sent again, and after which pause, if it is.
    pub again: Option<(Reason, Duration)>,
}

/// A call, from its start to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The method that was called.
    pub method: &'a str,
    /// What it means for it to run twice.
    pub effect: Effect,
    /// How many requests were sent, or tried to be.
    pub attempts: u32,
    /// How long it took, with all waiting.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
}

/// A refresh of the tokens, for all calls that need it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refresh<'a> {
    /// How long it took.
    pub took: Duration,
    /// Why there are no new tokens, if there are none.
    pub error: Option<&'a Error>,
}

type Hook = dyn Fn(&Event<'_>) + Send + Sync;

/// The hook for events, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Hook>>);

impl Observer {
    pub(crate) fn new(hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(crate) fn tell<'a>(&self, event: impl FnOnce() -> Event<'a>) {
        if let Some(hook) = &self.0 {
            hook(&event());
        }
    }
}
