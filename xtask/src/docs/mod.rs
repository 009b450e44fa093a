//! Documentation pages → facts. Pure: texts in, values and a report out.
//!
//! `scan` and `table` read the Markdown dialect, `page` finds the sections, `facts` and `type_text` read words,
//! `prose` reads what descriptions say of values, `samples`, `json`, `typescript` and `infer` read the examples, `link` finds nested tables, `align` tells whether
//! one describes an object or what is behind its keys, `shape` decides one value, `merge` puts a method together.

mod access;
mod align;
#[cfg(test)]
mod answer_tests;
mod facts;
mod head;
mod infer;
mod inline;
mod json;
mod learn;
mod link;
mod lists;
mod lock;
mod merge;
mod nested;
mod page;
#[cfg(test)]
mod param_pages;
mod prose;
mod report;
mod said;
mod samples;
mod scan;
mod shape;
mod table;
mod ts_shape;
mod type_text;
mod typescript;

use std::collections::BTreeMap;

use crate::spec::{Method, Object};

pub use lock::Lock;
pub use report::{Class, Finding, Report};
pub use samples::{Example, ExampleKind, filled_in};

/// What an import gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub methods: Vec<Method>,
    pub objects: Vec<Object>,
    pub report: Report,
}

/// Reads the pages of a documentation checkout: path from its root → text.
///
/// `only` names the scopes to import; none means all.
pub fn import(pages: &BTreeMap<String, String>, only: &[String]) -> Imported {
    let read = |(path, text): (&String, &String)| (path.clone(), page::read(path, text));
    let mut pages = pages.iter().map(read).collect();
    link::include_heads(&mut pages);
    let site = link::Site::new(pages);
    // The first pass finds the examples of objects that many methods share, the second reads everything.
    let mut first = merge::Merger::new(&site, merge::Shown::default());
    methods(&mut first, only);
    let mut merger = merge::Merger::new(&site, first.into_found());
    let methods = methods(&mut merger, only);
    others(&mut merger, only);
    let mut methods = once_each(methods, &mut merger.report);
    learn::learn(&mut methods, &mut merger.objects, &mut merger.report);
    said::describe(&mut methods);
    said::borrow(&mut methods, &site);
    lists::note(&mut methods, &merger.objects, &site);
    Imported {
        methods,
        objects: merger.objects.into_values().collect(),
        report: merger.report,
    }
}

fn methods(merger: &mut merge::Merger, only: &[String]) -> Vec<Method> {
    let site = merger.site;
    let pages = site.pages.values().filter(|page| is_wanted(page, only));
    pages
        .filter_map(|page| Some(merger.method(page, page.method.as_deref()?)))
        .collect()
}

/// Names the pages that are no method's, though they say who may use what they describe.
fn others(merger: &mut merge::Merger, only: &[String]) {
    let site = merger.site;
    let pages = site.pages.values().filter(|page| is_wanted(page, only));
    for page in pages {
        if let Some(subject) = page.other_subject {
            merger.note(Class::NotRest, page, 1, subject);
        }
    }
}

fn is_wanted(page: &page::Page, only: &[String]) -> bool {
    only.is_empty() || page.scopes.first().is_some_and(|scope| only.contains(scope))
}

/// One page for each method: the one whose file is called as the method, else the first.
fn once_each(methods: Vec<Method>, report: &mut Report) -> Vec<Method> {
    let mut kept: BTreeMap<(String, u8), Method> = BTreeMap::new();
    for method in methods {
        let key = (method.name.to_lowercase(), method.api);
        let Some(known) = kept.get_mut(&key) else {
            kept.insert(key, method);
            continue;
        };
        let is_home = |method: &Method| head::is_named_after(&method.docs, &method.name);
        let other = if is_home(&method) && !is_home(known) {
            std::mem::replace(known, method)
        } else {
            method
        };
        let what = format!("`{}` is described by {}", other.name, known.docs);
        report.add(Class::Twice, &other.docs, 1, what);
    }
    kept.into_values().collect()
}

