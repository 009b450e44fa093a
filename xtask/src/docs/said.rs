//! What a method page says of an answer that it neither shows nor has a table for: in words, in the lines of its samples
//! that print the answer, by naming the method whose answer it is like, or through the page that lists the fields of
//! what is asked for.

use std::collections::BTreeMap;

use super::facts;
use super::inline;
use super::json::{self, Json};
use super::learn::{self, area};
use super::link::{Site, resolve};
use super::page::{Page, Section};
use crate::spec::{Field, Method, Shape, Source, Type};

/// The answer where the section about it is one value in code: `` `true` ``.
pub fn value(page: &Page) -> Option<Json> {
    let text = page.result_text.trim();
    let code = text.strip_prefix('`')?.strip_suffix('`')?;
    let literal = !code.contains('`') && json::is_strict(code);
    literal.then(|| json::read(code).ok())?
}

/// An identifier, if the words say so («Numeric identifier of the lamp», «returns the identifier of the lamp»), or a sample prints
/// the answer as one.
pub fn identifier(page: &Page) -> Option<Type> {
    let first = |text: &str| inline::words(text.lines().next().unwrap_or_default());
    let stated = first(&page.result_text);
    let stated = stated.iter().take(2).any(|word| word == "identifier");
    let returned = page.intro.lines().any(|line| {
        let words = inline::words(&inline::plain(line));
        let is = |window: &[String]| matches!(window, [a, b, c, d] if a == "returns" && b == "the" && c == "identifier" && d == "of");
        words.windows(4).any(is)
    });
    let printed = page
        .samples
        .iter()
        .filter(|sample| sample.section == Section::Code)
        .any(|sample| sample.text.lines().any(prints_identifier));
    (stated || returned || printed).then_some(Type::Id)
}

/// `console.info("Hung the lamp with ID " + result.data())`.
fn prints_identifier(line: &str) -> bool {
    let ends = ["ID \"", "ID: \"", "ID - \"", "ID '", "ID: '", "ID - '"];
    let behind = ends.iter().find_map(|end| Some(line.split_once(end)?.1));
    let Some(shown) = behind.and_then(|rest| rest.trim_start().strip_prefix(['+', '.'])) else {
        return false;
    };
    let shown = shown.trim_start().trim_start_matches('$');
    let shown = shown.split([')', ';', '(']).next().unwrap_or_default();
    matches!(
        shown.trim(),
        "result" | "result.data" | "result->data" | "result['result']"
    )
}

/// The page of the method whose answer this one is like, and whether it is a list of such: «returns data similar to the
/// response of [that method]», «is equivalent to calling [that method]», «an array of lamps, each similar to the array returned by
/// [that method]».
pub fn like<'a>(site: &'a Site, page: &Page) -> Option<(&'a Page, bool)> {
    let texts = [&page.result_text, &page.intro];
    let sentences = texts
        .iter()
        .flat_map(|text| text.lines())
        .flat_map(|line| line.split(". "));
    for sentence in sentences {
        let lower = sentence.to_lowercase();
        let alike = ["similar to", "equivalent to calling", "same as"];
        let Some(at) = alike.iter().find_map(|words| lower.find(words)) else {
            continue;
        };
        let returns = ["response", "result", "returned by", "returns", "calling"]
            .iter()
            .any(|word| lower.contains(word));
        let links = inline::links(sentence.get(at..).unwrap_or_default());
        let mut targets = links.iter().filter_map(|link| {
            site.pages
                .get(&resolve(&page.path, link.target.split('#').next()?)?)
        });
        let target = targets.find(|target| target.method.is_some() && target.path != page.path);
        if let Some(target) = target.filter(|_| returns) {
            return Some((target, lower.contains("each containing")));
        }
    }
    None
}

