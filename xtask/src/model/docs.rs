//! What rustdoc says of each item: the curated wording, with the facts around it; where nothing is curated, a line
//! made from the facts. All text that comes from outside is made safe for Markdown here.

use std::collections::BTreeMap;

use crate::spec::{Access, BoolForm, Field, Method, Type};

/// The address of a page of the vendor's documentation.
pub fn url(docs: &str) -> String {
    let path = docs.strip_suffix(".md").unwrap_or(docs);
    let mut url = "https://apidocs.bitrix24.com/".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url + ".html"
}

/// The Rust paths of methods, by name in lower case: wording that names one links to it.
pub type Links = BTreeMap<String, String>;

/// The facts of a method, as a paragraph below its description.
pub fn method_facts(method: &Method) -> String {
    let name = code(&method.name);
    let scopes: Vec<_> = method.scopes.iter().map(|scope| code(scope)).collect();
    let scope = match scopes.as_slice() {
        [] => "no scope".to_owned(),
        [scope] => format!("the scope {scope}"),
        scopes => format!("one of the scopes {}", listed(scopes, "and")),
    };
    let access = match &method.access {
        Access::Any => format!("{name} is for everyone with {scope}."),
        Access::Admin => format!("{name} is for administrators with {scope}."),
        Access::Right(right) => format!("{name} needs the right {} and {scope}.", code(right)),
        Access::Unknown => format!("{name} needs {scope}."),
    };
    let version = if method.api == 2 {
        String::new()
    } else {
        format!(" REST {}.0.", method.api)
    };
    access + &version
}

/// `` `scope`, optional: the internal scope. By default `X`. ``
pub fn param(field: &Field, words: Option<&String>, named_values: bool, links: &Links) -> String {
    let optional = if field.required { "" } else { ", optional" };
    let mut line = format!(
        "{}{optional}: {}",
        code(&field.name),
        meaning(&field.ty, words, links)
    );
    add_facts(&mut line, field, named_values);
    line
}

/// `` `ID`: the identifier. ``
pub fn result_field(field: &Field, words: Option<&String>, named_values: bool, links: &Links) -> String {
    let mut line = format!("{}: {}", code(&field.name), meaning(&field.ty, words, links));
    let field = Field {
        nullable: false,
        default: None,
        ..field.clone()
    };
    add_facts(&mut line, &field, named_values);
    line
}

fn add_facts(line: &mut String, field: &Field, named_values: bool) {
    if !field.values.is_empty() && !named_values {
        let values: Vec<_> = field.values.iter().map(|value| code(value)).collect();
        line.push_str(&format!(" One of {}.", listed(&values, "and")));
    }
    if let Some(default) = &field.default {
        line.push_str(&format!(" By default {}.", code(default)));
    }
    if field.nullable {
        line.push_str(" May be `null`.");
    }
}

/// The wording, or the type in words; begins small, ends with a full stop.
fn meaning(ty: &Type, words: Option<&String>, links: &Links) -> String {
    match words {
        Some(words) => full_stop(&small(&line(words, links))),
        None => format!("{}.", phrase(ty)),
    }
}

/// A text of several paragraphs.
pub fn paragraphs(text: &str, links: &Links) -> Vec<String> {
    text.trim().lines().map(|text| line(text, links)).collect()
}

/// A text on one line.
pub fn line(text: &str, links: &Links) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let safe = markdown(&text, links);
    let escaped = safe.starts_with('#') || !safe.is_empty() && safe.chars().all(|c| c == '=' || c == '-');
    if escaped { format!("\\{safe}") } else { safe }
}

pub fn full_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// After a colon a sentence goes on small, unless its first word is a name.
pub fn small(text: &str) -> String {
    const COMMON: &[&str] = &[
        "A", "All", "An", "Any", "At", "By", "Do", "Each", "Empty", "Every", "For", "Further", "How", "If",
        "In", "Like", "More", "No", "Not", "Nothing", "One", "Only", "Other", "Same", "Several", "Some",
        "That", "The", "There", "This", "To", "What", "When", "Where", "Whether", "Which", "Who", "With",
        "Without", "Your",
    ];
    let first = text.split([' ', ',', '.']).next().unwrap_or(text);
    if COMMON.contains(&first) {
        text[..1].to_ascii_lowercase() + &text[1..]
    } else {
        text.to_owned()
    }
}

