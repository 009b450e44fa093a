//! Answers that a test has written beforehand, for methods whose own behaviour the portal does not know, or
//! is not to have.

use std::collections::{BTreeMap, VecDeque};

use crate::answer::{Answer, Refusal, Success};

/// The scripts, by lower-case method name.
#[derive(Debug, Default)]
pub(crate) struct Scripts(BTreeMap<String, VecDeque<Answer>>);

impl Scripts {
    /// Forgets what was written for this method.
    pub(crate) fn clear(&mut self, method: &str) {
        self.0.remove(&method.to_ascii_lowercase());
    }

    pub(crate) fn add(&mut self, method: &str, answer: Answer) {
        self.0
            .entry(method.to_ascii_lowercase())
            .or_default()
            .push_back(answer);
    }

    pub(crate) fn has(&self, method: &str) -> bool {
        self.0.contains_key(&method.to_ascii_lowercase())
    }

    /// The next answer; the last one stays.
    pub(crate) fn next(&mut self, method: &str) -> Option<Answer> {
        let answers = self.0.get_mut(&method.to_ascii_lowercase())?;
        if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        }
    }
}

/// A list page as it is scripted.
pub(crate) fn page(result: serde_json::Value, total: i64, next: Option<i64>) -> Answer {
    Ok(Success {
        result: result.into(),
        total: Some(total),
        next,
    })
}

/// An error as it is scripted.
pub(crate) fn error(status: u16, code: &str, text: &str) -> Answer {
    Err(Refusal::new(status, code, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_the_last_one_stays() {
        let mut scripts = Scripts::default();
        scripts.add("A.b", Ok(1.into()));
        scripts.add("a.B", Ok(2.into()));
        let next: Vec<_> = (0..3)
            .map(|_| scripts.next("a.b").unwrap().unwrap().result)
            .collect();
        assert_eq!(next, [1.into(), 2.into(), 2.into()]);
        scripts.clear("A.B");
        assert!(!scripts.has("a.b"));
        assert!(scripts.next("a.b").is_none());
    }
}
