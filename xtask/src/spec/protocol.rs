//! `spec/protocol.toml`: what holds for every call, whatever its method.

use serde::{Deserialize, Serialize};

/// System errors, limits and authorization hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    pub limits: Limits,
    pub auth: Auth,
    #[serde(default)]
    pub files: Files,
    #[serde(rename = "system_error")]
    pub system_errors: Vec<SystemError>,
}

/// What the portal allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Running time allowed for a method and application in ten minutes.
    pub operating_seconds: u32,
    /// The longest a single request may run.
    pub request_seconds: u32,
    /// Rows in a page of a list.
    pub page: u32,
    /// Commands in a batch.
    pub batch: u32,
    /// The leaky counter of most plans.
    pub standard: Rate,
    /// The leaky counter of the largest plan.
    pub enterprise: Rate,
}

/// A leaky counter: each request adds one, each second takes `drain` away, above `threshold` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub threshold: u32,
    pub drain: u32,
}

/// Where credentials may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// The authorization servers.
    pub hosts: Vec<String>,
}

/// What is secret about files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Fields of answers that hold an address with a token in it.
    pub addresses: Vec<String>,
}

/// An error that any call may end in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemError {
    pub code: String,
    pub status: u16,
    /// Did the method run?
    pub ran: Ran,
    /// What to do about it.
    pub retry: Retry,
    /// What it means, in our words.
    pub doc: String,
}

/// Whether a refused call ran before it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ran {
    No,
    Unknown,
}

/// What a system error asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// Wait, then send again.
    Wait,
    /// Hold this method back until its operating time allows it.
    Hold,
    /// Refresh the access token, once, then send again.
    Refresh,
    /// Send again if the method's effect allows it.
    Effect,
    /// Final.
    Never,
}
