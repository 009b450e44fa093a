//! One method from all that its page says: walks the tables, and has [`shape`](super::shape) decide each value.

use std::collections::{BTreeMap, BTreeSet};

use super::facts;
use super::head;
use super::infer::{self, Seen, Side};
use super::json::Json;
use super::learn;
use super::link::{Site, Target};
use super::nested;
use super::page::{FieldRow, FieldTable, Page, Section};
use super::prose;
use super::report::{Class, Report};
use super::said;
use super::samples;
use super::shape::{self, Evidence, Inside};
use super::ts_shape::{from_ts, is_unknown, named};
use super::type_text::{TypeText, join};
use super::typescript::{self, Ts};
use crate::spec::{Access, BoolForm, Effect, Field, Method, Object, Shape, Source, Type};

const NO_RESULT: &str = "neither a table nor an example";

/// What examples show of what many methods share: named objects by name, tables by page and line.
#[derive(Debug, Default)]
pub struct Shown {
    pub objects: BTreeMap<String, Vec<Json>>,
    /// The same, of answers only.
    pub answers: BTreeMap<String, Vec<Json>>,
    tables: BTreeMap<(String, usize), Vec<Json>>,
    /// Tables that nothing led to: page and line.
    unused: BTreeSet<(String, usize)>,
}

pub struct Merger<'a> {
    pub site: &'a Site,
    pub report: Report,
    pub objects: BTreeMap<String, Object>,
    /// Tables being read, to stop where one leads back to itself: page and line.
    pub trail: Vec<(String, usize)>,
    /// Rows whose value is of the kind of the object that they stand in: page and line.
    pub alike: BTreeSet<(String, usize)>,
    /// Tables that something led to.
    used: BTreeSet<(String, usize)>,
    /// What the first pass found, and what this one finds.
    pub seen: Shown,
    pub found: Shown,
    /// The page of the method being read.
    home: String,
    /// Whether that method only reads.
    reads: bool,
    /// Not to report while looking at fields for another purpose.
    quiet: bool,
}

/// What is known of a value besides its row.
#[derive(Clone)]
pub struct Known<'s> {
    pub side: Side,
    pub section: Section,
    pub samples: Vec<&'s Json>,
    pub ts: Option<&'s Ts>,
}

impl<'s> Known<'s> {
    /// The same for the rows of another section.
    pub fn at(&self, section: Section) -> Self {
        Self {
            section,
            ..self.clone()
        }
    }

    /// The same for other samples.
    pub fn with(&self, samples: Vec<&'s Json>, ts: Option<&'s Ts>) -> Self {
        Self {
            samples,
            ts,
            ..self.clone()
        }
    }

    /// A name as answers spell it: `OWNER_ID` in the table may be `ownerId` there.
    fn spelled<'n>(&self, name: &'n str) -> &'n str
    where
        's: 'n,
    {
        let keys = if self.side == Side::Answer {
            infer::keys(&self.samples)
        } else {
            Vec::new()
        };
        infer::spelled(name, &keys)
    }

    /// A field that no table describes: as examples have it, else as the TypeScript sample has.
    fn only_shown(&self, key: &str) -> Field {
        let known = self.field(key);
        let field = infer::field(key, &known.samples, self.side);
        let ts = known
            .ts
            .filter(|ts| self.side == Side::Answer && learn::is_open(&field.ty) && !is_unknown(ts));
        match ts {
            Some(ts) => Field {
                nullable: true,
                ..named(key, from_ts(key, ts, &known.samples))
            },
            None => field,
        }
    }

    /// The same for a field of the object.
    pub fn field(&self, name: &str) -> Self {
        Self {
            samples: infer::values_of(&self.samples, name, self.side == Side::Request),
            ts: self.ts.and_then(|ts| ts.field(name)),
            ..self.clone()
        }
    }
}

impl<'a> Merger<'a> {
    pub fn new(site: &'a Site, seen: Shown) -> Self {
        Self {
            site,
            report: Report::default(),
            objects: BTreeMap::new(),
            trail: Vec::new(),
            alike: BTreeSet::new(),
            used: BTreeSet::new(),
            seen,
            found: Shown::default(),
            home: String::new(),
            reads: false,
            quiet: false,
        }
    }

    /// What examples showed, for the second pass.
    pub fn into_found(self) -> Shown {
        self.found
    }

    pub fn note(&mut self, class: Class, page: &Page, line: usize, what: impl Into<String>) {
        if !self.quiet {
            self.report.add(class, &page.path, line, what);
        }
    }

