//! List methods over tables: any number of rows, of which only the identifiers are held in memory, read the way a
//! portal's lists are read.

mod documented;
mod filter;
mod page;
mod rest3;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::answer::{Answer, Success};
use crate::fault::{Fault, Faults, Place};
use crate::portal::Portal;
use crate::value::{Rows, Value};
use filter::{Compare, Condition, Row};
use page::{Ask, Sort};
use rest3::Rules;
use row::Template;

/// The rows behind a list method.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use bitrix24_portal::Portal;
/// use serde_json::json;
///
/// let portal = Portal::builder().start().await?;
/// let deals = portal.table("crm.deal.list");
/// // 100,000 rows with gaps between their identifiers.
/// deals.fill((1..).step_by(3).take(100_000), json!({ "ID": "", "TITLE": "Deal {id}" }));
/// deals.delete(4);
/// deals.insert(json!({ "ID": "5", "TITLE": "One of its own" }));
///
/// // The rows of this method stand under a key, and their identifiers are numbers.
/// portal.table("crm.item.list").under("items").fill(1..=3, json!({ "id": 0, "title": "Item {id}" }));
/// # Ok(())
/// # }
/// ```
///
/// The method then answers as a portal does: at most 50 rows from `start` on, with `total`, and with `next` where there are
/// more; with `start=-1` neither. It knows `filter` (operators before the field's name; text that is no number, such as a
/// reference that was not resolved, counts as 0), `order`, and `select`, with the names of fields in any spelling.
///
/// Called as a method of REST 3.0 it answers with rows under `items`, and goes by `pagination`; if its name ends in `.tail`, by
/// `cursor`. There it refuses what it does not understand: a field that rows do not have, an order that is none.
///
/// Changes take effect with the next request, or the next command of a batch. What can go wrong with a page is a
/// [`Fault`](crate::Fault).
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    portal: &'a Portal,
    key: &'a str,
}

impl Portal {
    /// The table behind a list method; the first time an empty one. A method that has been scripted
    /// ([`Portal::on`]) keeps its script.
    pub fn table<'a>(&'a self, method: &'a str) -> Table<'a> {
        let key = method.to_ascii_lowercase();
        self.world().tables.entry(key).or_default();
        Table {
            portal: self,
            key: method,
        }
    }
}

impl Table<'_> {
    /// Replaces all rows: one for each of these identifiers, made from a template when it is read. In the template
    /// the value of `ID` or `id` becomes the row's, as text or as a number, whichever it is there; inside any
    /// text `{id}` does.
    ///
    /// # Panics
    ///
    /// If the template is no object with `ID` or `id`.
    pub fn fill(self, ids: impl IntoIterator<Item = i64>, template: impl Into<Json>) -> Self {
        let template = parsed(template.into());
        let mut ids: Vec<i64> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        self.with(|data| {
            data.template = Some(template);
            data.own.clear();
            data.ids = ids;
        })
    }

    /// Adds a row of its own, or replaces the one with its identifier.
    ///
    /// # Panics
    ///
    /// If it is no object with a whole number as `ID` or `id`.
    pub fn insert(self, row: impl Into<Json>) -> Self {
        let row = parsed(row.into());
        let Some(id) = row.own_id() else {
            panic!("the identifier of a row is a whole number")
        };
        self.with(|data| {
            if let Err(at) = data.ids.binary_search(&id) {
                data.ids.insert(at, id);
            }
            data.own.insert(id, row);
        })
    }

    /// Takes a row away; nothing happens if there is none.
    pub fn delete(self, id: i64) -> Self {
        self.with(|data| {
            if let Ok(at) = data.ids.binary_search(&id) {
                data.ids.remove(at);
            }
            data.own.remove(&id);
        })
    }

    /// Rows that take their place in pages and in `total`, but are not shown, as on portals that look at rights only
    /// after they have cut the page: pages are short, or empty, with more to come.
    pub fn hide(self, ids: impl IntoIterator<Item = i64>) -> Self {
        self.with(|data| data.hidden.extend(ids))
    }

    /// The key in the result under which the rows stand (`items`, `tasks`); without it the result is the rows.
    pub fn under(self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.with(|data| data.wrapper = Some(key))
    }

    /// How rows are sorted where the call does not say: [`Sorted::Ascending`] if nothing is set.
    pub fn sorted(self, sorted: Sorted) -> Self {
        self.with(|data| data.sorted = sorted)
    }

    /// The method is called as landing's lists are: `filter`, `order`, `select`, `limit` and `offset` stand in
    /// `params`, without `limit` all rows come at once, and nothing is counted.
    pub fn in_params(self) -> Self {
        self.with(|data| data.in_params = true)
    }

    /// The most rows that a page of REST 3.0 holds: 1,000 if nothing is set. Who asks for more gets so many.
    pub fn at_most(self, rows: usize) -> Self {
        self.with(|data| data.largest = Some(rows))
    }

    fn with(self, change: impl FnOnce(&mut Data)) -> Self {
        let mut world = self.portal.world();
        change(world.tables.entry(self.key.to_ascii_lowercase()).or_default());
        drop(world);
        self
    }
}

