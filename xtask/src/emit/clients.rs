//! The two clients: methods by completion, `client.landing().site().publication(1688)`, and the setters on the call.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::print::{File, Place, cfg, doc, tokens};
use crate::model::docs::code;
use crate::model::{Method, Model, Module, Param};

/// What differs between them.
pub struct Client {
    root: &'static str,
    /// The function of `Client` that makes a call of a request.
    call: &'static str,
    /// Where the crate finds the types.
    types: &'static str,
}

pub const TRANSPORT: Client = Client {
    root: "crates/bitrix24-transport/src/generated",
    call: "call",
    types: "::bitrix24_types",
};

pub const BLOCKING: Client = Client {
    root: "crates/bitrix24-blocking/src/generated",
    call: "prepare",
    types: "::bitrix24_transport::types",
};

pub fn files(model: &Model, client: &Client, files: &mut BTreeMap<String, String>) {
    for module in model.all().into_iter().filter(has_calls) {
        files.insert(super::path(client.root, module), calls(model, client, module));
    }
    files.insert(format!("{}/mod.rs", client.root), root(model, client));
}

fn root(model: &Model, client: &Client) -> String {
    let mut file = File::new([], &["The methods by completion, scope by scope.".to_owned()]);
    file.lines(super::ALLOW);
    for module in model.modules.iter().filter(has_calls) {
        file.items(super::declaration(module, module.calls_gate.cfg()));
    }
    let types = tokens(client.types);
    file.items(quote! {
        #[doc = " What the modules below use."]
        #[allow(unused_imports)]
        mod prelude {
            pub(crate) use #types::{
                Arg, Conditions, Date, DateTime, Either, File, Id, Map, OneOrMany, OneZero, Order, Pagination, Scalar,
                Value, YesNo,
            };
            pub(crate) use crate::{Call, Client};
        }
    });
    let accessors = model
        .modules
        .iter()
        .filter(|module| !module.general && has_calls(module))
        .map(|module| {
            let (function, accessor) = (format_ident!("{}", module.function), accessor(module));
            let cfg = cfg(&module.calls_gate.cfg());
            let doc = doc(&[format!("The {}.", module.title())]);
            quote! {
                #doc
                #cfg
                pub fn #function(&self) -> #accessor<'_> {
                    #accessor(self)
                }
            }
        });
    file.items(quote!(impl crate::Client { #(#accessors)* }));
    file.finish()
}

/// A namespace of objects alone is nothing to a client.
fn has_calls(module: &&Module) -> bool {
    !module.calls_gate.is_shut()
}

/// The path to a module's accessor from the module above.
fn accessor(module: &Module) -> TokenStream {
    let last = module.path.last().map_or("", String::as_str);
    tokens(&format!("{last}::{}", module.accessor))
}

fn calls(model: &Model, client: &Client, module: &Module) -> String {
    let sources = module.sources.iter().map(String::as_str);
    let mut file = File::new(
        sources,
        &super::module_doc(module, "Calls of", &module.calls_gate),
    );
    let hidden = if module.general {
        BTreeSet::new()
    } else {
        BTreeSet::from([module.accessor.clone()])
    };
    let place = Place::of_client(module, &hidden, client.types);
    let (path, alias) = (module.path.join("::"), &module.types_alias);
    if module.methods.is_empty() {
        // Then `Client` is all that is used.
        if !hidden.contains("Client") {
            file.lines("use crate::generated::prelude::*;\n");
        }
    } else {
        let allow = if super::may_be_empty(module, &module.calls_gate) {
            "#[allow(unused_imports)]\n"
        } else {
            ""
        };
        file.lines(&format!(
            "{allow}use {}::{path} as {alias};\n\n{allow}use crate::generated::prelude::*;\n",
            client.types
        ));
    }
    for below in module.modules.iter().filter(has_calls) {
        file.items(super::declaration(
            below,
            below.calls_gate.inside(&module.calls_gate),
        ));
    }

    let receiver = if module.general {
        quote!(&self)
    } else {
        quote!(self)
    };
    let target = if module.general {
        quote!(self)
    } else {
        quote!(self.0)
    };
    let lifetime = if module.general { quote!('_) } else { quote!('a) };
    let print = Function {
        client,
        place: &place,
        receiver: &receiver,
        target: &target,
        lifetime: &lifetime,
    };
    let below = module.modules.iter().filter(has_calls).map(|below| {
        let (function, accessor) = (format_ident!("{}", below.function), accessor(below));
        let doc = doc(&[format!("The {}.", below.title())]);
        let cfg = cfg(&below.calls_gate.inside(&module.calls_gate));
        quote! {
            #doc
            #cfg
            pub fn #function(self) -> #accessor<'a> {
                #accessor(self.0)
            }
        }
    });
    let itself = module.itself.iter().filter_map(|(path, name)| {
        let home = model.all().into_iter().find(|module| module.path == *path)?;
        let method = home.methods.iter().find(|method| method.name == *name)?;
        Some(print.function(home, method, module))
    });
    let own = module
        .methods
        .iter()
        .filter(|method| !is_called_elsewhere(model, module, method))
        .map(|method| print.function(module, method, module));
    let functions = below.chain(itself).chain(own);
    if module.general {
        file.items(quote!(impl Client { #(#functions)* }));
    } else {
        let name = format_ident!("{}", module.accessor);
        let client_type = tokens(&place.known("Client"));
        let docs = doc(&[format!(
            "The {}, each a call that is ready to be sent.",
            module.title()
        )]);
        file.items(quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            #[must_use]
            pub struct #name<'a>(pub(crate) &'a #client_type);

            impl<'a> #name<'a> {
                #(#functions)*
            }
        });
    }
    for method in &module.methods {
        setters(&mut file, &place, module, method);
    }
    file.finish()
}

/// Whether the method has the name of a namespace and is called there.
fn is_called_elsewhere(model: &Model, home: &Module, method: &Method) -> bool {
    model
        .all()
        .into_iter()
        .filter_map(|module| module.itself.as_ref())
        .any(|(path, name)| *path == home.path && *name == method.name)
}

struct Function<'a> {
    client: &'a Client,
    place: &'a Place<'a>,
    receiver: &'a TokenStream,
    target: &'a TokenStream,
    lifetime: &'a TokenStream,
}

impl Function<'_> {
    /// The function that makes the call of a method.
    fn function(&self, home: &Module, method: &Method, here: &Module) -> TokenStream {
        let Self {
            client,
            place,
            receiver,
            target,
            lifetime,
        } = self;
        let required: Vec<_> = method.params.iter().filter(|param| param.required).collect();
        let names: Vec<_> = required
            .iter()
            .map(|param| format_ident!("{}", param.name))
            .collect();
        let arguments = required.iter().zip(&names).map(|(param, name)| {
            let ty = place.argument(&param.ty);
            quote!(#name: #ty)
        });
        let function = format_ident!("{}", method.function);
        let request = place.item(&home.path, &method.name);
        let mut docs = vec![method.summary.clone(), String::new()];
        if !required.is_empty() {
            docs.extend(required.iter().map(|param| format!("* {}", about(param, ""))));
            docs.push(String::new());
        }
        docs.push(format!("See [`{}`]({request}).", method.name));
        let docs = doc(&relinked(&docs));
        let request = tokens(&request);
        let (call_type, call) = (tokens(&place.known("Call")), format_ident!("{}", client.call));
        let deprecated = method.deprecated.map(|reason| quote!(#[deprecated = #reason]));
        let cfg = cfg(&method.gate.inside(&here.calls_gate));
        quote! {
            #docs
            #cfg
            #deprecated
            pub fn #function(#receiver, #(#arguments),*) -> #call_type<#lifetime, #request> {
                #target.#call(#request::new(#(#names),*))
            }
        }
    }
}

/// The setters of a request, on the call of it.
fn setters(file: &mut File, place: &Place<'_>, module: &Module, method: &Method) {
    let optional: Vec<_> = method.params.iter().filter(|param| !param.required).collect();
    if optional.is_empty() {
        return;
    }
    let setters = optional.iter().map(|param| {
        let (name, ty, docs) = (
            format_ident!("{}", param.name),
            place.argument(&param.ty),
            doc(&relinked(&[about(param, ", optional")])),
        );
        quote! {
            #docs
            pub fn #name(self, #name: #ty) -> Self {
                self.map(|request| request.#name(#name))
            }
        }
    });
    let (call, request) = (
        tokens(&place.known("Call")),
        tokens(&place.item(&module.path, &method.name)),
    );
    let cfg = cfg(&method.gate.inside(&module.calls_gate));
    file.items(quote!(#cfg impl #call<'_, #request> { #(#setters)* }));
}

/// `` `id`: the site. ``
fn about(param: &Param, is: &str) -> String {
    let about = param
        .about
        .as_ref()
        .map_or_else(String::new, |about| format!(": {about}"));
    format!("{}{is}{about}", code(&param.wire))
}

/// Links to requests lead to the crate of types.
fn relinked(docs: &[String]) -> Vec<String> {
    docs.iter()
        .map(|line| line.replace("`](crate::", "`](crate::types::"))
        .collect()
}
