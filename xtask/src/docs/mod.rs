//! Documentation pages → facts. Pure: texts in, values and a report out.
//!
//! `scan` and `table` read the Markdown dialect, `page` finds the sections, `facts` and `type_text` read words,
//! `samples`, `json`, `typescript` and `infer` read the examples, `link` finds nested tables, `align` tells whether
//! one describes an object or what is behind its keys, `shape` decides one value, `merge` puts a method together.

mod align;
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
mod shape;
mod table;
mod type_text;
mod typescript;

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
    // The first pass finds the examples of objects that many methods share, the second reads everything.
    let mut first = merge::Merger::new(&site, BTreeMap::new());
    methods(&mut first, only);
    let mut merger = merge::Merger::new(&site, first.into_found());
    let methods = methods(&mut merger, only);
    Imported {
        methods,
        objects: merger.objects.into_values().collect(),
        report: merger.report,
    }
}

fn methods(merger: &mut merge::Merger, only: &[String]) -> Vec<Method> {
    let site = merger.site;
    let wanted =
        |page: &&page::Page| only.is_empty() || page.scopes.first().is_some_and(|scope| only.contains(scope));
    let pages = site.pages.values().filter(wanted);
    pages
        .filter_map(|page| Some(merger.method(page, page.method.as_deref()?)))
        .collect()
}

/// The checkable examples of a page.
pub fn examples(path: &str, text: &str) -> Vec<Example> {
    samples::examples(&page::read(path, text))
}
