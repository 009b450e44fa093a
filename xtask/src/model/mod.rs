//! The resolved API as one value: every type looked up, every Rust name decided, every line of documentation
//! written. What [`emit`](crate::emit) prints is read off this; it decides nothing.
//!
//! A namespace of the API (`landing.site`) is a module; the methods in it are its requests. What belongs to one
//! method stands beside it, what several share stands with the module.

mod boxes;
mod build;
pub mod docs;
mod gate;
mod idioms;
pub mod names;
mod shared;
mod walks;

use std::collections::{BTreeMap, BTreeSet};

use crate::spec;

pub use build::build;
pub use gate::{Cfg, Gate};
pub use names::Clash;

/// The whole API.
#[derive(Clone, Debug)]
pub struct Model {
    /// The namespaces at the top, by name.
    pub modules: Vec<Module>,
    /// The scopes, each a feature.
    pub features: BTreeSet<String>,
    pub system_errors: Vec<SystemError>,
    pub limits: spec::Limits,
    pub auth_hosts: Vec<String>,
    /// Names that were wanted twice: what was done about it, for `lint`.
    pub clashes: Vec<(Vec<String>, Clash)>,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Module {
    /// As in the names of its methods: `landing.site`.
    pub wire: String,
    /// The Rust path from the crate's root: `landing`, `site`.
    pub path: Vec<String>,
    /// The type through which a client offers the methods: `Site`.
    pub accessor: String,
    /// The function that leads to the accessor: `site`.
    pub function: String,
    /// Whether it holds the methods of a single word, which the client has itself.
    pub general: bool,
    /// The method that has the namespace's own name: the path of its module, and its request.
    pub itself: Option<(Vec<String>, String)>,
    /// What brings the module.
    pub gate: Gate,
    /// What brings any method of it or of those below.
    pub calls_gate: Gate,
    /// What brings the types that methods share, by name.
    pub gates: BTreeMap<String, Gate>,
    /// The folders of the spec it was made from.
    pub sources: BTreeSet<String>,
    /// Objects that methods share.
    pub objects: Vec<Item>,
    /// What brings any of `objects`.
    pub objects_gate: Gate,
    /// The name of the file and private module for `objects`.
    pub objects_file: String,
    /// What a client's module calls this module's types.
    pub types_alias: String,
    pub methods: Vec<Method>,
    /// Types that several of the methods have.
    pub shared: Vec<Item>,
    pub modules: Vec<Module>,
    /// Every type name that the module defines.
    pub names: BTreeSet<String>,
}

/// A method: its request and all that goes with it.
#[derive(Clone, Debug)]
pub struct Method {
    pub wire: String,
    pub api: u8,
    pub effect: spec::Effect,
    pub scopes: Vec<String>,
    /// Why nobody should begin to use it, if there is a reason.
    pub deprecated: Option<&'static str>,
    pub gate: Gate,
    /// The vendor's page, from the root of the documentation.
    pub page: String,
    /// The request: `GetList`.
    pub name: String,
    /// The function that makes one from a client: `get_list`.
    pub function: String,
    /// One line, for wherever the method is listed.
    pub summary: String,
    pub doc: Vec<String>,
    pub params: Vec<Param>,
    pub output: Ty,
    /// Types that only its parameters and result have, the outer ones first.
    pub items: Vec<Item>,
    pub errors: Option<Errors>,
    pub list: Option<Walk>,
}

/// How the pages of a method are walked.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The type of a row.
    pub row: Ty,
    /// The field of the output that holds the rows, if the output is not the rows.
    pub rows: Option<String>,
    /// The field of a row that identifies it.
    pub id: Option<String>,
    pub facts: spec::List,
}

/// A type that is made from facts.
#[derive(Clone, Debug)]
pub enum Item {
    Struct(Struct),
    Params(ParamObject),
    Values(Values),
}

/// An object in a result.
#[derive(Clone, Debug)]
pub struct Struct {
    pub name: String,
    pub doc: Vec<String>,
    pub fields: Vec<StructField>,
    /// The field that keeps other keys, if there may be any.
    pub extra: Option<String>,
}

/// A field of an object in a result.
#[derive(Clone, Debug)]
pub struct StructField {
    pub name: String,
    pub wire: String,
    pub ty: Ty,
    /// What is said besides the wire name.
    pub about: Option<String>,
}

/// An object in a request.
#[derive(Clone, Debug)]
pub struct ParamObject {
    pub name: String,
    pub doc: Vec<String>,
    pub params: Vec<Param>,
    pub open: bool,
    /// A filter: nothing is required, and there are operators.
    pub filter: bool,
}

