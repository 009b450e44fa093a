//! The words that tables use for types → [`Type`].

use super::inline;
use crate::spec::{BoolForm, Type};

/// What a type cell says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeText {
    pub types: Vec<Type>,
    pub nullable: bool,
    /// A boolean whose wire form the word leaves open.
    pub loose_bool: bool,
    /// Words that are no known type, as written.
    pub unknown: Vec<String>,
}

impl TypeText {
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.unknown.is_empty()
    }
}

/// One type of several, without repetitions.
pub fn join(types: Vec<Type>) -> Type {
    let mut members: Vec<Type> = Vec::new();
    for ty in types {
        let parts = match ty {
            Type::Union(parts) => parts,
            single => vec![single],
        };
        for part in parts {
            if !members.contains(&part) {
                members.push(part);
            }
        }
    }
    match members.len() {
        0 => Type::Any,
        1 => members.remove(0),
        _ if members.contains(&Type::Any) => Type::Any,
        _ => Type::Union(members),
    }
}

/// What a description in a table of types says of its word: by the first word of it that is a type, as in
/// «Integer identifier of …», «Object describing …».
pub fn meaning(description: &str) -> Option<Type> {
    let words = inline::words(&inline::plain(description));
    words.iter().take(3).find_map(|word| match word.as_str() {
        "character" | "symbolic" => Some(Type::String),
        word => known(word),
    })
}

/// Reads the text of a type: `` [`string`](…) \| `null` ``, `integer/array`, `string[]`.
pub fn read(text: &str) -> TypeText {
    let text = inline::without_links(text);
    let code = inline::code_spans(&text);
    let text = if code.is_empty() {
        text.replace("**", "")
    } else {
        spans_with_suffixes(&text)
    };
    let mut out = TypeText::default();
    for word in split(&text) {
        out.add(word);
    }
    out
}

/// Only what stands in backticks, each with a `[]` that follows it.
fn spans_with_suffixes(text: &str) -> String {
    let mut out = Vec::new();
    let parts: Vec<&str> = text.split('`').collect();
    for pair in parts.chunks(2).filter(|pair| pair.len() == 2) {
        out.push(pair[1].to_owned());
    }
    for (i, span) in out.iter_mut().enumerate() {
        let after = parts.get(2 * i + 2).copied().unwrap_or("");
        if after.starts_with("[]") {
            span.push_str("[]");
        }
    }
    out.join("|")
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(['|', '/', ',', '\n', ';'])
        .flat_map(|part| part.split(" or "))
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

impl TypeText {
    fn add(&mut self, word: &str) {
        let lower = word.to_lowercase();
        if lower == "null" {
            self.nullable = true;
        } else if let Some(ty) = known(&lower) {
            self.loose_bool |= matches!(ty, Type::Bool(_));
            if !self.types.contains(&ty) {
                self.types.push(ty);
            }
        } else {
            self.unknown.push(word.to_owned());
        }
    }
}

/// A lower-case type word.
fn known(word: &str) -> Option<Type> {
    if let Some(inner) = word.strip_suffix("[]") {
        return known(inner).map(Type::array);
    }
    for list in ["array of ", "list of ", "array<"] {
        if let Some(inner) = word.strip_prefix(list) {
            let inner = inner.trim_end_matches('>').trim();
            return known(inner)
                .or_else(|| known(inner.strip_suffix('s')?))
                .map(Type::array);
        }
    }
    Some(match word {
        "integer" | "int" | "number" | "timestamp" | "bigint" | "long" | "user" | "user.id" => Type::Int,
        "double" | "float" | "decimal" => Type::Float,
        "boolean" | "bool" => Type::Bool(BoolForm::TrueFalse),
        "string" | "text" | "char" | "url" | "enum" | "html" | "base64" => Type::String,
        "lang_map" => Type::String.map(),
        "date" => Type::Date,
        "datetime" | "date-time" => Type::DateTime,
        "file" => Type::File,
        "any" | "mixed" => Type::Any,
        "object" | "struct" => Type::Object,
        "array" | "list" => Type::Any.array(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_tables_are_types() {
        for (text, expected, nullable) in [
            ("[`integer`](../data-types.md)", "int", false),
            ("[`string`](t.md) | `null`", "string", true),
            ("[`string[]`](t.md)", "string[]", false),
            ("[`object`](t.md)[]", "object[]", false),
            ("`integer|null`", "int", true),
            ("integer/array", "int | any[]", false),
            ("string or integer", "string | int", false),
            ("array of strings", "string[]", false),
            ("`char`", "string", false),
            ("`double`", "float", false),
            ("[`boolean`](t.md) | [`boolean`](t.md)", "bool", false),
            ("", "any", false),
        ] {
            let read = read(text);
            assert_eq!(join(read.types.clone()).to_string(), expected, "{text}");
            assert_eq!(
                (read.nullable, read.unknown.as_slice()),
                (nullable, &[][..]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_word_that_is_no_type_is_kept_as_it_is() {
        let read = read("[`lampshade`](../types.md#lampshade)");
        assert_eq!(
            (read.types.len(), read.unknown),
            (0, vec!["lampshade".to_owned()])
        );
    }

    #[test]
    fn joining_flattens_and_forgets_repetitions() {
        let union = Type::Union(vec![Type::Int, Type::String]);
        assert_eq!(join(vec![union.clone(), Type::Int]), union);
        assert_eq!(join(vec![Type::Int, Type::Any]), Type::Any);
        assert_eq!(join(Vec::new()), Type::Any);
    }
}