    /// The facts of a method page.
    pub fn method(&mut self, page: &'a Page, name: &str) -> Method {
        self.home.clone_from(&page.path);
        let effect = head::effect(&page.samples, name, &page.path);
        self.reads = effect == Effect::Read;
        self.head(page);
        let mut params = self.params(page);
        let result = self.result(page, name);
        for filter in params
            .iter_mut()
            .filter(|param| param.name.eq_ignore_ascii_case("filter"))
        {
            self.filter_by_result(page, filter, &result);
        }
        self.leftovers(page);
        Method {
            name: name.to_owned(),
            api: page.api,
            scopes: page.scopes.clone(),
            access: page.access.clone(),
            effect,
            deprecated: page.deprecated,
            gone: false,
            docs: page.path.clone(),
            params,
            result,
            list: None,
            errors: page.errors.clone(),
        }
    }

    /// A filter that nothing describes may name the fields of the rows that it filters.
    fn filter_by_result(&mut self, page: &Page, filter: &mut Field, result: &Shape) {
        let shown = filter.ty == Type::Object && filter.from == Source::Example;
        if filter.ty != Type::Any.map() && !shown {
            return;
        }
        match rows_of(&result.ty, &result.fields) {
            Some(Rows::Named(name)) => {
                filter.ty = Type::Named(name);
                filter.fields.clear();
            }
            Some(Rows::Fields(fields)) => {
                let scalars = fields.iter().filter(|field| !may_hold_object(&field.ty));
                filter.fields = scalars.map(asked_for).collect();
                filter.ty = Type::Object;
            }
            None => {
                if !shown {
                    self.note(Class::Opaque, page, 1, "`filter`");
                }
                return;
            }
        }
        filter.open = true;
        filter.from = Source::Page;
    }

    fn head(&mut self, page: &Page) {
        if page.scopes.is_empty() {
            self.note(Class::Head, page, 1, "no scope");
        }
        if page.access == Access::Unknown {
            self.note(
                Class::Head,
                page,
                1,
                "who may call it is not said in a known form",
            );
        }
    }

    fn params(&mut self, page: &'a Page) -> Vec<Field> {
        let bodies = samples::requests(page);
        let known = Known {
            side: Side::Request,
            section: Section::Params,
            samples: bodies.iter().collect(),
            ts: None,
        };
        let main = page.tables.iter().find(|table| table.section == Section::Params);
        let Some(main) = main else {
            return self.params_without_table(page, &known);
        };
        match self.inside_table(page, main, &known) {
            Inside::Fields { fields, .. } => fields,
            Inside::Map(_) | Inside::Named { .. } => {
                self.note(Class::Form, page, main.line, "parameters whose names are data");
                Vec::new()
            }
        }
    }

    fn params_without_table(&mut self, page: &Page, known: &Known) -> Vec<Field> {
        let fields: Vec<Field> = infer::keys(&known.samples)
            .iter()
            .map(|key| infer::field(key, &known.field(key).samples, Side::Request))
            .collect();
        if !facts::says_no_parameters(&page.params_text) {
            let what = format!("no table of parameters; examples show {}", fields.len());
            self.note(Class::NoParams, page, 1, what);
        }
        fields
    }

    fn result(&mut self, page: &'a Page, name: &str) -> Shape {
        let answers = samples::answers(page, &mut self.report);
        let answers: Vec<&Json> = answers.iter().collect();
        let ts = page
            .samples
            .iter()
            .find_map(|sample| typescript::result_type(&sample.text));
        let known = Known {
            side: Side::Answer,
            section: Section::Result,
            samples: infer::values_of(&answers, "result", false),
            ts: ts.as_ref(),
        };
        let main = page.tables.iter().find(|table| table.section == Section::Result);
        let row = main.and_then(|table| {
            self.used.insert((page.path.clone(), table.line));
            table.rows.iter().find(|row| row.name == "result")
        });
        let beside = main.map_or_else(Vec::new, |table| beside_result(table, &known));
        let mut shape = match (row, main) {
            (Some(row), Some(table)) if !beside.is_empty() && !self.is_described(page, row, &known) => {
                let rows = self.fields(page, table.line, &beside, &known);
                let inside = Inside::Fields {
                    fields: rows,
                    open: false,
                };
                self.decide(page, row, Some(inside), &known)
            }
            (Some(row), _) => self.shape(page, row, &known),
            (None, Some(table))
                if table.rows.iter().any(|row| row.name != "time")
                    // A table of names says nothing of the descriptions behind them.
                    && !(is_untold(&known) && said::lists_fields(name)) =>
            {
                let inside = match wrapper(table, &known) {
                    Some(name) => self.wrapped(page, table, name, &known),
                    None => {
                        let maps = nested::samples_of_objects(&known);
                        self.inside_table(page, table, &known.with(maps, known.ts))
                    }
                };
                let mut row = result_row(table.line);
                if is_untold(&known) && name.to_lowercase().ends_with(".list") {
                    row.ty.types = vec![Type::Object.array()];
                }
                self.decide(page, &row, Some(inside), &known)
            }
            _ => match self.said(page, name, &known) {
                Some(shape) => shape,
                None => self.undescribed(page, &known),
            },
        };
        if says_nothing(
            &shape,
            row,
            &known.samples,
            head::effect(&page.samples, name, &page.path),
        ) {
            shape = Shape {
                ty: Type::Null,
                ..shape::blank()
            };
        }
        if let Some(fields) = self.selectable(page) {
            self.extend(&mut shape, fields);
        }
        shape
    }

