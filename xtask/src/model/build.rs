//! Merged spec → model: first every method and object gets its place and name, then each is resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::docs::{self, Links};
use super::gate;
use super::idioms::{self, Idiom};
use super::names::{Clash, Taken, type_name, value_name};
use super::shared::{Common, Shape, is_enum, shape};
use super::{
    ErrorVariant, Errors, Gate, Item, Method, Model, Module, Param, ParamObject, RESERVED_CONDITIONS,
    RESERVED_MODULES, RESERVED_NAMESPACES, RESERVED_SETTERS, Struct, StructField, SystemError, Ty,
    ValueVariant, Values, boxes, walks,
};
use crate::spec::{self, Described, ErrorCode, Field, Merged, Path, Type, Words, named_objects};
use crate::words::{method_words, words as words_of};

/// Decides everything that is printed. The same spec gives the same model, whatever order its files were read in.
pub fn build(merged: &Merged) -> Model {
    let merged = &idioms::unify(merged);
    let mut builder = Builder::new(merged);
    builder.name_methods();
    builder.name_objects();
    builder.link_methods();
    let tops: Vec<_> = builder
        .spaces
        .keys()
        .filter(|key| key.len() == 1)
        .cloned()
        .collect();
    let mut modules: Vec<_> = tops.iter().map(|key| builder.module(key)).collect();
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    boxes::close_circles(&mut modules);
    walks::note(&mut modules, merged);
    gate::decide(&mut modules);
    Model {
        features: merged
            .methods
            .iter()
            .flat_map(|method| method.facts.scopes.clone())
            .collect(),
        system_errors: system_errors(&merged.protocol, &mut builder.clashes),
        limits: merged.protocol.limits.clone(),
        auth_hosts: merged.protocol.auth.hosts.clone(),
        clashes: builder.clashes,
        modules,
    }
}

/// A namespace: its steps in lower case.
type Key = Vec<String>;

/// What is known of a namespace before it is resolved.
#[derive(Default)]
struct Space {
    wire: String,
    path: Vec<String>,
    function: String,
    /// Names of types; all in one, because a request and a result cannot share one.
    types: Taken,
    /// Functions of the accessor: those to the namespaces below and those that make requests.
    functions: Taken,
    /// Modules below, and the private one for objects.
    files: Taken,
    methods: Vec<usize>,
    objects: Vec<usize>,
    /// The method that has the namespace's own name.
    itself: Option<usize>,
    /// Of the methods, and after them of each shared object in turn.
    common: Common,
    /// Open enums, by field name and values.
    values: Vec<KnownValues>,
    /// Objects that occur more than once, likewise.
    known: BTreeMap<Shape, Ty>,
    /// The types for both, in the order they were met.
    shared: Vec<Item>,
}

/// An open enum: field name, values, and the name of the type.
type KnownValues = (String, BTreeSet<String>, String);

/// How a shared object is used, and what it is called then.
#[derive(Default)]
struct Use {
    result: Option<Ty>,
    params: Option<Ty>,
    /// Whether a parameter of this type may have other keys.
    open: bool,
}

struct Builder<'a> {
    merged: &'a Merged,
    spaces: BTreeMap<Key, Space>,
    /// By method: the path of its module.
    homes: Vec<Vec<String>>,
    /// By method: the name of its request.
    requests: Vec<String>,
    functions: Vec<String>,
    error_names: Vec<String>,
    objects: BTreeMap<&'a str, (usize, Use)>,
    links: BTreeMap<String, Links>,
    clashes: Vec<(Vec<String>, Clash)>,
}

/// The namespace of methods whose name is a single word.
const GENERAL: &str = "general";

fn key_of(method: &spec::Method) -> Key {
    let mut key: Key = method.name.to_lowercase().split('.').map(str::to_owned).collect();
    key.pop();
    if key.is_empty() {
        key.push(GENERAL.to_owned());
    }
    if method.api != 2 {
        key.insert(0, format!("v{}", method.api));
    }
    key
}

fn object_key(object: &spec::Object) -> Key {
    vec![object.name.split('.').next().unwrap_or_default().to_lowercase()]
}

impl<'a> Builder<'a> {
    fn new(merged: &'a Merged) -> Self {
        let mut builder = Self {
            merged,
            spaces: BTreeMap::new(),
            homes: Vec::new(),
            requests: Vec::new(),
            functions: Vec::new(),
            error_names: Vec::new(),
            objects: BTreeMap::new(),
            links: BTreeMap::new(),
            clashes: Vec::new(),
        };
        for (index, method) in merged.methods.iter().enumerate() {
            let key = key_of(&method.facts);
            let namespace = method
                .facts
                .name
                .rsplit_once('.')
                .map_or("", |(namespace, _)| namespace);
            builder.open(&key, namespace);
            if let Some(space) = builder.spaces.get_mut(&key) {
                space.methods.push(index);
                let words = &method.words;
                let above = Path::default().join("params");
                space
                    .common
                    .note_fields(&method.facts.params, &above, words, true);
                let result = result_field(&method.facts.result);
                space
                    .common
                    .note(&result, &Path::default().join("result"), words, false);
            }
        }
        for (index, object) in merged.objects.iter().enumerate() {
            let key = object_key(&object.facts);
            builder.open(&key, &key[0].clone());
            if let Some(space) = builder.spaces.get_mut(&key) {
                space.objects.push(index);
            }
        }
        // Those that are always there first: they get the better names, and links to them hold.
        for space in builder.spaces.values_mut() {
            space
                .methods
                .sort_by_key(|&index| merged.methods[index].facts.advice().is_some());
        }
        builder.name_spaces();
        builder
    }

