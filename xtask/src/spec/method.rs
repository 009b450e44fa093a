//! One file of `spec/methods/` or `spec/objects/`: the facts about a method or a shared object.

use serde::{Deserialize, Serialize};

use super::list::List;
use super::types::Type;

/// The facts about one REST method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// As the vendor spells it; compared without regard to case.
    pub name: String,
    /// 2 or 3.
    pub api: u8,
    /// Permission scopes, any of which is enough.
    pub scopes: Vec<String>,
    pub access: Access,
    pub effect: Effect,
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The documentation has it no longer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gone: bool,
    /// The page, from the root of the documentation.
    pub docs: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Field>,
    pub result: Shape,
    /// How its pages are walked, if it answers with a page of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<List>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorCode>,
}

impl Method {
    /// Why nobody should begin to use the method, if there is a reason.
    pub fn advice(&self) -> Option<&'static str> {
        if self.gone {
            Some("the vendor's documentation has it no longer")
        } else {
            self.deprecated.then_some("the vendor advises against it")
        }
    }
}

/// An object that several methods share: `spec/objects/<scope>.<name>.toml`, written `@scope.name` in types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub name: String,
    /// The page, from the root of the documentation.
    pub docs: String,
    /// Whether other keys than the listed ones may occur.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    pub fields: Vec<Field>,
}

/// Who may call a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody who has the scope.
    Any,
    /// Administrators.
    Admin,
    /// Users with this right; several are divided by commas, by bars where one of them is enough.
    Right(String),
    /// Users who are this; several are divided by bars.
    Role(String),
    /// Users who have access to this.
    To(String),
    /// The page does not say in a form that could be read.
    Unknown,
}

/// May a call be sent twice?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something, and twice is as good as once.
    Repeat,
    /// Twice is not the same as once.
    Once,
}

/// A parameter, or a field of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// As it goes over the wire.
    pub name: String,
    #[serde(rename = "type")]
    pub ty: Type,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// `null` is a documented value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// As documented, in its wire form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The documented values, in their wire form, in the page's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Where the fact comes from; the table, if nothing is said.
    #[serde(default, skip_serializing_if = "Source::is_table")]
    pub from: Source,
    /// Whether the object inside `type` may hold other keys than the listed ones.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    /// The fields of the object inside `type`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// What a method answers in `result`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    #[serde(rename = "type")]
    pub ty: Type,
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    #[serde(default, skip_serializing_if = "Source::is_table")]
    pub from: Source,
    #[serde(default, skip_serializing_if = "is_false")]
    pub open: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// An error code that a page lists for its method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    pub status: u16,
    /// `*` stands for the part that varies: `PUBLIC_HTML_DISALLOWED[*]`.
    pub code: String,
}

/// Where a fact was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    #[default]
    Table,
    /// A JSON answer, or the body of a cURL request.
    Example,
    /// The type argument of the TypeScript sample.
    TypeScript,
    Go,
    /// Another page that describes the type.
    Page,
    Curated,
}

impl Source {
    fn is_table(&self) -> bool {
        *self == Self::Table
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
