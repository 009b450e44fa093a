//! A spec of everything that could break generated code, generated and compiled: keywords, prelude names, names that
//! collide, methods that are namespaces, circles, and text that would end a comment or open a tag. The sources under
//! `nasty/spec` are our own; what no file needs to say is added here.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::commands::files;
use xtask::emit;
use xtask::model::{self, Model};
use xtask::spec::{self, Merged};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The fixture, and a method for each name that generated code uses itself.
fn sources() -> Vec<(String, String)> {
    let mut sources = files::texts(&repository().join("xtask/tests/nasty"), "spec").unwrap();
    for name in [
        "accept",
        "api",
        "arg",
        "conditions",
        "filter",
        "oneOrMany",
        "order",
        "pagination",
        "box",
        "call",
        "clone",
        "codes",
        "copy",
        "date",
        "dateTime",
        "debug",
        "decode",
        "default",
        "drop",
        "effect",
        "either",
        "err",
        "file",
        "from",
        "hash",
        "id",
        "into",
        "iterator",
        "map",
        "method",
        "noCodes",
        "none",
        "object",
        "ok",
        "oneZero",
        "option",
        "params",
        "request",
        "result",
        "scalar",
        "send",
        "some",
        "string",
        "sync",
        "toString",
        "value",
        "values",
        "vec",
        "yesNo",
    ] {
        let text = format!(
            "name = 'nasty.names.{name}'\napi = 2\nscopes = ['nasty']\naccess = 'any'\neffect = 'read'\n\
             docs = 'api-reference/nasty/{name}.md'\n\
             [[params]]\nname = 'text'\ntype = 'string'\nrequired = true\n\
             [[params]]\nname = 'flag'\ntype = 'bool(Y/N)'\n\
             [[params]]\nname = 'flags'\ntype = 'bool(1/0)[]'\n\
             [[params]]\nname = 'anything'\ntype = 'map<any>'\n\
             [[params]]\nname = 'file'\ntype = 'file'\n\
             [[params]]\nname = 'day'\ntype = 'date'\n\
             [[params]]\nname = 'kind'\ntype = 'string'\nvalues = ['{name}']\n\
             [[params]]\nname = 'many'\ntype = 'int | int[]'\n\
             [[params]]\nname = 'order'\ntype = 'map<string>'\n\
             [[params]]\nname = 'filter'\ntype = 'object'\nopen = true\n\
             [[params.fields]]\nname = '>=eq'\ntype = 'int'\n\
             [[params.fields]]\nname = 'self'\ntype = '@nasty.tree'\n\
             [[params.fields]]\nname = 'new'\ntype = 'bool(Y/N)[]'\n\
             [[params]]\nname = 'object'\ntype = 'object'\n\
             [[params.fields]]\nname = 'either'\ntype = 'int | bool'\n\
             [result]\ntype = 'object[]'\n\
             [[result.fields]]\nname = 'either'\ntype = 'id | map<any>'\n\
             [[result.fields]]\nname = 'day'\ntype = 'date'\n\
             [[result.fields]]\nname = 'moment'\ntype = 'datetime'\n\
             [[result.fields]]\nname = 'tree'\ntype = '@nasty.tree'\n\
             [[errors]]\nstatus = 400\ncode = '{name}'\n\
             [[errors]]\nstatus = 400\ncode = '{name}[*]'\n"
        );
        sources.push((
            format!("spec/methods/nasty/nasty.names.{}.toml", name.to_lowercase()),
            text,
        ));
    }
    sources.extend(shared_namespace());
    sources
}

