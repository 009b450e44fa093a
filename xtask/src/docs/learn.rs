//! What one page leaves open and other pages tell: a field that examples show as `null` or empty only.
//!
//! Pages of one part of the documentation use a name for one thing. Where all that describe it agree on the type, a
//! page that shows nothing of it may have it from them, marked `from = "page"`. Where they do not, it stays open.

use std::collections::BTreeMap;

use super::infer;
use crate::spec::{Field, Method, Object, Source, Type};

/// Part of the documentation, name of the object around it (for objects), name.
type Key = (String, String, String);

#[derive(Default)]
struct Index {
    /// From tables, from examples: what is known, or `None` where they disagree.
    tables: BTreeMap<Key, Option<Field>>,
    shown: BTreeMap<Key, Option<Field>>,
}

/// Fills in what other pages settle.
pub fn learn(methods: &mut [Method], objects: &mut BTreeMap<String, Object>) {
    let mut answers = Index::default();
    let mut requests = Index::default();
    // A method that lists fields answers with descriptions of them, under their names.
    let lists_fields = |method: &&Method| method.name.to_lowercase().ends_with("fields");
    for method in methods.iter().filter(|method| !lists_fields(method)) {
        let area = area(&method.docs);
        answers.fields(&area, "result", &method.result.fields);
        requests.fields(&area, "", &method.params);
    }
    for object in objects.values() {
        answers.fields(&area(&object.docs), &object.name, &object.fields);
    }
    for method in methods {
        let area = area(&method.docs);
        fill(&area, "result", &mut method.result.fields, &[&answers, &requests]);
        fill(&area, "", &mut method.params, &[&requests]);
    }
    for object in objects.values_mut() {
        let area = area(&object.docs);
        fill(&area, &object.name, &mut object.fields, &[&answers, &requests]);
    }
}

/// `api-reference/tasks`.
fn area(path: &str) -> String {
    path.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
}

impl Index {
    fn fields(&mut self, area: &str, around: &str, fields: &[Field]) {
        for field in fields {
            if !is_open(&field.ty) {
                let into = match field.from {
                    Source::Table | Source::Page => &mut self.tables,
                    _ => &mut self.shown,
                };
                add(into, key(area, around, field), field);
            }
            self.fields(area, &field.name, &field.fields);
        }
    }

    /// What all tables, else all examples say.
    fn get(&self, key: &Key) -> Option<&Field> {
        match self.tables.get(key) {
            Some(known) => known.as_ref(),
            None => self.shown.get(key)?.as_ref(),
        }
    }
}

fn key(area: &str, around: &str, field: &Field) -> Key {
    // Objects of one name are the same only within objects of one name.
    let around = if holds_object(&field.ty) && !is_telling(&field.name) {
        around
    } else {
        ""
    };
    (area.to_owned(), around.to_owned(), field.name.clone())
}

fn add(index: &mut BTreeMap<Key, Option<Field>>, key: Key, field: &Field) {
    let Some(known) = index.get_mut(&key) else {
        index.insert(key, Some(field.clone()));
        return;
    };
    let Some(agreed) = known else {
        return;
    };
    if agreed.ty != field.ty || !agree_inside(&agreed.fields, &field.fields) {
        *known = None;
    } else if agreed.fields.len() < field.fields.len() {
        *known = Some(field.clone());
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

fn fill(area: &str, around: &str, fields: &mut [Field], sources: &[&Index]) {
    for field in fields {
        let unseen = matches!(field.from, Source::Example | Source::TypeScript) && is_open(&field.ty);
        if unseen {
            let found = sources.iter().find_map(|index| {
                let scalar = (area.to_owned(), String::new(), field.name.clone());
                let object = (area.to_owned(), around.to_owned(), field.name.clone());
                let mut known = [scalar, object].into_iter().filter_map(|key| index.get(&key));
                known.find(|known| fits(&field.ty, &known.ty))
            });
            if let Some(found) = found {
                let numeric = matches!(found.ty, Type::Int | Type::String);
                field.ty = if numeric && infer::is_id(&field.name) && !around.is_empty() {
                    Type::Id
                } else {
                    found.ty.clone()
                };
                field.from = Source::Page;
                field.values = found.values.clone();
                field.open = found.open;
                field.fields = found.fields.clone();
                // An object may have one of its kind inside: what was learned is left as it is.
                continue;
            }
        }
        let name = field.name.clone();
        fill(area, &name, &mut field.fields, sources);
    }
}

fn is_open(ty: &Type) -> bool {
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
    matches!(ty, Type::Named(_)) || ty.has_object()
}

/// Whether a type may be that of a value that was seen empty: an empty list may be an empty map.
fn fits(seen: &Type, known: &Type) -> bool {
    match seen {
        Type::Any => true,
        Type::Array(_) => matches!(known, Type::Array(_) | Type::Map(_)),
        _ => matches!(known, Type::Map(_) | Type::Object | Type::Named(_)),
    }
}

#[cfg(test)]
mod tests {
    use crate::docs::{import, tests::*};

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

    #[test]
    fn what_is_null_here_is_described_there() {
        let here = lamp("lamp.a", "", r#"{"ID": 1, "since": null, "rooms": []}"#);
        let there = lamp(
            "lamp.b",
            "|| **since**\n`datetime` | Since when ||\n|| **rooms**\n`string[]` | Where ||",
            r#"{"ID": 1}"#,
        );
        let expected = [
            "ID: id",
            "since: datetime nullable from Page",
            "rooms: string[] from Page",
        ];
        assert_eq!(found(&[here.clone(), there.clone()]), expected);
        let other = lamp("lamp.c", "|| **since**\n`integer` | A year ||", r#"{"ID": 1}"#);
        let disputed = found(&[here, there, other]);
        assert_eq!(disputed[1], "since: any nullable from Example");
    }

    #[test]
    fn objects_with_other_fields_are_other_objects() {
        let shade = |name, field: &str| {
            let row = format!("|| **{field}**\n`integer` | It ||");
            lamp(name, &row, "{\"ID\": 1}").1.replace(
                "|| **ID**\n`integer` | Number ||",
                "|| **paper_shade**\n`object` | [Shade](#shade) ||\n|#\n\n#### Shade {#shade}\n\n#|\n|| **Name**\n`type` | **Description** ||",
            )
        };
        let here = lamp("lamp.a", "", r#"{"ID": 1, "paper_shade": []}"#);
        let page = |name: &str, text| (format!("api-reference/lamp/{name}.md"), text);
        let one = page("lamp.b", shade("lamp.b", "red"));
        let two = page("lamp.c", shade("lamp.c", "blue"));
        let known = found(&[here.clone(), one.clone()]);
        assert_eq!(known[1..], ["paper_shade: object from Page", "  red: int"]);
        assert_eq!(found(&[here, one, two])[1], "paper_shade: any from Example");
    }
}
