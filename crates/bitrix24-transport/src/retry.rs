//! Stage 6: whether a request is sent again, and after how long. What decides is whether the method ran:
//!
//! | did it run? | for example | sent again |
//! |---|---|---|
//! | certainly not | no connection came about, a limit was reached | every method |
//! | nobody knows | the connection was lost, time ran out, a proxy answered | methods for which twice is as good as once |
//! | it did, or it would not help | `OVERLOAD_LIMIT`, each error of a method's own | none |
//!
//! A write of REST 3.0 carries an `Idempotency-Key`, the same each time it is sent. The portal keeps the answers of
//! calls that succeeded and gives them again instead of running the method again; so if nobody knows, such a write can be
//! sent again, with two exceptions. Of two requests with one key that are under way together both may run: it waits until
//! the first can't be running any more. And an error is not kept: a method that failed half-way would run again.
//!
//! Attempts are few, pauses grow and are drawn at random («full jitter»: anything from nothing to the longest), all clones
//! of a client have one reserve of retries, which successes fill, and a pause that would outlast the deadline is not begun:
//! the caller gets the error at once.
//!
//! Refusals because of a limit are not counted among these. The limits know when there will be room: the request goes back
//! into their queue, until the deadline.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use bitrix24_types::{Api, Effect, system::LIMITS};
use http::{HeaderName, HeaderValue};

use crate::{
    deadline::Deadline,
    error::{Error, Executed, Kind},
};

/// After so many refusals because of limits, the limits don't do their work.
const MOST_REFUSALS: u32 = 20;
/// A retry takes as much out of the reserve as so many successes fill in.
const COST: u32 = 5;
/// How long after it was sent a request can still be running.
const LONGEST_RUN: Duration = Duration::from_secs(LIMITS.request_seconds as u64);

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How often, and how far apart, a request is sent again that failed; for [`Builder::retry`](crate::Builder::retry).
///
/// Whether it may be sent again at all is no setting: never if the method may have run and twice is not the same as once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Retry {
    attempts: u32,
    first_pause: Duration,
    longest_pause: Duration,
    reserve: u32,
}

impl Retry {
    /// The usual settings: 5 attempts, pauses that grow from 250 milliseconds to 8 seconds, a reserve of 100 retries.
    pub const fn new() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(8),
            reserve: 100,
        }
    }

    /// How often a request may fail before its caller is told, the first time included. With 1 it is sent again only after
    /// refusals: because of a limit, or of an access token that had expired.
    pub const fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// The longest pause after the first failure, which doubles with each failure that follows, and the longest of all.
    /// Each pause is drawn at random between nothing and this much.
    pub const fn pauses(self, first: Duration, longest: Duration) -> Self {
        Self {
            first_pause: first,
            longest_pause: longest,
            ..self
        }
    }

    /// How many retries all clones of a client have together. Five calls that succeed give one back. While there is none
    /// left, failures are told at once: where everything fails, asking more often makes it worse.
    pub const fn reserve(self, retries: u32) -> Self {
        Self {
            reserve: retries,
            ..self
        }
    }

    /// What follows from a failure; `draw` is a random number from 0 to 1.
    fn after(&self, failed: &Failed<'_>, draw: f64) -> Option<Again> {
        let reason = reason(failed)?;
        let (count, most) = match reason {
            Reason::Limit => (failed.course.refusals, MOST_REFUSALS),
            _ => (failed.course.failures, self.attempts),
        };
        if count >= most {
            return None;
        }
        let pause = match reason {
            Reason::Limit | Reason::Token => Duration::ZERO,
            Reason::Unreached | Reason::Unknown => self.longest(count).mul_f64(draw),
        };
        let waits_for_its_end =
            reason == Reason::Unknown && failed.effect == Effect::Once && failed.error.may_be_running();
        let until_it_ended = if waits_for_its_end {
            LONGEST_RUN.saturating_sub(failed.ago)
        } else {
            Duration::ZERO
        };
        Some(Again {
            reason,
            pause: pause.max(until_it_ended),
        })
    }

    /// The longest pause after so many failures.
    fn longest(&self, failures: u32) -> Duration {
        self.first_pause
            .saturating_mul(1 << failures.saturating_sub(1).min(16))
            .min(self.longest_pause)
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The portal refused it because a limit was reached. It goes back into the queue of the limits.
    Limit,
    /// The access token had expired; there is another one now.
    Token,
    /// It never reached the portal's method.
    Unreached,
    /// Nobody knows whether the method ran, and twice is as good as once: by the method's [`Effect`], because the caller
    /// said so, or because the portal knows the request by its `Idempotency-Key`.
    Unknown,
}

