//! What is wrong with a file of `spec/`, and where: one sentence for whoever edits it.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing to mend in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct Problem {
    /// Path from the root of the repository.
    pub file: String,
    /// Line and column, counted from one.
    pub place: Option<(usize, usize)>,
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// One way down in a TOML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// The row of a list whose `name`, `code` or `at` is this.
    Row(String),
    /// The row of a list at this position.
    Nth(usize),
}

/// The texts that were read, kept so that a problem found later can say where it is.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub BTreeMap<String, String>);

impl Sources {
    /// A problem at the end of `path` in `file`, or at as much of the path as the file has.
    pub fn problem(&self, file: &str, path: &[Step], text: impl Into<String>) -> Problem {
        let place = self.0.get(file).and_then(|source| {
            let table = DeTable::parse(source).ok()?;
            Some(position(source, offset(&table, path)))
        });
        Problem {
            file: file.to_owned(),
            place,
            text: text.into(),
        }
    }
}

/// Line and column of a byte offset, counted from one, columns in characters.
pub fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

fn offset(table: &Spanned<DeTable<'_>>, path: &[Step]) -> usize {
    let Some((Step::Key(key), rest)) = path.split_first() else {
        return 0;
    };
    match table.get_ref().get_key_value(key.as_str()) {
        Some((key, value)) => below(value, rest).unwrap_or_else(|| key.span().start),
        None => 0,
    }
}

fn below(value: &Spanned<DeValue<'_>>, path: &[Step]) -> Option<usize> {
    let (step, rest) = path.split_first()?;
    let (start, child) = match (step, value.get_ref()) {
        (Step::Key(key), DeValue::Table(table)) => {
            let (key, child) = table.get_key_value(key.as_str())?;
            (key.span().start, child)
        }
        (Step::Row(name), DeValue::Array(rows)) => {
            let row = rows.iter().find(|row| is_called(row.get_ref(), name))?;
            (row.span().start, row)
        }
        (Step::Nth(index), DeValue::Array(rows)) => {
            let row = rows.get(*index)?;
            (row.span().start, row)
        }
        _ => return None,
    };
    Some(below(child, rest).unwrap_or(start))
}

fn is_called(row: &DeValue<'_>, name: &str) -> bool {
    let DeValue::Table(table) = row else { return false };
    ["name", "code", "at"]
        .iter()
        .filter_map(|key| table.get(*key)?.get_ref().as_str())
        .any(|found| found == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_line_and_column_of_what_it_is_about() {
        let source =
            "name = \"x.y\"\n\n[[params]]\nname = \"a\"\n\n[[params]]\nname = \"b\"\ndefault = \"1\"\n";
        let sources = Sources(BTreeMap::from([("f.toml".to_owned(), source.to_owned())]));
        let at = |path: &[Step]| sources.problem("f.toml", path, "x").place;
        let key = |name: &str| Step::Key(name.to_owned());
        let row = |name: &str| Step::Row(name.to_owned());

        assert_eq!(at(&[key("name")]), Some((1, 1)));
        assert_eq!(at(&[key("params"), row("b")]), Some((6, 1)));
        assert_eq!(at(&[key("params"), row("b"), key("default")]), Some((8, 1)));
        assert_eq!(at(&[key("params"), row("b"), key("missing")]), Some((6, 1)));
        assert_eq!(at(&[key("result")]), Some((1, 1)));
        assert_eq!(sources.problem("other.toml", &[], "x").place, None);
    }
}
