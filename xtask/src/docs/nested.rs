//! What is inside an object: follows a row to the table or page that describes it.

use super::align::{Aligned, align};
use super::facts;
use super::infer::{self, Side};
use super::inline;
use super::json::Json;
use super::link::{Site, Target};
use super::merge::{Known, Merger, is_placeholder, may_hold_object};
use super::page::{FieldRow, FieldTable, Page, Section};
use super::report::Class;
use super::shape::{self, Inside};
use super::ts_shape;
use super::type_text::{TypeText, join};
use super::typescript::Ts;
use crate::spec::{Field, Object, Shape, Source, Type};

impl<'a> Merger<'a> {
    /// What describes the inside of a row's value, if the row may hold an object at all.
    pub fn inside(&mut self, page: &'a Page, row: &'a FieldRow, known: &Known) -> Option<Inside> {
        let structured =
            row.ty.is_empty() || row.ty.types.iter().any(may_hold_object) || !row.ty.unknown.is_empty();
        if !structured {
            return None;
        }
        if !row.children.is_empty() {
            let maps = samples_of_objects(known);
            let ts = known.ts.map(|ts| ts.element().unwrap_or(ts));
            let children: Vec<&FieldRow> = row.children.iter().collect();
            return Some(self.inside_rows(page, &children, row.line, &known.with(maps, ts)));
        }
        if let Some(about) = self.site.type_page(page, row) {
            return Some(self.named(about, false, known));
        }
        if let Some(inside) = self.typed(page, row, known) {
            return Some(inside);
        }
        let target = self.site.target(page, row, known.section);
        match target.or_else(|| self.site.only_candidate(page, row, known.section)) {
            Some(Target::Table(target, table)) => self.inside_target(page, row, target, table, known),
            Some(Target::Page(fields)) => {
                let shown = samples_of_objects(known);
                if known.side == Side::Answer && !shown.is_empty() && !self.names_any(fields, &shown) {
                    return None;
                }
                Some(self.named(fields, false, known))
            }
            None => {
                if let Some(inside) = self.alike(page, row, known) {
                    return Some(inside);
                }
                let answered = known.side != Side::Request;
                if let Some((other, part)) = self.site.parameter_elsewhere(page, row).filter(|_| answered) {
                    return self.inside(other, part, &known.at(Section::Params));
                }
                let request = known.side == Side::Request && row.ty.types.contains(&Type::Object);
                let at_home = self.trail.iter().all(|(path, _)| *path == page.path);
                let fields = self
                    .site
                    .namesake(page, &row.name)
                    .filter(|_| request && at_home)?;
                Some(self.named(fields, false, known))
            }
        }
    }

    /// Whether examples have anything of the object that a page describes.
    fn names_any(&mut self, page: &'a Page, samples: &[&Json]) -> bool {
        let name = self.object(page);
        let keys = infer::keys(samples);
        let fields = self.objects.get(&name).map_or(&[][..], |object| &object.fields);
        fields.is_empty() || fields.iter().any(|field| keys.contains(&field.name.as_str()))
    }

    /// The object that the words of a row's type name: one that methods share, if another page describes it.
    fn typed(&mut self, page: &'a Page, row: &FieldRow, known: &Known) -> Option<Inside> {
        let (target, table) = self.site.typed(page, row)?;
        // `lamp.id` leads to the table of `lamp`, and is one field of it.
        let unknown = &row.ty.unknown;
        if !unknown.is_empty()
            && unknown
                .iter()
                .all(|word| self.field_of_type(page, word).is_some())
        {
            return None;
        }
        let scalar = |sample: &&Json| !matches!(sample, Json::Object(_) | Json::Array(_));
        let key = (target.path.clone(), table.line);
        let shown_object = known.samples.iter().any(|sample| !scalar(sample));
        if infer::is_id(&row.name) && !shown_object {
            return None;
        }
        let only_scalars = known.samples.iter().all(scalar);
        // `lamp` may be the number of a lamp here, and all of it there.
        let word = row.ty.unknown.first().filter(|word| !word.ends_with("[]"));
        let is_scalar = word
            .and_then(|word| self.site.meaning(word))
            .is_some_and(|ty| !may_hold_object(ty));
        let shown = !known.samples.is_empty();
        if only_scalars && (shown || is_scalar) || self.trail.contains(&key) {
            return None;
        }
        if target.path == page.path {
            let ts = known.ts.map(|ts| ts.element().unwrap_or(ts));
            return Some(self.inside_table(target, table, &known.with(samples_of_objects(known), ts)));
        }
        let (scope, _) = self.site.namespace(&target.path);
        let rest = super::link::type_of_heading(&table.heading)?.replace('.', "-");
        let name = format!("{scope}.{rest}").replace('_', "-");
        self.shared(&name, target, &[table]);
        Some(self.refer(name, false, known))
    }