/// `a`, `b` and `c`
pub fn listed(items: &[String], and: &str) -> String {
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {and} {last}", rest.join(", ")),
    }
}

/// A type in words.
fn phrase(ty: &Type) -> String {
    match ty {
        Type::Int => "a whole number".to_owned(),
        Type::Float => "a number".to_owned(),
        Type::Bool(BoolForm::TrueFalse) => "yes or no".to_owned(),
        Type::Bool(BoolForm::YesNo) => "yes or no (`Y`, `N`)".to_owned(),
        Type::Bool(BoolForm::OneZero) => "yes or no (`1`, `0`)".to_owned(),
        Type::String => "text".to_owned(),
        Type::Date => "a date".to_owned(),
        Type::DateTime => "a date and time".to_owned(),
        Type::File => "a file".to_owned(),
        Type::Id => "an identifier".to_owned(),
        Type::Any => "any value".to_owned(),
        Type::Object | Type::Named(_) => "an object".to_owned(),
        Type::Array(inner) => format!("a list of {}", plural(inner)),
        Type::Map(inner) => format!("{} by key", plural(inner)),
        Type::Union(members) => {
            let members: Vec<_> = members.iter().map(phrase).collect();
            listed(&members, "or")
        }
    }
}

fn plural(ty: &Type) -> String {
    match ty {
        Type::Int => "whole numbers".to_owned(),
        Type::Float => "numbers".to_owned(),
        Type::Bool(_) => "yes or no".to_owned(),
        Type::String => "texts".to_owned(),
        Type::Date => "dates".to_owned(),
        Type::DateTime => "dates and times".to_owned(),
        Type::File => "files".to_owned(),
        Type::Id => "identifiers".to_owned(),
        Type::Any => "any values".to_owned(),
        Type::Object | Type::Named(_) => "objects".to_owned(),
        Type::Array(inner) => format!("lists of {}", plural(inner)),
        Type::Map(inner) => format!("maps of {}", plural(inner)),
        Type::Union(members) => {
            let members: Vec<_> = members.iter().map(plural).collect();
            listed(&members, "or")
        }
    }
}

/// A link to a type of the same module. Some names are those of macros as well, which every module knows.
pub fn link(name: &str) -> String {
    const DERIVED: &[&str] = &[
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Eq",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
    ];
    if DERIVED.contains(&name) {
        format!("[`{name}`](struct@{name})")
    } else {
        format!("[`{name}`]")
    }
}

/// Text as a code span, whatever is in it.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(printable).collect();
    if text.trim().is_empty() {
        return format!("`\"{text}\"`");
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Line breaks and invisible marks that turn the direction of writing become spaces.
fn printable(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    if c.is_control() || turns { ' ' } else { c }
}

/// Markdown in which only code spans, links to web addresses and list marks mean anything.
fn markdown(text: &str, links: &Links) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back();
        let (safe, length) = code_span(rest, links)
            .or_else(|| web_link(rest))
            .or_else(|| web_address(rest))
            .unwrap_or_else(|| (plain(c, before, rest), c.len_utf8()));
        out.push_str(&safe);
        rest = &rest[length..];
    }
    out
}

/// A character that is to mean itself.
fn plain(c: char, before: Option<char>, rest: &str) -> String {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        '`' | '[' | ']' | '<' | '>' | '*' | '\\' | '&' | '~' | '|' => format!("\\{c}"),
        '_' if !(word(before) && word(rest.chars().nth(1))) => "\\_".to_owned(),
        c => printable(c).to_string(),
    }
}

/// A code span at the start; one that names a method becomes a link to it.
fn code_span(text: &str, links: &Links) -> Option<(String, usize)> {
    let inside = text.strip_prefix('`').filter(|rest| !rest.starts_with('`'))?;
    let (inside, _) = inside
        .split_once('`')
        .filter(|(inside, after)| !inside.trim().is_empty() && !after.starts_with('`'))?;
    let span = code(inside);
    let length = inside.len() + 2;
    Some(match links.get(&inside.to_lowercase()) {
        Some(path) => (format!("[{span}]({path})"), length),
        None => (span, length),
    })
}

