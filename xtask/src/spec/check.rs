//! The spec's own rules, applied to the facts as they are after merging.

use std::collections::BTreeSet;

use super::list::List;
use super::merge::Merged;
use super::method::Field;
use super::problem::{Problem, Step};
use super::types::Type;

/// Everything in the spec that contradicts itself.
pub fn check(merged: &Merged) -> Vec<Problem> {
    let known = merged
        .objects
        .iter()
        .map(|object| object.facts.name.as_str())
        .collect();
    let rules = Rules { known };
    let mut problems = Vec::new();
    for method in &merged.methods {
        let file = method.facts.file();
        let found = rules.method(&method.facts);
        problems.extend(
            found
                .into_iter()
                .map(|(path, text)| merged.sources.problem(&file, &path, text)),
        );
    }
    for object in &merged.objects {
        let file = object.facts.file();
        let mut found = Vec::new();
        rules.page(&object.facts.docs, &mut found);
        rules.fields(&object.facts.fields, &[], "fields", &mut found);
        problems.extend(
            found
                .into_iter()
                .map(|(path, text)| merged.sources.problem(&file, &path, text)),
        );
    }
    let mut system = BTreeSet::new();
    for (index, error) in merged.protocol.system_errors.iter().enumerate() {
        if !system.insert((&error.code, error.status)) {
            let path = [key("system_error"), Step::Nth(index)];
            let text = format!(
                "the system error `{}` stands twice with status {}",
                error.code, error.status
            );
            problems.push(merged.sources.problem("spec/protocol.toml", &path, text));
        }
    }
    let hosts = &merged.protocol.auth.hosts;
    let wrong = hosts.iter().find(|host| !is_host(host));
    let text = match wrong {
        Some(wrong) => format!("`{wrong}` is no name of a host, `auth.example.com`"),
        None if hosts.is_empty() => "at least one authorization server is wanted".to_owned(),
        None => return problems,
    };
    let path = [key("auth"), key("hosts")];
    problems.push(merged.sources.problem("spec/protocol.toml", &path, text));
    problems
}

/// A secret goes there: nothing but a name of several parts.
fn is_host(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.contains('.') && text.split('.').all(is_part)
}

type Found = Vec<(Vec<Step>, String)>;

struct Rules<'a> {
    /// The names of all shared objects.
    known: BTreeSet<&'a str>,
}

