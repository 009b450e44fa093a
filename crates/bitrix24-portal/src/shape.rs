//! A result made from its documented shape, for methods that have no behaviour of their own here. The same
//! method always gets the same result.

use crate::spec::{Field, Kind, Shape, Spec};
use crate::value::{Map, Value};

/// How deep an example goes, where objects hold each other.
const DEEPEST: usize = 8;

/// A result as the page describes it.
pub(crate) fn example(spec: &Spec, shape: &Shape) -> Value {
    Example { spec, depth: 0 }.of(&shape.kind, "result", &shape.values, &shape.fields)
}

/// A record with these fields.
pub(crate) fn record(spec: &Spec, fields: &[Field]) -> Value {
    Example { spec, depth: 0 }.object(fields)
}

#[derive(Clone, Copy)]
struct Example<'a> {
    spec: &'a Spec,
    depth: usize,
}

impl Example<'_> {
    fn of(self, kind: &Kind, name: &str, values: &[String], fields: &[Field]) -> Value {
        let scalar = |fallback: &str| Value::from(values.first().map_or(fallback, String::as_str));
        match kind {
            Kind::Int => values
                .first()
                .and_then(|value| value.parse::<i64>().ok())
                .unwrap_or(1)
                .into(),
            Kind::Float => Value::float(1.5),
            Kind::Bool => true.into(),
            Kind::YesNo => scalar("Y"),
            Kind::OneZero => scalar("1"),
            Kind::String => scalar(&name.to_lowercase()),
            Kind::Id => scalar("1"),
            Kind::Date => scalar("2026-01-02"),
            Kind::DateTime => scalar("2026-01-02T03:04:05+00:00"),
            Kind::File | Kind::Any => Value::Null,
            Kind::Object => self.object(fields),
            Kind::Named(name) => self.object(self.spec.object(name)),
            Kind::List(inner) => Value::List(vec![self.of(inner, name, values, fields)]),
            Kind::Map(inner) => [("key", self.of(inner, name, values, fields))].into(),
            Kind::OneOf(members) => members
                .first()
                .map_or(Value::Null, |member| self.of(member, name, values, fields)),
        }
    }

    fn object(self, fields: &[Field]) -> Value {
        if self.depth == DEEPEST {
            return Value::Map(Map::new());
        }
        let inner = Self {
            depth: self.depth + 1,
            ..self
        };
        let value = |field: &Field| inner.of(&field.kind, &field.name, &field.values, &field.fields);
        Value::Map(
            fields
                .iter()
                .map(|field| (field.name.clone(), value(field)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_their_documented_shape() {
        let shape: Shape = serde_json::from_str(
            r#"{"type": "object[]", "fields": [
                {"name": "ID", "type": "id"},
                {"name": "TYPE", "type": "string", "values": ["PAGE", "STORE"]},
                {"name": "ACTIVE", "type": "bool(Y/N)"},
                {"name": "LINKS", "type": "map<object>", "fields": [{"name": "URL", "type": "string"}]},
                {"name": "COUNT", "type": "int | string"}
            ]}"#,
        )
        .unwrap();
        let expected = r#"[{"ID":"1","TYPE":"PAGE","ACTIVE":"Y","LINKS":{"key":{"URL":"url"}},"COUNT":1}]"#;
        assert_eq!(example(Spec::get().unwrap(), &shape).json(), expected);
    }
}
