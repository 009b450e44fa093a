//! Small facts in prose: names, scopes, rights, statuses, codes, values, defaults.

use super::inline;
use super::json::{self, Json};
use super::scan::{self, Kind};
use super::table::Table;

pub const NO_CODE: &str = "an error row without a code";

/// `**name***` and what follows in the cell: the name, whether it is marked as required, the rest.
pub fn field_name(cell: &str) -> Option<(String, bool, String)> {
    let cell = cell.trim();
    let (first, after) = cell.split_once('\n').unwrap_or((cell, ""));
    // A star that is a part of the name: `UF_\*`.
    let first = first.trim().replace("\\*", "…");
    let first = first.as_str();
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
    // `UF_\*` has a star of its own.
    let name = name.trim_end_matches(marks).trim_end_matches('\\');
    let name = inline::without_links(name).replace('`', "").replace("\\_", "_");
    let name = name.trim().trim_matches('*').to_owned();
    let rest = format!("{rest}\n{after}");
    (!name.is_empty()).then_some((name, required, rest))
}

/// Whether a name stands for keys that are data: `<selector>`, `UF_CRM_...`, `{id}`, `UF_*`, `type code`, `propertyN`,
/// `UF_`, `PROPERTY_PropertyId`.
pub fn is_template(name: &str) -> bool {
    let numbered = name
        .strip_suffix('N')
        .is_some_and(|word| word.ends_with(|c: char| c.is_ascii_lowercase()));
    let begun = name.len() > 1 && name.ends_with('_');
    let is_camel = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase())
    };
    let is_capital = |word: &str| word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let completed = name
        .rsplit_once('_')
        .is_some_and(|(first, last)| !first.is_empty() && is_capital(first) && is_camel(last));
    let marked = name.contains(['<', '{', '*', ' ']) || name.contains("...") || name.contains('…');
    marked || numbered || begun || completed
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
        .filter(|code| code != "*")
        .collect()
}

/// The code of ``Error Code: `X` ``.
pub fn error_code_above(text: &str) -> Option<String> {
    let text = inline::without_links(text).replace("**", "");
    let (_, rest) = behind(&text, "error code:").filter(|(at, _)| *at == 0)?;
    let code = *inline::code_spans(rest).first()?;
    is_error_code(code).then(|| error_pattern(code))
}

/// Whether a column has nothing but HTTP statuses, and the next one codes, as `LAMP_IS_DARK`, among words.
pub fn are_statuses_before_codes(table: &Table, column: usize) -> bool {
    let rows = &table.rows[1..];
    let is_status = |cell: &str| {
        let codes = error_codes(cell);
        !codes.is_empty()
            && codes
                .iter()
                .all(|code| number(code).is_some_and(|status| code == &status.to_string()))
    };
    let is_code = |code: &String| {
        code.contains('_')
            && code
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    rows.iter().all(|row| is_status(row.cell(column)))
        && rows
            .iter()
            .any(|row| error_codes(row.cell(column + 1)).iter().any(is_code))
}

/// A row may quote a parameter, or have a place for one: `"id"`, `#ID#`. That is no code.
fn is_error_code(code: &str) -> bool {
    code.contains(|c: char| c.is_ascii_alphanumeric())
        && !code.contains(char::is_whitespace)
        && !code.starts_with(['"', '#'])
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

/// Words in front of values that stand in a row.
const VALUE_WORDS: [&str; 9] = [
    "supported values are",
    "supported types are",
    "possible values",
    "allowed values",
    "valid values",
    "accepts values",
    "accepted values",
    "available values",
    "acceptable values",
];

/// The values that a description lists, in its order.
pub fn values(note: &str) -> Vec<String> {
    let note = inline::without_links(note).replace("**", "");
    let values = listed_below(&note);
    // «Possible values: empty» names none.
    if values.iter().any(|value| !value.is_empty()) {
        return values;
    }
    for (at, rest) in VALUE_WORDS.iter().filter_map(|words| behind(&note, words)) {
        let example = note[..at].to_lowercase().ends_with("examples of ");
        let values = in_a_row(rest);
        if !example && !values.is_empty() {
            return values;
        }
    }
    if is_flag(&note) {
        return vec!["Y".to_owned(), "N".to_owned()];
    }
    Vec::new()
}

/// Where some words stand in a text, case ignored, and what follows them.
fn behind<'a>(text: &'a str, words: &str) -> Option<(usize, &'a str)> {
    // Only ASCII changes, so that positions stay.
    let at = text.to_ascii_lowercase().find(words)?;
    Some((at, &text[at + words.len()..]))
}

/// `Y/N`, "`Y` or `N`", or one line about `Y` and one about `N`.
fn is_flag(note: &str) -> bool {
    let line_about = |value: &str| {
        note.lines()
            .any(|line| listed_value(line.trim()).as_deref() == Some(value))
    };
    ["`Y/N`", "`Y`/`N`", "`Y` or `N`"]
        .iter()
        .any(|both| note.contains(both))
        || (line_about("Y") && line_about("N"))
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
        listing |= values.is_empty() && announces_values(line);
    }
    // `U<ID>` and the like are forms of values, not values.
    if values.iter().any(|value| is_template(value)) {
        values.clear();
    }
    values
}

