//! What the words of a description say of a value that no table and no type word describes: fields as bullets, what
//! a list holds, what an untyped value is.

use super::facts;
use super::infer;
use super::inline;
use super::scan;
use super::type_text;
use crate::spec::{BoolForm, Type};

/// A field that a bullet names: `` - `bulb` — its socket ``.
#[derive(Debug, PartialEq)]
pub struct Bullet {
    pub name: String,
    pub note: String,
}

/// The fields that bullets of a description name, below its first line that leads to any.
///
/// `known` are names that examples show: they tell fields from values, where the line above does not.
pub fn bullets(note: &str, certain: bool, known: &[&str]) -> Vec<Bullet> {
    let mut above = "";
    let mut found: Vec<Bullet> = Vec::new();
    let mut outer = 0;
    for line in note.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        let inner = indent > outer && scan::item(line).is_some();
        match (bullet(line), found.last_mut()) {
            // What is indented belongs to the bullet above: its values.
            (_, Some(last)) if inner => {
                last.note.push('\n');
                last.note.push_str(line);
            }
            (Some(bullet), last) => {
                outer = if last.is_none() { indent } else { outer };
                found.push(bullet);
            }
            (None, None) => above = line,
            (None, _) if scan::item(line).is_some() => break,
            (None, _) => {
                if leads_to_fields(above, &found, certain, known) {
                    return found;
                }
                found.clear();
                above = line;
            }
        }
    }
    if !leads_to_fields(above, &found, certain, known) {
        found.clear();
    }
    found
}

fn bullet(line: &str) -> Option<Bullet> {
    let item = scan::item(line)?.replace("**", "");
    let item = inline::without_links(&item);
    let (name, rest) = item.strip_prefix('`')?.split_once('`')?;
    let note = rest.trim_start_matches([' ', '\u{a0}', '—', '–', '-', ':']);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !note.is_empty()).then(|| Bullet {
        name: name.to_owned(),
        note: note.to_owned(),
    })
}

/// Whether bullets are fields rather than values, operators or what a sketch's words stand for.
fn leads_to_fields(above: &str, bullets: &[Bullet], certain: bool, known: &[&str]) -> bool {
    let above = above.to_lowercase();
    let stand_ins = bullets.iter().any(|bullet| {
        let counted = bullet.name.to_lowercase();
        let counted = counted.strip_prefix("value").unwrap_or("");
        facts::is_placeholder(&bullet.name) && bullet.name.contains('_')
            || counted.starts_with(|c: char| c.is_ascii_digit() || c == '_')
    });
    // `R`, `AU` and the like are codes.
    let codes = bullets.iter().all(|bullet| {
        bullet.name.len() <= 2 && bullet.name != "ID" && bullet.name.chars().all(|c| c.is_ascii_uppercase())
    });
    if bullets.is_empty() || stand_ins || codes {
        return false;
    }
    let shown = bullets
        .iter()
        .any(|bullet| known.iter().any(|name| name.eq_ignore_ascii_case(&bullet.name)));
    let words = inline::words(&above);
    let about_fields = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "fields" | "keys" | "parameters" | "properties" | "attributes" | "structure"
        )
    });
    let about_values = words.last().is_some_and(|word| word == "where")
        || words.iter().any(|word| {
            matches!(
                word.as_str(),
                "value"
                    | "values"
                    | "types"
                    | "options"
                    | "prefixes"
                    | "supported"
                    | "codes"
                    | "example"
                    | "examples"
            )
        });
    let about_examples = words.iter().any(|word| word.starts_with("example"));
    shown && !about_examples
        || about_fields && !about_values
        || certain && above.ends_with(':') && !about_values
}

/// What a list holds, where its description says so: «array of e-mail addresses», «identifiers of lamps».
pub fn element(note: &str) -> Option<Type> {
    let plain = inline::plain(note);
    let first = plain.split(['.', ',', ';', '\n', ':', '(']).next()?;
    let words = inline::words(first);
    let listed = words
        .iter()
        .position(|word| matches!(word.as_str(), "array" | "list" | "set"))
        .filter(|at| *at < 3 && words.get(at + 1).is_some_and(|word| word == "of"));
    let rest = match listed {
        Some(at) => &words[at + 2..],
        // «Identifiers of …» says that of a list by itself.
        None if words
            .first()
            .is_some_and(|word| matches!(word.as_str(), "identifiers" | "ids")) =>
        {
            &words[..]
        }
        None => return None,
    };
    // «Codes of the lamps that …»: what follows «of» says more of the same.
    let subject = rest.iter().take_while(|word| {
        !matches!(
            word.as_str(),
            "that" | "which" | "with" | "by" | "where" | "for" | "in"
        )
    });
    for word in subject.take(6) {
        match word.as_str() {
            "identifiers" | "ids" => return Some(Type::Id),
            "codes" | "names" | "addresses" | "emails" | "strings" | "urls" | "texts" | "phones"
            | "dates" => {
                return Some(Type::String);
            }
            "objects" | "arrays" | "structures" | "files" => return None,
            _ => {}
        }
    }
    of_field(note)
}