    /// What a table says of the inside of a row's value: of the value itself, or of what is behind its keys.
    fn inside_target(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        target: &'a Page,
        table: &'a FieldTable,
        known: &Known,
    ) -> Option<Inside> {
        let key = (target.path.clone(), table.line);
        if self.trail.contains(&key) {
            return self.of_its_own_kind(row, target, table, known);
        }
        if let Some(part) = part_of_another_page(page, row, target, table) {
            self.trail.push(key);
            let shape = self.shape(target, part, &known.at(table.section));
            self.trail.pop();
            return inside_of(shape);
        }
        let further = self.further_tables(target, table);
        let rows = table
            .rows
            .iter()
            .chain(further.iter().flat_map(|table| &table.rows));
        let described = rows.filter(|row| !is_placeholder(row));
        let names: Vec<&str> = described.map(|row| row.name.as_str()).collect();
        if names.is_empty() {
            let maps = samples_of_objects(known);
            return Some(self.inside_table(target, table, &known.with(maps, known.ts)));
        }
        let aligned = align(&known.samples, &names);
        if let Some(part) = part_that_fits(table, &names, &aligned, known) {
            let values = infer::values_of(&aligned.by_key_of, &part, false);
            let described = self.inside_table(target, table, &known.with(values, None));
            return Some(around(&part, described, &aligned.by_key_of, known.side));
        }
        if let Some(wrapper) = wrapper_of(row, &aligned, known) {
            let ts = known.ts.and_then(|ts| ts.field(&wrapper));
            let inside = self.inside_table(target, table, &known.with(aligned.by_key, ts));
            let field = ts_shape::named(&wrapper, object_shape(inside));
            return Some(Inside::Fields {
                fields: vec![field],
                open: false,
            });
        }
        if let Some(wrapper) = deeper(&names, &aligned, known) {
            return Some(self.inside_deeper(page, row, target, table, &wrapper, known));
        }
        if is_keyed(row, table, &names, &aligned, known) {
            let record = known.ts.and_then(Ts::record);
            let inside = self.inside_table(target, table, &known.with(aligned.by_key, record));
            let mut shape = object_shape(inside);
            if aligned.lists {
                let seen = infer::Seen::of(&aligned.beside);
                let mut members = infer::scalars(&row.name, &aligned.beside, &seen, known.side);
                members.push(shape.ty);
                shape.ty = join(members).array();
            }
            return Some(Inside::Map(shape));
        }
        let ts = known.ts.map(|ts| ts.element().unwrap_or(ts));
        let strange = aligned.strange.len() + aligned.by_key.len();
        let mut inside = self.inside_table(target, table, &known.with(aligned.direct, ts));
        self.hints(page, row, &mut inside, known);
        self.complete(page, row, table, &mut inside, known);
        self.strangers(page, row, strange, &mut inside);
        Some(inside)
    }

