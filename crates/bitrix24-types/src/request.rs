//! What a request is: the [`Method`] trait and the facts that come with it.

use std::fmt::Debug;

use crate::{Codes, Decode, Params};

/// A request: a plain value that knows its method, its parameters and what comes back.
///
/// Every method of the API has a type that implements this. The value can be sent by any client, put in a batch,
/// cloned, compared and printed:
///
/// ```
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::{Effect, Method, landing::site::Publication};
///
/// let request = Publication::new(1688).scope("KNOWLEDGE");
/// assert_eq!(Publication::NAME, "landing.site.publication");
/// assert_eq!(Publication::EFFECT, Effect::Repeat);
/// assert_eq!(serde_json::to_string(request.params()).unwrap(), r#"{"id":1688,"scope":"KNOWLEDGE"}"#);
/// # }
/// ```
pub trait Method: Clone + Debug + Send + Sync + 'static {
    /// The name as it is called, `landing.site.publication`.
    const NAME: &'static str;
    /// The permission scopes, any of which is enough.
    const SCOPES: &'static [&'static str];
    /// The version of the REST API that has the method.
    const API: Api;
    /// Whether a call may be sent twice.
    const EFFECT: Effect;
    /// The vendor's page about the method.
    const DOCS: &'static str;
    /// What the answer holds in `result`.
    type Output: Decode + Send + 'static;
    /// The error codes that the documentation lists for this method.
    type Error: Codes;

    /// The parameters to send.
    fn params(&self) -> &Params;
}

/// A version of the REST API: they have different addresses, envelopes and parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// `/rest/…`, which most methods have.
    V2,
    /// `/rest/api/…`, REST 3.0.
    V3,
}

/// What it means for a method to run twice. Decides whether a call whose answer got lost may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something, and twice is as good as once.
    Repeat,
    /// Twice is not the same as once.
    Once,
}
