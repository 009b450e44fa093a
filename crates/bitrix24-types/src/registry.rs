//! The list of all methods that are compiled in, for tools that go by names: feature `registry`.
//!
//! ```
//! use bitrix24_types::{Api, registry};
//!
//! # #[cfg(feature = "landing")] {
//! let entry = registry::find("landing.site.getlist", Api::V2).unwrap();
//! assert_eq!(entry.name, "landing.site.getList");
//! let result = (entry.output)(br#"{"result": [{"ID": 157}]}"#)?;
//! assert_eq!(result, serde_json::json!([{"ID": 157}]));
//! # }
//! # Ok::<(), bitrix24_types::registry::OutputError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::generated::registry::ENTRIES;
use crate::{Answer, Api, Codes, Effect, Method, Params, ReadError, Wire, read};

pub use crate::accept::{Accept, Listed, Mismatch, Param};

/// A method, by what can be done with it without knowing its type.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The name as the vendor spells it.
    pub name: &'static str,
    /// The version of the REST API.
    pub api: Api,
    /// Whether a call may be sent twice.
    pub effect: Effect,
    /// The permission scopes, any of which is enough.
    pub scopes: &'static [&'static str],
    /// The vendor's page.
    pub docs: &'static str,
    /// Status and code of the errors that the documentation lists; `*` stands for a part that varies.
    pub errors: fn() -> Vec<(u16, &'static str)>,
    /// The listed error that a code with a status is, by its code as [`Codes::code`] gives it.
    pub error: fn(&str, Option<u16>) -> Option<Cow<'static, str>>,
    /// Reads a whole answer through the method's type and gives the `result` back as JSON.
    pub output: fn(&[u8]) -> Result<Value, OutputError>,
    /// Checks JSON against the method's parameters.
    pub request: fn(&Value) -> Result<Params, Mismatch>,
}

/// Why there is no `result` to give back.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputError {
    /// The answer could not be read.
    Read(ReadError),
    /// The answer is an error, with this code.
    Failure(String),
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => fmt::Display::fmt(error, f),
            Self::Failure(code) => write!(f, "the answer is the error `{code}`"),
        }
    }
}

impl std::error::Error for OutputError {}

/// The entry of a method; names are compared without regard to case, as the server does.
pub fn find(name: &str, api: Api) -> Option<&'static Entry> {
    ENTRIES
        .iter()
        .find(|entry| entry.api == api && entry.name.eq_ignore_ascii_case(name))
}

/// All methods, by scope and name.
pub fn all() -> &'static [Entry] {
    ENTRIES
}

/// The entry of a method's type.
pub(crate) const fn entry<M>() -> Entry
where
    M: Method<Output: Serialize> + Accept,
{
    Entry {
        name: M::NAME,
        api: M::API,
        effect: M::EFFECT,
        scopes: M::SCOPES,
        docs: M::DOCS,
        errors: errors::<M>,
        error: error::<M>,
        output: output::<M>,
        request: request::<M>,
    }
}

fn errors<M: Method>() -> Vec<(u16, &'static str)> {
    let listed = M::Error::LISTED.iter();
    listed
        .flat_map(|(statuses, code, _)| statuses.iter().map(move |status| (*status, *code)))
        .collect()
}

fn error<M: Method>(code: &str, status: Option<u16>) -> Option<Cow<'static, str>> {
    M::Error::from_code(code, status).map(|error| error.code())
}

fn output<M: Method<Output: Serialize>>(body: &[u8]) -> Result<Value, OutputError> {
    match read::<M::Output>(body).map_err(OutputError::Read)? {
        Answer::Success(response) => serde_json::to_value(response.result).map_err(|error| {
            let problem = error.to_string();
            OutputError::Read(ReadError::Unfit {
                path: "result".to_owned(),
                problem,
            })
        }),
        Answer::Failure(failure) => Err(OutputError::Failure(failure.code)),
    }
}

fn request<M: Accept>(value: &Value) -> Result<Params, Mismatch> {
    match M::accept(value)? {
        Wire::Map(params) => Ok(params),
        // `null` and `[]`: no parameters at all.
        _ => Ok(Params::new()),
    }
}
