//! What the protocol says about system errors, limits and authorization servers; the numbers, codes and names themselves
//! are generated from `spec/protocol.toml`.

pub use crate::generated::system::{AUTH_HOSTS, LIMITS, SystemError};

/// Whether a call that was answered with a system error has been run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ran {
    /// It was refused before.
    No,
    /// It may have run, in whole or in part.
    Unknown,
}

/// What can be done after a system error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Wait until there is room under the request limit, then send any method again.
    Wait,
    /// Hold this method until its operating time has room again; other methods go on.
    Hold,
    /// Refresh the access token once, then send any method again.
    Refresh,
    /// Send again only a method whose [`Effect`](crate::Effect) allows it.
    Effect,
    /// Sending again does not help.
    Never,
}

/// The numbers the server holds its clients to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The request limit of most plans.
    pub standard: RequestLimit,
    /// The request limit of the Enterprise plan.
    pub enterprise: RequestLimit,
    /// How many seconds a method may run in ten minutes.
    pub operating_seconds: u32,
    /// How many seconds one request may take.
    pub request_seconds: u32,
    /// How many rows a page of a list has.
    pub page: u32,
    /// How many commands a batch may have.
    pub batch: u32,
}

/// A counter that grows by one with each request and leaks; above the threshold, requests are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimit {
    /// How high the counter may be.
    pub threshold: u32,
    /// How much leaks in a second.
    pub drain: u32,
}

impl SystemError {
    /// The system error that a code means under a status, or without one of its own, as in a batch.
    ///
    /// A code with another error status than the documented one is somebody else's: `ACCESS_DENIED` is the system's
    /// with 403 and a method's with 400.
    pub fn from_code(code: &str, status: Option<u16>) -> Option<Self> {
        let error = Self::ALL.iter().copied().find(|error| error.code() == code)?;
        let says_nothing = matches!(status, None | Some(200..=299));
        (says_nothing || status == Some(error.status())).then_some(error)
    }

    /// Whether one of the errors has this code, whatever the status.
    pub fn is_code(code: &str) -> bool {
        Self::ALL.iter().any(|error| error.code() == code)
    }
}

impl std::fmt::Display for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.code())
    }
}