    /// What the page says of its result in other ways than by a table or an example.
    fn said(&mut self, page: &'a Page, name: &str, known: &Known) -> Option<Shape> {
        if !is_untold(known) {
            return None;
        }
        if let Some(ty) = said::identifier(page) {
            return Some(Shape {
                ty,
                from: Source::Page,
                ..shape::blank()
            });
        }
        let (fields, is_list) = said::fields_of(self.site, page, name)?;
        let ty = Type::Named(self.object(fields));
        Some(Shape {
            ty: if is_list { ty.array() } else { ty },
            from: Source::Page,
            open: true,
            ..shape::blank()
        })
    }

    fn undescribed(&mut self, page: &'a Page, known: &Known) -> Shape {
        if known.samples.is_empty() {
            self.note(Class::NoResult, page, 1, NO_RESULT);
        }
        let row = FieldRow {
            ty: TypeText::default(),
            ..result_row(1)
        };
        self.decide(page, &row, None, known)
    }

    /// A result with one name around what the table describes.
    fn wrapped(&mut self, page: &'a Page, table: &'a FieldTable, name: &str, known: &Known) -> Inside {
        let inner = known.field(name);
        let maps = nested::samples_of_objects(&inner);
        let ts = inner.ts.map(|ts| ts.element().unwrap_or(ts));
        let inside = self.inside_table(page, table, &inner.with(maps, ts));
        let row = FieldRow {
            name: name.to_owned(),
            ..result_row(table.line)
        };
        let shape = self.decide(page, &row, Some(inside), &inner);
        Inside::Fields {
            fields: vec![named(name, shape)],
            open: false,
        }
    }

    /// Whether something else than the rows beside it describes a row's value.
    fn is_described(&self, page: &'a Page, row: &'a FieldRow, known: &Known) -> bool {
        let target = self.site.target(page, row, known.section).is_some();
        !row.children.is_empty() || target || !row.ty.types.contains(&Type::Object)
    }

    /// Whether the page says itself what is inside a parameter.
    fn is_told(&self, page: &'a Page, row: &'a FieldRow, known: &Known) -> bool {
        let target = self.site.target(page, row, known.section);
        matches!(target, Some(Target::Table(found, _)) if found.path == page.path)
            || !prose::bullets(&row.note, true, &[]).is_empty()
    }

