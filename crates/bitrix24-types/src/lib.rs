//! The Bitrix24 REST API as typed values: requests, results and error codes. No I/O.

mod accept;
mod arg;
mod codes;
mod date;
mod datetime;
pub mod decode;
mod either;
mod envelope;
mod file;
#[rustfmt::skip]
mod generated;
mod id;
mod macros;
mod object;
mod params;
#[cfg(feature = "registry")]
pub mod registry;
mod request;
#[cfg(test)]
pub mod sample;
mod scalar;
pub mod system;
mod values;
mod wire;

use std::collections::BTreeMap;

pub use serde_json::Value;

pub use accept::{Accept, Mismatch};
pub use arg::Arg;
pub use codes::{Codes, NoCodes};
pub use date::Date;
pub use datetime::{DateTime, DateTimeParts};
pub use decode::Decode;
pub use either::Either;
pub use envelope::{Answer, Failure, ReadError, Response, Time, Validation, read};
pub use file::File;
#[allow(unused_imports)] // Without a feature there are no scopes.
pub use generated::*;
pub use id::Id;
pub use params::{Param, ParamSet, Params};
pub use request::{Api, Effect, Method};
pub use scalar::Scalar;
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

/// What generated code uses.
#[allow(unused_imports)]
pub(crate) mod prelude {
    pub use crate::{
        Api, Arg, Codes, Date, DateTime, Decode, Effect, Either, File, Id, Map, Method, NoCodes, OneZero,
        Params, Scalar, Value, YesNo, codes, object, params, request, values,
    };
}

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use serde::de::{Deserializer, Error, MapAccess};
    pub use serde::{Deserialize, Serialize, Serializer};

    pub use crate::object::{Object, ReadFields, WriteFields, debug, from_map, nothing, serialize};
    pub use crate::values::{OpenEnum, read_as_text};
    pub use crate::wire::IntoWire;
}
