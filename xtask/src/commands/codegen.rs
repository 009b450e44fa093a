//! `cargo xtask codegen`: spec → the generated folders of the crates, and the lists of features in their manifests.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use clap::Args;

use super::{Outcome, files, say};
use crate::{emit, model};

#[derive(Args)]
pub struct Arguments {
    /// Write nothing; fail if anything would change.
    #[arg(long)]
    pub check: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let root = Path::new(".");
    let changes = changes(root)?;
    if !arguments.check {
        for (path, change) in &changes {
            change
                .apply(&root.join(path))
                .map_err(|error| format!("{path}: {error}"))?;
            say(format_args!("{} {path}", change.verb()));
        }
        return Ok(());
    }
    if changes.is_empty() {
        return Ok(());
    }
    let mut text = format!(
        "{} generated files are not what the spec says; run `cargo xtask codegen`",
        changes.len()
    );
    for (path, change) in &changes {
        let _ = write!(text, "\n{} {path}", change.verb());
        if let Change::Write { old: Some(old), new } = change {
            text.push_str(&diff(old, new));
        }
    }
    Err(text.into())
}

/// What is to be done to a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Write {
        old: Option<String>,
        new: String,
    },
    /// Nothing generates it any more.
    Delete,
}

impl Change {
    fn verb(&self) -> &'static str {
        match self {
            Self::Write { old: None, .. } => "add",
            Self::Write { old: Some(_), .. } => "update",
            Self::Delete => "delete",
        }
    }

    fn apply(&self, path: &Path) -> std::io::Result<()> {
        match self {
            Self::Write { new, .. } => {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::write(path, new)
            }
            Self::Delete => fs::remove_file(path),
        }
    }
}

/// What has to change under `root` for the generated files to be what the spec says, by path.
pub fn changes(root: &Path) -> Result<BTreeMap<String, Change>, String> {
    let merged = files::spec(root)?;
    let model = model::build(&merged);
    let mut wanted = emit::files(&merged, &model);

    let mut present = BTreeMap::new();
    for folder in emit::FOLDERS {
        present.extend(files::texts(root, folder)?);
    }
    for (path, dependency) in emit::MANIFESTS {
        let manifest = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        let manifest = manifest.replace("\r\n", "\n");
        let with_list = emit::feature_list(&manifest, &model.features, *dependency)
            .map_err(|text| format!("{path}: {text}"))?;
        wanted.insert((*path).to_owned(), with_list);
        present.insert((*path).to_owned(), manifest);
    }

    let mut changes = BTreeMap::new();
    for (path, new) in wanted {
        match present.remove(&path) {
            // Git may have given the file other line ends.
            Some(old) if old.replace("\r\n", "\n") == new => {}
            old => drop(changes.insert(path, Change::Write { old, new })),
        }
    }
    changes.extend(present.into_keys().map(|path| (path, Change::Delete)));
    Ok(changes)
}

/// The lines that differ, from the first to the last, with a little of what is around them; never long.
fn diff(old: &str, new: &str) -> String {
    const AROUND: usize = 2;
    const SHOWN: usize = 12;
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same_start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let longest_end = old.len().min(new.len()) - same_start;
    let ends = old.iter().rev().zip(new.iter().rev());
    let same_end = ends.take(longest_end).take_while(|(old, new)| old == new).count();
    let (old_end, new_end) = (old.len() - same_end, new.len() - same_end);
    let start = same_start.saturating_sub(AROUND);

    let mut text = format!(
        "\n@@ -{},{} +{},{} @@",
        same_start + 1,
        old_end - same_start,
        same_start + 1,
        new_end - same_start
    );
    let mut lines = |mark: char, lines: &[&str]| {
        for line in lines.iter().take(SHOWN) {
            let _ = write!(text, "\n{mark}{line}");
        }
        if lines.len() > SHOWN {
            let _ = write!(text, "\n{mark}… {} more lines", lines.len() - SHOWN);
        }
    };
    lines(' ', &old[start..same_start]);
    lines('-', &old[same_start..old_end]);
    lines('+', &new[same_start..new_end]);
    lines(' ', &old[old_end..old.len().min(old_end + AROUND)]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changed_and_where() {
        assert_eq!(
            diff("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nD\ne\nf\ng\n"),
            "\n@@ -4,1 +4,1 @@\n b\n c\n-d\n+D\n e\n f"
        );
        assert_eq!(diff("a\n", "a\nb\n"), "\n@@ -2,0 +2,1 @@\n a\n+b");
        assert_eq!(diff("a\na\n", "a\n"), "\n@@ -2,1 +2,0 @@\n a\n-a");
        let long = (0..50).map(|line| format!("{line}\n")).collect::<String>();
        assert!(diff("", &long).ends_with("\n+11\n+… 38 more lines"));
    }
}