/// A request is sent again, for this reason and after this pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) reason: Reason,
    pub(crate) pause: Duration,
}

/// What has happened to a call so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// How often the request was sent, or tried to be.
    pub(crate) attempts: u32,
    /// How often it failed other than by a refusal.
    failures: u32,
    refusals: u32,
    /// Whether the method may have run.
    unknown: bool,
}

impl Course {
    /// Takes note of a failed attempt.
    pub(crate) fn note(&mut self, error: &Error) {
        match error.is_refusal_by_limit() {
            true => self.refusals += 1,
            false => self.failures += 1,
        }
        self.unknown |= error.executed() == Executed::Unknown;
    }

    /// The error that the caller is told. Of an attempt that never ran it says so; of a call it must say whether any did.
    pub(crate) fn told(self, error: Error) -> Error {
        error.after(self.attempts, self.unknown)
    }
}

/// An attempt that failed, and what matters of the call.
pub(crate) struct Failed<'a> {
    pub(crate) error: &'a Error,
    pub(crate) effect: Effect,
    /// Whether the portal knows the request by its key.
    pub(crate) keyed: bool,
    /// How long ago it was sent.
    pub(crate) ago: Duration,
    pub(crate) course: Course,
}

/// Why it may be sent again, if it may.
fn reason(
    Failed {
        error, effect, keyed, ..
    }: &Failed<'_>,
) -> Option<Reason> {
    if !error.may_pass() {
        return None;
    }
    let harmless = match error.executed() {
        Executed::No if error.is_refusal_by_limit() => return Some(Reason::Limit),
        Executed::No => return Some(Reason::Unreached),
        Executed::Yes => false,
        // An error of the portal's own is an answer that it does not keep.
        Executed::Unknown => {
            matches!(effect, Effect::Read | Effect::Repeat) || (*keyed && error.kind() != Kind::Api)
        }
    };
    harmless.then_some(Reason::Unknown)
}

/// The retries of a client and all its clones.
#[derive(Debug)]
pub(crate) struct Retries {
    settings: Retry,
    /// What is left of the reserve, in parts of a retry.
    reserve: AtomicU32,
    full: u32,
}

impl Retries {
    pub(crate) fn new(settings: Retry) -> Self {
        let full = settings.reserve.saturating_mul(COST);
        Self {
            settings,
            reserve: AtomicU32::new(full),
            full,
        }
    }

    /// Whether the request is to be sent again, and how.
    pub(crate) fn after(&self, failed: &Failed<'_>, deadline: Deadline) -> Option<Again> {
        let again = self.settings.after(failed, random())?;
        if !deadline.allows(again.pause) {
            return None;
        }
        let free = matches!(again.reason, Reason::Limit | Reason::Token);
        if !free && !self.take() {
            tracing::debug!("the reserve of retries is used up");
            return None;
        }
        Some(again)
    }

    /// A call succeeded.
    pub(crate) fn succeeded(&self) {
        let fill = |left| (left < self.full).then(|| left + 1);
        let _is_full = self.reserve.fetch_update(Relaxed, Relaxed, fill);
    }

    fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(COST);
        self.reserve.fetch_update(Relaxed, Relaxed, take).is_ok()
    }
}

/// The key of a call that the portal should run once, however often it is sent: of those that change something, in the
/// version of the API that knows keys.
pub(crate) fn idempotency_key(api: Api, effect: Effect) -> Option<HeaderValue> {
    (api == Api::V3 && effect != Effect::Read).then(|| {
        let chance = RandomState::new();
        let key = format!("{:016x}{:016x}", chance.hash_one(0), chance.hash_one(1));
        HeaderValue::from_maybe_shared(key).expect("hexadecimal digits are fit for a header")
    })
}

