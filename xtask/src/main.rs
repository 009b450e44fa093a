//! The commands for maintainers, nothing else.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::commands::{codegen, coverage, drift, import, lint, verify};

/// Bitrix24 SDK: from the documentation to the spec, from the spec to the code.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads a checkout of the vendor's documentation into spec/.
    Import(import::Arguments),
    /// Turns spec/ into the generated code of the crates.
    Codegen(codegen::Arguments),
    /// Says what another state of the documentation changes, and which version that asks for.
    Drift(drift::Arguments),
    /// Checks spec/ against its own rules.
    Lint,
    /// Shows how much of the API is typed, scope by scope.
    Coverage(coverage::Arguments),
    /// Reads every example of the documentation through the generated types.
    Verify(verify::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Import(arguments) => import::run(&arguments),
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Drift(arguments) => drift::run(&arguments),
        Command::Lint => lint::run(),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
