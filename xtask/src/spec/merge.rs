//! Lays the hand-written layer over the imported one. Nothing is laid over nothing: wording for what is not there,
//! an erratum whose expectation is not met, and one that is no longer needed are problems.

use std::collections::{BTreeMap, BTreeSet};

use super::correct::{Facts, correct};
use super::curated::{Curated, Erratum};
use super::method::{Method, Object};
use super::path::Path;
use super::problem::{Problem, Sources, Step};
use super::protocol::Protocol;
use super::read::Spec;

/// The facts as they are true, each with what is said about it.
#[derive(Clone, Debug)]
pub struct Merged {
    /// By name in lower case, then version.
    pub methods: Vec<Described<Method>>,
    /// By name.
    pub objects: Vec<Described<Object>>,
    pub protocol: Protocol,
    pub sources: Sources,
}

/// Facts and what is said about them.
#[derive(Clone, Debug)]
pub struct Described<T> {
    pub facts: T,
    pub words: Words,
}

/// What the hand-written layer says about a method or an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    pub summary: Option<String>,
    pub details: Option<String>,
    /// By the key of a [`Path`].
    pub at: BTreeMap<String, String>,
    /// Rust names, by the key of a path; the empty key is the method or object itself.
    pub names: BTreeMap<String, String>,
    /// Paths that an erratum declares open: what is opaque there is meant to be.
    pub opened: BTreeSet<String>,
}

/// Merges, or tells everything that does not fit.
pub fn merge(spec: Spec) -> Result<Merged, Vec<Problem>> {
    let mut methods: Vec<_> = spec.methods.into_iter().map(described).collect();
    let mut objects: Vec<_> = spec.objects.into_iter().map(described).collect();
    let mut problems = Vec::new();
    for (scope, curated) in &spec.curated {
        let file = format!("spec/curated/{scope}.toml");
        let mut layer = Layer {
            scope,
            methods: methods
                .iter_mut()
                .filter(|method| belongs(method, scope))
                .collect(),
            objects: objects
                .iter_mut()
                .filter(|object| object_belongs(object, scope))
                .collect(),
            complaints: Vec::new(),
        };
        layer.lay(curated);
        let complaints = layer.complaints;
        problems.extend(
            complaints
                .into_iter()
                .map(|(path, text)| spec.sources.problem(&file, &path, text)),
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Merged {
        methods,
        objects,
        protocol: spec.protocol,
        sources: spec.sources,
    })
}

fn described<T>(facts: T) -> Described<T> {
    Described {
        facts,
        words: Words::default(),
    }
}

fn belongs(method: &Described<Method>, scope: &str) -> bool {
    method.facts.folder().ends_with(&format!("/{scope}"))
}

fn object_belongs(object: &Described<Object>, scope: &str) -> bool {
    object.facts.name.split('.').next() == Some(scope)
}

/// One curated file over the methods and objects of its scope.
struct Layer<'a> {
    scope: &'a str,
    methods: Vec<&'a mut Described<Method>>,
    objects: Vec<&'a mut Described<Object>>,
    /// Where in the curated file, and what.
    complaints: Vec<(Vec<Step>, String)>,
}

