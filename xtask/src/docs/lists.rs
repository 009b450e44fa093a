//! Which methods answer with a page of rows, and how one comes to the next page. Facts of the page only: a method
//! whose rows or parameters cannot be told has fewer ways, or none.

use std::collections::BTreeMap;

use super::inline;
use super::json::Json;
use super::link::Site;
use super::page::{FieldRow, Page, Section};
use super::report::Report;
use super::samples;
use crate::spec::{Effect, Field, List, Method, Object, Type, Way};

/// Notes for each method that reads how its list is walked.
pub fn note(methods: &mut [Method], objects: &BTreeMap<String, Object>, site: &Site) {
    for method in methods.iter_mut().filter(|method| method.effect == Effect::Read) {
        if let Some(page) = site.pages.get(&method.docs) {
            let words = words(page);
            method.list = Reader {
                method,
                objects,
                page,
                words,
            }
            .list();
        }
    }
}

struct Reader<'a> {
    method: &'a Method,
    objects: &'a BTreeMap<String, Object>,
    page: &'a Page,
    words: Vec<String>,
}

/// A parameter, with the path to it.
type Found<'a> = (String, &'a Field);

impl<'a> Reader<'a> {
    fn list(&self) -> Option<List> {
        let (rows, row) = self.rows()?;
        let id = row.iter().find(|field| field.name.eq_ignore_ascii_case("id"));
        let filter = self.param(&["filter"]).filter(|(_, field)| holds_keys(&field.ty));
        let ordered = self.order();
        let path = |found: Option<Found<'_>>| found.map(|(path, _)| path);
        let (sort, order) = match ordered {
            Some((sort, order)) => (path(sort), Some(order.0)),
            None => (None, None),
        };
        let mut list = List {
            rows,
            id: id.map(|id| id.name.clone()),
            key: id.and_then(|_| self.key(filter.as_ref())),
            select: path(self.param(&["select"])),
            order,
            sort,
            start: path(self.param(&["start"])).filter(|_| self.method.api == 2),
            limit: path(self.param(&["limit"])),
            offset: path(self.param(&["offset"])),
            page: path(self.param(&["pagination"])).filter(|_| self.method.api == 3),
            tail: path(self.param(&["cursor"])).filter(|_| self.method.api == 3),
            filter: path(filter),
            ways: Vec::new(),
        };
        // What is taken out in portions as it is read is no list: the same offset means something else then.
        let verb = self
            .method
            .name
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        if !(verb.contains("list") || verb.contains("search")) {
            (list.offset, list.limit) = (None, None);
        }
        let claimed = [
            (Way::Tail, true),
            (Way::Id, self.method.api == 2 && self.says(is_comparison)),
            (Way::Count, self.counts()),
            (Way::Next, true),
            (Way::Page, self.says(|word| matches!(word, "page" | "offset"))),
            (Way::Offset, true),
        ];
        let known = claimed
            .into_iter()
            .filter(|(way, said)| *said && list.lacks(*way).is_none());
        list.ways = known.map(|(way, _)| way).collect();
        (!list.ways.is_empty()).then_some(list)
    }

    /// Where the rows are, and the fields of one.
    fn rows(&self) -> Option<(String, &'a [Field])> {
        let result = &self.method.result;
        if let Type::Array(row) = &result.ty {
            return Some((String::new(), self.fields(row, &result.fields)?));
        }
        let fields = self.fields(&result.ty, &result.fields)?;
        let lists = fields.iter().filter_map(|field| match &field.ty {
            Type::Array(row) => Some((field, self.fields(row, &field.fields)?)),
            _ => None,
        });
        let lists: Vec<_> = lists.collect();
        // Of several it is the one that is called as the method is: `tasks` of `tasks.task.list`.
        let subject = self.method.name.rsplit('.').nth(1)?.to_lowercase();
        let named = |name: &str| name == "items" || name.to_lowercase().starts_with(&subject);
        let (field, row) = match lists.as_slice() {
            [only] => only,
            several => several.iter().find(|(field, _)| named(&field.name))?,
        };
        Some((field.name.clone(), row))
    }