    /// What a table describes that is about one part of what examples show: `{"lamps": [{…}], "more": false}`.
    fn inside_deeper(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        target: &'a Page,
        table: &'a FieldTable,
        wrapper: &str,
        known: &Known,
    ) -> Inside {
        let objects = samples_of_objects(known);
        let mut fields = Vec::new();
        for key in infer::keys(&objects) {
            let samples = infer::values_of(&objects, key, false);
            if key != wrapper {
                fields.push(infer::field(key, &samples, known.side));
                continue;
            }
            let inner = known.with(samples, known.ts.and_then(|ts| ts.field(key)));
            let inside = self.inside_target(page, row, target, table, &inner);
            let part = FieldRow {
                name: key.to_owned(),
                ty: TypeText {
                    types: vec![Type::Object],
                    ..TypeText::default()
                },
                children: Vec::new(),
                ..row.clone()
            };
            fields.push(ts_shape::named(key, self.decide(page, &part, inside, &inner)));
        }
        Inside::Fields { fields, open: false }
    }

    /// A list or an object that examples fill with what the table describes that it stands in: children of children.
    fn alike(&mut self, page: &'a Page, row: &FieldRow, known: &Known) -> Option<Inside> {
        let (path, line) = self.trail.last()?;
        let table = page
            .tables
            .iter()
            .find(|table| *path == page.path && table.line == *line)?;
        let keys = infer::keys(&samples_of_objects(known));
        let described = |key: &&str| table.rows.iter().any(|row| row.name == *key);
        let anchor = table.anchors.first().filter(|_| known.side != Side::Request)?;
        let alike = keys.len() > 2 && keys.iter().filter(|key| described(key)).count() * 4 >= keys.len() * 3;
        let place = (page.path.clone(), row.line);
        if alike {
            self.alike.insert(place.clone());
        }
        // The innermost children have none to show it.
        let alike = self.alike.contains(&place);
        alike.then(|| self.of_this_kind(page, table, anchor, known))
    }

    /// What a table that leads back to itself describes: an object with others of its kind inside, which needs a name.
    /// It is so only where a link says it: by a heading alone a row of the name would be taken for the whole.
    fn of_its_own_kind(
        &mut self,
        row: &FieldRow,
        page: &'a Page,
        table: &'a FieldTable,
        known: &Known,
    ) -> Option<Inside> {
        let links = inline::links(&row.note);
        let linked = |anchor: &&String| {
            links
                .iter()
                .any(|link| link.target.split('#').nth(1) == Some(anchor.as_str()))
        };
        let anchor = table.anchors.iter().find(linked)?;
        Some(self.of_this_kind(page, table, anchor, known))
    }

    fn of_this_kind(&mut self, page: &'a Page, table: &'a FieldTable, anchor: &str, known: &Known) -> Inside {
        let (scope, rest) = self.site.namespace(&page.path);
        let stem = rest.trim_end_matches(".md").replace('/', "-");
        let stem = format!("{stem}-{anchor}").to_lowercase().replace(['_', '.'], "-");
        let name = format!("{scope}.{stem}");
        self.shared(&name, page, &[table]);
        self.refer(name, false, known)
    }

    /// Examples that have nothing to do with the table: nothing settles which of the two is right.
    fn strangers(&mut self, page: &Page, row: &FieldRow, count: usize, inside: &mut Inside) {
        if count == 0 {
            return;
        }
        let what = format!(
            "`{}`: {count} example(s) have other keys than its table",
            row.name
        );
        self.note(Class::Disagreement, page, row.line, what);
        if let Inside::Fields { open, .. } = inside {
            *open = true;
        }
    }

    /// What a description says of a field inside: «codes of `fields.ADDITIONAL_FIELDS` are in [that page]».
    fn hints(&mut self, page: &'a Page, row: &FieldRow, inside: &mut Inside, known: &Known) {
        let Inside::Fields { fields, .. } = inside else {
            return;
        };
        let Some(described) = self.site.fields_page(page, &row.note) else {
            return;
        };
        for child in facts::named_children(&row.note, &row.name) {
            let Some(field) = fields.iter_mut().find(|field| field.name == child) else {
                continue;
            };
            if let Inside::Named { name, .. } = self.named(described, false, &known.field(child)) {
                field.ty = Type::Named(name);
                field.from = Source::Page;
                field.open = false;
                field.fields.clear();
            }
        }
    }

