//! Rules about whole pages, each on a page in miniature.

use super::tests::*;
use super::{Class, Imported, import};

/// A page about a method of lamps: its table of parameters, and what follows.
fn page(name: &str, rows: &str, rest: &str) -> (String, String) {
    let text = format!(
        "# About {name}\n\n> Scope: `lamp`\n\n> Who can execute the method: any user\n\n## Method Parameters\n\n{}\n\n{rest}",
        table(rows)
    );
    (format!("api-reference/lamp/{name}.md"), text)
}

fn table(rows: &str) -> String {
    format!("#|\n|| **Name**\n`type` | **Description** ||\n{rows}\n|#")
}

/// An example of an answer, and the table of what is returned.
fn answer(result: &str, rows: &str) -> String {
    format!(
        "## Response Handling\n\n```json\n{{\"result\": {result}}}\n```\n\n### Returned Data\n\n{}\n",
        table(rows)
    )
}

fn call(name: &str, body: &str) -> String {
    format!("## Code Examples\n\n```bash\ncurl -d '{body}' https://x.com/rest/1/code/{name}\n```\n\n")
}

fn read(pages: &[(String, String)]) -> Imported {
    import(&pages.iter().cloned().collect(), &[])
}

const NUMBER: &str = "|| **a**\n`integer` | A ||";

#[test]
fn a_shared_object_has_what_answers_show_beyond_its_tables() {
    let fields = format!(
        "# Fields\n\n{}\n",
        table("|| **ID**\n`integer` | Number ||\n|| **ON**\n`char` | On ||")
    );
    let row = "|| **result**\n`object` | Of [these](./fields.md) ||";
    let get = page("lamp.get", NUMBER, &answer(r#"{"ID": 1, "watt": 5}"#, row));
    let odd = page(
        "lamp.odd",
        NUMBER,
        &answer(r#"{"ID": 1, "x": 1, "y": 2, "z": 3}"#, row),
    );
    let imported = read(&[get, odd, ("api-reference/lamp/fields.md".to_owned(), fields)]);
    assert_eq!(
        outline(&imported.objects[0].fields),
        ["ID: id", "ON: string", "watt: int from Example"]
    );
}

#[test]
fn what_an_example_does_without_is_not_required() {
    let rows = "|| **id***\n`integer` | Number ||\n|| **code***\n`string` | Or its code ||\n|| **fields***\n`object` | [Fields](#fields) ||";
    let fields = format!(
        "### Fields {{#fields}}\n\n{}\n\n",
        table("|| **name***\n`string` | Name ||\n|| **watt***\n`integer` | Power ||")
    );
    let body = r#"{"ID": 1, "fields": {"name": "Moon"}}"#;
    let imported = read(&[page("lamp.hang", rows, &(fields + &call("lamp.hang", body)))]);
    assert_eq!(
        outline(&imported.methods[0].params),
        [
            "id: int required",
            "code: string",
            "fields: object required",
            "  name: string required",
            "  watt: int"
        ]
    );
    let told = imported.report.of(Class::Disagreement);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].what, "`code` is required, but an example does without");
}

#[test]
fn fields_that_an_answer_describes_are_data() {
    let row = "|| **result**\n`object` | [Fields](#it) ||\n|#\n\n#### It {#it}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **ID**\n`integer` | Number ||";
    let shown = r#"{"ID": {"type": "integer", "title": "Number"}, "UF_1": {"type": "char", "title": "On", "isMultiple": false}}"#;
    let imported = read(&[page("lamp.fields", NUMBER, &answer(shown, row))]);
    let result = &imported.methods[0].result;
    assert_eq!(result.ty.to_string(), "map<object>");
    assert_eq!(
        outline(&result.fields),
        [
            "type: string from Example",
            "title: string from Example",
            "isMultiple: bool from Example"
        ]
    );
}