/// The checkable examples of a page.
pub fn examples(path: &str, text: &str) -> Vec<Example> {
    samples::examples(&page::read(path, text))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::spec::{Access, Effect, ErrorCode, Field, Source, Type};

    /// A page like the documentation's, about lamps.
    const HANG: &str = r#"# Hang lamps lamp.Hang

> Scope: [`lamp`](../scopes.md)
>
> Who can execute the method: a user with the "hang" access permission

Hangs a lamp.

## Method Parameters

#|
|| **Name**
`type` | **Description** ||
|| **room***
[`integer`](../types.md) | Where ||
|| **fields***
[`object`](../types.md) | The lamp [(detailed description)](#fields) ||
|| **dim**
[`boolean`](../types.md) | Default is `false` ||
|#

### Parameter fields {#fields}

#|
|| **Name**
`type` | **Description** ||
|| **NAME***
[`string`](../types.md) | Its name ||
|| **SOCKET**
[`string`](../types.md) | Possible values:
- `E14` — small
- `E27` — big

Default is `E27` ||
|| **SHADES**
[`object`](../types.md) | Shades by colour, the key is the colour [(detailed description)](#shade) ||
|#

#### Shade {#shade}

#|
|| **Name**
`type` | **Description** ||
|| **paper**
[`boolean`](../types.md) | Of paper ||
|#

## Code Examples

{% list tabs %}

- cURL (Webhook)

    ```bash
    curl -d '{ "room": 3, "fields": { "name": "Moon", "SHADES": { "red": { "paper": "Y" } } }, "extra": [1] }' \
      https://example.com/rest/1/code/lamp.Hang
    ```

- JS (TS)

    ```ts
    type Lamp = { ID: string, AT: string | null, ROOMS: Record<string, string> }
    await sdk.call.make<Lamp>({ method: 'lamp.Hang' })
    ```

{% endlist %}

## Response Handling

HTTP Status: **200**

```json
{ "result": { "ID": "12", "AT": null, "ROOMS": [], "GLASS": { "kind": "clear" } }, "time": {} }
```

### Returned Data

#|
|| **Name**
`type` | **Description** ||
|| **result**
[`object`](../types.md) | The lamp ||
|| **time**
[`time`](../types.md) | How long it took ||
|#

#### Result Object

#|
|| **Name**
`type` | **Description** ||
|| **ID**
[`integer`](../types.md) | Its number ||
|| **AT**
[`datetime`](../types.md) | Since when ||
|| **ROOMS**
[`object`](../types.md) | Rooms ||
|#

## Error Handling

HTTP Status: **409**

#|
|| **Code** | **Description** ||
|| `LAMP_FALLS[...]` | Too heavy ||
|| - | Something else ||
|#

#|
|| **Status** | **Code** | **Description** ||
|| `423` | `LAMP_<REASON>` | Not now ||
|#
"#;

    pub fn pages(pages: &[(&str, &str)]) -> BTreeMap<String, String> {
        pages
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect()
    }

    fn hang() -> Imported {
        import(&pages(&[("api-reference/lamp/lamp-hang.md", HANG)]), &[])
    }

    /// Fields as `name: type` with what else is known of them.
    pub fn outline(fields: &[Field]) -> Vec<String> {
        let mut lines = Vec::new();
        for field in fields {
            let mut line = format!("{}: {}", field.name, field.ty);
            line += if field.required { " required" } else { "" };
            line += if field.nullable { " nullable" } else { "" };
            line += if field.open { " open" } else { "" };
            if let Some(default) = &field.default {
                line += &format!(" = {default}");
            }
            if !field.values.is_empty() {
                line += &format!(" {:?}", field.values);
            }
            if field.from != Source::Table {
                line += &format!(" from {:?}", field.from);
            }
            lines.push(line);
            lines.extend(outline(&field.fields).into_iter().map(|line| format!("  {line}")));
        }
        lines
    }

    #[test]
    fn a_method_page_becomes_facts() {
        let method = &hang().methods[0];
        assert_eq!(method.name, "lamp.Hang");
        assert_eq!(
            (method.api, method.deprecated, method.effect),
            (2, false, Effect::Once)
        );
        assert_eq!(method.scopes, ["lamp"]);
        assert_eq!(method.access, Access::Right("hang".to_owned()));
        assert_eq!(method.docs, "api-reference/lamp/lamp-hang.md");
        assert_eq!(
            outline(&method.params),
            [
                "room: int required",
                "fields: object required",
                "  NAME: string required",
                "  SOCKET: string = E27 [\"E14\", \"E27\"]",
                "  SHADES: map<object>",
                "    paper: bool(Y/N)",
                "dim: bool = false",
                "extra: int[] from Example",
            ]
        );
        assert_eq!(method.result.ty, Type::Object);
        assert_eq!(
            outline(&method.result.fields),
            [
                "ID: id",
                "AT: datetime nullable",
                "ROOMS: map<string> from TypeScript",
                "GLASS: object open from Example",
                "  kind: string from Example",
            ]
        );
        let code = |status, code: &str| ErrorCode {
            status,
            code: code.to_owned(),
        };
        assert_eq!(method.errors, [code(409, "LAMP_FALLS[*]"), code(423, "LAMP_*")]);
    }

    #[test]
    fn the_report_names_page_and_line() {
        let report = hang().report;
        let line = |text: &str| HANG.lines().position(|line| line.contains(text)).unwrap() + 1;
        let finding = |line, what: &str| Finding {
            page: "api-reference/lamp/lamp-hang.md".to_owned(),
            line,
            what: what.to_owned(),
        };
        let no_code = finding(line("Something else"), facts::NO_CODE);
        assert_eq!(report.of(Class::NoCode), [no_code]);
        let extra = finding(line("## Method Parameters") + 2, "`extra`");
        assert_eq!(report.of(Class::OnlyInExample), [extra]);
        assert_eq!(report.of(Class::Opaque), []);
    }

    #[test]
    fn the_order_of_pages_and_a_second_run_change_nothing() {
        assert_eq!(hang(), hang());
    }

    /// A page with one parameter table and one answer.
    pub fn page(name: &str, rows: &str, rest: &str) -> String {
        format!(
            "# About {name}\n\n> Scope: `lamp`\n\n> Who can execute the method: any user\n\n## Method Parameters\n\n#|\n|| **Name**\n`type` | **Description** ||\n{rows}\n|#\n\n{rest}"
        )
    }

    const FIELDS: &str = "# Lamp fields\n\n#|\n|| **Field**\n`type` | **Description** ||\n|| **ID**\n`integer` | Number ||\n|| **ON**\n`char` | Possible values:\n- `Y`\n- `N` ||\n|| **SINCE**\n`datetime` | Since when ||\n|#\n";

    const LIST: &str = "## Response Handling\n\n```json\n{\"result\": [{\"ID\": \"1\", \"ON\": \"Y\"}]}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **result**\n`object[]` | Lamps ||\n|#\n\n#### Result Object\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **FIELD**\n`string` | Any field of [these](./fields.md) ||\n|| **URL**\n`string` | Where ||\n|#\n";

    #[test]
    fn a_list_names_its_fields_on_another_page() {
        let rows = "|| **select**\n`array` | Any of [these](./fields.md) ||\n|| **filter**\n`object` | By [these](./fields.md) ||\n|| **order**\n`object` | `{\"FIELD\": \"ASC\"}` ||";
        let list = page("lamp.list", rows, LIST);
        let imported = import(
            &pages(&[
                ("api-reference/lamp/hall/list.md", &list),
                ("api-reference/lamp/hall/fields.md", FIELDS),
            ]),
            &[],
        );
        let method = &imported.methods[0];
        assert_eq!(method.effect, Effect::Read);
        assert_eq!(
            outline(&method.params),
            [
                "select: string[]",
                "filter: @lamp.hall open",
                "order: map<string>"
            ]
        );
        assert_eq!(method.result.ty.to_string(), "object[]");
        assert_eq!(
            outline(&method.result.fields),
            [
                "URL: string",
                "ID: id from Page",
                "ON: bool(Y/N) from Page",
                "SINCE: datetime from Page"
            ]
        );
        let object = &imported.objects[0];
        assert_eq!(
            (object.name.as_str(), object.docs.as_str()),
            ("lamp.hall", "api-reference/lamp/hall/fields.md")
        );
        assert_eq!(
            outline(&object.fields),
            ["ID: id", "ON: bool(Y/N)", "SINCE: datetime"]
        );
    }

    #[test]
    fn keys_that_are_data_make_maps_not_strange_fields() {
        let rows = "|| **rights***\n`object` | [Rights](#rights) ||";
        let table = "### Parameter rights {#rights}\n\n#|\n|| **Key**\n`type` | **Description** ||\n|| **`0`**\n`string[]` | For all ||\n|| **`<room>`**\n`string[]` | For one ||\n|#\n";
        let text = page("lamp.allow", rows, table);
        let imported = import(&pages(&[("api-reference/lamp/allow.md", &text)]), &[]);
        assert_eq!(
            outline(&imported.methods[0].params),
            ["rights: map<string[]> required"]
        );
    }

    #[test]
    fn dotted_rows_are_fields_of_the_row_above() {
        let rows = "|| **lamp**\n`object` | It ||\n|| **lamp.bulb**\n`string` | Its bulb ||\n|| **lamp.shade**\n`object` | Its shade ||\n|| **lamp.shade.red**\n`boolean` | `true` if red ||";
        let text = page("lamp.paint", rows, "");
        let imported = import(&pages(&[("api-reference/lamp/paint.md", &text)]), &[]);
        assert_eq!(
            outline(&imported.methods[0].params),
            [
                "lamp: object",
                "  bulb: string",
                "  shade: object",
                "    red: bool"
            ]
        );
    }

    #[test]
    fn a_table_that_leads_back_to_itself_ends() {
        let rows = "|| **lamp**\n`object` | [(detailed description)](#lamp) ||";
        let table = "### Object lamp {#lamp}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **next**\n`object` | [(detailed description)](#lamp) ||\n|#\n";
        let text = page("lamp.chain", rows, table);
        let imported = import(&pages(&[("api-reference/lamp/chain.md", &text)]), &[]);
        assert_eq!(
            outline(&imported.methods[0].params),
            ["lamp: object", "  next: @lamp.chain-lamp"]
        );
        assert_eq!(outline(&imported.objects[0].fields), ["next: @lamp.chain-lamp"]);
    }

    #[test]
    fn a_page_may_show_its_subject_instead_of_describing_it() {
        let rows = "|| **plan***\n`object` | Described in [Plan](./plan.md) ||";
        let text = page("lamp.build", rows, "");
        let plan =
            "# Plan\n\n```php\n$plan = ['name' => 'Moon', 'parts' => ['#bulb' => ['watt' => 5]]];\n```\n";
        let imported = import(
            &pages(&[
                ("api-reference/lamp/hall/build.md", &text),
                ("api-reference/lamp/hall/plan.md", plan),
            ]),
            &[],
        );
        assert_eq!(
            outline(&imported.methods[0].params),
            ["plan: @lamp.hall-plan required"]
        );
        assert_eq!(
            outline(&imported.objects[0].fields),
            [
                "name: string from Example",
                "parts: map<object> open from Example",
                "  watt: int from Example"
            ]
        );
    }

    #[test]
    fn a_table_speaks_for_what_a_page_only_shows_and_the_other_way_round() {
        let answer = "## Response Handling\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **result**\n`object` | A plan [(detailed description)](#plan), see [Plan](./plan.md) ||\n|#\n\n#### Object {#plan}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **name**\n`string` \\| `string[]` | Name ||\n|| **parts**\n`object` | Parts ||\n|#\n";
        let text = page(
            "lamp.plan",
            "|| **plan**\n`object` | See [Plan](./plan.md) ||",
            answer,
        );
        let plan =
            "# Plan\n\n```php\n$plan = ['name' => 'Moon', 'parts' => ['#bulb' => ['watt' => 5]]];\n```\n";
        let imported = import(
            &pages(&[
                ("api-reference/lamp/hall/lamp-plan.md", &text),
                ("api-reference/lamp/hall/plan.md", plan),
            ]),
            &[],
        );
        let expected = ["parts: map<object> open", "  watt: int from Example"];
        let result = outline(&imported.methods[0].result.fields);
        assert_eq!(
            result[..2],
            ["name: string | string[]", "parts: map<object> open from Page"]
        );
        let object = outline(&imported.objects[0].fields);
        assert_eq!(object[0], "name: string | string[]");
        assert!(
            object[1].starts_with(expected[0]) && object[2] == expected[1],
            "{object:?}"
        );
        assert_eq!(imported.report.of(Class::Opaque), []);
    }

    #[test]
    fn examples_of_a_table_count_where_other_pages_link_to_it() {
        let answer = |rows: &str, json: &str| {
            format!(
                "## Response Handling\n\n```json\n{{\"result\": {json}}}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n{rows}\n|#\n"
            )
        };
        let lamp = "\n#### Lamp {#lamp}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **glass**\n`object` | Glass ||\n|#\n";
        let home = answer(
            "|| **result**\n`object` | [Lamp](#lamp) ||",
            r#"{"glass": {"kind": "clear"}}"#,
        ) + lamp;
        let home = page("lamp.get", "", &home);
        let other = answer("|| **result**\n`object[]` | [Lamps](./lamp-get.md#lamp) ||", "[]");
        let other = page("lamp.all", "", &other);
        let imported = import(
            &pages(&[
                ("api-reference/lamp/a-lamp-all.md", &other),
                ("api-reference/lamp/lamp-get.md", &home),
            ]),
            &[],
        );
        let all = imported
            .methods
            .iter()
            .find(|method| method.name == "lamp.all")
            .unwrap();
        assert_eq!(all.result.ty.to_string(), "object[]");
        assert_eq!(
            outline(&all.result.fields),
            ["glass: object open from Example", "  kind: string from Example"]
        );
    }

    #[test]
    fn examples_that_have_nothing_to_do_with_the_table_are_reported() {
        let strange = HANG.replace(
            "```json\n{ \"result\"",
            "```json\n{ \"result\": { \"hall\": 1 } }\n```\n\n```json\n{ \"result\"",
        );
        let imported = import(&pages(&[("api-reference/lamp/lamp-hang.md", &strange)]), &[]);
        assert_eq!(imported.report.of(Class::Disagreement).len(), 1);
        let result = &imported.methods[0].result;
        assert!(result.open && result.fields.iter().all(|field| field.name != "hall"));
    }

    #[test]
    fn a_method_on_two_pages_is_imported_from_the_one_that_is_called_so() {
        let imported = import(
            &pages(&[("api-reference/a.md", HANG), ("api-reference/lamp-hang.md", HANG)]),
            &[],
        );
        let docs: Vec<&str> = imported
            .methods
            .iter()
            .map(|method| method.docs.as_str())
            .collect();
        assert_eq!(docs, ["api-reference/lamp-hang.md"]);
        assert_eq!(imported.report.of(Class::Twice)[0].page, "api-reference/a.md");
    }

    #[test]
    fn only_the_wanted_scopes_are_imported() {
        let other = HANG
            .replace("`lamp`", "`light`")
            .replace("lamp.Hang", "light.hang");
        let both = pages(&[("api-reference/a.md", HANG), ("api-reference/b.md", &other)]);
        let names = |only: &[String]| -> Vec<String> {
            import(&both, only)
                .methods
                .into_iter()
                .map(|method| method.name)
                .collect()
        };
        assert_eq!(names(&[]), ["lamp.Hang", "light.hang"]);
        assert_eq!(names(&["light".to_owned()]), ["light.hang"]);
    }

    #[test]
    fn deprecated_and_new_methods_are_known_by_their_notes() {
        let old = HANG.replace(
            "Hangs a lamp.",
            "{% note warning \"DEPRECATED\" %}\n\nUse another.\n\n{% endnote %}",
        );
        let new = HANG.replace("/rest/1/code/", "/rest/api/1/code/");
        let imported = import(
            &pages(&[("api-reference/a.md", &old), ("api-reference/b.md", &new)]),
            &[],
        );
        let facts: Vec<(u8, bool)> = imported
            .methods
            .iter()
            .map(|method| (method.api, method.deprecated))
            .collect();
        assert_eq!(facts, [(2, true), (3, false)]);
    }

    #[test]
    fn a_broken_page_is_named_and_the_others_are_read() {
        let cut = HANG[..HANG.len() / 3].replace("lamp.Hang", "lamp.cut");
        let binary = String::from_utf8_lossy(&[0, 159, 146, 150, b'#', b' ', 255]).into_owned();
        let imported = import(
            &pages(&[
                ("api-reference/lamp/cut.md", &cut),
                ("api-reference/lamp/binary.md", &binary),
                ("api-reference/lamp/whole.md", HANG),
            ]),
            &[],
        );
        assert!(
            imported
                .methods
                .iter()
                .any(|method| method.docs.ends_with("whole.md"))
        );
        assert!(imported.report.to_string().contains("api-reference/lamp/cut.md:"));
    }

    #[test]
    fn cuts_and_missing_lines_are_survived() {
        for end in (0..HANG.len())
            .step_by(11)
            .filter(|end| HANG.is_char_boundary(*end))
        {
            import(&pages(&[("api-reference/lamp/hang.md", &HANG[..end])]), &[]);
        }
        let lines: Vec<&str> = HANG.lines().collect();
        for missing in (0..lines.len()).step_by(2) {
            let mut rest = lines.clone();
            rest.remove(missing);
            import(&pages(&[("api-reference/lamp/hang.md", &rest.join("\n"))]), &[]);
        }
    }

    const TYPES: &str = "# Types of lamps\n\n#|\n|| **Type** | **Description** ||\n|| [`lamp_socket`](#lamp_socket) | Integer identifier of a socket ||\n|| `lamp_kind` | Symbolic code of a kind ||\n|#\n\n### lamp_socket\n\n#|\n|| **Value**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||\n|| **watt**\n`double` | Power ||\n|#\n\n### lamp_bulb\n\n#|\n|| **Value**\n`type` | **Description** ||\n|| **glass**\n`string` | Glass ||\n|#\n";

    /// The parameters and the result of a page beside one with types.
    fn typed(rows: &str, rest: &str) -> (Vec<String>, Vec<String>, Imported) {
        let text = page("lamp.screw", rows, rest);
        let imported = import(
            &pages(&[
                ("api-reference/lamp/screw.md", &text),
                ("api-reference/lamp/data-types.md", TYPES),
            ]),
            &[],
        );
        let method = &imported.methods[0];
        (outline(&method.params), outline(&method.result.fields), imported)
    }

    #[test]
    fn words_for_types_mean_what_a_page_about_types_says() {
        let rows = "|| **socket**\n[`lamp_socket`](./data-types.md) | Where ||\n|| **other**\n[`lamp_socket.id`](./data-types.md#lamp_socket) | Where else ||\n|| **kind**\n`lamp_kind` | Kind ||\n|| **bulbs**\n[`lamp_bulb[]`](./data-types.md) | Bulbs ||\n|| **bulbId**\n`lamp_bulb` | A bulb ||\n|| **names**\n`lang_map` | Names ||\n|| **shade**\n`lamp_shade` | Shade ||";
        let (params, _, imported) = typed(rows, "");
        assert_eq!(
            params,
            [
                "socket: int",
                "other: int",
                "kind: string",
                "bulbs: @lamp.lamp-bulb[]",
                "bulbId: id",
                "names: map<string>",
                "shade: any"
            ]
        );
        assert_eq!(imported.objects[0].name, "lamp.lamp-bulb");
        assert_eq!(outline(&imported.objects[0].fields), ["glass: string"]);
        let unknown = imported.report.of(Class::TypeWord);
        assert_eq!(unknown.len(), 1);
        assert_eq!(unknown[0].what, "`lamp_shade` of `shade`");
    }

    #[test]
    fn a_word_may_be_an_identifier_and_a_list_of_it_the_things_themselves() {
        let rows = "|| **socket**\n[`lamp_socket`](./data-types.md) | Where ||\n|| **sockets**\n[`lamp_socket[]`](./data-types.md) | All ||\n|| **numbers**\n[`lamp_socket.id[]`](./data-types.md) | Theirs ||";
        let (params, _, _) = typed(rows, "");
        assert_eq!(
            params,
            ["socket: int", "sockets: @lamp.lamp-socket[]", "numbers: int[]"]
        );
    }

    const ROWS: &str = "## Response Handling\n\n```json\n{\"result\": {\"lamps\": [{\"id\": 1, \"on\": true}]}}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **result**\n`object` | Root ||\n|| **lamps**\n[`object[]`](./data-types.md) | Lamps ||\n|| **time**\n[`time`](../x.md#time) | How long it took ||\n|#\n";

    #[test]
    fn rows_beside_the_result_are_inside_it_where_examples_have_them_there() {
        let (_, result, _) = typed("|| **a**\n`integer` | A ||", ROWS);
        assert_eq!(
            result,
            [
                "lamps: object[] open from Example",
                "  id: id from Example",
                "  on: bool from Example"
            ]
        );
    }

    #[test]
    fn a_filter_may_name_the_fields_of_the_rows() {
        let filter = "|| **filter**\n`object` | By fields ||";
        let (params, _, _) = typed(filter, ROWS);
        assert_eq!(
            params,
            [
                "filter: object open from Page",
                "  id: id from Page",
                "  on: bool from Page"
            ]
        );
        let (params, _, imported) = typed(filter, "");
        assert_eq!(params, ["filter: map<any>"]);
        assert_eq!(imported.report.of(Class::Opaque)[0].what, "`filter`");
        let linked = "|| **filter**\n`object` | Fields of the [lamp_socket](./data-types.md) object ||";
        let (params, _, _) = typed(linked, "");
        assert_eq!(params, ["filter: object open", "  id: int", "  watt: float"]);
    }

    #[test]
    fn rest_3_pages_through_lists_in_one_way() {
        let row = "|| **pagination**\n`object` | Which page ||";
        let call = "## Code Examples\n\n```bash\ncurl https://x.com/rest/api/1/c/lamp.screw\n```\n";
        let (params, _, _) = typed(row, call);
        assert_eq!(params[0], "pagination: object");
        assert_eq!(params.len(), 4);
    }

    #[test]
    fn the_time_of_the_envelope_is_no_part_of_a_result() {
        let answer = "## Response Handling\n\n```json\n{\"result\": {\"id\": 1}, \"time\": {}}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **id**\n`integer` | Number ||\n|| **time**\n[`object`](../x.md#time) | How long it took ||\n|#\n";
        let (_, result, _) = typed("|| **a**\n`integer` | A ||", answer);
        assert_eq!(result, ["id: id"]);
    }

    #[test]
    fn objects_are_called_as_the_methods_of_their_folder() {
        let rows = "|| **fields**\n`object` | Of [these](./fields.md) ||";
        let text = page("lamp.hang", rows, "");
        let imported = import(
            &pages(&[
                ("api-reference/light-bulbs/hall/hang.md", &text),
                ("api-reference/light-bulbs/hall/fields.md", FIELDS),
            ]),
            &[],
        );
        assert_eq!(imported.objects[0].name, "lamp.hall");
    }

    #[test]
    fn a_page_of_fields_may_have_tables_for_details() {
        let fields = format!(
            "{FIELDS}\n|| **next**\n`object` | [Details](#next) ||\n|#\n\n### Details {{#next}}\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **glass**\n`string` | Glass ||\n|| **back**\n`object` | [Details](#top) ||\n|#\n"
        )
        .replace("Since when ||\n|#\n", "Since when ||")
        .replace("# Lamp fields", "# Lamp fields {#top}");
        let text = page(
            "lamp.hang",
            "|| **fields**\n`object` | Of [these](./fields.md) ||",
            "",
        );
        let imported = import(
            &pages(&[
                ("api-reference/lamp/hall/hang.md", &text),
                ("api-reference/lamp/hall/fields.md", &fields),
            ]),
            &[],
        );
        assert_eq!(
            outline(&imported.objects[0].fields),
            [
                "ID: id",
                "ON: bool(Y/N)",
                "SINCE: datetime",
                "next: object",
                "  glass: string",
                "  back: @lamp.hall-fields-top"
            ]
        );
    }
}
