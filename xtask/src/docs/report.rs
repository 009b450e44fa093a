//! What could not be read, or not be settled, by class, with page and line.

use std::collections::BTreeMap;
use std::fmt;

/// One thing for a human to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub page: String,
    pub line: usize,
    pub what: String,
}

/// Classes in the order they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The page's Markdown is broken.
    Form,
    /// Name, version, scope or access cannot be told.
    Head,
    /// The page is like a method's, and describes something that REST cannot call.
    NotRest,
    /// Another page describes the same method.
    Twice,
    /// There is no table of parameters, nor a word that there are none.
    NoParams,
    /// There is no answer example, nor a table of the result.
    NoResult,
    /// A type word that is not in the list.
    TypeWord,
    /// An object or list whose inside is described nowhere.
    Opaque,
    /// The sources contradict each other and the rules do not settle it.
    Disagreement,
    /// A parameter that only a request example shows.
    OnlyInExample,
    /// Code that should be JSON and is not, even after repairs.
    Json,
    /// An error row that names no code.
    NoCode,
    /// A table that nothing leads to.
    Unused,
}

impl Class {
    fn title(self) -> &'static str {
        match self {
            Self::Form => "broken markup",
            Self::Head => "name, scope or access not readable",
            Self::NotRest => "no method of REST",
            Self::Twice => "method on several pages",
            Self::NoParams => "no parameter table",
            Self::NoResult => "no result described",
            Self::TypeWord => "unknown type word",
            Self::Opaque => "structure not described",
            Self::Disagreement => "disagreement",
            Self::OnlyInExample => "parameter only in the example",
            Self::Json => "unreadable JSON",
            Self::NoCode => "error row without a code",
            Self::Unused => "table that nothing leads to",
        }
    }
}

/// All findings of an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    findings: BTreeMap<Class, Vec<Finding>>,
}

impl Report {
    pub fn add(&mut self, class: Class, page: &str, line: usize, what: impl Into<String>) {
        let finding = Finding {
            page: page.to_owned(),
            line,
            what: what.into(),
        };
        let findings = self.findings.entry(class).or_default();
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    /// Takes back what turned out to be described elsewhere.
    pub fn settle(&mut self, class: Class, page: &str, line: usize) {
        if let Some(findings) = self.findings.get_mut(&class) {
            findings.retain(|finding| finding.page != page || finding.line != line);
        }
    }

    pub fn of(&self, class: Class) -> &[Finding] {
        self.findings.get(&class).map_or(&[], Vec::as_slice)
    }

    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (class, findings) in &self.findings {
            writeln!(f, "{}: {}", class.title(), findings.len())?;
            for finding in findings {
                writeln!(f, "  {}:{}: {}", finding.page, finding.line, finding.what)?;
            }
        }
        Ok(())
    }
}