/// The page that lists the fields of what `lamp.get` and `lamp.list` answer with: that of `lamp.fields`, in the same folder.
pub fn fields_of<'a>(site: &'a Site, page: &Page, method: &str) -> Option<(&'a Page, bool)> {
    let (subject, verb) = method.rsplit_once('.')?;
    let is_list = verb.eq_ignore_ascii_case("list");
    if !is_list && !verb.eq_ignore_ascii_case("get") {
        return None;
    }
    let returns = ["returns", "retrieves"]
        .iter()
        .any(|word| inline::words(&page.intro).iter().any(|said| said == word));
    let folder = page.path.rsplit_once('/')?.0;
    let mut found = site.pages.values().filter(|other| {
        let lists = |name: &String| {
            let of = name.rsplit_once('.').map_or("", |(of, _)| of);
            of.eq_ignore_ascii_case(subject) && lists_fields(name)
        };
        other.path.rsplit_once('/').is_some_and(|(of, _)| of == folder)
            && other.method.as_ref().is_some_and(lists)
    });
    let fields = found
        .next()
        .filter(|fields| returns && fields.field_tables().next().is_some())?;
    Some((fields, is_list))
}

/// Whether a method, by its name, lists fields: `lamp.fields`, `lamp.getFields`.
pub fn lists_fields(method: &str) -> bool {
    let verb = method.rsplit('.').next().unwrap_or(method);
    verb.eq_ignore_ascii_case("fields") || verb.eq_ignore_ascii_case("getFields")
}

/// Gives results that a page says are like those of another method.
pub fn borrow(methods: &mut [Method], site: &Site) {
    let results: BTreeMap<String, Shape> = methods
        .iter()
        .map(|method| (method.docs.clone(), method.result.clone()))
        .collect();
    for method in methods.iter_mut().filter(|method| is_unknown(&method.result)) {
        let like = site.pages.get(&method.docs).and_then(|page| like(site, page));
        let found = like.and_then(|(page, is_list)| Some((results.get(&page.path)?, is_list)));
        if let Some((result, is_list)) = found.filter(|(result, _)| !is_unknown(result)) {
            method.result = Shape {
                from: Source::Page,
                ..result.clone()
            };
            if is_list {
                method.result.ty = result.ty.clone().array();
            }
        }
    }
}

/// Gives methods that list fields, and whose pages show no answer, what all others of their part answer with:
/// descriptions behind names, with what most of them have.
pub fn describe(methods: &mut [Method]) {
    let mut shown: BTreeMap<String, Vec<Vec<Field>>> = BTreeMap::new();
    for method in methods.iter().filter(|method| lists_fields(&method.name)) {
        if method.result.ty == Type::Object.map() {
            let fields = method.result.fields.clone();
            shown.entry(area(&method.docs)).or_default().push(fields);
        }
    }
    for method in methods.iter_mut().filter(|method| lists_fields(&method.name)) {
        let others = shown.get(&area(&method.docs)).filter(|others| others.len() > 1);
        if let (true, Some(others)) = (is_unknown(&method.result), others) {
            method.result = Shape {
                ty: Type::Object.map(),
                nullable: false,
                values: Vec::new(),
                from: Source::Page,
                open: true,
                fields: common(others),
            };
        }
    }
}

/// The fields that most objects have, as all that have them say.
fn common(objects: &[Vec<Field>]) -> Vec<Field> {
    let mut found: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    let mut order = Vec::new();
    for field in objects.iter().flatten() {
        if !found.contains_key(field.name.as_str()) {
            order.push(field.name.as_str());
        }
        found.entry(&field.name).or_default().push(field);
    }
    let most = order.iter().filter_map(|name| {
        let fields = found.get(name)?;
        let (first, rest) = fields.split_first()?;
        let alike = rest
            .iter()
            .all(|field| field.ty == first.ty && !field.ty.has_object());
        (alike && fields.len() * 2 > objects.len()).then(|| Field {
            from: Source::Page,
            ..(*first).clone()
        })
    });
    most.collect()
}

fn is_unknown(result: &Shape) -> bool {
    learn::is_open(&result.ty) && !result.open
}

/// Whether a row stands for names that a template has: `UF_LAMP_7` for `UF_LAMP_...`.
pub fn is_begun(key: &str, template: &str) -> bool {
    let start = template.trim_end_matches(['.', '…', '*']);
    facts::is_template(template) && start.len() > 3 && start.ends_with('_') && key.starts_with(start)
}
