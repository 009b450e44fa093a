//! `cargo xtask import`: documentation pages → `spec/methods`, `spec/objects`, `spec/docs.lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::{Outcome, files};
use crate::docs::{self, Lock};
use crate::spec::{Method, write};

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
    /// Import even where many methods of the spec are not in the documentation any more.
    #[arg(long)]
    pub allow_gone: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let pages = read_pages(&arguments.docs)?;
    let imported = docs::import(&pages, &arguments.only);
    if imported.methods.is_empty() {
        return Err(nothing(arguments).into());
    }
    let mut lock = Lock::of(&pages, &arguments.only);
    if let Some((commit, date)) = checked_out(&arguments.docs) {
        lock.commit = Some(commit);
        lock.date = Some(date);
    }
    lock.methods = imported.methods.len();
    lock.objects = imported.objects.len();

    let methods = imported
        .methods
        .iter()
        .map(|method| (write::method_path(method), write::method(method)));
    let objects = imported
        .objects
        .iter()
        .map(|object| (write::object_path(object), write::object(object)));
    let mut files: BTreeMap<String, String> = methods.chain(objects).collect();
    files.insert("docs.lock".to_owned(), lock.text());
    let left = left_behind(&arguments.spec, &files)?;
    let left: Vec<_> = left
        .iter()
        .map(|path| (path, leaves(path, &files, &arguments.only)))
        .collect();
    if !arguments.allow_gone {
        let known = known_methods(&arguments.spec, &files);
        let mut gone = 0;
        for (path, _) in left.iter().filter(|(_, leaves)| *leaves == Leaves::Gone) {
            let method: Method = files::toml(&arguments.spec.join(path))?;
            gone += usize::from(!method.gone);
        }
        is_whole(&arguments.docs, gone, known + gone)
            .map_err(|sentence| format!("{sentence} `--allow-gone` imports it as it is."))?;
    }
    for (path, text) in &files {
        write_file(&arguments.spec.join(path), text)?;
    }

    print!("{}", imported.report);
    for (path, leaves) in left {
        let file = arguments.spec.join(path);
        match leaves {
            Leaves::Moved(there) => {
                fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                println!("moved: {path} is {there} now");
            }
            Leaves::Gone => {
                mark_gone(&file)?;
                println!("not in the documentation any more, and marked as gone: {path}");
            }
            Leaves::Untold => {
                println!("not in the documentation any more, or not imported this time: {path}");
            }
        }
    }
    println!("{} methods and {} objects imported", lock.methods, lock.objects);
    Ok(())
}

fn nothing(arguments: &Arguments) -> String {
    let docs = arguments.docs.display();
    if arguments.only.is_empty() {
        format!("{docs} has no page that describes a method")
    } else {
        format!(
            "{docs} has no page that describes a method of scope {}",
            arguments.only.join(" or ")
        )
    }
}

/// Every Markdown page below a directory, by its path from there.
pub fn read_pages(root: &Path) -> Result<BTreeMap<String, String>, String> {
    if !root.is_dir() {
        return Err(format!(
            "{} is no directory; --docs wants a checkout of the documentation",
            root.display()
        ));
    }
    if !root.join("api-reference").is_dir() {
        return Err(format!(
            "{} is no checkout of the documentation: there is no directory `api-reference` in it",
            root.display()
        ));
    }
    let mut pages = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        let problem = |error: std::io::Error| format!("{}: {error}", directory.display());
        for entry in fs::read_dir(&directory).map_err(problem)? {
            let entry = entry.map_err(problem)?;
            let path = entry.path();
            // A link to a directory could lead in circles.
            if entry.file_type().map_err(problem)?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                // Broken text is the page's problem: it is read as far as it goes, and reported.
                pages.insert(
                    relative(root, &path),
                    String::from_utf8_lossy(&bytes).into_owned(),
                );
            }
        }
    }
    Ok(pages)
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