    /// The page of fields that `select` of a list method names from.
    fn selectable(&self, page: &'a Page) -> Option<&'a Page> {
        let rows = page
            .tables
            .iter()
            .filter(|table| table.section == Section::Params)
            .flat_map(|table| &table.rows);
        let mut select = rows.filter(|row| row.name.eq_ignore_ascii_case("select"));
        select.find_map(|row| self.site.fields_page(page, &row.note))
    }

    /// What can be selected can be answered: rows of a list get the fields of the page.
    fn extend(&mut self, shape: &mut Shape, page: &'a Page) {
        let rows = match &shape.ty {
            Type::Object => {
                // `{tasks: […]}`: what is selected is inside the one thing that the object holds.
                let mut parts = shape.fields.iter_mut();
                let Some(only) = parts.next().filter(|_| parts.next().is_none()) else {
                    return;
                };
                let one = matches!(&only.ty, Type::Object) || only.ty == Type::Object.array();
                one.then_some(&mut only.fields)
            }
            ty => ty.has_object().then_some(&mut shape.fields),
        };
        let Some(rows) = rows else { return };
        let name = self.object(page);
        let Some(object) = self.objects.get(&name) else {
            return;
        };
        for field in &object.fields {
            match rows.iter_mut().find(|known| known.name == field.name) {
                // The page knows more about what an example only shows.
                Some(known) if known.from == Source::Example => {
                    let nullable = known.nullable || field.nullable;
                    // How many there are the example knows.
                    let many = matches!(known.ty, Type::Array(_)) && !matches!(field.ty, Type::Array(_));
                    let ty = field.ty.clone();
                    *known = Field {
                        ty: if many { ty.array() } else { ty },
                        nullable,
                        from: Source::Page,
                        ..field.clone()
                    };
                }
                Some(_) => {}
                None => rows.push(Field {
                    from: Source::Page,
                    ..field.clone()
                }),
            }
        }
    }

    fn leftovers(&mut self, page: &Page) {
        for table in &page.tables {
            let relevant = matches!(table.section, Section::Params | Section::Result);
            let key = (page.path.clone(), table.line);
            if relevant && !self.used.contains(&key) {
                self.note(Class::Unused, page, table.line, format!("«{}»", table.heading));
                self.found.unused.insert(key);
            }
        }
        for problem in &page.problems {
            let class = if problem.what == facts::NO_CODE {
                Class::NoCode
            } else {
                Class::Form
            };
            self.note(class, page, problem.line, &problem.what);
        }
    }

    // ---- tables

    /// What the examples of a table's own page show of it, for the answers of other pages.
    fn lend(&mut self, table: &(String, usize), known: &Known) -> Vec<Json> {
        if known.side != Side::Answer {
            return Vec::new();
        }
        if table.0 == self.home {
            if infer::are_descriptions(&infer::maps(&known.samples)) {
                return Vec::new();
            }
            let samples = known.samples.iter().map(|sample| (*sample).clone());
            self.found
                .tables
                .entry(table.clone())
                .or_default()
                .extend(samples);
            return Vec::new();
        }
        self.seen.tables.get(table).cloned().unwrap_or_default()
    }

    /// The rows of a table as the inside of an object.
    pub fn inside_table(&mut self, page: &'a Page, table: &'a FieldTable, known: &Known) -> Inside {
        let key = (page.path.clone(), table.line);
        self.used.insert(key.clone());
        let lent = self.lend(&key, known);
        let shown = match known.side {
            Side::Request => samples::shown_beside(page, table),
            _ => Vec::new(),
        };
        let samples = known.samples.iter().copied().chain(&lent).chain(&shown).collect();
        let known = known.at(table.section).with(samples, known.ts);
        let further = self.further_tables(page, table);
        self.used
            .extend(further.iter().map(|table| (page.path.clone(), table.line)));
        let mut rows: Vec<&'a FieldRow> = table.rows.iter().collect();
        let more: Vec<&'a FieldRow> = further.iter().flat_map(|table| &table.rows).collect();
        rows.extend(&more);
        self.trail.push(key);
        let mut inside = self.inside_rows(page, &rows, table.line, &known);
        self.trail.pop();
        if let Inside::Fields { fields, .. } = &mut inside {
            for row in more {
                loosen(fields, row, &rows);
            }
        }
        inside
    }

    /// Tables that go on with what another one describes, though nothing leads to them: those below the same heading,
    /// and parameters of the method below a heading of their own.
    pub fn further_tables(&self, page: &'a Page, table: &'a FieldTable) -> Vec<&'a FieldTable> {
        let mut own = page
            .tables
            .iter()
            .filter(|table| table.section == Section::Params);
        let is_main = own.next().is_some_and(|first| first.line == table.line);
        let unused = page.tables.iter().filter(|further| {
            let key = (page.path.clone(), further.line);
            further.section == Section::Params && further.line > table.line && self.seen.unused.contains(&key)
        });
        let goes_on = |further: &&FieldTable| {
            let same = further.heading == table.heading && further.level == table.level;
            same || is_main && further.is_of_parameters(table)
        };
        unused.filter(goes_on).collect()
    }