fn parsed(row: Json) -> Template {
    Template::new(row).unwrap_or_else(|| panic!("a row is an object with `ID` or `id`"))
}

/// An order of rows that nobody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sorted {
    /// By identifier, the smallest first.
    #[default]
    Ascending,
    /// By identifier, the largest first.
    Descending,
    /// By something that has nothing to do with identifiers; always the same for the same rows.
    Otherwise,
}

/// The most rows that a page of REST 3.0 holds.
const LARGEST: usize = 1_000;

/// The rows of a table, and how its method shows them.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// In ascending order.
    ids: Vec<i64>,
    template: Option<Template>,
    /// Rows that are not made from the template.
    own: BTreeMap<i64, Template>,
    hidden: BTreeSet<i64>,
    wrapper: Option<String>,
    sorted: Sorted,
    in_params: bool,
    largest: Option<usize>,
    /// What was on the page before.
    last: Vec<i64>,
}

impl Data {
    /// Answers a call of the list method, as it is, or under the fault that the page meets.
    pub(crate) fn answer(&mut self, method: &str, params: &Value, faults: &mut Faults) -> Answer {
        let ask = if self.in_params {
            Ask::in_params(params.get("params"))
        } else {
            Ask::of(params)
        };
        let page = self.page(method, ask, faults);
        let result = match &self.wrapper {
            Some(key) => Value::from([(key.as_str(), page.result)]),
            None => page.result,
        };
        Ok(Success { result, ..page })
    }

    /// Answers a call of the method of REST 3.0, whose rows stand under `items`.
    pub(crate) fn answer3(&mut self, method: &str, params: &Value, faults: &mut Faults) -> Answer {
        let knows = |field: &str| {
            let mut rows = self.own.values().chain(&self.template);
            rows.clone().next().is_none() || rows.any(|row| row.has(field))
        };
        let largest = self.largest.unwrap_or(LARGEST);
        let rules = Rules {
            tail: method.to_ascii_lowercase().ends_with(".tail"),
            largest,
            knows: &knows,
        };
        let ask = rules.ask(params)?;
        let page = self.page(method, ask, faults);
        Ok(Success {
            result: [("items", page.result)].into(),
            ..page
        })
    }

    fn page(&mut self, method: &str, mut ask: Ask, faults: &mut Faults) -> Success {
        let does_something = |fault: &Fault| ask.counted || *fault != Fault::NextStands;
        let fault = faults.take_if(Place::Page, method, does_something);
        match &fault {
            Some(Fault::IgnoredFilter) => ask.filter = Condition::All(Vec::new()),
            Some(Fault::ShortPage(rows)) => ask.limit = ask.limit.min(*rows),
            _ => {}
        }
        let (mut ids, found) = self.find(&ask);
        let (mut total, mut next) = (None, None);
        if ask.counted {
            total = i64::try_from(found).ok();
            let after = ask.offset.saturating_add(ids.len());
            next = Some(after)
                .filter(|after| *after < found)
                .and_then(|next| i64::try_from(next).ok());
        }
        match &fault {
            Some(Fault::RepeatedPage) => ids = self.last.clone(),
            Some(Fault::OutOfOrder) => ids.reverse(),
            Some(Fault::NextStands) => next = i64::try_from(ask.offset).ok(),
            Some(Fault::Total(lie)) => total = Some(*lie),
            _ => {}
        }
        let result = self.rows(&ids, &ask);
        self.last = ids;
        Success { result, total, next }
    }

