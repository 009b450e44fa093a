//! The Bitrix24 REST API as typed values: requests, results and error codes. No I/O.
//!
//! The crates `bitrix24-transport` (async) and `bitrix24-blocking` send these requests. With another HTTP client, in a proxy or in
//! WebAssembly this crate is enough: it says what to send, and reads what comes back.
//!
//! ```
//! # #[cfg(feature = "landing")] {
//! use bitrix24_types::landing::site::{Publication, PublicationError};
//! use bitrix24_types::{Answer, Codes, Method, read};
//!
//! // A request is a value: what is required in `new`, the rest by setters.
//! let request = Publication::new(1688).scope("KNOWLEDGE");
//!
//! // What to send: POST {portal}/rest/{user}/{code}/{NAME} with this as JSON.
//! assert_eq!(Publication::NAME, "landing.site.publication");
//! let body = serde_json::to_string(request.params()).unwrap();
//! assert_eq!(body, r#"{"id":1688,"scope":"KNOWLEDGE"}"#);
//!
//! // What came back. The HTTP status does not tell success from failure, the body does.
//! let body = br#"{"error": "PUBLIC_SITE_REACHED", "error_description": "Too many."}"#;
//! match read::<<Publication as Method>::Output>(body).unwrap() {
//!     Answer::Success(response) => println!("site {} in {} s", response.result, response.time.duration),
//!     Answer::Failure(failure) => {
//!         let known = PublicationError::from_code(&failure.code, Some(400));
//!         assert_eq!(known, Some(PublicationError::PublicSiteReached));
//!     }
//! }
//! # }
//! ```
//!
//! # What to know
//!
//! * **Setters** take anything that can be sent as what the API wants: see [`Arg`]. What the documentation does not know yet goes in
//!   with [`ParamSet::undocumented`] and [`Arg::raw`].
//! * **Results** have fields that are all optional, since portals leave out what is not selected, not permitted or not set. They are
//!   read leniently: see [`decode`]. A key that is not known is skipped, or kept in `extra` where the API has fields of the user's own.
//! * **Values** that come from a list, such as kinds of sites, are enums with a variant `Other` for what portals add to the list.
//! * **Errors** are an enum for each method, [`Codes`], and one for the whole system, [`SystemError`].
//! * **Dates** keep the text and the offset that were sent: see [`DateTime`].
//!
//! # Features
//!
//! None is on by default.
//!
//! * Each scope of the API is one, such as `landing`; `full` is all of them. The vendor's [table of scopes] says what is in which.
//! * `deprecated`: of these scopes also what the vendor advises against.
//! * `registry`: all methods by name, for tools.
//! * `chrono`, `jiff`: dates to and from these libraries.
//!
//! [table of scopes]: https://apidocs.bitrix24.com/api-reference/scopes/permissions.html

#[cfg(feature = "registry")]
mod accept;
mod arg;
pub mod batch;
mod codes;
#[cfg(any(feature = "chrono", feature = "jiff"))]
mod convert;
mod date;
mod datetime;
pub mod decode;
mod either;
mod envelope;
mod file;
mod filter;
#[rustfmt::skip]
mod generated;
mod id;
mod list;
mod macros;
mod object;
mod params;
mod query;
mod reference;
#[cfg(feature = "registry")]
pub mod registry;
mod request;
mod scalar;
mod secret;
mod secret_url;
pub mod system;
mod values;
mod wire;

use std::collections::BTreeMap;

pub use serde_json::Value;

pub use arg::Arg;
pub use batch::{Batch, BatchError, Handle};
pub use codes::{Codes, NoCodes};
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use convert::DateError;
pub use date::Date;
pub use datetime::{DateTime, DateTimeParts};
pub use decode::Decode;
pub use either::Either;
pub use envelope::{Answer, Failure, ReadError, Response, Time, Validation, read};
pub use file::File;
pub use filter::{Conditions, Filter, Order, Pagination};
#[allow(unused_imports)] // Without a feature there are no scopes.
pub use generated::*;
pub use id::Id;
pub use list::{List, Paging, Way};
pub use params::{ParamSet, Params};
pub use query::QueryError;
pub use reference::Reference;
pub use request::{Api, Effect, Method};
pub use scalar::Scalar;
pub use secret_url::SecretUrl;
pub use system::SystemError;
pub use wire::Wire;

/// An object whose keys are data, such as a filter or a map of identifiers.
pub type Map<T> = BTreeMap<String, T>;

/// In the place of a type: a boolean that is sent as `Y` or `N`. Setters take a `bool` for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YesNo {}

/// In the place of a type: a boolean that is sent as `1` or `0`. Setters take a `bool` for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneZero {}

/// In the place of a type: one `T`, or a list of them. Setters take either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneOrMany<T>(std::convert::Infallible, std::marker::PhantomData<T>);

/// What generated code uses.
#[allow(unused_imports)]
pub(crate) mod prelude {
    pub use crate::{
        Api, Arg, Codes, Conditions, Date, DateTime, Decode, Effect, Either, File, Filter, Id, Map, Method,
        NoCodes, OneOrMany, OneZero, Order, Pagination, Params, Scalar, SecretUrl, Value, YesNo, codes,
        filter, list, object, params, request, values,
    };
}

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use serde::de::{Deserializer, Error};
    pub use serde::{Deserialize, Serialize, Serializer};

    pub use crate::list::{RowId, Rows};
    pub use crate::object::{Object, ReadFields, WriteFields, debug, serialize};
    pub use crate::values::{OpenEnum, read_as_text};
    pub use crate::wire::IntoWire;
}
