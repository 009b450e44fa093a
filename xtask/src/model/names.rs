//! Wire names → Rust names: cases, keywords, and no name given twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::words;

/// `GetList`
pub fn type_name(words: &[String]) -> String {
    let name: String = words.iter().map(|word| capitalised(word)).collect();
    safe(if name.is_empty() {
        "Empty".to_owned()
    } else {
        digits_second(name, "N")
    })
}

/// `get_list`, a function, field, parameter or module.
pub fn value_name(words: &[String]) -> String {
    let name = words.join("_");
    safe(if name.is_empty() {
        "empty".to_owned()
    } else {
        digits_second(name, "n")
    })
}

/// How a name is spelled.
fn spelling(name: &str) -> &'static str {
    let has = |such: fn(&char) -> bool| name.chars().any(|letter| such(&letter));
    match (has(char::is_ascii_uppercase), has(char::is_ascii_lowercase)) {
        (true, true) => "camel",
        (true, false) => "upper",
        _ if name.contains('_') => "snake",
        _ => "lower",
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

fn digits_second(name: String, prefix: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("{prefix}{name}")
    } else {
        name
    }
}

/// A keyword gets an underscore at its end. Raw names (`r#type`) are no way out for `self`, and read worse.
fn safe(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

/// Strict and reserved keywords of all editions.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// The names of one Rust namespace.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    owners: BTreeMap<String, String>,
}

/// Two things that would have had the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    pub name: String,
    pub first: String,
    pub second: String,
    /// What the second is called instead.
    pub instead: String,
}

impl Taken {
    /// Names that are somebody else's: whoever wants one gets it with an underscore.
    pub fn reserved(names: &[&str]) -> Self {
        Self {
            owners: names
                .iter()
                .map(|name| ((*name).to_owned(), String::new()))
                .collect(),
        }
    }

    /// Reserves more.
    pub fn reserve(&mut self, names: &[&str]) {
        self.owners.append(&mut Self::reserved(names).owners);
    }

    /// Takes `wanted` for `owner`, or the next free name after it.
    pub fn take(&mut self, wanted: &str, owner: &str, clashes: &mut Vec<Clash>) -> String {
        let mut name = wanted.to_owned();
        if self.owners.get(wanted).is_some_and(String::is_empty) {
            name.push('_');
        }
        let Some(first) = self.owners.get(&name).cloned() else {
            self.owners.insert(name.clone(), owner.to_owned());
            return name;
        };
        let stem = wanted.trim_end_matches('_');
        let separator = if wanted.starts_with(|first: char| first.is_ascii_uppercase()) {
            ""
        } else {
            "_"
        };
        let mut number = 2;
        let instead = loop {
            let candidate = format!("{stem}{separator}{number}");
            if !self.owners.contains_key(&candidate) {
                break candidate;
            }
            number += 1;
        };
        clashes.push(Clash {
            name,
            first,
            second: owner.to_owned(),
            instead: instead.clone(),
        });
        self.owners.insert(instead.clone(), owner.to_owned());
        instead
    }

    /// Takes `wanted` for a field or parameter. Where another has a name of the same words that is only spelled in another
    /// way (`ID` and `id`, `chatId` and `chat_id`), both are told apart by their spelling: `id` and `id_upper`.
    pub fn take_field(&mut self, wanted: &str, wire: &str, clashes: &mut Vec<Clash>) -> String {
        if let Some(first) = self.owners.get(wanted).filter(|first| !first.is_empty()) {
            let spelled = format!("{}_{}", wanted.trim_end_matches('_'), spelling(wire));
            if spelling(first) != spelling(wire) && words(first) == words(wire) && self.is_free(&spelled) {
                return self.take(&spelled, wire, clashes);
            }
        }
        self.take(wanted, wire, clashes)
    }

    pub fn is_free(&self, name: &str) -> bool {
        !self.owners.contains_key(name)
    }

    /// Every name that is taken, reserved ones included.
    pub fn names(&self) -> BTreeSet<String> {
        self.owners.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_and_keywords() {
        let cases = |name: &str| (type_name(&words(name)), value_name(&words(name)));
        assert_eq!(cases("getList"), ("GetList".into(), "get_list".into()));
        assert_eq!(cases("type"), ("Type".into(), "type_".into()));
        assert_eq!(cases("SELF"), ("Self_".into(), "self_".into()));
        assert_eq!(cases("1C"), ("N1C".into(), "n1_c".into()));
        assert_eq!(cases("=!"), ("Empty".into(), "empty".into()));
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut clashes = Vec::new();
        let mut taken = Taken::reserved(&["send"]);
        assert_eq!(taken.take("id", "ID", &mut clashes), "id");
        assert_eq!(taken.take("id", "id", &mut clashes), "id_2");
        assert_eq!(taken.take("id", "Id", &mut clashes), "id_3");
        assert_eq!(taken.take("send", "SEND", &mut clashes), "send_");
        assert_eq!(taken.take("type_", "type", &mut clashes), "type_");
        assert_eq!(taken.take("type_", "TYPE", &mut clashes), "type_2");
        assert_eq!(taken.take("Id", "x", &mut clashes), "Id");
        assert_eq!(taken.take("Id", "y", &mut clashes), "Id2");
        assert_eq!(taken.take_field("chat_id", "chat_id", &mut clashes), "chat_id");
        assert_eq!(
            taken.take_field("chat_id", "chatId", &mut clashes),
            "chat_id_camel"
        );
        assert_eq!(
            taken.take_field("chat_id", "CHAT_ID", &mut clashes),
            "chat_id_upper"
        );
        assert_eq!(clashes.len(), 4);
        assert_eq!(taken.take_field("chat_id", "=chat_id", &mut clashes), "chat_id_2");
        assert_eq!(clashes.len(), 5);
        assert_eq!(clashes[0].instead, "id_2");
    }
}
