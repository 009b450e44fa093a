//! Examples on pages of our own writing, through the types that are generated from the spec.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use xtask::commands::verify::check;
use xtask::docs::{self, Example};

fn page(body: &str, answer: &str) -> String {
    format!(
        "# Publish a Site landing.site.publication

> Scope: [`landing`](../../scopes/permissions.md)
>
> Who can execute the method: any user

## Method Parameters

#|
|| **Name**
`type` | **Description** ||
|| **id***
[`integer`](../../data-types.md) | The site ||
|#

## Code Examples

{{% list tabs %}}

- cURL (Webhook)

    ```bash
    curl -X POST \\
      -H \"Content-Type: application/json\" \\
      -d '{body}' \\
      \"https://**put.your-domain-here**/rest/**user_id**/**webhook_code**/landing.site.publication.json\"
    ```

{{% endlist %}}

## Response Handling

HTTP Status: **200**

```json
{answer}
```
"
    )
}

fn examples(body: &str, answer: &str) -> Vec<Example> {
    let examples = docs::examples("own/landing-site-publication.md", &page(body, answer));
    assert_eq!(examples.len(), 2, "{examples:?}");
    examples
}

#[test]
fn examples_fit_or_are_told_by_page_line_and_path() {
    let mut all = examples(
        r#"{"id": 7}"#,
        r#"{"result": "7", "time": {"start": 1, "finish": 1.5}}"#,
    );
    all.extend(examples(
        r#"{"id": 7, "colour": "red"}"#,
        r#"{"result": {"ID": 7}}"#,
    ));
    all.extend(examples(
        r#"{"scope": "KNOWLEDGE"}"#,
        r#"{"error": "ACCESS_DENIED", "error_description": ""}"#,
    ));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let failures = check(root, &all, "landing").unwrap();
    let texts: Vec<_> = failures.iter().map(|failure| failure.text.clone()).collect();
    assert_eq!(texts.len(), 3, "{failures:#?}");
    for (text, expected) in texts.iter().zip(["colour", "result", "`id`"]) {
        assert!(text.contains(expected), "{failures:#?}");
    }
    assert!(
        failures[0]
            .to_string()
            .starts_with("own/landing-site-publication.md:2"),
        "{failures:#?}"
    );
}

#[test]
fn words_for_an_identifier_are_no_fault_but_what_stands_beside_them_is() {
    let answer = r#"{"result": "7"}"#;
    let mut all = examples(r#"{"id": "**put_site_id_here**"}"#, answer);
    all.extend(examples(r#"{"id": "your_site_id", "colour": 7}"#, answer));
    all.extend(examples(r#"{"id": "the first one"}"#, answer));
    all.extend(examples(r#"{"scope": "**put_site_id_here**"}"#, answer));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let failures = check(root, &all, "landing").unwrap();
    let texts: Vec<_> = failures.iter().map(|failure| failure.text.clone()).collect();
    assert_eq!(texts.len(), 3, "{failures:#?}");
    for expected in ["colour", "found the text \"the first one\"", "`id`: required"] {
        assert!(texts.iter().any(|text| text.contains(expected)), "{failures:#?}");
    }
}
