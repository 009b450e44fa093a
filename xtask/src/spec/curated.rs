//! One file of `spec/curated/`: what is written by hand about a scope. It survives every import, and says what it
//! expects of the import, so that it cannot silently stop applying.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Wording, names and corrections for one scope.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curated {
    /// Wording for every path of the scope that ends in these steps.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// Rust names, by `method`, `method: path`, `@object` or `@object: path`. A capital first letter names the
    /// type, a small one the parameter or field.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    #[serde(default, rename = "method")]
    pub methods: Vec<MethodWords>,
    #[serde(default, rename = "object")]
    pub objects: Vec<ObjectWords>,
    #[serde(default, rename = "erratum")]
    pub errata: Vec<Erratum>,
}

/// Wording for one method.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodWords {
    pub name: String,
    #[serde(default = "two")]
    pub api: u8,
    /// The first line of the rustdoc.
    #[serde(default)]
    pub summary: Option<String>,
    /// More paragraphs, in CommonMark.
    #[serde(default)]
    pub details: Option<String>,
    /// By path: `params.id`, `params.fields.TITLE`, `result`, `result.ID`, `errors.CODE`.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}

/// Wording for one shared object.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectWords {
    pub name: String,
    #[serde(default)]
    pub summary: Option<String>,
    #[serde(default)]
    pub details: Option<String>,
    /// By path: `ID`, `OWNER.ID`.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}

/// A correction of an imported fact.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erratum {
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default = "two")]
    pub api: u8,
    #[serde(default)]
    pub object: Option<String>,
    /// The path to the fact: `effect`, `params.id.type`, `params.fields.TITLE` (all of it), `errors.CODE.status`.
    pub at: String,
    /// What the import says; left out, it has nothing there.
    #[serde(default)]
    pub expect: Option<toml::Value>,
    /// What is true; left out, there should be nothing.
    #[serde(default)]
    pub set: Option<toml::Value>,
    pub reason: String,
}

fn two() -> u8 {
    2
}