/// A namespace that two scopes share, one of them with deprecated methods, and objects that only some of them use: each
/// feature alone must bring what its own methods mention, and no more.
fn shared_namespace() -> impl Iterator<Item = (String, String)> {
    let method = |name: &str, scope: &str, deprecated: bool, result: &str| {
        let folder = if scope.is_empty() { "none" } else { scope };
        let scopes = if scope.is_empty() {
            String::new()
        } else {
            format!("'{scope}'")
        };
        let text = format!(
            "name = '{name}'\napi = 2\nscopes = [{scopes}]\naccess = 'any'\neffect = 'read'\n\
             docs = 'api-reference/{name}.md'\n{}\
             [[params]]\nname = 'kind'\ntype = 'string'\nvalues = ['{name}']\n\
             [[params]]\nname = 'of'\ntype = '{result}'\n[result]\ntype = '{result}[]'\n",
            if deprecated { "deprecated = true\n" } else { "" }
        );
        (format!("spec/methods/{folder}/{name}.toml"), text)
    };
    let object = |name: &str, field: &str| {
        let text = format!(
            "name = '{name}'\ndocs = 'api-reference/{name}.md'\n[[fields]]\nname = 'below'\ntype = '{field}'\n"
        );
        (format!("spec/objects/{name}.toml"), text)
    };
    [
        method("nasty.shared.first", "nasty", false, "@plain.one"),
        method("nasty.shared.second", "plain", false, "@nasty.two"),
        method("nasty.shared.old", "plain", true, "@nasty.three"),
        method("nasty.shared.older", "nasty", true, "@plain.one"),
        method("nasty.old.only", "plain", true, "@nasty.two"),
        method("nasty.free.old", "", true, "@plain.five"),
        method("plain.mixed", "nasty", false, "int"),
        method("plain.mixed.get", "plain", false, "int"),
        method("plain.mixed.old", "plain", true, "@plain.four"),
        object("plain.one", "@nasty.below"),
        object("nasty.two", "int"),
        object("nasty.three", "@plain.below"),
        object("plain.four", "int"),
        object("plain.five", "int"),
        object("plain.below", "int"),
        object("nasty.below", "int"),
    ]
    .into_iter()
}

fn merged(sources: Vec<(String, String)>) -> Merged {
    let merged = spec::read(sources)
        .and_then(spec::merge)
        .map_err(|problems| files::list(&problems))
        .unwrap();
    assert_eq!(spec::check(&merged), []);
    merged
}

fn generated() -> (Model, BTreeMap<String, String>) {
    let merged = merged(sources());
    let model = model::build(&merged);
    let files = emit::files(&merged, &model);
    (model, files)
}

