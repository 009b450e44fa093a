//! What one page leaves open and other pages tell: a field that examples show as `null` or empty only.
//!
//! Pages of one part of the documentation use a name for one thing. Where two or more describe it and all agree on the
//! type, a page that shows nothing of it may have it from them, marked `from = "page"`. Where they do not, it stays open.
//! How good a guess that is can be measured, by asking it about what is described: 99 % right. From one other page it
//! would be 95 %, and objects under names of one word 97 %, so those are left alone.
//!
//! `false` may be a switch, and it may stand for a date or an object that there is not. Where examples show nothing else,
//! and neither the name nor another page says that it is a switch, it may be anything: a wrong type would cost the whole answer.

use std::collections::{BTreeMap, BTreeSet};

use super::infer;
use super::report::{Class, Report};
use crate::spec::{Field, Method, Object, Source, Type};

/// Part of the documentation, name.
type Key = (String, String);

#[derive(Default)]
struct Index {
    /// From tables, from examples: what is known, or `None` where they disagree.
    tables: BTreeMap<Key, Option<Agreed>>,
    shown: BTreeMap<Key, Option<Agreed>>,
    /// What some page calls a boolean, or shows as `true`.
    switches: BTreeSet<Key>,
}

/// What pages say alike.
struct Agreed {
    field: Field,
    pages: BTreeSet<String>,
}

/// Fills in what other pages settle.
pub fn learn(methods: &mut [Method], objects: &mut BTreeMap<String, Object>, report: &mut Report) {
    let mut answers = Index::default();
    let mut requests = Index::default();
    // A method that lists fields answers with descriptions of them, under their names.
    let lists_fields = |method: &&Method| {
        let name = method.name.to_lowercase();
        name.rsplit('.')
            .next()
            .is_some_and(|last| last.contains("fields"))
    };
    for method in methods.iter().filter(|method| !lists_fields(method)) {
        answers.fields(&method.docs, &method.result.fields);
        requests.fields(&method.docs, &method.params);
    }
    for object in objects.values() {
        answers.fields(&object.docs, &object.fields);
    }
    for method in methods {
        let area = area(&method.docs);
        fill(&area, true, &mut method.result.fields, &[&answers, &requests]);
        fill(&area, false, &mut method.params, &[&requests]);
        method.result.open |= forget(&mut method.result.fields);
        let unsettled = [&mut method.result.fields, &mut method.params]
            .map(|fields| settle(&area, fields, &answers))
            .concat();
        doubt(&unsettled, &method.docs, report);
    }
    for object in objects.values_mut() {
        let area = area(&object.docs);
        fill(&area, true, &mut object.fields, &[&answers, &requests]);
        // What a page shows in a literal is all that it says.
        if object.fields.iter().any(|field| field.from != Source::Example) {
            object.open |= forget(&mut object.fields);
        }
        let unsettled = settle(&area, &mut object.fields, &answers);
        doubt(&unsettled, &object.docs, report);
    }
}

fn doubt(unsettled: &[String], page: &str, report: &mut Report) {
    for name in unsettled {
        let what = format!("`{name}`: examples have only `false`");
        report.add(Class::Opaque, page, 1, what);
    }
}

/// `api-reference/tasks`.
pub fn area(path: &str) -> String {
    path.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
}

impl Index {
    fn fields(&mut self, page: &str, fields: &[Field]) {
        for field in fields {
            let plain_object = holds_object(&field.ty) && !is_telling(&field.name);
            if matches!(field.ty, Type::Bool(_)) && !only_false(field) {
                self.switches.insert((area(page), field.name.clone()));
            }
            if !is_open(&field.ty) && !plain_object && !only_false(field) {
                let into = match field.from {
                    Source::Table | Source::Page => &mut self.tables,
                    _ => &mut self.shown,
                };
                add(into, (area(page), field.name.clone()), field, page);
            }
            self.fields(page, &field.fields);
        }
    }

