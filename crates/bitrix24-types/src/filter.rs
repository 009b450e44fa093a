//! Which rows a list has, in which order, and which part of them: `filter`, `order`, `pagination`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::params;
use crate::wire::IntoWire;
use crate::{Arg, ParamSet, Params, Wire};

/// What a `filter` can say besides that a field is equal to something, for which it has setters.
///
/// A filter is a set of conditions all of which must be met. The field of a comparison is given by its name on the wire,
/// so own fields (`UF_…`) will do.
///
/// ```
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::{Filter, Order, ParamSet, landing::site::{GetList, GetListParams, GetListParamsFilter}};
///
/// let filter = GetListParamsFilter::new().type_("STORE").gt("ID", 5).one_of("LANG", ["de", "en"]);
/// let request = GetList::new().params(GetListParams::new().filter(filter).order(Order::new().desc("ID")));
/// # let params = serde_json::to_value(request.into_params()).unwrap();
/// # assert_eq!(params["params"]["filter"], serde_json::json!({"TYPE": "STORE", ">ID": 5, "@LANG": ["de", "en"]}));
/// # assert_eq!(params["params"]["order"], serde_json::json!({"ID": "DESC"}));
/// # }
/// ```
///
/// Names and values do as well, with the operator in front of the name: `[(">ID", 5)]`.
pub trait Filter: ParamSet {
    /// The field is this: `=`.
    #[must_use]
    fn eq(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, "=", field, value)
    }

    /// The field is not this: `!=`.
    #[must_use]
    fn ne(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, "!=", field, value)
    }

    /// The field is greater: `>`.
    #[must_use]
    fn gt(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, ">", field, value)
    }

    /// The field is greater, or this: `>=`.
    #[must_use]
    fn ge(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, ">=", field, value)
    }

    /// The field is less: `<`.
    #[must_use]
    fn lt(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, "<", field, value)
    }

    /// The field is less, or this: `<=`.
    #[must_use]
    fn le(self, field: &str, value: impl Into<Wire>) -> Self {
        condition(self, "<=", field, value)
    }

    /// The field is one of these: `@`.
    #[must_use]
    fn one_of<V: Into<Wire>>(self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        condition(self, "@", field, list(values))
    }

    /// The field is none of these: `!@`.
    #[must_use]
    fn none_of<V: Into<Wire>>(self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        condition(self, "!@", field, list(values))
    }

    /// The field has this text somewhere in it: `%`.
    #[must_use]
    fn contains(self, field: &str, text: impl Into<Wire>) -> Self {
        condition(self, "%", field, text)
    }

    /// The field is like this pattern, in which `%` stands for any text: `=%`.
    #[must_use]
    fn like(self, field: &str, pattern: impl Into<Wire>) -> Self {
        condition(self, "=%", field, pattern)
    }
}

fn condition<F: Filter>(filter: F, operator: &str, field: &str, value: impl Into<Wire>) -> F {
    filter.undocumented(format!("{operator}{field}"), value)
}

fn list<V: Into<Wire>>(values: impl IntoIterator<Item = V>) -> Wire {
    Wire::List(values.into_iter().map(Into::into).collect())
}

/// Names with an operator in front of them, and values.
impl<F: Filter, K: Into<String>, V: Into<Wire>, const N: usize> From<[(K, V); N]> for Arg<F> {
    fn from(conditions: [(K, V); N]) -> Self {
        conditions_of(conditions)
    }
}

impl<F: Filter, K: Into<String>, V: Into<Wire>> From<Vec<(K, V)>> for Arg<F> {
    fn from(conditions: Vec<(K, V)>) -> Self {
        conditions_of(conditions)
    }
}

impl<F: Filter, K: Into<String>, V: Into<Wire>> From<BTreeMap<K, V>> for Arg<F> {
    fn from(conditions: BTreeMap<K, V>) -> Self {
        conditions_of(conditions)
    }
}

impl<F: Filter> From<Params> for Arg<F> {
    fn from(conditions: Params) -> Self {
        Self::raw(conditions)
    }
}

impl<F: Filter> From<Value> for Arg<F> {
    fn from(conditions: Value) -> Self {
        Self::raw(conditions)
    }
}

fn conditions_of<T, K: Into<String>, V: Into<Wire>>(conditions: impl IntoIterator<Item = (K, V)>) -> Arg<T> {
    let conditions = conditions
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()));
    Arg::raw(Wire::Map(conditions.collect::<Params>()))
}

/// By which fields a list is sorted: by the first, and where that is the same, by the next.
///
/// ```
/// use bitrix24_types::{Arg, Order};
///
/// let order: Arg<Order> = Order::new().asc("TITLE").desc("ID").into();
/// assert_eq!(order, [("TITLE", "ASC"), ("ID", "DESC")].into());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Order(Params);