impl Layer<'_> {
    fn lay(&mut self, curated: &Curated) {
        for (index, erratum) in curated.errata.iter().enumerate() {
            let outcome = self.correct(erratum);
            self.note(vec![key("erratum"), Step::Nth(index), key("at")], outcome);
        }
        for (index, entry) in curated.methods.iter().enumerate() {
            let place = vec![key("method"), Step::Nth(index)];
            let outcomes = match self.method(&entry.name, entry.api) {
                Ok(method) => describe(method, &entry.summary, &entry.details, &entry.words),
                Err(text) => vec![(None, text)],
            };
            self.note_all(place, outcomes);
        }
        for (index, entry) in curated.objects.iter().enumerate() {
            let place = vec![key("object"), Step::Nth(index)];
            let outcomes = match self.object(&entry.name) {
                Ok(object) => describe(object, &entry.summary, &entry.details, &entry.words),
                Err(text) => vec![(None, text)],
            };
            self.note_all(place, outcomes);
        }
        for ending in self.say_everywhere(&curated.words) {
            let scope = self.scope;
            let text = format!("nothing in the scope `{scope}` needs these words for `{ending}`");
            self.note(vec![key("words"), key(ending)], Err(text));
        }
        for (target, name) in &curated.names {
            let outcome = self.name(target, name);
            self.note(vec![key("names"), key(target)], outcome);
        }
    }

    fn note(&mut self, place: Vec<Step>, outcome: Result<(), String>) {
        if let Err(text) = outcome {
            self.complaints.push((place, text));
        }
    }

    fn note_all(&mut self, place: Vec<Step>, outcomes: Vec<(Option<String>, String)>) {
        for (word, text) in outcomes {
            let mut place = place.clone();
            place.extend(word.into_iter().flat_map(|word| [key("words"), Step::Key(word)]));
            self.complaints.push((place, text));
        }
    }

    fn method(&mut self, name: &str, api: u8) -> Result<&mut Described<Method>, String> {
        let found = self.methods.iter_mut().find(|method| {
            method.facts.api == api && method.facts.name.to_lowercase() == name.to_lowercase()
        });
        match found {
            Some(method) => Ok(method),
            None => Err(format!(
                "the scope `{}` has no method `{name}` in version {api}",
                self.scope
            )),
        }
    }

    fn object(&mut self, name: &str) -> Result<&mut Described<Object>, String> {
        match self.objects.iter_mut().find(|object| object.facts.name == name) {
            Some(object) => Ok(object),
            None => Err(format!("the scope `{}` has no object `@{name}`", self.scope)),
        }
    }

    fn correct(&mut self, erratum: &Erratum) -> Result<(), String> {
        if erratum.reason.trim().is_empty() {
            return Err("an erratum needs its `reason`".to_owned());
        }
        match (&erratum.method, &erratum.object) {
            (Some(name), None) => correct(self.method(name, erratum.api)?, erratum),
            (None, Some(name)) => correct(self.object(name)?, erratum),
            _ => Err("an erratum names either a `method` or an `object`".to_owned()),
        }
    }

    /// Says of every path about which nothing is said yet what the longest ending of it has to say. Returns the
    /// endings that are of no use.
    fn say_everywhere<'w>(&mut self, words: &'w BTreeMap<String, String>) -> Vec<&'w String> {
        let endings: BTreeMap<_, _> = words
            .iter()
            .map(|(ending, text)| (Path::parse(ending).key(), (ending, text)))
            .collect();
        let mut used = BTreeSet::new();
        let methods = self
            .methods
            .iter_mut()
            .map(|method| (method.facts.paths(), &mut method.words));
        let objects = self
            .objects
            .iter_mut()
            .map(|object| (object.facts.paths(), &mut object.words));
        for (paths, words) in methods.chain(objects) {
            for path in paths
                .into_iter()
                .filter(|path| !words.at.contains_key(path))
                .collect::<Vec<_>>()
            {
                if let Some((ending, text)) = longest_ending(&path, &endings) {
                    used.insert(*ending);
                    words.at.insert(path, (*text).clone());
                }
            }
        }
        words.keys().filter(|ending| !used.contains(ending)).collect()
    }

    /// Keeps a Rust name that was chosen by hand.
    fn name(&mut self, target: &str, name: &str) -> Result<(), String> {
        let (owner, path) = target.split_once(": ").unwrap_or((target, ""));
        let path = if path.is_empty() {
            String::new()
        } else {
            Path::parse(path).key()
        };
        let (paths, words) = match owner.strip_prefix('@') {
            Some(object) => {
                let object = self.object(object)?;
                (object.facts.paths(), &mut object.words)
            }
            None => {
                let (method, api) = match owner.split_once("@v") {
                    Some((method, api)) => (method, api.parse().map_err(|_| format!("no version: `{api}`"))?),
                    None => (owner, 2),
                };
                let method = self.method(method, api)?;
                (method.facts.paths(), &mut method.words)
            }
        };
        if !path.is_empty() && !paths.contains(&path) {
            return Err(format!("`{owner}` has no `{path}` to name"));
        }
        words.names.insert(path, name.to_owned());
        Ok(())
    }
}

