//! Stage 2: how fast a portal may be asked. One budget for all clones of a client.
//!
//! The portal keeps a leaky counter: each request adds one, time takes away so many a second, and over the threshold
//! it refuses with `QUERY_LIMIT_EXCEEDED`. [`Counter`] keeps the same count on this side, with the clock passed in.
//! Others may share the portal's counter, so a refusal corrects ours: it is then known to be full, and nothing is sent
//! for a while that doubles with each refusal in a row.
//!
//! Callers are served in the order they came; one that gives up leaves its place to the next.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bitrix24_types::system::{LIMITS, RequestLimit};
use tokio::time::Instant;

/// How many requests a portal takes: at once, and each second after that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub(crate) threshold: f64,
    pub(crate) per_second: f64,
}

impl Rate {
    /// The cloud plans but Enterprise: 50 requests at once, then 2 a second.
    pub const STANDARD: Self = Self::of(LIMITS.standard);
    /// The Enterprise plan: 250 requests at once, then 5 a second.
    pub const ENTERPRISE: Self = Self::of(LIMITS.enterprise);

    const fn of(limit: RequestLimit) -> Self {
        Self {
            threshold: limit.threshold as f64,
            per_second: limit.drain as f64,
        }
    }

    /// Other numbers, for self-hosted portals; both at least 1.
    pub fn new(at_once: u32, per_second: u32) -> Self {
        Self {
            threshold: f64::from(at_once.max(1)),
            per_second: f64::from(per_second.max(1)),
        }
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// What is kept free. A request is counted here when it is let go and there when it arrives, so that the count here falls
/// a little earlier; with this much room, up to half a second earlier does no harm.
const HEADROOM: f64 = 1.0;
const FIRST_HOLD: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_secs(16);

/// The portal's counter as seen from here.
#[derive(Debug)]
struct Counter {
    rate: Rate,
    level: f64,
    /// When `level` was true.
    at: Instant,
    held_until: Option<Instant>,
    refusals_in_a_row: u32,
}

impl Counter {
    fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            level: 0.0,
            at: now,
            held_until: None,
            refusals_in_a_row: 0,
        }
    }

    /// Counts one request, or says when to ask again.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.held_until.filter(|until| *until > now) {
            return Err(until);
        }
        self.drain(now);
        let excess = self.level + 1.0 - (self.rate.threshold - HEADROOM).max(1.0);
        // Rounding must not make a caller wait for a billionth of a request.
        if excess > 1e-6 {
            return Err(now + Duration::from_secs_f64(excess / self.rate.per_second));
        }
        self.level += 1.0;
        Ok(())
    }

    /// The request was never sent.
    fn give_back(&mut self) {
        self.level = (self.level - 1.0).max(0.0);
    }

    /// The portal took the request.
    fn accepted(&mut self) {
        self.refusals_in_a_row = 0;
    }

    /// The portal refused the request: its counter is full.
    fn refused(&mut self, now: Instant) {
        self.drain(now);
        self.level = self.rate.threshold;
        // Requests that were under way together are refused together: that is one refusal, not many.
        if self.held_until.is_some_and(|until| until > now) {
            return;
        }
        let doubled = FIRST_HOLD.saturating_mul(1 << self.refusals_in_a_row.min(10));
        self.held_until = Some(now + doubled.min(LONGEST_HOLD));
        self.refusals_in_a_row += 1;
    }

    fn drain(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level - passed * self.rate.per_second).max(0.0);
        self.at = now;
    }
}

/// The budget of a portal, shared by all who call it through one client.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Whoever holds this is next; Tokio's mutex is handed on in the order of asking.
    turn: tokio::sync::Mutex<()>,
    counter: Mutex<Counter>,
}

/// The right to send one request. How it went must be told.
#[must_use]
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Limits);

/// What became of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    /// Nothing was sent.
    NotSent,
    /// The portal refused: too many requests.
    Refused,
    /// Anything else, an unknown outcome among it.
    Sent,
}

impl Limits {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            counter: Mutex::new(Counter::new(rate, Instant::now())),
        }
    }

    /// Waits for the caller's turn. Dropping the future gives the place in the queue back.
    pub(crate) async fn acquire(&self) -> Permit<'_> {
        let _turn = self.turn.lock().await;
        loop {
            let taken = self.counter().take(Instant::now());
            match taken {
                Ok(()) => return Permit(self),
                // A refusal may come meanwhile: ask again afterwards.
                Err(at) => tokio::time::sleep_until(at).await,
            }
        }
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    pub(crate) fn close(self, used: Used) {
        let mut counter = self.0.counter();
        match used {
            Used::NotSent => counter.give_back(),
            Used::Refused => counter.refused(Instant::now()),
            Used::Sent => counter.accepted(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: f64) -> Duration {
        Duration::from_secs_f64(n)
    }

    /// Takes as many as possible between `from` and `to`, and says how many that were.
    fn drain_out(counter: &mut Counter, mut now: Instant, to: Instant) -> u32 {
        let mut taken = 0;
        while now <= to {
            match counter.take(now) {
                Ok(()) => taken += 1,
                Err(at) => now = at,
            }
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn takes_almost_the_threshold_at_once_and_the_rate_after_that() {
        let now = Instant::now();
        let mut counter = Counter::new(Rate::STANDARD, now);
        assert_eq!(drain_out(&mut counter, now, now), 49);
        assert_eq!(counter.take(now), Err(now + seconds(0.5)));
        assert_eq!(drain_out(&mut counter, now, now + seconds(10.0)), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_sent_does_not_count() {
        let now = Instant::now();
        let mut counter = Counter::new(Rate::new(1, 1), now);
        assert_eq!(counter.take(now), Ok(()));
        counter.give_back();
        assert_eq!(counter.take(now), Ok(()));
        assert!(counter.take(now).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_everything_and_longer_each_time() {
        let mut now = Instant::now();
        let mut counter = Counter::new(Rate::STANDARD, now);
        for hold in [1.0, 2.0, 4.0, 8.0, 16.0, 16.0] {
            assert_eq!(counter.take(now), Ok(()));
            counter.refused(now);
            counter.refused(now); // another one that was under way
            assert_eq!(counter.take(now), Err(now + seconds(hold)));
            now += seconds(hold);
        }
        assert_eq!(counter.take(now), Ok(()));
        counter.accepted();
        counter.refused(now);
        assert_eq!(counter.take(now), Err(now + seconds(1.0)));
        // Full when it refused: one second later there is room for two, one of which is kept free.
        assert_eq!(drain_out(&mut counter, now + seconds(1.0), now + seconds(1.0)), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_served_in_order_and_leave_their_place_when_they_give_up() {
        let limits = std::sync::Arc::new(Limits::new(Rate::new(1, 1)));
        limits.acquire().await.close(Used::Sent);
        let start = Instant::now();
        let served = std::sync::Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for caller in 0..4 {
            let (limits, served) = (limits.clone(), served.clone());
            tasks.push(tokio::spawn(async move {
                limits.acquire().await.close(Used::Sent);
                served
                    .lock()
                    .expect("no panic")
                    .push((caller, start.elapsed().as_secs()));
            }));
            tokio::task::yield_now().await;
        }
        tasks[1].abort();
        for task in tasks {
            let _aborted = task.await;
        }
        assert_eq!(*served.lock().expect("no panic"), [(0, 1), (2, 2), (3, 3)]);
    }
}
