//! The examples on a page: answers, error answers, request bodies.

use super::facts;
use super::infer;
use super::json::{self, Json};
use super::page::{FieldTable, Page, Sample, Section};
use super::report::{Class, Report};
use super::said;

/// An example that can be checked against the spec.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub method: String,
    pub api: u8,
    pub page: String,
    pub line: usize,
    pub kind: ExampleKind,
    /// Strict JSON.
    pub json: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    Answer,
    ErrorAnswer,
    Request,
}

/// Every strict-JSON answer and every cURL body of a method page.
pub fn examples(page: &Page) -> Vec<Example> {
    let Some(method) = &page.method else {
        return Vec::new();
    };
    let example = |line, kind, json| Example {
        method: method.clone(),
        api: page.api,
        page: page.path.clone(),
        line,
        kind,
        json,
    };
    let bare = shows_bare_results(page);
    let mut out = Vec::new();
    for sample in &page.samples {
        if let Some(kind) = answer_kind(sample) {
            if json::is_strict(&sample.text) {
                out.push(example(sample.line, kind, sample.text.clone()));
            }
        } else if let Some(json) = enveloped(sample).filter(|_| bare && sample.section == Section::Result) {
            out.push(example(sample.line, ExampleKind::Answer, json));
        }
        for body in bodies(sample) {
            if let Some(json) = without_auth(&body.text) {
                out.push(example(sample.line + body.line, ExampleKind::Request, json));
            }
        }
    }
    out
}

/// A body with a number in place of every text that only says which identifier to put there; `None` where there is no
/// such text. Whether the parameter takes numbers or text is not to be seen in it.
pub fn filled_in(body: &serde_json::Value) -> Option<serde_json::Value> {
    use serde_json::Value;
    let mut filled = body.clone();
    let mut values = vec![&mut filled];
    while let Some(value) = values.pop() {
        match value {
            Value::String(text) if asks_for_an_id(text) => *value = 1.into(),
            Value::Array(items) => values.extend(items),
            Value::Object(entries) => values.extend(entries.values_mut()),
            _ => {}
        }
    }
    (filled != *body).then_some(filled)
}

/// `**put_lamp_id_here**`, `your_lamp_id`, `your_id_here`: nothing but words for the identifier that goes there.
fn asks_for_an_id(text: &str) -> bool {
    let bold = text.strip_prefix("**").and_then(|text| text.strip_suffix("**"));
    let mut words = bold.unwrap_or(text).split('_');
    matches!(words.next(), Some("put" | "your"))
        && words.clone().any(|word| word == "id")
        && words.all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
}

/// The answers of success, repaired where needed.
pub fn answers(page: &Page, report: &mut Report) -> Vec<Json> {
    let bare = shows_bare_results(page);
    let mut answers = Vec::new();
    for sample in &page.samples {
        if !matches!(sample.section, Section::Result | Section::Errors) || !is_json(sample) {
            continue;
        }
        match json::read(&sample.text).map(unpacked) {
            // Some methods answer `{"result": {"error": …}}`.
            Ok(answer) if sample.section == Section::Errors => {
                if let Some(Json::Object(entries)) = answer.get("result") {
                    if !entries.is_empty() {
                        answers.push(answer);
                    }
                }
            }
            Err(_) if sample.section == Section::Errors => {}
            Ok(answer) if answer.get("result").is_some() => answers.push(answer),
            Ok(answer) if bare && answer.get("error").is_none() => answers.push(around(answer)),
            Ok(_) => {}
            Err(error) => report.add(Class::Json, &page.path, sample.line + error.line, error.what),
        }
    }
    if answers.is_empty() {
        answers.extend(said::value(page).map(around));
    }
    answers
}

/// Whether a page leaves out the envelope: none of its answers has a `result`, so that what it shows is the result.
fn shows_bare_results(page: &Page) -> bool {
    let answers = page
        .samples
        .iter()
        .filter(|sample| sample.section == Section::Result && is_json(sample));
    let mut read = answers.filter_map(|sample| json::read(&sample.text).ok());
    read.all(|answer| unpacked(answer).get("result").is_none())
}

/// The answer in what a library printed: `{"answer": {"result": …}, "query": …, "status": 200}`.
fn unpacked(printed: Json) -> Json {
    match printed.get("answer") {
        Some(answer) if answer.get("result").is_some() => answer.clone(),
        _ => printed,
    }
}

/// What an envelope has beside the result. Some pages leave out the result's name only.
const BESIDE_RESULT: [&str; 3] = ["total", "next", "time"];

/// An answer with the envelope that its page leaves out.
fn around(answer: Json) -> Json {
    let result = match answer {
        Json::Object(entries) if entries.iter().any(|(key, _)| key == "time") => Json::Object(
            entries
                .into_iter()
                .filter(|(key, _)| !BESIDE_RESULT.contains(&key.as_str()))
                .collect(),
        ),
        answer => answer,
    };
    Json::Object(vec![("result".to_owned(), result)])
}