    /// Fields that the table only names and a page about the object shows.
    fn complete(
        &mut self,
        page: &'a Page,
        row: &FieldRow,
        table: &FieldTable,
        inside: &mut Inside,
        known: &Known,
    ) {
        let (Inside::Fields { fields, .. }, Some(prose)) = (inside, self.site.prose_page(page, &row.note))
        else {
            return;
        };
        let Inside::Named { name, .. } = self.named(prose, true, known) else {
            return;
        };
        if let Some(object) = self.objects.get_mut(&name) {
            learn(&mut object.fields, fields);
        }
        let shown = self.objects.get(&name).map_or(&[][..], |object| &object.fields);
        let vague = |field: &&mut Field| field.fields.is_empty() && holds_any(&field.ty);
        for field in fields.iter_mut().filter(vague) {
            if let Some(better) = shown
                .iter()
                .find(|better| better.name == field.name && !holds_any(&better.ty))
            {
                *field = Field {
                    from: Source::Page,
                    nullable: field.nullable || better.nullable,
                    ..better.clone()
                };
                let lines = table
                    .rows
                    .iter()
                    .filter(|row| row.name == field.name)
                    .map(|row| row.line);
                for line in lines {
                    self.report.settle(Class::Opaque, &page.path, line);
                }
            }
        }
    }

    /// A reference to the named object of a page, which learns from the samples here.
    pub fn named(&mut self, page: &'a Page, open: bool, known: &Known) -> Inside {
        let name = self.object(page);
        if known.side == Side::Request {
            let fields = self.objects.get(&name).map_or(&[][..], |object| &object.fields);
            if let Some(fields) = in_capitals(fields, &samples_of_objects(known)) {
                return Inside::Fields { fields, open: true };
            }
        }
        self.refer(name, open, known)
    }

    fn refer(&mut self, name: String, open: bool, known: &Known) -> Inside {
        let mut samples = samples_of_objects(known);
        // A description of the fields is not the object.
        samples.retain(|sample| !infer::are_descriptions(&[*sample]));
        if known.side == Side::Answer {
            let answers = self.found.answers.entry(name.clone()).or_default();
            answers.extend(samples.iter().map(|sample| (*sample).clone()));
        }
        let found = self.found.objects.entry(name.clone()).or_default();
        found.extend(samples.into_iter().cloned());
        Inside::Named { name, open }
    }

    /// The named object that a page of fields describes.
    pub fn object(&mut self, page: &'a Page) -> String {
        let name = match &page.method {
            Some(method) => listed_by(method),
            None => object_name(self.site, &page.path),
        };
        let tables: Vec<&FieldTable> = page.field_tables().collect();
        self.shared(&name, page, &tables);
        name
    }

    fn shared(&mut self, name: &str, page: &'a Page, tables: &[&'a FieldTable]) {
        if self.objects.contains_key(name) {
            return;
        }
        let mut object = Object {
            name: name.to_owned(),
            docs: page.path.clone(),
            open: false,
            fields: Vec::new(),
        };
        // Known from here on, so that a page that leads back to itself ends.
        self.objects.insert(name.to_owned(), object.clone());
        let seen = self.seen.objects.get(name).cloned().unwrap_or_default();
        let known = Known {
            side: Side::Shared,
            section: Section::Other,
            samples: seen.iter().collect(),
            ts: None,
        };
        // A table that a row of one above leads to is about that row.
        let inner: Vec<usize> = tables
            .iter()
            .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
            .filter_map(|(table, row)| match self.site.target(page, row, table.section)? {
                Target::Table(target, found) if target.path == page.path && found.line > table.line => {
                    Some(found.line)
                }
                _ => None,
            })
            .collect();
        for table in tables.iter().filter(|table| !inner.contains(&table.line)) {
            match self.inside_table(page, table, &known) {
                Inside::Fields { fields, open } => {
                    object.open |= open;
                    // Another table may describe what an example shows.
                    let described = fields
                        .into_iter()
                        .filter(|field| table.rows.iter().any(|row| row.name == field.name));
                    for field in described {
                        if !object.fields.iter().any(|known| known.name == field.name) {
                            object.fields.push(field);
                        }
                    }
                }
                Inside::Map(_) | Inside::Named { .. } => object.open = true,
            }
        }
        if !page.literals.is_empty() {
            let mut samples: Vec<&Json> = page.literals.iter().collect();
            samples.extend(&seen);
            object.open = true;
            object.fields = infer::keys(&samples)
                .into_iter()
                .map(|key| infer::field(key, &infer::values_of(&samples, key, false), Side::Shared))
                .collect();
        }
        let answers = self.seen.answers.get(name).cloned().unwrap_or_default();
        let answers: Vec<&Json> = answers.iter().collect();
        let keys = infer::keys(&answers);
        for field in &mut object.fields {
            let spelled = infer::spelled(&field.name, &keys);
            // One page of many may have a slip in the case.
            if !spelled.eq_ignore_ascii_case(&field.name) {
                field.name = spelled.to_owned();
            }
        }
        object.open |= add_shown(&mut object.fields, &answers);
        if object.fields.is_empty() {
            object.open = true;
            self.note(Class::Opaque, page, 1, format!("`@{name}`"));
        }
        self.objects.insert(name.to_owned(), object);
    }
}

