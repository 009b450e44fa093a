//! `cargo xtask lint`: the spec's own rules, names that would be the same in Rust, and words that are missing.

use std::fmt::Write;
use std::path::Path;

use super::{Outcome, files, say};
use crate::model::{self, Clash};
use crate::spec;

pub fn run() -> Outcome {
    let merged = files::spec(Path::new("."))?;
    let unworded = spec::unworded(&merged);
    if !unworded.is_empty() {
        return Err(files::list(&unworded).into());
    }
    let clashes = model::build(&merged).clashes;
    if clashes.is_empty() {
        say(format_args!(
            "{} methods and {} objects, nothing to mend",
            merged.methods.len(),
            merged.objects.len()
        ));
        return Ok(());
    }
    let mut text = format!(
        "{} names are wanted twice; choose one by hand under `[names]` in spec/curated",
        clashes.len()
    );
    for (
        path,
        Clash {
            name,
            first,
            second,
            instead,
        },
    ) in &clashes
    {
        let place = path.join("::");
        let _ = write!(
            text,
            "\n  {place}: `{name}` is {first}, and {second} becomes `{instead}`"
        );
    }
    Err(text.into())
}
