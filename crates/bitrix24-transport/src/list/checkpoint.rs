//! Where a walk through a list is, as something that can be kept.

use bitrix24_types::{Params, Way};
use serde::{Deserialize, Serialize};

use super::walk::Position;
use crate::error::Error;

/// A place in a list: every row before it was handed out, and none behind it. Keep it, as JSON or in another form, to go on
/// from there, in this program or another: [`Rows::resume`](super::Rows::resume).
///
/// It belongs to the request whose list was walked, and says so if it is used with another. It holds identifiers of rows and
/// none of the request's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    method: String,
    way: String,
    /// A fingerprint of the parameters.
    request: String,
    rows: u64,
    pub(super) position: Position,
}

impl Checkpoint {
    pub(super) fn new(method: &str, way: Way, request: &Params, rows: u64, position: Position) -> Self {
        Self {
            method: method.to_owned(),
            way: way.to_string(),
            request: fingerprint(request),
            rows,
            position,
        }
    }

    /// The list's method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// How the list was walked.
    pub fn way(&self) -> Option<Way> {
        Way::named(&self.way)
    }

    /// How many rows were handed out before, in all walks up to here.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The way to go on by, if the checkpoint belongs to this request.
    pub(super) fn check(&self, method: &str, request: &Params) -> Result<Way, Error> {
        if self.method != method {
            let what = format!(
                "the checkpoint is of the list `{}`, not of `{method}`",
                self.method
            );
            return Err(Error::config(what));
        }
        if self.request != fingerprint(request) {
            return Err(Error::config(
                "the checkpoint is of a request with other parameters: rows would be missing or come twice",
            ));
        }
        self.way()
            .ok_or_else(|| Error::config(format!("the checkpoint is of an unknown way: `{}`", self.way)))
    }
}

/// FNV-1a over the parameters as JSON: the same in every program, and nothing that has to be kept secret from anybody.
fn fingerprint(request: &Params) -> String {
    // Infinity has no JSON; a request with it is never sent.
    let json = serde_json::to_vec(request).unwrap_or_default();
    let hash = json.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
