//! The two limits of a portal: a counter of requests that leaks, and the time that each method has worked.
//!
//! Pure state: the time is passed in.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

/// How much a portal lets through.
///
/// [`Limits::standard`] is what a portal starts with; a test that wants to make as many calls as it likes takes
/// [`Limits::none`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The counter of requests, one for each address they come from; no counter if `None`.
    pub requests: Option<LeakyCounter>,
    /// How long a method may work within the last ten minutes; for ever if `None`.
    pub operating: Option<Duration>,
    /// How many commands a batch may hold.
    pub batch: usize,
}

impl Limits {
    /// The limits of every plan but the largest: 50 requests, two a second less; 480 seconds for a method.
    pub fn standard() -> Self {
        Self {
            requests: Some(LeakyCounter::new(50, 2.0)),
            operating: Some(Duration::from_secs(480)),
            batch: 50,
        }
    }

    /// The limits of the plan «Enterprise»: 250 requests, five a second less; 480 seconds for a method.
    pub fn enterprise() -> Self {
        Self {
            requests: Some(LeakyCounter::new(250, 5.0)),
            ..Self::standard()
        }
    }

    /// No limits, except on the length of a batch.
    pub fn none() -> Self {
        Self {
            requests: None,
            operating: None,
            ..Self::standard()
        }
    }
}

/// A counter that every request raises by one and that falls with time; a request that would raise it above the
/// threshold is refused with `QUERY_LIMIT_EXCEEDED`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeakyCounter {
    /// How far it may rise.
    pub threshold: u32,
    /// How much it falls in a second.
    pub drain: f64,
    /// How it falls.
    pub falling: Falling,
    /// Whether refused requests raise it, too.
    pub counts_refused: bool,
    /// Where it stands before the first request.
    pub start: f64,
}

/// How a [`LeakyCounter`] falls. The documentation allows both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Falling {
    /// Evenly.
    Evenly,
    /// Once a second by the whole amount, this long after each full second of the clock.
    Stepwise(Duration),
}

impl LeakyCounter {
    /// An even counter that starts at zero and does not count what it refuses.
    pub fn new(threshold: u32, drain: f64) -> Self {
        Self {
            threshold,
            drain,
            falling: Falling::Evenly,
            counts_refused: false,
            start: 0.0,
        }
    }
}

/// Where one counter stands.
#[derive(Clone, Copy, Debug)]
struct Level {
    value: f64,
    at: Duration,
}

impl LeakyCounter {
    fn level(&self, last: Option<Level>, now: Duration) -> f64 {
        let Some(last) = last else { return self.start };
        let seconds = match self.falling {
            Falling::Evenly => now.saturating_sub(last.at).as_secs_f64(),
            Falling::Stepwise(phase) => {
                let step = |time: Duration| time.saturating_sub(phase).as_secs();
                step(now).saturating_sub(step(last.at)) as f64
            }
        };
        (last.value - seconds * self.drain).max(0.0)
    }
}

/// The state of both limits.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    counters: BTreeMap<IpAddr, Level>,
    /// By credential and method.
    worked: BTreeMap<(String, String), Baskets>,
}

/// What a method has worked lately, and when the oldest of it will be forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Operating {
    pub(crate) seconds: f64,
    pub(crate) reset_at: Duration,
}

impl Usage {
    /// Counts a request; false if it is one too many.
    pub(crate) fn admit(&mut self, limits: &Limits, from: IpAddr, now: Duration) -> bool {
        let Some(counter) = &limits.requests else {
            return true;
        };
        let level = counter.level(self.counters.get(&from).copied(), now);
        let admitted = level + 1.0 <= f64::from(counter.threshold);
        let value = if admitted || counter.counts_refused {
            level + 1.0
        } else {
            level
        };
        self.counters.insert(from, Level { value, at: now });
        admitted
    }

    /// Whether this method may run once more.
    pub(crate) fn may_run(&mut self, limits: &Limits, key: (&str, &str), now: Duration) -> bool {
        let Some(limit) = limits.operating else {
            return true;
        };
        self.baskets(key, now).sum() <= limit
    }

    /// Notes that the method has worked.
    pub(crate) fn worked(&mut self, key: (&str, &str), now: Duration, time: Duration) -> Operating {
        let baskets = self.baskets(key, now);
        baskets.add(now, time);
        Operating {
            seconds: baskets.sum().as_secs_f64(),
            reset_at: Duration::from_secs(baskets.resets_at(now).as_secs()),
        }
    }

    fn baskets(&mut self, (credential, method): (&str, &str), now: Duration) -> &mut Baskets {
        let baskets = self
            .worked
            .entry((credential.to_owned(), method.to_owned()))
            .or_default();
        baskets.forget(now);
        baskets
    }
}

/// Ten one-minute baskets: each holds what was worked in its minute, for ten minutes from the first call in it.
#[derive(Debug, Default)]
struct Baskets(VecDeque<Basket>);

#[derive(Debug)]
struct Basket {
    first_call: Duration,
    worked: Duration,
}

const KEPT: Duration = Duration::from_secs(600);

impl Baskets {
    fn forget(&mut self, now: Duration) {
        while self
            .0
            .front()
            .is_some_and(|oldest| oldest.first_call + KEPT <= now)
        {
            self.0.pop_front();
        }
    }

