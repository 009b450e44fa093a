//! A request as its pages are asked for: by which way, and with which parameters.

use bitrix24_types::{List, Paging, Params, Way, Wire};

use super::{
    checkpoint::Checkpoint,
    ids::{self, Ids},
    offsets::Offsets,
    starts::Starts,
    walk::{Above, Ask, Left, PAGE, Position, Walk, Within},
};
use crate::error::Error;

/// How many ranges are walked at once if nothing is said, and at most: the pages of each wait in memory.
const RANGES: usize = 4;
const MOST_RANGES: usize = 64;

/// What a caller has set about a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) way: Option<Way>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) page_size: Option<usize>,
    pub(super) at_once: Option<usize>,
}

/// How the pages of a request are asked for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) way: Way,
    /// How many requests may be under way at once.
    pub(super) at_once: usize,
    paging: Paging,
    /// What all pages have in common.
    params: Params,
    /// How many rows a page has.
    page: usize,
    /// Whether rows come in the order of their identifiers, and can come the other way round.
    ordered: bool,
    /// What the caller's own filter says of identifiers.
    bounds: Left,
}

impl Plan {
    /// Plans a walk, and where it begins.
    pub(super) fn new<M: List>(request: &Params, choice: &Choice) -> Result<(Self, Walk), Error> {
        let paging = M::PAGING;
        let resumed = match &choice.checkpoint {
            Some(checkpoint) => Some((checkpoint.check(M::NAME, request)?, &checkpoint.position)),
            None => None,
        };
        let order = Order::of(request, &paging);
        let way = match (choice.way, resumed) {
            (Some(way), _) => way,
            (None, Some((way, _))) => way,
            (None, None) => usual(&paging, &order).ok_or_else(|| no_way(M::NAME))?,
        };
        if let Some(lack) = lack(&paging, way) {
            return Err(Error::config(format!(
                "the list `{}` can't be walked by `{way}`: it has no known {lack}",
                M::NAME
            )));
        }
        let mut plan = Self {
            way,
            at_once: match way {
                Way::Ranges => choice.at_once.unwrap_or(RANGES).clamp(1, MOST_RANGES),
                _ => 1,
            },
            paging,
            params: request.clone(),
            page: PAGE,
            ordered: order != Order::Other && !paging.key.is_empty() && !paging.order.is_empty(),
            bounds: Left {
                after: None,
                upto: None,
            },
        };
        plan.prepare(&order, choice.page_size)?;
        let walk = plan.walk(resumed.map(|(_, position)| position))?;
        Ok((plan, walk))
    }

    /// Takes out of the request what changes from page to page, and puts in what all pages need.
    fn prepare(&mut self, order: &Order, page_size: Option<usize>) -> Result<(), Error> {
        let Paging {
            key, select, start, ..
        } = self.paging;
        if !start.is_empty() && at(&self.params, start).is_some() {
            let what =
                format!("`{start}` is set by the walk itself: leave it out, or resume from a checkpoint");
            return Err(Error::config(what));
        }
        if self.by_ids() && self.way != Way::Tail {
            if *order == Order::Other {
                let what = format!(
                    "a walk by `{}` brings rows in the order of `{key}`: leave out the order, or choose another way",
                    self.way
                );
                return Err(Error::config(what));
            }
            self.take_bounds()?;
        }
        if *order == Order::Unsaid && !key.is_empty() {
            self.sort(false);
        }
        if let Some(Wire::List(fields)) = at(&self.params, select) {
            let has = |name: &str| {
                fields
                    .iter()
                    .any(|field| matches!(field, Wire::Text(text) if text.eq_ignore_ascii_case(name)))
            };
            if !key.is_empty() && !fields.is_empty() && !has(key) && !has("*") {
                let mut fields = fields.clone();
                fields.push(Wire::from(key));
                set(&mut self.params, select, Wire::List(fields));
            }
        }
        self.limit(page_size)
    }

