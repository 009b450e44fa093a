//! `batch`: up to fifty commands in one request, one after the other, each able to use what came before it.

use std::borrow::Cow;
use std::time::Duration;

use crate::answer::{Refusal, Timing};
use crate::brackets;
use crate::request::Api;
use crate::rest::{Caller, Outcome, World};
use crate::state::BatchRefusals;
use crate::system;
use crate::value::{Map, Value};

/// What cannot be a command: a batch, and what files come and go by.
const NOT_IN_BATCH: [&str; 3] = ["batch", "download", "upload"];

/// The answers of a batch, by the commands' names.
#[derive(Default)]
struct Results {
    result: Map,
    error: Map,
    total: Map,
    next: Map,
    time: Map,
}

impl World {
    /// Runs the commands of a batch. The batch itself succeeds whatever becomes of them.
    pub(crate) fn batch(&mut self, caller: &Caller, params: &Value, start: Duration) -> Outcome {
        let commands = commands(params.get("cmd"));
        let mut timing = Timing::none(start);
        if self.state.account.batch_refusals == BatchRefusals::AsStatus {
            let refusal = (0..commands.len()).find_map(|at| self.forbids(&commands, at));
            if let Some(refusal) = refusal {
                return Outcome {
                    answer: Err(refusal),
                    ran: false,
                    timing,
                };
            }
        }
        let halt = is_true(params.get("halt"));
        let mut results = Results::default();
        for (at, command) in commands.iter().enumerate() {
            let ran = match self.forbids(&commands, at) {
                Some(refusal) => Err(refusal),
                None => self.command(caller, command, &results, timing.finish, &mut timing),
            };
            match ran {
                Ok((success, time)) => {
                    let put = |into: &mut Map, value: Value| {
                        into.insert(command.name.clone(), value);
                    };
                    if let Some(total) = success.total {
                        put(&mut results.total, total.into());
                    }
                    if let Some(next) = success.next {
                        put(&mut results.next, next.into());
                    }
                    put(&mut results.result, success.result);
                    put(&mut results.time, time);
                }
                Err(refusal) => {
                    results.error.insert(command.name.clone(), refusal.body());
                    if halt {
                        break;
                    }
                }
            }
        }
        let answer = Value::from([
            ("result", Value::php_array(results.result)),
            ("result_error", Value::php_array(results.error)),
            ("result_total", Value::php_array(results.total)),
            ("result_next", Value::php_array(results.next)),
            ("result_time", Value::php_array(results.time)),
        ]);
        Outcome {
            answer: Ok(answer.into()),
            ran: true,
            timing,
        }
    }

    /// Why this command may not be part of a batch.
    fn forbids(&self, commands: &[Command], at: usize) -> Option<Refusal> {
        if at >= self.limits.batch {
            return Some(system::BATCH_LENGTH_EXCEEDED.into());
        }
        if NOT_IN_BATCH.contains(&commands.get(at)?.method.to_ascii_lowercase().as_str()) {
            return Some(system::BATCH_METHOD_NOT_ALLOWED.into());
        }
        None
    }

    fn command(
        &mut self,
        caller: &Caller,
        command: &Command,
        results: &Results,
        start: Duration,
        whole: &mut Timing,
    ) -> Result<(crate::answer::Success, Value), Refusal> {
        let mut params = brackets::decode(&command.query);
        params
            .values_mut()
            .for_each(|value| resolve(value, &results.result));
        let params = Value::Map(params);
        let call = self.record(&command.method, &params, true);
        let outcome = self.call(caller, Api::V2, &command.method, &params, start);
        self.calls[call].ran = outcome.ran;
        whole.finish = outcome.timing.finish;
        whole.processing += outcome.timing.processing;
        let time = outcome.timing.block(self.state.account.utc_offset_minutes);
        outcome.answer.map(|success| (success, time))
    }
}

struct Command {
    name: String,
    method: String,
    query: String,
}

/// The commands in their order: `method?query`, by name or by number.
fn commands(cmd: &Value) -> Vec<Command> {
    let command = |name: String, value: &Value| {
        let text = value.to_text().unwrap_or_default();
        let (method, query) = text.split_once('?').unwrap_or((&text, ""));
        Command {
            name,
            method: method.to_owned(),
            query: query.to_owned(),
        }
    };
    match cmd {
        Value::Map(map) => map
            .iter()
            .map(|(name, value)| command(name.clone(), value))
            .collect(),
        Value::List(list) => list
            .iter()
            .enumerate()
            .map(|(i, value)| command(i.to_string(), value))
            .collect(),
        _ => Vec::new(),
    }
}

fn is_true(value: &Value) -> bool {
    !value.is_nothing() && value.to_text().as_deref() != Some("false")
}

/// Puts earlier results in the place of `$result[name][field][0]`. A reference that is the whole value becomes
/// the result itself, inside other text its text; what cannot be resolved stays as it was written.
fn resolve(value: &mut Value, results: &Map) {
    match value {
        Value::List(list) => list.iter_mut().for_each(|value| resolve(value, results)),
        Value::Map(map) => map.values_mut().for_each(|value| resolve(value, results)),
        Value::Text(text) if text.contains(MARK) => {
            if let Some((found, "")) = text.strip_prefix(MARK).and_then(|rest| reference(rest, results)) {
                *value = found.read();
            } else {
                *value = Value::Text(resolve_text(text, results));
            }
        }
        _ => {}
    }
}

const MARK: &str = "$result";

fn resolve_text(text: &str, results: &Map) -> String {
    let mut parts = text.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let found = reference(part, results).and_then(|(value, rest)| Some((value.to_text()?, rest)));
        match found {
            Some((value, rest)) => {
                out += &value;
                out += rest;
            }
            None => {
                out += MARK;
                out += part;
            }
        }
    }
    out
}

/// What the brackets lead to, and the text after them.
fn reference<'t>(text: &'t str, results: &Map) -> Option<(Value, &'t str)> {
    let (name, mut rest) = bracket(text)?;
    let mut value = Cow::Borrowed(results.get(name)?);
    while let Some((key, after)) = bracket(rest) {
        value = match value {
            Cow::Borrowed(value) => value.step(key)?,
            Cow::Owned(value) => Cow::Owned(value.step(key)?.into_owned()),
        };
        rest = after;
    }
    Some((value.into_owned(), rest))
}

fn bracket(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once(']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn results() -> Map {
        match json!({"site": 5, "list": [{"ID": "7"}, {"ID": "8"}], "0": "first"}).into() {
            Value::Map(map) => map,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn references_are_resolved_as_values_and_inside_text() {
        for (text, expected) in [
            ("$result[site]", json!(5)),
            ("$result[list][1][ID]", json!("8")),
            ("$result[list]", json!([{"ID": "7"}, {"ID": "8"}])),
            ("$result[0]", json!("first")),
            ("/$result[site]/$result[list][0][ID]/", json!("/5/7/")),
            ("$result[none]", json!("$result[none]")),
            ("$result[list][2][ID]", json!("$result[list][2][ID]")),
            ("a$result[list]", json!("a$result[list]")),
            ("$result", json!("$result")),
            ("$result[site", json!("$result[site")),
            ("no reference", json!("no reference")),
        ] {
            let mut value = Value::from([("deep", Value::List(vec![text.into()]))]);
            resolve(&mut value, &results());
            assert_eq!(
                serde_json::Value::from(value),
                json!({"deep": [expected]}),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_reference_makes_the_portal_panic(text in "([$\\[\\]]|\\$result|list|0|ID|é){0,30}") {
            resolve(&mut text.as_str().into(), &results());
        }
    }
}
