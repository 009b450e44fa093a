//! The crate of types: requests, results, error codes, and the list of all methods.
//!
//! Everything is said once, in calls of the crate's macros (`request!`, `params!`, `object!`, `values!`, `codes!`), an
//! entry a line: a type here reads as the declaration it stands for, with the wire name at its end.

use std::collections::BTreeMap;
use std::fmt::Write;

use quote::{format_ident, quote};

use super::print::{File, Place, cfg, cfg_text, literal};
use crate::model::{Errors, Gate, Item, Method, Model, Module, Param, ParamObject, Struct, Values, Walk};
use crate::spec::{Effect, Way};

const ROOT: &str = "crates/bitrix24-types/src/generated";

/// Lists of values are broken when they get longer than this.
const WIDTH: usize = 110;

pub fn files(model: &Model, files: &mut BTreeMap<String, String>) {
    for module in model.all() {
        files.insert(super::path(ROOT, module), methods(module));
        if !module.objects.is_empty() {
            files.insert(
                format!("{ROOT}/{}/{}.rs", module.path.join("/"), module.objects_file),
                objects(module),
            );
        }
    }
    files.insert(format!("{ROOT}/mod.rs"), root(model));
    files.insert(format!("{ROOT}/registry.rs"), registry(model));
}

fn root(model: &Model) -> String {
    let mut file = File::new(
        [],
        &["The API by scope, and what holds for all of it.".to_owned()],
    );
    file.lines(super::ALLOW);
    for module in &model.modules {
        file.items(super::declaration(module, module.gate.cfg()));
    }
    file.items(quote! {
        #[cfg(feature = "registry")]
        pub(crate) mod registry;
        pub(crate) mod system;
    });
    file.finish()
}

