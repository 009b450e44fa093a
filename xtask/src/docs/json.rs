//! JSON as the documentation writes it: strict where it can, repaired where it must be.
//!
//! Keys keep their order and numbers their spelling. What had to be repaired (comments, trailing commas, `...`
//! for what is left out, single quotes, bare keys) is forgiven; what remains unreadable is an error with its line.

use std::fmt;

/// A JSON value in page order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// An expression of some programming language, or a placeholder such as `value_1`.
    Unread,
}

impl Json {
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

impl Json {
    /// Collects every value under a key, at any depth.
    pub fn values_under(&self, key: &str, found: &mut Vec<Json>) {
        match self {
            Self::Object(entries) => {
                for (name, value) in entries {
                    if name == key {
                        found.push(value.clone());
                    }
                    value.values_under(key, found);
                }
            }
            Self::Array(items) => items.iter().for_each(|item| item.values_under(key, found)),
            _ => {}
        }
    }
}

/// Why a text is not JSON, not even nearly.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// From 0, within the text.
    pub line: usize,
    pub what: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

/// Deeper than any example; a bound so that hostile input cannot exhaust the stack.
const DEPTH: usize = 100;

/// Whether a text is JSON as the standard has it.
pub fn is_strict(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Reads JSON, or nearly JSON.
pub fn read(text: &str) -> Result<Json, Unreadable> {
    let mut reader = Reader::new(text, false);
    let value = reader.value(0)?;
    reader.skip();
    if reader.at < text.len() {
        return Err(reader.unreadable("text after the value"));
    }
    Ok(value)
}

/// Reads the object or list literal that a text starts with, in JavaScript, in PHP or as a sketch: what is no
/// value is passed over.
pub fn read_literal(text: &str) -> Result<Json, Unreadable> {
    Reader::new(text, true).value(0)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Whether expressions may stand where values should.
    expressions: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, expressions: bool) -> Self {
        Self {
            text,
            at: 0,
            expressions,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn unreadable(&self, what: &'static str) -> Unreadable {
        let line = self.text[..self.at].matches('\n').count();
        Unreadable { line, what }
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Passes space, comments and ellipses.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start().len();
            self.at += space;
            let rest = self.rest();
            if rest.starts_with("//") || rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if rest.starts_with("...") {
                self.at += 3;
            } else if rest.starts_with('…') {
                self.at += '…'.len_utf8();
            } else if space == 0 {
                return;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Unreadable> {
        if depth > DEPTH {
            return Err(self.unreadable("too deep"));
        }
        self.skip();
        match self.rest().chars().next() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some(quote @ ('"' | '\'' | '`')) => Ok(Json::String(self.string(quote)?)),
            Some(c) if c == '-' || c.is_ascii_digit() => Ok(self.number()),
            Some(c) if c.is_alphabetic() => self.word(),
            Some(c) if self.expressions && !matches!(c, '}' | ']' | ',' | ':') => self.expression(),
            Some(_) => Err(self.unreadable("a character where a value should be")),
            None => Err(self.unreadable("the end where a value should be")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Unreadable> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip();
            while self.take(",") {
                self.skip();
            }
            if self.take("}") {
                return Ok(Json::Object(entries));
            }
            let key = self.key()?;
            self.skip();
            if !self.take(":") {
                return Err(self.unreadable("a key without a colon"));
            }
            let value = self.value(depth + 1)?;
            entries.push((key, value));
            self.separator("}")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Unreadable> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip();
            while self.take(",") {
                self.skip();
            }
            if self.take("]") {
                return Ok(Json::Array(items));
            }
            let item = self.value(depth + 1)?;
            self.skip();
            if self.expressions && items.is_empty() && self.take("=>") {
                return self.php_map(item, depth);
            }
            items.push(item);
            self.separator("]")?;
        }
    }

    /// The rest of `['key' => value, …]`.
    fn php_map(&mut self, first: Json, depth: usize) -> Result<Json, Unreadable> {
        let mut entries = Vec::new();
        let mut key = first;
        loop {
            let name = match key {
                Json::String(text) | Json::Number(text) => text,
                _ => return Err(self.unreadable("a key that is neither text nor a number")),
            };
            entries.push((name, self.value(depth + 1)?));
            self.separator("]")?;
            self.skip();
            if self.take("]") {
                return Ok(Json::Object(entries));
            }
            key = self.value(depth + 1)?;
            self.skip();
            if !self.take("=>") {
                return Err(self.unreadable("a key without `=>`"));
            }
        }
    }

    /// Between two members: a comma, the end, or a new line where the comma was forgotten.
    fn separator(&mut self, end: &str) -> Result<(), Unreadable> {
        let before = self.at;
        self.skip();
        let new_line = self.text[before..self.at].contains('\n');
        if self.take(",") || self.rest().starts_with(end) || (new_line && self.at < self.text.len()) {
            return Ok(());
        }
        Err(self.unreadable("a value without a comma behind it"))
    }

    fn key(&mut self) -> Result<String, Unreadable> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(c) if c.is_alphanumeric() || matches!(c, '_' | '$') => {
                let rest = self.rest();
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '-')))
                    .unwrap_or(rest.len());
                self.at += end;
                Ok(rest[..end].to_owned())
            }
            _ => Err(self.unreadable("a character where a key should be")),
        }
    }

