//! The texts of `spec/` → a [`Spec`], or every problem at once.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::curated::Curated;
use super::method::{Method, Object};
use super::problem::{Problem, Sources, Step, position};
use super::protocol::Protocol;
use super::write;
use crate::exceptions;

/// Everything under `spec/`, as it stands in the files.
#[derive(Clone, Debug)]
pub struct Spec {
    /// By name in lower case, then version.
    pub methods: Vec<Method>,
    /// By name.
    pub objects: Vec<Object>,
    /// By scope.
    pub curated: BTreeMap<String, Curated>,
    pub protocol: Protocol,
    pub sources: Sources,
}

const PROTOCOL: &str = "spec/protocol.toml";

/// Reads the files of a spec, given as path (from the root of the repository, with `/`) and text, in any order.
pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Result<Spec, Vec<Problem>> {
    let sources = Sources(files.into_iter().collect());
    let mut problems = Vec::new();
    let mut methods: BTreeMap<(String, u8), Method> = BTreeMap::new();
    let mut objects = BTreeMap::new();
    let mut curated = BTreeMap::new();
    let mut protocol = None;

    for (file, text) in &sources.0 {
        match kind(file) {
            Kind::Method => {
                let Some(method) = parse::<Method>(file, text, &mut problems) else {
                    continue;
                };
                let key = (method.name.to_lowercase(), method.api);
                let expected = method.file();
                if let Some(first) = methods.get(&key) {
                    let first = first.file();
                    let text = format!("`{}` is in {first} already: one file a method", method.name);
                    problems.push(sources.problem(file, &[Step::Key("name".to_owned())], text));
                } else if *file != expected {
                    let text = format!("`{}` belongs in {expected}", method.name);
                    problems.push(sources.problem(file, &[Step::Key("name".to_owned())], text));
                } else {
                    methods.insert(key, method);
                }
            }
            Kind::Object => {
                let Some(object) = parse::<Object>(file, text, &mut problems) else {
                    continue;
                };
                let expected = object.file();
                if *file == expected {
                    objects.insert(object.name.clone(), object);
                } else {
                    let text = format!("`@{}` belongs in {expected}", object.name);
                    problems.push(sources.problem(file, &[Step::Key("name".to_owned())], text));
                }
            }
            Kind::Curated(scope) => {
                let Some(words) = parse(file, text, &mut problems) else {
                    continue;
                };
                curated.insert(scope.to_owned(), words);
            }
            Kind::Protocol => protocol = parse(file, text, &mut problems),
            Kind::Other => {}
            Kind::Stray => problems.push(sources.problem(
                file,
                &[],
                "no file of the spec goes by this name; see spec/README.md",
            )),
        }
    }
    if !sources.0.contains_key(PROTOCOL) {
        problems.push(sources.problem(
            PROTOCOL,
            &[],
            "the file is missing: it holds system errors and limits",
        ));
    }
    match protocol {
        Some(protocol) if problems.is_empty() => Ok(Spec {
            methods: methods.into_values().collect(),
            objects: objects.into_values().collect(),
            curated,
            protocol,
            sources,
        }),
        _ => Err(problems),
    }
}

impl Method {
    /// Where the method is kept.
    pub fn file(&self) -> String {
        format!("spec/{}", write::method_path(self))
    }

    /// The folder of its first scope.
    pub fn folder(&self) -> String {
        let file = self.file();
        file.rsplit_once('/')
            .map_or(file.clone(), |(folder, _)| folder.to_owned())
    }
}

impl Object {
    /// Where the object is kept.
    pub fn file(&self) -> String {
        format!("spec/{}", write::object_path(self))
    }
}

enum Kind<'a> {
    Method,
    Object,
    Curated(&'a str),
    Protocol,
    /// Belongs to `spec/`, is not for us.
    Other,
    Stray,
}

fn kind(file: &str) -> Kind<'_> {
    let stem = |folder: &str| file.strip_prefix(folder)?.strip_suffix(".toml");
    if file == PROTOCOL {
        Kind::Protocol
    } else if matches!(file, "spec/README.md" | "spec/docs.lock" | exceptions::FILE) {
        Kind::Other
    } else if stem("spec/methods/").is_some_and(|rest| rest.matches('/').count() == 1) {
        Kind::Method
    } else if stem("spec/objects/").is_some_and(|rest| !rest.contains('/')) {
        Kind::Object
    } else {
        match stem("spec/curated/") {
            Some(scope) if !scope.contains('/') => Kind::Curated(scope),
            _ => Kind::Stray,
        }
    }
}

