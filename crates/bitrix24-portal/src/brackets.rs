//! Query strings and form bodies as PHP reads them: `fields[TITLE]=…`, `select[]=ID`, `PHONE[0][VALUE]=…`.
//!
//! The rules are those of `parse_str`, odd ones included: a space or a dot in the outermost name becomes an
//! underscore, what follows a closing bracket is dropped unless it opens another, an index that is not closed
//! is part of the name, and a name that is nested too deeply is dropped as a whole.

use indexmap::IndexMap;

use crate::value::{Map, Value};

/// PHP's `max_input_nesting_level`.
const DEEPEST: usize = 64;

/// A query string or a form body, decoded.
pub(crate) fn decode(text: &str) -> Map {
    let mut root = Array::default();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        root.put(&unescape(name), unescape(value));
    }
    root.into_map()
}

/// Name and value pairs that need no unescaping: the parts of a multipart form.
pub(crate) fn collect(pairs: impl IntoIterator<Item = (String, String)>) -> Map {
    let mut root = Array::default();
    for (name, value) in pairs {
        root.put(&name, value);
    }
    root.into_map()
}

/// `+` and `%XX`; what is not an escape stands for itself.
pub(crate) fn unescape(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'+', ..) => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A PHP array under construction.
#[derive(Default)]
struct Array {
    entries: IndexMap<String, Node>,
    /// The key that `[]` gets.
    next: i64,
}

enum Node {
    Text(String),
    Array(Array),
}

impl Array {
    fn put(&mut self, name: &str, value: String) {
        let Some(path) = path(name) else { return };
        let Some((last, outer)) = path.split_last() else {
            return;
        };
        let mut array = self;
        for key in outer {
            array = array.inner(key.as_deref());
        }
        let key = array.key(last.as_deref());
        array.entries.insert(key, Node::Text(value));
    }

    /// The array under this key; text that stood there gives way.
    fn inner(&mut self, key: Option<&str>) -> &mut Array {
        let key = self.key(key);
        let node = self
            .entries
            .entry(key)
            .or_insert_with(|| Node::Text(String::new()));
        loop {
            match node {
                Node::Array(array) => return array,
                Node::Text(_) => *node = Node::Array(Array::default()),
            }
        }
    }

    fn key(&mut self, key: Option<&str>) -> String {
        let Some(key) = key else {
            let next = self.next;
            self.next = next.saturating_add(1);
            return next.to_string();
        };
        // Only the canonical form of a number is a number to PHP: `05` and `+5` are text.
        if let Some(number) = key.parse().ok().filter(|number: &i64| number.to_string() == key) {
            self.next = self.next.max(number.saturating_add(1));
        }
        key.to_owned()
    }

    fn into_map(self) -> Map {
        let value = |node| match node {
            Node::Text(text) => Value::Text(text),
            Node::Array(array) => Value::php_array(array.into_map()),
        };
        self.entries
            .into_iter()
            .map(|(key, node)| (key, value(node)))
            .collect()
    }
}

/// The steps of a name, `None` for `[]`; nothing for a name that PHP drops.
fn path(name: &str) -> Option<Vec<Option<String>>> {
    let name = name
        .split('\0')
        .next()
        .unwrap_or_default()
        .trim_start_matches(' ');
    let Some((base, mut rest)) = name.split_once('[') else {
        return (!name.is_empty()).then(|| vec![Some(underscored(name))]);
    };
    if base.is_empty() {
        return None;
    }
    let mut steps = vec![Some(underscored(base))];
    while steps.len() <= DEEPEST {
        let skipped = rest.strip_prefix(is_space).unwrap_or(rest);
        if let Some(after) = skipped.strip_prefix(']') {
            steps.push(None);
            rest = after;
        } else if let Some((index, after)) = rest.split_once(']') {
            steps.push(Some(index.to_owned()));
            rest = after;
        } else {
            // Not an index. At the first bracket it belongs to the name; further in PHP forgets it.
            if let [Some(only)] = &mut steps[..] {
                *only = underscored(name);
            }
            return Some(steps);
        }
        match rest.strip_prefix('[') {
            Some(after) => rest = after,
            None => return Some(steps),
        }
    }
    None
}

