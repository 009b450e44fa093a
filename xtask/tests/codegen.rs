//! The command as it is run: what it writes, what `--check` says, and what it says of a spec that is wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use xtask::commands::files;

const SITE: &str = "crates/bitrix24-types/src/generated/plain/site.rs";

/// A repository with the fixture's spec and manifests to fill in.
fn repository() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files::texts(Path::new("tests/nasty"), "spec").unwrap() {
        write(root.path(), &path, &text);
    }
    for krate in ["types", "transport", "blocking"] {
        let manifest =
            "[features]\ndefault = []\n# Scopes, written by `cargo xtask codegen`:\n# End of scopes.\n";
        write(
            root.path(),
            &format!("crates/bitrix24-{krate}/Cargo.toml"),
            manifest,
        );
    }
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn xtask(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap()
}

/// What is printed, of a run that must succeed.
fn prints(root: &Path, arguments: &[&str]) -> String {
    let output = xtask(root, arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What is said, by a run that must fail.
fn fails(root: &Path, arguments: &[&str]) -> String {
    let output = xtask(root, arguments);
    assert!(
        !output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_written_once_stays_as_it_is() {
    let root = repository();
    let printed = prints(root.path(), &["codegen"]);
    assert!(printed.contains(&format!("add {SITE}\n")), "{printed}");
    let manifest = fs::read_to_string(root.path().join("crates/bitrix24-transport/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("plain = [\"bitrix24-types/plain\"]\n"),
        "{manifest}"
    );

    assert_eq!(prints(root.path(), &["codegen", "--check"]), "");
    assert_eq!(prints(root.path(), &["codegen"]), "");
    // As Git may write it on Windows.
    let site = root.path().join(SITE);
    let text = fs::read_to_string(&site).unwrap();
    fs::write(&site, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(prints(root.path(), &["codegen", "--check"]), "");
}

#[test]
fn a_check_tells_what_is_stale_and_writes_nothing() {
    let root = repository();
    prints(root.path(), &["codegen"]);
    let site = root.path().join(SITE);
    let right = fs::read_to_string(&site).unwrap();
    let wrong = right.replace("    /// Creates a site.\n", "    /// Destroys a site.\n");
    fs::write(&site, &wrong).unwrap();
    let orphan = "crates/bitrix24-blocking/src/generated/plain/gone.rs";
    write(root.path(), orphan, "fn orphan() {}\n");
    let missing = "crates/bitrix24-portal/src/generated/plain.json";
    fs::remove_file(root.path().join(missing)).unwrap();

    let said = fails(root.path(), &["codegen", "--check"]);
    assert!(
        said.starts_with("error: 3 generated files are not what the spec says; run `cargo xtask codegen`\n"),
        "{said}"
    );
    assert!(said.contains(&format!("\ndelete {orphan}\n")), "{said}");
    assert!(said.contains(&format!("\nadd {missing}\n")), "{said}");
    assert!(said.contains(&format!("\nupdate {SITE}\n@@ ")), "{said}");
    assert!(
        said.contains("\n-    /// Destroys a site.\n+    /// Creates a site.\n"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&site).unwrap(), wrong);

    let printed = prints(root.path(), &["codegen"]);
    assert_eq!(printed.lines().count(), 3, "{printed}");
    assert_eq!(fs::read_to_string(&site).unwrap(), right);
    assert!(!root.path().join(orphan).exists());
    assert_eq!(prints(root.path(), &["codegen", "--check"]), "");
}

#[test]
fn a_wrong_spec_is_named_by_file_line_and_column_and_nothing_is_written() {
    let root = repository();
    let add = "spec/methods/plain/plain.site.add.toml";
    let text = fs::read_to_string(root.path().join(add)).unwrap();
    for command in ["codegen", "lint", "coverage"] {
        write(
            root.path(),
            add,
            &text.replace("effect = \"once\"", "efect = \"once\""),
        );
        let said = fails(root.path(), &[command]);
        assert!(
            said.starts_with(&format!(
                "error: 1 problem in the spec\n  {add}:5:1: unknown field `efect`"
            )),
            "{said}"
        );

        write(
            root.path(),
            add,
            &text.replace("type     = \"object\"", "type     = \"@plain.gone\""),
        );
        let said = fails(root.path(), &[command]);
        assert!(
            said.contains(&format!("{add}:10:1: `fields` is `@plain.gone`, but there is no")),
            "{said}"
        );
    }
    write(root.path(), add, &text);
    fs::remove_file(root.path().join("spec/protocol.toml")).unwrap();
    let said = fails(root.path(), &["lint"]);
    assert!(said.contains("spec/protocol.toml: the file is missing"), "{said}");
    assert!(!root.path().join(SITE).exists());
}

#[test]
fn lint_tells_names_that_are_wanted_twice() {
    let root = repository();
    let said = fails(root.path(), &["lint"]);
    assert!(said.contains("choose one by hand under `[names]`"), "{said}");
    assert!(
        said.contains("`deleted` is DELETED, and =DELETED becomes `deleted_2`"),
        "{said}"
    );
}

#[test]
fn elsewhere_than_in_the_repository_is_told_so() {
    let root = tempfile::tempdir().unwrap();
    let said = fails(root.path(), &["codegen"]);
    assert_eq!(
        said,
        "error: there is no directory `spec` here: run this from the root of the repository\n"
    );
}
