//! `cargo xtask coverage`: how much of the API is typed, scope by scope.

use std::path::Path;

use clap::Args;

use super::{Outcome, files, say};
use crate::coverage::{Coverage, coverage};

#[derive(Args)]
pub struct Arguments {
    /// As JSON, with the place of everything opaque.
    #[arg(long)]
    pub json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let scopes = coverage(&files::spec(Path::new("."))?);
    if arguments.json {
        say(format_args!("{}", serde_json::to_string_pretty(&scopes)?));
        return Ok(());
    }
    say(format_args!(
        "{:20} {:>8}   {:^26}   {:^26}   {:>6}",
        "", "", "parameters", "results", "own"
    ));
    say(format_args!(
        "{:20} {:>8}   {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}   {:>6}",
        "scope", "methods", "typed", "partly", "opaque", "typed", "partly", "opaque", "codes"
    ));
    for (scope, of) in &scopes {
        let Coverage {
            methods,
            params,
            results,
            with_codes,
            ..
        } = of;
        say(format_args!(
            "{scope:20} {methods:>8}   {:>8} {:>8} {:>8}   {:>8} {:>8} {:>8}   {with_codes:>6}",
            params.typed, params.partly, params.opaque, results.typed, results.partly, results.opaque
        ));
    }
    Ok(())
}
