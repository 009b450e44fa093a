//! Small facts in prose: names, scopes, rights, statuses, codes, values, defaults.

use super::inline;
use super::scan;
use crate::spec::Access;

pub const NO_CODE: &str = "an error row without a code";

/// `**name***` and what follows in the cell: the name, whether it is marked as required, the rest.
pub fn field_name(cell: &str) -> Option<(String, bool, String)> {
    let cell = cell.trim();
    let (first, after) = cell.split_once('\n').unwrap_or((cell, ""));
    let first = first.trim();
    let (name, behind) = match first.strip_prefix("**") {
        Some(bold) => bold.split_once("**").unwrap_or((bold, "")),
        None => match first.strip_prefix('`').and_then(|code| code.split_once('`')) {
            Some((name, behind)) => (name, behind),
            None => (first, ""),
        },
    };
    // A required name is marked in one of many ways: `**x***`, `**x**^*^`, `**x***^`, `**x^*^**`.
    let marks = |c: char| matches!(c, '*' | '^');
    let stars = behind.len() - behind.trim_start_matches(|c: char| marks(c) || c == ' ').len();
    let (stars, rest) = behind.split_at(stars);
    let required = stars.contains('*') || name.trim_end().ends_with("^*^") || name.ends_with('*');
    let name = name.trim_end_matches(marks);
    let name = inline::without_links(name).replace('`', "").replace("\\_", "_");
    let name = name.trim().trim_matches('*').to_owned();
    let rest = format!("{rest}\n{after}");
    (!name.is_empty()).then_some((name, required, rest))
}

/// Whether a name stands for keys that are data: `<selector>`, `UF_CRM_...`, `{id}`, `UF_*`.
pub fn is_template(name: &str) -> bool {
    name.contains(['<', '{', '*']) || name.contains("...") || name.contains('…')
}

/// The method a page describes: the last dotted name of its title, or the one word that is also its file's name.
pub fn method_name(title: &str, path: &str) -> Option<String> {
    let tokens = title.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')));
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md");
    let mut found = None;
    for token in tokens {
        let token = token.trim_matches('.');
        let dotted = token.split('.').count() > 1 && token.split('.').all(is_identifier);
        if dotted || (!token.is_empty() && token.eq_ignore_ascii_case(file) && is_identifier(token)) {
            found = Some(token.to_owned());
        }
    }
    found
}