/// Keeps the wording of an entry; returns what does not apply, with the word it is about.
fn describe<T: Facts>(
    target: &mut Described<T>,
    summary: &Option<String>,
    details: &Option<String>,
    words: &BTreeMap<String, String>,
) -> Vec<(Option<String>, String)> {
    let mut problems = Vec::new();
    let title = target.facts.title();
    let before = &target.words;
    if before.summary.is_some() || before.details.is_some() || !before.at.is_empty() {
        problems.push((None, format!("{title} is described twice")));
    }
    target.words.summary.clone_from(summary);
    target.words.details.clone_from(details);
    let paths = target.facts.paths();
    for (path, text) in words {
        let at = Path::parse(path).key();
        if paths.contains(&at) {
            target.words.at.insert(at, text.clone());
        } else {
            problems.push((Some(path.clone()), format!("{title} has no `{at}` to describe")));
        }
    }
    problems
}

/// The entry for the most steps at the end of a path.
fn longest_ending<'e, T>(path: &str, endings: &'e BTreeMap<String, T>) -> Option<&'e T> {
    let steps = path.match_indices('.').map(|(dot, _)| dot + 1);
    std::iter::once(0)
        .chain(steps)
        .find_map(|start| endings.get(&path[start..]))
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Access, Effect, Source, Type, read};

    const PROTOCOL: &str = include_str!("../../../spec/protocol.toml");
    const ADD: &str = r#"
name = "a.b.add"
api = 2
scopes = ["a"]
access = "any"
effect = "once"
docs = "api-reference/a/a-b-add.md"

[[params]]
name = "fields"
type = "object"
required = true

[[params.fields]]
name = "TITLE"
type = "string"
required = true

[[params.fields]]
name = "type"
type = "int"

[result]
type = "object"

[[result.fields]]
name = "ID"
type = "id"

[[errors]]
status = 400
code = "ACCESS_DENIED"

[[errors]]
status = 403
code = "ACCESS_DENIED"
"#;
    const GET: &str = r#"
name = "a.b.get"
api = 2
scopes = ["a"]
access = "unknown"
effect = "read"
docs = "api-reference/a/a-b-get.md"

[[params]]
name = "TITLE"
type = "string"

[result]
type = "@a.thing"
"#;
    const THING: &str = r#"
name = "a.thing"
docs = "api-reference/a/thing.md"

