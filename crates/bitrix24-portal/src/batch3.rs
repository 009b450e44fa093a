//! `batch` of REST 3.0: a list of commands, one after the other; the first that fails is the answer to all of them. What ran
//! before it has run.

use std::time::Duration;

use crate::answer::{Refusal, Timing};
use crate::request::Api;
use crate::rest::{Caller, Outcome, World};
use crate::system;
use crate::value::{Map, Value};

/// One command.
struct Command<'a> {
    method: String,
    query: &'a Value,
    /// What later commands call its result: its alias, or its number.
    name: String,
}

impl World {
    /// Runs the commands of a batch, until one fails.
    pub(crate) fn batch3(&mut self, caller: &Caller, params: &Value, start: Duration) -> Outcome {
        let mut timing = Timing::none(start);
        let mut ran = false;
        let answer = self.commands(caller, params, &mut timing, &mut ran);
        Outcome {
            answer: answer.map(|results| Value::List(results).into()),
            ran,
            timing,
        }
    }

    fn commands(
        &mut self,
        caller: &Caller,
        params: &Value,
        timing: &mut Timing,
        ran: &mut bool,
    ) -> Result<Vec<Value>, Refusal> {
        let commands = commands(params)?;
        if commands.len() > self.limits.batch {
            return Err(system::BATCH_LENGTH_EXCEEDED.into());
        }
        if commands
            .iter()
            .any(|command| command.method.eq_ignore_ascii_case("batch"))
        {
            return Err(system::BATCH_METHOD_NOT_ALLOWED.into());
        }
        *ran = true;
        let mut context = Map::new();
        let mut results = Vec::new();
        for command in commands {
            let query = resolve(command.query, &context)?;
            let call = self.record(&command.method, &query, true);
            let outcome = self.call(caller, Api::V3, &command.method, &query, timing.finish);
            self.calls[call].ran = outcome.ran;
            timing.finish = outcome.timing.finish;
            timing.processing += outcome.timing.processing;
            let result = outcome.answer?.result;
            // Other results than a record and its list cannot be referred to.
            if let Some(found) = result.find("item").or_else(|| result.find("items")) {
                context.insert(command.name, found.clone().read());
            }
            results.push(result);
        }
        Ok(results)
    }
}

fn wrong(text: impl Into<String>) -> Refusal {
    Refusal::rest3(400, "INVALIDSELECTEXCEPTION", text)
}

fn commands(params: &Value) -> Result<Vec<Command<'_>>, Refusal> {
    let Value::List(list) = params else {
        return Err(wrong("A batch is a list of commands with `method` and `query`"));
    };
    let mut commands: Vec<Command<'_>> = Vec::new();
    for (at, command) in list.iter().enumerate() {
        let query = command
            .find("query")
            .filter(|query| matches!(query, Value::Map(_)) || query.is_nothing());
        let (Value::Text(method), Some(query)) = (command.get("method"), query) else {
            return Err(wrong(format!("Command {at} lacks `method` or `query`")));
        };
        let name = command
            .get("as")
            .to_text()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| at.to_string());
        if commands.iter().any(|other| other.name == name) {
            return Err(wrong(format!("There are two commands called {name}")));
        }
        commands.push(Command {
            method: method.clone(),
            query,
            name,
        });
    }
    Ok(commands)
}

/// Puts earlier results in the place of `{"$ref": "alias.path"}` and `{"$refArray": "alias.field"}`.
fn resolve(value: &Value, context: &Map) -> Result<Value, Refusal> {
    Ok(match value {
        Value::Map(map) => match map.iter().next() {
            Some((key, path)) if map.len() == 1 && key == "$ref" => find(&text(path)?, context)?.clone(),
            Some((key, path)) if map.len() == 1 && key == "$refArray" => collect(&text(path)?, context)?,
            _ => {
                let entry = |(key, value): (&String, &Value)| Ok((key.clone(), resolve(value, context)?));
                Value::Map(map.iter().map(entry).collect::<Result<_, Refusal>>()?)
            }
        },
        Value::List(list) => Value::List(
            list.iter()
                .map(|value| resolve(value, context))
                .collect::<Result<_, _>>()?,
        ),
        // As text it would be taken for a value, and the wrong rows found.
        Value::Text(text) if text.contains("$result[") => {
            return Err(wrong(
                "A reference of REST 3.0 is an object with `$ref` or `$refArray`",
            ));
        }
        scalar => scalar.clone(),
    })
}

fn text(path: &Value) -> Result<String, Refusal> {
    path.to_text().ok_or_else(|| wrong("A path is text"))
}

fn find<'a>(path: &str, context: &'a Map) -> Result<&'a Value, Refusal> {
    let mut steps = path.split('.');
    let start = steps.next().and_then(|name| context.get(name));
    let found = steps.try_fold(start, |value, step| {
        Some(value.and_then(|value| value.find(step)))
    });
    found
        .flatten()
        .ok_or_else(|| wrong(format!("Path '{path}' leads nowhere")))
}

/// The field, of each entry of a list.
fn collect(path: &str, context: &Map) -> Result<Value, Refusal> {
    let Some((list, field)) = path.rsplit_once('.') else {
        return Err(wrong(format!("'{path}' names no field")));
    };
    let Value::List(entries) = find(list, context)? else {
        return Err(wrong(format!("Path '{list}' leads to no list")));
    };
    let of = |entry: &Value| {
        entry
            .find(field)
            .cloned()
            .ok_or_else(|| wrong(format!("There is no field '{field}' in '{list}'")))
    };
    Ok(Value::List(entries.iter().map(of).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resolved(value: serde_json::Value) -> Result<serde_json::Value, String> {
        let context = json!({"task": {"id": 7, "tags": ["a", "b"]}, "1": [{"id": 1}, {"id": 2, "x": 3}]});
        let Value::Map(context) = Value::from(context) else {
            panic!()
        };
        resolve(&value.into(), &context)
            .map(Into::into)
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn references_are_resolved_wherever_they_stand() {
        for (value, expected) in [
            (json!({"$ref": "task.id"}), json!(7)),
            (json!({"$ref": "task"}), json!({"id": 7, "tags": ["a", "b"]})),
            (json!({"id": {"$ref": "task.tags.1"}}), json!({"id": "b"})),
            (
                json!([["id", "in", {"$refArray": "1.id"}]]),
                json!([["id", "in", [1, 2]]]),
            ),
            (json!({"$ref": "1.1.x"}), json!(3)),
            (
                json!({"$ref": "task.id", "more": 1}),
                json!({"$ref": "task.id", "more": 1}),
            ),
            (json!("$ref"), json!("$ref")),
            (json!(null), json!(null)),
        ] {
            assert_eq!(resolved(value.clone()), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for value in [
            json!({"$ref": "other.id"}),
            json!({"$ref": "task.none"}),
            json!({"$ref": "task.id.deeper"}),
            json!({"$ref": ["task"]}),
            json!({"$refArray": "1"}),
            json!({"$refArray": "1.x"}),
            json!({"$refArray": "task.id"}),
            json!(["$result[task][id]"]),
        ] {
            let code = "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION".to_owned();
            assert_eq!(resolved(value.clone()), Err(code), "{value}");
        }
    }
}
