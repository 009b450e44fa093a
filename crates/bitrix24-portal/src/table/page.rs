//! What a call of a list method asks for: which rows, in which order, how many of them, and what of each.

use super::filter::{Condition, number};
use super::row::plain;
use crate::value::Value;

/// How many rows a page holds.
const PAGE: usize = 50;

/// What a call asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) filter: Condition,
    /// Empty where the call does not say.
    pub(super) order: Vec<Sort>,
    /// Plain names; everything if there are none.
    pub(super) select: Option<Vec<String>>,
    pub(super) offset: usize,
    pub(super) limit: usize,
    /// Whether `total` and `next` are wanted.
    pub(super) counted: bool,
}

/// A field to sort by, by its plain name.
#[derive(Debug, PartialEq)]
pub(super) struct Sort {
    pub(super) field: String,
    pub(super) descending: bool,
}

impl Ask {
    /// `filter`, `order` or `sort`, `select` and `start`, however their names are spelt.
    pub(super) fn of(params: &Value) -> Self {
        let start = number(find(params, "start"));
        Self {
            filter: Condition::of(find(params, "filter")),
            order: order(find(params, "order"), find(params, "sort")),
            select: select(find(params, "select")),
            offset: usize::try_from(start).unwrap_or(0),
            limit: PAGE,
            counted: start >= 0,
        }
    }

    /// The same, where `limit` and `offset` say which rows, and nothing is counted.
    pub(super) fn in_params(params: &Value) -> Self {
        let size = |name| usize::try_from(number(find(params, name))).unwrap_or(0);
        Self {
            offset: size("offset"),
            limit: Some(size("limit"))
                .filter(|limit| *limit > 0)
                .unwrap_or(usize::MAX),
            counted: false,
            ..Self::of(params)
        }
    }
}

/// A parameter, however its name is spelt.
fn find<'a>(params: &'a Value, name: &str) -> &'a Value {
    let Value::Map(map) = params else {
        return params.get(name);
    };
    let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map_or_else(|| params.get(name), |(_, value)| value)
}

/// `order: {ID: DESC}`; or `sort: ID, order: DESC`, as some older methods have it.
fn order(order: &Value, sort: &Value) -> Vec<Sort> {
    let descending = |direction: &Value| {
        direction
            .to_text()
            .is_some_and(|text| text.to_ascii_lowercase().starts_with("desc"))
    };
    match (order, sort) {
        (Value::Map(order), _) => order
            .iter()
            .map(|(field, direction)| Sort {
                field: plain(field),
                descending: descending(direction),
            })
            .collect(),
        (direction, Value::Text(field)) if !field.is_empty() => {
            vec![Sort {
                field: plain(field),
                descending: descending(direction),
            }]
        }
        _ => Vec::new(),
    }
}

fn select(select: &Value) -> Option<Vec<String>> {
    let Value::List(names) = select else { return None };
    let names: Vec<String> = names.iter().filter_map(Value::to_text).collect();
    (!names.is_empty() && names.iter().all(|name| name != "*"))
        .then(|| names.iter().map(|name| plain(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_asked_for() {
        let ask = |params: serde_json::Value| Ask::of(&params.into());
        let plainly = ask(json!({}));
        assert_eq!((plainly.offset, plainly.limit, plainly.counted), (0, 50, true));
        assert_eq!((plainly.order, plainly.select), (vec![], None));
        for (start, offset, counted) in [
            (json!("100"), 100, true),
            (json!(-1), 0, false),
            (json!("-1"), 0, false),
            (json!(null), 0, true),
            (json!("$result[a]"), 0, true),
        ] {
            let ask = ask(json!({"start": start.clone()}));
            assert_eq!((ask.offset, ask.counted), (offset, counted), "{start}");
        }
        let by = |field: &str, descending| {
            vec![Sort {
                field: field.to_owned(),
                descending,
            }]
        };
        for (params, expected) in [
            (json!({"order": {"ID": "desc"}}), by("id", true)),
            (json!({"ORDER": {"Created_By": "ASC"}}), by("createdby", false)),
            (json!({"sort": "ID", "order": "DESC"}), by("id", true)),
            (json!({"SORT": "NAME"}), by("name", false)),
            (json!({"order": []}), vec![]),
            (json!({"order": "DESC"}), vec![]),
        ] {
            assert_eq!(ask(params.clone()).order, expected, "{params}");
        }
        for (select, expected) in [
            (
                json!(["ID", "createdBy"]),
                Some(vec!["id".to_owned(), "createdby".to_owned()]),
            ),
            (json!(["*", "UF_X"]), None),
            (json!([]), None),
            (json!("ID"), None),
        ] {
            assert_eq!(
                ask(json!({"select": select.clone()})).select,
                expected,
                "{select}"
            );
        }
        let landing = Ask::in_params(&json!({"limit": "20", "offset": 40, "filter": {">ID": 3}}).into());
        assert_eq!((landing.offset, landing.limit, landing.counted), (40, 20, false));
        assert_eq!(Ask::in_params(&json!({}).into()).limit, usize::MAX);
    }
}