    pub fn inside_rows(
        &mut self,
        page: &'a Page,
        rows: &[&'a FieldRow],
        line: usize,
        known: &Known,
    ) -> Inside {
        let pages: Vec<&'a Page> = rows
            .iter()
            .filter(|row| is_placeholder(row))
            .filter_map(|row| self.site.fields_page(page, &row.note))
            .collect();
        let is_template =
            |row: &&FieldRow| facts::is_template(&row.name) || (!pages.is_empty() && is_placeholder(row));
        let (templates, mut named): (Vec<&FieldRow>, Vec<&FieldRow>) =
            rows.iter().copied().partition(is_template);
        // `UF_*` may lead to a table of those that there always are.
        let begun: Vec<&FieldRow> = templates
            .iter()
            .filter_map(|row| self.site.begun(page, row, known.section))
            .inspect(|table| {
                self.used.insert((page.path.clone(), table.line));
            })
            .flat_map(|table| &table.rows)
            .collect();
        named.extend(begun);
        if let (true, Some(fields)) = (named.is_empty(), pages.first()) {
            if known
                .samples
                .iter()
                .all(|sample| matches!(sample, Json::Object(_)))
                && templates.len() == 1
            {
                return self.named(fields, true, known);
            }
        }
        if !templates.is_empty() {
            // `0` beside `<siteId>` is one more key.
            named.retain(|row| !row.name.chars().all(|c| c.is_ascii_digit()));
        }
        if named.is_empty() && !templates.is_empty() {
            return Inside::Map(self.keyed(page, &templates, known));
        }
        let mut fields = self.fields(page, line, &named, known);
        // What an example shows of names that a template has is data.
        let is_data = |field: &Field| templates.iter().any(|row| said::is_begun(&field.name, &row.name));
        fields.retain(|field| known.side != Side::Answer || field.from != Source::Example || !is_data(field));
        let keys = infer::keys(&known.samples);
        let more = keys.iter().any(|key| infer::is_numbered(key));
        Inside::Fields {
            fields,
            open: more || !templates.is_empty() && pages.is_empty(),
        }
    }

    /// What is behind keys that are data.
    fn keyed(&mut self, page: &'a Page, rows: &[&'a FieldRow], known: &Known) -> Shape {
        let values = Known {
            samples: infer::map_values(&known.samples),
            ts: known.ts.and_then(Ts::record),
            ..known.clone()
        };
        let shapes: Vec<Shape> = rows.iter().map(|row| self.shape(page, row, &values)).collect();
        either(shapes)
    }

