//! What is compiled under which features.
//!
//! A method is there with any of its scopes, a deprecated one only with the feature `deprecated` as well. What methods share is
//! there with any method that mentions it, and a module with anything in it: so every feature alone brings all that
//! its own methods need, wherever that stands, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Method, Module, Ty, docs};

/// The feature that brings deprecated methods.
pub const DEPRECATED: &str = "deprecated";

/// The features that bring something: any of these sets. An empty set in it means always, no set at all never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate(BTreeSet<BTreeSet<String>>);

/// A condition on features, as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cfg {
    Feature(String),
    All(Vec<Cfg>),
    Any(Vec<Cfg>),
}

impl Gate {
    /// That of a method.
    pub fn of(scopes: &[String], deprecated: bool) -> Self {
        let deprecated = deprecated.then(|| DEPRECATED.to_owned());
        if scopes.is_empty() {
            return Self(BTreeSet::from([deprecated.into_iter().collect()]));
        }
        let sets = scopes
            .iter()
            .map(|scope| deprecated.iter().chain([scope]).cloned().collect());
        Self(sets.collect())
    }

    /// Adds what brings something else; says whether that is new.
    fn add(&mut self, other: &Self) -> bool {
        let mut wider = Self(self.0.union(&other.0).cloned().collect());
        let all = wider.0.clone();
        wider
            .0
            .retain(|set| !all.iter().any(|less| less != set && less.is_subset(set)));
        let new = wider != *self;
        *self = wider;
        new
    }

    /// Whether nothing brings it.
    pub fn is_shut(&self) -> bool {
        self.0.is_empty()
    }

    /// The condition for a thing in a place that has a condition already; none, if that is enough.
    pub fn inside(&self, place: &Self) -> Option<Cfg> {
        if self == place || self.0.contains(&BTreeSet::new()) {
            return None;
        }
        let with_deprecated = place.0.iter().map(|set| {
            let mut set = set.clone();
            set.insert(DEPRECATED.to_owned());
            set
        });
        if self.0 == with_deprecated.collect() {
            return Some(Cfg::Feature(DEPRECATED.to_owned()));
        }
        let (old, live): (Vec<_>, Vec<_>) = self.0.iter().partition(|set| set.contains(DEPRECATED));
        let scope = |set: &BTreeSet<String>| {
            let others = set.iter().filter(|feature| *feature != DEPRECATED);
            all(others.cloned().map(Cfg::Feature).collect())
        };
        let mut alternatives: Vec<_> = live.into_iter().map(scope).collect();
        if !old.is_empty() {
            let mut both = vec![Cfg::Feature(DEPRECATED.to_owned())];
            let scopes: Vec<_> = old.into_iter().filter(|set| set.len() > 1).map(scope).collect();
            if !scopes.is_empty() {
                both.push(any(scopes));
            }
            alternatives.push(all(both));
        }
        Some(any(alternatives))
    }

    /// In a place without condition.
    pub fn cfg(&self) -> Option<Cfg> {
        self.inside(&Self(BTreeSet::from([BTreeSet::new()])))
    }

    /// `` Feature: `crm`. ``; nothing, if it is always there.
    pub fn sentence(&self) -> Option<String> {
        let (old, live): (Vec<_>, Vec<_>) = self.0.iter().partition(|set| set.contains(DEPRECATED));
        let names = |sets: &[&BTreeSet<String>]| {
            let scopes = sets
                .iter()
                .copied()
                .flatten()
                .filter(|feature| *feature != DEPRECATED);
            let scopes: BTreeSet<_> = scopes.map(|scope| docs::code(scope)).collect();
            docs::listed(&scopes.into_iter().collect::<Vec<_>>(), "or")
        };
        let (live, old_scopes) = (names(&live), names(&old));
        let old = match (old.is_empty(), old_scopes.is_empty()) {
            (true, _) => String::new(),
            (false, true) => docs::code(DEPRECATED),
            (false, false) => format!("{} with {old_scopes}", docs::code(DEPRECATED)),
        };
        let parts: Vec<_> = [live, old].into_iter().filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| format!("Feature: {}.", parts.join(", or ")))
    }
}

fn any(mut alternatives: Vec<Cfg>) -> Cfg {
    match alternatives.len() {
        1 => alternatives.remove(0),
        _ => Cfg::Any(alternatives),
    }
}

fn all(mut conditions: Vec<Cfg>) -> Cfg {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => Cfg::All(conditions),
    }
}

/// A generated type: its module and its name.
type Name = (Vec<String>, String);

/// Decides the gates of all that methods share, and of the modules.
pub fn decide(modules: &mut [Module]) {
    let mut gates: BTreeMap<Name, Gate> = BTreeMap::new();
    let mut mentioned: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let mut next = Vec::new();
    for module in modules.iter().flat_map(Module::all) {
        for method in &module.methods {
            for name in in_method(method) {
                next.push((name, method.gate.clone()));
            }
        }
        for item in module.objects.iter().chain(&module.shared) {
            let mut names = BTreeSet::new();
            in_item(item, &mut names);
            mentioned.insert((module.path.clone(), item.name().to_owned()), names);
        }
    }
    while let Some((name, gate)) = next.pop() {
        if gates.entry(name.clone()).or_default().add(&gate) {
            let below = mentioned.get(&name).into_iter().flatten();
            next.extend(below.map(|below| (below.clone(), gate.clone())));
        }
    }
    let methods: BTreeMap<Name, Gate> = modules
        .iter()
        .flat_map(Module::all)
        .flat_map(|module| module.methods.iter().map(|method| (module.path.clone(), method)))
        .map(|(path, method)| ((path, method.name.clone()), method.gate.clone()))
        .collect();
    for module in modules {
        close(module, &gates, &methods);
    }
}

