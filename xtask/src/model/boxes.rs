//! Result types that hold themselves get a `Box` where the circle closes; lists and maps need none.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Module, Ty};

type Name = (Vec<String>, String);

/// Boxes every field whose type leads back to the type that has the field.
pub fn close_circles(modules: &mut [Module]) {
    let mut holds = BTreeMap::new();
    visit(modules, &mut |module, item| {
        if let Item::Struct(item) = item {
            let mut held = BTreeSet::new();
            for field in &mut item.fields {
                directly_held(&field.ty, &mut held);
            }
            holds.insert((module.to_vec(), item.name.clone()), held);
        }
    });
    let circular: BTreeMap<&Name, BTreeSet<&Name>> =
        holds.keys().map(|name| (name, reachable(name, &holds))).collect();
    let closes = |from: &Name, to: &Name| circular.get(to).is_some_and(|reached| reached.contains(from));
    visit(modules, &mut |module, item| {
        if let Item::Struct(item) = item {
            let name = (module.to_vec(), item.name.clone());
            for field in &mut item.fields {
                close(&mut field.ty, &|held| closes(&name, held));
            }
        }
    });
}

fn visit(modules: &mut [Module], each: &mut impl FnMut(&[String], &mut Item)) {
    for module in modules {
        let items = module
            .objects
            .iter_mut()
            .chain(module.methods.iter_mut().flat_map(|method| &mut method.items));
        for item in items {
            each(&module.path, item);
        }
        visit(&mut module.modules, each);
    }
}

fn directly_held(ty: &Ty, held: &mut BTreeSet<Name>) {
    match ty {
        Ty::Item(module, name) => drop(held.insert((module.clone(), name.clone()))),
        Ty::Option(inner) => directly_held(inner, held),
        Ty::Either(left, right) => {
            directly_held(left, held);
            directly_held(right, held);
        }
        Ty::Plain(_) | Ty::List(_) | Ty::Map(_) | Ty::OneOrMany(_) | Ty::Box(_) => {}
    }
}

/// Everything held by `start`, directly or through others; `start` itself only if it holds itself.
fn reachable<'a>(start: &Name, holds: &'a BTreeMap<Name, BTreeSet<Name>>) -> BTreeSet<&'a Name> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Name> = holds.get(start).into_iter().flatten().collect();
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(holds.get(name).into_iter().flatten());
        }
    }
    reached
}

fn close(ty: &mut Ty, closes: &impl Fn(&Name) -> bool) {
    match ty {
        Ty::Item(module, name) if closes(&(module.clone(), name.clone())) => {
            *ty = Ty::Box(Box::new(ty.clone()));
        }
        Ty::Option(inner) => close(inner, closes),
        Ty::Either(left, right) => {
            close(left, closes);
            close(right, closes);
        }
        _ => {}
    }
}