    fn fields(&mut self, page: &'a Page, line: usize, rows: &[&'a FieldRow], known: &Known) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for row in rows {
            if is_envelope(row, known) {
                continue;
            }
            let spelled = known.spelled(&row.name);
            let mut field = self.field(page, row, &known.field(spelled));
            spelled.clone_into(&mut field.name);
            if field.required && is_left_out(&field.name, known) {
                // One of several, or a slip: `new` must be able to make the request that the page makes.
                let what = format!("`{}` is required, but an example does without", field.name);
                self.note(Class::Disagreement, page, row.line, what);
                field.required = false;
            }
            if !fields.iter().any(|known| known.name == field.name) {
                fields.push(field);
            }
        }
        let request = known.side == Side::Request;
        for key in infer::keys(&known.samples) {
            let same = |field: &Field| field.name == key || (request && field.name.eq_ignore_ascii_case(key));
            if !infer::is_numbered(key) && !fields.iter().any(same) {
                fields.push(known.only_shown(key));
                if request {
                    self.note(Class::OnlyInExample, page, line, format!("`{key}`"));
                }
            }
        }
        fields
    }

    fn field(&mut self, page: &'a Page, row: &'a FieldRow, known: &Known) -> Field {
        let shape = self.shape(page, row, known);
        let request = known.side == Side::Request;
        let required = row.required && request;
        // What must be sent has no default, whatever the words say: they mean the value of some object.
        let default = facts::default(&row.note)
            .map(|default| facts::without_assignment(&row.name, default))
            .filter(|_| request && !required)
            .and_then(|default| wire_default(&shape.ty, default));
        Field {
            name: row.name.clone(),
            ty: shape.ty,
            required,
            nullable: shape.nullable,
            default,
            values: shape.values,
            from: shape.from,
            open: shape.open,
            fields: shape.fields,
        }
    }

    pub fn shape(&mut self, page: &'a Page, row: &'a FieldRow, known: &Known) -> Shape {
        let mut resolved = row.clone();
        self.type_words(page, &mut resolved);
        let inside_row = row;
        let row = &resolved;
        if known.side == Side::Request {
            if let Some(shape) = self.list_idiom(page, inside_row, known) {
                return shape;
            }
        }
        let inside = self.inside(page, inside_row, known);
        self.decide(page, row, inside, known)
    }

    /// Words that a page about types explains, in place of unknown ones. The others are reported.
    fn type_words(&mut self, page: &'a Page, row: &mut FieldRow) {
        for word in std::mem::take(&mut row.ty.unknown) {
            let single = word.trim_end_matches("[]");
            let wrap = |ty: Type| if single == word { ty } else { ty.array() };
            // `lamp` may be the number of a lamp, and `lamp.id[]` a list of such; `lamp[]` are the lamps.
            let many = single != word && self.site.type_table(page, single).is_some();
            let found = match self.site.meaning(single) {
                Some(ty) if !many || may_hold_object(ty) => Some(ty.clone()),
                Some(_) => None,
                None => self.field_of_type(page, single),
            };
            // `lamp` under the name of an identifier is what the lamp is known by.
            let is_object = found.as_ref().map_or_else(
                || self.site.type_table(page, single).is_some(),
                |ty| *ty == Type::Object,
            );
            match found {
                _ if is_object && infer::is_id(&row.name) => row.ty.types.push(wrap(Type::Id)),
                Some(ty) => row.ty.types.push(wrap(ty)),
                None if self.site.type_table(page, single).is_some() => {
                    row.ty.types.push(wrap(Type::Object));
                }
                // Whatever a `lamp` is, `lampId` is what it is known by.
                None if infer::is_id(&row.name) => row.ty.types.push(wrap(Type::Id)),
                None => {
                    let what = format!("`{word}` of `{}`", row.name);
                    self.note(Class::TypeWord, page, row.line, what);
                    row.ty.unknown.push(word);
                }
            }
        }
    }

    /// `lamp.id`: the type of a field in the table of `lamp`; without one an identifier is known by its name.
    pub fn field_of_type(&self, page: &'a Page, word: &str) -> Option<Type> {
        let (base, field) = word.trim_end_matches("[]").rsplit_once('.')?;
        let row = self.site.type_table(page, base).and_then(|(_, table)| {
            let mut rows = table.rows.iter();
            rows.find(|row| row.name.eq_ignore_ascii_case(field))
        });
        match row.map(|row| row.ty.types.as_slice()) {
            Some([ty]) if !may_hold_object(ty) => Some(ty.clone()),
            _ => infer::is_id(field).then_some(Type::Id),
        }
    }

    pub fn decide(&mut self, page: &Page, row: &FieldRow, inside: Option<Inside>, known: &Known) -> Shape {
        let note = match &inside {
            None => format!("{}\n{}", row.note, Site::passages(page, &row.note)),
            Some(_) => row.note.clone(),
        };
        let values = Site::listed_values(page, &row.note);
        let shown = match &inside {
            None if row.ty.types.iter().any(may_hold_object) => {
                self.site.shown_in_articles(page, &row.note, &row.name)
            }
            _ => Vec::new(),
        };
        let decision = shape::decide(Evidence {
            name: &row.name,
            types: &row.ty,
            note: if row.ty.types.iter().any(may_hold_object) {
                &note
            } else {
                &row.note
            },
            values: &values,
            shown: &shown.iter().collect::<Vec<_>>(),
            side: known.side,
            api: page.api,
            samples: &known.samples,
            ts: known.ts,
            inside,
        });
        for (class, what) in decision.doubts {
            self.note(class, page, row.line, what);
        }
        decision.shape
    }

    /// `select`, `filter`, `order`, `group` of a list method: what the documentation links there are the fields
    /// that may be named, not the inside of the parameter.
    fn list_idiom(&mut self, page: &'a Page, row: &'a FieldRow, known: &Known) -> Option<Shape> {
        let shown = Seen::of(&known.samples).holds_containers();
        if !(row.ty.types.iter().any(may_hold_object) || row.ty.types.is_empty() && shown) {
            return None;
        }
        let mut shape = Shape {
            ty: Type::String.array(),
            nullable: row.ty.nullable,
            ..shape::blank()
        };
        match row.name.to_lowercase().as_str() {
            "select" | "group" if !infer::maps(&known.samples).is_empty() => shape.ty = Type::String.map(),
            "select" | "group" => {}
            // Conditions are lists of a field, an operator and a value, or groups of them.
            "filter" if page.api == 3 && row.ty.types.iter().any(|ty| matches!(ty, Type::Array(_))) => {
                shape.ty = Type::Any.array();
                shape.open = true;
            }
            // An object there is what its table says.
            "filter" if page.api == 3 => return None,
            // REST 3.0 has one form for nearly all its lists.
            "pagination" if page.api == 3 && !self.is_told(page, row, known) => {
                let number = |name: &str| Field {
                    name: name.to_owned(),
                    ty: Type::Int,
                    required: false,
                    nullable: false,
                    default: None,
                    values: Vec::new(),
                    from: Source::Page,
                    open: false,
                    fields: Vec::new(),
                };
                shape.ty = Type::Object;
                shape.fields = ["page", "limit", "offset"].map(number).to_vec();
            }
            // An order of goods, not of rows.
            "order" if Seen::of(&infer::map_values(&known.samples)).holds_containers() => return None,
            name if name == "order" || name == "sort" || name.ends_with("_order") => {
                shape.ty = Type::String.map();
            }
            // What is added or changed may be restricted by something of its own, whose bullets name all of it.
            "filter" if !self.reads && !prose::bullets(&row.note, true, &[]).is_empty() => return None,
            "filter" => self.filter(page, row, known, &mut shape),
            _ => return None,
        }
        Some(shape)
    }

    /// Names of fields with an operator in front, so that more keys are possible than the page can list.
    fn filter(&mut self, page: &'a Page, row: &'a FieldRow, known: &Known, shape: &mut Shape) {
        let quiet = std::mem::replace(&mut self.quiet, true);
        let inside = self.inside(page, row, &known.with(Vec::new(), None));
        self.quiet = quiet;
        match inside {
            Some(Inside::Fields { mut fields, .. }) => {
                fields.retain(|field| !may_hold_object(&field.ty));
                shape.ty = Type::Object;
                shape.open = true;
                shape.fields = fields;
            }
            Some(Inside::Named { name, .. }) => {
                shape.ty = Type::Named(name);
                shape.open = true;
            }
            // Until the result is known, whose fields it may name.
            Some(Inside::Map(_)) | None => {
                shape.fields = conditions(&known.samples);
                shape.ty = Type::Any.map();
                if !shape.fields.is_empty() {
                    shape.ty = Type::Object;
                    shape.open = true;
                    shape.from = Source::Example;
                    let what = format!("what is inside `{}`", row.name);
                    self.note(Class::OnlyInExample, page, row.line, what);
                }
            }
        }
    }
}