    /// How many rows a page is to have, where that can be said.
    fn limit(&mut self, page_size: Option<usize>) -> Result<(), Error> {
        let Paging {
            limit,
            page,
            tail,
            start,
            ..
        } = self.paging;
        let place = match self.way {
            Way::Offset => limit.to_owned(),
            Way::Page => format!("{page}.limit"),
            Way::Tail => format!("{tail}.limit"),
            _ if start.is_empty() => limit.to_owned(),
            _ => String::new(),
        };
        if place.is_empty() {
            return match page_size {
                Some(size) if size != PAGE => {
                    Err(Error::config("this portal decides how many rows a page has: 50"))
                }
                _ => Ok(()),
            };
        }
        let own = match at(&self.params, &place) {
            Some(Wire::Int(own)) => usize::try_from(*own).ok(),
            _ => None,
        };
        self.page = page_size.or(own).unwrap_or(PAGE);
        if self.page == 0 {
            return Err(Error::config("a page of a list has at least one row"));
        }
        let size = i64::try_from(self.page).unwrap_or(i64::MAX);
        set(&mut self.params, &place, Wire::Int(size));
        Ok(())
    }

    fn by_ids(&self) -> bool {
        matches!(self.way, Way::Id | Way::Ranges | Way::Tail)
    }

    /// Takes the caller's own bounds of identifiers out of the filter: a page has only one of each.
    fn take_bounds(&mut self) -> Result<(), Error> {
        let Paging { key, filter, .. } = self.paging;
        let conditions = match at(&self.params, filter) {
            Some(Wire::Map(conditions)) => conditions.clone(),
            None => return Ok(()),
            Some(Wire::Null) => Params::new(),
            Some(Wire::List(items)) if items.is_empty() => Params::new(),
            Some(_) => {
                return Err(Error::config(format!(
                    "`{filter}` has to be a map of fields to values"
                )));
            }
        };
        let mut rest = Params::new();
        for (name, value) in conditions.iter() {
            let bound = |operator| {
                name.strip_prefix(operator)
                    .is_some_and(|field: &str| field.eq_ignore_ascii_case(key))
            };
            let (above, upto) = (bound(">"), bound("<="));
            if !above && !upto {
                rest.set(name.to_owned(), value.clone());
                continue;
            }
            let Some(id) = integer(value) else {
                let what = format!(
                    "`{name}` in `{filter}` has to be a whole number, for the walk puts its own there"
                );
                return Err(Error::config(what));
            };
            if above {
                self.bounds.after = self.bounds.after.max(Some(id));
            } else {
                self.bounds.upto = Some(self.bounds.upto.map_or(id, |other| other.min(id)));
            }
        }
        // An empty one has no form in a batch.
        if rest.is_empty() {
            unset(&mut self.params, filter);
        } else {
            set(&mut self.params, filter, Wire::Map(rest));
        }
        Ok(())
    }

    /// Sorts by the identifier.
    fn sort(&mut self, descending: bool) {
        sort(&mut self.params, &self.paging, descending);
    }

    fn walk(&self, resumed: Option<&Position>) -> Result<Walk, Error> {
        if self.by_ids() {
            let left = match resumed {
                None => vec![self.first()],
                Some(Position::Ranges(left)) if !left.is_empty() => left.clone(),
                Some(_) => return Err(other_position(self.way)),
            };
            let is_tail = self.way == Way::Tail;
            let settings = ids::Settings {
                at_once: self.at_once,
                chained: !is_tail,
                counts: !is_tail && !self.paging.start.is_empty(),
                page: self.page,
            };
            return Ok(Walk::Ids(Ids::new(settings, &left)));
        }
        let from = match resumed {
            None => Within::default(),
            Some(Position::Page(within)) => within.clone(),
            Some(_) => return Err(other_position(self.way)),
        };
        Ok(match self.way {
            Way::Count => Walk::Starts(Starts::new(true, from)),
            Way::Next => Walk::Starts(Starts::new(false, from)),
            _ => Walk::Offsets(Offsets::new(self.page, self.ordered, from)),
        })
    }

