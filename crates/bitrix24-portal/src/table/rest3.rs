//! What a list method of REST 3.0 is asked for. It refuses what it does not understand.

use super::filter::{Condition, Is};
use super::page::{Ask, Sort};
use super::row::plain;
use crate::answer::Refusal;
use crate::value::Value;

/// How many rows a page holds if nothing is said.
const PAGE: usize = 50;

/// What may be asked of a table.
pub(super) struct Rules<'a> {
    /// `.tail`, which goes by a cursor.
    pub(super) tail: bool,
    /// The most rows that a page holds; who asks for more gets so many.
    pub(super) largest: usize,
    /// Whether rows have a field of this plain name.
    pub(super) knows: &'a dyn Fn(&str) -> bool,
}

impl Rules<'_> {
    /// `select`, `filter`, `order` and `pagination`; or `cursor` in the place of the last two.
    pub(super) fn ask(&self, params: &Value) -> Result<Ask, Refusal> {
        let filter = match params.get("filter") {
            Value::List(conditions) => Condition::All(self.conditions(conditions)?),
            nothing if nothing.is_nothing() => Condition::All(Vec::new()),
            other => return Err(bad_filter(other)),
        };
        let ask = Ask {
            filter,
            order: Vec::new(),
            select: self.select(params.get("select"))?,
            offset: 0,
            limit: PAGE,
            counted: false,
        };
        if self.tail {
            self.cursor(ask, params.get("cursor"))
        } else {
            let order = self.order(params.get("order"))?;
            self.pagination(Ask { order, ..ask }, params.get("pagination"))
        }
    }

    fn field(&self, name: &str) -> Result<String, Refusal> {
        // What follows a dot belongs to the record that the field leads to.
        let field = plain(name.split('.').next().unwrap_or_default());
        if (self.knows)(&field) {
            return Ok(field);
        }
        Err(Refusal::rest3(
            400,
            "UNKNOWNDTOPROPERTYEXCEPTION",
            format!("There is no field {name:?}"),
        ))
    }

    fn select(&self, select: &Value) -> Result<Option<Vec<String>>, Refusal> {
        let Value::List(names) = select else {
            return if select.is_nothing() {
                Ok(None)
            } else {
                Err(bad_select(select))
            };
        };
        let name = |name: &Value| match name {
            Value::Text(name) => self.field(name),
            other => Err(bad_select(other)),
        };
        let names = names.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(names).filter(|names| !names.is_empty()))
    }

    fn conditions(&self, conditions: &[Value]) -> Result<Vec<Condition>, Refusal> {
        conditions
            .iter()
            .map(|condition| self.condition(condition))
            .collect()
    }

    /// `[field, operator, value]`, `[field, value]`, or a group.
    fn condition(&self, condition: &Value) -> Result<Condition, Refusal> {
        match condition {
            Value::List(parts) => match parts.as_slice() {
                [Value::Text(field), Value::Text(operator), value] => self.compare(field, operator, value),
                [Value::Text(field), value @ Value::List(_)] => self.compare(field, "in", value),
                [Value::Text(field), value] => self.compare(field, "=", value),
                _ => Err(bad_filter(condition)),
            },
            Value::Map(group) => {
                let Some(Value::List(conditions)) = group.get("conditions") else {
                    return Err(bad_filter(condition));
                };
                let conditions = self.conditions(conditions)?;
                let group = match condition.get("logic").to_text().as_deref() {
                    Some("" | "and") => Condition::All(conditions),
                    Some("or") => Condition::Any(conditions),
                    _ => return Err(bad_filter(condition)),
                };
                Ok(match condition.get("negative").is_nothing() {
                    true => group,
                    false => Condition::Not(Box::new(group)),
                })
            }
            _ => Err(bad_filter(condition)),
        }
    }

    fn compare(&self, field: &str, operator: &str, value: &Value) -> Result<Condition, Refusal> {
        let name = self.field(field)?;
        let one = || match value {
            Value::List(_) | Value::Map(_) => Err(bad_filter(value)),
            value => Ok(vec![value.clone()]),
        };
        let several = |fit: fn(usize) -> bool| match value {
            Value::List(values) if fit(values.len()) => Ok(values.clone()),
            _ => Err(bad_filter(value)),
        };
        let (is, values) = match operator {
            "=" => (Is::OneOf, one()?),
            "!=" => (Is::NoneOf, one()?),
            ">" => (Is::Greater, one()?),
            ">=" => (Is::AtLeast, one()?),
            "<" => (Is::Less, one()?),
            "<=" => (Is::AtMost, one()?),
            "in" => (Is::OneOf, several(|_| true)?),
            "between" => (Is::Between, several(|count| count == 2)?),
            other => {
                let text = format!("There is no filter operator {other:?}");
                return Err(Refusal::rest3(400, "UNKNOWNFILTEROPERATOREXCEPTION", text));
            }
        };
        Ok(Condition::Field { name, is, values })
    }

    fn order(&self, order: &Value) -> Result<Vec<Sort>, Refusal> {
        let Value::Map(order) = order else {
            return if order.is_nothing() {
                Ok(Vec::new())
            } else {
                Err(bad_order(order))
            };
        };
        let sort = |(field, direction): (&String, &Value)| {
            Ok(Sort {
                field: self.field(field)?,
                descending: descending(direction)?,
            })
        };
        order.iter().map(sort).collect()
    }

    /// `page` counts from 1 and goes before `offset`.
    fn pagination(&self, ask: Ask, pagination: &Value) -> Result<Ask, Refusal> {
        let size = |name: &str| size(pagination, name);
        let limit = self.limit(pagination)?;
        let offset = match size("page")? {
            Some(page) => page.saturating_sub(1).saturating_mul(limit),
            None => size("offset")?.unwrap_or(0),
        };
        Ok(Ask { offset, limit, ..ask })
    }

    /// The rows after a value of a field, sorted by it.
    fn cursor(&self, mut ask: Ask, cursor: &Value) -> Result<Ask, Refusal> {
        let field = self.field(
            cursor
                .find("field")
                .and_then(Value::to_text)
                .as_deref()
                .unwrap_or("id"),
        )?;
        if ask.filter.mentions(&field) {
            let text = "The field of the cursor cannot be in the filter";
            return Err(Refusal::rest3(400, "INVALIDFILTEREXCEPTION", text));
        }
        let descending = cursor.find("order").map_or(Ok(false), descending)?;
        let after = Condition::Field {
            name: field.clone(),
            is: if descending { Is::Less } else { Is::Greater },
            values: vec![cursor.find("value").cloned().unwrap_or_else(|| 0.into())],
        };
        if let Condition::All(conditions) = &mut ask.filter {
            conditions.push(after);
        }
        Ok(Ask {
            order: vec![Sort { field, descending }],
            limit: self.limit(cursor)?,
            ..ask
        })
    }

    fn limit(&self, of: &Value) -> Result<usize, Refusal> {
        match size(of, "limit")? {
            Some(0) => Err(bad_pagination(of)),
            Some(limit) => Ok(limit.min(self.largest)),
            None => Ok(PAGE),
        }
    }
}

/// A number that may be missing.
fn size(of: &Value, name: &str) -> Result<Option<usize>, Refusal> {
    match of.get(name) {
        Value::Null => Ok(None),
        value => {
            let size = value.as_int().and_then(|size| usize::try_from(size).ok());
            size.map(Some).ok_or_else(|| bad_pagination(of))
        }
    }
}

fn descending(direction: &Value) -> Result<bool, Refusal> {
    match direction
        .to_text()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(bad_order(direction)),
    }
}

fn bad(code: &str, what: &str, value: &Value) -> Refusal {
    let value = serde_json::Value::from(value.clone());
    Refusal::rest3(400, code, format!("This is no {what}: {value}"))
}

fn bad_filter(value: &Value) -> Refusal {
    bad("INVALIDFILTEREXCEPTION", "filter", value)
}

fn bad_order(value: &Value) -> Refusal {
    bad("INVALIDORDEREXCEPTION", "order", value)
}

fn bad_select(value: &Value) -> Refusal {
    bad("INVALIDSELECTEXCEPTION", "list of fields", value)
}

fn bad_pagination(value: &Value) -> Refusal {
    bad("INVALIDPAGINATIONEXCEPTION", "pagination", value)
}
