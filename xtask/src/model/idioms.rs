//! What the lists of the API have in common, whatever a page's table makes of it: `filter`, `order` and `pagination` have
//! types of their own.
//!
//! In REST 2 the keys of a `filter` are fields with an operator before them (`=DELETED`, `>ID`). The bare fields have setters, and
//! the operators are the same for all filters. In REST 3.0 a filter is a list of conditions: the fields that the page names
//! are told in the documentation.

use std::collections::BTreeMap;

use super::docs;
use crate::spec::{Described, Field, Merged, Object, Path, Type, Words};

/// A parameter that is alike in all lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idiom {
    /// Setters for its fields, and operators.
    Filter,
    /// The type of the same name, written by hand.
    Written(&'static str),
}

/// Which idiom a parameter of a method is, after [`unify`].
pub fn idiom(field: &Field, api: u8) -> Option<Idiom> {
    let is = |name| field.name.eq_ignore_ascii_case(name);
    match &field.ty {
        Type::Object if is("filter") && field.open => Some(Idiom::Filter),
        Type::Map(_) if is("filter") && api == 3 => Some(Idiom::Written("Conditions")),
        Type::Map(inner) if is("order") && **inner == Type::String && field.values.is_empty() => {
            Some(Idiom::Written("Order"))
        }
        Type::Object if is("pagination") && api == 3 => Some(Idiom::Written("Pagination")),
        _ => None,
    }
}

/// The spec with its idioms spelled alike.
pub fn unify(merged: &Merged) -> Merged {
    let mut unified = merged.clone();
    let objects = merged
        .objects
        .iter()
        .map(|object| (object.facts.name.as_str(), object))
        .collect();
    for method in &mut unified.methods {
        let (api, words) = (method.facts.api, &mut method.words);
        let above = Path::default().join("params");
        each(&mut method.facts.params, &above, &mut |field, path| {
            filter(field, path, &objects, words, api);
        });
    }
    unified
}

fn each(fields: &mut [Field], above: &Path, change: &mut impl FnMut(&mut Field, &Path)) {
    for field in fields {
        let path = above.join(&field.name);
        change(field, &path);
        each(&mut field.fields, &path, change);
    }
}

fn filter(
    field: &mut Field,
    path: &Path,
    objects: &BTreeMap<&str, &Described<Object>>,
    words: &mut Words,
    api: u8,
) {
    if !field.name.eq_ignore_ascii_case("filter") {
        return;
    }
    let named = match &field.ty {
        Type::Array(any) if api == 3 && **any == Type::Any => None,
        Type::Object if field.open => None,
        Type::Map(_) if api == 2 => None,
        Type::Named(name) => match objects.get(name.as_str()) {
            Some(object) if field.open || object.facts.open => Some(*object),
            _ => return,
        },
        _ => return,
    };
    if let Some(object) = named {
        field.fields.clone_from(&object.facts.fields);
        for known in &field.fields {
            let said = object.words.at.get(&Path::default().join(&known.name).key());
            if let Some(said) = said {
                let key = path.join(&known.name).key();
                words.at.entry(key).or_insert_with(|| said.clone());
            }
        }
    }
    let told = words
        .at
        .entry(path.key())
        .or_insert_with(|| "Conditions by field.".to_owned());
    field.open = true;
    if api == 2 {
        field.ty = Type::Object;
        field.fields = bare(&field.fields, path, words);
        return;
    }
    if !field.fields.is_empty() {
        let keys: Vec<_> = field.fields.iter().map(|field| docs::code(&field.name)).collect();
        *told = format!(
            "{} Fields: {}.",
            docs::full_stop(told.trim()),
            docs::listed(&keys, "and")
        );
    }
    field.ty = Type::Any.map();
    field.fields = Vec::new();
}

