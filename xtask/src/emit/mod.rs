//! Model → files, as paths from the root of the repository and their texts. Nothing is decided here and nothing is
//! read or written.

mod clients;
mod features;
mod portal;
mod print;
mod system;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Model, Module};
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

/// `pub mod site;`, under the features that need it.
fn declaration(module: &Module, above: Option<&Module>) -> TokenStream {
    let name = format_ident!("{}", module.path.last().map_or("", String::as_str));
    let differs = above.is_none_or(|above| above.features != module.features);
    let cfg = module.features.as_ref().filter(|_| differs).map(print::cfg);
    quote!(#cfg pub mod #name;)
}

/// `//! Requests and results of the methods of landing.site.`
fn module_doc(module: &Module, what: &str) -> Vec<String> {
    let mut doc = vec![format!("{what} the {}.", module.title())];
    if let Some(features) = &module.features {
        let features: Vec<_> = features.iter().map(|feature| format!("`{feature}`")).collect();
        doc.push(String::new());
        doc.push(format!(
            "Feature: {}.",
            crate::model::docs::listed(&features, "or")
        ));
    }
    doc
}

/// As [`print::cfg`], as text.
fn cfg_text(features: &BTreeSet<String>) -> String {
    let features: Vec<_> = features
        .iter()
        .map(|feature| format!("feature = {}", print::literal(feature)))
        .collect();
    match features.as_slice() {
        [only] => format!("#[cfg({only})]"),
        several => format!("#[cfg(any({}))]", several.join(", ")),
    }
}
