//! The crate of types: requests, results, error codes, and the list of all methods.

use std::collections::BTreeMap;

use quote::{format_ident, quote};

use super::print::{Body, File, Place, literal};
use crate::model::{Errors, Item, Method, Model, Module, Param, Struct, Values};
use crate::spec::Effect;

const ROOT: &str = "crates/bitrix24-types/src/generated";

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
        file.items(super::declaration(module, None));
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
        &super::module_doc(module, "Requests and results"),
    );
    if !module.methods.is_empty() {
        file.lines("use crate::prelude::*;\n");
    }
    for below in &module.modules {
        file.items(super::declaration(below, Some(module)));
    }
    if !module.objects.is_empty() {
        let objects = format_ident!("{}", module.objects_file);
        file.items(quote!(mod #objects; pub use self::#objects::*;));
    }
    let place = Place::of_types(module);
    for method in &module.methods {
        request(&mut file, &place, method);
        for item in &method.items {
            self::item(&mut file, &place, item);
        }
    }
    for values in &module.values {
        open_enum(&mut file, values);
    }
    file.finish()
}

fn objects(module: &Module) -> String {
    let doc = format!("Objects that several methods of `{}` share.", module.wire);
    let mut file = File::new(["spec/objects"], &[doc]);
    file.lines("use crate::prelude::*;\n");
    let place = Place::of_types(module);
    for item in &module.objects {
        self::item(&mut file, &place, item);
    }
    file.finish()
}

fn request(file: &mut File, place: &Place<'_>, method: &Method) {
    let scopes: Vec<_> = method.scopes.iter().map(|scope| literal(scope)).collect();
    let effect = match method.effect {
        Effect::Read => "Read",
        Effect::Repeat => "Repeat",
        Effect::Once => "Once",
    };
    let head = format!(
        "pub struct {} = {} (V{}, {effect}, [{}]) -> {};",
        method.name,
        literal(&method.wire),
        method.api,
        scopes.join(", "),
        place.ty(&method.output),
    );
    let mut body = Body::new(&method.doc);
    if method.deprecated {
        body.line("#[deprecated = \"the vendor advises against it\"]");
    }
    body.line(&head);
    body.line(&format!("docs {};", literal(&method.url)));
    params(&mut body, place, &method.params, false);
    if let Some(errors) = &method.errors {
        codes(&mut body, place, errors);
    }
    file.macro_call("request", body);
}

fn item(file: &mut File, place: &Place<'_>, item: &Item) {
    match item {
        Item::Struct(item) => structure(file, place, item),
        Item::Params(item) => {
            let mut body = Body::new(&item.doc);
            body.line(&format!("pub struct {};", item.name));
            params(&mut body, place, &item.params, item.open);
            file.macro_call("params", body);
        }
        Item::Values(item) => open_enum(file, item),
    }
}

/// What has to be given, and what can be set.
fn params(body: &mut Body, place: &Place<'_>, params: &[Param], open: bool) {
    for (required, heading) in [(true, "required"), (false, "optional")] {
        let entries: Vec<_> = params.iter().filter(|param| param.required == required).collect();
        if entries.is_empty() {
            continue;
        }
        body.open(heading);
        // The constructor's documentation is made of all that is required.
        let several = required && entries.len() > 1;
        for param in entries {
            match param.doc.split_first() {
                Some((first, rest)) if several => {
                    body.docs(&[format!("* {first}")]);
                    body.docs(&rest.iter().map(|line| format!("  {line}")).collect::<Vec<_>>());
                }
                _ => body.docs(&param.doc),
            }
            body.line(&format!(
                "{}: {} = {},",
                param.name,
                place.ty(&param.ty),
                literal(&param.wire)
            ));
        }
        body.close();
    }
    if open {
        body.line("open ..");
    }
}

fn structure(file: &mut File, place: &Place<'_>, item: &Struct) {
    let mut body = Body::new(&item.doc);
    body.open(&format!("pub struct {}", item.name));
    for field in &item.fields {
        body.docs(&field.doc);
        body.line(&format!(
            "{}: {} = {},",
            field.name,
            place.ty(&field.ty),
            literal(&field.wire)
        ));
    }
    if let Some(extra) = &item.extra {
        body.line(&format!("..{extra}"));
    }
    body.close();
    file.macro_call("object", body);
}

fn open_enum(file: &mut File, item: &Values) {
    let mut body = Body::new(&item.doc);
    body.open(&format!("pub enum {}", item.name));
    for variant in &item.variants {
        body.docs(&variant.doc);
        body.line(&format!("{} = {},", variant.name, literal(&variant.wire)));
    }
    body.close();
    file.macro_call("values", body);
}

fn codes(body: &mut Body, place: &Place<'_>, errors: &Errors) {
    body.docs(&errors.doc);
    body.open(&format!("errors {}", errors.name));
    for variant in &errors.variants {
        let carried = if variant.carries {
            format!("({})", place.known("String"))
        } else {
            String::new()
        };
        let code = literal(&variant.code);
        let statuses: Vec<_> = variant.statuses.iter().map(u16::to_string).collect();
        let meaning = variant
            .meaning
            .iter()
            .map(|meaning| format!(": {}", literal(meaning)));
        body.line(&format!(
            "{}{carried} = {code} ({}){},",
            variant.name,
            statuses.join(" | "),
            meaning.collect::<String>()
        ));
    }
    body.close();
}

/// The list of all methods, each under the features of its scopes.
fn registry(model: &Model) -> String {
    let mut file = File::new([], &["All methods that are compiled in.".to_owned()]);
    file.lines("use crate::registry::{Entry, entry};\n");
    let mut text = "/// By scope and name.\npub(crate) static ENTRIES: &[Entry] = &[\n".to_owned();
    for module in model.all() {
        for method in &module.methods {
            let scopes = method.scopes.iter().cloned().collect();
            let path = [&module.path[..], std::slice::from_ref(&method.name)]
                .concat()
                .join("::");
            if !method.scopes.is_empty() {
                text.push_str(&format!("    {}\n", super::cfg_text(&scopes)));
            }
            text.push_str(&format!("    entry::<crate::{path}>(),\n"));
        }
    }
    file.lines(&(text + "];\n"));
    file.finish()
}