fn announces_values(line: &str) -> bool {
    let lower = line.to_lowercase();
    let about_values = lower.contains("values") || lower.contains("value:") || lower.contains("available ");
    let about_something_else =
        lower.contains(" for `") || lower.contains("prefix") || lower.contains("example");
    lower.ends_with(':') && (about_values && !about_something_else || lower.ends_with("type:"))
}

/// `` - `Y` — yes ``, `` `Y`  yes ``.
fn listed_value(line: &str) -> Option<String> {
    let line = scan::item(line).unwrap_or(line);
    let (value, rest) = line.strip_prefix('`')?.split_once('`')?;
    let separated = rest.is_empty() || rest.starts_with([' ', '\u{a0}', ',', ';', '.', '—', '–', '-', ':']);
    (separated && !value.is_empty()).then(|| unquoted(value))
}

/// `` `a`, `b` and `c` `` right behind a trigger: nothing but commas and «and», «or» between.
fn in_a_row(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text.trim_start_matches([' ', ':', '\u{a0}', '—', '-', '\n']);
    while let Some((value, after)) = rest.strip_prefix('`').and_then(|code| code.split_once('`')) {
        values.push(unquoted(value));
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
    for words in [
        "by default",
        "default value is",
        "default value",
        "default is",
        "defaults to",
        "default",
    ] {
        let mut rest = text.as_str();
        while let Some((at, after)) = behind(rest, words) {
            let before = &text[..text.len() - rest.len() + at];
            if let Some(value) = stated(after).filter(|_| !is_conditional(before)) {
                return Some(value);
            }
            rest = after;
        }
    }
    in_brackets(&text)
}

/// `x=1` as the default of `x` is `1`.
pub fn without_assignment(name: &str, default: String) -> String {
    let assigned = default.split_once('=').filter(|(of, _)| of.trim() == name);
    assigned
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or(default)
}

/// Whether the sentence that a text ends in holds for some cases only: `For sites of type …, the`.
fn is_conditional(before: &str) -> bool {
    let sentence = before.rsplit(['.', '\n']).next().unwrap_or(before).trim_start();
    sentence.starts_with("For ") || sentence.starts_with("When ")
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
    ends.then(|| unquoted(value.trim()))
}

/// Pages show text as `card`, `"card"` and `'card'`.
fn unquoted(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

/// `` `X` (default) ``, `` `X` — … (by default) ``.
fn in_brackets(text: &str) -> Option<String> {
    for mark in ["(default)", "(by default)", "(used by default)"] {
        let Some(at) = text.find(mark) else {
            continue;
        };
        let line = text[..at].rsplit('\n').next().unwrap_or("").trim();
        let right_before = line.strip_suffix('`').and_then(|code| code.rsplit_once('`'));
        return match right_before {
            Some((_, value)) => Some(unquoted(value)),
            None => listed_value(line),
        };
    }
    None
}

/// Whether a description names a value in code.
pub fn names(note: &str, value: &str) -> bool {
    inline::code_spans(note).contains(&value)
}

/// The literals in a description that sketch an object: blocks of code and code between words.
pub fn sketches(note: &str) -> Vec<Json> {
    let (blocks, _) = scan::scan(note, 1);
    let mut texts: Vec<String> = blocks
        .into_iter()
        .filter_map(|block| match block.kind {
            Kind::Code { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    texts.extend(inline::code_spans(note).iter().map(|span| (*span).to_owned()));
    texts
        .iter()
        .map(|text| without_name(text))
        .filter(|text| text.starts_with('{'))
        .filter_map(|text| json::read_literal(&without_dots(text)).ok())
        .filter(|sketch| matches!(sketch, Json::Object(entries) if !entries.is_empty()))
        .collect()
}

/// Whether a description says «a list of identifiers of …».
pub fn lists_identifiers(note: &str) -> bool {
    let words = inline::words(&inline::plain(note));
    let list = words
        .iter()
        .position(|word| matches!(word.as_str(), "array" | "list" | "set"));
    let Some(rest) = list
        .and_then(|at| words.get(at + 1..))
        .filter(|rest| rest.first().is_some_and(|word| word == "of"))
    else {
        return false;
    };
    let named = |word: &String| matches!(word.as_str(), "identifiers" | "ids");
    rest.iter().take(5).any(named)
}

/// `NAME: { … }` without the name.
pub fn without_name(text: &str) -> &str {
    let text = text.trim_start();
    let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '"'));
    let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
    value.filter(|value| value.starts_with('{')).unwrap_or(text)
}

/// Without the lines that say «and so on».
fn without_dots(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !matches!(line.trim().trim_end_matches(','), ".." | "..." | "…"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a description says that an object's keys are data: «where the key is …».
pub fn speaks_of_keys(note: &str) -> bool {
    let lower = note.to_lowercase();
    [
        "key is the",
        "the keys are",
        "keys of the",
        "map of ",
        "grouped by",
        "contains objects, each",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

/// Whether a description allows a list of things beside a single object.
pub fn speaks_of_a_list(note: &str) -> bool {
    let lower = note.to_lowercase();
    lower
        .match_indices("an array of ")
        .any(|(at, _)| !lower[..at].ends_with("is "))
}

/// Whether a description says that what a table calls an array is one object: «array with the field `lamp`».
pub fn speaks_of_one_object(note: &str) -> bool {
    let lower = note
        .to_lowercase()
        .replace("array of the form", "array in the format");
    let one = [
        "object in the format",
        "array in the format",
        "array with the field",
        "object with the field",
        "associative array",
    ];
    one.iter().any(|words| lower.contains(words))
        && !lower.contains("array of ")
        && !lower.contains("list of ")
}

/// Whether a description says that the value itself may be `null`: «or `null`», «returns `null`».
pub fn may_be_null(note: &str) -> bool {
    let lower = note.to_lowercase();
    lower.match_indices("`null`").any(|(at, _)| {
        let before = lower[..at].trim_end();
        let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
        matches!(
            word,
            "or" | "return" | "returns" | "returned" | "be" | "is" | "as" | "contains"
        )
    })
}

/// Whether a description says that a value is always empty.
pub fn speaks_of_nothing(note: &str) -> bool {
    let lower = note.to_lowercase();
    [
        "empty array",
        "empty list",
        "empty object",
        "[]`",
        "always null",
        "always `null`",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

/// Fields of a parameter that its own description names: `fields.ADDITIONAL_FIELDS` → `ADDITIONAL_FIELDS`.
pub fn named_children<'n>(note: &'n str, name: &str) -> Vec<&'n str> {
    let spans = inline::code_spans(note).into_iter();
    spans
        .filter_map(|span| span.strip_prefix(name)?.strip_prefix('.'))
        .collect()
}

/// Whether a key of a sketch stands for any: `field_1`, `<selector>`, `FIELD`.
pub fn is_placeholder(key: &str) -> bool {
    let lower = key.to_lowercase();
    let numbered = lower
        .rsplit_once('_')
        .is_some_and(|(_, end)| end == "n" || end.parse::<u8>().is_ok());
    is_template(key) || numbered || matches!(lower.as_str(), "field" | "key" | "name" | "code")
}

/// Whether the words of a parameter section say that there is nothing to pass.
pub fn says_no_parameters(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "without parameters",
        "no parameters",
        "not require",
        "not have parameters",
        "does not accept",
        "parameters are not",
    ]
    .iter()
    .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_required_marks_in_every_spelling() {
        for (cell, name, required) in [
            ("**bulb***\n`string`", "bulb", true),
            ("**bulb*** \n`string`", "bulb", true),
            ("**bulb**^*^\n`string`", "bulb", true),
            ("**bulb^*^**\n`string`", "bulb", true),
            ("**bulb**\n`string`", "bulb", false),
            ("**`<socket>`**\n`string`", "<socket>", false),
            ("**LAMP\\_ID**", "LAMP_ID", false),
            ("**=ON**", "=ON", false),
            ("**UF_\\***", "UF_…", false),
            ("`watt`", "watt", false),
        ] {
            let (found, marked, _) = field_name(cell).unwrap();
            assert_eq!((found.as_str(), marked), (name, required), "{cell}");
        }
        assert_eq!(field_name("  "), None);
        let (_, _, rest) = field_name("**bulb** `string`\nmore").unwrap();
        assert_eq!(rest.trim(), "`string`\nmore");
    }

    #[test]
    fn codes_have_a_star_where_they_vary() {
        assert_eq!(error_codes("`LAMP_DARK[...]`"), ["LAMP_DARK[*]"]);
        assert_eq!(error_codes("`LAMP_<REASON>`"), ["LAMP_*"]);
        assert_eq!(error_codes("`LAMP_DARK`\nIt is dark"), ["LAMP_DARK"]);
        assert_eq!(error_codes("`A1`, `A2`"), ["A1", "A2"]);
        assert_eq!(error_codes("100"), ["100"]);
        assert!(error_codes("-").is_empty());
        assert!(error_codes("It is dark").is_empty());
        assert!(error_codes("`#ID#`").is_empty());
        assert!(error_codes("`<REASON>`").is_empty());
        assert!(error_codes("`\"id\"`").is_empty());
    }

    #[test]
    fn a_code_may_stand_above_its_table() {
        let code = |text| error_code_above(text);
        assert_eq!(
            code("Error Code: `LAMP_BROKEN_EXCEPTION`").as_deref(),
            Some("LAMP_BROKEN_EXCEPTION")
        );
        assert_eq!(code("**Error code:** `LAMP`").as_deref(), Some("LAMP"));
        assert_eq!(code("See the error code: `LAMP`"), None);
        assert_eq!(code("Error code: unknown"), None);
    }

    #[test]
    fn statuses_are_read_from_their_line_only() {
        assert_eq!(http_status("HTTP Status: **403**"), Some(403));
        assert_eq!(http_status("HTTP status: **200**"), Some(200));
        assert_eq!(http_status("HTTP lamps: 12"), None);
        assert_eq!(http_status("Status 999"), None);
    }

    #[test]
    fn values_are_listed_in_many_ways() {
        for (note, expected) in [
            (
                "Kind. Possible values:\n`E14` — small\n`E27`  big\nDefault is `E14`",
                &["E14", "E27"][..],
            ),
            (
                "Kind. **Possible values:**\n- `E14` - small\n- `E27` - big",
                &["E14", "E27"],
            ),
            (
                "Supported values are `E14`, `E27` and `GU10`, no other",
                &["E14", "E27", "GU10"],
            ),
            (
                "Kind. Possible values:\n- `'E14'` — small\n- `\"E27\"` — big",
                &["E14", "E27"],
            ),
            ("Whether it is on, `Y/N`", &["Y", "N"]),
            ("Whether it is on (`Y`/`N`)", &["Y", "N"]),
            ("Light it: `Y` or `N`", &["Y", "N"]),
            ("`Y` — it goes on.\n`N` — it goes off.", &["Y", "N"]),
            ("Socket type:\n- `E14` — small\n- `E27` — big", &["E14", "E27"]),
            ("Examples of valid values: `a1`, `b2`", &[]),
            ("Codes:\n- `U<ID>` — a user\n- `G<ID>` — a group", &[]),
            ("Supported values range from `1` to `9`", &[]),
            ("Possible values for `order`:\n- `up` — rising", &[]),
        ] {
            assert_eq!(values(note), expected, "{note}");
        }
    }

    #[test]
    fn defaults_are_taken_only_where_they_are_stated() {
        for (note, expected) in [
            ("Default is `E14`.", Some("E14")),
            ("By default — `false`", Some("false")),
            ("By default `0.00`", Some("0.00")),
            ("Default - `card`", Some("card")),
            ("Defaults to an empty string", Some("")),
            ("Default `''`", Some("")),
            ("Default is `'card'`", Some("card")),
            ("`Y` and `N`, default is `N`", Some("N")),
            ("`true` (default) lights it", Some("true")),
            ("- `up` — rising (by default)\n- `down` — falling", Some("up")),
            ("By default, `lamp.list` gives those that burn", None),
            ("For sockets in halls the default value is `E27`", None),
            ("The default is the first", None),
            ("Light it", None),
        ] {
            assert_eq!(default(note).as_deref(), expected, "{note}");
        }
    }

    #[test]
    fn null_counts_where_it_is_the_value() {
        assert!(may_be_null("The bulb or `null`"));
        assert!(may_be_null("Without a bulb the method will return `null`"));
        assert!(!may_be_null("Only if `bulb` is not equal to `null`"));
    }

    #[test]
    fn sketches_are_literals_between_the_words() {
        let note = "As `{\"<socket>\": \"<bulb>\"}` or\n```\n{ E14: bulb_1, }\n```\nnot `{broken`";
        let found = sketches(note);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Json::Object(vec![("E14".to_owned(), Json::Unread)]));
        let named = sketches("Such as\n\n```js\n'NAME': {\n    'de': 'Lampe',\n    ...\n},\n```\n");
        let entry = ("de".to_owned(), Json::String("Lampe".to_owned()));
        assert_eq!(named, [Json::Object(vec![entry])]);
    }

    #[test]
    fn lists_of_identifiers_are_told_by_their_words() {
        assert!(lists_identifiers("A list of the lamp IDs that burn"));
        assert!(lists_identifiers("Array of [identifiers](./x.md) of lamps"));
        assert!(!lists_identifiers("Identifiers of lamps by room"));
        assert!(!lists_identifiers(
            "An array of lamps, each with name, watt and socket, found by IDs"
        ));
    }

    #[test]
    fn names_that_stand_for_data() {
        for name in [
            "<socket>",
            "UF_LAMP_...",
            "UF_*",
            "{id}",
            "#lamp<id>",
            "socket code",
            "socketN",
        ] {
            assert!(is_template(name), "{name}");
        }
        assert!(
            !is_template("UF_LAMP") && !is_template("LAMP_N") && !is_template("ON") && !is_template("=ON")
        );
        assert!(is_placeholder("field_1") && is_placeholder("FIELD") && is_placeholder("lamp_n"));
        assert!(!is_placeholder("lamp_on"));
    }
    #[test]
    fn a_default_may_be_stated_with_its_name() {
        assert_eq!(without_assignment("watt", "watt=5".to_owned()), "5");
        assert_eq!(without_assignment("volt", "watt=5".to_owned()), "watt=5");
    }

    #[test]
    fn nothing_alone_is_no_value() {
        assert!(values("Possible values:\n- `\"\"` — never").is_empty());
        assert_eq!(values("Possible values:\n- `\"\"` — never\n- `on`"), ["", "on"]);
    }

    #[test]
    fn keys_may_be_data() {
        assert!(speaks_of_keys("Bulbs, where the key is the socket"));
        assert!(speaks_of_keys("Contains objects, each for one [bulb](#bulb)"));
        assert!(!speaks_of_keys("Contains the key"));
    }
}
