//! Tests: miniature pages, and what the import reads of their heads and parameters.

use super::tests::{outline, page, pages};
use super::{Class, Imported, import};
use crate::spec::Access;

fn read(texts: &[(&str, &str)]) -> Imported {
    import(&pages(texts), &[])
}

#[test]
fn events_and_functions_of_the_browser_are_named_and_no_methods() {
    let event = page("LAMP.ON.FALL", "", "").replace("Who can execute the method", "Who can subscribe");
    let function = page("BX24.lamp.shine", "", "");
    let command =
        page("LampShine", "", "").replace("Who can execute the method", "Who can execute the command");
    let old = page("lamp.oil", "", "");
    let imported = read(&[
        ("api-reference/lamp/command.md", &command),
        ("api-reference/lamp/event.md", &event),
        ("api-reference/lamp/function.md", &function),
        ("api-reference/lamp/outdated/oil.md", &old),
    ]);
    let found: Vec<(&str, bool)> = imported
        .methods
        .iter()
        .map(|method| (method.name.as_str(), method.deprecated))
        .collect();
    assert_eq!(found, [("lamp.oil", true)]);
    let named: Vec<(&str, &str)> = imported
        .report
        .of(Class::NotRest)
        .iter()
        .map(|finding| (finding.page.as_str(), finding.what.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("api-reference/lamp/command.md", "a command of a widget's page"),
            ("api-reference/lamp/event.md", "an event"),
            (
                "api-reference/lamp/function.md",
                "a function of the browser's library"
            ),
        ]
    );
}

#[test]
fn a_short_page_has_its_parameters_below_the_title() {
    let short = "# Oil a lamp with lamp.oil\n\n{% include notitle [Scope](../_includes/scope-lamp.md) %}\n\n#|\n|| **Parameter** / **Type** | **Description** ||\n|| **ID**^*^\n`int` | Which ||\n|#\n";
    let bare =
        "# Light all lamps lamp.light\n\n> Scope: `lamp`\n\nThe lamps burn.\n\nNo parameters required.\n";
    let group = "# Options lamp.option.*\n\n> Scope: `lamp`\n";
    let scope = "> Scope: `lamp`\n>\n> Who can execute the method: administrator";
    let imported = read(&[
        ("api-reference/_includes/scope-lamp.md", scope),
        ("api-reference/lamp/lamp-light.md", bare),
        ("api-reference/lamp/lamp-oil.md", short),
        ("api-reference/lamp/lamp-option.md", group),
    ]);
    let found: Vec<(&str, Vec<String>)> = imported
        .methods
        .iter()
        .map(|method| (method.name.as_str(), outline(&method.params)))
        .collect();
    let oil = vec!["ID: int required".to_owned()];
    assert_eq!(found, [("lamp.light", Vec::new()), ("lamp.oil", oil)]);
    assert_eq!(imported.methods[1].scopes, ["lamp"]);
    assert_eq!(imported.methods[1].access, Access::Admin);
    assert_eq!(imported.report.of(Class::NoParams), []);
}

#[test]
fn a_method_that_lists_fields_describes_them_for_the_others() {
    let listed = "# Fields of a lamp lamp.socket.fields\n\n> Scope: `lamp`\n\nNo parameters required.\n\n## Returned Fields\n\n#|\n|| **Field**\n`type` | **Description** ||\n|| **ID**\n`integer` | Number ||\n|| **ON**\n`char` | Possible values:\n- `Y`\n- `N` ||\n|#\n";
    let described = "# Fields of a hall lamp.hall.fields\n\n> Scope: `lamp`\n\n## Response Handling\n\n```json\n{\"result\": {\"ID\": {\"type\": \"integer\"}}}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **result**\n`object` | Descriptions by field ||\n|#\n";
    let rows = "|| **fields***\n`object` | As [lamp.socket.fields](./lamp-socket-fields.md) says ||\n|| **hall**\n`object` | As [lamp.hall.fields](./lamp-hall-fields.md) says ||";
    let add = page("lamp.socket.add", rows, "");
    let imported = read(&[
        ("api-reference/lamp/lamp-hall-fields.md", described),
        ("api-reference/lamp/lamp-socket-add.md", &add),
        ("api-reference/lamp/lamp-socket-fields.md", listed),
    ]);
    let add = imported
        .methods
        .iter()
        .find(|method| method.name == "lamp.socket.add")
        .unwrap();
    assert_eq!(
        outline(&add.params),
        ["fields: @lamp.socket-fields required", "hall: map<any>"]
    );
    assert_eq!(outline(&imported.objects[0].fields), ["ID: id", "ON: bool(Y/N)"]);
}