impl Order {
    /// As the server likes.
    pub const fn new() -> Self {
        Self(Params::new())
    }

    /// Small values first.
    pub fn asc(self, field: &str) -> Self {
        self.with(field, "ASC")
    }

    /// Great values first.
    pub fn desc(self, field: &str) -> Self {
        self.with(field, "DESC")
    }

    fn with(mut self, field: &str, direction: &'static str) -> Self {
        self.0.set(field.to_owned(), direction);
        self
    }
}

impl IntoWire for Order {
    fn into_wire(self) -> Wire {
        Wire::Map(self.0)
    }
}

impl<K: Into<String>, V: Into<Wire>, const N: usize> From<[(K, V); N]> for Arg<Order> {
    fn from(order: [(K, V); N]) -> Self {
        conditions_of(order)
    }
}

impl<K: Into<String>, V: Into<Wire>> From<Vec<(K, V)>> for Arg<Order> {
    fn from(order: Vec<(K, V)>) -> Self {
        conditions_of(order)
    }
}

impl<K: Into<String>, V: Into<Wire>> From<BTreeMap<K, V>> for Arg<Order> {
    fn from(order: BTreeMap<K, V>) -> Self {
        conditions_of(order)
    }
}

impl From<Params> for Arg<Order> {
    fn from(order: Params) -> Self {
        Self::raw(order)
    }
}

impl From<Value> for Arg<Order> {
    fn from(order: Value) -> Self {
        Self::raw(order)
    }
}

params! {
    /// Which part of a list an answer has, in REST 3.0.
    ///
    /// ```
    /// use bitrix24_types::{Arg, Pagination};
    ///
    /// let second: Arg<Pagination> = Pagination::new().page(2).limit(100).into();
    /// ```
    pub struct Pagination() {
        page: i64 = "page", "which page, counted from 1.";
        limit: i64 = "limit", "how many rows a page has; methods have different limits.";
        offset: i64 = "offset", "how many rows are skipped, instead of pages.";
        ..undocumented
    }
}

/// The `filter` of REST 3.0: conditions all of which must be met.
///
/// ```
/// use bitrix24_types::{Arg, Conditions};
///
/// let open_and_urgent_or_mine = Conditions::new()
///     .ne("status", "CLOSED")
///     .any(Conditions::new().gt("priority", 1).eq("responsibleId", 7));
/// let filter: Arg<Conditions> = open_and_urgent_or_mine.into();
/// # assert_eq!(
/// #     serde_json::to_value(filter.into_wire()).unwrap(),
/// #     serde_json::json!([
/// #         ["status", "!=", "CLOSED"],
/// #         {"logic": "or", "conditions": [["priority", ">", 1], ["responsibleId", "=", 7]]},
/// #     ])
/// # );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Conditions(Vec<Wire>);

impl Conditions {
    /// No condition yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The field is this.
    pub fn eq(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, "=", value)
    }

    /// The field is not this.
    pub fn ne(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, "!=", value)
    }

    /// The field is greater.
    pub fn gt(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, ">", value)
    }

    /// The field is greater, or this.
    pub fn ge(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, ">=", value)
    }

    /// The field is less.
    pub fn lt(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, "<", value)
    }

    /// The field is less, or this.
    pub fn le(self, field: &str, value: impl Into<Wire>) -> Self {
        self.with(field, "<=", value)
    }

    /// The field is one of these.
    pub fn one_of<V: Into<Wire>>(self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.with(field, "in", list(values))
    }

    /// The field is from the first to the second, both included.
    pub fn between(self, field: &str, first: impl Into<Wire>, last: impl Into<Wire>) -> Self {
        self.with(field, "between", Wire::List(vec![first.into(), last.into()]))
    }

    /// At least one of these is met.
    pub fn any(self, of: Self) -> Self {
        self.group("or", of)
    }

    /// All of these are met: for inside of [`any`](Self::any).
    pub fn all(self, of: Self) -> Self {
        self.group("and", of)
    }

    fn with(mut self, field: &str, operator: &'static str, value: impl Into<Wire>) -> Self {
        self.0.push(Wire::List(vec![
            Wire::from(field),
            Wire::from(operator),
            value.into(),
        ]));
        self
    }

    fn group(mut self, logic: &'static str, of: Self) -> Self {
        let group = Params::from_iter([("logic", Wire::from(logic)), ("conditions", Wire::List(of.0))]);
        self.0.push(Wire::Map(group));
        self
    }
}

impl IntoWire for Conditions {
    fn into_wire(self) -> Wire {
        Wire::List(self.0)
    }
}

impl From<Value> for Arg<Conditions> {
    fn from(conditions: Value) -> Self {
        Self::raw(conditions)
    }
}
