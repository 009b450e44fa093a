//! Documentation → spec → code. The commands are in `main.rs`; everything here is values in, values out, and
//! files are read and written at the edge.
#![allow(
    missing_docs,
    reason = "not published: the names and types say it, comments say why"
)]

pub mod commands;
pub mod coverage;
pub mod docs;
pub mod drift;
pub mod emit;
pub mod exceptions;
pub mod kept;
pub mod model;
pub mod spec;
pub mod words;
