//! Filters: what is asked of rows, and whether a row is like that.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use super::row::{Template, plain};
use crate::value::Value;

/// A row to be looked at.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) id: i64,
    pub(super) template: Option<&'a Template>,
}

impl Row<'_> {
    /// The value of a field, by its plain name.
    pub(super) fn field(&self, name: &str) -> Value {
        match self.template {
            _ if name == "id" => self.id.into(),
            Some(template) => template.field(name, self.id),
            None => Value::Null,
        }
    }
}

/// What a row must be like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Field {
        /// In its plain spelling.
        name: String,
        is: Is,
        values: Vec<Value>,
    },
}

/// How a field stands to the values of a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Is {
    OneOf,
    NoneOf,
    Greater,
    AtLeast,
    Less,
    AtMost,
    /// From the first value to the second.
    Between,
    NotBetween,
    Contains,
    ContainsNot,
}

impl Condition {
    /// A filter of REST 2: `{">ID": 5, "STAGE": ["A", "B"]}`, with numbered groups, in which `LOGIC` may be `OR`.
    pub(super) fn of(filter: &Value) -> Self {
        let entries: Vec<(String, &Value)> = match filter {
            Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::List(list) => list
                .iter()
                .enumerate()
                .map(|(at, value)| (at.to_string(), value))
                .collect(),
            _ => Vec::new(),
        };
        let mut any = false;
        let mut conditions = Vec::new();
        for (key, value) in entries {
            if key.eq_ignore_ascii_case("logic") {
                any = value
                    .to_text()
                    .is_some_and(|logic| logic.eq_ignore_ascii_case("or"));
            } else if key.bytes().all(|byte| byte.is_ascii_digit()) {
                conditions.push(Self::of(value));
            } else {
                let (is, name) = operator(&key);
                let values = match value {
                    Value::List(list) => list.clone(),
                    Value::Map(map) => map.values().cloned().collect(),
                    value => vec![value.clone()],
                };
                conditions.push(Self::Field {
                    name: plain(name),
                    is,
                    values,
                });
            }
        }
        if any {
            Self::Any(conditions)
        } else {
            Self::All(conditions)
        }
    }

    /// The identifiers that can fit at all, and what is left to be asked of each.
    pub(super) fn by_id(&self) -> (RangeInclusive<i64>, Vec<&Condition>) {
        let mut rest = Vec::new();
        let (mut from, mut to) = (i64::MIN, i64::MAX);
        let all = match self {
            Self::All(all) => all.as_slice(),
            other => std::slice::from_ref(other),
        };
        for condition in all {
            let Self::Field { name, is, values } = condition else {
                rest.push(condition);
                continue;
            };
            let bounds = match (name.as_str(), is, values.as_slice()) {
                ("id", Is::OneOf, [value]) => Some((number(value), number(value))),
                ("id", Is::Greater, [value]) => Some((number(value).saturating_add(1), i64::MAX)),
                ("id", Is::AtLeast, [value]) => Some((number(value), i64::MAX)),
                ("id", Is::Less, [value]) => Some((i64::MIN, number(value).saturating_sub(1))),
                ("id", Is::AtMost, [value]) => Some((i64::MIN, number(value))),
                ("id", Is::Between, [first, last]) => Some((number(first), number(last))),
                _ => None,
            };
            match bounds {
                Some((first, last)) => (from, to) = (from.max(first), to.min(last)),
                None => rest.push(condition),
            }
        }
        (from..=to, rest)
    }

