//! `Idempotency-Key` of REST 3.0: a write that is sent once more with its key does not run again, but gets the
//! answer that it got.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::answer::Refusal;
use crate::value::Value;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct Answers(BTreeMap<Key, Kept>);

/// A key counts for one caller and one method.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    caller: String,
    method: String,
    key: String,
}

#[derive(Debug)]
struct Kept {
    params: Value,
    answer: Value,
    until: Duration,
}

impl Key {
    /// Refuses what is not 1 to 255 characters of printable ASCII.
    pub(crate) fn new(caller: &str, method: &str, key: &[u8]) -> Result<Self, Refusal> {
        let printable = key.iter().all(|byte| (0x20..0x7f).contains(byte));
        if !printable || !(1..=255).contains(&key.len()) {
            let text = "An idempotency key has 1 to 255 printable ASCII characters";
            return Err(Refusal::rest3(400, "INVALIDIDEMPOTENCYKEYEXCEPTION", text));
        }
        Ok(Self {
            caller: caller.to_owned(),
            method: method.to_ascii_lowercase(),
            key: String::from_utf8_lossy(key).into_owned(),
        })
    }
}

impl Answers {
    /// The answer that was given before, if there was one; a refusal if it was given for other parameters.
    pub(crate) fn find(
        &mut self,
        key: &Key,
        params: &Value,
        now: Duration,
    ) -> Result<Option<Value>, Refusal> {
        self.0.retain(|_, kept| kept.until > now);
        match self.0.get(key) {
            Some(kept) if kept.params == *params => Ok(Some(kept.answer.clone())),
            Some(_) => {
                let text = "The idempotency key was used with another body";
                Err(Refusal::rest3(422, "IDEMPOTENCYKEYREUSEDEXCEPTION", text))
            }
            None => Ok(None),
        }
    }

    /// Keeps the answer of a success.
    pub(crate) fn keep(&mut self, key: Key, params: Value, answer: Value, now: Duration) {
        let until = now.saturating_add(KEPT);
        self.0.insert(
            key,
            Kept {
                params,
                answer,
                until,
            },
        );
    }
}