/// What one of several tables says of a field holds for some cases only: it is not required, may have the values of
/// all of them, and where they disagree on the type or the default, there is none.
fn loosen(fields: &mut [Field], row: &FieldRow, rows: &[&FieldRow]) {
    let Some(field) = fields.iter_mut().find(|field| field.name == row.name) else {
        return;
    };
    field.required = false;
    for other in rows.iter().filter(|other| other.name == row.name) {
        let typed = !row.ty.types.is_empty() && !other.ty.types.is_empty();
        if typed && other.ty.types != row.ty.types {
            *field = Field {
                ty: Type::Any,
                open: true,
                ..named(&field.name, shape::blank())
            };
            return;
        }
        if facts::default(&other.note) != facts::default(&row.note) {
            field.default = None;
        }
        if !field.values.is_empty() {
            let mut values = facts::values(&other.note);
            values.retain(|value| !field.values.contains(value));
            field.values.append(&mut values);
        }
    }
}

/// Whether an example of a request has the object without the field.
fn is_left_out(name: &str, known: &Known) -> bool {
    let samples = infer::maps(&known.samples);
    samples
        .iter()
        .any(|sample| infer::values_of(&[*sample], name, true).is_empty())
}

/// A row that stands for keys that are data, or for «any field of that page».
pub fn is_placeholder(row: &FieldRow) -> bool {
    facts::is_template(&row.name) || row.name.eq_ignore_ascii_case("field")
}

/// `time` in a table of the result is a part of the envelope, unless examples show it further inside.
fn is_envelope(row: &FieldRow, known: &Known) -> bool {
    let typed_time = row.ty.unknown.iter().any(|word| word == "time")
        || row.type_links.iter().any(|link| link.ends_with("#time"));
    let called_time = row.name == "time" && typed_time;
    called_time && known.side == Side::Answer && known.field("time").samples.is_empty()
}

/// The fields that filters in examples name, without the operators in front of them.
fn conditions(samples: &[&Json]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for key in infer::keys(samples) {
        let name = key.trim_start_matches(|c: char| !c.is_alphanumeric());
        if !name.is_empty() && !fields.iter().any(|field| field.name == name) {
            let values = infer::values_of(samples, key, false);
            let mut field = infer::field(name, &values, Side::Request);
            // A list asks for any of its values.
            if let Type::Array(value) = field.ty {
                field.ty = *value;
            }
            fields.push(field);
        }
    }
    fields.retain(|field| !may_hold_object(&field.ty));
    fields
}

/// The rows that a list method answers with.
enum Rows<'a> {
    Named(String),
    Fields(&'a [Field]),
}

/// The rows in a result: it is a list of them, or an object with one list of them.
fn rows_of<'a>(ty: &Type, fields: &'a [Field]) -> Option<Rows<'a>> {
    let (Type::Array(row) | Type::Map(row)) = ty else {
        let lists = fields
            .iter()
            .filter(|field| matches!(field.ty, Type::Array(_) | Type::Map(_)));
        let mut lists = lists.filter_map(|field| rows_of(&field.ty, &field.fields));
        let only = lists.next().filter(|_| lists.next().is_none());
        return only.filter(|_| *ty == Type::Object);
    };
    match &**row {
        Type::Named(name) => Some(Rows::Named(name.clone())),
        Type::Object if !fields.is_empty() => Some(Rows::Fields(fields)),
        _ => None,
    }
}