    /// Makes sure that a namespace and those above it are there. The first spelling that is met stays.
    fn open(&mut self, key: &Key, namespace: &str) {
        let steps: Vec<_> = namespace.split('.').filter(|step| !step.is_empty()).collect();
        // Steps that only Rust has, `v3` and `general`, are not spelled.
        let added = key.len() - steps.len().min(key.len());
        for length in 1..=key.len() {
            let wire = steps[..length.saturating_sub(added).min(steps.len())].join(".");
            self.spaces
                .entry(key[..length].to_vec())
                .or_insert_with(|| Space {
                    wire,
                    ..Space::default()
                });
        }
    }

    /// Decides the modules' names, parents first.
    fn name_spaces(&mut self) {
        let mut tops = Taken::reserved(RESERVED_MODULES);
        let mut top_functions = Taken::reserved(RESERVED_NAMESPACES);
        let keys: Vec<_> = self.spaces.keys().cloned().collect();
        for key in keys {
            let Some((last, above)) = key.split_last() else {
                continue;
            };
            let wire = self.spaces[&key].wire.clone();
            let spelled = wire
                .rsplit('.')
                .next()
                .filter(|step| step.eq_ignore_ascii_case(last))
                .unwrap_or(last);
            let wanted = value_name(&words_of(spelled));
            let mut clashes = Vec::new();
            let (mut path, name, function) = match self.spaces.get_mut(above) {
                Some(parent) => {
                    let name = parent.files.take(&wanted, &wire, &mut clashes);
                    let function = parent.functions.take(&wanted, &wire, &mut Vec::new());
                    (parent.path.clone(), name, function)
                }
                None => {
                    let name = tops.take(&wanted, &wire, &mut clashes);
                    (
                        Vec::new(),
                        name,
                        top_functions.take(&wanted, &wire, &mut Vec::new()),
                    )
                }
            };
            path.push(name);
            self.note(&path, clashes);
            if let Some(space) = self.spaces.get_mut(&key) {
                space.path = path;
                space.function = function;
            }
        }
        // Methods of one word are the client's own.
        if let Some(general) = self.spaces.get_mut(&vec![GENERAL.to_owned()]) {
            general.functions = top_functions;
        }
    }

    fn note(&mut self, path: &[String], clashes: Vec<Clash>) {
        self.clashes
            .extend(clashes.into_iter().map(|clash| (path.to_vec(), clash)));
    }

    /// Decides the names of requests, of the functions that make them, and of error enums.
    fn name_methods(&mut self) {
        let merged = self.merged;
        let count = merged.methods.len();
        self.homes = vec![Vec::new(); count];
        self.requests = vec![String::new(); count];
        self.functions = vec![String::new(); count];
        self.error_names = vec![String::new(); count];
        // A method that is also a namespace is called through the namespace: `client.lists().element().get().call()`.
        for (index, method) in merged.methods.iter().enumerate() {
            let mut key = key_of(&method.facts);
            let step = method
                .facts
                .name
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_lowercase();
            if key == [GENERAL] {
                key.clear();
            }
            key.push(step);
            if let Some(space) = self.spaces.get_mut(&key) {
                self.functions[index] = space.functions.take("call", &method.facts.name, &mut Vec::new());
                space.itself = Some(index);
            }
        }
        for space in self.spaces.values_mut() {
            let mut clashes = Vec::new();
            for &index in &space.methods {
                let Described { facts, words } = &merged.methods[index];
                let step = facts.name.rsplit('.').next().unwrap_or(&facts.name);
                let divided = method_words(step, &facts.docs);
                let chosen = words.names.get("");
                let wanted = chosen.cloned().unwrap_or_else(|| type_name(&divided));
                self.homes[index].clone_from(&space.path);
                self.requests[index] = space.types.take(&wanted, &facts.name, &mut clashes);
                if self.functions[index].is_empty() {
                    let wanted =
                        chosen.map_or_else(|| value_name(&divided), |name| value_name(&words_of(name)));
                    self.functions[index] = space.functions.take(&wanted, &facts.name, &mut Vec::new());
                }
            }
            for &index in &space.methods {
                let owner = format!("the errors of {}", merged.methods[index].facts.name);
                let wanted = format!("{}Error", self.requests[index].trim_end_matches('_'));
                self.error_names[index] = space.types.take(&wanted, &owner, &mut clashes);
            }
            self.clashes
                .extend(clashes.into_iter().map(|clash| (space.path.clone(), clash)));
        }
    }

