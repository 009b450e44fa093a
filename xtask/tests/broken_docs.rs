//! A documentation in which something was damaged: the report names the page, and the rest imports as before. The
//! pages are of our own writing, in the form of the vendor's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use xtask::docs::{self, Imported};
use xtask::spec::Method;

type Pages = BTreeMap<String, String>;

const HANG: &str = "api-reference/lamp/lamp-hang.md";

fn page(title: &str, method: &str) -> String {
    format!(
        "# {title} {method}

> Scope: [`lamp`](../scopes/permissions.md)
>
> Who can execute the method: any user

The lamp must be in the box.

## Method Parameters

#|
|| **Name**
`type` | **Description** ||
|| **id***
[`integer`](../data-types.md) | The lamp ||
|| **shade**
[`object`](../data-types.md) | The shade, see [below](#shade) ||
|#

### Shade {{#shade}}

#|
|| **Name**
`type` | **Description** ||
|| **colour**
[`string`](../data-types.md) | The colour ||
|| **width**
[`integer`](../data-types.md) | In centimetres ||
|#

## Code Examples

{{% list tabs %}}

- cURL (Webhook)

    ```bash
    curl -X POST \\
      -H \"Content-Type: application/json\" \\
      -d '{{\"id\": 7, \"shade\": {{\"colour\": \"red\", \"width\": 30}}}}' \\
      \"https://**put.your-domain-here**/rest/**user_id**/**webhook_code**/{method}.json\"
    ```

{{% endlist %}}

## Response Handling

HTTP Status: **200**

```json
{{
    \"result\": {{\"id\": 7, \"lit\": true}},
    \"time\": {{\"start\": 1.5}}
}}
```

### Returned Data

#|
|| **Name**
`type` | **Description** ||
|| **result**
[`object`](../data-types.md) | The lamp ||
|| **id**
[`integer`](../data-types.md) | Its number ||
|| **lit**
[`boolean`](../data-types.md) | Whether it is on ||
|#

## Error Handling

HTTP Status: **400**

### Possible Error Codes

#|
|| **Code** | **Description** ||
|| `NO_HOOK` | There is nothing to hang it on ||
|#
"
    )
}

fn whole() -> Pages {
    let pages = [
        ("hang", "Hang a Lamp"),
        ("light", "Light a Lamp"),
        ("drop", "Drop a Lamp"),
    ];
    let pages = pages.map(|(step, title)| {
        let path = format!("api-reference/lamp/lamp-{step}.md");
        (path, page(title, &format!("lamp.{step}")))
    });
    pages.into()
}

/// What is imported when the page about hanging is `text`.
fn damaged(text: &str) -> Imported {
    let mut pages = whole();
    pages.insert(HANG.to_owned(), text.to_owned());
    docs::import(&pages, &[])
}

fn method<'i>(imported: &'i Imported, name: &str) -> Option<&'i Method> {
    imported.methods.iter().find(|method| method.name == name)
}

/// The other pages say what they said.
fn others_are_as_before(imported: &Imported) {
    let before = docs::import(&whole(), &[]);
    for name in ["lamp.light", "lamp.drop"] {
        assert_eq!(method(imported, name).unwrap(), method(&before, name).unwrap());
    }
}

fn is_named(imported: &Imported) -> bool {
    imported.report.to_string().contains(&format!("{HANG}:"))
}

fn changed(from: &str, to: &str) -> Imported {
    let text = whole().remove(HANG).unwrap();
    assert!(text.contains(from), "{from}");
    damaged(&text.replacen(from, to, 1))
}

#[test]
fn nothing_is_said_of_whole_pages() {
    let imported = docs::import(&whole(), &[]);
    assert!(imported.report.is_empty(), "{}", imported.report);
    assert_eq!(imported.methods.len(), 3);
    let hang = method(&imported, "lamp.hang").unwrap();
    assert_eq!(hang.params[1].fields.len(), 2);
    assert_eq!(hang.errors.len(), 1);
}

#[test]
fn a_section_that_was_renamed() {
    for section in [
        "## Method Parameters",
        "## Code Examples",
        "## Response Handling",
        "### Returned Data",
        "## Error Handling",
        "### Possible Error Codes",
        "### Shade {#shade}",
    ] {
        let (level, _) = section.split_once(' ').unwrap();
        let imported = changed(section, &format!("{level} Sundries"));
        others_are_as_before(&imported);
        let before = docs::import(&whole(), &[]);
        let same = method(&imported, "lamp.hang") == method(&before, "lamp.hang");
        assert!(same || is_named(&imported), "{section}: {}", imported.report);
    }
    assert!(is_named(&changed("## Method Parameters", "## Sundries")));
}

#[test]
fn a_table_that_is_broken() {
    for (from, to) in [
        ("|#\n\n### Shade", "\n### Shade"),
        ("`type` | **Description** ||\n|| **id***", "|| **id***"),
        ("| The lamp ||", "| The lamp"),
        ("|#\n\n## Code", "\n## Code"),
        ("#|\n|| **Code**", "|| **Code**"),
        ("**colour**\n[`string`]", "**colour**\n[`strnig`]"),
    ] {
        let imported = changed(from, to);
        others_are_as_before(&imported);
        assert!(is_named(&imported), "{from}: {}", imported.report);
    }
}

#[test]
fn a_page_that_was_cut_in_half() {
    let text = whole().remove(HANG).unwrap();
    let imported = damaged(&text[..text.len() / 2]);
    others_are_as_before(&imported);
    assert!(is_named(&imported), "{}", imported.report);
}

#[test]
fn a_page_that_was_cut_anywhere() {
    let text = whole().remove(HANG).unwrap();
    for end in (0..text.len()).step_by(7) {
        others_are_as_before(&damaged(&text[..end]));
    }
}

#[test]
fn a_page_with_another_text_in_it() {
    for text in [
        "",
        "\u{0}",
        "#",
        "|| **a** |",
        "```json\n{",
        "#|\n#|\n|#\n|#",
        "> Scope:",
    ] {
        others_are_as_before(&damaged(text));
        let page = whole().remove(HANG).unwrap();
        others_are_as_before(&damaged(&format!("{text}\n{page}")));
        others_are_as_before(&damaged(&page.replace("\n\n", &format!("\n\n{text}\n\n"))));
    }
}
