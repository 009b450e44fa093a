//! How lists are walked in Rust: what a row is, and through which fields to come to the rows and to a row's identifier.

use std::collections::BTreeMap;

use super::{Item, Module, Struct, Ty, Walk};
use crate::spec::{List, Merged};

type Structs = BTreeMap<(Vec<String>, String), Struct>;

/// Says of each method that is a list how it is walked. One whose result turned out to hold no list is none.
pub fn note(modules: &mut [Module], merged: &Merged) {
    let lists = merged.methods.iter().filter_map(|method| {
        let facts = &method.facts;
        Some(((facts.name.as_str(), facts.api), facts.list.as_ref()?))
    });
    let lists: BTreeMap<_, _> = lists.collect();
    let mut structs = Structs::new();
    collect(modules, &mut structs);
    each(modules, &lists, &structs);
}

fn collect(modules: &[Module], structs: &mut Structs) {
    for module in modules.iter().flat_map(Module::all) {
        let own = module.methods.iter().flat_map(|method| &method.items);
        for item in module.objects.iter().chain(&module.shared).chain(own) {
            if let Item::Struct(item) = item {
                structs.insert((module.path.clone(), item.name.clone()), item.clone());
            }
        }
    }
}

fn each(modules: &mut [Module], lists: &BTreeMap<(&str, u8), &List>, structs: &Structs) {
    for module in modules {
        for method in &mut module.methods {
            if let Some(list) = lists.get(&(method.wire.as_str(), method.api)) {
                method.list = walk(&method.output, list, structs);
            }
        }
        each(&mut module.modules, lists, structs);
    }
}

fn walk(output: &Ty, list: &List, structs: &Structs) -> Option<Walk> {
    let (rows, held) = if list.rows.is_empty() {
        (None, output)
    } else {
        let (name, ty) = field(output, &list.rows, structs)?;
        (Some(name), ty)
    };
    let row = match held {
        Ty::List(row) => row,
        Ty::Option(inner) => match &**inner {
            Ty::List(row) => row,
            _ => return None,
        },
        _ => return None,
    };
    let id = list.id.as_ref().and_then(|id| field(row, id, structs));
    let id = id.filter(|(_, ty)| identifies(ty)).map(|(name, _)| name);
    let mut facts = list.clone();
    if id.is_none() {
        facts.id = None;
    }
    let ways = std::mem::take(&mut facts.ways);
    facts.ways = ways
        .into_iter()
        .filter(|way| facts.lacks(*way).is_none())
        .collect();
    (!facts.ways.is_empty()).then(|| Walk {
        row: (**row).clone(),
        rows,
        id,
        facts,
    })
}

/// A field of an object by its wire name.
fn field<'s>(ty: &Ty, wire: &str, structs: &'s Structs) -> Option<(String, &'s Ty)> {
    let Ty::Item(path, name) = ty else { return None };
    let item = structs.get(&(path.clone(), name.clone()))?;
    let field = item.fields.iter().find(|field| field.wire == wire)?;
    Some((field.name.clone(), &field.ty))
}

/// Whether the hand-written crate reads an identifier off such a field.
fn identifies(ty: &Ty) -> bool {
    match ty {
        Ty::Plain(name) => matches!(*name, "Id" | "i64" | "String" | "Scalar" | "Value"),
        Ty::Option(inner) | Ty::Box(inner) => identifies(inner),
        _ => false,
    }
}
