//! Which value lists are one open enum, and what it is called.
//!
//! A field name that has the same values all over a namespace makes one enum, named after both: `SiteType`. Where the
//! lists differ, each is named after the method that has it first: `AddType`.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::{Field, Type};

/// The lists of one group (a namespace, or a shared object), by field name.
#[derive(Debug, Default)]
pub struct ValueLists {
    lists: BTreeMap<String, BTreeSet<BTreeSet<String>>>,
}

impl ValueLists {
    /// Notes the value lists of these fields and all below.
    pub fn note(&mut self, fields: &[Field]) {
        for field in fields {
            self.note_one(&field.name, &field.ty, &field.values);
            self.note(&field.fields);
        }
    }

    /// Notes one list.
    pub fn note_one(&mut self, name: &str, ty: &Type, values: &[String]) {
        if is_enum(ty, values) {
            let list = values.iter().cloned().collect();
            self.lists.entry(name.to_lowercase()).or_default().insert(list);
        }
    }

    /// Whether every field of this name has the same list.
    pub fn agree(&self, name: &str) -> bool {
        self.lists
            .get(&name.to_lowercase())
            .is_some_and(|lists| lists.len() == 1)
    }
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
