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