impl Rules<'_> {
    fn method(&self, method: &super::Method) -> Found {
        let mut found = Vec::new();
        if !matches!(method.api, 2 | 3) {
            found.push((vec![key("api")], format!("no version of the API: {}", method.api)));
        }
        if method.name.split('.').any(str::is_empty) {
            found.push((
                vec![key("name")],
                format!("no name of a method: `{}`", method.name),
            ));
        }
        self.page(&method.docs, &mut found);
        self.fields(&method.params, &[], "params", &mut found);
        let result = &method.result;
        self.shape(
            &result.ty,
            &result.fields,
            &result.values,
            &[key("result")],
            "the result",
            &mut found,
        );
        self.fields(&result.fields, &[key("result")], "fields", &mut found);
        if let Some(list) = &method.list {
            self.list(method, list, &mut found);
        }
        let mut codes = BTreeSet::new();
        for error in &method.errors {
            // A quoted parameter, or a place for one.
            if error.code.starts_with(['"', '#']) || error.code.contains(char::is_whitespace) {
                let text = format!("`{}` is no error code", error.code);
                found.push((vec![key("errors"), Step::Row(error.code.clone())], text));
            }
            if !codes.insert((&error.code, error.status)) {
                let text = format!(
                    "the code `{}` stands twice with status {}",
                    error.code, error.status
                );
                found.push((vec![key("errors"), Step::Row(error.code.clone())], text));
            }
        }
        found
    }

    /// What a list names is there, and its ways have what they need.
    fn list(&self, method: &super::Method, list: &List, found: &mut Found) {
        let mut complain = |fact: &str, text: String| found.push((vec![key("list"), key(fact)], text));
        for (fact, path) in list.params() {
            let Some(path) = path else { continue };
            if !has_param(&method.params, path) {
                complain(
                    fact,
                    format!("the list's `{fact}` is `{path}`, but there is no such parameter"),
                );
            }
        }
        let fields = &method.result.fields;
        let there = list.rows.is_empty() || fields.iter().any(|field| field.name == list.rows);
        if !there && method.result.ty.has_object() {
            complain(
                "rows",
                format!(
                    "the list's rows are in `{}`, but the result has no such field",
                    list.rows
                ),
            );
        }
        if list.ways.is_empty() {
            complain("ways", "a list without a way to walk it".to_owned());
        }
        for way in &list.ways {
            if let Some(lack) = list.lacks(*way) {
                complain("ways", format!("the way `{way}` needs the list's `{lack}`"));
            }
        }
    }

    fn page(&self, docs: &str, found: &mut Found) {
        if !docs.ends_with(".md") || docs.starts_with('/') || docs.contains("..") {
            let text = format!(
                "`{docs}` is no page of the documentation: a path from its root to a .md file is wanted"
            );
            found.push((vec![key("docs")], text));
        }
    }

    fn fields(&self, fields: &[Field], above: &[Step], list: &str, found: &mut Found) {
        let mut names = BTreeSet::new();
        for field in fields {
            let name = &field.name;
            let path = [above, &[key(list), Step::Row(name.clone())]].concat();
            if name.is_empty() {
                found.push((path.clone(), "a parameter or field without a name".to_owned()));
            }
            if !names.insert(name) {
                found.push((path.clone(), format!("`{name}` stands twice")));
            }
            if let (true, Some(default)) = (field.required, &field.default) {
                let path = [&path[..], &[key("default")]].concat();
                found.push((
                    path,
                    format!("`{name}` is required and has the default `{default}`: only one can be"),
                ));
            }
            self.shape(
                &field.ty,
                &field.fields,
                &field.values,
                &path,
                &format!("`{name}`"),
                found,
            );
            self.fields(&field.fields, &path, "fields", found);
        }
    }

    /// The type of a field or result, and what stands beside it.
    fn shape(
        &self,
        ty: &Type,
        fields: &[Field],
        values: &[String],
        path: &[Step],
        title: &str,
        found: &mut Found,
    ) {
        let at = |fact: &str| [path, &[key(fact)]].concat();
        let objects = count(ty, &|inner| *inner == Type::Object);
        if objects > 1 {
            found.push((
                at("type"),
                format!("{title} has {objects} objects in its type `{ty}`: one at most has fields"),
            ));
        }
        if objects == 0 && !fields.is_empty() {
            found.push((
                at("type"),
                format!("{title} has fields, but no object in its type `{ty}`"),
            ));
        }
        if !values.is_empty() && count(ty, &is_scalar) == 0 {
            found.push((
                at("values"),
                format!("{title} lists values, but its type `{ty}` has no single value"),
            ));
        }
        for name in named(ty) {
            if !self.known.contains(name) {
                found.push((
                    at("type"),
                    format!("{title} is `@{name}`, but there is no spec/objects/{name}.toml"),
                ));
            }
        }
        if let Type::Union(members) = ty {
            let different: BTreeSet<_> = members.iter().collect();
            if different.len() < members.len() {
                found.push((at("type"), format!("{title} names a type twice in `{ty}`")));
            }
        }
    }
}

/// Whether there is a parameter, or a field of one, at a path.
fn has_param(params: &[Field], path: &str) -> bool {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(field) = params.iter().find(|field| field.name == first) else {
        return false;
    };
    rest.is_none_or(|rest| has_param(&field.fields, rest))
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

fn is_scalar(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Object | Type::Array(_) | Type::Map(_) | Type::Named(_) | Type::Union(_)
    )
}

/// How many types inside `ty`, itself included, are such.
fn count(ty: &Type, such: &impl Fn(&Type) -> bool) -> usize {
    let below = match ty {
        Type::Array(inner) | Type::Map(inner) => count(inner, such),
        Type::Union(members) => members.iter().map(|member| count(member, such)).sum(),
        _ => 0,
    };
    below + usize::from(such(ty))
}

