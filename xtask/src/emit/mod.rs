//! Model → files, as paths from the root of the repository and their texts. Nothing is decided here and nothing is
//! read or written.

mod clients;
mod features;
mod portal;
mod print;
mod system;
mod types;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Cfg, Gate, Model, Module};
use crate::spec::Merged;

pub use features::{MANIFESTS, feature_list};

/// Where generated files are, and nothing else is.
pub const FOLDERS: &[&str] = &[
    "crates/bitrix24-types/src/generated",
    "crates/bitrix24-transport/src/generated",
    "crates/bitrix24-blocking/src/generated",
    "crates/bitrix24-portal/src/generated",
];

/// Every file in [`FOLDERS`].
pub fn files(merged: &Merged, model: &Model) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    types::files(model, &mut files);
    system::files(model, &mut files);
    clients::files(model, &clients::TRANSPORT, &mut files);
    clients::files(model, &clients::BLOCKING, &mut files);
    portal::files(merged, &mut files);
    files
}

/// Lints that the vendor's names and long lists of parameters would set off.
const ALLOW: &str = "#![allow(\n    clippy::module_inception,\n    clippy::should_implement_trait,\n    clippy::too_many_arguments,\n    \
                     clippy::wrong_self_convention,\n    deprecated,\n    reason = \"names and parameters are the vendor's\"\n)]\n";

/// The file of a module: a folder's `mod.rs` if there is anything below.
fn path(root: &str, module: &Module) -> String {
    let path = module.path.join("/");
    if module.modules.is_empty() && module.objects.is_empty() {
        format!("{root}/{path}.rs")
    } else {
        format!("{root}/{path}/mod.rs")
    }
}

/// Whether a module that is there with `gate` may be there without any of its own methods.
fn may_be_empty(module: &Module, gate: &Gate) -> bool {
    module.methods.iter().all(|method| method.gate != *gate)
}

/// `pub mod site;`, under the condition that brings it.
fn declaration(module: &Module, condition: Option<Cfg>) -> TokenStream {
    let name = format_ident!("{}", module.path.last().map_or("", String::as_str));
    let cfg = print::cfg(&condition);
    quote!(#cfg pub mod #name;)
}

/// `//! Requests and results of the methods of landing.site.`
fn module_doc(module: &Module, what: &str, gate: &Gate) -> Vec<String> {
    let mut doc = vec![format!("{what} the {}.", module.title())];
    if let Some(features) = gate.sentence() {
        doc.extend([String::new(), features]);
    }
    doc
}
