//! One file a command: its arguments, and the reading and writing of files around the pure functions.

pub mod codegen;
pub mod coverage;
pub mod drift;
pub mod files;
pub mod import;
pub mod lint;
pub mod verify;

/// What a command ends with; the failure is one sentence for whoever ran it.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Prints a line. Whoever closes the pipe before the end (`| head`) has read enough: that is no failure.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
