//! Errata: one imported fact replaced by the true one, if the import still says what the erratum expects.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::curated::Erratum;
use super::merge::Described;
use super::method::{Field, Method, Object};
use super::path::Path;
use super::types::Type;

/// What wording and errata can be laid over.
pub trait Facts: Serialize + DeserializeOwned {
    /// Single facts about the whole.
    const OWN: &'static [&'static str];

    /// What to call it in a message.
    fn title(&self) -> String;

    /// The keys of all paths that words can be said about.
    fn paths(&self) -> BTreeSet<String>;
}

impl Facts for Method {
    const OWN: &'static [&'static str] = &["scopes", "access", "effect", "deprecated", "docs"];

    fn title(&self) -> String {
        format!("`{}`", self.name)
    }

    fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        add_fields(&Path::default().join("params"), &self.params, &mut paths);
        let result = Path::default().join("result");
        add_fields(&result, &self.result.fields, &mut paths);
        paths.insert(result.key());
        let errors = Path::default().join("errors");
        paths.extend(self.errors.iter().map(|error| errors.join(&error.code).key()));
        paths
    }
}

impl Facts for Object {
    const OWN: &'static [&'static str] = &["docs", "open"];

    fn title(&self) -> String {
        format!("`@{}`", self.name)
    }

    fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        add_fields(&Path::default(), &self.fields, &mut paths);
        paths
    }
}

fn add_fields(above: &Path, fields: &[Field], paths: &mut BTreeSet<String>) {
    for field in fields {
        let path = above.join(&field.name);
        add_fields(&path, &field.fields, paths);
        paths.insert(path.key());
    }
}

/// Facts about a parameter, a field or the result.
const FIELD_FACTS: &[&str] = &[
    "type", "required", "nullable", "default", "values", "from", "open",
];
/// Facts that are false unless written down.
const FLAGS: &[&str] = &["required", "nullable", "open", "deprecated"];

/// Applies an erratum, or says why it does not apply.
pub fn correct<T: Facts>(target: &mut Described<T>, erratum: &Erratum) -> Result<(), String> {
    let title = target.facts.title();
    let failed = |what: String| format!("erratum of {title}, `{}`: {what}", erratum.at);
    let path = Path::parse(&erratum.at);
    let mut facts = Value::try_from(&target.facts).map_err(|error| failed(error.to_string()))?;
    edit::<T>(&mut facts, &path, erratum).map_err(failed)?;
    target.facts = facts
        .try_into()
        .map_err(|error: toml::de::Error| failed(error.message().to_owned()))?;
    if let (place, Some("open")) = path.split_fact(&["open"]) {
        target.words.opened.insert(place.key());
    }
    Ok(())
}

fn edit<T: Facts>(root: &mut Value, path: &Path, erratum: &Erratum) -> Result<(), String> {
    let (own, fact) = path.split_fact(T::OWN);
    if let (true, Some(fact)) = (own.names().next().is_none(), fact) {
        return set_fact(table(root)?, fact, erratum);
    }
    let names: Vec<_> = path.names().collect();
    match names.as_slice() {
        ["errors", code, rest @ ..] => edit_error(list(table(root)?, "errors")?, code, rest, erratum),
        ["list"] => set_fact(table(root)?, "list", erratum),
        ["list", fact] => {
            let list = table(root)?.get_mut("list").ok_or("there is no list")?;
            set_fact(table(list)?, fact, erratum)
        }
        ["params", ..] => edit_field(list(table(root)?, "params")?, &path.without_first(), erratum),
        ["result", ..] => {
            let result = table(root)?.get_mut("result").ok_or("there is no result")?;
            let below = path.without_first();
            match below.split_fact(FIELD_FACTS) {
                (place, Some(fact)) if place.names().next().is_none() => {
                    let result = table(result)?;
                    set_fact(result, fact, erratum)?;
                    mark(result);
                    Ok(())
                }
                _ => edit_field(list(table(result)?, "fields")?, &below, erratum),
            }
        }
        _ if T::OWN.contains(&"open") => edit_field(list(table(root)?, "fields")?, path, erratum),
        _ => Err("no such place".to_owned()),
    }
}

/// A field somewhere below `fields`, or one fact about it.
fn edit_field(fields: &mut Vec<Value>, path: &Path, erratum: &Erratum) -> Result<(), String> {
    let mut names: Vec<_> = path.names().collect();
    if names.len() == 1 {
        return set_row(fields, "name", names[0], erratum);
    }
    let (place, fact) = path.split_fact(FIELD_FACTS);
    if fact.is_some() {
        names = place.names().collect();
    }
    let Some((last, above)) = names.split_last() else {
        return Err("no such place".to_owned());
    };
    let mut fields = fields;
    for name in above {
        let row = find(fields, "name", name).ok_or_else(|| format!("there is no `{name}`"))?;
        fields = list(table(row)?, "fields")?;
    }
    match fact {
        None => set_row(fields, "name", last, erratum),
        Some(fact) => {
            let row = find(fields, "name", last).ok_or_else(|| format!("there is no `{last}`"))?;
            let row = table(row)?;
            set_fact(row, fact, erratum)?;
            mark(row);
            Ok(())
        }
    }
}