    /// The identifiers on the page, and how many rows the filter finds in all.
    fn find(&self, ask: &Ask) -> (Vec<i64>, usize) {
        let (range, rest) = ask.filter.by_id();
        let from = self.ids.partition_point(|id| *id < *range.start());
        let to = self.ids.partition_point(|id| *id <= *range.end());
        let ids = self.ids.get(from..to).unwrap_or_default();
        let fits = |id: &i64| rest.iter().all(|condition| condition.fits(&self.row(*id)));
        let by_id = match ask.order.first() {
            Some(Sort { field, descending }) => (field == "id").then_some(*descending),
            None => match self.sorted {
                Sorted::Ascending => Some(false),
                Sorted::Descending => Some(true),
                Sorted::Otherwise => None,
            },
        };
        let (offset, limit) = (ask.offset, ask.limit);
        // Without a condition of its own no row has to be looked at, and a million can be counted at once.
        match by_id {
            Some(false) if rest.is_empty() => {
                (ids.iter().skip(offset).take(limit).copied().collect(), ids.len())
            }
            Some(true) if rest.is_empty() => (
                ids.iter().rev().skip(offset).take(limit).copied().collect(),
                ids.len(),
            ),
            _ => {
                let mut ids: Vec<i64> = ids.iter().filter(|id| fits(id)).copied().collect();
                match by_id {
                    Some(false) => {}
                    Some(true) => ids.reverse(),
                    None if ask.order.is_empty() => ids.sort_by_cached_key(|id| scattered(*id)),
                    None => self.sort(&mut ids, &ask.order),
                }
                let found = ids.len();
                (ids.into_iter().skip(offset).take(limit).collect(), found)
            }
        }
    }

    fn sort(&self, ids: &mut [i64], order: &[Sort]) {
        let mut keyed: Vec<(Vec<Value>, i64)> = ids
            .iter()
            .map(|id| {
                (
                    order
                        .iter()
                        .map(|sort| self.row(*id).field(&sort.field))
                        .collect(),
                    *id,
                )
            })
            .collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let keys = order.iter().zip(a.iter().zip(b));
            let orderings = keys.map(|(sort, (a, b))| {
                let ordering = Compare::sort(a, b);
                if sort.descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            });
            orderings.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        for (slot, (_, id)) in ids.iter_mut().zip(keyed) {
            *slot = id;
        }
    }

    fn template(&self, id: i64) -> Option<&Template> {
        self.own.get(&id).or(self.template.as_ref())
    }

    fn row(&self, id: i64) -> Row<'_> {
        Row {
            id,
            template: self.template(id),
        }
    }

    /// These rows, without those that are hidden.
    fn rows(&self, ids: &[i64], ask: &Ask) -> Value {
        let common = self
            .template
            .as_ref()
            .map(|template| template.pieces(&ask.select));
        let mut rows = Rows::default();
        for id in ids.iter().filter(|id| !self.hidden.contains(id)) {
            match (self.own.get(id), &common) {
                (Some(own), _) => rows.push(|out| own.pieces(&ask.select).write(*id, out)),
                (None, Some(common)) => rows.push(|out| common.write(*id, out)),
                // Every identifier has a row of its own or comes from the template.
                (None, None) => {}
            }
        }
        Value::Rows(rows)
    }
}

/// Where a row stands that is sorted by something else.
fn scattered(id: i64) -> i64 {
    id.wrapping_mul(0x5851_F42D_4C95_7F2D).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Values of the kinds that parameters are made of.
    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            "(id|ID|>ID|!@|in|between|or|desc|\\$result\\[a\\]|-?[0-9]{1,25}|.{0,3})".prop_map(Json::from),
        ];
        let key = "(filter|order|select|start|sort|limit|offset|page|field|value|logic|conditions|negative|[!<>=@%]{0,3}ID|0)";
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(key, inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_call_makes_a_table_panic(
            values in prop::collection::vec(any_json(), 6),
            fault in prop::option::of(0usize..5),
            rows in 0i64..120,
        ) {
            let mut params = serde_json::Map::new();
            for (name, value) in ["filter", "order", "select", "start", "pagination", "cursor"].into_iter().zip(values) {
                params.insert(name.to_owned(), value);
            }
            let whole = Value::from(json!({"params": params.clone()}));
            let params = Value::from(Json::from(params));
            let faults = [
                Fault::IgnoredFilter, Fault::ShortPage(0), Fault::RepeatedPage, Fault::OutOfOrder, Fault::NextStands,
            ];
            let mut ordered = Faults::default();
            if let Some(at) = fault {
                ordered.add(faults[at].clone().times(4));
            }
            let mut table = Data {
                ids: (1..=rows).collect(),
                template: Template::new(json!({"id": 0, "title": "{id}"})),
                ..Data::default()
            };
            let page = table.answer("a.list", &params, &mut ordered).unwrap();
            prop_assert!(matches!(page.result, Value::Rows(_)));
            let _ = table.answer3("a.list", &params, &mut ordered);
            let _ = table.answer3("a.tail", &params, &mut ordered);
            table.in_params = true;
            prop_assert!(table.answer("a.list", &whole, &mut ordered).is_ok());
        }
    }
}