fn underscored(name: &str) -> String {
    name.replace([' ', '.', '['], "_")
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn names_and_values_are_read_as_php_reads_them() {
        for (text, json) in [
            ("", "[]"),
            ("a=1", r#"{"a":"1"}"#),
            ("a", r#"{"a":""}"#),
            ("a=", r#"{"a":""}"#),
            ("=1&a=2", r#"{"a":"2"}"#),
            ("&&a=1&", r#"{"a":"1"}"#),
            ("a=1=2", r#"{"a":"1=2"}"#),
            ("a=1&a=2", r#"{"a":"2"}"#),
            ("a=x+y%20z%2B", r#"{"a":"x y z+"}"#),
            ("a=%zz%4", r#"{"a":"%zz%4"}"#),
            ("a=%D0%96", r#"{"a":"Ж"}"#),
            ("a=%FF", "{\"a\":\"\u{fffd}\"}"),
            ("fields[TITLE]=x", r#"{"fields":{"TITLE":"x"}}"#),
            ("fields%5BTITLE%5D=x", r#"{"fields":{"TITLE":"x"}}"#),
            ("a[]=1&a[]=2", r#"{"a":["1","2"]}"#),
            ("a[0]=1&a[1]=2", r#"{"a":["1","2"]}"#),
            ("a[1]=1&a[0]=2", r#"{"a":{"1":"1","0":"2"}}"#),
            ("a[5]=1&a[]=2", r#"{"a":{"5":"1","6":"2"}}"#),
            ("a[05]=1&a[]=2", r#"{"a":{"05":"1","0":"2"}}"#),
            ("a[x]=1&a[]=2", r#"{"a":{"x":"1","0":"2"}}"#),
            (
                "a[P][0][V]=1&a[P][0][T]=W&a[P][1][V]=2",
                r#"{"a":{"P":[{"V":"1","T":"W"},{"V":"2"}]}}"#,
            ),
            ("a=1&a[b]=2", r#"{"a":{"b":"2"}}"#),
            ("a[b]=1&a=2", r#"{"a":"2"}"#),
            ("a[b]=1&a[b][c]=2", r#"{"a":{"b":{"c":"2"}}}"#),
            ("a[b]c=1", r#"{"a":{"b":"1"}}"#),
            ("a[b]c[d]=1", r#"{"a":{"b":"1"}}"#),
            ("a[b=1", r#"{"a_b":"1"}"#),
            ("a[b[c=1", r#"{"a_b_c":"1"}"#),
            ("a[b][c=1", r#"{"a":{"b":"1"}}"#),
            ("[a]=1", "[]"),
            ("a]=1", r#"{"a]":"1"}"#),
            ("a[[b]=1", r#"{"a":{"[b":"1"}}"#),
            ("a b.c[d e.f]=1", r#"{"a_b_c":{"d e.f":"1"}}"#),
            ("  a=1", r#"{"a":"1"}"#),
            ("a[ ]=1", r#"{"a":["1"]}"#),
            ("a[=DELETED]=N", r#"{"a_":"DELETED]=N"}"#),
            ("a[%3DDELETED]=N", r#"{"a":{"=DELETED":"N"}}"#),
            ("a%00b=1", r#"{"a":"1"}"#),
            ("0=1&1[x]=2", r#"["1",{"x":"2"}]"#),
        ] {
            let decoded = Value::php_array(decode(text)).json();
            assert_eq!(decoded, json, "{text}");
        }
    }

    /// Against PHP itself, where there is one: a few thousand strings of the pieces that the rules are about.
    #[test]
    fn php_agrees() {
        const PIECES: [&str; 19] = [
            "a", "b", "[", "]", "[]", "[0]", "[1]", "[7]", "[01]", "[a]", "=", "&", "&a[", "%5B", "%5D",
            "%2", "+", ".", "é",
        ];
        let mut state = 7u64;
        let mut any = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let queries: Vec<String> = (0..4_000)
            .map(|_| (0..any(14)).map(|_| PIECES[any(PIECES.len())]).collect())
            .collect();
        let script = "while (($line = fgets(STDIN)) !== false) { $read = []; parse_str(json_decode($line), $read); \
                      echo json_encode($read, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), \"\\n\"; }";
        let mut php = Command::new("php");
        php.args(["-d", "display_errors=0", "-r", script]);
        let Ok(mut php) = php.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
            eprintln!("skipped: there is no php here to compare with");
            return;
        };
        let lines: String = queries
            .iter()
            .map(|query| serde_json::to_string(query).unwrap() + "\n")
            .collect();
        let mut stdin = php.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let output = php.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        let answers: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
        assert_eq!(answers.len(), queries.len());
        for (query, answer) in queries.iter().zip(answers) {
            let ours = Value::php_array(decode(query)).json();
            assert_eq!(ours, answer, "{query}");
        }
    }

    #[test]
    fn a_name_nested_too_deeply_is_dropped() {
        let deep = |levels| decode(&format!("a{}=1&b=2", "[x]".repeat(levels))).len();
        assert_eq!(deep(DEEPEST), 2);
        assert_eq!(deep(DEEPEST + 1), 1);
    }
}
