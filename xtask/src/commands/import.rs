//! `cargo xtask import`: documentation pages → `spec/methods`, `spec/objects`, `spec/docs.lock`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use crate::docs;
use crate::spec::write;

#[derive(Args)]
pub struct Arguments {
    /// A checkout of the documentation.
    #[arg(long, value_name = "DIR")]
    pub docs: PathBuf,
    /// Where the spec is written.
    #[arg(long, value_name = "DIR", default_value = "spec")]
    pub spec: PathBuf,
    /// Import only the methods of this scope; may be repeated. Left out, everything is imported.
    #[arg(long, value_name = "SCOPE")]
    pub only: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let pages = read_pages(&arguments.docs)?;
    let imported = docs::import(&pages, &arguments.only);
    for method in &imported.methods {
        write_file(
            &arguments.spec.join(write::method_path(method)),
            &write::method(method),
        )?;
    }
    for object in &imported.objects {
        write_file(
            &arguments.spec.join(write::object_path(object)),
            &write::object(object),
        )?;
    }
    print!("{}", imported.report);
    println!(
        "{} methods and {} objects written",
        imported.methods.len(),
        imported.objects.len()
    );
    Ok(())
}

/// Every Markdown page below a directory, by its path from there.
pub fn read_pages(root: &Path) -> Result<BTreeMap<String, String>, String> {
    if !root.join("api-reference").is_dir() {
        return Err(format!(
            "{} is no checkout of the documentation: it has no directory `api-reference`",
            root.display()
        ));
    }
    let mut pages = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        let entries =
            fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        for entry in entries {
            let path = entry
                .map_err(|error| format!("{}: {error}", directory.display()))?
                .path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.strip_prefix(root).unwrap_or(&path);
                let name = name.to_string_lossy().replace('\\', "/");
                pages.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    Ok(pages)
}

fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(problem)?;
    }
    fs::write(path, text).map_err(problem)
}