/// The parameters of a page with these rows, and what else it says.
fn params(rows: &str, rest: &str) -> Vec<String> {
    let text = page("lamp.hang", rows, rest);
    outline(&read(&[("api-reference/lamp/hang.md", &text)]).methods[0].params)
}

fn body(json: &str) -> String {
    format!("## Code Examples\n\n```bash\ncurl -d '{json}' https://x.example/rest/1/c/lamp.hang\n```\n")
}

#[test]
fn names_with_a_word_in_place_of_the_rest_leave_the_object_open() {
    let rows = "|| **fields**\n`object` | [Fields](#fields) ||";
    let table = "### Parameter fields {#fields}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **bulb**\n`string` | Bulb ||\n|| **shadeN**\n`any` | Shade ||\n|| **LAMP_LampId**\n`any` | Lamp ||\n|| **UF_\\***\n`object` | Own fields, of which there always are [these](#own) ||\n|#\n\n### Own fields {#own}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **UF_OIL**\n`integer` | Oil ||\n|#\n";
    assert_eq!(
        params(rows, table),
        ["fields: object open", "  bulb: string", "  UF_OIL: int"]
    );
}

#[test]
fn objects_beside_a_table_are_examples_of_it() {
    let rows = "|| **parts**\n`object` | By name, the key is the part, see [below](#part) ||";
    let table = "### Object part {#part}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **Label**\n`string` \\| `object` | Label ||\n|| **Kind**\n`string` | Kind ||\n|#\n\n#### Examples\n\n```js\n'bulb': {\n  'Label': { 'de': 'Birne', 'en': 'Bulb' },\n  'Kind': 'E14'\n}\n```\n";
    assert_eq!(
        params(rows, table),
        [
            "parts: map<object>",
            "  Label: string | map<string> from Example",
            "  Kind: string"
        ]
    );
}

#[test]
fn a_column_may_stand_before_the_names() {
    let rows = "|| **extras**\n`object` | More, [below](#extras) ||";
    let table = "### Parameter extras {#extras}\n\n#|\n|| **Where** | **Name** | **Description** ||\n|| **Hall** | `hallId` | Identifier of the hall ||\n|| **Attic** | `kind` | Possible values:\n- `1` — low\n- `2` — high ||\n|#\n";
    assert_eq!(
        params(rows, table),
        ["extras: object", "  hallId: id", "  kind: int [\"1\", \"2\"]"]
    );
}

#[test]
fn a_table_that_names_a_type_in_its_heading_describes_it() {
    let rows = "|| **lamp**\n[`LampDto`](./lamp-dto.md) | Lamp ||";
    let text = page("lamp.hang", rows, "");
    let dto = "# A lamp\n\n## Parameters of the `LampDto` Object\n\n#|\n|| **Field** | **Description** ||\n|| **bulb^*^**\n`string` | Bulb ||\n|#\n";
    let imported = read(&[
        ("api-reference/lamp/hall/hang.md", &text),
        ("api-reference/lamp/hall/lamp-dto.md", dto),
    ]);
    assert_eq!(outline(&imported.methods[0].params), ["lamp: @lamp.lampdto"]);
    assert_eq!(outline(&imported.objects[0].fields), ["bulb: string"]);
}