fn methods(module: &Module) -> String {
    let mut file = File::new(
        module.sources.iter().map(String::as_str),
        &super::module_doc(module, "Requests and results of", &module.gate),
    );
    if !module.methods.is_empty() {
        file.lines(if super::may_be_empty(module, &module.gate) {
            "#[allow(unused_imports)]\nuse crate::prelude::*;\n"
        } else {
            "use crate::prelude::*;\n"
        });
    }
    for below in &module.modules {
        file.items(super::declaration(below, below.gate.inside(&module.gate)));
    }
    if !module.objects.is_empty() {
        let objects = format_ident!("{}", module.objects_file);
        let cfg = cfg(&module.objects_gate.inside(&module.gate));
        file.items(quote!(#cfg mod #objects; #cfg pub use self::#objects::*;));
    }
    let place = Place::of_types(module);
    for method in &module.methods {
        let cfg = cfg_text(&method.gate.inside(&module.gate));
        file.lines(&under(&cfg, &request(&place, method)));
        if let Some(walk) = &method.list {
            file.lines(&under(&cfg, &list(&place, &method.name, walk)));
        }
        for item in &method.items {
            file.lines(&under(&cfg, &self::item(&place, item)));
        }
        if let Some(errors) = &method.errors {
            file.lines(&under(&cfg, &codes(&place, errors)));
        }
    }
    shared(&mut file, &place, module, &module.shared, &module.gate);
    file.finish()
}

fn objects(module: &Module) -> String {
    let doc = format!("Objects that several methods of `{}` share.", module.wire);
    let mut file = File::new(["spec/objects"], &[doc]);
    file.lines("use crate::prelude::*;\n");
    let place = Place::of_types(module);
    shared(&mut file, &place, module, &module.objects, &module.objects_gate);
    file.finish()
}

/// What several methods have: each type is there with any of them.
fn shared(file: &mut File, place: &Place<'_>, module: &Module, items: &[Item], around: &Gate) {
    for item in items {
        let gate = module.gates.get(item.name());
        let cfg = cfg_text(&gate.and_then(|gate| gate.inside(around)));
        file.lines(&under(&cfg, &self::item(place, item)));
    }
}

/// A declaration under a condition.
fn under(cfg: &str, text: &str) -> String {
    if cfg.is_empty() {
        text.to_owned()
    } else {
        format!("{cfg}\n{text}")
    }
}

fn item(place: &Place<'_>, item: &Item) -> String {
    match item {
        Item::Struct(item) => object(place, item),
        Item::Params(item) => params(place, item),
        Item::Values(item) => values(item),
    }
}

/// ```text
/// request! {
///     /// Publishes a site.
///     pub struct Publication(
///         id: i64 = "id", "the site to publish.";
///     ) {
///         scope: String = "scope", "which sites the call sees.";
///     }
///     "landing.site.publication" in ["landing"], V2, Repeat, "page" -> i64, PublicationError
/// }
/// ```
fn request(place: &Place<'_>, method: &Method) -> String {
    let mut text = "request! {\n".to_owned();
    doc(&mut text, "    ", &method.doc);
    if let Some(reason) = method.deprecated {
        text.push_str(&format!("    #[deprecated = {}]\n", literal(reason)));
    }
    signature(&mut text, place, &method.name, &method.params, false);
    let scopes: Vec<_> = method.scopes.iter().map(|scope| literal(scope)).collect();
    let effect = match method.effect {
        Effect::Read => "Read",
        Effect::Repeat => "Repeat",
        Effect::Once => "Once",
    };
    let error = match &method.errors {
        Some(errors) => errors.name.clone(),
        None => place.known("NoCodes"),
    };
    let _ = writeln!(
        text,
        "    {} in [{}], V{}, {effect}, {} -> {}, {error}\n}}",
        literal(&method.wire),
        scopes.join(", "),
        method.api,
        literal(&method.page),
        place.ty(&method.output),
    );
    text
}

/// ```text
/// list! {
///     List: ListTask, in tasks, by id [Id, Count, Next] {
///         rows: "tasks", id: "id", key: "ID", filter: "filter", order: "order", start: "start",
///     }
/// }
/// ```
fn list(place: &Place<'_>, request: &str, walk: &Walk) -> String {
    let mut text = format!("list! {{\n    {request}: {}", place.ty(&walk.row));
    if let Some(rows) = &walk.rows {
        let _ = write!(text, ", in {rows}");
    }
    if let Some(id) = &walk.id {
        let _ = write!(text, ", by {id}");
    }
    let facts = &walk.facts;
    let ways: Vec<_> = facts.ways.iter().map(|way| way_name(*way)).collect();
    let _ = write!(text, " [{}] {{", ways.join(", "));
    let rows = (!facts.rows.is_empty()).then(|| facts.rows.clone());
    let named = [("rows", &rows), ("id", &facts.id), ("key", &facts.key)];
    let known = named.into_iter().chain(facts.params());
    let facts = known.filter_map(|(name, fact)| Some(format!("{name}: {},", literal(fact.as_deref()?))));
    filled(&mut text, "        ", &facts.collect::<Vec<_>>());
    text + "\n    }\n}\n"
}

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Id => "Id",
        Way::Count => "Count",
        Way::Next => "Next",
        Way::Offset => "Offset",
        Way::Page => "Page",
        Way::Tail => "Tail",
    }
}

fn params(place: &Place<'_>, item: &ParamObject) -> String {
    if item.filter {
        let mut text = "filter! {\n".to_owned();
        doc(&mut text, "    ", &item.doc);
        let _ = writeln!(text, "    pub struct {} {{", item.name);
        for param in &item.params {
            entry(
                &mut text,
                &param.name,
                &place.ty(&param.ty),
                &param.wire,
                &param.about,
            );
        }
        return text + "    }\n}\n";
    }
    let mut text = "params! {\n".to_owned();
    doc(&mut text, "    ", &item.doc);
    signature(&mut text, place, &item.name, &item.params, item.open);
    text + "}\n"
}

/// What is required in parentheses, the rest in braces.
fn signature(text: &mut String, place: &Place<'_>, name: &str, params: &[Param], open: bool) {
    let (required, optional): (Vec<_>, Vec<_>) = params.iter().partition(|param| param.required);
    let mut entries = |params: &[&Param], begin: &str, end: &str, last: &str| {
        text.push_str(begin);
        if params.is_empty() && last.is_empty() {
            text.push_str(end);
            return;
        }
        text.push('\n');
        for param in params {
            entry(text, &param.name, &place.ty(&param.ty), &param.wire, &param.about);
        }
        text.push_str(last);
        let _ = write!(text, "    {end}");
    };
    entries(&required, &format!("    pub struct {name}("), ")", "");
    entries(
        &optional,
        " {",
        "}\n",
        if open { "        ..undocumented\n" } else { "" },
    );
}

