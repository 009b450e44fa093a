//! `cargo xtask drift`: what another state of the documentation changes, before it is imported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{Outcome, files, import, say};
use crate::docs;
use crate::drift::{Change, Group, State, drift, next_version};
use crate::spec;

#[derive(Args)]
pub struct Arguments {
    /// A checkout of the documentation in another state.
    #[arg(long, value_name = "DIR")]
    pub docs: PathBuf,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let root = Path::new(".");
    let before = spec::read(files::texts(root, "spec")?).map_err(|problems| files::list(&problems))?;
    let after = docs::import(&import::read_pages(&arguments.docs)?, &only(root)?);
    let changes = drift(
        State {
            methods: &before.methods,
            objects: &before.objects,
        },
        State {
            methods: &after.methods,
            objects: &after.objects,
        },
    );
    let now = version(root)?;
    let (next, moves) = next_version(&now, &changes)
        .ok_or_else(|| format!("Cargo.toml: `{now}` is no version that is counted up"))?;
    let report = Report {
        version: Version { now, next, moves },
        changes,
    };
    if arguments.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        report.print();
    }
    Ok(())
}

#[derive(Serialize)]
struct Report {
    version: Version,
    changes: Vec<Change>,
}

/// The version of the crates, and the one that the changes ask for.
#[derive(Serialize)]
struct Version {
    now: String,
    next: String,
    /// Which part of it: `major`, `minor`, `patch` or `none`.
    moves: &'static str,
}

impl Report {
    fn print(&self) {
        let mut group = None;
        let mut counts: BTreeMap<Group, usize> = BTreeMap::new();
        for change in &self.changes {
            if group.replace(change.group) != Some(change.group) {
                say(format_args!("{}", change.group));
            }
            *counts.entry(change.group).or_default() += 1;
            let place = [change.of.as_str(), &change.at].join(" ");
            say(match (&change.was, &change.is) {
                (Some(was), Some(is)) => format!("  {place}: {was} → {is}"),
                (None, Some(is)) => format!("  {place}: {is}"),
                (Some(was), None) => format!("  {place}: {was}, gone"),
                (None, None) => format!("  {place}"),
            });
        }
        let Version { now, next, moves } = &self.version;
        if self.changes.is_empty() {
            say(format_args!("no fact has changed, {now} stays"));
            return;
        }
        let counts: Vec<_> = counts
            .iter()
            .map(|(group, count)| format!("{count} {group}"))
            .collect();
        say(format_args!(
            "{}: {now} becomes {next} ({moves})",
            counts.join(", ")
        ));
    }
}

/// Which documentation the spec was imported from.
const LOCK: &str = "spec/docs.lock";

/// The scopes that the spec was imported for; none means all.
fn only(root: &Path) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        only: Vec<String>,
    }
    let path = root.join(LOCK);
    if !path.is_file() {
        return Err(format!(
            "{} is missing: it says which documentation the spec was imported from, and `cargo xtask import` writes it",
            path.display()
        ));
    }
    let lock: Lock = files::toml(&path)?;
    Ok(lock.only)
}

/// The version that all published crates share.
fn version(root: &Path) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Manifest {
        workspace: Workspace,
    }
    #[derive(Deserialize)]
    struct Workspace {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let manifest: Manifest = files::toml(&root.join("Cargo.toml"))?;
    Ok(manifest.workspace.package.version)
}