    fn string(&mut self, quote: char) -> Result<String, Unreadable> {
        self.at += 1;
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            if c == quote {
                self.at += i + 1;
                return Ok(out);
            }
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some((_, 'u')) => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    out.push(unicode(&digits));
                }
                Some((_, c)) => out.push(escaped(c)),
                None => break,
            }
        }
        Err(self.unreadable("a string that never ends"))
    }

    fn number(&mut self) -> Json {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E')))
            .unwrap_or(rest.len());
        let text = rest[..end].trim_end_matches('.');
        self.at += text.len().max(1);
        Json::Number(text.to_owned())
    }

    fn word(&mut self) -> Result<Json, Unreadable> {
        for (word, value) in [
            ("null", Json::Null),
            ("undefined", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.take(word) {
                return Ok(value);
            }
        }
        if self.expressions {
            return self.expression();
        }
        Err(self.unreadable("a bare word where a value should be"))
    }
}

impl Reader<'_> {
    /// Passes over whatever stands before the next comma or end at the same depth.
    fn expression(&mut self) -> Result<Json, Unreadable> {
        let mut depth = 0usize;
        let mut quote = None;
        for (i, c) in self.rest().char_indices() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'' | '`') => quote = Some(c),
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}' | ',' | '\n') if depth == 0 => {
                    self.at += i;
                    return Ok(Json::Unread);
                }
                (None, ')' | ']' | '}') => depth -= 1,
                _ => {}
            }
        }
        Err(self.unreadable("an expression that never ends"))
    }
}

fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        other => other,
    }
}

/// The character of four hexadecimal digits. Halves of pairs become the replacement character: only the shape
/// of an example matters here, never its wording.
fn unicode(digits: &str) -> char {
    u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: &[(&str, Json)]) -> Json {
        Json::Object(
            entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
        )
    }

    fn text(text: &str) -> Json {
        Json::String(text.to_owned())
    }

    fn number(text: &str) -> Json {
        Json::Number(text.to_owned())
    }

    #[test]
    fn strict_json_keeps_order_and_spelling() {
        let source = r#"{"watt": 1.50, "bulb": "E\u0031\n\"4\"", "on": [true, null, -3e2]}"#;
        assert!(is_strict(source));
        let on = Json::Array(vec![Json::Bool(true), Json::Null, number("-3e2")]);
        let expected = object(&[("watt", number("1.50")), ("bulb", text("E1\n\"4\"")), ("on", on)]);
        assert_eq!(read(source), Ok(expected));
    }

    #[test]
    fn what_is_nearly_json_is_repaired() {
        let source = "{\n  // the kind\n  'bulb': 'E14', /* screw */\n  watt: 5,\n  \"shades\": [1, 2, ...],\n  \"on\": true\n  \"dim\": false,\n  ...\n}";
        assert!(!is_strict(source));
        let expected = object(&[
            ("bulb", text("E14")),
            ("watt", number("5")),
            ("shades", Json::Array(vec![number("1"), number("2")])),
            ("on", Json::Bool(true)),
            ("dim", Json::Bool(false)),
        ]);
        assert_eq!(read(source), Ok(expected));
    }

    #[test]
    fn what_remains_unreadable_says_where() {
        for (source, line, what) in [
            ("{\"a\": 1,\n \"b\" 2}", 1, "a key without a colon"),
            ("{\"a\": }", 0, "a character where a value should be"),
            ("{\"a\": lamp}", 0, "a bare word where a value should be"),
            ("[1, 2", 0, "a value without a comma behind it"),
            ("{\"a\": \"b", 0, "a string that never ends"),
            ("{} {}", 0, "text after the value"),
            ("", 0, "the end where a value should be"),
        ] {
            assert_eq!(read(source), Err(Unreadable { line, what }), "{source}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let source = "[".repeat(100_000);
        assert_eq!(read(&source).map_err(|error| error.what), Err("too deep"));
    }

    #[test]
    fn literals_of_javascript_pass_over_expressions() {
        let source =
            "{ id: lampId, at: new Date(2026, 1), list: ['a', `b`], fn: (x) => { return x } } and more";
        let expected = object(&[
            ("id", Json::Unread),
            ("at", Json::Unread),
            ("list", Json::Array(vec![text("a"), text("b")])),
            ("fn", Json::Unread),
        ]);
        assert_eq!(read_literal(source), Ok(expected));
    }

    #[test]
    fn literals_of_php_are_maps_where_they_have_arrows() {
        let source = "['bulb' => 'E14', 'shades' => ['red', 'blue'], 7 => $seven,];";
        let shades = Json::Array(vec![text("red"), text("blue")]);
        let expected = object(&[("bulb", text("E14")), ("shades", shades), ("7", Json::Unread)]);
        assert_eq!(read_literal(source), Ok(expected));
    }

    #[test]
    fn any_text_at_all_gives_a_value_or_an_error() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "'", "\\u12", "...", "//", "1", "é", "=>", "true", "#",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let text = format!("{a}{b}{c}{a}");
                    let (_, _) = (read(&text), read_literal(&text));
                }
            }
        }
    }
}