    /// Decides the names of shared objects. One that is used both ways has two types.
    fn name_objects(&mut self) {
        let merged = self.merged;
        for (index, object) in merged.objects.iter().enumerate() {
            self.objects.insert(&object.facts.name, (index, Use::default()));
        }
        let mut in_params = BTreeSet::new();
        let mut in_results = BTreeSet::new();
        for method in &merged.methods {
            let mut used_in_params = BTreeSet::new();
            let mut used_in_result = BTreeSet::new();
            self.objects_in(&method.facts.params, &mut used_in_params);
            self.objects_of(&method.facts.result.ty, &mut used_in_result);
            self.objects_in(&method.facts.result.fields, &mut used_in_result);
            let opened = opened_objects(&method.facts.params);
            for name in &opened {
                if let Some((_, usage)) = self.objects.get_mut(name) {
                    usage.open = true;
                }
            }
            in_params.extend(used_in_params);
            in_results.extend(used_in_result);
        }
        for (index, object) in merged.objects.iter().enumerate() {
            let name = object.facts.name.as_str();
            let key = object_key(&object.facts);
            let Some(space) = self.spaces.get_mut(&key) else {
                continue;
            };
            let own = name.split_once('.').map_or(name, |(_, own)| own);
            let wanted = object
                .words
                .names
                .get("")
                .cloned()
                .unwrap_or_else(|| type_name(&words_of(own)));
            let owner = format!("@{name}");
            let mut clashes = Vec::new();
            let mut take =
                |wanted: &str| Ty::Item(space.path.clone(), space.types.take(wanted, &owner, &mut clashes));
            let result = in_results.contains(name).then(|| take(&wanted));
            let params = in_params.contains(name).then(|| match result {
                Some(_) => take(&format!("{wanted}Input")),
                None => take(&wanted),
            });
            let path = space.path.clone();
            self.note(&path, clashes);
            if let Some((_, usage)) = self.objects.get_mut(merged.objects[index].facts.name.as_str()) {
                (usage.result, usage.params) = (result, params);
            }
        }
    }

    /// The shared objects that fields lead to, directly or through other objects.
    fn objects_in(&self, fields: &'a [Field], found: &mut BTreeSet<&'a str>) {
        for field in fields {
            self.objects_of(&field.ty, found);
            self.objects_in(&field.fields, found);
        }
    }

    fn objects_of(&self, ty: &'a Type, found: &mut BTreeSet<&'a str>) {
        for name in named_objects(ty) {
            if let Some((index, _)) = self.objects.get(name) {
                if found.insert(name) {
                    self.objects_in(&self.merged.objects[*index].facts.fields, found);
                }
            }
        }
    }

    /// Wording may name methods of its own scope: those are compiled whenever it is, unless they are deprecated.
    fn link_methods(&mut self) {
        for (key, space) in &self.spaces {
            for &index in &space.methods {
                let facts = &self.merged.methods[index].facts;
                if facts.api == 2 && facts.advice().is_none() {
                    let path = format!("crate::{}::{}", space.path.join("::"), self.requests[index]);
                    let links = self.links.entry(key[0].clone()).or_default();
                    links.insert(facts.name.to_lowercase(), path);
                }
            }
        }
    }

    fn module(&mut self, key: &Key) -> Module {
        let below: Vec<_> = self
            .spaces
            .keys()
            .filter(|other| is_directly_below(other, key))
            .cloned()
            .collect();
        let mut modules: Vec<_> = below.iter().map(|key| self.module(key)).collect();
        modules.sort_by(|a, b| a.path.cmp(&b.path));

        let mut space = self.spaces.remove(key).unwrap_or_default();
        let links = self.links.get(&key[0]).cloned().unwrap_or_default();
        let methods: Vec<_> = space
            .methods
            .clone()
            .into_iter()
            .map(|index| self.method(index, &mut space, &links))
            .collect();
        let objects: Vec<_> = space
            .objects
            .clone()
            .into_iter()
            .flat_map(|index| self.object(index, &mut space, &links))
            .collect();

        let own = self
            .merged
            .methods
            .iter()
            .filter(|method| key_of(&method.facts) == *key);
        let mut sources: BTreeSet<_> = own.map(|method| method.facts.folder()).collect();
        if !space.objects.is_empty() {
            sources.insert("spec/objects".to_owned());
        }
        let step = key.last().map_or("", String::as_str);
        let spelled = space
            .wire
            .rsplit('.')
            .next()
            .filter(|wire| wire.eq_ignore_ascii_case(step))
            .unwrap_or(step);
        Module {
            accessor: type_name(&words_of(spelled)),
            general: *key == [GENERAL] && space.wire.is_empty(),
            itself: space
                .itself
                .map(|index| (self.homes[index].clone(), self.requests[index].clone())),
            function: space.function,
            gate: Gate::default(),
            calls_gate: Gate::default(),
            gates: BTreeMap::new(),
            sources,
            objects_file: space.files.take("objects", "the objects", &mut Vec::new()),
            types_alias: space.files.take("types", "the types", &mut Vec::new()),
            objects,
            objects_gate: Gate::default(),
            methods,
            shared: space.shared,
            modules,
            names: space.types.names(),
            wire: space.wire,
            path: space.path,
        }
    }

