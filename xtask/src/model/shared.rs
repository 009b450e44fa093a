//! What the methods of a namespace have in common: value lists that are one open enum, objects that are one struct.
//!
//! A field name that has the same values all over a namespace makes one enum, named after both: `SiteType`. Where the
//! lists differ, each is named after the method that has it first: `AddType`. Objects that occur twice with the same
//! fields, described in the same words, are one type as well; so are those within a shared object (`@a.b`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::spec::{Field, Path, Type, Words};

/// The lists and objects of one namespace, or of one shared object.
#[derive(Debug, Default)]
pub struct Common {
    /// Value lists, by field name.
    lists: BTreeMap<String, BTreeSet<BTreeSet<String>>>,
    /// How often an object occurs, by all that is known of it.
    objects: BTreeMap<Shape, usize>,
}

/// An object by all that decides what its type looks like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// Whether it is sent; otherwise it is received.
    sent: bool,
    /// The field that holds it.
    name: String,
    text: String,
}

impl Common {
    /// Notes what a field and all below it have.
    pub fn note(&mut self, field: &Field, path: &Path, words: &Words, sent: bool) {
        if is_enum(&field.ty, &field.values) {
            let list = field.values.iter().cloned().collect();
            self.lists
                .entry(field.name.to_lowercase())
                .or_default()
                .insert(list);
        }
        if !field.fields.is_empty() {
            *self.objects.entry(shape(field, path, words, sent)).or_default() += 1;
        }
        self.note_fields(&field.fields, path, words, sent);
    }

    /// The same for each of the fields below a path.
    pub fn note_fields(&mut self, fields: &[Field], above: &Path, words: &Words, sent: bool) {
        for field in fields {
            self.note(field, &above.join(&field.name), words, sent);
        }
    }

    /// Whether every field of this name has the same list.
    pub fn agree(&self, name: &str) -> bool {
        self.lists
            .get(&name.to_lowercase())
            .is_some_and(|lists| lists.len() == 1)
    }

    /// Whether an object occurs more than once.
    pub fn is_shared(&self, shape: &Shape) -> bool {
        self.objects.get(shape).is_some_and(|&count| count > 1)
    }

    /// Whether no other object of this field's name is shared, so that the name alone says which is meant.
    pub fn is_alone(&self, shape: &Shape) -> bool {
        let same_name = |other: &&Shape| other.name == shape.name && self.is_shared(other);
        self.objects.keys().filter(same_name).count() == 1
    }
}

/// The shape of the object in a field.
pub fn shape(field: &Field, path: &Path, words: &Words, sent: bool) -> Shape {
    Shape {
        sent,
        name: field.name.to_lowercase(),
        text: fields(field, path, words).to_string(),
    }
}

fn fields(field: &Field, path: &Path, words: &Words) -> Value {
    let mut below: Vec<_> = field.fields.iter().collect();
    // Pages list the same fields in different orders.
    below.sort_by_key(|field| &field.name);
    let below = below.into_iter().map(|field| {
        let path = path.join(&field.name);
        let key = path.key();
        json!([
            field.name,
            field.ty,
            field.required,
            field.nullable,
            field.default,
            field.values,
            words.at.get(&key),
            words.names.get(&key),
            fields(field, &path, words),
        ])
    });
    json!([field.open, below.collect::<Vec<_>>()])
}

/// Whether values make an open enum: only texts do. Listed numbers stay numbers.
pub fn is_enum(ty: &Type, values: &[String]) -> bool {
    !values.is_empty()
        && match ty {
            Type::String => true,
            Type::Array(inner) | Type::Map(inner) => is_enum(inner, values),
            Type::Union(members) => members.iter().all(|member| is_enum(member, values)),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use crate::model::build;
    use crate::spec::{merge, read};

    /// The names of what the shared objects consist of, in the order in which they are printed.
    fn made(object: &str) -> Vec<String> {
        let files = [
            ("spec/protocol.toml", include_str!("../../../spec/protocol.toml")),
            (
                "spec/methods/a/a.get.toml",
                "name = 'a.get'\napi = 2\nscopes = ['a']\naccess = 'any'\neffect = 'read'\ndocs = 'a/b.md'\n\
                 [result]\ntype = '@a.task'\n",
            ),
            ("spec/objects/a.task.toml", object),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let model = build(&merge(read(files).unwrap()).unwrap());
        let names = model.modules.iter().flat_map(|module| &module.objects);
        names.map(|item| item.name().to_owned()).collect()
    }

    fn task(users: [(&str, &str); 2]) -> String {
        let mut text = "name = 'a.task'\ndocs = 'a/t.md'\n".to_owned();
        for (user, field) in users {
            text += &format!(
                "[[fields]]\nname = '{user}'\ntype = 'object'\n[[fields.fields]]\nname = 'image'\ntype = 'object'\n\
                 [[fields.fields.fields]]\nname = '{field}'\ntype = 'string'\n"
            );
        }
        text
    }

    #[test]
    fn equal_objects_within_a_shared_object_are_one_type() {
        assert_eq!(
            made(&task([("creator", "src"), ("owner", "src")])),
            ["Task", "TaskCreator", "TaskImage", "TaskOwner"]
        );
    }

    #[test]
    fn objects_that_differ_are_each_their_own() {
        assert_eq!(
            made(&task([("creator", "src"), ("owner", "url")])),
            [
                "Task",
                "TaskCreator",
                "TaskCreatorImage",
                "TaskOwner",
                "TaskOwnerImage"
            ]
        );
    }
}
