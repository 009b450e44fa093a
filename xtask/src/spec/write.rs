//! Methods and objects as TOML text, shaped for reading: keys in a fixed order, one block a field, `=` in line.

use std::fmt::Write;

use super::list::List;
use super::method::{Access, Effect, Field, Method, Object, Shape, Source};

/// Lines of a list of values longer than this are broken.
const WIDTH: usize = 100;

/// The path of a method's file inside `spec/`: by its first scope, lower case, `@v3` for REST 3.0.
pub fn method_path(method: &Method) -> String {
    let scope = method.scopes.first().map_or("none", String::as_str);
    let version = if method.api == 2 {
        String::new()
    } else {
        format!("@v{}", method.api)
    };
    format!("methods/{scope}/{}{version}.toml", method.name.to_lowercase())
}

/// The path of an object's file inside `spec/`.
pub fn object_path(object: &Object) -> String {
    format!("objects/{}.toml", object.name)
}

/// A method as the text of its file.
pub fn method(method: &Method) -> String {
    let mut head = Keys::default();
    head.text("name", &method.name);
    head.add("api", method.api.to_string());
    head.list("scopes", &method.scopes);
    head.add("access", access(&method.access));
    head.text("effect", effect(method.effect));
    head.flag("deprecated", method.deprecated);
    head.flag("gone", method.gone);
    head.text("docs", &method.docs);
    let mut out = head.lines();
    fields(&mut out, "params", &method.params);
    out.push_str("\n[result]\n");
    shape(&mut out, &method.result);
    if let Some(list) = &method.list {
        out.push_str("\n[list]\n");
        out.push_str(&self::list(list));
    }
    for error in &method.errors {
        let mut keys = Keys::default();
        keys.add("status", error.status.to_string());
        keys.text("code", &error.code);
        out.push_str("\n[[errors]]\n");
        out.push_str(&keys.lines());
    }
    out
}

fn list(list: &List) -> String {
    let mut keys = Keys::default();
    if !list.rows.is_empty() {
        keys.text("rows", &list.rows);
    }
    for (key, fact) in [("id", &list.id), ("key", &list.key)]
        .into_iter()
        .chain(list.params())
    {
        if let Some(fact) = fact {
            keys.text(key, fact);
        }
    }
    let ways: Vec<String> = list.ways.iter().map(ToString::to_string).collect();
    keys.list("ways", &ways);
    keys.lines()
}

/// An object as the text of its file.
pub fn object(object: &Object) -> String {
    let mut head = Keys::default();
    head.text("name", &object.name);
    head.text("docs", &object.docs);
    head.flag("open", object.open);
    if object.fields.is_empty() {
        head.add("fields", "[]".to_owned());
    }
    let mut out = head.lines();
    fields(&mut out, "fields", &object.fields);
    out
}

fn shape(out: &mut String, shape: &Shape) {
    let mut keys = Keys::default();
    keys.text("type", &shape.ty.to_string());
    keys.flag("nullable", shape.nullable);
    keys.list("values", &shape.values);
    keys.source(shape.from);
    keys.flag("open", shape.open);
    out.push_str(&keys.lines());
    fields(out, "result.fields", &shape.fields);
}

fn fields(out: &mut String, path: &str, list: &[Field]) {
    for field in list {
        let mut keys = Keys::default();
        keys.text("name", &field.name);
        keys.text("type", &field.ty.to_string());
        keys.flag("required", field.required);
        keys.flag("nullable", field.nullable);
        if let Some(default) = &field.default {
            keys.text("default", default);
        }
        keys.list("values", &field.values);
        keys.source(field.from);
        keys.flag("open", field.open);
        out.push_str(&format!("\n[[{path}]]\n"));
        out.push_str(&keys.lines());
        fields(out, &format!("{path}.fields"), &field.fields);
    }
}

