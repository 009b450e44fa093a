//! What the portal remembers of the calls it got.

/// A call that arrived at a portal.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The method, as the caller spelt it.
    pub method: String,
    /// The parameters, without `auth`. What came in a form or a query is text.
    pub params: serde_json::Value,
    /// The status of the answer; none if there was no answer, and none for a command of a batch.
    pub status: Option<u16>,
    /// Whether the method ran, that is: got past everything a portal checks before. It may then have refused.
    pub ran: bool,
    /// Whether it was a command of a batch, and so no HTTP request of its own.
    pub in_batch: bool,
}