/// Each field once, without an operator, with what is said of it. Nothing in a filter is required.
fn bare(fields: &[Field], path: &Path, words: &mut Words) -> Vec<Field> {
    let mut bare: Vec<Field> = Vec::new();
    for field in fields {
        let name = field.name.trim_start_matches(|c: char| "!<>=%@?*~^".contains(c));
        if name.is_empty() || bare.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        if let Some(said) = words.at.get(&path.join(&field.name).key()).cloned() {
            words.at.entry(path.join(name).key()).or_insert(said);
        }
        bare.push(Field {
            name: name.to_owned(),
            required: false,
            ..field.clone()
        });
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{merge, read};

    #[test]
    fn a_filter_has_its_fields_without_operators() {
        let method = "name = 'a.list'\napi = 2\nscopes = ['a']\naccess = 'any'\neffect = 'read'\ndocs = 'a/l.md'\n\
                      [[params]]\nname = 'params'\ntype = 'object'\n\
                      [[params.fields]]\nname = 'FILTER'\ntype = 'object'\nopen = true\n\
                      [[params.fields.fields]]\nname = 'ID'\ntype = 'id'\n\
                      [[params.fields.fields]]\nname = '=X'\ntype = 'id'\n\
                      [[params.fields.fields]]\nname = '>=X'\ntype = 'id'\n\
                      [[params]]\nname = 'filter'\ntype = '@a.thing'\nopen = true\n\
                      [[params]]\nname = 'fields'\ntype = '@a.thing'\nopen = true\n\
                      [result]\ntype = 'int'\n";
        let thing = "name = 'a.thing'\ndocs = 'a/t.md'\n[[fields]]\nname = 'TITLE'\ntype = 'string'\n";
        let files = [
            ("spec/protocol.toml", include_str!("../../../spec/protocol.toml")),
            ("spec/methods/a/a.list.toml", method),
            ("spec/objects/a.thing.toml", thing),
            (
                "spec/curated/a.toml",
                "[words]\n'params.filter' = 'Which ones'\n[[object]]\nname = 'a.thing'\nwords.TITLE = 'What it is called'\n",
            ),
        ];
        let spec = read(files.map(|(file, text)| (file.to_owned(), text.to_owned()))).unwrap();
        let unified = unify(&merge(spec).unwrap());
        let method = &unified.methods[0];
        let params = &method.facts.params;
        let names = |field: &Field| {
            let names: Vec<_> = field.fields.iter().map(|field| field.name.clone()).collect();
            (idiom(field, 2), names.join(" "))
        };
        assert_eq!(
            names(&params[0].fields[0]),
            (Some(Idiom::Filter), "ID X".to_owned())
        );
        assert_eq!(names(&params[1]), (Some(Idiom::Filter), "TITLE".to_owned()));
        assert_eq!(params[2].ty.to_string(), "@a.thing");
        assert_eq!(method.words.at["params.params.FILTER"], "Conditions by field.");
        assert_eq!(method.words.at["params.filter"], "Which ones");
        assert_eq!(method.words.at["params.filter.TITLE"], "What it is called");
    }

    #[test]
    fn in_rest_3_a_filter_is_conditions_and_tells_its_fields() {
        let field = Field {
            name: "filter".to_owned(),
            ty: Type::Object,
            required: false,
            nullable: false,
            default: None,
            values: Vec::new(),
            from: Default::default(),
            open: true,
            fields: Vec::new(),
        };
        let id = Field {
            name: "id".to_owned(),
            ty: Type::Id,
            open: false,
            ..field.clone()
        };
        let mut field = Field {
            fields: vec![id],
            ..field
        };
        let (path, mut words) = (Path::default().join("params").join("filter"), Words::default());
        filter(&mut field, &path, &BTreeMap::new(), &mut words, 3);
        assert_eq!(idiom(&field, 3), Some(Idiom::Written("Conditions")));
        assert_eq!(words.at["params.filter"], "Conditions by field. Fields: `id`.");
        let mut list = Field {
            ty: Type::Any.array(),
            fields: Vec::new(),
            ..field.clone()
        };
        filter(&mut list, &path, &BTreeMap::new(), &mut words, 3);
        assert_eq!(idiom(&list, 3), Some(Idiom::Written("Conditions")));
    }
}