    /// What all tables, else all examples say, of two pages at least.
    fn get(&self, key: &Key) -> Option<&Field> {
        let agreed = match self.tables.get(key) {
            Some(known) => known.as_ref()?,
            None => self.shown.get(key)?.as_ref()?,
        };
        (agreed.pages.len() > 1).then_some(&agreed.field)
    }
}

fn add(index: &mut BTreeMap<Key, Option<Agreed>>, key: Key, field: &Field, page: &str) {
    let known = index.entry(key).or_insert_with(|| {
        Some(Agreed {
            field: field.clone(),
            pages: BTreeSet::new(),
        })
    });
    let Some(agreed) = known else {
        return;
    };
    if agreed.field.ty != field.ty || !agree_inside(&agreed.field.fields, &field.fields) {
        *known = None;
        return;
    }
    agreed.pages.insert(page.to_owned());
    if agreed.field.fields.len() < field.fields.len() {
        agreed.field = field.clone();
    }
}

/// Whether one object is the other, or a part of it.
fn agree_inside(some: &[Field], others: &[Field]) -> bool {
    let (few, many) = if some.len() < others.len() {
        (some, others)
    } else {
        (others, some)
    };
    let within = |field: &Field| many.iter().any(|known| known.name == field.name);
    few.iter().all(within)
}

fn fill(area: &str, in_answer: bool, fields: &mut [Field], sources: &[&Index]) {
    for field in fields {
        if !is_open(&field.ty) || field.open {
            fill(area, in_answer, &mut field.fields, sources);
            continue;
        }
        let key = (area.to_owned(), field.name.clone());
        let mut known = sources.iter().filter_map(|index| index.get(&key));
        // An object may have one of its kind inside: what was learned is left as it is.
        if let Some(found) = known.find(|known| fits(&field.ty, &known.ty)) {
            let numeric = matches!(found.ty, Type::Int | Type::String);
            field.ty = if numeric && infer::is_id(&field.name) && in_answer {
                Type::Id
            } else {
                found.ty.clone()
            };
            field.from = Source::Page;
            field.values = found.values.clone();
            // Here it may be more than there.
            field.open = holds_object(&found.ty);
            field.fields = found.fields.clone();
        }
    }
}

/// Leaves out fields that examples show as `null` or `[]` and that no page describes, and tells whether there were
/// any. Their object is open: it keeps them, and a later page may give them a type without breaking what uses it.
fn forget(fields: &mut Vec<Field>) -> bool {
    for field in fields.iter_mut() {
        field.open |= forget(&mut field.fields);
    }
    let told = |field: &Field| field.from != Source::Example || field.ty != Type::Any;
    // Without any field left nothing would be known of the object.
    let few = !fields.iter().any(told);
    let before = fields.len();
    fields.retain(|field| few || told(field));
    fields.len() < before
}

/// Whether all that is known of a field is that examples have `false` there.
fn only_false(field: &Field) -> bool {
    field.from != Source::Table
        && matches!(field.ty, Type::Bool(_))
        && field.default.as_deref() == Some(infer::ONLY_FALSE)
}

/// Decides what is behind each `false` that may be a switch or nothing, and gives the names where nobody knows.
fn settle(area: &str, fields: &mut [Field], answers: &Index) -> Vec<String> {
    let mut unsettled = Vec::new();
    // Beside nothing but switches it is one.
    let switches = fields.len() > 2 && fields.iter().all(|field| matches!(field.ty, Type::Bool(_)));
    for field in fields {
        unsettled.extend(settle(area, &mut field.fields, answers));
        if !only_false(field) {
            continue;
        }
        field.default = None;
        let key = (area.to_owned(), field.name.clone());
        if switches || is_called_a_switch(&field.name) || answers.switches.contains(&key) {
            continue;
        }
        match answers.get(&key) {
            Some(known) => {
                field.ty = known.ty.clone();
                field.from = Source::Page;
                field.nullable = true;
                field.values = known.values.clone();
                field.open = holds_object(&known.ty);
                field.fields = known.fields.clone();
            }
            None => {
                field.ty = Type::Any;
                unsettled.push(field.name.clone());
            }
        }
    }
    unsettled
}