fn parse<T: DeserializeOwned>(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            problems.push(Problem {
                file: file.to_owned(),
                place: Some(error.span().map_or((1, 1), |span| position(text, span.start))),
                text: error.message().replace('\n', "; "),
            });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOL_TEXT: &str = include_str!("../../../spec/protocol.toml");
    const GET: &str = "\
name   = \"a.b.get\"
api    = 2
scopes = [\"a\"]
access = \"any\"
effect = \"read\"
docs   = \"api-reference/a/a-b-get.md\"

[[params]]
name = \"id\"
type = \"int\"

[result]
type = \"int\"
";

    fn read_with(file: &str, text: &str) -> Result<Spec, Vec<String>> {
        let files = [("spec/protocol.toml", PROTOCOL_TEXT), (file, text)];
        read(files.map(|(file, text)| (file.to_owned(), text.to_owned())))
            .map_err(|problems| problems.iter().map(Problem::to_string).collect())
    }

    fn complaint(file: &str, text: &str) -> String {
        let problems = read_with(file, text).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.into_iter().next().unwrap_or_default()
    }

    #[test]
    fn a_good_method_is_read() {
        let spec = read_with("spec/methods/a/a.b.get.toml", GET).unwrap();
        assert_eq!(spec.methods[0].name, "a.b.get");
        assert_eq!(spec.methods[0].params[0].name, "id");
    }

    #[test]
    fn a_wrong_key_is_named_with_its_place() {
        let text = complaint("spec/methods/a/a.b.get.toml", &GET.replace("effect", "efect"));
        assert!(
            text.starts_with("spec/methods/a/a.b.get.toml:5:1: unknown field `efect`, expected"),
            "{text}"
        );
        let text = complaint(
            "spec/methods/a/a.b.get.toml",
            &GET.replace("name = \"id\"", "name = \"id\"\nmust = true"),
        );
        assert!(
            text.starts_with("spec/methods/a/a.b.get.toml:10:1: unknown field `must`"),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        let text = complaint(
            "spec/methods/a/a.b.get.toml",
            &GET.replace("\"int\"\n\n", "\"integer\"\n\n"),
        );
        assert!(
            text.starts_with("spec/methods/a/a.b.get.toml:10:8: unknown type `integer`; known:"),
            "{text}"
        );
    }

    #[test]
    fn text_that_is_no_toml_is_one_sentence() {
        let text = complaint("spec/methods/a/a.b.get.toml", "name = \"a.b\napi = 2\n");
        assert!(text.starts_with("spec/methods/a/a.b.get.toml:1:"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }

    #[test]
    fn a_missing_key_is_named() {
        let text = complaint("spec/methods/a/a.b.get.toml", &GET.replace("api    = 2\n", ""));
        assert_eq!(text, "spec/methods/a/a.b.get.toml:1:1: missing field `api`");
    }

    #[test]
    fn a_file_in_the_wrong_place_is_told_where_it_belongs() {
        let text = complaint("spec/methods/b/a.b.get.toml", GET);
        assert_eq!(
            text,
            "spec/methods/b/a.b.get.toml:1:1: `a.b.get` belongs in spec/methods/a/a.b.get.toml"
        );
        let text = complaint("spec/other/x.toml", "");
        assert_eq!(
            text,
            "spec/other/x.toml:1:1: no file of the spec goes by this name; see spec/README.md"
        );
    }

    #[test]
    fn a_method_in_two_files_is_refused() {
        let files = [
            ("spec/protocol.toml", PROTOCOL_TEXT.to_owned()),
            ("spec/methods/a/a.b.get.toml", GET.to_owned()),
            ("spec/methods/a/copy.toml", GET.replace("a.b.get\"", "a.B.get\"")),
        ];
        let problems = read(files.map(|(file, text)| (file.to_owned(), text))).unwrap_err();
        let texts: Vec<_> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            texts,
            [
                "spec/methods/a/copy.toml:1:1: `a.B.get` is in spec/methods/a/a.b.get.toml already: one file a method"
            ]
        );
    }

    #[test]
    fn a_missing_protocol_is_named() {
        let problems = read([("spec/methods/a/a.b.get.toml".to_owned(), GET.to_owned())]).unwrap_err();
        assert_eq!(
            problems[0].to_string(),
            "spec/protocol.toml: the file is missing: it holds system errors and limits"
        );
    }
}