    /// Whether anything is said about this field.
    pub(super) fn mentions(&self, field: &str) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter().any(|condition| condition.mentions(field))
            }
            Self::Not(condition) => condition.mentions(field),
            Self::Field { name, .. } => name == field,
        }
    }

    /// Whether the row is like that.
    pub(super) fn fits(&self, row: &Row<'_>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.fits(row)),
            Self::Any(any) => any.iter().any(|condition| condition.fits(row)),
            Self::Not(condition) => !condition.fits(row),
            Self::Field { name, is, values } => {
                let field = row.field(name);
                let first = |ordering: fn(Ordering) -> bool| {
                    values
                        .first()
                        .is_some_and(|value| ordering(Compare::with(&field, value)))
                };
                let one_of = || values.iter().any(|value| Compare::with(&field, value).is_eq());
                let between = || {
                    first(Ordering::is_ge)
                        && values
                            .get(1)
                            .is_some_and(|last| Compare::with(&field, last).is_le())
                };
                let contains = || {
                    let text = |value: &Value| value.to_text().unwrap_or_default().to_lowercase();
                    values.iter().any(|value| text(&field).contains(&text(value)))
                };
                match is {
                    Is::OneOf => one_of(),
                    Is::NoneOf => !one_of(),
                    Is::Greater => first(Ordering::is_gt),
                    Is::AtLeast => first(Ordering::is_ge),
                    Is::Less => first(Ordering::is_lt),
                    Is::AtMost => first(Ordering::is_le),
                    Is::Between => between(),
                    Is::NotBetween => !between(),
                    Is::Contains => contains(),
                    Is::ContainsNot => !contains(),
                }
            }
        }
    }
}

/// The operator in front of a field's name. Without one it is equality.
fn operator(key: &str) -> (Is, &str) {
    const OPERATORS: [(&str, Is); 13] = [
        ("!><", Is::NotBetween),
        ("!=", Is::NoneOf),
        ("!@", Is::NoneOf),
        ("!%", Is::ContainsNot),
        ("><", Is::Between),
        (">=", Is::AtLeast),
        ("<=", Is::AtMost),
        ("!", Is::NoneOf),
        (">", Is::Greater),
        ("<", Is::Less),
        ("%", Is::Contains),
        ("@", Is::OneOf),
        ("=", Is::OneOf),
    ];
    let operator = |(sign, is): (&str, Is)| Some((is, key.strip_prefix(sign)?));
    OPERATORS
        .into_iter()
        .find_map(operator)
        .unwrap_or((Is::OneOf, key))
}

/// A value where the database wants a whole number: of a text it takes the digits that it begins with, and 0 if it begins
/// with none.
pub(super) fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number
            .as_i64()
            .unwrap_or_else(|| number.as_f64().unwrap_or(0.0) as i64),
        Value::Bool(flag) => (*flag).into(),
        Value::Text(text) => {
            let text = text.trim_start();
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => (-1i64, digits),
                None => (1, text.strip_prefix('+').unwrap_or(text)),
            };
            let digits = digits.bytes().take_while(u8::is_ascii_digit);
            digits.fold(0i64, |number, digit| {
                number
                    .saturating_mul(10)
                    .saturating_add(sign * i64::from(digit - b'0'))
            })
        }
        _ => 0,
    }
}

/// How values stand to each other.
pub(super) struct Compare;

impl Compare {
    /// A field with a value of a condition: as numbers where the field is one, else as text.
    pub(super) fn with(field: &Value, value: &Value) -> Ordering {
        match field {
            Value::Number(_) => number(field).cmp(&number(value)),
            _ => match (field.as_int(), value.as_int()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => Self::text(field).cmp(&Self::text(value)),
            },
        }
    }

    /// Two fields. Nothing comes before everything.
    pub(super) fn sort(a: &Value, b: &Value) -> Ordering {
        match (a.as_int(), b.as_int()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => Self::text(a).cmp(&Self::text(b)),
        }
    }

