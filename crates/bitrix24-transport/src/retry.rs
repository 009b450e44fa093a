//! Stage 6: whether a call is sent again, and after how long.
//!
//! Only what is certain not to have run is repeated, whatever the method: the connection never came about, or the
//! portal refused with `QUERY_LIMIT_EXCEEDED`. A lost connection, a timeout or a gateway's page may mean that the
//! method ran; the caller learns that from [`Error::executed`] and decides.
//!
//! Attempts are few, pauses grow and are drawn at random («full jitter»: anything from nothing to the longest), and a
//! pause that would outlast the deadline is not begun: the caller gets the error at once.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use crate::{deadline::Deadline, error::Error};

/// How often, and how far apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    pub(crate) attempts: u32,
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(8),
        }
    }
}

impl Retry {
    /// The pause after the failed `attempt` (the first is 1), or `None` to give up.
    pub(crate) fn pause(&self, attempt: u32, error: &Error, deadline: Deadline) -> Option<Duration> {
        if attempt >= self.attempts || !error.never_ran_and_may_pass() {
            return None;
        }
        let pause = self.longest(attempt).mul_f64(random());
        deadline.allows(pause).then_some(pause)
    }

    fn longest(&self, attempt: u32) -> Duration {
        self.first_pause
            .saturating_mul(1 << (attempt - 1).min(16))
            .min(self.longest_pause)
    }
}

/// A number from 0 to 1. The standard library seeds its hash maps at random, which is random enough to spread callers.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}
