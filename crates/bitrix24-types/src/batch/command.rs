//! How a command is written: `method?query` in REST 2, an object in REST 3.0.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::ops::Range;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::Mistake;
use crate::query::{Special, Writer, escape};
use crate::{Api, Effect, Params, Reference, Wire};

/// Whether the documentation of a method lists a code, that came with this status or in a batch.
pub type Listed = fn(&str, Option<u16>) -> bool;

/// A command of a batch.
pub(super) struct Command {
    pub(super) method: Cow<'static, str>,
    pub(super) effect: Effect,
    pub(super) codes: Listed,
    /// Where it stands among the commands that are written.
    pub(super) span: Range<usize>,
    /// Which commands it refers to.
    pub(super) refers: Vec<usize>,
}

/// The parameters of a command.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    Named(&'a Params),
    Placed(&'a [Wire]),
    Neither,
}

/// What a command is called in a request. With a letter in front: from names that are numbers PHP would make a list.
pub(super) fn put_name(place: usize, out: &mut String) {
    let _infallible = write!(out, "c{place}");
}

/// The place of the command with this name.
pub(super) fn place_of(name: &str) -> Option<usize> {
    name.strip_prefix('c')?.parse().ok()
}

/// Writes a command, and says which others it refers to. What was written before a mistake stays there: a batch with a
/// mistake is never sent.
pub(super) fn write(
    out: &mut String,
    batch: u64,
    place: usize,
    method: &str,
    api: Api,
    content: Content<'_>,
) -> Result<Vec<usize>, Mistake> {
    let is_step = |step: &str| {
        !step.is_empty()
            && step
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    if !method.split('.').all(is_step) {
        return Err(Mistake::Name);
    }
    if method.eq_ignore_ascii_case("batch") {
        return Err(Mistake::Nested);
    }
    let refers = Refers {
        batch,
        place,
        to: RefCell::default(),
    };
    match api {
        Api::V2 => write_v2(out, method, content, &refers)?,
        Api::V3 => write_v3(out, method, content, &refers)?,
    }
    Ok(refers.to.into_inner())
}

/// The references of one command.
struct Refers {
    batch: u64,
    place: usize,
    to: RefCell<Vec<usize>>,
}

impl Refers {
    fn check(&self, reference: &Reference) -> Result<(), Mistake> {
        // Handles come from commands that are in their batch by then, so no reference leads forward, nor to itself.
        let to = reference.command;
        if reference.batch != self.batch || to >= self.place {
            return Err(Mistake::Foreign);
        }
        let mut known = self.to.borrow_mut();
        if !known.contains(&to) {
            known.push(to);
        }
        Ok(())
    }
}

/// `"c7":"crm.deal.get?id=1"`. Nothing in it has to be escaped for JSON: the query is letters, digits and a few signs.
fn write_v2(out: &mut String, method: &str, content: Content<'_>, refers: &Refers) -> Result<(), Mistake> {
    out.push('"');
    put_name(refers.place, out);
    out.push_str("\":\"");
    out.push_str(method);
    let mut special = |special: Special<'_>, out: &mut String| match special {
        Special::Reference(reference) => put_reference(reference, refers, out),
        Special::Text(text) => match looks_like_reference(text) {
            Some(found) => Err(Mistake::Text(found.chars().take(60).collect())),
            None => Ok(()),
        },
    };
    let question = out.len();
    out.push('?');
    let mut writer = Writer::<Mistake>::new(out, &mut special);
    match content {
        Content::Named(params) => writer.params(params)?,
        Content::Placed(items) => writer.list(items)?,
        Content::Neither => return Err(Mistake::Params),
    }
    if out.len() == question + 1 {
        out.truncate(question);
    }
    out.push('"');
    Ok(())
}

/// `$result[c0][0][ID]`.
fn put_reference(reference: &Reference, refers: &Refers, out: &mut String) -> Result<(), Mistake> {
    refers.check(reference)?;
    if reference.every.is_some() {
        return Err(Mistake::OfAll);
    }
    let mut text = "$result[".to_owned();
    put_name(reference.command, &mut text);
    text.push(']');
    for key in &reference.keys {
        // Portals read a reference up to the next white space.
        if key.is_empty() || key.contains(|c: char| c == ']' || c.is_whitespace() || c.is_control()) {
            return Err(Mistake::Key(key.clone()));
        }
        text.push('[');
        text.push_str(key);
        text.push(']');
    }
    escape(&text, out);
    Ok(())
}