/// The fields of an object as requests spell them, where those say `OWNER_ID` and answers `ownerId`. The server takes
/// both; the page shows one.
fn in_capitals(fields: &[Field], requests: &[&Json]) -> Option<Vec<Field>> {
    let keys = infer::keys(requests);
    let known = |key: &&&str| fields.iter().any(|field| field.name.eq_ignore_ascii_case(key));
    let in_capitals = |field: &&Field| keys.contains(&capitals(&field.name).as_str());
    let unknown = keys.iter().filter(|key| !known(key));
    let meant = fields.iter().filter(in_capitals);
    if keys.iter().any(|key| key.contains(|c: char| c.is_lowercase())) || unknown.count() == 0 {
        return None;
    }
    if meant.count() * 2 < keys.len() {
        return None;
    }
    let plain = fields.iter().filter(|field| !may_hold_object(&field.ty));
    let mut spelled: Vec<Field> = plain
        .map(|field| Field {
            name: capitals(&field.name),
            from: Source::Page,
            ..field.clone()
        })
        .collect();
    // Other values are sent than are answered: `n123` for a new file.
    spelled.retain(|field| {
        let values = infer::values_of(requests, &field.name, false);
        let wordy = infer::elements(&values).into_iter().any(infer::is_wordy);
        !(wordy && matches!(&field.ty, Type::Array(inner) if **inner == Type::Int))
    });
    for key in keys {
        if !spelled.iter().any(|field| field.name == key) && !infer::is_numbered(key) {
            spelled.push(infer::field(
                key,
                &infer::values_of(requests, key, false),
                Side::Request,
            ));
        }
    }
    Some(spelled)
}

/// `OWNER_ID` for `ownerId`.
fn capitals(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() && !name.contains('_') {
            out.push('_');
        }
        out.extend(c.to_uppercase());
    }
    out
}

/// Adds what answers show of a described object beyond its tables. Those that have little in common with the tables
/// show something else.
/// Tells whether they show names with numbers, which are data.
fn add_shown(fields: &mut Vec<Field>, answers: &[&Json]) -> bool {
    let described = |key: &&&str| fields.iter().any(|field| field.name == **key);
    let alike = |answer: &&&Json| {
        let keys = infer::keys(&[**answer]);
        keys.iter().filter(described).count() * 2 >= keys.len()
    };
    let answers: Vec<&Json> = answers.iter().filter(alike).copied().collect();
    let (data, names): (Vec<&str>, Vec<&str>) = infer::keys(&answers)
        .into_iter()
        .partition(|key| infer::is_numbered(key));
    for key in names {
        if !fields.iter().any(|field| field.name == key) {
            let values = infer::values_of(&answers, key, false);
            fields.push(infer::field(key, &values, Side::Answer));
        }
    }
    !data.is_empty()
}

