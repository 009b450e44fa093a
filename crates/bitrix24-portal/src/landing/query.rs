//! Lists as the portal's database layer makes them: `select`, `filter`, `order`, `limit`, `offset`. Rows are never
//! grouped: `group` makes a difference only with calculated columns, which these methods do not have.

use std::cmp::Ordering;
use std::time::Duration;

use crate::answer::{Refusal, refused};
use crate::clock::Moment;
use crate::state::State;
use crate::value::{Map, Value};

/// One row, all its fields in order. Calculated fields are only shown where they are asked for by name.
pub(super) type Row = Vec<(&'static str, Cell)>;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Flag(bool),
    Time(Duration),
}

impl Cell {
    pub(super) fn id(id: Option<i64>) -> Self {
        id.map_or(Self::Null, Self::Int)
    }

    /// As it goes out: everything is text.
    pub(super) fn show(&self, state: &State) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(int) => int.to_string().into(),
            Self::Text(text) => text.as_str().into(),
            Self::Flag(flag) => super::flag(*flag).into(),
            Self::Time(time) => Moment::at(*time, state.account.utc_offset_minutes)
                .regional()
                .into(),
        }
    }

    /// How it stands to a value of a filter; nothing if they cannot be compared.
    fn compare(&self, value: &Value, state: &State) -> Option<Ordering> {
        match self {
            Self::Null => value.is_nothing().then_some(Ordering::Equal),
            Self::Int(int) => match value.as_int() {
                Some(other) => Some(int.cmp(&other)),
                // Text that is no number, as the database reads it.
                None => Some(int.cmp(&0)).filter(|_| value.is_nothing()),
            },
            Self::Text(text) => Some(text.to_lowercase().cmp(&value.to_text()?.to_lowercase())),
            Self::Flag(flag) => Some(super::flag(*flag).cmp(value.to_text()?.as_str())),
            Self::Time(time) => {
                let other = Moment::parse(&value.to_text()?, state.account.utc_offset_minutes)?;
                Some(time.as_secs().cmp(&other.as_secs()))
            }
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Null, Self::Null) => Ordering::Equal,
            // Nothing comes before everything; two kinds do not meet in one column.
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

/// A list query.
pub(super) struct Query<'a> {
    /// The names that rows have, for a query that hits no row.
    pub(super) names: &'a [&'static str],
    /// Fields that `*` does not stand for.
    pub(super) calculated: &'a [&'static str],
    /// Fields that are shown whether they are asked for or not.
    pub(super) always: &'a [&'static str],
    pub(super) params: &'a Value,
}

impl Query<'_> {
    /// The rows that fit, in order, before anything is selected from them.
    pub(super) fn find(&self, rows: Vec<Row>, filter: &Value, state: &State) -> Result<Vec<Row>, Refusal> {
        let mut found = Vec::new();
        self.check_filter(filter)?;
        for row in rows {
            if matches(&row, filter, state) {
                found.push(row);
            }
        }
        self.sort(&mut found)?;
        let offset = self
            .params
            .get("offset")
            .as_int()
            .map_or(0, |n| usize::try_from(n).unwrap_or(0));
        let limit = self.params.get("limit").as_int().filter(|n| *n > 0);
        let limit = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        Ok(found.into_iter().skip(offset).take(limit).collect())
    }

    /// What is asked for of a row.
    pub(super) fn select(&self, row: &Row, state: &State) -> Result<Map, Refusal> {
        let select = match self.params.get("select") {
            Value::List(names) if !names.is_empty() => names.iter().filter_map(Value::to_text).collect(),
            _ => vec!["*".to_owned()],
        };
        // The names of other tables' fields are ignored.
        let select: Vec<&str> = select
            .iter()
            .map(String::as_str)
            .filter(|name| !name.contains('.'))
            .collect();
        if let Some(unknown) = select
            .iter()
            .find(|name| **name != "*" && !self.names.contains(name))
        {
            return unknown_field(unknown);
        }
        let everything = select.contains(&"*");
        let wanted = |name: &str| {
            self.always.contains(&name)
                || select.contains(&name)
                || (everything && !self.calculated.contains(&name))
        };
        let cells = row.iter().filter(|(name, _)| wanted(name));
        Ok(cells
            .map(|(name, cell)| ((*name).to_owned(), cell.show(state)))
            .collect())
    }

    fn sort(&self, rows: &mut [Row]) -> Result<(), Refusal> {
        let Value::Map(order) = self.params.get("order") else {
            return Ok(());
        };
        if let Some(unknown) = order.keys().find(|name| !self.names.contains(&name.as_str())) {
            return unknown_field(unknown);
        }
        rows.sort_by(|a, b| {
            let by = |(name, direction): (&String, &Value)| {
                let ordering = cell(a, name).order(cell(b, name));
                let descending = direction
                    .to_text()
                    .is_some_and(|text| text.eq_ignore_ascii_case("desc"));
                if descending { ordering.reverse() } else { ordering }
            };
            order
                .iter()
                .map(by)
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        Ok(())
    }

    fn check_filter(&self, filter: &Value) -> Result<(), Refusal> {
        let Value::Map(filter) = filter else { return Ok(()) };
        for (key, value) in filter {
            if is_group(key) {
                self.check_filter(value)?;
            } else if !is_ignored(key) && !self.names.contains(&operator(key).1) {
                return unknown_field(operator(key).1);
            }
        }
        Ok(())
    }
}

/// A filter as methods read it: what is in the trash is not found unless `DELETED` is asked for.
pub(super) fn without_trash(filter: Map) -> Value {
    let filter = Value::Map(filter);
    if filters_by(&filter, "DELETED") {
        return filter;
    }
    [("=DELETED", Value::from("N")), ("0", filter)].into()
}

/// The conditions of a filter; what is no filter has none.
pub(super) fn conditions(filter: &Value) -> Map {
    match filter {
        Value::Map(filter) => filter.clone(),
        _ => Map::new(),
    }
}

/// Whether a filter has a condition on this field.
pub(super) fn filters_by(filter: &Value, field: &str) -> bool {
    let Value::Map(filter) = filter else { return false };
    filter
        .keys()
        .any(|key| key == field || key.strip_prefix('=') == Some(field))
}

fn unknown_field<T>(name: &str) -> Result<T, Refusal> {
    refused("SYSTEM_ERROR", format!("There is no field {name}"))
}

fn cell<'a>(row: &'a Row, name: &str) -> &'a Cell {
    row.iter()
        .find(|(field, _)| *field == name)
        .map_or(&Cell::Null, |(_, cell)| cell)
}