    fn method(&mut self, index: usize, space: &mut Space, links: &Links) -> Method {
        let merged = self.merged;
        let Described { facts, words } = &merged.methods[index];
        let name = self.requests[index].clone();
        let mut resolver = Resolver {
            objects: &self.objects,
            addresses: &self.merged.protocol.files.addresses,
            space,
            api: facts.api,
            owner: &facts.name,
            words,
            links,
            first: name.clone(),
            object_name: None,
            items: Vec::new(),
            own_values: Vec::new(),
            clashes: Vec::new(),
        };
        let params = resolver.params(&facts.params, &Path::default().join("params"), &name, false);
        let output = resolver.output(&facts.result, &name);
        let (items, clashes) = (resolver.items, resolver.clashes);
        let path = space.path.clone();
        self.note(&path, clashes);

        let summary = match &words.summary {
            Some(summary) => docs::full_stop(&docs::line(summary, &Links::new())),
            None => docs::summary(facts),
        };
        let mut doc = vec![match &words.summary {
            Some(summary) => docs::full_stop(&docs::line(summary, links)),
            None => summary.clone(),
        }];
        if let Some(details) = &words.details {
            doc.push(String::new());
            doc.extend(docs::paragraphs(details, links));
        }
        doc.push(String::new());
        doc.push(docs::method_facts(facts));
        if let Some(result) = words.at.get("result") {
            doc.push(format!("The result: {}", docs::after_colon(result, links)));
        }
        Method {
            wire: facts.name.clone(),
            api: facts.api,
            effect: facts.effect,
            scopes: facts.scopes.clone(),
            deprecated: facts.advice(),
            gate: Gate::of(&facts.scopes, facts.advice().is_some()),
            page: docs::page(&facts.docs),
            function: self.functions[index].clone(),
            summary,
            doc,
            params,
            output,
            items,
            errors: self.errors(index, &name, &path, links),
            list: None,
            name,
        }
    }

    fn errors(&mut self, index: usize, request: &str, path: &[String], links: &Links) -> Option<Errors> {
        let Described { facts, words } = &self.merged.methods[index];
        let mut by_code: Vec<(&str, Vec<&ErrorCode>)> = Vec::new();
        let mut nameless = Vec::new();
        for error in &facts.errors {
            if names_nothing(&error.code) {
                let code = docs::code(&error.code);
                if !nameless.contains(&code) {
                    nameless.push(code);
                }
                continue;
            }
            match by_code.iter_mut().find(|(code, _)| *code == error.code) {
                Some((_, rows)) => rows.push(error),
                None => by_code.push((&error.code, vec![error])),
            }
        }
        if by_code.is_empty() {
            return None;
        }
        let mut taken = Taken::default();
        let mut clashes = Vec::new();
        let variants = by_code.into_iter().map(|(code, rows)| {
            let at = Path::default().join("errors").join(code).key();
            let wanted = words.names.get(&at).cloned().unwrap_or_else(|| code_name(code));
            let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
            let about = words.at.get(&at).map(|words| docs::after_colon(words, links));
            ErrorVariant {
                name: taken.take(&wanted, code, &mut clashes),
                code: code.to_owned(),
                carries: code.contains('*'),
                about,
                statuses,
            }
        });
        let variants: Vec<_> = variants.collect();
        let mut doc = Vec::new();
        if !nameless.is_empty() {
            doc.push(format!(
                "The page also lists {}: too little to tell errors apart.",
                docs::listed(&nameless, "and")
            ));
        }
        let path = [path, &[self.error_names[index].clone()]].concat();
        self.note(&path, clashes);
        Some(Errors {
            name: self.error_names[index].clone(),
            request: request.to_owned(),
            doc,
            variants,
        })
    }

    fn object(&mut self, index: usize, space: &mut Space, links: &Links) -> Vec<Item> {
        let merged = self.merged;
        let Described { facts, words } = &merged.objects[index];
        let Some((_, usage)) = self.objects.get(facts.name.as_str()) else {
            return Vec::new();
        };
        let names = [(usage.result.clone(), false), (usage.params.clone(), true)];
        let opened = usage.open;
        let mut items = Vec::new();
        let title = docs::code(&format!("@{}", facts.name));
        let mut doc = vec![match &words.summary {
            Some(summary) => docs::full_stop(&docs::line(summary, links)),
            None => format!("The object {title}."),
        }];
        if let Some(details) = &words.details {
            doc.push(String::new());
            doc.extend(docs::paragraphs(details, links));
        }
        doc.push(String::new());
        doc.push(format!("[Documentation]({})", docs::url(&facts.docs)));
        let mut own_values = Vec::new();
        for (name, in_params) in names {
            let Some(Ty::Item(_, name)) = name else { continue };
            // The methods are done; what is noted from here on is of this object alone.
            (space.common, space.known) = Default::default();
            space
                .common
                .note_fields(&facts.fields, &Path::default(), words, in_params);
            let mut resolver = Resolver {
                objects: &self.objects,
                addresses: &self.merged.protocol.files.addresses,
                space,
                api: 2,
                owner: &facts.name,
                words,
                links,
                first: name.clone(),
                object_name: Some(name.clone()),
                items: Vec::new(),
                own_values: std::mem::take(&mut own_values),
                clashes: Vec::new(),
            };
            if in_params {
                let open = facts.open || opened;
                resolver.param_object(&name, &facts.fields, &Path::default(), open, doc.clone());
            } else {
                resolver.structure(&name, &facts.fields, &Path::default(), facts.open, doc.clone());
            }
            own_values = resolver.own_values;
            items.extend(resolver.items);
            let clashes = resolver.clashes;
            let path = space.path.clone();
            self.note(&path, clashes);
        }
        items
    }
}

/// Shared objects that parameters extend with keys of their own, as filters do.
fn opened_objects(fields: &[Field]) -> BTreeSet<&str> {
    let mut opened = BTreeSet::new();
    for field in fields {
        if field.open {
            opened.extend(named_objects(&field.ty));
        }
        opened.extend(opened_objects(&field.fields));
    }
    opened
}

fn is_directly_below(key: &Key, above: &Key) -> bool {
    key.len() == above.len() + 1 && key.starts_with(above)
}

