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

fn result(rest: &str) -> (String, Vec<String>) {
    let imported = read(&[page("lamp.hang", NUMBER, rest)]);
    let result = &imported.methods[0].result;
    (result.ty.to_string(), outline(&result.fields))
}

#[test]
fn a_call_that_changes_something_may_say_nothing() {
    let ty = |shown: &str, row: &str| result(&answer(shown, row)).0;
    assert_eq!(ty("null", "|| **result**\n`null` | Nothing ||"), "null");
    assert_eq!(
        ty("null", "|| **result**\n`any` | The value is always null ||"),
        "null"
    );
    assert_eq!(
        ty("[]", "|| **result**\n`array` | An empty array if it worked ||"),
        "null"
    );
    assert_eq!(
        ty("[]", "|| **result**\n`array` | The lamps that are left ||"),
        "any[]"
    );
    assert_eq!(
        ty("null", "|| **result**\n`integer` | Its number or `null` ||"),
        "int"
    );
    let shown = "## Response Handling\n\n```json\n{\"result\": []}\n```\n";
    assert_eq!(result(shown).0, "null");
    // What reads has nothing to tell today.
    let list = read(&[page("lamp.list", NUMBER, shown)]);
    assert_eq!(list.methods[0].result.ty.to_string(), "any");
}

