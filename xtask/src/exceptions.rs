//! `spec/examples.toml`: examples of the documentation that are broken themselves, each with its reason. One that no
//! longer fails must go, so that the list never hides a fault of ours.

use std::fmt;

use serde::Deserialize;

use crate::docs::Example;

/// Where the exceptions are, from the root of the repository.
pub const FILE: &str = "spec/examples.toml";

/// An example that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The page, from the root of the documentation.
    pub page: String,
    /// The path of the value, as the failure names it.
    pub at: String,
    pub reason: String,
}

/// A place in an example that the types refuse or lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub page: String,
    pub line: usize,
    pub method: String,
    pub text: String,
}

impl Failure {
    pub fn new(example: &Example, text: String) -> Self {
        Self {
            page: example.page.clone(),
            line: example.line,
            method: example.method.clone(),
            text,
        }
    }

    /// The path in the text: `` …: `fields.ID`: expected … ``, `result.0.ID: 5 is gone`.
    pub fn at(&self) -> &str {
        let quoted = self.text.split('`').nth(1);
        let plain = self.text.split(": ").next().unwrap_or_default();
        match quoted {
            Some(path) if plain.contains(' ') || plain.starts_with('`') => path,
            _ => plain,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            page,
            line,
            method,
            text,
        } = self;
        write!(f, "{page}:{line}: {method}: {text}")
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "exception")]
    exceptions: Vec<Exception>,
}

/// Reads the file.
pub fn read(text: &str) -> Result<Vec<Exception>, String> {
    let file: File = toml::from_str(text).map_err(|error| format!("{FILE}: {error}"))?;
    Ok(file.exceptions)
}

/// Failures without an exception, and how many places had one. An exception for a page with examples and without that failure is
/// a failure, too.
pub fn sort(
    failures: Vec<Failure>,
    exceptions: &[Exception],
    examples: &[Example],
) -> (Vec<String>, Vec<Failure>) {
    let excused = |failure: &Failure, exception: &Exception| {
        failure.page == exception.page && failure.at() == exception.at
    };
    let (known, open): (Vec<Failure>, Vec<Failure>) = failures
        .into_iter()
        .partition(|failure| exceptions.iter().any(|exception| excused(failure, exception)));
    let mut lines: Vec<String> = open.iter().map(Failure::to_string).collect();
    for exception in exceptions {
        let asked = examples.iter().any(|example| example.page == exception.page);
        if asked && !known.iter().any(|failure| excused(failure, exception)) {
            lines.push(format!(
                "{FILE}: `{}` of {} fails no longer: the exception can go",
                exception.at, exception.page
            ));
        }
    }
    (lines, known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::ExampleKind;

    fn failure(page: &str, text: &str) -> Failure {
        Failure {
            page: page.to_owned(),
            line: 3,
            method: "lamp.hang".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_place_is_in_the_text() {
        for (text, at) in [
            (
                "`fields.ID`: expected an integer, found the text \"x\"",
                "fields.ID",
            ),
            (
                "the answer is not as documented: `result.a[0]`: expected text, found a list at line 1",
                "result.a[0]",
            ),
            ("result.0.ID: `5` is gone", "result.0.ID"),
            ("there is no `result`", "result"),
        ] {
            assert_eq!(failure("a.md", text).at(), at);
        }
    }

    #[test]
    fn an_exception_excuses_its_place_alone_and_goes_when_it_is_not_needed() {
        let exceptions =
            read("[[exception]]\npage = 'a.md'\nat = 'id'\nreason = 'A placeholder.'\n").unwrap();
        let example = |page: &str| Example {
            method: "lamp.hang".to_owned(),
            api: 2,
            page: page.to_owned(),
            line: 3,
            kind: ExampleKind::Request,
            json: "{}".to_owned(),
        };
        let id = failure("a.md", "`id`: expected an integer");
        let other = failure("a.md", "`name`: expected text");
        let elsewhere = failure("b.md", "`id`: expected an integer");
        let all = vec![id.clone(), id.clone(), other.clone(), elsewhere.clone()];
        let examples = [example("a.md"), example("b.md")];
        let (open, known) = sort(all, &exceptions, &examples);
        assert_eq!(open, [other.to_string(), elsewhere.to_string()]);
        assert_eq!(known, [id.clone(), id]);
        let (open, _) = sort(Vec::new(), &exceptions, &examples);
        assert_eq!(
            open,
            ["spec/examples.toml: `id` of a.md fails no longer: the exception can go"]
        );
        // Another scope's examples were asked.
        assert!(sort(Vec::new(), &exceptions, &examples[1..]).0.is_empty());
    }

    #[test]
    fn a_broken_file_is_told_by_name() {
        let told = read("[[exception]]\npage = 'a.md'\n").unwrap_err();
        assert!(told.starts_with("spec/examples.toml: "), "{told}");
    }
}