/// Codes that are in a third of the documented rows and name no error.
fn names_nothing(code: &str) -> bool {
    code == "0" || code == "100" || words_of(code).is_empty()
}

fn code_name(code: &str) -> String {
    let name = type_name(&words_of(code));
    if code.starts_with(|first: char| first.is_ascii_digit()) {
        format!("Code{}", &name[1..])
    } else {
        name
    }
}

fn system_errors(protocol: &spec::Protocol, clashes: &mut Vec<(Vec<String>, Clash)>) -> Vec<SystemError> {
    let mut taken = Taken::default();
    let mut found = Vec::new();
    let errors = protocol.system_errors.iter().map(|error| SystemError {
        name: taken.take(&code_name(&error.code), &error.code, &mut found),
        code: error.code.clone(),
        status: error.status,
        ran: error.ran,
        retry: error.retry,
        doc: vec![format!(
            "{}, status {}: {}",
            docs::code(&error.code),
            error.status,
            docs::full_stop(&docs::small(&docs::line(&error.doc, &Links::new())))
        )],
    });
    let errors = errors.collect();
    clashes.extend(found.into_iter().map(|clash| (vec!["system".to_owned()], clash)));
    errors
}

/// Turns the types of one method or object into Rust types, making those that are needed on the way.
struct Resolver<'r, 'a> {
    objects: &'r BTreeMap<&'a str, (usize, Use)>,
    /// Fields that hold secret addresses.
    addresses: &'r [String],
    space: &'r mut Space,
    /// The version of the API that the facts are of.
    api: u8,
    /// Whose facts these are, for messages.
    owner: &'r str,
    words: &'r Words,
    links: &'r Links,
    /// The request or object, for the documentation of what it consists of.
    first: String,
    /// The shared object (`@a.b`) that is made: what it consists of is its own, named after it.
    object_name: Option<String>,
    items: Vec<Item>,
    own_values: Vec<KnownValues>,
    clashes: Vec<Clash>,
}

/// What to call the type of a field, and how to say whose it is.
struct Wanted {
    /// The type that holds it.
    prefix: String,
    own: String,
    place: String,
}

impl Wanted {
    fn below(holder: &str, field: &Field, place: String) -> Self {
        let own = type_name(&words_of(&field.name)).trim_end_matches('_').to_owned();
        Self {
            prefix: holder.to_owned(),
            own,
            place,
        }
    }

    fn name(&self) -> String {
        joined(&self.prefix, &self.own)
    }
}

/// `Site` and `Type`: `SiteType`; `Site` and `SiteType`: the same.
fn joined(prefix: &str, own: &str) -> String {
    let prefix = prefix.trim_end_matches('_');
    if own.starts_with(prefix) && own != prefix {
        own.to_owned()
    } else {
        format!("{prefix}{own}")
    }
}

impl Resolver<'_, '_> {
    fn take(&mut self, wanted: &str, path: &Path) -> String {
        let chosen = self.chosen(path, true);
        let owner = format!("{}: {}", self.owner, path.key());
        self.space.types.take(
            &chosen.unwrap_or_else(|| wanted.to_owned()),
            &owner,
            &mut self.clashes,
        )
    }

    /// The name chosen by hand for the type at a path, or for the parameter or field itself.
    fn chosen(&self, path: &Path, is_type: bool) -> Option<String> {
        let name = self.words.names.get(&path.key())?;
        (name.starts_with(|first: char| first.is_ascii_uppercase()) == is_type).then(|| name.clone())
    }

    fn output(&mut self, result: &spec::Shape, request: &str) -> Ty {
        let path = Path::default().join("result");
        let field = result_field(result);
        let whole = matches!(result.ty, Type::Object | Type::Union(_));
        let name = Wanted {
            prefix: request.to_owned(),
            own: if whole { "Result" } else { "Item" }.to_owned(),
            place: format!(
                "{} of {}",
                if whole {
                    "The result"
                } else {
                    "One item of the result"
                },
                docs::link(request)
            ),
        };
        let ty = self.result_type(&field.ty, &field, &path, &name);
        if result.nullable { ty.optional() } else { ty }
    }

    fn structure(&mut self, name: &str, fields: &[Field], above: &Path, open: bool, doc: Vec<String>) {
        let position = self.items.len();
        let mut taken = Taken::default();
        let mut made = Vec::new();
        for field in fields {
            let path = above.join(&field.name);
            let wanted = self
                .chosen(&path, false)
                .unwrap_or_else(|| value_name(&words_of(&field.name)));
            let rust = taken.take_field(&wanted, &field.name, &mut self.clashes);
            let place = format!("{} of {}", docs::code(&field.name), docs::link(name));
            let ty = self.result_type(&field.ty, field, &path, &Wanted::below(name, field, place));
            let comes = says_too_little(&ty)
                .then(|| union_text("Comes as", &field.ty, None))
                .flatten();
            let named_values = is_enum(&field.ty, &field.values);
            let said = self.words.at.get(&path.key());
            let about = docs::result_field(field, said, named_values, comes, self.links);
            made.push(StructField {
                name: rust,
                wire: field.name.clone(),
                ty: ty.optional(),
                about,
            });
        }
        let extra = open.then(|| taken.take("extra", "other keys", &mut Vec::new()));
        let item = Struct {
            name: name.to_owned(),
            doc,
            fields: made,
            extra,
        };
        self.items.insert(position, Item::Struct(item));
    }