/// A numbered entry of a filter holds conditions of its own.
fn is_group(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ignored(key: &str) -> bool {
    key == "LOGIC" || key == "CHECK_PERMISSIONS" || key.contains('.')
}

fn matches(row: &Row, filter: &Value, state: &State) -> bool {
    let conditions: Vec<(String, &Value)> = match filter {
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::List(list) => list
            .iter()
            .enumerate()
            .map(|(i, value)| (i.to_string(), value))
            .collect(),
        _ => return true,
    };
    let any = filter
        .get("LOGIC")
        .to_text()
        .is_some_and(|logic| logic.eq_ignore_ascii_case("or"));
    let mut results = (conditions.iter())
        .filter(|(key, _)| is_group(key) || !is_ignored(key))
        .map(|(key, value)| {
            if is_group(key) {
                matches(row, value, state)
            } else {
                condition(row, key, value, state)
            }
        });
    if any {
        results.any(|fits| fits)
    } else {
        results.all(|fits| fits)
    }
}

/// The operator in front of a field's name. Without one it is equality.
fn operator(key: &str) -> (&str, &str) {
    for operator in [
        "!><", "!@", "!=", "!%", "><", ">=", "<=", "!", "=", ">", "<", "%", "@",
    ] {
        if let Some(name) = key.strip_prefix(operator) {
            return (operator, name);
        }
    }
    ("", key)
}

fn condition(row: &Row, key: &str, value: &Value, state: &State) -> bool {
    let (operator, name) = operator(key);
    let cell = cell(row, name);
    let to = |value: &Value| cell.compare(value, state);
    let is = |ordering: fn(Ordering) -> bool| to(value).is_some_and(ordering);
    let equal = || match value {
        Value::List(values) => values.iter().any(|value| to(value) == Some(Ordering::Equal)),
        Value::Map(values) => values.values().any(|value| to(value) == Some(Ordering::Equal)),
        _ => to(value) == Some(Ordering::Equal),
    };
    let contains = || {
        let (Some(text), Some(part)) = (cell.show(state).to_text(), value.to_text()) else {
            return false;
        };
        text.to_lowercase().contains(&part.to_lowercase())
    };
    let between = || match value {
        Value::List(ends) if ends.len() == 2 => {
            to(&ends[0]).is_some_and(Ordering::is_ge) && to(&ends[1]).is_some_and(Ordering::is_le)
        }
        _ => false,
    };
    match operator {
        "!" | "!=" | "!@" => !equal(),
        ">" => is(Ordering::is_gt),
        ">=" => is(Ordering::is_ge),
        "<" => is(Ordering::is_lt),
        "<=" => is(Ordering::is_le),
        "%" => contains(),
        "!%" => !contains(),
        "><" => between(),
        "!><" => !between(),
        _ => equal(),
    }
}