/// A number from 0 to 1. The standard library seeds its hash maps at random, which is random enough to spread callers.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http::StatusCode;
    use tokio::time::Instant;

    use super::*;
    use crate::http::Failure;

    fn far() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_secs(3600))
    }

    fn refused() -> Error {
        Failure::connect("refused").into()
    }

    fn lost() -> Error {
        Failure::lost("lost").into()
    }

    fn late() -> Error {
        Failure::timeout("late").into()
    }

    /// The portal's answer.
    fn answer(status: u16, body: &str) -> Error {
        let status = StatusCode::from_u16(status).expect("a status");
        match bitrix24_types::read::<()>(body.as_bytes()) {
            Ok(bitrix24_types::Answer::Failure(failure)) => Error::api(status, failure),
            Ok(bitrix24_types::Answer::Success(_)) => panic!("{body} is a success"),
            Err(error) => Error::unreadable(status, error),
        }
    }

    fn code(status: u16, code: &str) -> Error {
        answer(
            status,
            &format!(r#"{{"error": "{code}", "error_description": ""}}"#),
        )
    }

    /// The first failure of a call of a write that must not run twice.
    fn first(error: &Error) -> Failed<'_> {
        let mut course = Course {
            attempts: 1,
            ..Course::default()
        };
        course.note(error);
        Failed {
            error,
            effect: Effect::Once,
            keyed: false,
            ago: Duration::from_secs(1),
            course,
        }
    }

    /// The table: each cause by each kind of method.
    #[test]
    fn what_may_have_run_is_sent_again_only_where_twice_is_as_good_as_once() {
        use Reason::{Limit, Unknown, Unreached};
        let (read, repeat, once, keyed) = (0, 1, 2, 3);
        let all = |reason| [Some(reason); 4];
        let mut harmless = all(Unknown);
        harmless[once] = None;
        let mut without_key = harmless;
        without_key[keyed] = None;
        assert!(harmless[read] == harmless[repeat]);
        for (error, expected) in [
            (refused(), all(Unreached)),
            (code(503, "QUERY_LIMIT_EXCEEDED"), all(Limit)),
            (lost(), harmless),
            (late(), harmless),
            (answer(503, "<html></html>"), harmless),
            (answer(502, "<html></html>"), harmless),
            (answer(504, ""), harmless),
            (answer(200, r#"{"result": "#), harmless),
            (code(500, "INTERNAL_SERVER_ERROR"), without_key),
            (code(500, "ERROR_UNEXPECTED_ANSWER"), without_key),
            (code(502, ""), without_key),
            (code(429, "OPERATION_TIME_LIMIT"), all(Limit)),
            (code(503, "OVERLOAD_LIMIT"), [None; 4]),
            (code(401, "expired_token"), [None; 4]),
            (code(401, "NO_AUTH_FOUND"), [None; 4]),
            (code(403, "ACCESS_DENIED"), [None; 4]),
            (code(403, "insufficient_scope"), [None; 4]),
            (code(500, "PORTAL_DELETED"), [None; 4]),
            (code(400, "SOME_ERROR"), [None; 4]),
            (code(200, "SOME_ERROR"), [None; 4]),
            (answer(404, "<html></html>"), [None; 4]),
            (Error::config("a mistake"), [None; 4]),
        ] {
            let methods = [
                (Effect::Read, false),
                (Effect::Repeat, false),
                (Effect::Once, false),
                (Effect::Once, true),
            ];
            let reasons = methods.map(|(effect, keyed)| {
                let failed = Failed {
                    effect,
                    keyed,
                    ..first(&error)
                };
                Retry::new().after(&failed, 0.5).map(|again| again.reason)
            });
            assert_eq!(reasons, expected, "{error:?}");
        }
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_drawn_between_nothing_and_that() {
        let error = refused();
        let pause = |failures, draw| {
            let mut failed = first(&error);
            failed.course.failures = failures;
            let again = Retry::new()
                .attempts(u32::MAX)
                .after(&failed, draw)
                .expect("another try");
            again.pause.as_millis()
        };
        assert_eq!(
            [1, 2, 3, 6, 7, 99].map(|failures| pause(failures, 1.0)),
            [250, 500, 1000, 8000, 8000, 8000]
        );
        assert_eq!([0.0, 0.5, 1.0].map(|draw| pause(2, draw)), [0, 250, 500]);
        let short = Retry::new().pauses(Duration::MAX, Duration::MAX);
        assert_eq!(short.longest(1000), Duration::MAX);
    }

    #[test]
    fn a_key_helps_only_once_the_first_request_has_ended() {
        let pause = |error: &Error, ago, effect| {
            let failed = Failed {
                effect,
                keyed: true,
                ago: Duration::from_secs(ago),
                ..first(error)
            };
            Retry::new()
                .after(&failed, 0.0)
                .expect("another try")
                .pause
                .as_secs()
        };
        let page = answer(504, "<html></html>");
        for error in [&lost(), &late(), &page] {
            assert_eq!(pause(error, 5, Effect::Once), 55, "{error:?}");
            assert_eq!(pause(error, 75, Effect::Once), 0, "{error:?}");
            assert_eq!(pause(error, 5, Effect::Repeat), 0, "{error:?}");
        }
        // It has answered, or never got it.
        let cut = answer(200, r#"{"result": "#);
        assert_eq!(pause(&cut, 5, Effect::Once), 0);
        assert_eq!(pause(&refused(), 5, Effect::Once), 0);
    }

    #[tokio::test]
    async fn gives_up_after_the_last_try_and_where_no_time_is_left() {
        let error = refused();
        let retries = Retries::new(Retry::new());
        let again = |failures, deadline| {
            let mut failed = first(&error);
            failed.course.failures = failures;
            retries.after(&failed, deadline).is_some()
        };
        assert!(again(4, far()) && !again(5, far()));
        assert!(!again(1, Deadline::after(Instant::now(), Duration::ZERO)));
    }

    #[tokio::test]
    async fn refusals_are_bounded_and_are_no_failures() {
        let error = code(503, "QUERY_LIMIT_EXCEEDED");
        let retries = Retries::new(Retry::new().attempts(1).reserve(0));
        let mut failed = first(&error);
        for _ in 1..MOST_REFUSALS {
            let again = retries.after(&failed, far()).expect("another try");
            assert_eq!((again.reason, again.pause), (Reason::Limit, Duration::ZERO));
            failed.course.note(&error);
        }
        assert!(retries.after(&failed, far()).is_none());
    }

    #[tokio::test]
    async fn retries_come_out_of_a_reserve_that_successes_fill() {
        let error = refused();
        let retries = Retries::new(Retry::new().reserve(2));
        let again = || retries.after(&first(&error), far()).is_some();
        assert_eq!([again(), again(), again()], [true, true, false]);
        for _ in 0..4 {
            retries.succeeded();
        }
        assert!(!again());
        retries.succeeded();
        assert_eq!([again(), again()], [true, false]);
        for _ in 0..100 {
            retries.succeeded();
        }
        assert_eq!([again(), again(), again()], [true, true, false]);
    }

    #[test]
    fn an_error_tells_of_all_attempts_whether_one_may_have_run() {
        let course = |errors: &[Error]| {
            let mut course = Course::default();
            for error in errors {
                course.attempts += 1;
                course.note(error);
            }
            course
        };
        let told = course(&[lost(), refused()]).told(refused());
        assert_eq!((told.kind(), told.executed()), (Kind::Connect, Executed::Unknown));
        assert_eq!(told.attempts(), 2);
        let told = course(&[refused(), refused()]).told(refused());
        assert_eq!(told.executed(), Executed::No);
        let told = course(&[lost()]).told(code(400, "SOME_ERROR"));
        assert_eq!(told.executed(), Executed::Unknown);
        let own = code(400, "SOME_ERROR").knowing(|code, _| code == "SOME_ERROR");
        assert_eq!(course(&[lost()]).told(own).executed(), Executed::Yes);
    }

    #[test]
    fn writes_of_rest_3_have_a_key_of_their_own() {
        let key = |api, effect| idempotency_key(api, effect);
        for (api, effect) in [(Api::V2, Effect::Once), (Api::V3, Effect::Read)] {
            assert_eq!(key(api, effect), None);
        }
        let keys: HashSet<_> = (0..1000)
            .map(|n| {
                let effect = [Effect::Once, Effect::Repeat][n % 2];
                key(Api::V3, effect).expect("a write has one")
            })
            .collect();
        assert_eq!(keys.len(), 1000);
        assert!(
            keys.iter()
                .all(|key| key.len() == 32 && key.as_bytes().iter().all(u8::is_ascii_hexdigit))
        );
    }

    #[test]
    fn random_numbers_are_spread() {
        let numbers: Vec<f64> = (0..1000).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