/// The part of a text that a portal takes for a reference. It looks for `$result`, and for what else a batch has, whatever
/// the case of the letters; after that for brackets before the next white space, wherever they are.
fn looks_like_reference(text: &str) -> Option<&str> {
    const WORDS: [&str; 5] = ["result", "next", "total", "time", "error"];
    text.match_indices('$').find_map(|(at, _)| {
        let candidate = text[at..]
            .split(|c: char| c.is_ascii_whitespace() || c == '\x0b')
            .next()?;
        let word = WORDS.iter().find(|word| {
            let start = candidate.get(1..=word.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        })?;
        let rest = &candidate[1 + word.len()..];
        let (_, inside) = rest.split_once('[')?;
        inside.contains(']').then_some(candidate)
    })
}

/// `{"method":"tasks.task.get","query":{…}`; its name and its end come later, if others refer to it.
fn write_v3(out: &mut String, method: &str, content: Content<'_>, refers: &Refers) -> Result<(), Mistake> {
    let _infallible = write!(out, "{{\"method\":\"{method}\",\"query\":");
    let mistake = RefCell::new(None);
    let query = Query {
        content,
        context: Context {
            refers,
            mistake: &mistake,
        },
    };
    let json = serde_json::to_string(&query);
    match (json, mistake.into_inner()) {
        (_, Some(mistake)) => Err(mistake),
        (Ok(json), None) => {
            out.push_str(&json);
            Ok(())
        }
        (Err(error), None) => Err(Mistake::Value(error.to_string())),
    }
}

struct Query<'a> {
    content: Content<'a>,
    context: Context<'a>,
}

#[derive(Clone, Copy)]
struct Context<'a> {
    refers: &'a Refers,
    mistake: &'a RefCell<Option<Mistake>>,
}

impl Context<'_> {
    fn fail<E: serde::ser::Error>(self, mistake: Mistake) -> E {
        let error = E::custom(&mistake);
        self.mistake.replace(Some(mistake));
        error
    }

    fn map<S: Serializer>(self, params: &Params, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(params.len()))?;
        for (name, value) in params.iter() {
            if matches!(name, "$ref" | "$refArray") {
                return Err(self.fail(Mistake::Text(name.to_owned())));
            }
            let (value, context) = (value, self);
            map.serialize_entry(name, &Item { value, context })?;
        }
        map.end()
    }

    fn list<S: Serializer>(self, items: &[Wire], serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(items.len()))?;
        for value in items {
            let context = self;
            list.serialize_element(&Item { value, context })?;
        }
        list.end()
    }

    /// `{"$ref":"c0.id"}`. The portal keeps what is in `item` or `items`, and so the way to it begins behind that.
    fn reference<S: Serializer>(self, reference: &Reference, serializer: S) -> Result<S::Ok, S::Error> {
        let fail = |mistake| Err(self.fail(mistake));
        if let Err(mistake) = self.refers.check(reference) {
            return fail(mistake);
        }
        let keys = match reference.keys.split_first() {
            Some((first, keys)) if first == "items" => keys,
            Some((first, keys)) if first == "item" && reference.every.is_none() => keys,
            _ => return fail(Mistake::NoItem),
        };
        let mut path = String::new();
        put_name(reference.command, &mut path);
        for key in keys.iter().chain(&reference.every) {
            if key.is_empty() || key.contains('.') {
                return fail(Mistake::Key(key.clone()));
            }
            path.push('.');
            path.push_str(key);
        }
        let mark = if reference.every.is_some() {
            "$refArray"
        } else {
            "$ref"
        };
        serializer.collect_map([(mark, path)])
    }
}

impl Serialize for Query<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.content {
            Content::Named(params) => self.context.map(params, serializer),
            // PHP takes both for an empty array.
            Content::Placed([]) => serializer.serialize_map(Some(0))?.end(),
            Content::Placed(items) => self.context.list(items, serializer),
            Content::Neither => Err(self.context.fail(Mistake::Params)),
        }
    }
}

struct Item<'a> {
    value: &'a Wire,
    context: Context<'a>,
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Wire::Reference(reference) => self.context.reference(reference, serializer),
            Wire::Map(params) => self.context.map(params, serializer),
            Wire::List(items) => self.context.list(items, serializer),
            single => single.serialize(serializer),
        }
    }
}