/// A parameter, or a field of an object in a request.
#[derive(Clone, Debug)]
pub struct Param {
    /// The setter, and the argument.
    pub name: String,
    pub wire: String,
    pub ty: Ty,
    pub required: bool,
    /// What is said besides the wire name.
    pub about: Option<String>,
}

/// An open enum: texts of which some are known.
#[derive(Clone, Debug)]
pub struct Values {
    pub name: String,
    pub doc: Vec<String>,
    pub variants: Vec<ValueVariant>,
}

/// One of the known texts.
#[derive(Clone, Debug)]
pub struct ValueVariant {
    pub name: String,
    pub wire: String,
}

/// The codes that a method's page lists.
#[derive(Clone, Debug)]
pub struct Errors {
    pub name: String,
    /// The request they belong to.
    pub request: String,
    pub doc: Vec<String>,
    pub variants: Vec<ErrorVariant>,
}

/// One code.
#[derive(Clone, Debug)]
pub struct ErrorVariant {
    pub name: String,
    pub code: String,
    /// The statuses it is listed with.
    pub statuses: Vec<u16>,
    /// Whether a part of the code varies and is kept.
    pub carries: bool,
    /// What is said besides code and status.
    pub about: Option<String>,
}

/// An error that any call may end in.
#[derive(Clone, Debug)]
pub struct SystemError {
    pub name: String,
    pub code: String,
    pub status: u16,
    pub ran: spec::Ran,
    pub retry: spec::Retry,
    pub doc: Vec<String>,
}

/// A Rust type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// One of the hand-written types, or of Rust's own: `i64`, `Id`, `Value`.
    Plain(&'static str),
    /// A generated type: the module's path, and its name.
    Item(Vec<String>, String),
    List(Box<Ty>),
    Map(Box<Ty>),
    Option(Box<Ty>),
    Box(Box<Ty>),
    Either(Box<Ty>, Box<Ty>),
    OneOrMany(Box<Ty>),
}

impl Ty {
    fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    fn map(self) -> Self {
        Self::Map(Box::new(self))
    }

    /// As the field of a result: optional, unless the type itself can be empty.
    fn optional(self) -> Self {
        match self {
            Self::List(_) | Self::Map(_) | Self::Option(_) | Self::Plain("Value") => self,
            _ => Self::Option(Box::new(self)),
        }
    }
}

impl Item {
    pub fn name(&self) -> &str {
        match self {
            Self::Struct(item) => &item.name,
            Self::Params(item) => &item.name,
            Self::Values(item) => &item.name,
        }
    }
}

impl Module {
    /// What to call its methods: ``methods of `landing.site` ``.
    pub fn title(&self) -> String {
        match self.wire.as_str() {
            "" if self.general => "methods whose names are a single word".to_owned(),
            "" => "methods of REST 3.0".to_owned(),
            wire => format!("methods of {}", docs::code(wire)),
        }
    }

    /// This module and all below it, parents first.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.modules.iter().flat_map(Self::all));
        all
    }
}

impl Model {
    /// Every module, parents first.
    pub fn all(&self) -> Vec<&Module> {
        self.modules.iter().flat_map(Module::all).collect()
    }
}

/// Names that a request's setter cannot have because a call has them: methods of `Call` in the transport and
/// blocking crates, and what every request has besides its setters. A test of the crates' sources
/// keeps this complete.
pub const RESERVED_SETTERS: &[&str] = &[
    "as_params_mut",
    "clone",
    "deadline",
    "idempotent",
    "into_future",
    "into_params",
    "map",
    "new",
    "no_retry",
    "pages",
    "request",
    "rows",
    "send",
    "timeout",
    "undocumented",
];

/// Names that a setter of a filter cannot have besides: the comparisons of the trait `Filter`.
pub const RESERVED_CONDITIONS: &[&str] = &[
    "contains", "eq", "ge", "gt", "le", "like", "lt", "ne", "none_of", "one_of",
];

/// Names that a module at the top cannot have because the crate of types has it itself.
pub const RESERVED_MODULES: &[&str] = &[
    "accept",
    "arg",
    "batch",
    "codes",
    "convert",
    "date",
    "datetime",
    "decode",
    "either",
    "envelope",
    "file",
    "filter",
    "generated",
    "id",
    "list",
    "macros",
    "object",
    "params",
    "prelude",
    "query",
    "reference",
    "registry",
    "request",
    "scalar",
    "secret",
    "secret_url",
    "system",
    "values",
    "wire",
];

/// Names that a namespace at the top cannot have because a client has them or will have them.
pub const RESERVED_NAMESPACES: &[&str] = &[
    "address",
    "batch",
    "budget",
    "builder",
    "call",
    "call_raw",
    "clone",
    "download",
    "list",
    "member_id",
    "oauth",
    "prepare",
    "prepare_batch",
    "prepare_raw",
    "settle",
    "webhook",
];