/// Objects among the samples, and objects in lists among them.
pub fn samples_of_objects<'s>(known: &Known<'s>) -> Vec<&'s Json> {
    let mut objects = infer::maps(&known.samples);
    objects.extend(infer::maps(&infer::elements(&known.samples)));
    objects
}

/// The table decides scalar types, and here it speaks of an object that is otherwise known from examples.
fn learn(shown: &mut Vec<Field>, described: &[Field]) {
    for field in described.iter().filter(|field| field.from == Source::Table) {
        match shown.iter_mut().find(|known| known.name == field.name) {
            Some(known) if known.ty == Type::Object && field.ty == Type::Object => {
                learn(&mut known.fields, &field.fields);
            }
            Some(known) if known.ty != field.ty && !holds_any(&field.ty) && !field.ty.has_object() => {
                *known = field.clone();
            }
            Some(_) => {}
            None => shown.push(field.clone()),
        }
    }
}

/// A link to the whole of another page's object may mean the part of it that has the row's name.
fn part_of_another_page<'a>(
    page: &Page,
    row: &FieldRow,
    target: &Page,
    table: &'a FieldTable,
) -> Option<&'a FieldRow> {
    let mut rows = table.rows.iter().filter(|_| target.path != page.path);
    rows.find(|part| part.name == row.name && part.ty.types.iter().any(may_hold_object))
}

/// The one name that all answers have around what the table describes: `{"lamp": {…}}`. It is no key of a map, unless
/// the TypeScript sample or the words say so.
fn wrapper_of(row: &FieldRow, aligned: &Aligned, known: &Known) -> Option<String> {
    let objects = &aligned.by_key_of;
    if known.side != Side::Answer || !aligned.direct.is_empty() || aligned.lists {
        return None;
    }
    let keys = infer::keys(objects);
    let [wrapper] = keys.as_slice() else {
        return None;
    };
    let mapped = match known.ts {
        Some(ts) if ts.field(wrapper).is_some() => false,
        Some(ts) if ts.record().is_some() => true,
        _ => infer::has_odd_keys(objects) || infer::are_languages(&keys) || facts::speaks_of_keys(&row.note),
    };
    (!mapped).then(|| (*wrapper).to_owned())
}

/// The one part of an answer that a table describes, where examples have it inside: `lamps` of `{"lamps": [{…}]}`.
fn deeper(names: &[&str], aligned: &Aligned, known: &Known) -> Option<String> {
    if known.side != Side::Answer || !aligned.direct.is_empty() {
        return None;
    }
    // Keys with plain values beside are names.
    let plain = |value: &&Json| !matches!(value, Json::Object(_) | Json::Array(_) | Json::Null);
    let objects = match aligned.by_key_of.as_slice() {
        [] if aligned.by_key.is_empty() => &aligned.strange,
        objects if infer::map_values(objects).iter().any(plain) => &aligned.by_key_of,
        _ => return None,
    };
    let is_row = |key: &&&str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    let mut found = infer::keys(objects).into_iter().filter(|key| {
        let inner = align(&infer::values_of(objects, key, false), names);
        let described: Vec<&Json> = inner.direct.iter().chain(&inner.by_key).copied().collect();
        let keys = infer::keys(&described);
        keys.iter().filter(is_row).count() * 2 > keys.len()
    });
    let part = found.next()?;
    found.next().is_none().then(|| part.to_owned())
}

/// The key that a table is about, where its heading names it and there are plain values beside it.
fn part_that_fits(table: &FieldTable, names: &[&str], aligned: &Aligned, known: &Known) -> Option<String> {
    let objects = &aligned.by_key_of;
    if !aligned.direct.is_empty() || known.side != Side::Request {
        return None;
    }
    let heading = inline::words(&table.heading);
    let keys = infer::keys(objects);
    let plain = infer::map_values(objects)
        .iter()
        .any(|value| !matches!(value, Json::Object(_) | Json::Array(_)));
    let mut parts = keys
        .into_iter()
        .filter(|key| heading.contains(&key.to_lowercase()))
        .filter(|key| {
            let values = infer::values_of(objects, key, false);
            !align(&values, names).direct.is_empty()
        });
    parts.next().filter(|_| plain).map(str::to_owned)
}