    /// The fields of an object of this type.
    fn fields(&self, ty: &Type, own: &'a [Field]) -> Option<&'a [Field]> {
        match ty {
            Type::Object => Some(own),
            Type::Named(name) => self.objects.get(name).map(|object| &*object.fields),
            _ => None,
        }
    }

    /// A parameter of one of these names, at the top or in `params`.
    fn param(&self, names: &[&str]) -> Option<Found<'a>> {
        let named = |field: &&Field| names.iter().any(|name| field.name.eq_ignore_ascii_case(name));
        let params = &self.method.params;
        if let Some(field) = params.iter().find(named) {
            return Some((field.name.clone(), field));
        }
        let holder = params
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case("params"))?;
        let field = holder.fields.iter().find(named)?;
        Some((format!("{}.{}", holder.name, field.name), field))
    }

    /// How rows are sorted: by a map, or by the field in one parameter and the direction in another.
    fn order(&self) -> Option<(Option<Found<'a>>, Found<'a>)> {
        let order = self.param(&["order", "element_order", "iblock_order"]);
        let sort = self.param(&["sort"]);
        let is_map = |found: &Found<'_>| holds_keys(&found.1.ty);
        match (sort, order) {
            (_, Some(order)) if is_map(&order) => Some((None, order)),
            (Some(sort), None) if is_map(&sort) => Some((None, sort)),
            (Some(sort), Some(order)) if sort.1.ty == Type::String => Some((Some(sort), order)),
            _ => None,
        }
    }

    /// How the page spells the identifier in a request: in an example, in its words, or among what the filter names.
    fn key(&self, filter: Option<&Found<'_>>) -> Option<String> {
        let is_id = |name: &&String| name.eq_ignore_ascii_case("id");
        if let Some(name) = self.words.iter().find(is_id) {
            return Some(name.clone());
        }
        let (_, field) = filter?;
        let fields = match &field.ty {
            Type::Named(name) => &self.objects.get(name)?.fields,
            _ => &field.fields,
        };
        fields.iter().map(|field| &field.name).find(is_id).cloned()
    }

    /// Whether the page has such a word in what it says of parameters.
    fn says(&self, such: impl Fn(&str) -> bool) -> bool {
        self.words.iter().any(|word| such(word))
    }

    /// Whether an answer shows how many rows there are.
    fn counts(&self) -> bool {
        let answers = samples::answers(self.page, &mut Report::default());
        answers.iter().any(|answer| answer.get("total").is_some())
    }
}

/// The names and codes in what a page says of parameters: the keys of its examples first, then its words.
fn words(page: &Page) -> Vec<String> {
    let mut words = Vec::new();
    for body in samples::requests(page) {
        keys(&body, &mut words);
    }
    let mut notes = Vec::new();
    for table in page
        .tables
        .iter()
        .filter(|table| table.section == Section::Params)
    {
        collect(&table.rows, &mut notes);
    }
    notes.push(&page.params_text);
    let spans = notes.into_iter().flat_map(inline::code_spans);
    words.extend(spans.map(|span| span.trim_matches(['\'', '"']).to_owned()));
    words
}

/// `>`, `>=`, `>ID`: whether a filter can ask for more than a value.
fn is_comparison(word: &str) -> bool {
    let rest = word.strip_prefix('>').map(|rest| rest.trim_start_matches('='));
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// Whether a parameter is an object whose keys are data.
fn holds_keys(ty: &Type) -> bool {
    match ty {
        Type::Object | Type::Map(_) | Type::Named(_) => true,
        Type::Union(members) => members.iter().any(holds_keys),
        _ => false,
    }
}

fn collect<'a>(rows: &'a [FieldRow], notes: &mut Vec<&'a str>) {
    for row in rows {
        notes.push(&row.note);
        collect(&row.children, notes);
    }
}