    fn add(&mut self, now: Duration, worked: Duration) {
        let minute = |time: Duration| time.as_secs() / 60;
        match self.0.back_mut() {
            Some(newest) if minute(newest.first_call) == minute(now) => newest.worked += worked,
            _ => self.0.push_back(Basket {
                first_call: now,
                worked,
            }),
        }
    }

    fn sum(&self) -> Duration {
        self.0.iter().map(|basket| basket.worked).sum()
    }

    fn resets_at(&self, now: Duration) -> Duration {
        self.0.front().map_or(now, |oldest| oldest.first_call) + KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// How many of these requests are admitted.
    fn admitted(counter: LeakyCounter, times: impl IntoIterator<Item = f64>) -> usize {
        let limits = Limits {
            requests: Some(counter),
            ..Limits::none()
        };
        let mut usage = Usage::default();
        times
            .into_iter()
            .filter(|time| usage.admit(&limits, HOME, seconds(1000.0 + time)))
            .count()
    }

    #[test]
    fn the_limits_are_those_of_the_spec() {
        let protocol: serde_json::Value = serde_json::from_str(crate::generated::PROTOCOL).unwrap();
        let said = &protocol["limits"];
        for (limits, name) in [
            (Limits::standard(), "standard"),
            (Limits::enterprise(), "enterprise"),
        ] {
            let counter = limits.requests.unwrap();
            assert_eq!(said[name]["threshold"], counter.threshold);
            assert_eq!(said[name]["drain"].as_f64(), Some(counter.drain));
            assert_eq!(
                said["operating_seconds"].as_u64(),
                limits.operating.map(|limit| limit.as_secs())
            );
            assert_eq!(said["batch"], limits.batch);
        }
    }

    #[test]
    fn the_counter_lets_the_threshold_through_and_then_what_has_leaked() {
        assert_eq!(admitted(LeakyCounter::new(50, 2.0), vec![0.0; 60]), 50);
        let later = std::iter::repeat_n(0.0, 60).chain(std::iter::repeat_n(1.5, 60));
        assert_eq!(admitted(LeakyCounter::new(50, 2.0), later), 53);
        let steady = (0..100).map(|i| f64::from(i) / 2.0);
        assert_eq!(admitted(LeakyCounter::new(50, 2.0), steady), 100);
    }

    #[test]
    fn a_stepwise_counter_falls_once_a_second_at_its_phase() {
        let counter = LeakyCounter {
            falling: Falling::Stepwise(seconds(0.25)),
            ..LeakyCounter::new(2, 2.0)
        };
        assert_eq!(admitted(counter.clone(), [0.0, 0.0, 0.2]), 2);
        assert_eq!(admitted(counter.clone(), [0.0, 0.0, 0.25, 0.25, 1.2]), 4);
        assert_eq!(admitted(counter, [0.0, 0.0, 0.25, 0.25, 1.3]), 5);
    }

    #[test]
    fn a_counter_that_counts_refusals_stays_full_under_fire() {
        let fire = || (0..40).map(|i| f64::from(i) / 8.0);
        let counting = LeakyCounter {
            counts_refused: true,
            start: 4.0,
            ..LeakyCounter::new(4, 2.0)
        };
        assert_eq!(admitted(counting, fire()), 0);
        assert!(
            admitted(
                LeakyCounter {
                    start: 4.0,
                    ..LeakyCounter::new(4, 2.0)
                },
                fire()
            ) >= 8
        );
    }

    #[test]
    fn every_source_has_its_own_counter() {
        let limits = Limits {
            requests: Some(LeakyCounter::new(1, 1.0)),
            ..Limits::none()
        };
        let mut usage = Usage::default();
        assert!(usage.admit(&limits, HOME, seconds(0.0)));
        assert!(!usage.admit(&limits, HOME, seconds(0.0)));
        assert!(usage.admit(&limits, IpAddr::from([127, 0, 0, 2]), seconds(0.0)));
    }

    #[test]
    fn operating_time_is_checked_before_a_call_and_forgotten_by_the_minute() {
        // The documentation's example: calls of 20 seconds against a limit of 480.
        let limits = Limits::standard();
        let mut usage = Usage::default();
        let key = ("webhook", "crm.item.list");
        let start = 1_778_747_120;
        let mut call = |at: u64| {
            let now = Duration::from_secs(start + at);
            usage
                .may_run(&limits, key, now)
                .then(|| usage.worked(key, now, seconds(20.0)))
        };
        // Two calls a minute, the first at 20 seconds past.
        for minute in 0..10 {
            assert!(call(minute * 60).is_some());
            assert!(call(minute * 60 + 20).is_some());
        }
        for i in 0..5 {
            let operating = call(9 * 60 + 30 + i).unwrap();
            assert_eq!(operating.seconds, 420.0 + 20.0 * i as f64);
            assert_eq!(operating.reset_at, Duration::from_secs(start + 600));
        }
        assert_eq!(call(599), None);
        // The oldest basket, of 40 seconds, is gone; the next one counts from its own first call.
        let operating = call(600).unwrap();
        assert_eq!(operating.seconds, 480.0);
        assert_eq!(operating.reset_at, Duration::from_secs(start + 660));
        assert!(usage.may_run(
            &limits,
            ("webhook", "crm.deal.list"),
            Duration::from_secs(start + 600)
        ));
        assert!(usage.may_run(
            &limits,
            ("other", "crm.item.list"),
            Duration::from_secs(start + 600)
        ));
    }
}
