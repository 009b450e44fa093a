//! The crate of types: requests, results, error codes, and the list of all methods.

use std::collections::BTreeMap;

use quote::{format_ident, quote};

use super::print::{File, Place, doc, literal, tokens};
use crate::model::{Errors, Item, Method, Model, Module, Param, ParamObject, Struct, Values};
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
        if let Some(errors) = &method.errors {
            codes(&mut file, errors);
        }
    }
    for values in &module.values {
        open_enum(&mut file, &place, values);
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
    param_set(
        file,
        place,
        &method.name,
        &method.doc,
        &method.new_doc,
        &method.params,
        Some(method),
    );

    let name = format_ident!("{}", method.name);
    let Method {
        wire, scopes, url, ..
    } = method;
    let api = format_ident!("V{}", method.api);
    let effect = format_ident!(
        "{}",
        match method.effect {
            Effect::Read => "Read",
            Effect::Repeat => "Repeat",
            Effect::Once => "Once",
        }
    );
    let known = |name| tokens(&place.known(name));
    let (trait_, api_type, effect_type, params) =
        (known("Method"), known("Api"), known("Effect"), known("Params"));
    let output = tokens(&place.ty(&method.output));
    let error = match &method.errors {
        Some(errors) => tokens(&errors.name),
        None => known("NoCodes"),
    };
    file.items(quote! {
        impl #trait_ for #name {
            const NAME: &'static str = #wire;
            const SCOPES: &'static [&'static str] = &[#(#scopes),*];
            const API: #api_type = #api_type::#api;
            const EFFECT: #effect_type = #effect_type::#effect;
            const DOCS: &'static str = #url;
            type Output = #output;
            type Error = #error;
            fn params(&self) -> &#params {
                &self.0
            }
        }
    });
    params_macro(file, place, &method.name, &method.params, false);
}

fn item(file: &mut File, place: &Place<'_>, item: &Item) {
    match item {
        Item::Struct(item) => structure(file, place, item),
        Item::Params(item) => {
            let ParamObject {
                name,
                doc,
                new_doc,
                params,
                open,
            } = item;
            param_set(file, place, name, doc, new_doc, params, None);
            params_macro(file, place, name, params, *open);
        }
        Item::Values(item) => open_enum(file, place, item),
    }
}

/// A request, or an object of parameters: a constructor with what is required, and setters for the rest.
fn param_set(
    file: &mut File,
    place: &Place<'_>,
    name: &str,
    docs: &[String],
    new_docs: &[String],
    params: &[Param],
    method: Option<&Method>,
) {
    let name = format_ident!("{name}");
    let known = |name| tokens(&place.known(name));
    let params_type = known("Params");
    let (docs, new_docs) = (doc(docs), doc(new_docs));
    let default = params
        .iter()
        .all(|param| !param.required)
        .then(|| quote!(Default,));
    let must_use = match method {
        Some(_) => quote!(#[must_use = "a request does nothing until it is sent"]),
        None => quote!(),
    };
    let deprecated = match method {
        Some(method) if method.deprecated => quote!(#[deprecated = "the vendor advises against it"]),
        _ => quote!(),
    };
    file.items(quote! {
        #docs
        #[derive(Clone, Debug, #default PartialEq)]
        #must_use
        #deprecated
        pub struct #name(#params_type);
    });

    let arguments = params.iter().filter(|param| param.required).map(|param| {
        let (name, ty) = (format_ident!("{}", param.name), place.argument(&param.ty));
        quote!(#name: #ty)
    });
    let given = params.iter().filter(|param| param.required).map(|param| {
        let (name, wire) = (format_ident!("{}", param.name), &param.wire);
        quote!(.with(#wire, #name))
    });
    let setters = params.iter().filter(|param| !param.required).map(|param| {
        let (name, wire, ty) = (
            format_ident!("{}", param.name),
            &param.wire,
            place.argument(&param.ty),
        );
        let doc = doc(&param.doc);
        quote! {
            #doc
            pub fn #name(self, #name: #ty) -> Self {
                Self(self.0.with(#wire, #name))
            }
        }
    });
    file.items(quote! {
        impl #name {
            #new_docs
            pub fn new(#(#arguments),*) -> Self {
                Self(#params_type::new()#(#given)*)
            }
            #(#setters)*
        }
    });
}

fn params_macro(file: &mut File, place: &Place<'_>, name: &str, params: &[Param], open: bool) {
    let entries: Vec<_> = params
        .iter()
        .map(|param| {
            let required = if param.required { " !" } else { "" };
            format!("{}{required}: {}", literal(&param.wire), place.ty(&param.ty))
        })
        .collect();
    file.macro_call("params", name, &entries, open.then_some(".."));
}

fn structure(file: &mut File, place: &Place<'_>, item: &Struct) {
    let name = format_ident!("{}", item.name);
    let docs = doc(&item.doc);
    let fields = item.fields.iter().map(|field| {
        let (name, ty, doc) = (
            format_ident!("{}", field.name),
            tokens(&place.ty(&field.ty)),
            doc(&field.doc),
        );
        quote!(#doc pub #name: #ty)
    });
    let extra = item.extra.iter().map(|name| {
        let (name, map, value) = (
            format_ident!("{name}"),
            tokens(&place.known("Map")),
            tokens(&place.known("Value")),
        );
        quote!(#[doc = " What else there is."] pub #name: #map<#value>)
    });
    file.items(quote! {
        #docs
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct #name {
            #(#fields,)*
            #(#extra,)*
        }
    });
    let entries: Vec<_> = item
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, literal(&field.wire)))
        .collect();
    let extra = item.extra.as_ref().map(|name| format!("..{name}"));
    file.macro_call("object", &item.name, &entries, extra.as_deref());
}

fn open_enum(file: &mut File, place: &Place<'_>, item: &Values) {
    let name = format_ident!("{}", item.name);
    let docs = doc(&item.doc);
    let variants = item.variants.iter().map(|variant| {
        let (name, doc) = (format_ident!("{}", variant.name), doc(&variant.doc));
        quote!(#doc #name)
    });
    let string = tokens(&place.known("String"));
    file.items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            #[doc = " Any other value."]
            Other(#string),
        }
    });
    let entries: Vec<_> = item
        .variants
        .iter()
        .map(|variant| format!("{}: {}", variant.name, literal(&variant.wire)))
        .collect();
    file.macro_call("values", &item.name, &entries, None);
}

fn codes(file: &mut File, item: &Errors) {
    let name = format_ident!("{}", item.name);
    let docs = doc(&item.doc);
    let variants = item.variants.iter().map(|variant| {
        let (name, doc) = (format_ident!("{}", variant.name), doc(&variant.doc));
        let carried = variant.carries.then(|| quote!((::std::string::String)));
        quote!(#doc #name #carried)
    });
    file.items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
        }
    });
    let rows = item.variants.iter().flat_map(|variant| {
        let carried = if variant.carries { "(_)" } else { "" };
        let name = format!("{}{carried}", variant.name);
        let code = literal(&variant.code);
        variant
            .statuses
            .iter()
            .map(move |status| format!("{name}: {status} {code}"))
    });
    file.macro_call("codes", &item.name, &rows.collect::<Vec<_>>(), None);
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