#[test]
fn answers_spell_the_names() {
    let types = "# Types\n\n### lamp_bulb\n\n#|\n|| **Value**\n`type` | **Description** ||\n|| **OWNER_ID**\n`integer` | Owner ||\n|| **WATT_MAX**\n`integer` | Power ||\n|#\n";
    let row = "|| **result**\n[`lamp_bulb`](./data-types.md) | A bulb ||";
    let get = page(
        "lamp.get",
        NUMBER,
        &answer(r#"{"ownerId": 1, "wattMax": 5}"#, row),
    );
    let imported = read(&[
        get,
        ("api-reference/lamp/data-types.md".to_owned(), types.to_owned()),
    ]);
    assert_eq!(
        outline(&imported.objects[0].fields),
        ["ownerId: id", "wattMax: int"]
    );
}

#[test]
fn requests_may_spell_a_shared_object_in_capitals() {
    let fields = format!(
        "# Fields\n\n{}\n",
        table(
            "|| **ownerId**\n`integer` | Owner ||\n|| **newRooms**\n`integer[]` | Rooms ||\n|| **watt**\n`integer` | Power ||\n|| **rest**\n`object` | Rest ||"
        )
    );
    let rows = "|| **fields**\n`object` | Of [these](./fields.md) ||";
    let read = |body: &str| {
        let add = page("lamp.add", rows, &call("lamp.add", body));
        let imported = read(&[add, ("api-reference/lamp/fields.md".to_owned(), fields.clone())]);
        outline(&imported.methods[0].params)
    };
    assert_eq!(
        read(r#"{"fields": {"OWNER_ID": 1, "WATT": 5, "NEW_ROOMS": ["n1"]}}"#),
        [
            "fields: object open",
            "  OWNER_ID: id from Page",
            "  WATT: int from Page",
            "  NEW_ROOMS: string[] from Example"
        ]
    );
    assert_eq!(
        read(r#"{"fields": {"OWNERID": 1, "watt": 5}}"#),
        ["fields: @lamp.fields"]
    );
}

#[test]
fn names_with_numbers_are_data() {
    let row = "|| **result**\n`object` | [Lamp](#it) ||\n|#\n\n#### It {#it}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **ID**\n`integer` | Number ||\n|| **propertyN**\n`object` | A property ||";
    let shown = r#"{"ID": 1, "property107": {"x": 1}, "PROPERTY_12": 3, "ADDRESS_2": ""}"#;
    let imported = read(&[page("lamp.get", NUMBER, &answer(shown, row))]);
    let result = &imported.methods[0].result;
    assert!(result.open);
    assert_eq!(
        outline(&result.fields),
        ["ID: id", "ADDRESS_2: string from Example"]
    );
}

#[test]
fn lists_behind_keys_may_hold_numbers_here_and_objects_there() {
    let row = "|| **result**\n`object` | [Lamps](#it) by room ||\n|#\n\n#### It {#it}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||";
    let (ty, fields) = result(&answer(r#"{"3": [{"id": 1}], "7": [5]}"#, row));
    assert_eq!(
        (ty.as_str(), fields),
        ("map<(int | object)[]>", vec!["id: id".to_owned()])
    );
}

#[test]
fn a_table_may_be_about_one_part_that_its_heading_names() {
    let rows = "|| **shade**\n`object` | With keys [below](#paper) ||";
    let table = format!(
        "## Parameter paper {{#paper}}\n\n{}\n\n",
        table("|| **COLOUR**\n`string` | Colour ||")
    );
    let body = r#"{"shade": {"label": "Moon", "paper": {"COLOUR": "red"}}}"#;
    let imported = read(&[page("lamp.hang", rows, &(table + &call("lamp.hang", body)))]);
    assert_eq!(
        outline(&imported.methods[0].params),
        [
            "shade: object open",
            "  label: string from Example",
            "  paper: object",
            "    COLOUR: string"
        ]
    );
}

#[test]
fn an_error_inside_the_result_is_a_part_of_it() {
    let row = "|| **result**\n`boolean` | Whether it worked ||";
    let rest = answer(r#"{"result": true}"#, row)
        + "\n## Error Handling\n\n```json\n{\"result\": {\"result\": false, \"error\": \"DARK\"}}\n```\n";
    let (ty, fields) = result(&rest);
    assert_eq!(ty, "object");
    assert_eq!(
        fields,
        ["result: bool from Example", "error: string from Example"]
    );
}

#[test]
fn a_table_without_the_result_is_about_the_rows_of_a_list() {
    let (ty, fields) = result(&answer(
        r#"[{"id": 1, "watt": 5}]"#,
        "|| **id**\n`integer` | Number ||",
    ));
    assert_eq!(ty, "object[]");
    assert_eq!(fields, ["id: id", "watt: int from Example"]);
}

#[test]
fn filters_of_rest_3_are_lists() {
    let rows = "|| **filter**\n`array` | Conditions ||";
    let call = "## Code Examples\n\n```bash\ncurl https://x.com/rest/api/1/c/lamp.list\n```\n";
    let imported = read(&[page("lamp.list", rows, call)]);
    assert_eq!(outline(&imported.methods[0].params), ["filter: any[] open"]);
}

#[test]
fn what_is_only_seen_empty_is_left_to_the_open_object() {
    let row = "|| **result**\n`object` | [Lamp](#it) ||\n|#\n\n#### It {#it}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||\n|| **rooms**\n`array` | Rooms ||";
    let shown = r#"{"id": 1, "rooms": [], "bulb": null, "shade": {"red": null, "blue": {}}}"#;
    let imported = read(&[page("lamp.get", NUMBER, &answer(shown, row))]);
    let result = &imported.methods[0].result;
    assert!(result.open);
    assert_eq!(
        outline(&result.fields),
        [
            "id: id",
            "rooms: any[]",
            "shade: object open from Example",
            "  blue: map<any> from Example"
        ]
    );
}

#[test]
fn children_of_children_are_of_one_kind() {
    let row = "|| **result**\n`object` | [Tree](#tree) ||\n|#\n\n#### Tree {#tree}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||\n|| **name**\n`string` | Name ||\n|| **below**\n`array` | Children ||";
    let shown = r#"{"id": 1, "name": "Moon", "below": [{"id": 2, "name": "Star", "below": []}]}"#;
    let imported = read(&[page("lamp.tree", NUMBER, &answer(shown, row))]);
    assert_eq!(
        outline(&imported.methods[0].result.fields),
        ["id: id", "name: string", "below: @lamp.lamp-tree-tree[]"]
    );
    assert_eq!(
        outline(&imported.objects[0].fields),
        ["id: id", "name: string", "below: @lamp.lamp-tree-tree[]"]
    );
}

#[test]
fn a_description_may_refer_to_the_parameter_of_another_method() {
    let rows = "|| **shade**\n`object` | [Shade](#shade) ||\n|#\n\n### Shade {#shade}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **colour**\n`string` | Colour ||";
    let row = "|| **result**\n`object` | [Lamp](#it) ||\n|#\n\n#### It {#it}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||\n|| **shade**\n`object` | See the parameter `shade` of [lamp.paint](./lamp.paint.md) ||";
    let get = page("lamp.get", NUMBER, &answer(r#"{"id": 1}"#, row));
    let imported = read(&[get, page("lamp.paint", rows, "")]);
    assert_eq!(
        outline(&imported.methods[0].result.fields),
        ["id: id", "shade: object", "  colour: string"]
    );
}

#[test]
fn an_unknown_word_under_the_name_of_an_identifier_is_one() {
    let imported = read(&[page(
        "lamp.hang",
        "|| **roomId**\n`hall` | Where ||\n|| **room**\n`hall` | Which ||",
        "",
    )]);
    assert_eq!(outline(&imported.methods[0].params), ["roomId: id", "room: any"]);
}

#[test]
fn what_can_be_selected_is_in_the_rows_not_around_them() {
    let fields = format!(
        "# Fields\n\n{}\n",
        table("|| **ID**\n`integer` | Number ||\n|| **WATT**\n`integer` | Power ||")
    );
    let rows = "|| **select**\n`array` | Any of [these](./fields.md) ||";
    let shown = r#"{"lamps": [{"ID": 1}]}"#;
    let row = "|| **result**\n`object` | Root ||\n|| **lamps**\n`object[]` | Lamps ||";
    let imported = read(&[
        page("lamp.list", rows, &answer(shown, row)),
        ("api-reference/lamp/fields.md".to_owned(), fields),
    ]);
    let result = &imported.methods[0].result;
    assert_eq!(result.ty.to_string(), "object");
    assert_eq!(
        outline(&result.fields),
        [
            "lamps: object[] open from Example",
            "  ID: id from Page",
            "  WATT: int from Page"
        ]
    );
}

#[test]
fn one_name_around_what_is_described_is_no_key() {
    let row = |note: &str| {
        format!(
            "|| **result**\n`object` | {note} [Lamp](#it) ||\n|#\n\n#### It {{#it}}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||"
        )
    };
    let (ty, fields) = result(&answer(r#"{"lamp": {"id": 1}}"#, &row("A")));
    assert_eq!(
        (ty.as_str(), fields),
        ("object", vec!["lamp: object".to_owned(), "  id: id".to_owned()])
    );
    for (shown, note) in [
        (r#"{"hall": {"id": 1}}"#, "Rooms, the key is the name:"),
        (r#"{"hall": {"id": 1}, "attic": {"id": 2}}"#, "A"),
        (r#"{"17": {"id": 1}}"#, "A"),
        (r#"{"de": {"id": 1}}"#, "A"),
    ] {
        assert_eq!(result(&answer(shown, &row(note))).0, "map<object>", "{shown}");
    }
}

/// A page without a table of what is returned: its words below the title, and what stands below its parameters.
fn bare(name: &str, intro: &str, rest: &str) -> (String, String) {
    let (path, text) = page(name, NUMBER, rest);
    let head = format!("# About {name}\n\n");
    (path, text.replace(&head, &format!("{head}{intro}\n\n")))
}

fn result_of(pages: &[(String, String)], name: &str) -> Vec<String> {
    let imported = read(pages);
    let method = imported
        .methods
        .iter()
        .find(|method| method.name == name)
        .unwrap();
    let result = &method.result;
    let open = if result.open { " open" } else { "" };
    let mut lines = vec![format!("{}{open}", result.ty)];
    lines.extend(outline(&result.fields));
    lines
}

#[test]
fn an_answer_may_be_shown_without_its_envelope() {
    let shown = |json: &str, rows: &str| {
        let table = if rows.is_empty() {
            String::new()
        } else {
            format!("### Returned Data\n\n{}\n", table(rows))
        };
        let rest = format!("## Response Handling\n\n```json\n{json}\n```\n\n{table}");
        result_of(&[bare("lamp.get", "", &rest)], "lamp.get")
    };
    let plain = [
        "object open",
        "lamp: object open from Example",
        "  watt: int from Example",
    ];
    assert_eq!(shown(r#"{"lamp": {"watt": 5}}"#, ""), plain);
    // What stands beside a result is none of it.
    assert_eq!(
        shown(r#"{"lamp": {"watt": 5}, "total": 1, "time": {"start": 1}}"#, ""),
        plain
    );
    // A dump of what a library got.
    let dump = r#"{"answer": {"result": {"lamp": {"watt": 5}}, "time": {}}, "query": {}, "status": 200}"#;
    assert_eq!(shown(dump, ""), plain);
    // The table describes what is behind the one name.
    let rows =
        "|| **watt**\n`double` | Power ||\n|| **glass**\n`string` | Glass ||\n|| **UF_LAMP_...** | More ||";
    assert_eq!(
        shown(
            r#"{"lamps": [{"watt": 5, "glass": "clear", "UF_LAMP_BIG": 1}]}"#,
            rows
        ),
        [
            "object",
            "lamps: object[] open from Example",
            "  watt: float",
            "  glass: string"
        ]
    );
    // An answer beside one with an envelope shows something else.
    let other = shown(
        "{\"glass\": 1}\n```\n\n```json\n{\"result\": {\"lamp\": {\"watt\": 5}}}",
        "",
    );
    assert_eq!(other, plain);
}

#[test]
fn words_and_samples_say_what_is_not_shown() {
    let of = |intro: &str, rest: &str| result_of(&[bare("lamp.hang", intro, rest)], "lamp.hang");
    assert_eq!(of("", "## Response on Success\n\n`true`\n"), ["bool"]);
    assert_eq!(
        of("", "## Returned Data\n\nNumeric identifier of the lamp.\n"),
        ["id"]
    );
    assert_eq!(
        of("This method returns the identifier of the new lamp.", ""),
        ["id"]
    );
    let code = |line: &str| of("", &format!("## Code Examples\n\n```js\n{line}\n```\n"));
    assert_eq!(
        code("console.info(\"Hung the lamp with ID \" + result.data());"),
        ["id"]
    );
    assert_eq!(code("echo 'Hung it. ID: ' . $result;"), ["id"]);
    for other in [
        "console.info(\"Hung the lamp with ID \" + id);",
        "console.info(\"Hung \" + result);",
        "console.info(\"No ID \" + result.error());",
    ] {
        assert_eq!(code(other), ["any"], "{other}");
    }
    assert_eq!(of("This method deletes the lamp by its identifier.", ""), ["any"]);
}

#[test]
fn a_result_may_be_like_that_of_another_method() {
    let home = page(
        "lamp.get",
        NUMBER,
        &answer(
            r#"{"watt": 5}"#,
            "|| **result**\n`object` | [Lamp](#lamp) ||\n|#\n\n#### Lamp {#lamp}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **watt**\n`integer` | Power ||",
        ),
    );
    let of =
        |intro: &str, rest: &str| result_of(&[home.clone(), bare("lamp.hang", intro, rest)], "lamp.hang");
    let lamp = ["object", "watt: int"];
    let rest = "## Response Handling\n\nReturns data similar to the response of [lamp.get](./lamp.get.md).\n";
    assert_eq!(of("", rest), lamp);
    assert_eq!(
        of(
            "Hangs it. It is equivalent to calling the [lamp.get](lamp.get.md) method twice.",
            ""
        ),
        lamp
    );
    let many = "Returns an array of lamps, each containing fields (similar to the array returned by [lamp.get](lamp.get.md)).";
    assert_eq!(of(many, ""), ["object[]", "watt: int"]);
    // A method to use instead is another method.
    let note = "{% note warning \"DEPRECATED\" %}\n\nUse [lamp.get](lamp.get.md), its result is similar to this.\n\n{% endnote %}";
    assert_eq!(of(note, ""), ["any"]);
    assert_eq!(of("Like [lamp.get](lamp.get.md).", ""), ["any"]);
}

#[test]
fn what_is_got_has_the_fields_that_a_method_beside_it_lists() {
    let fields = page(
        "lamp.fields",
        NUMBER,
        &format!(
            "## Returned Fields\n\n{}\n",
            table("|| **ID**\n`integer` | Number ||\n|| **WATT**\n`double` | Power ||")
        ),
    );
    let get = bare("lamp.get", "This method returns the lamp.", "");
    let list = bare("lamp.list", "The method `lamp.list` returns lamps.", "");
    let other = bare("lamp.bulb.get", "This method returns the bulb.", "");
    let descriptions = |name: &str| {
        page(
            name,
            NUMBER,
            &format!(
                "## Response Handling\n\n```json\n{{\"result\": {}}}\n```\n",
                r#"{"ID": {"type": "integer", "title": "Number"}, "ON": {"type": "char", "title": "On"}}"#
            ),
        )
    };
    let pages = [
        fields,
        get,
        list,
        other,
        descriptions("lamp.room.fields"),
        descriptions("lamp.wall.fields"),
    ];
    assert_eq!(result_of(&pages, "lamp.get"), ["@lamp.fields open"]);
    assert_eq!(result_of(&pages, "lamp.list"), ["@lamp.fields[] open"]);
    assert_eq!(result_of(&pages, "lamp.bulb.get"), ["any"]);
    // The method itself answers with descriptions, as others of its kind do.
    assert_eq!(
        result_of(&pages, "lamp.fields"),
        [
            "map<object> open",
            "type: string from Page",
            "title: string from Page"
        ]
    );
    assert_eq!(result_of(&pages[..5], "lamp.fields"), ["any"]);
}

#[test]
fn fields_that_a_list_method_returns_are_those_of_its_rows() {
    let rest = format!(
        "## Fields Returned by the Method\n\n{}\n",
        table("|| **ID**\n`integer` | Number ||\n|| **WATT**\n`double` | Power ||")
    );
    let rows = ["object[]", "ID: id", "WATT: float"];
    assert_eq!(result_of(&[bare("lamp.list", "", &rest)], "lamp.list"), rows);
    let one = ["object", "ID: id", "WATT: float"];
    assert_eq!(result_of(&[bare("lamp.get", "", &rest)], "lamp.get"), one);
}

#[test]
fn a_table_may_describe_one_part_of_what_answers_have() {
    let described = |json: &str| {
        let lamp = format!(
            "\n#### Lamp {{#lamp}}\n\n{}\n",
            table("|| **id**\n`integer` | Number ||\n|| **watt**\n`double` | Power ||")
        );
        let rest = answer(json, "|| **result**\n`object` | Lamps, see [here](#lamp) ||") + &lamp;
        result_of(&[page("lamp.list", NUMBER, &rest)], "lamp.list")
    };
    assert_eq!(
        described(r#"{"lamps": [{"id": 1, "watt": 5}], "more": true}"#),
        [
            "object",
            "lamps: object[] from Example",
            "  id: id",
            "  watt: float",
            "more: bool from Example"
        ]
    );
    // Names with plain values beside them are no keys.
    assert_eq!(
        described(r#"{"lamp": {"id": 1, "on": true, "fields": {"id": 2, "watt": 5}}}"#)[..3],
        ["object", "lamp: object", "  id: id"]
    );
    assert_eq!(
        described(r#"{"hall": {"id": 1, "watt": 5}, "attic": {"id": 2, "watt": 7}}"#),
        ["map<object>", "id: id", "watt: float"]
    );
}
