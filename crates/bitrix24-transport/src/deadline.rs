//! Stage 1: one deadline over everything a call does: waiting for its turn, each attempt, the pauses between.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// When a call must be over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<tokio::time::Instant>);

/// The deadline has passed.
#[derive(Debug)]
pub(crate) struct Passed;

impl Deadline {
    /// So long from now; a time too long for the clock means never.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(tokio::time::Instant::now().checked_add(timeout))
    }

    /// At this time.
    pub(crate) fn at(instant: Instant) -> Self {
        Self(Some(tokio::time::Instant::from_std(instant)))
    }

    /// The earlier of both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    /// What is left, if there is an end.
    pub(crate) fn left(self) -> Option<Duration> {
        self.0
            .map(|at| at.saturating_duration_since(tokio::time::Instant::now()))
    }

    /// Whether something that takes this long ends in time.
    pub(crate) fn allows(self, wait: Duration) -> bool {
        self.left().is_none_or(|left| wait < left)
    }

    /// Runs `work` until the deadline, and drops it there.
    pub(crate) async fn limit<T>(self, work: impl Future<Output = T>) -> Result<T, Passed> {
        match self.0 {
            Some(at) => tokio::time::timeout_at(at, work).await.map_err(|_| Passed),
            None => Ok(work.await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_earlier_deadline_counts() {
        let minute = Deadline::after(Duration::from_secs(60));
        let at = |seconds| Deadline::at(Instant::now() + Duration::from_secs(seconds));
        let left = |deadline: Deadline| deadline.left().expect("an end").as_secs_f64().round();
        assert_eq!(left(minute.or(at(5))), 5.0);
        assert_eq!(left(minute.or(at(90))), 60.0);
        assert_eq!(left(at(90).or(Deadline::after(Duration::MAX))), 90.0);
    }

    #[tokio::test(start_paused = true)]
    async fn ends_work_that_takes_too_long() {
        let deadline = Deadline::after(Duration::from_secs(5));
        assert!(
            deadline
                .limit(tokio::time::sleep(Duration::from_secs(4)))
                .await
                .is_ok()
        );
        assert!(!deadline.allows(Duration::from_secs(1)));
        assert!(deadline.limit(std::future::pending::<()>()).await.is_err());
    }

    #[tokio::test]
    async fn a_time_beyond_the_clock_is_no_deadline() {
        let never = Deadline::after(Duration::MAX);
        assert_eq!(never.left(), None);
        assert!(never.allows(Duration::from_secs(u64::MAX)));
    }
}