/// «Array of values of the `LAMP_ID` field», «in the format `ROOM|LAMP`».
fn of_field(note: &str) -> Option<Type> {
    let (before, after) = note.split_once('`')?;
    let (code, _) = after.split_once('`')?;
    let words = inline::words(before);
    let ends =
        |with: &[&str]| words.ends_with(&with.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    let plain = !code.contains(['{', '[', '(', ' ']);
    if ends(&["values", "of", "the"]) {
        Some(if infer::is_id(code) {
            Type::Id
        } else {
            Type::String
        })
    } else {
        (ends(&["in", "the", "format"]) && plain && !code.is_empty()).then_some(Type::String)
    }
}

/// What a value is whose type nothing names, by the words and the name: «identifier of …», «array of codes».
pub fn scalar(name: &str, note: &str) -> Option<Type> {
    let line = note.lines().next().unwrap_or(note);
    let stated = inline::code_spans(&inline::without_links(line))
        .into_iter()
        .map(type_text::read)
        .find(|read| read.unknown.is_empty() && read.types.len() == 1);
    if let Some(read) = stated {
        return read.types.into_iter().next();
    }
    let values = facts::values(note);
    if values.len() == 2 && values.iter().all(|value| matches!(value.as_str(), "Y" | "N")) {
        return Some(Type::Bool(BoolForm::YesNo));
    }
    if !values.is_empty() {
        let numbers = values.iter().all(|value| value.parse::<i64>().is_ok());
        return Some(if numbers { Type::Int } else { Type::String });
    }
    if let Some(element) = element(note) {
        return Some(element.array());
    }
    let words = inline::words(&inline::plain(line));
    for word in words.iter().take(3) {
        match word.as_str() {
            "identifier" | "id" => return Some(Type::Id),
            "name" | "title" | "text" | "link" | "url" | "code" | "description" | "label" | "address"
            | "key" | "email" | "color" | "symbolic" | "comment" | "path" => return Some(Type::String),
            "number" | "count" | "quantity" | "width" | "height" | "size" | "limit" | "sorting" | "index" => {
                return Some(Type::Int);
            }
            "date" => return Some(Type::DateTime),
            "array" | "list" | "object" | "structure" | "set" | "any" | "value" | "values" => return None,
            _ => {}
        }
    }
    let said = type_text::meaning(line).filter(|ty| !matches!(ty, Type::Object | Type::Any | Type::Array(_)));
    said.or_else(|| infer::is_id(name).then_some(Type::Id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(note: &str, certain: bool, known: &[&str]) -> Vec<String> {
        bullets(note, certain, known)
            .into_iter()
            .map(|bullet| bullet.name)
            .collect()
    }

    #[test]
    fn bullets_are_fields_where_something_says_so() {
        let fields = "What it burns. Can contain keys:\n- `watt` — power\n- `volt` — tension\n\nBesides:\n- `hot` — more";
        assert_eq!(names(fields, false, &[]), ["watt", "volt"]);
        let plain = "Where it hangs:\n- `room` — number\n- `wall` — side";
        assert_eq!(names(plain, true, &[]), ["room", "wall"]);
        assert_eq!(names(plain, false, &["wall"]), ["room", "wall"]);
        let nested = "Fields:\n- `on` — burns\n  - `Y` — yes\n  - `N` — no\n- `room` — where";
        let found = bullets(nested, false, &[]);
        assert_eq!(names(nested, false, &[]), ["on", "room"]);
        assert_eq!(scalar("on", &found[0].note), Some(Type::Bool(BoolForm::YesNo)));
        for none in [
            plain,
            "Codes of sockets, such as examples:\n- `E14` — small",
            "Possible values:\n- `up` — rising\n- `down` — falling",
            "An object, where:\n- `lamp_n` — name\n- `value_n` — its value",
            "Operators:\n- `>=` — at least\n- `<` — less",
        ] {
            assert_eq!(names(none, false, &[]), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn lists_hold_what_their_words_say() {
        for (note, expected) in [
            ("An array of lamp identifiers", Some(Type::Id)),
            ("Identifiers of lamps", Some(Type::Id)),
            ("List of socket codes that fit, names not", Some(Type::String)),
            ("Array of values of the `LAMP_ID` field", Some(Type::Id)),
            ("Array of filters in the format `ROOM|LAMP`", Some(Type::String)),
            ("Array of lamps with their names", None),
            ("List of rooms. Array of codes", None),
            ("Names", None),
        ] {
            assert_eq!(element(note), expected, "{note}");
        }
    }

    #[test]
    fn untyped_values_are_told_by_words() {
        for (name, note, expected) in [
            ("room", "Identifier of the room", Some(Type::Id)),
            ("ROOM_ID", "Where it is", Some(Type::Id)),
            (
                "kind",
                "Possible values:\n- `1` — big\n- `2` — small",
                Some(Type::Int),
            ),
            (
                "on",
                "Burns:\n- `Y` — yes\n- `N` — no",
                Some(Type::Bool(BoolForm::YesNo)),
            ),
            ("label", "The label (`string`) on it", Some(Type::String)),
            ("bulbs", "Array of bulb codes", Some(Type::String.array())),
            ("bulb", "What burns", None),
            ("shade", "Object of its own", None),
        ] {
            assert_eq!(scalar(name, note), expected, "{name}: {note}");
        }
    }
}