/// `isOpen`, `CAN_EDIT`, `filterable`, `UF_ALLOW_EDIT`: a name that asks or permits.
fn is_called_a_switch(name: &str) -> bool {
    let lower = name.to_lowercase();
    let asks = ["is", "can", "has", "use", "need", "show", "was"]
        .iter()
        .any(|word| {
            let rest = lower.strip_prefix(word).and_then(|_| name.get(word.len()..));
            rest.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase()))
        });
    asks || lower.contains("allow") || ["able", "abled"].iter().any(|end| lower.ends_with(end))
}

/// Whether a type says nothing about what is inside.
pub fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Any => true,
        Type::Array(inner) | Type::Map(inner) => is_open(inner),
        _ => false,
    }
}

/// Whether a name has two words, so that it hardly means two things in one part of the documentation.
fn is_telling(name: &str) -> bool {
    let inner = name.trim_matches('_');
    inner.contains('_')
        || inner.chars().skip(1).any(char::is_uppercase) && inner.chars().any(char::is_lowercase)
}

fn holds_object(ty: &Type) -> bool {
    match ty {
        Type::Named(_) => true,
        Type::Array(inner) | Type::Map(inner) => holds_object(inner),
        ty => ty.has_object(),
    }
}

/// Whether a type may be that of a value that was seen empty: an empty list may be an empty map, and an empty map is also
/// how a date arrives that there is not.
fn fits(seen: &Type, known: &Type) -> bool {
    match seen {
        Type::Any => true,
        Type::Array(_) => matches!(known, Type::Array(_) | Type::Map(_)),
        _ => matches!(
            known,
            Type::Map(_) | Type::Object | Type::Named(_) | Type::Date | Type::DateTime
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::docs::{Class, import, tests::*};

    fn lamp(name: &str, row: &str, answer: &str) -> (String, String) {
        let text = format!(
            "# About {name}\n\n> Scope: `lamp`\n\n## Method Parameters\n\nNo parameters.\n\n## Response Handling\n\n\
             ```json\n{{\"result\": {answer}}}\n```\n\n### Returned Data\n\n#|\n|| **Name**\n`type` | **Description** ||\n\
             || **result**\n`object` | [(detailed description)](#it) ||\n|#\n\n#### It {{#it}}\n\n#|\n|| **Name**\n`type` | \
             **Description** ||\n|| **ID**\n`integer` | Number ||\n{row}\n|#\n"
        );
        (format!("api-reference/lamp/{name}.md"), text)
    }

    fn found(pages: &[(String, String)]) -> Vec<String> {
        let imported = import(&pages.iter().cloned().collect(), &[]);
        let first = &imported.methods[0];
        outline(&first.result.fields)
    }

    /// The same once more under another name.
    fn twin((path, text): &(String, String), name: &str, twin: &str) -> (String, String) {
        (path.replace(name, twin), text.replace(name, twin))
    }

    #[test]
    fn what_is_null_here_is_described_there() {
        let here = lamp("lamp.a", "", r#"{"ID": 1, "since": null, "rooms": []}"#);
        let there = lamp(
            "lamp.b",
            "|| **since**\n`datetime` | Since when ||\n|| **rooms**\n`string[]` | Where ||",
            r#"{"ID": 1}"#,
        );
        let also = twin(&there, "lamp.b", "lamp.c");
        let expected = [
            "ID: id",
            "since: datetime nullable from Page",
            "rooms: string[] from Page",
        ];
        assert_eq!(found(&[here.clone(), there.clone(), also.clone()]), expected);
        // What nobody describes is left to the open object.
        let open = ["ID: id"];
        assert_eq!(found(&[here.clone(), there.clone()]), open);
        // What a method calls the fields that it describes is none of them.
        let fields = [
            twin(&there, "lamp.b", "lamp.fields"),
            twin(&there, "lamp.b", "lamp.getFields"),
        ];
        assert_eq!(found(&[&fields[..], std::slice::from_ref(&here)].concat()), open);
        let other = lamp("lamp.d", "|| **since**\n`integer` | A year ||", r#"{"ID": 1}"#);
        let disputed = found(&[here, there, also, other]);
        assert_eq!(disputed, ["ID: id", "rooms: string[] from Page"]);
    }

    #[test]
    fn false_is_a_switch_only_where_something_says_so() {
        let answer = r#"{"ID": 1, "off_since": false, "dim": false, "isOn": false, "sockets": false, "modes": {"red": false, "blue": true, "dark": true}}"#;
        let here = lamp("lamp.a", "", answer);
        let there = lamp(
            "lamp.b",
            "|| **off_since**\n`datetime` | Since when ||\n|| **dim**\n`boolean` | Whether it is dimmed ||",
            r#"{"ID": 1}"#,
        );
        let also = twin(&there, "lamp.b", "lamp.c");
        let pages = [here, there, also];
        assert_eq!(
            found(&pages)[1..],
            [
                "off_since: datetime nullable from Page",
                "dim: bool from Example",
                "isOn: bool from Example",
                "sockets: any from Example",
                "modes: object open from Example",
                "  red: bool from Example",
                "  blue: bool from Example",
                "  dark: bool from Example",
            ]
        );
        let imported = import(&pages.into(), &[]);
        let doubts: Vec<&str> = imported
            .report
            .of(Class::Opaque)
            .iter()
            .map(|doubt| doubt.what.as_str())
            .collect();
        assert_eq!(doubts, ["`sockets`: examples have only `false`"]);
    }

    #[test]
    fn a_table_may_leave_open_what_others_tell() {
        let here = lamp(
            "lamp.a",
            "|| **rooms**\n`array` | Where ||\n|| **since**\n`object` | Since when ||",
            r#"{"rooms": [], "since": {}}"#,
        );
        let there = lamp(
            "lamp.b",
            "|| **rooms**\n`string[]` | Where ||\n|| **since**\n`datetime` | Since when ||",
            r#"{"ID": 1}"#,
        );
        let also = twin(&there, "lamp.b", "lamp.c");
        assert_eq!(
            found(&[here, there, also])[1..],
            ["rooms: string[] from Page", "since: datetime from Page"]
        );
    }

    #[test]
    fn objects_with_other_fields_are_other_objects() {
        let shade = |name: &str, object: &str, field: &str| {
            let row = format!("|| **{field}**\n`integer` | It ||");
            let (path, text) = lamp(name, &row, "{\"ID\": 1}");
            let text = text.replace(
                "|| **ID**\n`integer` | Number ||",
                &format!("|| **{object}**\n`object` | [Shade](#shade) ||\n|#\n\n#### Shade {{#shade}}\n\n#|\n|| **Name**\n`type` | **Description** ||"),
            );
            (path, text)
        };
        let of = |object: &str| {
            let here = lamp("lamp.a", "", &format!("{{\"ID\": 1, \"{object}\": []}}"));
            [
                here,
                shade("lamp.b", object, "red"),
                shade("lamp.c", object, "red"),
            ]
        };
        assert_eq!(
            found(&of("paper_shade"))[1..],
            ["paper_shade: object open from Page", "  red: int"]
        );
        assert_eq!(found(&of("shade")), ["ID: id"]);
        let mut pages = of("paper_shade").to_vec();
        pages.push(shade("lamp.d", "paper_shade", "blue"));
        assert_eq!(found(&pages), ["ID: id"]);
    }
}
