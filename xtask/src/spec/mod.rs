//! The files of `spec/`: what they hold, reading and writing them, merging the hand-written layer over the
//! imported one.

mod method;
mod types;

pub use method::{Access, Effect, ErrorCode, Field, Method, Object, Shape, Source};
pub use types::{BoolForm, Type, UnknownType};