/// The keys of one block.
#[derive(Default)]
struct Keys(Vec<(&'static str, String)>);

impl Keys {
    fn add(&mut self, key: &'static str, value: String) {
        self.0.push((key, value));
    }

    fn text(&mut self, key: &'static str, value: &str) {
        self.add(key, quoted(value));
    }

    fn flag(&mut self, key: &'static str, value: bool) {
        if value {
            self.add(key, "true".to_owned());
        }
    }

    /// `scopes` is written even when empty, so that its absence is seen.
    fn list(&mut self, key: &'static str, values: &[String]) {
        if values.is_empty() && key != "scopes" {
            return;
        }
        let items: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let line = format!("[{}]", items.join(", "));
        let line = if line.len() > WIDTH {
            format!("[\n    {},\n]", items.join(",\n    "))
        } else {
            line
        };
        self.add(key, line);
    }

    fn source(&mut self, source: Source) {
        let word = match source {
            Source::Table => return,
            Source::Example => "example",
            Source::TypeScript => "typescript",
            Source::Go => "go",
            Source::Page => "page",
            Source::Curated => "curated",
        };
        self.text("from", word);
    }

    fn lines(&self) -> String {
        let width = self.0.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
        self.0.iter().fold(String::new(), |mut out, (key, value)| {
            out.push_str(&format!("{key:width$} = {value}\n"));
            out
        })
    }
}

fn access(access: &Access) -> String {
    match access {
        Access::Any => quoted("any"),
        Access::Admin => quoted("admin"),
        Access::Unknown => quoted("unknown"),
        Access::Right(right) => format!("{{ right = {} }}", quoted(right)),
        Access::Role(role) => format!("{{ role = {} }}", quoted(role)),
        Access::To(thing) => format!("{{ to = {} }}", quoted(thing)),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Repeat => "repeat",
        Effect::Once => "once",
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ErrorCode;

    const HANG: &str = r##"name       = "lamp.Hang"
api        = 3
scopes     = ["lamp", "light"]
access     = { right = "hang" }
effect     = "repeat"
deprecated = true
docs       = "api-reference/lamp/hang.md"

[[params]]
name     = "fields"
type     = "object | any[]"
required = true
nullable = true
open     = true

[[params.fields]]
name    = "SOCKET"
type    = "string"
default = "say \"E27\"\\\n"
values  = [
    "a screw socket of fourteen millimetres",
    "a screw socket of twenty-seven millimetres",
    "none at all",
]
from    = "example"

[[params]]
name   = "dim"
type   = "bool(Y/N)"
values = ["Y", "N"]

[result]
type     = "map<object>"
nullable = true
from     = "typescript"

[[result.fields]]
name = "#<id>"
type = "@lamp.hall"
from = "page"

[list]
rows   = "lamps"
id     = "id"
key    = "ID"
filter = "fields"
start  = "dim"
ways   = ["id", "next"]

[[errors]]
status = 409
code   = "LAMP_FALLS[*]"
"##;

    #[test]
    fn what_is_written_reads_back_and_is_written_the_same() {
        let read: Method = toml::from_str(HANG).unwrap();
        assert_eq!(method(&read), HANG);
        assert_eq!(method_path(&read), "methods/lamp/lamp.hang@v3.toml");
    }

    #[test]
    fn every_kind_of_access_effect_and_source_is_read_back() {
        let mut read: Method = toml::from_str(HANG).unwrap();
        for access in [
            Access::Any,
            Access::Admin,
            Access::Unknown,
            Access::Right("a \"b\"".to_owned()),
            Access::Role("owner".to_owned()),
            Access::To("lamp".to_owned()),
        ] {
            for effect in [Effect::Read, Effect::Repeat, Effect::Once] {
                for from in [Source::Table, Source::Go, Source::Curated] {
                    read.access = access.clone();
                    read.effect = effect;
                    read.result.from = from;
                    assert_eq!(toml::from_str::<Method>(&method(&read)).unwrap(), read);
                }
            }
        }
    }

    #[test]
    fn objects_too() {
        let text = "name = \"lamp.hall\"\ndocs = \"api-reference/lamp/hall.md\"\nopen = true\n\n[[fields]]\nname = \"ID\"\ntype = \"id\"\n";
        let read: Object = toml::from_str(text).unwrap();
        assert_eq!(object(&read), text);
        assert_eq!(object_path(&read), "objects/lamp.hall.toml");
        let empty = Object {
            fields: Vec::new(),
            ..read
        };
        assert_eq!(toml::from_str::<Object>(&object(&empty)).unwrap(), empty);
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut read: Method = toml::from_str(HANG).unwrap();
        let code = "a\u{1}\u{7f}\té".to_owned();
        read.errors = vec![ErrorCode { status: 400, code }];
        assert_eq!(toml::from_str::<Method>(&method(&read)).unwrap(), read);
    }
}
