//! Stage 1: one deadline over everything a call does: waiting for its turn, each attempt, the pauses between.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

/// When a call must be over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

/// The deadline has passed.
#[derive(Debug)]
pub(crate) struct Passed;

impl Deadline {
    /// No end.
    pub(crate) const NEVER: Self = Self(None);

    /// So long after `now`; a time too long for the clock means never.
    pub(crate) fn after(now: Instant, timeout: Duration) -> Self {
        Self(now.checked_add(timeout))
    }

    /// At this time.
    pub(crate) fn at(instant: std::time::Instant) -> Self {
        Self(Some(Instant::from_std(instant)))
    }

    /// The earlier of both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    /// What is left, if there is an end.
    pub(crate) fn left(self, now: Instant) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(now))
    }

    /// Whether something that takes this long, from now on, ends in time.
    pub(crate) fn allows(self, wait: Duration) -> bool {
        self.left(Instant::now()).is_none_or(|left| wait < left)
    }

    /// Runs `work` until the deadline. The work is dropped with what this returns.
    pub(crate) fn limit<F: Future + Unpin>(self, work: F) -> Limited<F> {
        Limited {
            work,
            deadline: self,
            timer: None,
        }
    }
}

/// Work with a deadline. It comes boxed or pinned, so that it is not moved about.
pub(crate) struct Limited<F> {
    work: F,
    deadline: Deadline,
    /// What need not wait costs no timer, which is why this is not Tokio's `timeout`.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future + Unpin> Future for Limited<F> {
    type Output = Result<F::Output, Passed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            work,
            deadline,
            timer,
        } = self.get_mut();
        if let Poll::Ready(done) = Pin::new(work).poll(context) {
            return Poll::Ready(Ok(done));
        }
        let Some(at) = deadline.0 else {
            return Poll::Pending;
        };
        let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        // However busy the work is: it may have used up all that Tokio lets a task do at a time.
        pin!(unconstrained(timer)).poll(context).map(|()| Err(Passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(timeout: Duration) -> Deadline {
        Deadline::after(Instant::now(), timeout)
    }

    #[tokio::test(start_paused = true)]
    async fn the_earlier_deadline_counts() {
        let minute = after(Duration::from_secs(60));
        let at = |seconds| Deadline::at(std::time::Instant::now() + Duration::from_secs(seconds));
        let left = |deadline: Deadline| {
            deadline
                .left(Instant::now())
                .expect("an end")
                .as_secs_f64()
                .round()
        };
        assert_eq!(left(minute.or(at(5))), 5.0);
        assert_eq!(left(minute.or(at(90))), 60.0);
        assert_eq!(left(at(90).or(after(Duration::MAX))), 90.0);
    }

    #[tokio::test(start_paused = true)]
    async fn ends_work_that_takes_too_long() {
        let deadline = after(Duration::from_secs(5));
        assert!(
            deadline
                .limit(pin!(tokio::time::sleep(Duration::from_secs(4))))
                .await
                .is_ok()
        );
        assert!(!deadline.allows(Duration::from_secs(1)));
        assert!(deadline.limit(std::future::pending::<()>()).await.is_err());
    }

    #[tokio::test]
    async fn a_time_beyond_the_clock_is_no_deadline() {
        let never = after(Duration::MAX);
        assert_eq!(never.left(Instant::now()), None);
        assert!(never.allows(Duration::from_secs(u64::MAX)));
    }

    /// Work that is busy all the time, as a connection that brings more and more is, does not outlast it.
    #[tokio::test]
    async fn ends_work_that_never_rests() {
        let busy = async {
            loop {
                tokio::task::consume_budget().await;
            }
        };
        assert!(after(Duration::from_millis(20)).limit(pin!(busy)).await.is_err());
    }
}
