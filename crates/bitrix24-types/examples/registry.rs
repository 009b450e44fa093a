//! Lets another program use the types by name: a JSON object a line in, one a line out.
//!
//! ```text
//! {"method": "landing.site.publication", "api": 2, "answer": {"result": 157, "time": {}}}
//! {"method": "landing.site.publication", "api": 2, "request": {"id": 157}}
//! ```
//!
//! gives `{"value": 157}` and `{"value": {"id": 157}}`: what the method's result and request make of it. What they
//! cannot read gives `{"error": "…"}`. `cargo xtask verify` asks this about every example of the documentation.

use std::io::{self, BufRead, Write};

use bitrix24_types::{Api, Value, registry};
use serde_json::json;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let reply = match reply(&line?) {
            Ok(value) => json!({ "value": value }),
            Err(error) => json!({ "error": error }),
        };
        writeln!(out, "{reply}")?;
    }
    Ok(())
}

fn reply(line: &str) -> Result<Value, String> {
    let question: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let name = question["method"].as_str().unwrap_or_default();
    let api = if question["api"] == 3 { Api::V3 } else { Api::V2 };
    let entry = registry::find(name, api).ok_or_else(|| format!("there is no method `{name}`"))?;
    if let Some(answer) = question.get("answer") {
        return (entry.output)(answer.to_string().as_bytes()).map_err(|error| error.to_string());
    }
    let request = &question["request"];
    (entry.request)(request)
        .map(Value::from)
        .map_err(|error| error.to_string())
}