fn object(place: &Place<'_>, item: &Struct) -> String {
    let mut text = "object! {\n".to_owned();
    doc(&mut text, "    ", &item.doc);
    let _ = writeln!(text, "    pub struct {} {{", item.name);
    for field in &item.fields {
        entry(
            &mut text,
            &field.name,
            &place.ty(&field.ty),
            &field.wire,
            &field.about,
        );
    }
    if let Some(extra) = &item.extra {
        let _ = writeln!(text, "        ..{extra}");
    }
    text + "    }\n}\n"
}

fn values(item: &Values) -> String {
    let mut text = "values! {\n".to_owned();
    doc(&mut text, "    ", &item.doc);
    let variants: Vec<_> = item
        .variants
        .iter()
        .map(|variant| format!("{} = {};", variant.name, literal(&variant.wire)))
        .collect();
    let line = format!("    pub enum {} {{ {} }}\n", item.name, variants.join(" "));
    if line.len() <= WIDTH {
        return text + &line + "}\n";
    }
    let _ = write!(text, "    pub enum {} {{", item.name);
    filled(&mut text, "        ", &variants);
    text + "\n    }\n}\n"
}

fn codes(place: &Place<'_>, item: &Errors) -> String {
    let mut text = "codes! {\n".to_owned();
    doc(&mut text, "    ", &item.doc);
    let _ = writeln!(text, "    pub enum {} for {} {{", item.name, item.request);
    for variant in &item.variants {
        let carried = match variant.carries {
            true => format!("({})", place.known("String")),
            false => String::new(),
        };
        let statuses: Vec<_> = variant.statuses.iter().map(u16::to_string).collect();
        let (statuses, code) = (statuses.join(" | "), literal(&variant.code));
        let _ = writeln!(
            text,
            "        {}{carried} = {statuses} {code}{};",
            variant.name,
            about(&variant.about)
        );
    }
    text + "    }\n}\n"
}

/// `id: i64 = "id", "the site to publish.";`
fn entry(text: &mut String, name: &str, ty: &str, wire: &str, about: &Option<String>) {
    let _ = writeln!(
        text,
        "        {name}: {ty} = {}{};",
        literal(wire),
        self::about(about)
    );
}

fn about(about: &Option<String>) -> String {
    about
        .as_ref()
        .map_or_else(String::new, |about| format!(", {}", literal(about)))
}

fn doc(text: &mut String, indent: &str, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "{}", format!("{indent}/// {line}").trim_end());
    }
}

/// Entries side by side, as many as fit into a line.
fn filled(text: &mut String, indent: &str, entries: &[String]) {
    let mut width = WIDTH;
    for entry in entries {
        if width + 1 + entry.len() > WIDTH {
            let _ = write!(text, "\n{indent}{entry}");
            width = indent.len() + entry.len();
        } else {
            let _ = write!(text, " {entry}");
            width += 1 + entry.len();
        }
    }
}

/// The list of all methods, each under the features of its scopes.
fn registry(model: &Model) -> String {
    let mut file = File::new([], &["All methods that are compiled in.".to_owned()]);
    file.lines("use crate::registry::{Entry, entry};\n");
    let mut text = "/// By scope and name.\npub(crate) static ENTRIES: &[Entry] = &[\n".to_owned();
    for module in model.all() {
        for method in &module.methods {
            let cfg = cfg_text(&method.gate.cfg());
            if !cfg.is_empty() {
                let _ = writeln!(text, "    {cfg}");
            }
            let _ = writeln!(
                text,
                "    entry::<crate::{}::{}>(),",
                module.path.join("::"),
                method.name
            );
        }
    }
    file.lines(&(text + "];\n"));
    file.finish()
}