fn close(module: &mut Module, gates: &BTreeMap<Name, Gate>, methods: &BTreeMap<Name, Gate>) {
    for method in &module.methods {
        module.calls_gate.add(&method.gate);
    }
    if let Some(gate) = module.itself.as_ref().and_then(|name| methods.get(name)) {
        module.calls_gate.add(gate);
    }
    let mut whole = module.calls_gate.clone();
    for below in &mut module.modules {
        close(below, gates, methods);
        module.calls_gate.add(&below.calls_gate);
        whole.add(&below.gate);
    }
    for (item, is_object) in with(&module.objects, true).chain(with(&module.shared, false)) {
        if let Some(gate) = gates.get(&(module.path.clone(), item.name().to_owned())) {
            whole.add(gate);
            if is_object {
                module.objects_gate.add(gate);
            }
            module.gates.insert(item.name().to_owned(), gate.clone());
        }
    }
    module.gate = whole;
}

fn with(items: &[Item], is_object: bool) -> impl Iterator<Item = (&Item, bool)> {
    items.iter().map(move |item| (item, is_object))
}

fn in_method(method: &Method) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for param in &method.params {
        in_type(&param.ty, &mut names);
    }
    in_type(&method.output, &mut names);
    for item in &method.items {
        in_item(item, &mut names);
    }
    names
}

fn in_item(item: &Item, names: &mut BTreeSet<Name>) {
    match item {
        Item::Struct(item) => item.fields.iter().for_each(|field| in_type(&field.ty, names)),
        Item::Params(item) => item.params.iter().for_each(|param| in_type(&param.ty, names)),
        Item::Values(_) => {}
    }
}

fn in_type(ty: &Ty, names: &mut BTreeSet<Name>) {
    match ty {
        Ty::Plain(_) => {}
        Ty::Item(module, name) => drop(names.insert((module.clone(), name.clone()))),
        Ty::List(inner) | Ty::Map(inner) | Ty::Option(inner) | Ty::Box(inner) | Ty::OneOrMany(inner) => {
            in_type(inner, names)
        }
        Ty::Either(left, right) => {
            in_type(left, names);
            in_type(right, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(of: &[(&[&str], bool)]) -> Gate {
        let mut gate = Gate::default();
        for (scopes, deprecated) in of {
            let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            gate.add(&Gate::of(&scopes, *deprecated));
        }
        gate
    }

    fn printed(cfg: Option<Cfg>) -> String {
        fn list(name: &str, of: &[Cfg]) -> String {
            let inner: Vec<_> = of.iter().map(|cfg| printed(Some(cfg.clone()))).collect();
            format!("{name}({})", inner.join(" "))
        }
        match cfg {
            None => String::new(),
            Some(Cfg::Feature(name)) => name,
            Some(Cfg::Any(of)) => list("any", &of),
            Some(Cfg::All(of)) => list("all", &of),
        }
    }

    #[test]
    fn what_more_features_bring_is_not_said_beside_what_fewer_do() {
        assert_eq!(printed(gate(&[(&["a"], true), (&["a"], false)]).cfg()), "a");
        assert_eq!(printed(gate(&[(&[], false), (&["a"], true)]).cfg()), "");
        assert_eq!(
            printed(gate(&[(&["a"], false), (&["b", "c"], true)]).cfg()),
            "any(a all(deprecated any(b c)))"
        );
        assert_eq!(printed(gate(&[(&[], true)]).cfg()), "deprecated");
        assert_eq!(printed(gate(&[(&["a"], true)]).cfg()), "all(deprecated a)");
    }

    #[test]
    fn what_the_place_says_is_not_said_again() {
        let place = gate(&[(&["a", "b"], false)]);
        assert_eq!(printed(place.inside(&place)), "");
        assert_eq!(printed(gate(&[(&["a", "b"], true)]).inside(&place)), "deprecated");
        assert_eq!(
            printed(gate(&[(&["a"], true)]).inside(&place)),
            "all(deprecated a)"
        );
    }

    #[test]
    fn readers_are_told_the_features() {
        let said = |gate: Gate| gate.sentence().unwrap_or_default();
        assert_eq!(said(gate(&[(&[], false)])), "");
        assert_eq!(said(gate(&[(&["a", "b"], false)])), "Feature: `a` or `b`.");
        assert_eq!(said(gate(&[(&["a"], true)])), "Feature: `deprecated` with `a`.");
        assert_eq!(said(gate(&[(&[], true)])), "Feature: `deprecated`.");
        assert_eq!(
            said(gate(&[(&["b"], false), (&["a"], true)])),
            "Feature: `b`, or `deprecated` with `a`."
        );
    }
}