    fn text(value: &Value) -> String {
        value.to_text().unwrap_or_default().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn found(filter: serde_json::Value) -> Vec<i64> {
        let template =
            Template::new(json!({"ID": "", "STAGE_ID": "NEW", "TITLE": "Deal {id}", "SUM": 3})).unwrap();
        let condition = Condition::of(&filter.into());
        let (range, rest) = condition.by_id();
        let fits = |id: &i64| {
            let row = Row {
                id: *id,
                template: Some(&template),
            };
            range.contains(id) && rest.iter().all(|condition| condition.fits(&row))
        };
        (1..=12).filter(fits).collect()
    }

    #[test]
    fn rows_are_found_by_every_operator() {
        for (filter, ids) in [
            (json!({}), (1..=12).collect()),
            (json!([]), (1..=12).collect()),
            (json!({">ID": 9}), vec![10, 11, 12]),
            (json!({">id": "9", "<Id": "11"}), vec![10]),
            (json!({">=ID": 11}), vec![11, 12]),
            (json!({"<=ID": "2"}), vec![1, 2]),
            (json!({"ID": 5}), vec![5]),
            (json!({"=ID": "5"}), vec![5]),
            (json!({"ID": [5, "7"]}), vec![5, 7]),
            (json!({"@ID": {"a": 5, "b": 7}}), vec![5, 7]),
            (json!({"@ID": []}), vec![]),
            (json!({"!ID": 5, "<ID": 7}), vec![1, 2, 3, 4, 6]),
            (json!({"!@ID": [1, 2, 3], "<=ID": 5}), vec![4, 5]),
            (json!({"><ID": [4, 6]}), vec![4, 5, 6]),
            (json!({"!><ID": [2, 11]}), vec![1, 12]),
            (json!({">ID": 10, ">=ID": 2}), vec![11, 12]),
            (json!({">ID": "$result[page][49][ID]", "<ID": 3}), vec![1, 2]),
            (json!({"<ID": "$result[page][49][ID]"}), vec![]),
            (json!({">ID": "10 of 12"}), vec![11, 12]),
            (json!({">ID": null, "<ID": 2}), vec![1]),
            (json!({">ID": "99999999999999999999"}), vec![]),
            (json!({"stageId": "new", "ID": 2}), vec![2]),
            (json!({"STAGE_ID": "WON"}), vec![]),
            (json!({"!STAGE_ID": ["WON"], "ID": 2}), vec![2]),
            (json!({"%TITLE": "deal 1"}), vec![1, 10, 11, 12]),
            (json!({"!%TITLE": "1", "<ID": 4}), vec![2, 3]),
            (json!({">SUM": "2", "<SUM": 10, "ID": 1}), vec![1]),
            (json!({"NONE": "x"}), vec![]),
            (
                json!({"0": {"LOGIC": "OR", "0": {"ID": 1}, "1": {">ID": 11}}}),
                vec![1, 12],
            ),
            (
                json!([{"logic": "or", "ID": 1, "=TITLE": "Deal 3"}, {"<ID": 3}]),
                vec![1],
            ),
            (json!({"LOGIC": "OR", "ID": 4, "@ID": [5]}), vec![4, 5]),
        ] {
            assert_eq!(found(filter.clone()), ids, "{filter}");
        }
    }

    #[test]
    fn fields_are_sorted_as_numbers_where_they_are_numbers() {
        for (a, b, ordering) in [
            (json!("9"), json!("10"), Ordering::Less),
            (json!("b"), json!("A"), Ordering::Greater),
            (json!(null), json!("a"), Ordering::Less),
            (json!(2), json!("2"), Ordering::Equal),
        ] {
            assert_eq!(
                Compare::sort(&a.clone().into(), &b.clone().into()),
                ordering,
                "{a} {b}"
            );
        }
    }

    proptest! {
        #[test]
        fn identifiers_are_found_the_same_by_range_and_one_by_one(
            conditions in prop::collection::vec((0usize..7, -3i64..15), 0..4),
        ) {
            let sign = |at: usize| [">", "<", ">=", "<=", "", "=", "!"][at];
            let filter: serde_json::Map<_, _> =
                conditions.iter().map(|(at, value)| (format!("{}ID", sign(*at)), json!(value))).collect();
            let one_by_one = Condition::of(&serde_json::Value::Object(filter.clone()).into());
            let expected: Vec<i64> = (1..=12)
                .filter(|id| one_by_one.fits(&Row { id: *id, template: None }))
                .collect();
            prop_assert_eq!(found(filter.into()), expected);
        }
    }
}