    fn param_object(&mut self, name: &str, fields: &[Field], above: &Path, open: bool, doc: Vec<String>) {
        let position = self.items.len();
        let params = self.params(fields, above, name, false);
        let item = ParamObject {
            name: name.to_owned(),
            doc,
            params,
            open,
            filter: false,
        };
        self.items.insert(position, Item::Params(item));
    }

    fn filter_object(&mut self, name: &str, fields: &[Field], above: &Path, doc: Vec<String>) {
        let position = self.items.len();
        let params = self.params(fields, above, name, true);
        let item = ParamObject {
            name: name.to_owned(),
            doc,
            params,
            open: true,
            filter: true,
        };
        self.items.insert(position, Item::Params(item));
    }

    fn params(&mut self, fields: &[Field], above: &Path, name: &str, in_filter: bool) -> Vec<Param> {
        let mut taken = Taken::reserved(RESERVED_SETTERS);
        if in_filter {
            taken.reserve(RESERVED_CONDITIONS);
        }
        let mut params = Vec::new();
        for field in fields {
            let path = above.join(&field.name);
            let wanted = self
                .chosen(&path, false)
                .unwrap_or_else(|| value_name(&words_of(&field.name)));
            let rust = taken.take_field(&wanted, &field.name, &mut self.clashes);
            let place = format!("{} of {}", docs::code(&field.name), docs::link(name));
            let made_before = self.items.len();
            let wanted = Wanted::below(name, field, place);
            let ty = if in_filter {
                self.condition_type(field, &path, &wanted)
            } else {
                self.param_type(&field.ty, field, &path, &wanted)
            };
            let module = self.space.path.join("::");
            // Clients print this line as well: the link says where it leads.
            let made = self.items.get(made_before).map(Item::name);
            let made = made.map(|name| format!("[`{name}`](crate::{module}::{name})"));
            let made = made.or_else(|| self.known_object(&ty, field, &path, &wanted));
            let takes = says_too_little(&ty)
                .then(|| union_text("Takes", &field.ty, made))
                .flatten();
            let named_values = is_enum(&field.ty, &field.values);
            let said = self.words.at.get(&path.key());
            let about = docs::param(field, said, named_values, takes, self.links);
            let required = field.required;
            params.push(Param {
                name: rust,
                wire: field.name.clone(),
                ty,
                required,
                about,
            });
        }
        params
    }

    /// A link to the type of the object that a parameter may be besides other things, where other parameters have it, too.
    fn known_object(&mut self, ty: &Ty, field: &Field, path: &Path, wanted: &Wanted) -> Option<String> {
        let Type::Union(members) = &field.ty else {
            return None;
        };
        let object = members
            .iter()
            .find(|member| matches!(member, Type::Object) && !field.fields.is_empty())
            .filter(|_| *ty == Ty::Plain("Value"))?;
        match self.param_type(object, field, path, wanted) {
            Ty::Item(module, name) => Some(format!("[`{name}`](crate::{}::{name})", module.join("::"))),
            _ => None,
        }
    }

    /// The type for an object with fields of its own: one that is known already, or a new one.
    fn anonymous(&mut self, field: &Field, path: &Path, wanted: &Wanted, sent: bool) -> Ty {
        let shape = shape(field, path, self.words, sent);
        let shared = self.space.common.is_shared(&shape);
        if let Some(known) = self.space.known.get(&shape).filter(|_| shared) {
            return known.clone();
        }
        let holder = self.object_name.clone().unwrap_or_else(|| self.namespace());
        let for_all = joined(&holder, &wanted.own);
        let fits = shared && self.space.common.is_alone(&shape) && self.space.types.is_free(&for_all);
        let name = self.take(&if fits { for_all } else { wanted.name() }, path);
        let ty = Ty::Item(self.space.path.clone(), name.clone());
        let others = if shared { " and others" } else { "" };
        let said = self.words.at.get(&path.key()).filter(|_| path.key() != "result");
        let doc = match said {
            Some(words) => {
                format!(
                    "{}{others}: {}",
                    wanted.place,
                    docs::after_colon(words, self.links)
                )
            }
            None => format!("{}{others}.", wanted.place),
        };
        let items = std::mem::take(&mut self.items);
        if sent && idioms::idiom(field, self.api) == Some(Idiom::Filter) {
            self.filter_object(&name, &field.fields, path, vec![doc]);
        } else if sent {
            self.param_object(&name, &field.fields, path, field.open, vec![doc]);
        } else {
            self.structure(&name, &field.fields, path, field.open, vec![doc]);
        }
        let made = std::mem::replace(&mut self.items, items);
        if shared {
            self.space.known.insert(shape, ty.clone());
        }
        if shared && self.object_name.is_none() {
            self.space.shared.extend(made);
        } else {
            self.items.extend(made);
        }
        ty
    }

    /// `Site` for `landing.site`.
    fn namespace(&self) -> String {
        let last = self.space.wire.rsplit('.').next().unwrap_or_default();
        type_name(&words_of(last)).trim_end_matches('_').to_owned()
    }

