//! How much of a portal a client may use: one budget for a portal, shared by all who call it.
//!
//! Two limits are kept, as documented, and both are corrected by what the portal says:
//!
//! - `counter`: how many requests it takes, at once and each second after that,
//! - `operating`: how long each method may run in ten minutes.
//!
//! `queue` says who is next, and `state` puts the three together; all of that is free of clocks and waiting. `local` is the
//! async shell around it for one process. A budget may as well live elsewhere: that is what the trait [`Budget`] is for, and
//! with the feature `redis` there is one for many processes and machines.
//!
//! Clones of a client share a budget by themselves. Clients of one portal that are made apart share one like this:
//!
//! ```
//! # fn main() -> Result<(), bitrix24_transport::Error> {
//! use std::sync::Arc;
//! use bitrix24_transport::{Client, Rate, budget::{Limits, LocalBudget}};
//!
//! // A self-hosted portal with its own numbers, where operating time is not limited.
//! let limits = Limits::new(Rate::new(100, 10)).operating(None);
//! let budget = Arc::new(LocalBudget::new(limits));
//! let crm = Client::builder().webhook("https://acme.example/rest/1/code/").budget(budget.clone()).build()?;
//! let sites = Client::builder().webhook("https://acme.example/rest/7/other/").budget(budget).build()?;
//! # Ok(()) }
//! ```

mod counter;
mod local;
mod operating;
mod queue;
#[cfg(feature = "redis")]
mod redis;
mod state;

#[cfg(test)]
pub(crate) mod simulation;

use std::{borrow::Cow, collections::BTreeMap, error::Error, fmt, future::Future, pin::Pin, time::Duration};

use bitrix24_types::{DateTime, Time, system::LIMITS};

pub use counter::Rate;
pub use local::LocalBudget;
#[cfg(feature = "redis")]
pub use redis::{IfAway, RedisBudget};

/// What a [`Budget`] promises to come back with.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Decides who may send a request to a portal, and when.
///
/// A client asks before each attempt and tells what became of it. The usual budget is a [`LocalBudget`]; implement this
/// to keep one elsewhere.
pub trait Budget: fmt::Debug + Send + Sync {
    /// Waits until a request that makes these calls may be sent. Dropping the promise gives the place in the queue back.
    fn acquire<'a>(&'a self, claim: &'a Claim) -> Promise<'a, Result<Permit, NoTurn>>;

    /// Takes note of what became of a request. Comes exactly once for each permit, with the claim it was given for.
    fn settle(&self, permit: Permit, claim: &Claim, outcome: Outcome);

    /// The budget as it stands.
    fn snapshot(&self) -> Promise<'_, Result<Snapshot, Unavailable>>;
}

/// The numbers of a portal's limits, and how much of them may be used up at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    rate: Rate,
    level: u32,
    operating: Option<Duration>,
}

impl Limits {
    /// The portal's rate, nothing used so far, and the cloud's 480 seconds of operating time for each method.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            level: 0,
            operating: Some(Duration::from_secs(LIMITS.operating_seconds as u64)),
        }
    }

    /// The same limits at another rate.
    pub fn rate(self, rate: Rate) -> Self {
        Self { rate, ..self }
    }

    /// How many requests others may have sent just before: all who call from one address share the portal's counter.
    pub fn level(self, level: u32) -> Self {
        Self { level, ..self }
    }

    /// How long a method may run in ten minutes; `None` on a self-hosted portal that doesn't limit it.
    pub fn operating(self, limit: impl Into<Option<Duration>>) -> Self {
        Self {
            operating: limit.into(),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Rate::default())
    }
}

/// The calls that a request makes: how many of which method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Never empty; names in lower case, for the portal makes no difference.
    methods: Vec<(Cow<'static, str>, u32)>,
    patience: Option<Duration>,
}

impl Claim {
    /// One call of one method.
    pub fn call(method: impl Into<Cow<'static, str>>) -> Self {
        Self {
            methods: vec![(lower_case(method.into()), 1)],
            patience: None,
        }
    }

    /// Adds a call of another method, or one more of the same: the commands of a batch beside `batch` itself.
    #[must_use]
    pub fn and(mut self, method: impl Into<Cow<'static, str>>) -> Self {
        let method = lower_case(method.into());
        match self.methods.iter_mut().find(|(known, _)| *known == method) {
            Some((_, calls)) => *calls += 1,
            None => self.methods.push((method, 1)),
        }
        self
    }

    /// How long whoever asks can wait: a longer wait that is certain from the start is refused at once.
    #[must_use]
    pub fn patience(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// The methods in the order of the request, each once, and how often each is called.
    pub fn methods(&self) -> &[(Cow<'static, str>, u32)] {
        &self.methods
    }

    fn first(&self) -> &Cow<'static, str> {
        &self.methods[0].0
    }
}

fn lower_case(method: Cow<'static, str>) -> Cow<'static, str> {
    if method.bytes().any(|byte| byte.is_ascii_uppercase()) {
        method.to_ascii_lowercase().into()
    } else {
        method
    }
}

/// The right to send one request, as its budget knows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    /// The budget's own number for the request.
    pub number: u64,
}

/// What became of a request that a budget let through.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it reached the portal.
    pub fate: Fate,
    /// What the answer says about its methods.
    pub told: Vec<Told>,
}

