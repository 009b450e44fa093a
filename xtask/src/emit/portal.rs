//! The spec as the simulated portal reads it: a line a method, after the errata.

use std::collections::BTreeMap;

use serde::Serialize;

use super::print::File;
use crate::spec::Merged;

const ROOT: &str = "crates/bitrix24-portal/src/generated";

pub fn files(merged: &Merged, files: &mut BTreeMap<String, String>) {
    let mut scopes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for method in &merged.methods {
        let folder = method.facts.folder();
        let scope = folder.rsplit('/').next().unwrap_or(&folder);
        scopes
            .entry(scope.to_owned())
            .or_default()
            .push(line(&method.facts));
    }
    let objects: Vec<_> = merged.objects.iter().map(|object| line(&object.facts)).collect();

    let mut code = File::new([], &["The spec as JSON, for `spec.rs`.".to_owned()]);
    let mut list = "/// File and text, one file a scope; each an array of methods.\npub(crate) const METHODS: &[(&str, &str)] = &[\n".to_owned();
    for scope in scopes.keys() {
        list.push_str(&format!(
            "    (\"{scope}.json\", include_str!(\"{scope}.json\")),\n"
        ));
    }
    code.lines(&(list + "];\n"));
    code.lines(
        "/// Objects that methods share, an array.\npub(crate) const OBJECTS: &str = include_str!(\"objects.json\");\n",
    );
    code.lines(
        "/// System errors and limits.\npub(crate) const PROTOCOL: &str = include_str!(\"protocol.json\");\n",
    );
    files.insert(format!("{ROOT}/mod.rs"), code.finish());
    for (scope, methods) in scopes {
        files.insert(format!("{ROOT}/{scope}.json"), array(&methods));
    }
    files.insert(format!("{ROOT}/objects.json"), array(&objects));
    files.insert(format!("{ROOT}/protocol.json"), line(&merged.protocol) + "\n");
}

fn line(value: &impl Serialize) -> String {
    match serde_json::to_string(value) {
        Ok(line) => line,
        // Facts have text keys and no odd numbers.
        Err(error) => panic!("facts that cannot be written as JSON: {error}"),
    }
}

fn array(lines: &[String]) -> String {
    format!("[\n{}\n]\n", lines.join(",\n"))
}