/// The keys of objects at any depth, and the texts in lists: what `select` names.
fn keys(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(entries) => {
            for (name, value) in entries {
                found.push(name.clone());
                keys(value, found);
            }
        }
        Json::Array(items) => {
            for item in items {
                match item {
                    Json::String(text) => found.push(text.clone()),
                    item => keys(item, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::import;

    /// A page of a method that lists lamps: rows of its table of parameters, an answer and a request.
    fn list(name: &str, params: &str, answer: &str, request: &str) -> Option<List> {
        let rows: String = params
            .split("; ")
            .map(|row| {
                let (name, rest) = row.split_once(": ").unwrap();
                let (ty, words) = rest.split_once(' ').unwrap_or((rest, "It"));
                format!("|| **{name}**\n`{ty}` | {words} ||\n")
            })
            .collect();
        let path = if name.ends_with("@v3") { "rest/api" } else { "rest" };
        let name = name.trim_end_matches("@v3");
        let text = format!(
            "# Lamps {name}\n\n> Scope: `lamp`\n\n## Method Parameters\n\n#|\n|| **Name**\n`type` | **Description** ||\n{rows}|#\n\n\
             ## Code Examples\n\n- cURL (Webhook)\n\n    ```bash\n    curl -d '{request}' https://x.y/{path}/1/c/{name}\n    ```\n\n\
             ## Response Handling\n\n```json\n{answer}\n```\n"
        );
        let pages = BTreeMap::from([("api-reference/lamp/list.md".to_owned(), text)]);
        import(&pages, &[]).methods.remove(0).list
    }

    const ROWS: &str = r#"{"result": [{"ID": "1", "WATT": 5}], "total": 1}"#;

    fn ways(list: Option<List>) -> String {
        let ways = list.map(|list| list.ways).unwrap_or_default();
        ways.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_filter_that_compares_and_a_total_give_every_way() {
        let params = "select: string[]; filter: object Prefixes: `>`, `<`; order: object; start: integer";
        let found = list(
            "lamp.list",
            params,
            ROWS,
            r#"{"filter": {">WATT": 3}, "order": {"ID": "ASC"}}"#,
        )
        .unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = List {
            id: text("ID"),
            key: text("ID"),
            select: text("select"),
            filter: text("filter"),
            order: text("order"),
            start: text("start"),
            ways: vec![Way::Id, Way::Count, Way::Next],
            ..List::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_page_does_not_say_is_no_way() {
        let both = "filter: object; order: object; start: integer";
        let no_total = r#"{"result": [{"ID": "1"}]}"#;
        assert_eq!(ways(list("lamp.list", both, ROWS, "{}")), "count next");
        assert_eq!(ways(list("lamp.list", both, no_total, "{}")), "next");
        assert_eq!(ways(list("lamp.list", "start: integer", no_total, "{}")), "next");
        assert_eq!(ways(list("lamp.list", "room: integer", ROWS, "{}")), "");
        assert_eq!(
            ways(list("lamp.list", both, r#"{"result": {"ID": "1"}}"#, "{}")),
            ""
        );
        assert_eq!(ways(list("lamp.hang", both, ROWS, "{}")), "");
    }

    #[test]
    fn requests_may_spell_the_identifier_in_another_way_than_rows() {
        let params = "filter: object Prefix `>=`; order: object; start: integer";
        let answer = r#"{"result": {"lamps": [{"id": "1"}], "rooms": [{"id": 7}]}}"#;
        let found = list("x.lamp.list", params, answer, r#"{"order": {"ID": "asc"}}"#).unwrap();
        assert_eq!(found.rows, "lamps");
        assert_eq!(
            (found.id.as_deref(), found.key.as_deref()),
            (Some("id"), Some("ID"))
        );
        assert_eq!(found.ways, [Way::Id, Way::Next]);
    }

    #[test]
    fn field_and_direction_may_be_two_parameters() {
        let params = "FILTER: object Prefix `>`; SORT: string; ORDER: string; start: integer";
        let found = list("lamp.list", params, ROWS, r#"{"FILTER": {">ID": 3}}"#).unwrap();
        assert_eq!(
            (found.sort.as_deref(), found.order.as_deref()),
            (Some("SORT"), Some("ORDER"))
        );
        assert_eq!(found.key.as_deref(), Some("ID"));
    }

    #[test]
    fn offsets_pages_and_cursors() {
        let params = "params: object; params.limit: integer; params.offset: integer";
        let found = list("lamp.list", params, ROWS, "{}").unwrap();
        assert_eq!(found.ways, [Way::Offset]);
        assert_eq!(found.offset.as_deref(), Some("params.offset"));
        // What is taken out is no list.
        assert_eq!(
            ways(list("lamp.get", "limit: integer; offset: integer", ROWS, "{}")),
            ""
        );

        let items = r#"{"result": {"items": [{"id": 1}]}}"#;
        let paged = "pagination: object With `page` and `limit`";
        assert_eq!(ways(list("lamp.list@v3", paged, items, "{}")), "page");
        assert_eq!(
            ways(list(
                "lamp.list@v3",
                "pagination: object With `limit`",
                items,
                "{}"
            )),
            ""
        );
        assert_eq!(ways(list("lamp.tail@v3", "cursor: object", items, "{}")), "tail");
    }
}