/// The same as strict JSON, if it is such.
fn enveloped(sample: &Sample) -> Option<String> {
    let mut answer: serde_json::Value = serde_json::from_str(&sample.text)
        .ok()
        .filter(|_| is_json(sample))?;
    if let Some(entries) = answer.as_object_mut() {
        if entries.contains_key("error") {
            return None;
        }
        if entries.contains_key("time") {
            for name in BESIDE_RESULT {
                entries.remove(name);
            }
        }
    }
    serde_json::to_string(&serde_json::json!({ "result": answer })).ok()
}

/// The bodies of all requests, without `auth`: those of cURL, or where there are none those of JavaScript.
pub fn requests(page: &Page) -> Vec<Json> {
    let curl = page.samples.iter().flat_map(bodies);
    let bodies: Vec<Json> = curl
        .filter_map(|body| json::read(&body.text).ok())
        .map(|body| without(body, "auth"))
        .collect();
    if !bodies.is_empty() {
        return bodies;
    }
    // The samples page through lists by themselves.
    let calls = page
        .samples
        .iter()
        .filter_map(|sample| call_literal(&sample.text));
    calls.map(|body| without(body, "start")).collect()
}

/// Objects that a page shows beside a table of parameters, alone or with their name, and that have only keys of it.
pub fn shown_beside(page: &Page, table: &FieldTable) -> Vec<Json> {
    let is_row = |key: &&str| table.rows.iter().any(|row| row.name == **key);
    let beside = page
        .samples
        .iter()
        .filter(|sample| sample.section == Section::Params);
    let literals = beside.filter_map(|sample| json::read_literal(facts::without_name(&sample.text)).ok());
    literals
        .filter(|literal| {
            let keys = infer::keys(&[literal]);
            keys.len() > 1 && keys.iter().all(is_row)
        })
        .collect()
}

/// The bodies that a shell command sends.
pub fn request_bodies(sample: &Sample) -> Vec<Json> {
    let bodies = bodies(sample).into_iter();
    bodies.filter_map(|body| json::read(&body.text).ok()).collect()
}

fn without(body: Json, key: &str) -> Json {
    match body {
        Json::Object(entries) => Json::Object(entries.into_iter().filter(|(name, _)| name != key).collect()),
        other => other,
    }
}

/// The parameters in a JavaScript call of either library.
fn call_literal(code: &str) -> Option<Json> {
    let inside = if let Some(call) = code.find(".call.make") {
        let call = &code[call..];
        &call[call.find("params:")? + "params:".len()..]
    } else {
        let call = &code[code.find("callMethod(")?..];
        &call[call.find(',')? + 1..]
    };
    let literal = inside.trim_start();
    let body = json::read_literal(literal)
        .ok()
        .filter(|_| literal.starts_with('{'))?;
    Some(body)
}

fn is_json(sample: &Sample) -> bool {
    let language = sample.language.as_str();
    (language.is_empty() || language.starts_with("json")) && sample.text.trim_start().starts_with(['{', '['])
}

fn answer_kind(sample: &Sample) -> Option<ExampleKind> {
    if !is_json(sample) || !matches!(sample.section, Section::Result | Section::Errors) {
        return None;
    }
    let answer = json::read(&sample.text).ok()?;
    if answer.get("result").is_some() {
        Some(ExampleKind::Answer)
    } else if answer.get("error").is_some() {
        Some(ExampleKind::ErrorAnswer)
    } else {
        None
    }
}

struct Body {
    /// From 0, within the sample.
    line: usize,
    text: String,
}

/// What the `-d` options of a shell command send.
fn bodies(sample: &Sample) -> Vec<Body> {
    if !sample.text.contains("curl") {
        return Vec::new();
    }
    let words = shell_words(&sample.text);
    let mut bodies = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let is_option = matches!(
            word.text.as_str(),
            "-d" | "--data" | "--data-raw" | "--data-binary"
        );
        if is_option {
            if let Some(body) = words.next_if(|next| next.text.trim_start().starts_with(['{', '['])) {
                bodies.push(body);
            }
        } else if let Some(body) = attached(&word) {
            bodies.push(body);
        }
    }
    bodies
}

/// `-d{…}`, `--data={…}`.
fn attached(word: &Body) -> Option<Body> {
    let text = ["--data-raw=", "--data=", "-d"]
        .iter()
        .find_map(|option| word.text.strip_prefix(option))?;
    text.starts_with(['{', '[']).then(|| Body {
        line: word.line,
        text: text.to_owned(),
    })
}