impl Outcome {
    /// The request was never sent.
    pub const UNSENT: Self = Self::of(Fate::Unsent);
    /// Nobody knows whether the request reached the portal.
    pub const LOST: Self = Self::of(Fate::Lost);

    /// An outcome that says nothing about operating times.
    pub const fn of(fate: Fate) -> Self {
        Self {
            fate,
            told: Vec::new(),
        }
    }
}

/// Whether a request reached the portal, and whether that took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was never sent.
    Unsent,
    /// Nobody knows.
    Lost,
    /// The portal refused it because there were too many.
    Refused,
    /// The portal took it, and answered whatever it answered.
    Served,
}

/// Longer than anything runs: what is said to take more than a day is a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What an answer says about the operating time of one method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Which one: its place in the claim.
    pub method: usize,
    /// Whether the portal refused the call because of it.
    pub refused: bool,
    /// How long the method has run in ten minutes.
    pub used: Option<Duration>,
    /// When some of that will no longer count.
    pub resets_in: Option<Duration>,
    /// How long this call took.
    pub took: Duration,
    /// When the answer was given, by the portal's clock, in seconds: tells which of two answers is newer.
    pub told_at: Option<f64>,
}

impl Told {
    /// What the time block of an answer says about this method of the claim.
    pub fn new(method: usize, time: &Time) -> Self {
        let finish = Some(time.finish).filter(|finish| *finish > 0.0);
        let start = Some(time.start).filter(|start| *start > 0.0);
        // Reading a date costs more than all else here, and is hardly ever needed.
        let date = || time.date_finish.as_ref().and_then(DateTime::unix_seconds);
        let told_at = finish
            .or(start.map(|start| start + time.duration))
            .or_else(|| date().map(|date| date as f64));
        // The portal's clock is not ours: only the time between two moments of its own means something here.
        let resets_in = time
            .operating_reset_at
            .zip(told_at)
            .map(|(reset, now)| (reset - now).max(0.0));
        Self {
            method,
            refused: false,
            used: time.operating.and_then(seconds),
            resets_in: resets_in.and_then(seconds),
            took: seconds(time.duration).unwrap_or_default(),
            told_at: told_at.filter(|at| at.is_finite()),
        }
    }

    /// The portal refused a call of this method of the claim because of its operating time.
    pub fn refusal(method: usize) -> Self {
        Self {
            method,
            refused: true,
            used: None,
            resets_in: None,
            took: Duration::ZERO,
            told_at: None,
        }
    }
}

/// A function of its own, once: each answer has several, and the conversion is long.
#[inline(never)]
fn seconds(seconds: f64) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    Some(time.min(LONGEST))
}

/// A budget as it stood when it was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// How high the portal's counter may be, requests under way included.
    pub level: usize,
    /// How high it may get.
    pub threshold: usize,
    /// How many callers wait.
    pub waiting: usize,
    /// The methods whose operating time is known, by name in lower case.
    pub methods: BTreeMap<String, MethodUse>,
}

/// What is known of a method's operating time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MethodUse {
    /// How long it has run in the last ten minutes, as of the latest answer.
    pub used: Duration,
    /// Calls under way.
    pub running: u32,
    /// Whether calls of it are held back.
    pub held: bool,
    /// When they will be let through again, if time alone decides that.
    pub held_for: Option<Duration>,
}

/// Why there is no permit.
#[derive(Debug, thiserror::Error)]
pub enum NoTurn {
    /// The operating time of a method is used up, and for longer than the [patience](Claim::patience) of who asked.
    #[error("the operating time of the method is used up, and will be for another {} s", .0.as_secs())]
    Held(Duration),
    /// A budget that lives elsewhere can't be reached.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A budget that lives elsewhere can't be reached.
#[derive(Debug, thiserror::Error)]
#[error("the budget can't be reached")]
pub struct Unavailable(#[source] Box<dyn Error + Send + Sync>);

impl Unavailable {
    /// For this reason.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Others reckon with them, in whole microseconds and with no room for more than a machine's numbers have.
    #[test]
    fn absurd_times_are_told_as_long_ones() {
        let mut time = Time::default();
        time.operating = Some(1e15);
        time.duration = 1e18;
        let told = Told::new(0, &time);
        assert_eq!((told.used, told.took), (Some(LONGEST), LONGEST));
        time.operating = Some(481.5);
        time.duration = 70.25;
        let told = Told::new(0, &time);
        assert_eq!(told.used, Some(Duration::from_millis(481_500)));
        assert_eq!(told.took, Duration::from_millis(70_250));
    }
}