/// An error code, or its status.
fn edit_error(rows: &mut Vec<Value>, code: &str, rest: &[&str], erratum: &Erratum) -> Result<(), String> {
    match rest {
        [] => set_row(rows, "code", code, erratum),
        ["status"] => {
            // One code may stand there with several statuses: take the one that is expected.
            let expected = rows.iter().position(|row| {
                row.get("code").and_then(Value::as_str) == Some(code)
                    && row.get("status") == erratum.expect.as_ref()
            });
            let row = match expected {
                Some(index) => rows.get_mut(index),
                None => find(rows, "code", code),
            };
            set_fact(
                table(row.ok_or_else(|| format!("there is no `{code}`"))?)?,
                "status",
                erratum,
            )
        }
        _ => Err("an error code has only a `status`".to_owned()),
    }
}

fn set_fact(row: &mut Table, fact: &str, erratum: &Erratum) -> Result<(), String> {
    let found = row.get(fact).cloned();
    check(found.as_ref(), erratum, FLAGS.contains(&fact))?;
    match &erratum.set {
        Some(value) => row.insert(fact.to_owned(), value.clone()),
        None => row.remove(fact),
    };
    // Fields belong to the object in the type, and go with it.
    let ty: Option<Type> = erratum
        .set
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    if fact == "type" && ty.is_some_and(|ty| !ty.has_object()) {
        row.remove("fields");
        row.remove("open");
    }
    Ok(())
}

/// A whole row: replaced in its place, added at the end, or removed.
fn set_row(rows: &mut Vec<Value>, id: &str, name: &str, erratum: &Erratum) -> Result<(), String> {
    let index = rows
        .iter()
        .position(|row| row.get(id).and_then(Value::as_str) == Some(name));
    let full = |value: &Option<Value>| -> Result<Option<Value>, String> {
        let Some(value) = value else { return Ok(None) };
        let mut row = value
            .as_table()
            .cloned()
            .ok_or("all of it is wanted, as a table")?;
        row.insert(id.to_owned(), Value::from(name));
        Ok(Some(Value::Table(row)))
    };
    let (expect, set) = (full(&erratum.expect)?, full(&erratum.set)?);
    check(
        index.map(|index| &rows[index]),
        &Erratum {
            expect,
            set: set.clone(),
            ..erratum.clone()
        },
        false,
    )?;
    match (index, set) {
        (Some(index), Some(row)) => rows[index] = marked(row, id),
        (None, Some(row)) => rows.push(marked(row, id)),
        (Some(index), None) => drop(rows.remove(index)),
        (None, None) => {}
    }
    Ok(())
}

/// Whether the import says what is expected, and not yet what is true.
fn check(found: Option<&Value>, erratum: &Erratum, is_flag: bool) -> Result<(), String> {
    let normal = |value: Option<&Value>| {
        let value = value.map(without_source);
        if is_flag {
            Some(value.unwrap_or(Value::Boolean(false)))
        } else {
            value
        }
    };
    let (found, expected, set) = (
        normal(found),
        normal(erratum.expect.as_ref()),
        normal(erratum.set.as_ref()),
    );
    if expected == set {
        return Err("it sets what it expects".to_owned());
    }
    if found == set {
        return Err(format!(
            "no longer needed, the import says {} by itself",
            show(&found)
        ));
    }
    if found != expected {
        return Err(format!(
            "expects {}, the import says {}",
            show(&expected),
            show(&found)
        ));
    }
    Ok(())
}

/// Where a fact was read does not matter for whether it is the expected one.
fn without_source(value: &Value) -> Value {
    match value {
        Value::Table(row) => {
            let row = row.iter().filter(|(key, _)| *key != "from");
            Value::Table(
                row.map(|(key, value)| (key.clone(), without_source(value)))
                    .collect(),
            )
        }
        Value::Array(rows) => Value::Array(rows.iter().map(without_source).collect()),
        value => value.clone(),
    }
}

fn show(value: &Option<Value>) -> String {
    match value {
        Some(value) => format!("`{}`", value.to_string().trim().replace('\n', " ")),
        None => "nothing".to_owned(),
    }
}

fn mark(row: &mut Table) {
    row.insert("from".to_owned(), Value::from("curated"));
}

fn marked(mut row: Value, id: &str) -> Value {
    if let (Some(row), "name") = (row.as_table_mut(), id) {
        mark(row);
    }
    row
}

fn table(value: &mut Value) -> Result<&mut Table, String> {
    value.as_table_mut().ok_or_else(|| "no such place".to_owned())
}

fn list<'a>(row: &'a mut Table, key: &str) -> Result<&'a mut Vec<Value>, String> {
    let list = row.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    list.as_array_mut().ok_or_else(|| "no such place".to_owned())
}

fn find<'a>(rows: &'a mut [Value], id: &str, name: &str) -> Option<&'a mut Value> {
    rows.iter_mut()
        .find(|row| row.get(id).and_then(Value::as_str) == Some(name))
}
