//! Stage 6: whether a call is sent again, and after how long.
//!
//! Only what is certain not to have run is repeated, whatever the method: the connection never came about, or the
//! portal refused with `QUERY_LIMIT_EXCEEDED` or `OPERATION_TIME_LIMIT`. A lost connection, a timeout or a gateway's page may mean that the
//! method ran; the caller learns that from [`Error::executed`] and decides.
//!
//! Attempts are few, pauses grow and are drawn at random («full jitter»: anything from nothing to the longest), and a
//! pause that would outlast the deadline is not begun: the caller gets the error at once. After a refusal there is no
//! pause: the call goes back into the queue of the limits, which know when there will be room.

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
        if error.passes_in_time() {
            return Some(Duration::ZERO);
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

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::http::Failure;

    const FAR: Duration = Duration::from_secs(3600);

    fn refused() -> Error {
        Failure::connect("refused").into()
    }

    #[tokio::test]
    async fn pauses_grow_to_a_limit_and_are_drawn_at_random() {
        let retry = Retry {
            attempts: 100,
            ..Retry::default()
        };
        let mut drawn = Vec::new();
        for attempt in 1..100 {
            let pause = retry
                .pause(attempt, &refused(), Deadline::after(FAR))
                .expect("another try");
            assert!(
                pause <= retry.longest(attempt) && pause <= retry.longest_pause,
                "{attempt}: {pause:?}"
            );
            drawn.push(pause);
        }
        drawn.sort();
        drawn.dedup();
        assert!(drawn.len() > 90, "only {} different pauses", drawn.len());
        let longest = [1, 2, 3, 6, 7, 99].map(|attempt| retry.longest(attempt).as_millis());
        assert_eq!(longest, [250, 500, 1000, 8000, 8000, 8000]);
    }

    #[tokio::test]
    async fn gives_up_after_the_last_try_and_where_no_time_is_left() {
        let retry = Retry::default();
        assert!(retry.pause(4, &refused(), Deadline::after(FAR)).is_some());
        assert!(retry.pause(5, &refused(), Deadline::after(FAR)).is_none());
        assert!(
            retry
                .pause(1, &refused(), Deadline::after(Duration::ZERO))
                .is_none()
        );
    }

    #[tokio::test]
    async fn repeats_nothing_that_may_have_run_or_that_does_not_pass() {
        let answer = |status: u16, code: &str| {
            let body = format!(r#"{{"error": "{code}", "error_description": ""}}"#);
            let Ok(bitrix24_types::Answer::Failure(failure)) = bitrix24_types::read::<()>(body.as_bytes())
            else {
                panic!("{body} is a failure");
            };
            Error::api(StatusCode::from_u16(status).expect("a status"), failure)
        };
        for (error, repeated) in [
            (refused(), true),
            (answer(503, "QUERY_LIMIT_EXCEEDED"), true),
            (answer(503, "OVERLOAD_LIMIT"), false),
            (answer(429, "OPERATION_TIME_LIMIT"), true),
            (answer(401, "expired_token"), false),
            (answer(500, "INTERNAL_SERVER_ERROR"), false),
            (answer(400, "SOME_ERROR"), false),
            (Failure::lost("lost").into(), false),
            (Failure::timeout("late").into(), false),
            (Error::late(None), false),
        ] {
            let pause = Retry::default().pause(1, &error, Deadline::after(FAR));
            assert_eq!(pause.is_some(), repeated, "{error:?}");
        }
    }

    #[test]
    fn random_numbers_are_spread() {
        let numbers: Vec<f64> = (0..1000).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
