//! A row as it is kept, and as it is written: a template with a place for the identifier.

use std::fmt::Write;

use serde_json::Value as Json;

use crate::value::Value;

/// A row, or what rows are made from.
#[derive(Debug)]
pub(super) struct Template(Vec<Field>);

#[derive(Debug)]
struct Field {
    /// The name without regard to its spelling, see [`plain`].
    name: String,
    /// The row's identifier itself.
    is_id: bool,
    key: String,
    value: Json,
}

/// Where the identifier goes in a text.
pub(super) const MARK: &str = "{id}";

/// A field's name in one spelling: `CREATED_BY`, `createdBy` and `CreatedBy` are one field.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

impl Template {
    pub(super) fn new(row: Json) -> Option<Self> {
        let Json::Object(row) = row else { return None };
        let field = |(key, value): (String, Json)| Field {
            name: plain(&key),
            is_id: key.eq_ignore_ascii_case("id"),
            key,
            value,
        };
        let fields: Vec<Field> = row.into_iter().map(field).collect();
        fields.iter().any(|field| field.is_id).then_some(Self(fields))
    }

    /// The identifier that stands in a row of its own.
    pub(super) fn own_id(&self) -> Option<i64> {
        let field = self.0.iter().find(|field| field.is_id)?;
        Value::from(field.value.clone()).as_int()
    }

    /// The value of a field, by its plain name; null if there is none.
    pub(super) fn field(&self, name: &str, id: i64) -> Value {
        let Some(field) = self.0.iter().find(|field| field.name == name) else {
            return Value::Null;
        };
        match &field.value {
            _ if field.is_id => id.into(),
            Json::String(text) if text.contains(MARK) => text.replace(MARK, &id.to_string()).into(),
            value => value.clone().into(),
        }
    }

    /// Whether there is a field of this plain name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|field| field.name == name)
    }

    /// The row as pieces of JSON, with the selected fields (by plain name) or all.
    pub(super) fn pieces(&self, select: &Option<Vec<String>>) -> Pieces {
        let wanted = |field: &&Field| select.as_ref().is_none_or(|select| select.contains(&field.name));
        let mut text = String::from("{");
        for (at, field) in self.0.iter().filter(wanted).enumerate() {
            if at > 0 {
                text.push(',');
            }
            text += &Json::from(field.key.as_str()).to_string();
            text.push(':');
            match &field.value {
                Json::Number(_) if field.is_id => text += MARK,
                _ if field.is_id => {
                    text.push('"');
                    text += MARK;
                    text.push('"');
                }
                value => text += &value.to_string(),
            }
        }
        text.push('}');
        // Between brackets JSON has names in quotes, so the mark stands in texts only, and where it was put above.
        Pieces(text.split(MARK).map(str::to_owned).collect())
    }
}

/// JSON with the identifier between the pieces.
pub(super) struct Pieces(Vec<String>);

impl Pieces {
    pub(super) fn write(&self, id: i64, out: &mut String) {
        let mut pieces = self.0.iter();
        out.extend(pieces.next().map(String::as_str));
        for piece in pieces {
            // Writing to text does not fail.
            let _ = write!(out, "{id}");
            out.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(template: Json, select: Option<&[&str]>) -> Json {
        let select = select.map(|names| names.iter().map(|name| plain(name)).collect());
        let mut out = String::new();
        Template::new(template)
            .unwrap()
            .pieces(&select)
            .write(7, &mut out);
        serde_json::from_str(&out).unwrap()
    }

    #[test]
    fn the_identifier_goes_where_the_template_has_it() {
        for (template, row) in [
            (json!({"ID": "", "A": "x"}), json!({"ID": "7", "A": "x"})),
            (json!({"id": 0, "a": null}), json!({"id": 7, "a": null})),
            (
                json!({"ID": "{id}", "A{id}": [{"B": "b{id}", "id": "{id}{id}"}, 1.5]}),
                json!({"ID": "7", "A7": [{"B": "b7", "id": "77"}, 1.5]}),
            ),
            (
                json!({"ID": "", "A": "\"{ID}\" {id"}),
                json!({"ID": "7", "A": "\"{ID}\" {id"}),
            ),
        ] {
            assert_eq!(written(template, None), row);
        }
    }

    #[test]
    fn fields_are_selected_in_any_spelling() {
        let template = || json!({"id": 0, "createdBy": "1", "title": "t"});
        assert_eq!(
            written(template(), Some(&["CREATED_BY", "none"])),
            json!({"createdBy": "1"})
        );
        assert_eq!(
            written(template(), Some(&["ID", "Title"])),
            json!({"id": 7, "title": "t"})
        );
        assert_eq!(written(template(), Some(&["none"])), json!({}));
    }

    #[test]
    fn what_is_no_row() {
        for row in [json!([]), json!({}), json!({"TITLE": "x"}), json!(1)] {
            assert!(Template::new(row).is_none());
        }
        let id = |row| Template::new(row).unwrap().own_id();
        assert_eq!(
            (
                id(json!({"ID": "7"})),
                id(json!({"id": 7})),
                id(json!({"id": "x"}))
            ),
            (Some(7), Some(7), None)
        );
    }
}
