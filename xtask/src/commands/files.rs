//! Reading the spec from disk, and whole folders.

use std::fmt::{Display, Write};
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::spec::{self, Merged, Problem};

/// Reads, merges and checks the spec under `root`; otherwise every problem, a line each.
pub fn spec(root: &Path) -> Result<Merged, String> {
    if !root.join("spec").is_dir() {
        return Err("there is no directory `spec` here: run this from the root of the repository".to_owned());
    }
    let files = texts(root, "spec")?;
    let merged = spec::read(files)
        .and_then(spec::merge)
        .map_err(|problems| list(&problems))?;
    let problems = spec::check(&merged);
    if problems.is_empty() {
        Ok(merged)
    } else {
        Err(list(&problems))
    }
}

/// Problems as the text of one failure.
pub fn list(problems: &[Problem]) -> String {
    let mut text = match problems.len() {
        1 => "1 problem in the spec".to_owned(),
        count => format!("{count} problems in the spec"),
    };
    for problem in problems {
        let _ = write!(text, "\n  {problem}");
    }
    text
}

/// Reads a TOML file, or says which one is wrong, and why.
pub fn toml<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let problem = |error: &dyn Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| problem(&error))?;
    toml::from_str(&text).map_err(|error| problem(&error.message()))
}

/// Every file below a folder, as path from `root` and text, sorted. A folder that is not there has none.
pub fn texts(root: &Path, folder: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let path = root.join(&folder);
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(|error| format!("{folder}: {error}"))? {
            let entry = entry.map_err(|error| format!("{folder}: {error}"))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(format!("{folder}: the file name {name:?} is no Unicode"));
            };
            let below = format!("{folder}/{name}");
            if entry.path().is_dir() {
                open.push(below);
            } else {
                let text = fs::read_to_string(entry.path()).map_err(|error| format!("{below}: {error}"))?;
                found.push((below, text));
            }
        }
    }
    found.sort();
    Ok(found)
}
