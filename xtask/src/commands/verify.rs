//! `cargo xtask verify`: every example of the documentation through the generated types.
//!
//! The types are asked through a program of their own crate (`examples/registry.rs`) and not linked in: whatever is
//! generated, this tool still builds and can generate again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::import::{is_whole, read_pages};
use super::{Outcome, files, say};
use crate::docs::{self, Example, ExampleKind};
use crate::exceptions::{self, Failure};
use crate::kept;

#[derive(Args)]
pub struct Arguments {
    /// A checkout of the documentation.
    #[arg(long, value_name = "DIR")]
    pub docs: PathBuf,
    /// Only the examples of this scope's methods; may be repeated. Left out, those of all methods.
    #[arg(long, value_name = "SCOPE")]
    pub only: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let root = Path::new(".");
    let spec = files::spec(root)?;
    let known = |example: &Example| {
        let mut methods = spec.methods.iter().map(|method| &method.facts);
        methods.any(|method| {
            method.api == example.api
                && method.name.eq_ignore_ascii_case(&example.method)
                && (arguments.only.is_empty()
                    || method.scopes.iter().any(|scope| arguments.only.contains(scope)))
        })
    };
    let pages = read_pages(&arguments.docs)?;
    let mut methods: Vec<_> = spec.methods.iter().map(|method| &method.facts).collect();
    methods.retain(|method| !method.gone);
    let gone = methods.iter().filter(|method| !pages.contains_key(&method.docs));
    is_whole(&arguments.docs, gone.count(), methods.len())?;
    let examples: Vec<_> = pages
        .iter()
        .flat_map(|(path, text)| docs::examples(path, text))
        .filter(known)
        .collect();
    let features = if arguments.only.is_empty() {
        "full".to_owned()
    } else {
        arguments.only.join(",")
    };
    let failures = check(root, &examples, &features)?;
    let text = std::fs::read_to_string(root.join(exceptions::FILE)).unwrap_or_default();
    let (open, known) = exceptions::sort(failures.clone(), &exceptions::read(&text)?, &examples);
    let summary = [
        ("answers", ExampleKind::Answer),
        ("refusals", ExampleKind::ErrorAnswer),
        ("requests", ExampleKind::Request),
    ]
    .map(|(kind, which)| {
        figures(
            kind,
            examples.iter().filter(|example| example.kind == which),
            &failures,
        )
    });
    let summary = format!(
        "{}\n{} places are excused in {}",
        summary.join("\n"),
        known.len(),
        exceptions::FILE
    );
    if open.is_empty() {
        say(format_args!("{summary}"));
        return Ok(());
    }
    Err(format!("{summary}\n{} failed\n{}", open.len(), open.join("\n")).into())
}

/// How many examples of a kind go through whole.
fn figures<'e>(kind: &str, examples: impl Iterator<Item = &'e Example>, failures: &[Failure]) -> String {
    let failed = |example: &Example| {
        let mut failures = failures.iter();
        failures.any(|failure| failure.page == example.page && failure.line == example.line)
    };
    let (failed, whole): (Vec<_>, Vec<_>) = examples.partition(|example| failed(example));
    let all = failed.len() + whole.len();
    let share = 100.0 * whole.len() as f64 / all.max(1) as f64;
    format!("{kind}: {} of {all} whole, {share:.2} %", whole.len())
}

/// What became of one example.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    Value(Value),
    Error(String),
}

/// Asks the types about all examples, all of methods of these features; returns each place that fails.
///
/// A request that says in words which identifier to put somewhere is asked about again with a number there, if it is
/// not taken as it stands.
pub fn check(root: &Path, examples: &[Example], features: &str) -> Result<Vec<Failure>, String> {
    let mut failures = Vec::new();
    let mut asked = Vec::new();
    for example in examples {
        match serde_json::from_str(&example.json) {
            Ok(json) => asked.push((example, json)),
            Err(error) => failures.push(Failure::new(example, error.to_string())),
        }
    }
    let mut again = Vec::new();
    let wrong = put(root, &asked, features)?;
    for ((example, json), texts) in asked.into_iter().zip(wrong) {
        let filled =
            docs::filled_in(&json).filter(|_| !texts.is_empty() && example.kind == ExampleKind::Request);
        match filled {
            Some(filled) => again.push((example, filled)),
            None => failures.extend(texts.into_iter().map(|text| Failure::new(example, text))),
        }
    }
    if !again.is_empty() {
        let wrong = put(root, &again, features)?;
        for ((example, _), texts) in again.into_iter().zip(wrong) {
            failures.extend(texts.into_iter().map(|text| Failure::new(example, text)));
        }
    }
    Ok(failures)
}

/// Puts values to the types, and says what is wrong with each.
fn put(root: &Path, asked: &[(&Example, Value)], features: &str) -> Result<Vec<Vec<String>>, String> {
    let mut questions = String::new();
    for (example, json) in asked {
        let key = if example.kind == ExampleKind::Request {
            "request"
        } else {
            "answer"
        };
        let question = json!({ "method": example.method, "api": example.api, key: json });
        questions.push_str(&format!("{question}\n"));
    }
    let replies = ask(root, questions, features)?;
    if replies.len() != asked.len() {
        return Err(format!("{} questions got {} replies", asked.len(), replies.len()));
    }
    let judged = asked.iter().zip(replies);
    Ok(judged
        .map(|((example, json), reply)| judge(example, json, reply))
        .collect())
}

fn judge(example: &Example, json: &Value, reply: Reply) -> Vec<String> {
    match (example.kind, reply) {
        (ExampleKind::Answer, Reply::Value(value)) => match json.get("result") {
            Some(result) => kept::lost(result, &value),
            None => vec!["there is no `result`".to_owned()],
        },
        // What is sent must be exactly what was given.
        (ExampleKind::Request, Reply::Value(value)) if value == *json => Vec::new(),
        (ExampleKind::Request, Reply::Value(value)) => vec![format!("would be sent as {value}")],
        (ExampleKind::ErrorAnswer, Reply::Value(_)) => vec!["an error is read as a result".to_owned()],
        (ExampleKind::ErrorAnswer, Reply::Error(text)) if text.contains("the answer is the error") => {
            Vec::new()
        }
        (_, Reply::Error(text)) => vec![text],
    }
}

/// Runs the program of the types' crate, with these features, over the questions, a line each.
fn ask(root: &Path, questions: String, features: &str) -> Result<Vec<Reply>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut program = Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--package",
            "bitrix24-types",
            "--features",
            &format!("{features},deprecated,registry"),
            "--example",
            "registry",
        ])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let stdin = program.stdin.take();
    // Written beside the reading, or both sides could wait for each other.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(questions.as_bytes())));
    let output = program.wait_with_output().map_err(|error| error.to_string())?;
    let written = writer.join();
    if !output.status.success() {
        return Err("the types could not be asked; see above".to_owned());
    }
    if !matches!(written, Ok(Some(Ok(())))) {
        return Err("the types did not listen to all questions".to_owned());
    }
    let replies = String::from_utf8_lossy(&output.stdout);
    replies
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")))
        .collect()
}