/// `[label](https://…)` at the start.
fn web_link(text: &str) -> Option<(String, usize)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, _) = after.split_once(')')?;
    let sound = !label.is_empty()
        && !label.contains(['[', ']', '`', '<', '>', '\\'])
        && address.starts_with("https://")
        && !address.contains([' ', '<', '>', '(', '[', ']', '\\']);
    sound.then(|| (format!("[{label}]({address})"), label.len() + address.len() + 4))
}

/// `https://…` at the start.
fn web_address(text: &str) -> Option<(String, usize)> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    let end = text
        .find(|c: char| c.is_whitespace() || "<>()[]`\\\"".contains(c))
        .unwrap_or(text.len());
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*']);
    // Without a host it is no address.
    (address.split_once("://")?.1.len() > 1).then(|| (format!("<{address}>"), address.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(text: &str) -> String {
        line(text, &Links::new())
    }

    #[test]
    fn addresses_of_pages() {
        assert_eq!(
            url("api-reference/a/b-c.md"),
            "https://apidocs.bitrix24.com/api-reference/a/b-c.html"
        );
        assert_eq!(
            url("a b/(x).md"),
            "https://apidocs.bitrix24.com/a%20b/%28x%29.html"
        );
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("TITLE"), "`TITLE`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn marks_of_markdown_and_html_mean_themselves() {
        assert_eq!(safe("a */ [b] <c> #d"), "a \\*/ \\[b\\] \\<c\\> #d");
        assert_eq!(safe("# no heading"), "\\# no heading");
        assert_eq!(safe("==="), "\\===");
        assert_eq!(safe("XML_ID and _this_"), "XML_ID and \\_this\\_");
        assert_eq!(safe("a ` b"), "a \\` b");
        assert_eq!(safe("```rust"), "\\`\\`\\`rust");
        assert_eq!(safe("&copy; a|b"), "\\&copy; a\\|b");
        assert_eq!(safe("    indented"), "indented");
    }

    #[test]
    fn code_spans_links_and_addresses_stay() {
        assert_eq!(safe("see `a<b>[c]`."), "see `a<b>[c]`.");
        assert_eq!(
            safe("see [the page](https://x.y/z)."),
            "see [the page](https://x.y/z)."
        );
        assert_eq!(safe("see [the page](crate::X)."), "see \\[the page\\](crate::X).");
        assert_eq!(safe("see https://x.y/z."), "see <https://x.y/z>.");
    }

    #[test]
    fn a_method_that_is_named_is_linked() {
        let links = Links::from([("a.b.get".to_owned(), "crate::a::b::Get".to_owned())]);
        assert_eq!(
            line("as `a.b.GET` does", &links),
            "as [`a.b.GET`](crate::a::b::Get) does"
        );
    }

    #[test]
    fn lines_from_facts_read_as_english() {
        let field = |ty: &str| Field {
            name: "x".to_owned(),
            ty: ty.parse().unwrap(),
            required: false,
            nullable: false,
            default: None,
            values: Vec::new(),
            from: Default::default(),
            open: false,
            fields: Vec::new(),
        };
        let line = |field: &Field, words: Option<&str>| {
            param(field, words.map(str::to_owned).as_ref(), false, &Links::new())
        };
        assert_eq!(line(&field("int"), None), "`x`, optional: a whole number.");
        assert_eq!(line(&field("string[]"), None), "`x`, optional: a list of texts.");
        assert_eq!(
            line(&field("map<int>"), None),
            "`x`, optional: whole numbers by key."
        );
        assert_eq!(line(&field("int"), Some("The site")), "`x`, optional: the site.");
        assert_eq!(
            line(&field("int"), Some("URL of it.")),
            "`x`, optional: URL of it."
        );
        let full = Field {
            required: true,
            nullable: true,
            default: Some("5".to_owned()),
            values: vec!["1".to_owned(), "5".to_owned(), "9".to_owned()],
            ..field("int | string")
        };
        assert_eq!(
            line(&full, None),
            "`x`: a whole number or text. One of `1`, `5` and `9`. By default `5`. May be `null`."
        );
    }
}