    /// A type in a result.
    fn result_type(&mut self, ty: &Type, field: &Field, path: &Path, wanted: &Wanted) -> Ty {
        match ty {
            Type::Int => Ty::Plain("i64"),
            Type::Float => Ty::Plain("f64"),
            Type::Bool(_) => Ty::Plain("bool"),
            Type::String if !field.values.is_empty() => self.values(field, path),
            Type::String if self.addresses.contains(&field.name) => Ty::Plain("SecretUrl"),
            Type::String => Ty::Plain("String"),
            Type::Date => Ty::Plain("Date"),
            Type::DateTime => Ty::Plain("DateTime"),
            Type::Id => Ty::Plain("Id"),
            // Where a file is sent back, it is an address, an identifier or an object: nothing in common.
            Type::Any | Type::File => Ty::Plain("Value"),
            Type::Null => Ty::Plain("()"),
            Type::Object if field.fields.is_empty() => Ty::Plain("Value").map(),
            Type::Object => self.anonymous(field, path, wanted, false),
            Type::Array(inner) => self.result_type(inner, field, path, wanted).list(),
            Type::Map(inner) => self.result_type(inner, field, path, wanted).map(),
            Type::Named(name) => {
                let known = self
                    .objects
                    .get(name.as_str())
                    .and_then(|(_, usage)| usage.result.clone());
                known.unwrap_or_else(|| Ty::Plain("Value").map())
            }
            // One or many: a list reads both.
            Type::Union(members) if one_or_many(members).is_some() => {
                let one = one_or_many(members).unwrap_or(&Type::Any);
                self.result_type(one, field, path, wanted).list()
            }
            Type::Union(members) => {
                let (large, scalars): (Vec<_>, Vec<_>) = members.iter().partition(|member| is_large(member));
                match (scalar(&scalars), large.as_slice()) {
                    (Some(scalar), []) => scalar,
                    (None, [only]) if scalars.is_empty() => self.result_type(only, field, path, wanted),
                    (Some(scalar), [only]) if scalar != Ty::Plain("Value") => {
                        let large = self.result_type(only, field, path, wanted);
                        Ty::Either(Box::new(scalar), Box::new(large))
                    }
                    // Nothing holds all of this but any value, which needs no types of its own.
                    _ => Ty::Plain("Value"),
                }
            }
        }
    }

    /// What a field is compared with: one value, or several of which it may be any.
    fn condition_type(&mut self, field: &Field, path: &Path, wanted: &Wanted) -> Ty {
        let one = match &field.ty {
            Type::Array(one) => one,
            Type::Union(members) => one_or_many(members).unwrap_or(&field.ty),
            one => one,
        };
        if is_large(one) || matches!(one, Type::Any | Type::File) {
            return Ty::Plain("Value");
        }
        match self.param_type(one, field, path, wanted) {
            // Lists are several values, not one.
            Ty::Plain("Value") | Ty::Either(..) => Ty::Plain("Value"),
            one => Ty::OneOrMany(Box::new(one)),
        }
    }

    /// A type in a request.
    fn param_type(&mut self, ty: &Type, field: &Field, path: &Path, wanted: &Wanted) -> Ty {
        if *ty == field.ty {
            match idioms::idiom(field, self.api) {
                Some(Idiom::Filter) => return self.anonymous(field, path, wanted, true),
                Some(Idiom::Written(name)) => return Ty::Plain(name),
                None => {}
            }
        }
        match ty {
            Type::Int => Ty::Plain("i64"),
            Type::Float => Ty::Plain("f64"),
            Type::Bool(spec::BoolForm::TrueFalse) => Ty::Plain("bool"),
            Type::Bool(spec::BoolForm::YesNo) => Ty::Plain("YesNo"),
            Type::Bool(spec::BoolForm::OneZero) => Ty::Plain("OneZero"),
            Type::String if !field.values.is_empty() => self.values(field, path),
            Type::String => Ty::Plain("String"),
            Type::Date => Ty::Plain("Date"),
            Type::DateTime => Ty::Plain("DateTime"),
            Type::File => Ty::Plain("File"),
            Type::Id => Ty::Plain("Id"),
            Type::Any | Type::Null => Ty::Plain("Value"),
            Type::Object if field.fields.is_empty() => Ty::Plain("Value").map(),
            Type::Object => self.anonymous(field, path, wanted, true),
            Type::Array(inner) => self.param_type(inner, field, path, wanted).list(),
            Type::Map(inner) => self.param_type(inner, field, path, wanted).map(),
            Type::Named(name) => {
                let known = self
                    .objects
                    .get(name.as_str())
                    .and_then(|(_, usage)| usage.params.clone());
                known.unwrap_or_else(|| Ty::Plain("Value").map())
            }
            Type::Union(members)
                if one_or_many(members)
                    .is_some_and(|one| !matches!(one, Type::Any | Type::Map(_) | Type::Array(_))) =>
            {
                let one = one_or_many(members).unwrap_or(&Type::Any);
                Ty::OneOrMany(Box::new(self.param_type(one, field, path, wanted)))
            }
            Type::Union(members) => {
                let (large, scalars): (Vec<_>, Vec<_>) = members.iter().partition(|member| is_large(member));
                // An object with fields may often be sent as a list of what is in it, whatever its page says.
                if let ([large @ (Type::Map(_) | Type::Array(_))], Some(scalar)) =
                    (large.as_slice(), scalar(&scalars))
                {
                    if scalar != Ty::Plain("Value") {
                        let large = self.param_type(large, field, path, wanted);
                        return Ty::Either(Box::new(scalar), Box::new(large));
                    }
                }
                // Types that members need are made even where the parameter itself takes any value.
                for member in members.iter().filter(|member| is_large(member)) {
                    self.param_type(member, field, path, wanted);
                }
                let members: Vec<_> = members.iter().collect();
                match scalar(&members) {
                    // Different forms: which one is meant must be said.
                    Some(Ty::Plain("bool")) => Ty::Plain("Scalar"),
                    scalar => scalar.unwrap_or(Ty::Plain("Value")),
                }
            }
        }
    }