/// A shell command's words: quotes taken away, `\` before a line's end joins lines.
fn shell_words(text: &str) -> Vec<Body> {
    let mut words = Vec::new();
    let mut word: Option<Body> = None;
    let mut line = 0;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let at = line;
        if c == '\n' {
            line += 1;
        }
        let word_text = |word: &mut Option<Body>| {
            word.get_or_insert_with(|| Body {
                line: at,
                text: String::new(),
            });
        };
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => {
                let next = chars.next();
                match next {
                    Some('\n') => line += 1,
                    Some(next) => {
                        word_text(&mut word);
                        let keep = quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`');
                        if let Some(word) = &mut word {
                            if keep {
                                word.text.push('\\');
                            }
                            word.text.push(next);
                        }
                    }
                    None => {}
                }
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word_text(&mut word);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => {
                word_text(&mut word);
                if let Some(word) = &mut word {
                    word.text.push(c);
                }
            }
        }
    }
    words.extend(word);
    words
}

/// A request body as strict JSON, without the OAuth token; `None` where it is no strict JSON object.
fn without_auth(text: &str) -> Option<String> {
    let mut body: serde_json::Value = serde_json::from_str(text).ok()?;
    body.as_object_mut()?.remove("auth");
    serde_json::to_string(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::page;

    const PAGE: &str = r#"# Hang a lamp lamp.hang

> Scope: [`lamp`](s.md)

## Method Parameters

No parameters.

## Code Examples

{% list tabs %}

- cURL (Webhook)

    ```bash
    curl -X POST \
      -H "Content-Type: application/json" \
      -d '{
        "words": "it'\''s \"on\"",
        "id": 1
      }' \
      "https://example.com/rest/1/code/lamp.hang.json"
    ```

- cURL (OAuth)

    ```bash
    curl --data-raw "{\"id\":2,\"auth\":\"token\"}" https://example.com/rest/lamp.hang
    ```

- cURL, not JSON

    ```bash
    curl -d id=3 https://example.com/rest/lamp.hang
    ```

{% endlist %}

## Response Handling

```json
{
    "result": true
}
```

```json
{ "result": false, // repaired
}
```

## Error Handling

```json
{ "error": "LAMP_DARK", "error_description": "" }
```
"#;

    #[test]
    fn answers_and_bodies_come_out_with_their_lines() {
        let page = page::read("lamp/lamp-hang.md", PAGE);
        let found: Vec<(ExampleKind, usize, String)> = examples(&page)
            .into_iter()
            .map(|example| {
                (
                    example.kind,
                    example.line,
                    example.json.split_whitespace().collect(),
                )
            })
            .collect();
        let expected = [
            (ExampleKind::Request, 18, r#"{"id":1,"words":"it's\"on\""}"#),
            (ExampleKind::Request, 28, r#"{"id":2}"#),
            (ExampleKind::Answer, 42, r#"{"result":true}"#),
            (
                ExampleKind::ErrorAnswer,
                55,
                r#"{"error":"LAMP_DARK","error_description":""}"#,
            ),
        ];
        let expected =
            expected.map(|(kind, line, json)| (kind, line, json.split_whitespace().collect::<String>()));
        assert_eq!(found, expected);
    }

    #[test]
    fn words_for_an_identifier_are_no_identifier() {
        let body = serde_json::json!({
            "id": "**put_lamp_id_here**", "rows": [{"ID": "your_row_id", "at": "your_id_here"}],
            "since": "**put_date_here**", "note": "your lamp id", "code": "Your_Id", "guid": "lamp_id",
        });
        let filled = serde_json::json!({
            "id": 1, "rows": [{"ID": 1, "at": 1}],
            "since": "**put_date_here**", "note": "your lamp id", "code": "Your_Id", "guid": "lamp_id",
        });
        assert_eq!(filled_in(&body), Some(filled.clone()));
        assert_eq!(filled_in(&filled), None);
    }

    #[test]
    fn repaired_answers_count_as_evidence_though_not_as_examples() {
        let page = page::read("lamp/lamp-hang.md", PAGE);
        let mut report = Report::default();
        assert_eq!(answers(&page, &mut report).len(), 2);
        assert!(report.is_empty());
    }

    #[test]
    fn where_there_is_no_curl_the_javascript_call_tells() {
        for code in [
            "const r = await sdk.actions.v2.call.make<number>({\n method: 'lamp.hang',\n params: { id: 7, start: 0 },\n})",
            "BX24.callMethod('lamp.hang', { id: 7 }, function () {})",
        ] {
            let text = format!("# lamp.hang\n\n> Scope: `lamp`\n\n## Code Examples\n\n```js\n{code}\n```\n");
            let page = page::read("lamp/lamp-hang.md", &text);
            let expected = Json::Object(vec![("id".to_owned(), Json::Number("7".to_owned()))]);
            assert_eq!(requests(&page), [expected], "{code}");
        }
    }

    #[test]
    fn shell_words_survive_what_is_not_closed() {
        for text in [
            "curl -d '{\"a\": 1",
            "curl -d \"\\",
            "curl -d",
            "curl \\\n -d{\"a\":1}",
        ] {
            let sample = Sample {
                line: 1,
                section: Section::Code,
                language: "bash".to_owned(),
                text: text.to_owned(),
            };
            let found: Vec<String> = bodies(&sample).into_iter().map(|body| body.text).collect();
            assert!(found.len() <= 1, "{text}: {found:?}");
        }
    }
}