    /// Where a walk begins that is not resumed.
    fn first(&self) -> Left {
        let value = match self.way {
            Way::Tail => at(&self.params, &format!("{}.value", self.paging.tail)).and_then(integer),
            _ => None,
        };
        Left {
            after: self.bounds.after.or(value),
            upto: self.bounds.upto,
        }
    }

    /// The parameters of a page; `before` is where the last identifier of the page before will be.
    pub(super) fn page(&self, ask: &Ask, before: Option<Wire>) -> Params {
        let mut params = self.params.clone();
        let Paging {
            id,
            key,
            filter,
            start,
            offset,
            page,
            tail,
            ..
        } = self.paging;
        let above = match ask.above {
            Some(Above::Id(id)) => Some(Wire::Int(id)),
            Some(Above::PageBefore) => before,
            None => None,
        };
        let number = |number: u64| Wire::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let counted = ask.start.map(number);
        if ask.descending || matches!(self.way, Way::Id | Way::Ranges) {
            sort(&mut params, &self.paging, ask.descending);
        }
        match self.way {
            Way::Id | Way::Ranges => {
                let mut conditions = match at(&params, filter) {
                    Some(Wire::Map(conditions)) => conditions.clone(),
                    _ => Params::new(),
                };
                let upto = ask.upto.map(Wire::Int);
                for (operator, bound) in [(">", above), ("<=", upto)] {
                    if let Some(bound) = bound {
                        conditions.set(format!("{operator}{key}"), bound);
                    }
                }
                if !conditions.is_empty() {
                    set(&mut params, filter, Wire::Map(conditions));
                }
                if !start.is_empty() {
                    set(&mut params, start, counted.unwrap_or(Wire::Int(-1)));
                }
            }
            Way::Tail => {
                set(&mut params, &format!("{tail}.field"), Wire::from(id));
                set(&mut params, &format!("{tail}.order"), Wire::from("ASC"));
                set(
                    &mut params,
                    &format!("{tail}.value"),
                    above.unwrap_or(Wire::Int(0)),
                );
            }
            Way::Offset => set(&mut params, offset, counted.unwrap_or(Wire::Int(0))),
            Way::Page => set(
                &mut params,
                &format!("{page}.offset"),
                counted.unwrap_or(Wire::Int(0)),
            ),
            _ => set(&mut params, start, counted.unwrap_or(Wire::Int(0))),
        }
        params
    }

    /// The parameters of a page for which the portal counts all rows, if it does so.
    pub(super) fn counted(&self) -> Option<Params> {
        let ask = Ask {
            above: self.first().after.map(Above::Id),
            upto: self.first().upto,
            start: Some(0),
            ..Ask::default()
        };
        let counts = !self.paging.start.is_empty() && self.way != Way::Tail;
        counts.then(|| self.page(&ask, None))
    }

    /// The way from a page's result to the identifier of its last row, if it is full.
    pub(super) fn last_id(&self) -> Vec<String> {
        let Paging { rows, id, .. } = self.paging;
        let rows = (!rows.is_empty()).then(|| rows.to_owned());
        rows.into_iter()
            .chain([(self.page - 1).to_string(), id.to_owned()])
            .collect()
    }
}

fn other_position(way: Way) -> Error {
    Error::config(format!(
        "the checkpoint is of another way to walk: it can't be resumed by `{way}`"
    ))
}

fn no_way(method: &str) -> Error {
    Error::config(format!(
        "it is not known how the list `{method}` is walked in that order"
    ))
}

/// How a request wants its rows sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Unsaid,
    /// By the identifier, the smallest first.
    Ids,
    Other,
}