#[test]
fn filters_may_be_known_from_examples_alone() {
    let rows =
        "|| **filter** | By what ||\n|| **LAMP_ORDER**\n`object` | In which order:\n- `ID` — number ||";
    let call = body(r#"{"filter": {">=WATT": 5, "ROOMS": [1]}, "LAMP_ORDER": {"ID": "asc"}}"#);
    assert_eq!(
        params(rows, &call),
        [
            "filter: object open from Example",
            "  WATT: int from Example",
            "  ROOMS: int from Example",
            "LAMP_ORDER: map<string>"
        ]
    );
}

#[test]
fn filters_of_rest_3_are_lists_of_conditions_or_what_their_table_says() {
    let call = "## Code Examples\n\n```bash\ncurl -d '{}' https://x.example/rest/api/1/c/lamp.hang\n```\n";
    let list = "|| **filter**\n`array` | Conditions:\n- `[\"field\", value]` ||";
    assert_eq!(params(list, call), ["filter: any[] open"]);
    let object = "|| **filter**\n`object` | Bulbs, [below](#filter) ||";
    let table = "### Parameter filter {#filter}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **since**\n`datetime` | Since when ||\n|#\n\n";
    assert_eq!(
        params(object, &format!("{table}{call}")),
        ["filter: object", "  since: datetime"]
    );
}

#[test]
fn articles_show_what_a_call_sends() {
    let rows = "|| **glass**\n`object`\n`string` | As [here](./glass.md) ||";
    let text = page("lamp.hang", rows, "");
    let article = "# Glass\n\n```bash\ncurl -d '{\"glass\": {\"kind\": \"clear\"}}' https://x.example/rest/1/c/lamp.hang\n```\n";
    let imported = read(&[
        ("api-reference/lamp/glass.md", article),
        ("api-reference/lamp/hang.md", &text),
    ]);
    assert_eq!(
        outline(&imported.methods[0].params),
        [
            "glass: string | object open from Page",
            "  kind: string from Example"
        ]
    );
}

/// A table of fields below a heading.
fn part(heading: &str, rows: &str) -> String {
    format!("{heading}\n\n#|\n|| **Name**\n`type` | **Description** ||\n{rows}\n|#\n\n")
}

#[test]
fn further_tables_below_a_heading_go_on_with_the_parameter() {
    let rows = "|| **socket***\n`object` | [(detailed description)](#socket) ||";
    let first = part(
        "### Parameter socket {#socket}",
        "|| **kind***\n`string` | Possible values:\n- `E14` — small\n- `E27` — big ||\n|| **limit**\n`integer` | Default `5` ||",
    );
    let more = part(
        "**In halls**",
        "|| **room***\n`integer` | Where ||\n|| **limit**\n`string` | How much ||\n|| **kind**\n`string` | Possible values:\n- `GU10` — flat\n- `E27` — big ||",
    );
    let other = part("### Prices", "|| **price**\n`double` | Not sent ||");
    let imported = read(&[(
        "api-reference/lamp/lamp-screw.md",
        &page("lamp.screw", rows, &(first + &more + &other)),
    )]);
    assert_eq!(
        outline(&imported.methods[0].params),
        [
            "socket: object required",
            "  kind: string [\"E14\", \"E27\", \"GU10\"]",
            "  limit: any open",
            "  room: int",
        ]
    );
    assert_eq!(imported.report.of(Class::Unused).len(), 1);
}

#[test]
fn parameters_may_stand_below_a_heading_of_their_own() {
    let rows = "|| **watt***\n`integer` | Power ||\n|| **fields**\n`object` | Fields ||";
    let more = part(
        "### Additional Parameters",
        "|| **clear***\n`integer` | Default is `1` ||",
    );
    let fields = part("## Fields Parameters", "|| **colour**\n`string` | Colour ||");
    let imported = read(&[(
        "api-reference/lamp/lamp-screw.md",
        &page("lamp.screw", rows, &(more + &fields)),
    )]);
    assert_eq!(
        outline(&imported.methods[0].params),
        [
            "watt: int required",
            "fields: object",
            "  colour: string",
            "clear: int"
        ]
    );
}

#[test]
fn a_page_of_rest_3_may_say_itself_how_to_page() {
    let call = "## Code Examples\n\n```bash\ncurl https://x.com/rest/api/1/c/lamp.list\n```\n";
    let rows = "|| **pagination**\n`object` | [Where to go on](#pagination) ||";
    let table = part(
        "### Parameter pagination {#pagination}",
        "|| **after**\n`integer` | The last one ||",
    );
    let imported = read(&[(
        "api-reference/lamp/lamp-list.md",
        &page("lamp.list", rows, &(table + call)),
    )]);
    assert_eq!(
        outline(&imported.methods[0].params),
        ["pagination: object", "  after: int"]
    );
}

#[test]
fn a_status_may_stand_in_the_column_of_the_code() {
    let errors = |rows: &str| {
        let errors =
            format!("## Error Handling\n\n#|\n|| **Code** | **Description** | **Value** ||\n{rows}\n|#\n");
        let imported = read(&[("api-reference/lamp/lamp-oil.md", &page("lamp.oil", "", &errors))]);
        let errors = &imported.methods[0].errors;
        errors
            .iter()
            .map(|error| (error.status, error.code.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        errors("|| `403` | `Access denied` | Closed ||\n|| `409` | `LAMP_IS_DARK` | No light ||"),
        [(409, "LAMP_IS_DARK".to_owned())]
    );
    assert_eq!(
        errors("|| `100` | `Not found` | Closed ||\n|| `LAMP` | `LAMP_IS_DARK` | No light ||"),
        [(400, "100".to_owned()), (400, "LAMP".to_owned())]
    );
}

#[test]
fn rows_that_have_a_type_alone_are_no_fields() {
    let rows = "|| **id**\n`integer` | It ||\n||\n[`object`](../types.md) | If there is one ||\n||\n`null` | If not ||";
    let text = page("lamp.hang", rows, "");
    let imported = import(&pages(&[("api-reference/lamp/lamp-hang.md", &text)]), &[]);
    assert_eq!(outline(&imported.methods[0].params), ["id: int"]);
    let nameless = imported.report.of(Class::Form);
    assert_eq!(nameless.len(), 2, "{nameless:?}");
}

#[test]
fn names_that_somebody_made_are_no_parameters() {
    let rows = "|| **fields***\n`object` | [Fields](#fields) ||";
    let table = "### Fields {#fields}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **NAME**\n`string` | Name ||\n|#\n\n";
    let body = body(r#"{"fields": {"NAME": "Moon", "UF_LAMP_1720697698": "x", "PARENT_ID_1224": 5}}"#);
    let text = page("lamp.hang", rows, &(table.to_owned() + &body));
    let imported = import(&pages(&[("api-reference/lamp/lamp-hang.md", &text)]), &[]);
    assert_eq!(
        outline(&imported.methods[0].params),
        ["fields: object required open", "  NAME: string"]
    );
}

#[test]
fn a_default_is_in_the_form_that_is_sent() {
    let rows = "|| **lit**\n`boolean` | `1` or `0`. Default is `false` ||\n|| **dim**\n`boolean` | `Y` or `N`. Default is `No` ||\n|| **hot**\n`boolean` | `Y` or `N`. Default is `null` ||";
    let text = page("lamp.hang", rows, &body(r#"{"lit": 1, "dim": "Y", "hot": "Y"}"#));
    let imported = import(&pages(&[("api-reference/lamp/lamp-hang.md", &text)]), &[]);
    assert_eq!(
        outline(&imported.methods[0].params),
        ["lit: bool(1/0) = 0", "dim: bool(Y/N) = N", "hot: bool(Y/N)"]
    );
}
