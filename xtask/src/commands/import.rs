//! `cargo xtask import`: documentation pages → `spec/methods`, `spec/objects`, `spec/docs.lock`.

use std::path::PathBuf;

use clap::Args;

use super::Outcome;

#[derive(Args)]
pub struct Arguments {
    /// A checkout of the documentation.
    #[arg(long, value_name = "DIR")]
    pub docs: PathBuf,
    /// Where the spec is written.
    #[arg(long, value_name = "DIR", default_value = "spec")]
    pub spec: PathBuf,
    /// Write only the methods of this scope; may be repeated. Left out, everything is written.
    #[arg(long, value_name = "SCOPE")]
    pub only: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    Err(format!("the import of {} is being written", arguments.docs.display()).into())
}
