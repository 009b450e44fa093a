//! Which parts of the API are described by hand in full: there, a method that a new state of the documentation brings
//! is to get its words as well.

use super::merge::Merged;
use super::problem::{Problem, Step};

/// Beginnings of the names of methods, and the version of the API.
const WORDED: &[(&str, u8)] = &[
    ("crm.company", 2),
    ("crm.contact", 2),
    ("crm.deal", 2),
    ("crm.item", 2),
    ("crm.lead", 2),
    ("department", 2),
    ("disk", 2),
    ("landing", 2),
    ("tasks.task", 3),
    ("user", 2),
];

/// Methods of these parts without a line about what they do, or without one about their result. Whether a parameter
/// needs words is a judgement.
pub fn unworded(merged: &Merged) -> Vec<Problem> {
    let mut problems = Vec::new();
    for method in &merged.methods {
        let facts = &method.facts;
        if !WORDED
            .iter()
            .any(|(part, api)| facts.api == *api && is_in(part, &facts.name))
        {
            continue;
        }
        let missing: Vec<_> = [
            ("summary", method.words.summary.is_some()),
            ("word for `result`", method.words.at.contains_key("result")),
        ]
        .into_iter()
        .filter_map(|(what, is_there)| (!is_there).then_some(what))
        .collect();
        if !missing.is_empty() {
            let text = format!(
                "`{}` has no {} in spec/curated, as all methods of this part have",
                facts.name,
                missing.join(" and no ")
            );
            let path = [Step::Key("name".to_owned())];
            problems.push(merged.sources.problem(&facts.file(), &path, text));
        }
    }
    problems
}

/// `crm.deal.add` is in `crm.deal`; `crm.dealcategory.add` is not.
fn is_in(part: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    name.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{merge, read};

    fn problems(name: &str, curated: &str) -> Vec<String> {
        let method = format!(
            "name = '{name}'\napi = 2\nscopes = ['crm']\naccess = 'any'\neffect = 'read'\ndocs = 'a/b.md'\n\
             [result]\ntype = 'int'\n"
        );
        let protocol = include_str!("../../../spec/protocol.toml");
        let files = [
            ("spec/protocol.toml".to_owned(), protocol.to_owned()),
            (format!("spec/methods/crm/{name}.toml"), method),
            ("spec/curated/crm.toml".to_owned(), curated.to_owned()),
        ];
        let spec = read(files).unwrap();
        unworded(&merge(spec).unwrap())
            .iter()
            .map(Problem::to_string)
            .collect()
    }

    #[test]
    fn a_method_of_a_worded_part_needs_its_line_and_its_result() {
        let words = |rest: &str| format!("[[method]]\nname = 'crm.deal.count'\n{rest}");
        assert_eq!(
            problems("crm.deal.count", ""),
            [
                "spec/methods/crm/crm.deal.count.toml:1:1: `crm.deal.count` has no summary and no word for `result` in \
              spec/curated, as all methods of this part have"
            ]
        );
        assert_eq!(
            problems("crm.deal.count", &words("summary = 'Counts.'")),
            [
                "spec/methods/crm/crm.deal.count.toml:1:1: `crm.deal.count` has no word for `result` in spec/curated, as all \
              methods of this part have"
            ]
        );
        let full = words("summary = 'Counts.'\n[method.words]\n'result' = 'The count.'");
        assert_eq!(problems("crm.deal.count", &full), [""; 0]);
        assert_eq!(problems("crm.dealcategory.count", ""), [""; 0]);
    }
}
