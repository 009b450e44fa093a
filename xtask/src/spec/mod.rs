//! The files of `spec/`: what they hold, reading and writing them, merging the hand-written layer over the
//! imported one.

mod check;
mod correct;
mod curated;
mod list;
mod merge;
mod method;
mod path;
mod problem;
mod protocol;
mod read;
mod types;
mod worded;
pub mod write;

pub use check::{check, named as named_objects};
pub use curated::{Curated, Erratum, MethodWords, ObjectWords};
pub use list::{List, Way};
pub use merge::{Described, Merged, Words, merge};
pub use method::{Access, Effect, ErrorCode, Field, Method, Object, Shape, Source};
pub use path::Path;
pub use problem::{Problem, Sources, Step};
pub use protocol::{Auth, Files, Limits, Protocol, Ran, Rate, Retry, SystemError};
pub use read::{Spec, read};
pub use types::{BoolForm, Type, UnknownType};
pub use worded::unworded;