/// Commit and date of a Git checkout whose root the directory is.
fn checked_out(docs: &Path) -> Option<(String, String)> {
    if !docs.join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .arg("-C")
        .arg(docs)
        .args(["log", "-1", "--format=%H %cs"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (commit, date) = text.trim().split_once(' ')?;
    Some((commit.to_owned(), date.to_owned()))
}

/// Files of earlier imports that this one did not write. None is deleted: whoever uses the method decides.
fn left_behind(spec: &Path, written: &BTreeMap<String, String>) -> Result<BTreeSet<String>, String> {
    let mut old = BTreeSet::new();
    let parts = ["methods", "objects"].iter().map(|part| spec.join(part));
    let mut open: Vec<PathBuf> = parts.filter(|part| part.is_dir()).collect();
    while let Some(directory) = open.pop() {
        let problem = |error: std::io::Error| format!("{}: {error}", directory.display());
        for entry in fs::read_dir(&directory).map_err(problem)? {
            let path = entry.map_err(problem)?.path();
            if path.is_dir() {
                open.push(path);
            } else if !written.contains_key(&relative(spec, &path)) {
                old.insert(relative(spec, &path));
            }
        }
    }
    Ok(old)
}

/// What became of a file that an import did not write.
#[derive(Debug, PartialEq)]
enum Leaves<'f> {
    /// The method has another first scope now, and so another folder.
    Moved(&'f str),
    Gone,
    /// An object, or a method that was not looked for.
    Untold,
}

fn leaves<'f>(path: &str, written: &'f BTreeMap<String, String>, only: &[String]) -> Leaves<'f> {
    if !path.starts_with("methods/") {
        return Leaves::Untold;
    }
    let name = Path::new(path).file_name();
    let mut moved = written
        .keys()
        .filter(|there| there.starts_with("methods/") && Path::new(there).file_name() == name);
    match moved.next() {
        Some(there) => Leaves::Moved(there),
        None if is_wanted(path, only) => Leaves::Gone,
        None => Leaves::Untold,
    }
}

/// How many of the methods that are written were in the spec before.
fn known_methods(spec: &Path, written: &BTreeMap<String, String>) -> usize {
    let methods = written.keys().filter(|path| path.starts_with("methods/"));
    methods.filter(|path| spec.join(path).exists()).count()
}

/// Refuses a documentation that lacks more methods than a vendor takes away at once: half a checkout reads like one.
pub fn is_whole(docs: &Path, gone: usize, known: usize) -> Result<(), String> {
    if gone <= FEW.max(known / 20) {
        return Ok(());
    }
    let docs = docs.display();
    let found = known - gone;
    Err(format!(
        "{docs} has {found} of the {known} methods that the spec knows: is it whole?"
    ))
}

const FEW: usize = 10;

/// Whether a file of the spec belongs to what is imported.
fn is_wanted(path: &str, only: &[String]) -> bool {
    let folder = path.split('/').nth(1);
    only.is_empty() || folder.is_some_and(|folder| only.iter().any(|scope| scope == folder))
}

/// Takes note in a method's file that the documentation has the method no longer.
fn mark_gone(path: &Path) -> Result<(), String> {
    let mut method: Method = files::toml(path)?;
    method.gone = true;
    write_file(path, &write::method(&method))
}

fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(problem)?;
    }
    fs::write(path, text).map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Hang a lamp lamp.hang\n\n> Scope: [`lamp`](s.md)\n\n> Who can execute the method: any user\n\n## Method Parameters\n\nNo parameters.\n\n## Response Handling\n\n```json\n{\"result\": true}\n```\n";

    /// A documentation of one method, and somewhere to write.
    fn places() -> (tempfile::TempDir, Arguments) {
        let place = tempfile::tempdir().unwrap();
        let pages = place.path().join("docs/api-reference/lamp");
        fs::create_dir_all(&pages).unwrap();
        fs::write(pages.join("lamp-hang.md"), PAGE).unwrap();
        fs::write(pages.join("picture.png"), [1, 2, 3]).unwrap();
        let arguments = Arguments {
            docs: place.path().join("docs"),
            spec: place.path().join("spec"),
            only: Vec::new(),
            allow_gone: false,
        };
        (place, arguments)
    }

    fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![root.to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(relative(root, &path), fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    #[test]
    fn twice_gives_the_same_bytes() {
        let (_place, arguments) = places();
        run(&arguments).unwrap();
        let first = files(&arguments.spec);
        assert_eq!(
            first.keys().map(String::as_str).collect::<Vec<_>>(),
            ["docs.lock", "methods/lamp/lamp.hang.toml"]
        );
        run(&arguments).unwrap();
        assert_eq!(files(&arguments.spec), first);
    }

    #[test]
    fn a_directory_that_is_no_documentation_gets_one_sentence() {
        let (place, mut arguments) = places();
        arguments.docs = place.path().join("nowhere");
        let sentence = run(&arguments).unwrap_err().to_string();
        assert!(sentence.ends_with("nowhere is no directory; --docs wants a checkout of the documentation"));
        arguments.docs = place.path().to_owned();
        let sentence = run(&arguments).unwrap_err().to_string();
        assert!(
            sentence.ends_with(
                "is no checkout of the documentation: there is no directory `api-reference` in it"
            )
        );
        assert_eq!(sentence.lines().count(), 1);
        assert!(!arguments.spec.exists());
    }

    #[test]
    fn a_scope_that_is_nowhere_is_an_error() {
        let (_place, mut arguments) = places();
        arguments.only = vec!["lmap".to_owned()];
        let sentence = run(&arguments).unwrap_err().to_string();
        assert!(
            sentence.ends_with("has no page that describes a method of scope lmap"),
            "{sentence}"
        );
    }

    #[test]
    fn a_method_that_left_the_documentation_is_kept_and_marked() {
        let (_place, mut arguments) = places();
        run(&arguments).unwrap();
        let hang = arguments.spec.join("methods/lamp/lamp.hang.toml");
        let dim = arguments.spec.join("methods/lamp/lamp.dim.toml");
        let text = fs::read_to_string(&hang)
            .unwrap()
            .replace("lamp.hang", "lamp.dim");
        write_file(&dim, &text).unwrap();
        let is_gone = |path| {
            toml::from_str::<Method>(&fs::read_to_string(path).unwrap())
                .unwrap()
                .gone
        };
        // Other scopes were not looked for.
        let chair = arguments.spec.join("methods/chair/chair.sit.toml");
        write_file(&chair, &text).unwrap();
        arguments.only = vec!["lamp".to_owned()];
        run(&arguments).unwrap();
        assert_eq!(
            [is_gone(&hang), is_gone(&dim), is_gone(&chair)],
            [false, true, false]
        );
        let marked = fs::read_to_string(&dim).unwrap();
        run(&arguments).unwrap();
        assert_eq!(fs::read_to_string(&dim).unwrap(), marked);
        // It may come back.
        write_file(
            &hang,
            &fs::read_to_string(&hang)
                .unwrap()
                .replace("effect", "gone = true\neffect"),
        )
        .unwrap();
        run(&arguments).unwrap();
        assert!(!is_gone(&hang));
    }

    #[test]
    fn a_method_whose_scope_changes_has_one_file() {
        let (_place, mut arguments) = places();
        run(&arguments).unwrap();
        let page = arguments.docs.join("api-reference/lamp/lamp-hang.md");
        fs::write(page, PAGE.replace("[`lamp`](s.md)", "`light`")).unwrap();
        let methods = |arguments: &Arguments| {
            let files = files(&arguments.spec).into_keys();
            files
                .filter(|path| path.starts_with("methods/"))
                .collect::<Vec<_>>()
        };
        arguments.only = vec!["light".to_owned()];
        run(&arguments).unwrap();
        assert_eq!(methods(&arguments), ["methods/light/lamp.hang.toml"]);
    }

    #[test]
    fn half_a_documentation_is_refused_before_anything_is_written() {
        let (_place, mut arguments) = places();
        run(&arguments).unwrap();
        let hang = fs::read_to_string(arguments.spec.join("methods/lamp/lamp.hang.toml")).unwrap();
        for n in 0..20 {
            let name = format!("lamp.hang{n}");
            let path = arguments.spec.join(format!("methods/lamp/{name}.toml"));
            write_file(&path, &hang.replace("lamp.hang", &name)).unwrap();
        }
        let before = files(&arguments.spec);
        let sentence = run(&arguments).unwrap_err().to_string();
        assert!(
            sentence.contains(" has 1 of the 21 methods that the spec knows: is it whole?"),
            "{sentence}"
        );
        assert_eq!(files(&arguments.spec), before);
        // A scope that is not asked for is not missed.
        arguments.only = vec!["lamp".to_owned()];
        assert!(run(&arguments).is_err());
        arguments.allow_gone = true;
        run(&arguments).unwrap();
        // What is gone already is not missed again.
        arguments.allow_gone = false;
        run(&arguments).unwrap();
    }

    #[test]
    fn a_file_that_is_no_method_is_named() {
        let (_place, arguments) = places();
        write_file(&arguments.spec.join("methods/lamp/lamp.old.toml"), "old").unwrap();
        let sentence = run(&arguments).unwrap_err().to_string();
        assert!(sentence.contains("lamp.old.toml: "), "{sentence}");
    }
}