/// The shared objects that a type names.
pub fn named(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Named(name) => vec![name],
        Type::Array(inner) | Type::Map(inner) => named(inner),
        Type::Union(members) => members.iter().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{merge, read};

    const PROTOCOL: &str = include_str!("../../../spec/protocol.toml");

    fn problems(method: &str) -> Vec<String> {
        problems_with(method, PROTOCOL)
    }

    fn problems_with(method: &str, protocol: &str) -> Vec<String> {
        let head = "name = 'a.b'\napi = 2\nscopes = ['a']\naccess = 'any'\neffect = 'read'\n";
        let files = [
            ("spec/protocol.toml", protocol.to_owned()),
            ("spec/methods/a/a.b.toml", format!("{head}{method}")),
        ];
        let spec = read(files.map(|(file, text)| (file.to_owned(), text))).unwrap();
        check(&merge(spec).unwrap())
            .iter()
            .map(Problem::to_string)
            .collect()
    }

    const DOCS: &str = "docs = 'a/b.md'\n";
    const RESULT: &str = "[result]\ntype = 'int'\n";

    fn with_params(params: &str) -> Vec<String> {
        problems(&format!("{DOCS}{params}\n{RESULT}"))
    }

    #[test]
    fn a_sound_method_has_no_problems() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'int'\ndefault = '1'"),
            [""; 0]
        );
    }

    #[test]
    fn required_and_a_default_exclude_each_other() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'int'\nrequired = true\ndefault = '1'"),
            ["spec/methods/a/a.b.toml:11:1: `x` is required and has the default `1`: only one can be"]
        );
    }

    #[test]
    fn names_stand_once() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'int'\n[[params]]\nname = 'x'\ntype = 'int'"),
            ["spec/methods/a/a.b.toml:7:1: `x` stands twice"]
        );
        let rows = "[[errors]]\nstatus = 400\ncode = 'X'\n";
        assert_eq!(
            problems(&format!("{DOCS}{RESULT}{rows}{rows}")),
            ["spec/methods/a/a.b.toml:9:1: the code `X` stands twice with status 400"]
        );
    }

    #[test]
    fn codes_are_codes() {
        for code in ["#ID#", "\"id\"", "not found"] {
            let row = format!("[[errors]]\nstatus = 400\ncode = '{code}'\n");
            assert_eq!(
                problems(&format!("{DOCS}{RESULT}{row}")),
                [format!("spec/methods/a/a.b.toml:9:1: `{code}` is no error code")]
            );
        }
    }

    #[test]
    fn named_objects_exist() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'map<@a.gone[]>'"),
            ["spec/methods/a/a.b.toml:9:1: `x` is `@a.gone`, but there is no spec/objects/a.gone.toml"]
        );
    }

    #[test]
    fn fields_belong_to_one_object() {
        let fields = "[[params.fields]]\nname = 'y'\ntype = 'int'";
        assert_eq!(
            with_params(&format!("[[params]]\nname = 'x'\ntype = 'int'\n{fields}")),
            ["spec/methods/a/a.b.toml:9:1: `x` has fields, but no object in its type `int`"]
        );
        assert_eq!(
            with_params(&format!(
                "[[params]]\nname = 'x'\ntype = 'object | map<object>'\n{fields}"
            )),
            [
                "spec/methods/a/a.b.toml:9:1: `x` has 2 objects in its type `object | map<object>`: one at most has fields"
            ]
        );
    }

    #[test]
    fn values_belong_to_a_single_value() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'object'\nvalues = ['a']"),
            ["spec/methods/a/a.b.toml:10:1: `x` lists values, but its type `object` has no single value"]
        );
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'string[]'\nvalues = ['a']"),
            [""; 0]
        );
    }

    #[test]
    fn a_page_is_a_path_in_the_documentation() {
        assert_eq!(
            problems(&format!("docs = 'https://x/y'\n{RESULT}")),
            [
                "spec/methods/a/a.b.toml:6:1: `https://x/y` is no page of the documentation: a path from its root to a \
              .md file is wanted"
            ]
        );
    }

    #[test]
    fn a_list_has_what_its_ways_need() {
        let params = "[[params]]\nname = 'filter'\ntype = 'object'\n";
        let list = "[list]\nid = 'ID'\nfilter = 'filter'\nstart = 'start'\nways = ['id', 'next']\n";
        assert_eq!(
            problems(&format!("{DOCS}{params}{RESULT}{list}")),
            [
                "spec/methods/a/a.b.toml:15:1: the list's `start` is `start`, but there is no such parameter",
                "spec/methods/a/a.b.toml:16:1: the way `id` needs the list's `key`",
            ]
        );
    }

    #[test]
    fn a_union_names_a_type_once() {
        assert_eq!(
            with_params("[[params]]\nname = 'x'\ntype = 'int | int'"),
            ["spec/methods/a/a.b.toml:9:1: `x` names a type twice in `int | int`"]
        );
    }

    #[test]
    fn an_applications_secret_goes_to_hosts_by_name() {
        let known = r#"hosts = ["oauth.bitrix.info", "oauth.bitrix24.tech"]"#;
        assert!(PROTOCOL.contains(known));
        let with = |hosts: &str| {
            let problems = problems_with(&format!("{DOCS}{RESULT}"), &PROTOCOL.replace(known, hosts));
            problems
                .into_iter()
                .map(|problem| problem.split_once(": ").unwrap().1.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(with("hosts = ['auth.example.com']"), [""; 0]);
        assert_eq!(
            with("hosts = []"),
            ["at least one authorization server is wanted"]
        );
        for wrong in [
            "https://auth.example.com",
            "auth.example.com/x",
            "a@b.com",
            "localhost",
            "b.com:1",
            "B.com",
            "",
            ".",
        ] {
            let expected = format!("`{wrong}` is no name of a host, `auth.example.com`");
            assert_eq!(with(&format!("hosts = ['x.com', '{wrong}']")), [expected]);
        }
    }
}