/// An object that examples show, with one part of it described.
fn around(part: &str, described: Inside, objects: &[&Json], side: Side) -> Inside {
    let shape = infer::shape("", objects, side);
    let mut fields = shape.fields;
    for field in fields.iter_mut().filter(|field| field.name == part) {
        *field = ts_shape::named(part, object_shape(described.clone()));
    }
    Inside::Fields {
        fields,
        open: shape.open,
    }
}

/// Whether a table describes what is behind a value's keys. Examples tell, else sketches, the TypeScript sample,
/// the words.
fn is_keyed(row: &FieldRow, table: &FieldTable, names: &[&str], aligned: &Aligned, known: &Known) -> bool {
    if !aligned.direct.is_empty() || !aligned.by_key.is_empty() {
        return aligned.direct.is_empty();
    }
    let mut sketches = facts::sketches(&row.note);
    sketches.extend(table.sketches.iter().cloned());
    let sketches: Vec<&Json> = sketches.iter().collect();
    let sketched = !align(&sketches, names).by_key.is_empty();
    let record = known.ts.and_then(Ts::record);
    let recorded = record.is_some_and(|ts| ts.members().iter().any(ts_shape::is_object));
    let element = describes_an_element(table) && table.section == known.section;
    let spoken = row.ty.types.contains(&Type::Object) && (facts::speaks_of_keys(&row.note) || element);
    sketched || recorded || spoken
}

/// «Type of `items` element»: the table is about what a list or a map holds.
fn describes_an_element(table: &FieldTable) -> bool {
    inline::words(&table.heading).iter().any(|word| word == "element")
}

/// The inside of a value whose shape is known.
fn inside_of(shape: Shape) -> Option<Inside> {
    let members = match &shape.ty {
        Type::Union(members) => members.clone(),
        single => vec![single.clone()],
    };
    members.into_iter().find_map(|member| match member {
        Type::Object => Some(Inside::Fields {
            fields: shape.fields.clone(),
            open: shape.open,
        }),
        Type::Map(inner) => Some(Inside::Map(Shape {
            ty: *inner,
            ..shape.clone()
        })),
        Type::Named(name) => Some(Inside::Named {
            name,
            open: shape.open,
        }),
        _ => None,
    })
}

fn object_shape(inside: Inside) -> Shape {
    let blank = shape::blank();
    match inside {
        Inside::Fields { fields, open } => Shape {
            ty: Type::Object,
            open,
            fields,
            ..blank
        },
        Inside::Map(inner) => Shape {
            ty: inner.ty.map(),
            open: inner.open,
            fields: inner.fields,
            ..blank
        },
        Inside::Named { name, open } => Shape {
            ty: Type::Named(name),
            open,
            ..blank
        },
    }
}

fn holds_any(ty: &Type) -> bool {
    match ty {
        Type::Any => true,
        Type::Array(inner) | Type::Map(inner) => holds_any(inner),
        _ => false,
    }
}

/// What a page of fields is called: `@landing.site` for `landing/site/base-fields.md`.
fn object_name(site: &Site, path: &str) -> String {
    let (scope, rest) = site.namespace(path);
    let mut parts: Vec<&str> = rest.trim_end_matches(".md").split('/').collect();
    let file = parts.pop().unwrap_or("");
    let rest = match (parts.last().copied(), file) {
        (Some(folder), "fields" | "base-fields" | "main-fields") => folder.to_owned(),
        (Some(folder), file) => format!("{folder}-{file}"),
        (None, file) => file.to_owned(),
    };
    format!("{scope}.{rest}")
}

/// What the fields that a method lists are called: `@lamp.socket-fields` for `lamp.socket.getFields`.
fn listed_by(method: &str) -> String {
    let mut parts: Vec<&str> = method.split('.').collect();
    parts.pop();
    match parts.as_slice() {
        [scope] => format!("{scope}.fields"),
        parts => format!("{}-fields", parts.join("-").replacen('-', ".", 1)),
    }
}
