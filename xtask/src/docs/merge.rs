//! One method from all that its page says.
//!
//! Where sources disagree: the example decides container, wrapper, `null` and wire form; the table decides
//! scalar types; what only an example shows is added and marked as such.

use std::collections::BTreeMap;

use super::facts;
use super::infer::{self, Seen};
use super::json::Json;
use super::link::{Site, Target};
use super::page::{FieldRow, FieldTable, Page, Section};
use super::report::{Class, Report};
use super::samples;
use super::type_text::{TypeText, join};
use crate::spec::{Access, BoolForm, Effect, Field, Method, Object, Shape, Source, Type};

/// Whether a value goes to the server or comes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Answer,
}

/// What is inside an object.
enum Inside {
    Fields { fields: Vec<Field>, open: bool },
    Map(Shape),
    Named(String),
}

pub struct Merger<'a> {
    pub site: &'a Site,
    pub report: Report,
    pub objects: BTreeMap<String, Object>,
    /// Tables being read, to stop where one leads back to itself: page and line.
    trail: Vec<(String, usize)>,
    /// Tables that something led to.
    used: Vec<(String, usize)>,
}

impl<'a> Merger<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self {
            site,
            report: Report::default(),
            objects: BTreeMap::new(),
            trail: Vec::new(),
            used: Vec::new(),
        }
    }

    /// The facts of a method page.
    pub fn method(&mut self, page: &'a Page, name: &str) -> Method {
        self.head(page);
        let params = self.params(page);
        let result = self.result(page);
        self.leftovers(page);
        Method {
            name: name.to_owned(),
            api: page.api,
            scopes: page.scopes.clone(),
            access: page.access.clone(),
            effect: effect(page, name),
            deprecated: page.deprecated,
            docs: page.path.clone(),
            params,
            result,
            errors: page.errors.clone(),
        }
    }

    fn head(&mut self, page: &Page) {
        if page.scopes.is_empty() {
            self.report.add(Class::Head, &page.path, 1, "no scope");
        }
        if page.access == Access::Unknown {
            self.report.add(
                Class::Head,
                &page.path,
                1,
                "who may call it is not said in a known form",
            );
        }
    }

    fn params(&mut self, page: &'a Page) -> Vec<Field> {
        let bodies = samples::requests(page);
        let bodies: Vec<&Json> = bodies.iter().collect();
        let main = page.tables.iter().find(|table| table.section == Section::Params);
        let Some(main) = main else {
            let fields: Vec<Field> = infer::keys(&bodies)
                .iter()
                .map(|key| infer::field(key, &infer::values_of(&bodies, key, true)))
                .collect();
            let text = page.params_text.to_lowercase();
            let none = [
                "without parameters",
                "no parameters",
                "not required",
                "does not require",
                "not have parameters",
                "parameters are not",
            ]
            .iter()
            .any(|words| text.contains(words));
            if !none {
                let what = format!("{} in examples", fields.len());
                self.report.add(Class::NoParams, &page.path, 1, what);
            }
            return fields;
        };
        match self.inside_table(page, main, Side::Request, &bodies) {
            Inside::Fields { fields, .. } => fields,
            Inside::Map(_) | Inside::Named(_) => {
                self.report.add(
                    Class::Form,
                    &page.path,
                    main.line,
                    "parameters whose names are data",
                );
                Vec::new()
            }
        }
    }

    fn result(&mut self, page: &'a Page) -> Shape {
        let answers = samples::answers(page, &mut self.report);
        let answers: Vec<&Json> = answers.iter().collect();
        let values = infer::values_of(&answers, "result", false);
        let main = page.tables.iter().find(|table| table.section == Section::Result);
        let row = main.and_then(|table| {
            self.used.push((page.path.clone(), table.line));
            table.rows.iter().find(|row| row.name == "result")
        });
        match (row, main) {
            (Some(row), _) => self.shape(page, row, Side::Answer, Section::Result, &values),
            (None, Some(table)) if table.rows.iter().any(|row| row.name != "time") => {
                let inside = self.inside_table(page, table, Side::Answer, &values);
                let loose = TypeText {
                    types: vec![Type::Object],
                    ..TypeText::default()
                };
                let row = FieldRow {
                    line: table.line,
                    name: "result".to_owned(),
                    required: false,
                    ty: loose,
                    note: String::new(),
                };
                self.shaped(page, &row, Side::Answer, Some(inside), &values)
            }
            _ if !values.is_empty() => infer::shape("result", &values),
            _ => {
                self.report
                    .add(Class::NoResult, &page.path, 1, "neither a table nor an example");
                infer::shape("result", &values)
            }
        }
    }

    fn leftovers(&mut self, page: &Page) {
        for table in &page.tables {
            let relevant = matches!(table.section, Section::Params | Section::Result);
            let key = (page.path.clone(), table.line);
            if relevant && !self.used.contains(&key) {
                self.report.add(
                    Class::Unused,
                    &page.path,
                    table.line,
                    format!("«{}»", table.heading),
                );
            }
        }
        for problem in &page.problems {
            let class = if problem.what == facts::NO_CODE {
                Class::NoCode
            } else {
                Class::Form
            };
            self.report.add(class, &page.path, problem.line, &problem.what);
        }
    }

    /// The rows of a table as the inside of an object.
    fn inside_table(
        &mut self,
        page: &'a Page,
        table: &'a FieldTable,
        side: Side,
        samples: &[&Json],
    ) -> Inside {
        let key = (page.path.clone(), table.line);
        self.used.push(key.clone());
        self.trail.push(key);
        let (templates, named): (Vec<&FieldRow>, Vec<&FieldRow>) =
            table.rows.iter().partition(|row| facts::is_template(&row.name));
        let inside = if named.is_empty() && !templates.is_empty() {
            let values = infer::map_values(samples);
            let shapes: Vec<Shape> = templates
                .iter()
                .map(|row| self.shape(page, row, side, table.section, &values))
                .collect();
            Inside::Map(either(shapes))
        } else {
            let fields = self.fields(page, table, &named, side, samples);
            Inside::Fields {
                fields,
                open: !templates.is_empty(),
            }
        };
        self.trail.pop();
        inside
    }

    fn fields(
        &mut self,
        page: &'a Page,
        table: &'a FieldTable,
        rows: &[&FieldRow],
        side: Side,
        samples: &[&Json],
    ) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for row in rows {
            let values = infer::values_of(samples, &row.name, side == Side::Request);
            let field = self.field(page, row, side, table.section, &values);
            if !fields.iter().any(|known| known.name == field.name) {
                fields.push(field);
            }
        }
        for key in infer::keys(samples) {
            let known = fields.iter().any(|field| {
                field.name == key || (side == Side::Request && field.name.eq_ignore_ascii_case(key))
            });
            if !known {
                let values = infer::values_of(samples, key, false);
                fields.push(infer::field(key, &values));
                if side == Side::Request {
                    self.report
                        .add(Class::OnlyInExample, &page.path, table.line, format!("`{key}`"));
                }
            }
        }
        fields
    }

    fn field(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        side: Side,
        section: Section,
        samples: &[&Json],
    ) -> Field {
        let shape = self.shape(page, row, side, section, samples);
        Field {
            name: row.name.clone(),
            ty: shape.ty,
            required: row.required && side == Side::Request,
            nullable: shape.nullable,
            default: facts::default(&row.note).filter(|_| side == Side::Request),
            values: shape.values,
            from: shape.from,
            open: shape.open,
            fields: shape.fields,
        }
    }

    fn shape(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        side: Side,
        section: Section,
        samples: &[&Json],
    ) -> Shape {
        for word in &row.ty.unknown {
            self.report.add(
                Class::TypeWord,
                &page.path,
                row.line,
                format!("`{word}` of `{}`", row.name),
            );
        }
        if side == Side::Request {
            if let Some(shape) = self.list_idiom(page, row, section) {
                return shape;
            }
        }
        let inside = self.inside(page, row, side, section, samples);
        self.shaped(page, row, side, inside, samples)
    }

    /// `select`, `filter`, `order`, `group` of a list method: what the documentation links there are the fields
    /// that may be named, not the inside of the parameter.
    fn list_idiom(&mut self, page: &'a Page, row: &FieldRow, section: Section) -> Option<Shape> {
        if !row.ty.types.iter().any(may_hold_object) {
            return None;
        }
        let mut shape = Shape {
            ty: Type::String.array(),
            nullable: row.ty.nullable,
            values: Vec::new(),
            from: Source::Table,
            open: false,
            fields: Vec::new(),
        };
        match row.name.to_lowercase().as_str() {
            "select" | "group" => {}
            "order" | "sort" => shape.ty = Type::String.map(),
            "filter" => {
                shape.open = true;
                match self.inside(page, row, Side::Request, section, &[]) {
                    Some(Inside::Fields { mut fields, .. }) => {
                        fields.retain(|field| !field.ty.has_object());
                        shape.ty = Type::Object;
                        shape.fields = fields;
                    }
                    Some(Inside::Named(name)) => shape.ty = Type::Named(name),
                    Some(Inside::Map(_)) | None => {
                        shape.ty = Type::Any.map();
                        shape.open = false;
                        self.report.add(Class::Opaque, &page.path, row.line, "`filter`");
                    }
                }
            }
            _ => return None,
        }
        Some(shape)
    }

    /// What describes the inside of a row's value, if the row may hold an object at all.
    fn inside(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        side: Side,
        section: Section,
        samples: &[&Json],
    ) -> Option<Inside> {
        let structured =
            row.ty.is_empty() || row.ty.types.iter().any(may_hold_object) || !row.ty.unknown.is_empty();
        if !structured {
            return None;
        }
        let target = self.site.linked(page, row).or_else(|| {
            let table = page.table_by_heading(&row.name, section)?;
            Some(Target::Table(page, table))
        })?;
        match target {
            Target::Table(page, table) if self.is_open(page, table) => None,
            Target::Table(page, table) => {
                // Samples of a list describe its elements.
                let mut inner = infer::elements(samples);
                inner.extend(
                    samples
                        .iter()
                        .copied()
                        .filter(|sample| matches!(sample, Json::Object(_))),
                );
                Some(self.inside_table(page, table, side, &inner))
            }
            Target::Page(fields) => Some(Inside::Named(self.object(fields))),
        }
    }

    fn is_open(&self, page: &Page, table: &FieldTable) -> bool {
        self.trail
            .iter()
            .any(|(path, line)| *path == page.path && *line == table.line)
    }

    /// The named object that a page of fields describes.
    fn object(&mut self, page: &'a Page) -> String {
        let name = object_name(&page.path);
        if !self.objects.contains_key(&name) {
            let mut object = Object {
                name: name.clone(),
                docs: page.path.clone(),
                open: false,
                fields: Vec::new(),
            };
            self.objects.insert(name.clone(), object.clone());
            for table in &page.tables {
                match self.inside_table(page, table, Side::Answer, &[]) {
                    Inside::Fields { fields, open } => {
                        object.open |= open;
                        for field in fields {
                            if !object.fields.iter().any(|known| known.name == field.name) {
                                object.fields.push(field);
                            }
                        }
                    }
                    Inside::Map(_) | Inside::Named(_) => object.open = true,
                }
            }
            self.objects.insert(name.clone(), object);
        }
        name
    }

    /// Table, inside and examples as one shape.
    fn shaped(
        &mut self,
        page: &Page,
        row: &FieldRow,
        side: Side,
        inside: Option<Inside>,
        samples: &[&Json],
    ) -> Shape {
        let seen = Seen::of(samples);
        let mut shape = Shape {
            ty: Type::Any,
            nullable: row.ty.nullable || seen.null,
            values: Vec::new(),
            from: Source::Table,
            open: false,
            fields: Vec::new(),
        };
        let containers = Containers::of(&row.ty, &seen, side);
        let mut members = scalar_members(page, row, side, &seen, samples, &mut shape);
        if containers.example && (containers.list || containers.map) {
            shape.from = Source::Example;
        }
        let mut inside = inside;
        if containers.map {
            let ty = self.map_member(page, row, side, &mut inside, samples, &mut shape);
            members.push(ty);
        }
        if containers.list {
            let ty = self.list_member(page, row, side, inside, samples, &mut shape, containers.map);
            members.push(ty);
        }
        if members.is_empty() && seen != Seen::default() {
            let inferred = infer::shape(&row.name, samples);
            shape.from = Source::Example;
            shape.fields = inferred.fields;
            members.push(inferred.ty);
        }
        shape.ty = join(members);
        shape
    }

    fn map_member(
        &mut self,
        page: &Page,
        row: &FieldRow,
        side: Side,
        inside: &mut Option<Inside>,
        samples: &[&Json],
        shape: &mut Shape,
    ) -> Type {
        match inside.take() {
            Some(Inside::Fields { fields, open }) => {
                shape.fields = fields;
                shape.open = open;
                Type::Object
            }
            Some(Inside::Map(inner)) => {
                shape.fields = inner.fields;
                shape.open = inner.open;
                inner.ty.map()
            }
            Some(Inside::Named(name)) => Type::Named(name),
            None => {
                let maps: Vec<&Json> = samples
                    .iter()
                    .copied()
                    .filter(|s| matches!(s, Json::Object(_)))
                    .collect();
                let inferred = infer::shape(&row.name, &maps);
                let known =
                    side == Side::Answer && inferred.ty != Type::Any && inferred.ty != Type::Any.map();
                if known {
                    shape.from = Source::Example;
                    shape.fields = inferred.fields;
                    return inferred.ty;
                }
                self.report
                    .add(Class::Opaque, &page.path, row.line, format!("`{}`", row.name));
                Type::Any.map()
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn list_member(
        &mut self,
        page: &Page,
        row: &FieldRow,
        _side: Side,
        inside: Option<Inside>,
        samples: &[&Json],
        shape: &mut Shape,
        has_map: bool,
    ) -> Type {
        let stated = row.ty.types.iter().find_map(|ty| match ty {
            Type::Array(inner) if **inner != Type::Any && **inner != Type::Object => Some((**inner).clone()),
            _ => None,
        });
        if let Some(inner) = stated {
            return inner.array();
        }
        match inside {
            Some(Inside::Fields { fields, open }) => {
                shape.fields = fields;
                shape.open = open;
                return Type::Object.array();
            }
            Some(Inside::Map(inner)) => {
                shape.fields = inner.fields;
                shape.open = inner.open;
                return inner.ty.map().array();
            }
            Some(Inside::Named(name)) => return Type::Named(name).array(),
            None => {}
        }
        let elements = infer::elements(samples);
        if !elements.is_empty() && !has_map {
            let inferred = infer::shape(&row.name, &elements);
            shape.from = Source::Example;
            shape.fields = inferred.fields;
            return inferred.ty.array();
        }
        if matches!(row.name.as_str(), "select" | "group") {
            return Type::String.array();
        }
        self.report
            .add(Class::Opaque, &page.path, row.line, format!("`{}`", row.name));
        Type::Any.array()
    }
}

/// Which containers a value may be.
struct Containers {
    list: bool,
    map: bool,
    /// Whether the example overruled the table.
    example: bool,
}

impl Containers {
    fn of(ty: &TypeText, seen: &Seen, side: Side) -> Self {
        let stated_map = ty.types.contains(&Type::Object);
        let stated_list = ty.types.iter().any(|ty| matches!(ty, Type::Array(_)));
        let (list, map) = match (seen.list, seen.map, side) {
            (false, false, Side::Answer) if stated_map => (false, true),
            (false, false, _) => (stated_list, stated_map),
            (list, map, Side::Answer) => (list, map),
            // What a request may be is more than what one example shows, but an `array` that is shown as an
            // object is one: the server's language has one word for both.
            (list, map, Side::Request) => (
                list || stated_list && stated_map,
                map || stated_map && !list || stated_map && stated_list,
            ),
        };
        Self {
            list,
            map,
            example: list != stated_list && seen.list || map != stated_map && seen.map,
        }
    }
}

fn may_hold_object(ty: &Type) -> bool {
    match ty {
        Type::Object | Type::Any => true,
        Type::Array(inner) => may_hold_object(inner),
        _ => false,
    }
}

fn scalar_members(
    page: &Page,
    row: &FieldRow,
    side: Side,
    seen: &Seen,
    samples: &[&Json],
    shape: &mut Shape,
) -> Vec<Type> {
    let mut scalars: Vec<Type> = row
        .ty
        .types
        .iter()
        .filter(|ty| !matches!(ty, Type::Object | Type::Array(_)))
        .cloned()
        .collect();
    let values = facts::values(&row.note);
    // The example decides the container.
    if side == Side::Answer && (seen.list || seen.map) && !seen.scalar() {
        scalars.retain(|ty| matches!(ty, Type::Bool(_)));
    }
    let has_bool = scalars.iter().any(|ty| matches!(ty, Type::Bool(_)));
    if has_bool
        && side == Side::Answer
        && only_false(
            row,
            seen,
            samples,
            scalars.len() > 1 || seen.map || seen.list || row.ty.types.len() > 1,
        )
    {
        scalars.retain(|ty| !matches!(ty, Type::Bool(_)));
        shape.nullable = true;
    } else if has_bool
        && scalars
            .iter()
            .all(|ty| matches!(ty, Type::Bool(_) | Type::Int | Type::String))
        && (side == Side::Request || scalars.len() == 1)
    {
        return vec![Type::Bool(bool_form(page, row, samples))];
    }
    let is_flag = values.len() == 2 && values.contains(&"Y".to_owned()) && values.contains(&"N".to_owned());
    if is_flag && scalars == [Type::String] {
        return vec![Type::Bool(BoolForm::YesNo)];
    }
    let int_or_text = scalars.contains(&Type::Int) || scalars.contains(&Type::String);
    let only_those = scalars.iter().all(|ty| matches!(ty, Type::Int | Type::String));
    if int_or_text && only_those && infer::is_id(&row.name) {
        let both = scalars.len() == 2;
        let textual = samples
            .iter()
            .any(|sample| matches!(sample, Json::String(text) if text.contains(|c: char| c.is_alphabetic())));
        if both || (side == Side::Answer && !textual) {
            return vec![Type::Id];
        }
    }
    let listable = !scalars.is_empty()
        && scalars
            .iter()
            .all(|ty| matches!(ty, Type::String | Type::Int | Type::Float));
    if listable
        || row
            .ty
            .types
            .iter()
            .any(|ty| matches!(ty, Type::Array(inner) if **inner == Type::String))
    {
        shape.values = values;
    }
    scalars
}

/// Whether a boolean beside something else only ever means «nothing».
fn only_false(row: &FieldRow, seen: &Seen, samples: &[&Json], beside: bool) -> bool {
    if !beside {
        return false;
    }
    let shown_true = samples.iter().any(|sample| **sample == Json::Bool(true));
    let spoken = row.note.contains("`false`") || seen.bool;
    spoken && !row.note.contains("`true`") && !shown_true
}

/// The wire form of a boolean: as the example has it, else as the page's words do, else `Y/N`, which most have.
fn bool_form(page: &Page, row: &FieldRow, samples: &[&Json]) -> BoolForm {
    for sample in samples {
        match sample {
            Json::Bool(_) => return BoolForm::TrueFalse,
            Json::String(text) if matches!(text.as_str(), "Y" | "N") => return BoolForm::YesNo,
            Json::String(text) | Json::Number(text) if matches!(text.as_str(), "0" | "1") => {
                return BoolForm::OneZero;
            }
            _ => {}
        }
    }
    let spans = super::inline::code_spans(&row.note);
    let has = |words: [&str; 2]| spans.iter().any(|span| words.contains(span));
    let default = facts::default(&row.note).unwrap_or_default();
    for (form, words) in [
        (BoolForm::YesNo, ["Y", "N"]),
        (BoolForm::TrueFalse, ["true", "false"]),
        (BoolForm::OneZero, ["1", "0"]),
    ] {
        if words.contains(&default.as_str()) || has(words) {
            return form;
        }
    }
    if page.api == 3 {
        BoolForm::TrueFalse
    } else {
        BoolForm::YesNo
    }
}

/// One shape for values that may be any of several.
fn either(mut shapes: Vec<Shape>) -> Shape {
    let mut first = shapes.remove(0);
    for other in shapes {
        first.ty = join(vec![first.ty, other.ty]);
        first.nullable |= other.nullable;
        for field in other.fields {
            if !first.fields.iter().any(|known| known.name == field.name) {
                first.fields.push(field);
            }
        }
    }
    first
}

/// What a page of fields is called: `@landing.site` for `landing/site/base-fields.md`.
fn object_name(path: &str) -> String {
    let path = path.strip_prefix("api-reference/").unwrap_or(path);
    let mut parts: Vec<&str> = path.trim_end_matches(".md").split('/').collect();
    let file = parts.pop().unwrap_or("");
    let scope = parts.first().copied().unwrap_or("");
    let folder = parts.last().copied().filter(|_| parts.len() > 1);
    let rest = match (folder, file) {
        (Some(folder), "fields" | "base-fields" | "main-fields") => folder.to_owned(),
        (Some(folder), file) => format!("{folder}-{file}"),
        (None, file) => file.to_owned(),
    };
    format!("{scope}.{rest}")
}

/// Whether a call may be sent twice, as far as the page tells: what the Go sample marks as idempotent, or the
/// method's name says, only reads. Anything else counts as not repeatable until somebody has looked.
fn effect(page: &Page, name: &str) -> Effect {
    let marked = page
        .samples
        .iter()
        .any(|sample| sample.language == "go" && sample.text.contains("WithIdempotent()"));
    let verb = name.rsplit('.').next().unwrap_or(name);
    if marked || reads(verb) {
        Effect::Read
    } else {
        Effect::Once
    }
}

fn reads(verb: &str) -> bool {
    let whole = |word: &str| {
        verb.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    verb.starts_with("get")
        || [
            "list", "is", "has", "search", "count", "fields", "check", "find", "resolve",
        ]
        .iter()
        .any(|word| whole(word))
}