/// A field of an answer as a condition of a request.
fn asked_for(field: &Field) -> Field {
    Field {
        nullable: false,
        from: Source::Page,
        ..field.clone()
    }
}

/// Whether a result is there only because an answer must have one: examples of a call that changes something have
/// `null`, or the page speaks of an empty list.
fn says_nothing(shape: &Shape, row: Option<&FieldRow>, samples: &[&Json], effect: Effect) -> bool {
    let undescribed = learn::is_open(&shape.ty) || row.is_none() && shape.from == Source::TypeScript;
    let empty = |sample: &&Json| match sample {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    };
    if effect == Effect::Read || !undescribed || !samples.iter().all(empty) {
        return false;
    }
    match row {
        Some(row) => facts::speaks_of_nothing(&row.note) || samples.contains(&&Json::Null),
        None => !samples.is_empty(),
    }
}

/// Whether neither an example nor a TypeScript sample tells what a value is.
fn is_untold(known: &Known) -> bool {
    known.samples.is_empty() && known.ts.is_none()
}

/// The one name that all answers have around what the table of a result describes: `{"lamp": {…}}`, `{"lamps": [{…}]}`.
fn wrapper<'s>(table: &FieldTable, known: &Known<'s>) -> Option<&'s str> {
    let keys = infer::keys(&known.samples);
    let [name] = keys.as_slice() else {
        return None;
    };
    let described = |key: &str| table.rows.iter().any(|row| row.name == key);
    let inner = infer::keys(&nested::samples_of_objects(&known.field(name)));
    let inside = inner.iter().filter(|key| described(key)).count() > 1;
    (!described(name) && inside).then_some(*name)
}

/// Rows of the result's own table that the examples have inside `result`, not beside it.
fn beside_result<'a>(table: &'a FieldTable, known: &Known) -> Vec<&'a FieldRow> {
    let keys = infer::keys(&known.samples);
    let inside = |row: &&FieldRow| row.name != "result" && keys.contains(&row.name.as_str());
    table.rows.iter().filter(inside).collect()
}

fn result_row(line: usize) -> FieldRow {
    FieldRow {
        line,
        name: "result".to_owned(),
        required: false,
        ty: TypeText {
            types: vec![Type::Object],
            ..TypeText::default()
        },
        type_links: Vec::new(),
        note: String::new(),
        children: Vec::new(),
    }
}

/// Whether a value of a type may have an object somewhere inside that wants a description.
pub fn may_hold_object(ty: &Type) -> bool {
    match ty {
        Type::Object | Type::Any | Type::Map(_) | Type::Named(_) => true,
        Type::Array(inner) => may_hold_object(inner),
        Type::Union(members) => members.iter().any(may_hold_object),
        _ => false,
    }
}

/// A default as it would be sent; none where a type cannot have it.
fn wire_default(ty: &Type, default: String) -> Option<String> {
    let fits = match ty {
        Type::Object | Type::Map(_) | Type::Named(_) => false,
        Type::Array(_) => default.starts_with('['),
        Type::Int => default.parse::<i64>().is_ok(),
        Type::Float => default.parse::<f64>().is_ok(),
        Type::Bool(form) => return flag(*form, &default).map(str::to_owned),
        _ => true,
    };
    fits.then_some(default)
}

/// How a boolean is sent that a page calls `No`, `false` or `0`.
fn flag(form: BoolForm, said: &str) -> Option<&'static str> {
    let (yes, no) = match form {
        BoolForm::TrueFalse => ("true", "false"),
        BoolForm::YesNo => ("Y", "N"),
        BoolForm::OneZero => ("1", "0"),
    };
    match said.to_lowercase().as_str() {
        "true" | "y" | "yes" | "1" => Some(yes),
        "false" | "n" | "no" | "0" => Some(no),
        _ => None,
    }
}

/// One shape for values that may be any of several.
fn either(shapes: Vec<Shape>) -> Shape {
    let mut out = shape::blank();
    let mut types = Vec::new();
    for shape in shapes {
        types.push(shape.ty);
        out.nullable |= shape.nullable;
        out.open |= shape.open;
        if out.values.is_empty() {
            out.values = shape.values;
        }
        for field in shape.fields {
            if !out.fields.iter().any(|known| known.name == field.name) {
                out.fields.push(field);
            }
        }
    }
    out.ty = join(types);
    out
}