[[fields]]
name = "ID"
type = "id"
"#;

    fn merge_with(curated: &str) -> Result<Merged, Vec<String>> {
        let files = [
            ("spec/protocol.toml", PROTOCOL),
            ("spec/methods/a/a.b.add.toml", ADD),
            ("spec/methods/a/a.b.get.toml", GET),
            ("spec/objects/a.thing.toml", THING),
            ("spec/curated/a.toml", curated),
        ];
        let spec = read(files.map(|(file, text)| (file.to_owned(), text.to_owned()))).unwrap();
        merge(spec).map_err(|problems| problems.iter().map(Problem::to_string).collect())
    }

    fn erratum(rest: &str) -> Result<Merged, Vec<String>> {
        merge_with(&format!(
            "[[erratum]]\nmethod = \"a.b.ADD\"\nreason = \"seen\"\n{rest}"
        ))
    }

    fn complaint(outcome: Result<Merged, Vec<String>>) -> String {
        let problems = outcome.unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.into_iter().next().unwrap()
    }

    #[test]
    fn errata_reach_every_kind_of_fact() {
        let add = |rest| erratum(rest).unwrap().methods.remove(0).facts;

        assert_eq!(
            add("at = 'effect'\nexpect = 'once'\nset = 'repeat'").effect,
            Effect::Repeat
        );
        let access = add("at = 'access'\nexpect = 'any'\nset = { right = 'edit' }").access;
        assert_eq!(access, Access::Right("edit".to_owned()));
        let method = add("at = 'params.fields.TITLE.required'\nexpect = true");
        assert!(!method.params[0].fields[0].required);
        assert_eq!(method.params[0].fields[0].from, Source::Curated);
        assert_eq!(method.params[0].from, Source::Table);
        let method = add("at = 'params.fields.type.type'\nexpect = 'int'\nset = 'id'");
        assert_eq!(method.params[0].fields[1].ty, Type::Id);
        let method = add("at = 'result.ID.nullable'\nset = true");
        assert!(method.result.fields[0].nullable);
        let method = add("at = 'errors.ACCESS_DENIED.status'\nexpect = 403\nset = 401");
        assert_eq!(
            method.errors.iter().map(|error| error.status).collect::<Vec<_>>(),
            [400, 401]
        );
    }

    #[test]
    fn errata_add_replace_and_remove_whole_rows() {
        let add = |rest| erratum(rest).unwrap().methods.remove(0).facts;

        let method = add("at = 'params.scope'\nset = { type = 'string' }");
        assert_eq!(method.params[1].name, "scope");
        assert_eq!(method.params[1].from, Source::Curated);
        let method = add("at = 'params.fields.\"type\"'\nexpect = { type = 'int' }");
        assert_eq!(method.params[0].fields.len(), 1);
        let method = add("at = 'errors.NEW'\nset = { status = 400 }");
        assert_eq!(method.errors[2].code, "NEW");
    }

    #[test]
    fn errata_reach_the_facts_of_a_list() {
        let add = |rest| erratum(rest).unwrap().methods.remove(0).facts;

        let method = add("at = 'list'\nset = { id = 'ID', start = 'start', ways = ['next'] }");
        assert_eq!(method.list.unwrap().id.as_deref(), Some("ID"));
        assert_eq!(
            complaint(erratum("at = 'list.key'\nset = 'ID'")),
            "spec/curated/a.toml:4:1: erratum of `a.b.add`, `list.key`: there is no list"
        );
    }

    #[test]
    fn fields_go_with_the_object_they_belong_to() {
        let merged = erratum("at = 'result.type'\nexpect = 'object'\nset = '@a.thing'").unwrap();
        assert_eq!(merged.methods[0].facts.result.fields, []);
        let merged = erratum("at = 'result.type'\nexpect = 'object'\nset = 'object[]'").unwrap();
        assert_eq!(merged.methods[0].facts.result.fields.len(), 1);
    }

    #[test]
    fn where_a_fact_was_read_is_not_part_of_what_is_expected() {
        let merged = erratum("at = 'result.ID'\nexpect = { type = 'id', from = 'page' }").unwrap();
        assert_eq!(merged.methods[0].facts.result.fields, []);
    }

    #[test]
    fn an_erratum_that_does_not_apply_says_so_and_where() {
        assert_eq!(
            complaint(erratum("at = 'effect'\nexpect = 'read'\nset = 'repeat'")),
            "spec/curated/a.toml:4:1: erratum of `a.b.add`, `effect`: expects `\"read\"`, the import says `\"once\"`"
        );
        assert_eq!(
            complaint(erratum(
                "at = 'params.fields.GONE.type'\nexpect = 'int'\nset = 'id'"
            )),
            "spec/curated/a.toml:4:1: erratum of `a.b.add`, `params.fields.GONE.type`: there is no `GONE`"
        );
        assert_eq!(
            complaint(merge_with(
                "[[erratum]]\nmethod = 'a.x'\nreason = 'seen'\nat = 'effect'\nset = 'read'"
            )),
            "spec/curated/a.toml:4:1: the scope `a` has no method `a.x` in version 2"
        );
        assert_eq!(
            complaint(erratum("at = 'result.ID.type'\nexpect = 'id'\nset = 'number'")),
            "spec/curated/a.toml:4:1: erratum of `a.b.add`, `result.ID.type`: unknown type `number`; known: int, \
             float, bool, bool(Y/N), bool(1/0), string, date, datetime, file, id, null, any, object, T[], map<T>, \
             @scope.name, A | B"
        );
    }

    #[test]
    fn an_erratum_that_is_no_longer_needed_says_so() {
        assert_eq!(
            complaint(erratum("at = 'effect'\nexpect = 'read'\nset = 'once'")),
            "spec/curated/a.toml:4:1: erratum of `a.b.add`, `effect`: no longer needed, the import says `\"once\"` by itself"
        );
        let text = complaint(erratum("at = 'params.fields.required'\nset = true"));
        assert!(
            text.ends_with("no longer needed, the import says `true` by itself"),
            "{text}"
        );
        let text = complaint(erratum("at = 'errors.GONE'\nexpect = { status = 400 }"));
        assert!(
            text.ends_with("no longer needed, the import says nothing by itself"),
            "{text}"
        );
    }

    #[test]
    fn an_object_declared_open_is_remembered() {
        let merged = erratum("at = 'params.fields.open'\nset = true").unwrap();
        assert!(merged.methods[0].words.opened.contains("params.fields"));
        assert!(merged.methods[0].facts.params[0].open);
    }

    #[test]
    fn words_are_laid_over_what_is_there() {
        let merged = merge_with(
            r#"
[words]
"ID" = "short"
"result.ID" = "longer"
"TITLE" = "everywhere"
[names]
"a.b.add: params.fields" = "NewThing"
"@a.thing" = "Thing"
[[method]]
name = "a.b.add"
summary = "Adds."
[method.words]
"params.fields.TITLE" = "own"
[[object]]
name = "a.thing"
summary = "A thing."
"#,
        )
        .unwrap();
        let add = &merged.methods[0].words;
        assert_eq!(add.summary.as_deref(), Some("Adds."));
        assert_eq!(add.at["params.fields.TITLE"], "own");
        assert_eq!(add.at["result.ID"], "longer");
        assert_eq!(add.names["params.fields"], "NewThing");
        assert_eq!(merged.methods[1].words.at["params.TITLE"], "everywhere");
        assert_eq!(merged.objects[0].words.at["ID"], "short");
        assert_eq!(merged.objects[0].words.names[""], "Thing");
    }

    #[test]
    fn words_for_what_is_not_there_are_problems() {
        let text = complaint(merge_with("[words]\n'params.gone' = 'x'\n"));
        assert_eq!(
            text,
            "spec/curated/a.toml:2:1: nothing in the scope `a` needs these words for `params.gone`"
        );
        let text = complaint(merge_with(
            "[[method]]\nname = 'a.b.add'\n[method.words]\n'result.X' = 'x'\n",
        ));
        assert_eq!(
            text,
            "spec/curated/a.toml:4:1: `a.b.add` has no `result.X` to describe"
        );
        let text = complaint(merge_with("[[method]]\nname = 'a.b.set'\n"));
        assert_eq!(
            text,
            "spec/curated/a.toml:1:1: the scope `a` has no method `a.b.set` in version 2"
        );
        let text = complaint(merge_with("[names]\n'a.b.add: result.X' = 'x'\n"));
        assert_eq!(
            text,
            "spec/curated/a.toml:2:1: `a.b.add` has no `result.X` to name"
        );
        let twice = "[[method]]\nname = 'a.b.add'\nsummary = 'x'\n".repeat(2);
        let text = complaint(merge_with(&twice));
        assert_eq!(text, "spec/curated/a.toml:4:1: `a.b.add` is described twice");
    }
}
