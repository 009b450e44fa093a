//! How much of the API is typed.
//!
//! Opaque is what says nothing about what is inside: `any`, and `object` without fields. Two things are open by
//! nature, and count as typed: `any` (or a list or a map of it) that is marked `open`, for the page itself calls it any value, and what an
//! erratum sets `open` on, which says with its reason that there is nothing more to know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::spec::{Described, Field, Merged, Method, Object, Path, Type, Words};

/// The figures of a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub methods: usize,
    pub params: Parts,
    pub results: Parts,
    /// Methods that list codes of their own.
    pub with_codes: usize,
    /// Parameters, fields and results, one by one.
    pub fields: usize,
    /// Those among them that are any value by nature: the page says so, or an erratum.
    pub any: usize,
    /// Those among them that are opaque: method and path.
    pub opaque: Vec<String>,
}

/// Methods by how much of them is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// Everything.
    pub typed: usize,
    /// Something, not everything.
    pub partly: usize,
    /// Nothing.
    pub opaque: usize,
}

impl Parts {
    fn count(&mut self, fields: usize, opaque: usize) {
        match opaque {
            0 => self.typed += 1,
            _ if opaque < fields => self.partly += 1,
            _ => self.opaque += 1,
        }
    }
}

/// The figures by scope (the first of each method), under `all` for all methods, and under `not deprecated` for those that the
/// vendor does not advise against.
pub fn coverage(merged: &Merged) -> BTreeMap<String, Coverage> {
    let objects = merged
        .objects
        .iter()
        .map(|object| (object.facts.name.as_str(), object))
        .collect();
    let mut scopes: BTreeMap<String, Coverage> = BTreeMap::new();
    for method in &merged.methods {
        let scope = method.facts.scopes.first().map_or("none", String::as_str);
        let current = method.facts.advice().is_none().then_some("not deprecated");
        for scope in [scope, "all"].into_iter().chain(current) {
            count(method, &objects, scopes.entry(scope.to_owned()).or_default());
        }
    }
    scopes
}

type Objects<'a> = BTreeMap<&'a str, &'a Described<Object>>;

fn count(method: &Described<Method>, objects: &Objects<'_>, coverage: &mut Coverage) {
    let Described { facts, words } = method;
    let mut walk = Walk {
        objects,
        words,
        fields: 0,
        any: 0,
        opaque: Vec::new(),
        inside: BTreeSet::new(),
    };
    walk.fields(&facts.params, &Path::default().join("params"));
    coverage.params.count(walk.fields, walk.opaque.len());
    let (fields, opaque) = (walk.fields, walk.opaque.len());
    let result = Path::default().join("result");
    walk.shape(&facts.result.ty, facts.result.open, &facts.result.fields, &result);
    coverage
        .results
        .count(walk.fields - fields, walk.opaque.len() - opaque);

    coverage.methods += 1;
    coverage.with_codes += usize::from(!facts.errors.is_empty());
    coverage.fields += walk.fields;
    coverage.any += walk.any;
    coverage.opaque.extend(
        walk.opaque
            .into_iter()
            .map(|path| format!("{}: {path}", facts.name)),
    );
}

struct Walk<'a> {
    objects: &'a Objects<'a>,
    words: &'a Words,
    fields: usize,
    any: usize,
    opaque: Vec<String>,
    /// Shared objects that are being walked through.
    inside: BTreeSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, fields: &'a [Field], above: &Path) {
        for field in fields {
            self.shape(&field.ty, field.open, &field.fields, &above.join(&field.name));
        }
    }

    fn shape(&mut self, ty: &'a Type, open: bool, fields: &'a [Field], path: &Path) {
        self.fields += 1;
        let by_nature = open && is_any(ty) || self.words.opened.contains(&path.key());
        if by_nature {
            self.any += 1;
        } else if is_opaque(ty, fields) {
            self.opaque.push(path.key());
        }
        self.fields(fields, path);
        for name in crate::spec::named_objects(ty) {
            let Some(object) = self.objects.get(name) else {
                continue;
            };
            // An object that leads back to itself has been counted.
            if self.inside.insert(name) {
                let words = std::mem::replace(&mut self.words, &object.words);
                let before = self.opaque.len();
                self.fields(&object.facts.fields, &Path::default());
                for opaque in &mut self.opaque[before..] {
                    *opaque = format!("{} in @{name}: {opaque}", path.key());
                }
                self.words = words;
                self.inside.remove(name);
            }
        }
    }
}

/// Any value, or a list or a map of such.
fn is_any(ty: &Type) -> bool {
    match ty {
        Type::Array(inner) | Type::Map(inner) => is_any(inner),
        ty => *ty == Type::Any,
    }
}

fn is_opaque(ty: &Type, fields: &[Field]) -> bool {
    match ty {
        Type::Any => true,
        Type::Object => fields.is_empty(),
        Type::Array(inner) | Type::Map(inner) => is_opaque(inner, fields),
        Type::Union(members) => members.iter().any(|member| is_opaque(member, fields)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{merge, read};

    #[test]
    fn what_says_nothing_is_opaque_unless_it_is_meant() {
        let method = |name: &str, rest: &str| {
            let head = "api = 2\nscopes = ['a']\naccess = 'any'\neffect = 'read'\ndocs = 'a/b.md'\n";
            (
                format!("spec/methods/a/{name}.toml"),
                format!("name = '{name}'\n{head}{rest}"),
            )
        };
        let files = [
            ("spec/protocol.toml".to_owned(), include_str!("../../spec/protocol.toml").to_owned()),
            method("a.none", "[result]\ntype = 'int'\n"),
            method(
                "a.partly",
                "[[params]]\nname = 'x'\ntype = 'map<any>'\n[[params]]\nname = 'y'\ntype = 'int'\n[result]\ntype = '@a.thing'\n\
                 [[errors]]\nstatus = 400\ncode = 'X'\n",
            ),
            (
                "spec/methods/b/b.old.toml".to_owned(),
                "name = 'b.old'\napi = 2\nscopes = ['b']\naccess = 'any'\neffect = 'read'\ndocs = 'a/b.md'\ndeprecated = true\n\
                 [result]\ntype = 'int'\n"
                    .to_owned(),
            ),
            method("a.opaque", "[[params]]\nname = 'x'\ntype = 'object'\n[result]\ntype = 'any'\n"),
            (
                "spec/objects/a.thing.toml".to_owned(),
                "name = 'a.thing'\ndocs = 'a/t.md'\n[[fields]]\nname = 'below'\ntype = '@a.thing[]'\n[[fields]]\nname = 'z'\n\
                 type = 'any'\n"
                    .to_owned(),
            ),
            (
                "spec/curated/a.toml".to_owned(),
                "[[erratum]]\nmethod = 'a.opaque'\nat = 'result.open'\nset = true\nreason = 'anything at all'\n".to_owned(),
            ),
        ];
        let scopes = coverage(&merge(read(files).unwrap()).unwrap());
        assert_eq!((scopes["all"].methods, scopes["not deprecated"].methods), (4, 3));
        let coverage = &scopes["a"];
        assert_eq!(coverage.methods, 3);
        assert_eq!(
            coverage.params,
            Parts {
                typed: 1,
                partly: 1,
                opaque: 1
            }
        );
        assert_eq!(
            coverage.results,
            Parts {
                typed: 2,
                partly: 1,
                opaque: 0
            }
        );
        assert_eq!(coverage.with_codes, 1);
        assert_eq!(
            coverage.opaque,
            [
                "a.opaque: params.x",
                "a.partly: params.x",
                "a.partly: result in @a.thing: z"
            ]
        );
    }
}
