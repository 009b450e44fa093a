//! What the lists of the API have in common, whatever a page's table makes of it.
//!
//! A `filter` is a map: its keys are fields with an operator before them (`=DELETED`, `>ID`), so setters for the bare
//! fields would be of little use. The fields that the page names are told in the documentation instead.

use std::collections::BTreeMap;

use super::docs;
use crate::spec::{Field, Merged, Object, Path, Type, Words};

/// The spec with its idioms spelled alike.
pub fn unify(merged: &Merged) -> Merged {
    let mut unified = merged.clone();
    let objects = merged
        .objects
        .iter()
        .map(|object| (object.facts.name.as_str(), &object.facts))
        .collect();
    for method in &mut unified.methods {
        filters(
            &mut method.facts.params,
            &Path::default().join("params"),
            &objects,
            &mut method.words,
        );
    }
    unified
}

fn filters(fields: &mut [Field], above: &Path, objects: &BTreeMap<&str, &Object>, words: &mut Words) {
    for field in fields {
        let path = above.join(&field.name);
        let Some(keys) = filter_keys(field, objects) else {
            filters(&mut field.fields, &path, objects, words);
            continue;
        };
        let told = words
            .at
            .entry(path.key())
            .or_insert_with(|| "Conditions by field.".to_owned());
        if !keys.is_empty() {
            let keys: Vec<_> = keys.iter().map(|key| docs::code(key)).collect();
            *told = format!(
                "{} Fields: {}.",
                docs::full_stop(told.trim()),
                docs::listed(&keys, "and")
            );
        }
        field.ty = Type::Any.map();
        field.fields = Vec::new();
        field.open = false;
    }
}

/// The fields that an open filter is known to have.
fn filter_keys(field: &Field, objects: &BTreeMap<&str, &Object>) -> Option<Vec<String>> {
    if !field.name.eq_ignore_ascii_case("filter") {
        return None;
    }
    let fields = match &field.ty {
        Type::Object if field.open => &field.fields,
        Type::Named(name) if field.open || objects.get(name.as_str()).is_some_and(|object| object.open) => {
            &objects.get(name.as_str())?.fields
        }
        _ => return None,
    };
    Some(fields.iter().map(|field| field.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{merge, read};

    #[test]
    fn an_open_filter_is_a_map_and_tells_its_fields() {
        let method = "name = 'a.list'\napi = 2\nscopes = ['a']\naccess = 'any'\neffect = 'read'\ndocs = 'a/l.md'\n\
                      [[params]]\nname = 'params'\ntype = 'object'\n\
                      [[params.fields]]\nname = 'FILTER'\ntype = 'object'\nopen = true\n\
                      [[params.fields.fields]]\nname = 'ID'\ntype = 'id'\n\
                      [[params.fields.fields]]\nname = '=X'\ntype = 'id'\n\
                      [[params]]\nname = 'filter'\ntype = '@a.thing'\nopen = true\n\
                      [[params]]\nname = 'fields'\ntype = '@a.thing'\nopen = true\n\
                      [result]\ntype = 'int'\n";
        let thing = "name = 'a.thing'\ndocs = 'a/t.md'\n[[fields]]\nname = 'TITLE'\ntype = 'string'\n";
        let files = [
            ("spec/protocol.toml", include_str!("../../../spec/protocol.toml")),
            ("spec/methods/a/a.list.toml", method),
            ("spec/objects/a.thing.toml", thing),
            ("spec/curated/a.toml", "[words]\n'params.filter' = 'Which ones'\n"),
        ];
        let spec = read(files.map(|(file, text)| (file.to_owned(), text.to_owned()))).unwrap();
        let unified = unify(&merge(spec).unwrap());
        let method = &unified.methods[0];
        let params = &method.facts.params;
        assert_eq!(params[0].fields[0].ty.to_string(), "map<any>");
        assert_eq!(params[1].ty.to_string(), "map<any>");
        assert_eq!(params[2].ty.to_string(), "@a.thing");
        assert_eq!(
            method.words.at["params.params.FILTER"],
            "Conditions by field. Fields: `ID` and `=X`."
        );
        assert_eq!(method.words.at["params.filter"], "Which ones. Fields: `TITLE`.");
    }
}