/// Whether a page's file is called as the method, but for dots, dashes and case.
pub fn is_named_after(path: &str, method: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md");
    letters(file) == letters(method)
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The scopes of `> Scope: …`.
pub fn scopes(quotes: &[String]) -> Vec<String> {
    let Some(line) = quotes.iter().find(|line| line.trim_start().starts_with("Scope")) else {
        return Vec::new();
    };
    let line = inline::without_links(line);
    let mut scopes = Vec::new();
    for span in inline::code_spans(&line) {
        for scope in span.split(',').map(str::trim) {
            if is_scope(scope) && !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    scopes
}

fn is_scope(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
}

/// `> Who can execute the method: …` as a fact.
pub fn access(quotes: &[String]) -> Access {
    let Some(line) = quotes
        .iter()
        .find(|line| line.trim_start().starts_with("Who can"))
    else {
        return Access::Unknown;
    };
    let Some((_, who)) = line.split_once(':') else {
        return Access::Unknown;
    };
    let who = inline::plain(who).replace(['“', '”', '«', '»'], "\"");
    let who = who.trim().trim_end_matches('.');
    if let Some(right) = right(who) {
        return Access::Right(right);
    }
    let words = inline::words(who);
    let first_two: Vec<&str> = words.iter().take(2).map(String::as_str).collect();
    match first_two.as_slice() {
        ["any", "user"] | ["any"] | ["all", "users"] | ["everyone"] if words.len() <= 3 => Access::Any,
        _ if words.iter().all(|word| is_about_administrators(word)) => Access::Admin,
        _ => Access::Unknown,
    }
}

fn is_about_administrators(word: &str) -> bool {
    matches!(
        word,
        "administrator"
            | "administrators"
            | "admin"
            | "the"
            | "an"
            | "a"
            | "portal"
            | "account"
            | "only"
            | "of"
    )
}

/// The right that a sentence names: `"edit" access permission`, `View permission`, `access to the "…" section`.
fn right(who: &str) -> Option<String> {
    let parts: Vec<&str> = who.split('"').collect();
    let quoted = parts
        .chunks(2)
        .filter(|pair| pair.len() == 2)
        .map(|pair| pair[1].trim());
    let behind = |i: usize| parts.get(2 * i + 2).copied().unwrap_or("");
    let mut rights = Vec::new();
    let mut places = Vec::new();
    for (i, name) in quoted.enumerate() {
        let after = inline::words(behind(i));
        let next = after.first().map_or("", String::as_str);
        match next {
            "section" | "tool" | "module" => places.push(name.to_owned()),
            _ => rights.push(name.to_owned()),
        }
    }
    if rights.is_empty() && places.is_empty() {
        return capitalised_right(who);
    }
    Some(if rights.is_empty() { places } else { rights }.join(", "))
}

/// `View access permission in …`: a capitalised word before «permission».
fn capitalised_right(who: &str) -> Option<String> {
    let words: Vec<&str> = who.split_whitespace().collect();
    let mut rights = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if !word.starts_with("permission") {
            continue;
        }
        let before = words[..i].iter().rev().find(|word| **word != "access")?;
        if before.starts_with(|c: char| c.is_ascii_uppercase()) {
            rights.push(before.to_lowercase());
        }
    }
    (!rights.is_empty()).then(|| rights.join(", "))
}

/// `HTTP status: **400**`.
pub fn http_status(text: &str) -> Option<u16> {
    let plain = inline::plain(text).to_lowercase();
    let rest = plain.strip_prefix("http")?.trim_start();
    let rest = rest.strip_prefix("status")?;
    number(rest)
}

/// The first number of a text, if it is an HTTP status.
pub fn number(text: &str) -> Option<u16> {
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|part| !part.is_empty())?;
    digits.parse().ok().filter(|status| (100..600).contains(status))
}

/// The codes in a cell of an error table, with `*` for the parts that vary.
pub fn error_codes(cell: &str) -> Vec<String> {
    let cell = inline::without_links(cell);
    let mut spans = inline::code_spans(&cell);
    let plain;
    if spans.is_empty() {
        plain = inline::plain(&cell);
        spans = plain.lines().take(1).collect();
    }
    spans
        .into_iter()
        .map(str::trim)
        .filter(|code| is_error_code(code))
        .map(error_pattern)
        .collect()
}

fn is_error_code(code: &str) -> bool {
    code.contains(|c: char| c.is_ascii_alphanumeric()) && !code.contains(char::is_whitespace)
}

/// `NAME[...]` → `NAME[*]`, `NAME_<REASON>` → `NAME_*`.
fn error_pattern(code: &str) -> String {
    let mut out = code.replace("...", "*").replace('…', "*");
    for (open, close) in [('<', '>'), ('{', '}')] {
        while let Some(start) = out.find(open) {
            let Some(length) = out[start..].find(close) else {
                break;
            };
            out.replace_range(start..=start + length, "*");
        }
    }
    out
}

/// The values that a description lists, in its order.
pub fn values(note: &str) -> Vec<String> {
    let values = listed_below(note);
    if !values.is_empty() {
        return values;
    }
    let text = inline::without_links(note);
    let lower = text.to_lowercase();
    for trigger in [
        "supported values are",
        "supported types are",
        "possible values",
        "allowed values",
        "valid values",
        "accepts values",
        "available values",
        "acceptable values",
    ] {
        if let Some(at) = lower.find(trigger) {
            // Lower-casing may move bytes; where it did, the trigger is looked up no further.
            let Some(rest) = text.get(at + trigger.len()..) else {
                continue;
            };
            let values = in_a_row(rest);
            if !values.is_empty() {
                return values;
            }
        }
    }
    if text.contains("`Y/N`") || text.contains("`Y`/`N`") {
        return vec!["Y".to_owned(), "N".to_owned()];
    }
    Vec::new()
}

/// Values one a line, each in code at the start, below a line that ends with «values:».
fn listed_below(note: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut listing = false;
    for line in note.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if listing {
            match listed_value(line) {
                Some(value) => values.push(value),
                None if values.is_empty() => listing = false,
                None => break,
            }
        }
        let lower = line.to_lowercase();
        if lower.ends_with(':')
            && (lower.contains("values") || lower.contains("value:"))
            && !lower.contains(" for `")
            && !lower.contains("prefix")
        {
            listing = true;
        }
    }
    values
}

