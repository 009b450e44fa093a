//! Documentation pages → facts. Pure: texts in, values and a report out.
//!
//! `scan` and `table` read the Markdown dialect, `page` finds the sections, `facts` and `type_text` read words,
//! `samples`, `json` and `infer` read the examples, `link` finds nested tables, `merge` puts one method together.

mod facts;
mod infer;
mod inline;
mod json;
mod link;
mod merge;
mod page;
mod report;
mod samples;
mod scan;
mod table;
mod type_text;

use std::collections::BTreeMap;

use crate::spec::{Method, Object};

pub use report::{Class, Finding, Report};
pub use samples::{Example, ExampleKind};

/// What an import gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub methods: Vec<Method>,
    pub objects: Vec<Object>,
    pub report: Report,
}

/// Reads the pages of a documentation checkout: path from its root → text.
///
/// `only` names the scopes to import; none means all.
pub fn import(pages: &BTreeMap<String, String>, only: &[String]) -> Imported {
    let site = link::Site {
        pages: pages
            .iter()
            .map(|(path, text)| (path.clone(), page::read(path, text)))
            .collect(),
    };
    let mut merger = merge::Merger::new(&site);
    let mut methods = Vec::new();
    for page in site.pages.values() {
        let wanted = only.is_empty() || page.scopes.first().is_some_and(|scope| only.contains(scope));
        if let Some(name) = page.method.as_ref().filter(|_| wanted) {
            methods.push(merger.method(page, name));
        }
    }
    Imported {
        methods,
        objects: merger.objects.into_values().collect(),
        report: merger.report,
    }
}

/// The checkable examples of a page.
pub fn examples(path: &str, text: &str) -> Vec<Example> {
    samples::examples(&page::read(path, text))
}