impl Order {
    fn of(params: &Params, paging: &Paging) -> Self {
        let is_key = |name: &str| name.eq_ignore_ascii_case(paging.key);
        let ascends = |direction: &Wire| matches!(direction, Wire::Text(text) if text.to_ascii_lowercase().starts_with("asc"));
        let sort = at(params, paging.sort);
        let by_ids = match at(params, paging.order) {
            None if sort.is_none() => return Self::Unsaid,
            Some(Wire::Map(fields)) if fields.is_empty() => return Self::Unsaid,
            Some(Wire::Map(fields)) => {
                fields.len() == 1 && fields.iter().all(|(name, way)| is_key(name) && ascends(way))
            }
            direction => {
                matches!(sort, Some(Wire::Text(name)) if is_key(name)) && direction.is_none_or(ascends)
            }
        };
        if by_ids { Self::Ids } else { Self::Other }
    }
}

/// The best way that the documentation shows and that the order of the request allows.
fn usual(paging: &Paging, order: &Order) -> Option<Way> {
    let fits = |way: &&Way| **way != Way::Id || *order != Order::Other;
    paging.ways.iter().find(fits).copied()
}

/// What a way needs and is not known.
fn lack(paging: &Paging, way: Way) -> Option<&'static str> {
    let Paging {
        id,
        key,
        filter,
        order,
        start,
        limit,
        offset,
        page,
        tail,
        ..
    } = *paging;
    let needs: &[(&str, &'static str)] = match way {
        Way::Id | Way::Ranges => &[
            (id, "identifier"),
            (key, "name for the identifier in a filter"),
            (filter, "filter"),
            (order, "order"),
            (if start.is_empty() { limit } else { start }, "`start` or limit"),
        ],
        Way::Count | Way::Next => &[(start, "`start`")],
        Way::Offset => &[(limit, "limit"), (offset, "offset")],
        Way::Page => &[(page, "pages of REST 3.0")],
        Way::Tail => &[(tail, "cursor of REST 3.0"), (id, "identifier")],
        _ => &[("", "facts for it")],
    };
    needs
        .iter()
        .find(|(fact, _)| fact.is_empty())
        .map(|(_, lack)| *lack)
}

fn sort(params: &mut Params, paging: &Paging, descending: bool) {
    let direction = Wire::from(if descending { "DESC" } else { "ASC" });
    match (paging.order, paging.sort) {
        ("", _) => {}
        (order, "") => {
            let mut fields = Params::new();
            fields.set(paging.key, direction);
            set(params, order, Wire::Map(fields));
        }
        (order, sort) => {
            set(params, sort, Wire::from(paging.key));
            set(params, order, direction);
        }
    }
}

/// The value at a path, `params.filter`.
fn at<'a>(params: &'a Params, path: &str) -> Option<&'a Wire> {
    match path.split_once('.') {
        None => params.get(path),
        Some((first, rest)) => match params.get(first) {
            Some(Wire::Map(inner)) => at(inner, rest),
            _ => None,
        },
    }
}

fn set(params: &mut Params, path: &str, value: Wire) {
    match path.split_once('.') {
        None => params.set(path.to_owned(), value),
        Some((first, rest)) => {
            let mut inner = match params.get(first) {
                Some(Wire::Map(inner)) => inner.clone(),
                _ => Params::new(),
            };
            set(&mut inner, rest, value);
            params.set(first.to_owned(), Wire::Map(inner));
        }
    }
}

fn unset(params: &mut Params, path: &str) {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let kept = std::mem::take(params);
    for (name, value) in kept.iter() {
        match (value, rest) {
            (Wire::Map(inner), Some(rest)) if name == first => {
                let mut inner = inner.clone();
                unset(&mut inner, rest);
                params.set(name.to_owned(), Wire::Map(inner));
            }
            _ if name == first => {}
            _ => params.set(name.to_owned(), value.clone()),
        }
    }
}

fn integer(value: &Wire) -> Option<i64> {
    match value {
        Wire::Int(number) => Some(*number),
        Wire::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}