/// `` - `Y` — yes ``, `` `Y`  yes ``.
fn listed_value(line: &str) -> Option<String> {
    let line = scan::item(line).unwrap_or(line);
    let (value, rest) = line.strip_prefix('`')?.split_once('`')?;
    let separated = rest.is_empty() || rest.starts_with([' ', '\u{a0}', ',', ';', '.', '—', '–', '-', ':']);
    (separated && !value.is_empty()).then(|| value.trim_matches('"').to_owned())
}

/// `` `a`, `b` and `c` `` right behind a trigger: nothing but commas and «and», «or» between.
fn in_a_row(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text.trim_start_matches([' ', ':', '\u{a0}', '—', '-', '\n']);
    while let Some((value, after)) = rest.strip_prefix('`').and_then(|code| code.split_once('`')) {
        values.push(value.trim_matches('"').to_owned());
        let mut next = after.trim_start_matches([' ', ',', '/', '|']);
        for word in ["and ", "or "] {
            next = next.strip_prefix(word).unwrap_or(next).trim_start();
        }
        if !next.starts_with('`') {
            break;
        }
        rest = next;
    }
    if values.len() < 2 {
        values.clear();
    }
    values
}

/// The default that a description states in code: ``Default is `X` ``.
pub fn default(note: &str) -> Option<String> {
    let text = inline::without_links(note).replace("**", "");
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    for trigger in [
        "by default",
        "default value is",
        "default value",
        "default is",
        "defaults to",
        "default",
    ] {
        let mut from = 0;
        while let Some(found) = lower[from..].find(trigger) {
            let end = from + found + trigger.len();
            if let Some(value) = stated(&text[end..]) {
                return Some(value);
            }
            from = end;
        }
    }
    in_brackets(&text)
}

/// A value in code, right behind «default».
fn stated(text: &str) -> Option<String> {
    let mut rest = text.trim_start_matches([' ', ':', ',', '—', '–', '-', '=', '\u{a0}']);
    for word in ["is ", "value ", "the value ", "it is "] {
        rest = rest
            .strip_prefix(word)
            .unwrap_or(rest)
            .trim_start_matches([' ', ':', '—', '–', '-']);
    }
    if rest.starts_with("an empty string") {
        return Some(String::new());
    }
    let (value, behind) = rest.strip_prefix('`')?.split_once('`')?;
    // «By default, `method` returns …» states no value.
    let behind = behind.trim_start();
    let ends = behind.is_empty()
        || behind.starts_with(|c: char| !c.is_alphanumeric() && c != '`')
        || behind.starts_with("is used")
        || behind.starts_with("if ");
    ends.then(|| value.trim().trim_matches('"').to_owned())
}

/// `` `X` — … (default) ``.
fn in_brackets(text: &str) -> Option<String> {
    let line = text.lines().find(|line| {
        line.contains("(default)") || line.contains("(by default)") || line.contains("(used by default)")
    })?;
    listed_value(line.trim())
}