#[test]
fn everything_compiles_and_documents_without_a_warning() {
    let (model, generated) = generated();
    // Under the workspace's own target directory what is compiled once stays compiled.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nasty");
    let sources = place.join("workspace");
    if sources.exists() {
        fs::remove_dir_all(&sources).unwrap();
    }
    for (path, dependency) in emit::MANIFESTS {
        let manifest = fs::read_to_string(repository().join(path)).unwrap();
        let manifest = emit::feature_list(&manifest, &model.features, *dependency).unwrap();
        write(&sources.join(path), &without_tests(&manifest));
        let code = Path::new(path).with_file_name("src");
        copy_written(&repository().join(&code), &sources.join(&code));
    }
    for (path, text) in generated
        .iter()
        .filter(|(path, _)| !path.contains("bitrix24-portal"))
    {
        write(&sources.join(path), text);
    }
    let root = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    write(&sources.join("Cargo.toml"), &workspace(&root));
    fs::copy(repository().join("Cargo.lock"), sources.join("Cargo.lock")).unwrap();

    let cargo = |arguments: &[&str], features: &str| {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--quiet", "--workspace"])
            .args(["--no-default-features", "--features", features])
            .current_dir(&sources)
            .env("CARGO_TARGET_DIR", place.join("target"))
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for features in [
        &["full", "deprecated"][..],
        &["full"],
        &["plain"],
        &["plain", "deprecated"],
        &["nasty"],
        &["nasty", "deprecated"],
        &["deprecated"],
        &[],
    ] {
        let features = features
            .iter()
            .map(|feature| format!(",bitrix24-blocking/{feature}"));
        cargo(
            &["check"],
            &format!("bitrix24-types/registry{}", features.collect::<String>()),
        );
    }
    for features in [
        "bitrix24-blocking/full",
        "bitrix24-blocking/full,bitrix24-blocking/deprecated",
    ] {
        cargo(
            &["doc", "--no-deps"],
            &format!("bitrix24-types/registry,{features}"),
        );
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Copies the hand-written files of a folder.
fn copy_written(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_name() == "generated" {
            continue;
        }
        if entry.path().is_dir() {
            copy_written(&entry.path(), &to);
        } else {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What only tests need may name scopes that the fixture has not.
fn without_tests(manifest: &str) -> String {
    let mut manifest: toml::Table = manifest.parse().unwrap();
    for key in ["dev-dependencies", "bench", "test", "bin", "example"] {
        manifest.remove(key);
    }
    manifest.to_string()
}

/// The workspace of the three crates, in which every warning is an error.
fn workspace(root: &str) -> String {
    let mut manifest: toml::Table = root.parse().unwrap();
    let workspace = manifest["workspace"].as_table_mut().unwrap();
    workspace.insert("members".to_owned(), toml::Value::from(vec!["crates/*"]));
    let lints = workspace["lints"]["rust"].as_table_mut().unwrap();
    lints.insert("warnings".to_owned(), toml::Value::from("deny"));
    manifest.to_string()
}

#[test]
fn the_order_of_the_files_does_not_matter_and_twice_gives_the_same() {
    let (_, first) = generated();
    let (_, second) = generated();
    assert_eq!(first, second);

    let mut shuffled = sources();
    shuffled.sort_by_key(|(path, _)| path.bytes().rev().collect::<Vec<_>>());
    let merged = merged(shuffled);
    assert_eq!(first, emit::files(&merged, &model::build(&merged)));
}

#[test]
fn names_that_are_wanted_twice_are_told() {
    let clashes: Vec<_> = generated()
        .0
        .clashes
        .into_iter()
        .map(|(_, clash)| {
            format!(
                "{} = {}, {} -> {}",
                clash.name, clash.first, clash.second, clash.instead
            )
        })
        .collect();
    assert!(
        clashes.contains(&"deleted = DELETED, =DELETED -> deleted_2".to_owned()),
        "{clashes:#?}"
    );
    assert!(
        clashes.contains(&"AccessDenied = ACCESS_DENIED, access_denied -> AccessDenied2".to_owned()),
        "{clashes:#?}"
    );
    assert!(
        clashes.contains(&"Page = PAGE, page -> Page2".to_owned()),
        "{clashes:#?}"
    );
}

#[test]
fn no_code_is_made_of_codes_that_name_nothing() {
    let (_, files) = generated();
    let code = &files["crates/bitrix24-types/src/generated/nasty/keywords.rs"];
    let codes = code.split("codes! {").nth(1).unwrap();
    assert!(
        codes.contains("The page also lists `0`, `100`, `\"\"` and `*`: too little to tell errors apart."),
        "{codes}"
    );
    assert!(
        !codes.contains("\"0\"") && !codes.contains("\"100\"") && !codes.contains("\"\";"),
        "{codes}"
    );
}

#[test]
fn what_is_generated_for_plain_methods() {
    let (_, files) = generated();
    for (krate, name) in [
        ("types", "requests"),
        ("transport", "calls"),
        ("blocking", "blocking_calls"),
    ] {
        let text = &files[&format!("crates/bitrix24-{krate}/src/generated/plain/site.rs")];
        insta::assert_snapshot!(name, text);
    }
    insta::assert_snapshot!(
        "portal_data",
        files["crates/bitrix24-portal/src/generated/plain.json"]
    );
}

/// A setter must not have the name of what every call can do. (Of a namespace and `Client` the compiler tells.)
#[test]
fn reserved_names_are_those_of_calls() {
    for krate in ["transport", "blocking"] {
        let call = public_functions(
            &repository().join(format!("crates/bitrix24-{krate}/src/call.rs")),
            "Call",
        );
        assert!(call.contains(&"send".to_owned()), "{call:?}");
        for name in call {
            assert!(
                model::RESERVED_SETTERS.contains(&name.as_str()),
                "`Call::{name}` of {krate} belongs in RESERVED_SETTERS of xtask/src/model/mod.rs"
            );
        }
    }
}

#[test]
fn reserved_modules_are_those_of_the_types() {
    let source = fs::read_to_string(repository().join("crates/bitrix24-types/src/lib.rs")).unwrap();
    for item in syn::parse_file(&source).unwrap().items {
        if let syn::Item::Mod(module) = item {
            let name = module.ident.to_string();
            assert!(
                name == "__private" || model::RESERVED_MODULES.contains(&name.as_str()),
                "the module `{name}` belongs in RESERVED_MODULES of xtask/src/model/mod.rs"
            );
        }
    }
}

fn public_functions(file: &Path, of: &str) -> Vec<String> {
    let source = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
    let mut names = Vec::new();
    for item in source.items {
        let syn::Item::Impl(item) = item else { continue };
        let syn::Type::Path(path) = &*item.self_ty else {
            continue;
        };
        if item.trait_.is_some() || path.path.segments.last().unwrap().ident != of {
            continue;
        }
        for item in item.items {
            if let syn::ImplItem::Fn(function) = item {
                if matches!(function.vis, syn::Visibility::Public(_)) {
                    names.push(function.sig.ident.to_string());
                }
            }
        }
    }
    names
}
