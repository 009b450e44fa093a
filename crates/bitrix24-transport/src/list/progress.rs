//! How far a walk has come.

use std::time::Duration;

/// How far a walk through a list has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Rows that this walk has handed out.
    pub rows: u64,
    /// Rows that were handed out before the checkpoint it was resumed from.
    pub rows_before: u64,
    /// Pages with rows of the list that have come.
    pub pages: u64,
    /// Requests that were sent: calls and batches, without repetitions.
    pub requests: u64,
    /// How many rows there are in all, if the portal has said so on the way.
    pub total: Option<u64>,
}

impl Progress {
    /// Rows a second, if this walk has taken so long.
    pub fn rate(&self, taken: Duration) -> f64 {
        let seconds = taken.as_secs_f64();
        if seconds > 0.0 {
            self.rows as f64 / seconds
        } else {
            0.0
        }
    }
}