    /// The open enum for the values of a field: an earlier one with the same field name and values, or a new one.
    fn values(&mut self, field: &Field, path: &Path) -> Ty {
        let list: BTreeSet<_> = field.values.iter().cloned().collect();
        let key = field.name.to_lowercase();
        let chosen = self.chosen(path, true);
        let own = self.object_name.is_some();
        let known = if own { &self.own_values } else { &self.space.values };
        let same = known.iter().find(|(name, values, item)| {
            *values == list && chosen.as_ref().map_or(*name == key, |chosen| chosen == item)
        });
        if let Some((_, _, item)) = same {
            return Ty::Item(self.space.path.clone(), item.clone());
        }
        let prefix = match &self.object_name {
            Some(prefix) => prefix.clone(),
            None if self.space.common.agree(&field.name) => self.namespace(),
            None => self.first.clone(),
        };
        let own_name = type_name(&words_of(&field.name));
        let own_name = own_name.trim_end_matches('_');
        let mut wanted = joined(&prefix, own_name);
        if !self.space.types.is_free(&wanted) {
            wanted = joined(&self.first, own_name);
        }
        let name = self.take(&wanted, path);
        let mut taken = Taken::reserved(&["Other"]);
        let variants = field.values.iter().map(|value| ValueVariant {
            name: taken.take(&value_variant(value), value, &mut self.clashes),
            wire: value.clone(),
        });
        let variants = variants.collect();
        let doc = vec![format!("What {} can be.", docs::code(&field.name))];
        let item = Item::Values(Values {
            name: name.clone(),
            doc,
            variants,
        });
        if own {
            self.own_values.push((key, list, name.clone()));
            self.items.push(item);
        } else {
            self.space.values.push((key, list, name.clone()));
            self.space.shared.push(item);
        }
        Ty::Item(self.space.path.clone(), name)
    }
}

/// A result as the field that it is in the answer.
fn result_field(result: &spec::Shape) -> Field {
    Field {
        name: "result".to_owned(),
        ty: result.ty.clone(),
        required: false,
        nullable: result.nullable,
        default: None,
        values: result.values.clone(),
        from: result.from,
        open: result.open,
        fields: result.fields.clone(),
    }
}

/// Whether a Rust type leaves open what the documentation knows.
fn says_too_little(ty: &Ty) -> bool {
    match ty {
        Ty::Plain(name) => matches!(*name, "Value" | "Scalar"),
        Ty::List(inner) | Ty::Map(inner) | Ty::Option(inner) => says_too_little(inner),
        _ => false,
    }
}

/// `Takes an integer or a list of integers.`
fn union_text(verb: &str, ty: &Type, object: Option<String>) -> Option<String> {
    let see = object.map_or_else(String::new, |link| format!(" For the object there is {link}."));
    has_union(ty).then(|| format!("{verb} {}.{see}", docs::type_words(ty)))
}

fn has_union(ty: &Type) -> bool {
    match ty {
        Type::Union(_) => true,
        Type::Array(inner) | Type::Map(inner) => has_union(inner),
        _ => false,
    }
}

fn value_variant(value: &str) -> String {
    let name = type_name(&words_of(value));
    if value.starts_with(|first: char| first.is_ascii_digit()) {
        format!("Value{}", &name[1..])
    } else {
        name
    }
}

/// The type of which there may be one or a list.
fn one_or_many(members: &[Type]) -> Option<&Type> {
    match members {
        [one, Type::Array(many)] | [Type::Array(many), one] if *one == **many => Some(one),
        _ => None,
    }
}

/// Whether a value of the type is a list or an object.
fn is_large(ty: &Type) -> bool {
    matches!(ty, Type::Object | Type::Named(_) | Type::Array(_) | Type::Map(_))
}

/// The Rust type that holds all of these scalars; none, if there is none of them or one is large.
fn scalar(members: &[&Type]) -> Option<Ty> {
    let all = |such: &dyn Fn(&Type) -> bool| members.iter().all(|member| such(member));
    if members.is_empty() || !all(&|ty| !is_large(ty)) {
        return None;
    }
    Some(Ty::Plain(
        if !all(&|ty| !matches!(ty, Type::Any | Type::File | Type::Union(_))) {
            "Value"
        } else if all(&|ty| *ty == Type::Int) {
            "i64"
        } else if all(&|ty| matches!(ty, Type::Int | Type::Float)) {
            "f64"
        } else if all(&|ty| *ty == Type::String) {
            "String"
        } else if all(&|ty| matches!(ty, Type::Bool(_))) {
            "bool"
        } else if all(&|ty| *ty == Type::Date) {
            "Date"
        } else if all(&|ty| matches!(ty, Type::Date | Type::DateTime)) {
            "DateTime"
        } else if members.contains(&&Type::Id) && all(&|ty| matches!(ty, Type::Int | Type::Id | Type::String))
        {
            "Id"
        } else {
            "Scalar"
        },
    ))
}
