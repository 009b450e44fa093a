//! One value from everything that speaks of it: table, description, examples, TypeScript sample.
//!
//! Where they disagree: the example decides the container, `null` and the wire form; the table decides scalar
//! types; the TypeScript sample breaks ties. Pure: what remains in doubt comes out beside the shape.

use super::facts;
use super::infer::{self, Seen, Side};
use super::inline;
use super::json::Json;
use super::prose;
use super::report::Class;
use super::ts_shape::{from_ts, is_object, is_unknown};
use super::type_text::{TypeText, join};
use super::typescript::Ts;
use crate::spec::{BoolForm, Field, Shape, Source, Type};

/// What is inside an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Inside {
    Fields {
        fields: Vec<Field>,
        open: bool,
    },
    /// Keys are data.
    Map(Shape),
    Named {
        name: String,
        open: bool,
    },
}

/// All that speaks of one value.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    pub name: &'a str,
    pub types: &'a TypeText,
    pub note: &'a str,
    /// Values in a table that the description links to.
    pub values: &'a [String],
    /// What an article that the description links to shows under the value's name.
    pub shown: &'a [&'a Json],
    pub side: Side,
    pub api: u8,
    pub samples: &'a [&'a Json],
    pub ts: Option<&'a Ts>,
    pub inside: Option<Inside>,
}

/// The shape, and what could not be settled.
#[derive(Debug, PartialEq)]
pub struct Decision {
    pub shape: Shape,
    pub doubts: Vec<(Class, String)>,
}

/// A shape of which nothing is known yet.
pub fn blank() -> Shape {
    Shape {
        ty: Type::Any,
        nullable: false,
        values: Vec::new(),
        from: Source::Table,
        open: false,
        fields: Vec::new(),
    }
}

/// Decides what a value is.
pub fn decide(evidence: Evidence) -> Decision {
    let seen = Seen::of(evidence.samples);
    let mut maker = Maker {
        containers: Containers::of(&evidence, &seen),
        seen,
        evidence,
        shape: blank(),
        doubts: Vec::new(),
    };
    maker.nullable();
    let mut members = maker.scalars();
    // Text, an object or a list, and nothing describes them: the page leaves it open.
    let stated = &maker.evidence.types.types;
    let both = [Type::Object, Type::Any.array()]
        .iter()
        .all(|ty| stated.contains(ty));
    if both && !members.is_empty() && maker.evidence.inside.is_none() && maker.evidence.side != Side::Answer {
        maker.shape.open = true;
        return Decision {
            shape: maker.shape,
            doubts: maker.doubts,
        };
    }
    let inside = maker.evidence.inside.take();
    if maker.containers.map {
        let ty = maker.map(inside.clone());
        members.push(ty);
    }
    if maker.containers.list {
        let ty = maker.list(inside);
        members.push(ty);
    }
    if members.is_empty() {
        members.extend(maker.unstated());
    }
    // Text, an object or a list: the page leaves it open.
    let open = [Type::Any.map(), Type::Any.array()]
        .iter()
        .all(|ty| members.contains(ty));
    if open && members.len() > 2 {
        members = vec![Type::Any];
        maker.shape.open = true;
        maker.doubts.retain(|(class, _)| *class != Class::Opaque);
    }
    maker.shape.ty = join(members);
    maker.any();
    maker.check();
    Decision {
        shape: maker.shape,
        doubts: maker.doubts,
    }
}

/// Which containers a value may be.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Containers {
    list: bool,
    map: bool,
    /// Whether the example overruled the table.
    by_example: bool,
}

impl Containers {
    fn of(evidence: &Evidence, seen: &Seen) -> Self {
        let types = &evidence.types.types;
        let stated_list = types.iter().any(|ty| matches!(ty, Type::Array(_)));
        let typed_list = types
            .iter()
            .any(|ty| matches!(ty, Type::Array(inner) if **inner != Type::Any));
        let has_scalars = types
            .iter()
            .any(|ty| !matches!(ty, Type::Object | Type::Array(_) | Type::Map(_)));
        let described = evidence.inside.is_some() && !stated_list;
        let stated_map = types.contains(&Type::Object) || described;
        let (list, map) = match evidence.side {
            Side::Answer | Side::Shared if seen.list || seen.map => (seen.list, seen.map),
            // The table has a container where the example has a number, text or `true`.
            Side::Answer if seen.told && !has_scalars => (false, false),
            // `array` beside `object` is how an empty map arrives.
            Side::Answer | Side::Shared => (stated_list && (!stated_map || typed_list), stated_map),
            Side::Request => {
                let spoken = typed_list || has_scalars || facts::speaks_of_a_list(evidence.note);
                // One example does not show all that a request may be. But `array` where an object is sent
                // is an object: the server's language has one word for both.
                let list = seen.list
                    || stated_list && (spoken || !stated_map) && (typed_list || stated_map || !seen.map);
                let map = seen.map || stated_map && (!seen.list || stated_list);
                let one =
                    list && !map && !seen.list && !typed_list && facts::speaks_of_one_object(evidence.note);
                (list && !one, map || one)
            }
        };
        Self {
            list,
            map,
            by_example: seen.list && !stated_list || seen.map && !stated_map,
        }
    }
}

/// `name` and `code` are names of fields more often than `NAME` and `CODE`, which stand for any.
fn is_lower(key: &str) -> bool {
    matches!(key, "name" | "code")
}

/// Text for the words that a sketch has in place of values.
fn fill_in(sketch: &mut Json) {
    match sketch {
        Json::Unread => *sketch = Json::String("text".to_owned()),
        Json::Array(items) => items.iter_mut().for_each(fill_in),
        Json::Object(entries) => entries.iter_mut().for_each(|(_, value)| fill_in(value)),
        _ => {}
    }
}

/// How the API takes a file: its name and its content.
fn as_file(field: &mut Field) {
    if field.name.eq_ignore_ascii_case("fileData") {
        field.ty = Type::File;
        field.fields.clear();
    }
}

struct Maker<'a> {
    evidence: Evidence<'a>,
    seen: Seen,
    containers: Containers,
    shape: Shape,
    doubts: Vec<(Class, String)>,
}

impl Maker<'_> {
    fn nullable(&mut self) {
        let evidence = &self.evidence;
        let answers_null = evidence.side == Side::Answer
            && (facts::may_be_null(evidence.note) || self.ts_has(|member| member.is_word("null")));
        self.shape.nullable = evidence.types.nullable || self.seen.null || answers_null;
        if self.containers.by_example {
            self.shape.from = Source::Example;
        }
    }

    fn ts_has(&self, test: impl Fn(&Ts) -> bool) -> bool {
        self.evidence.ts.is_some_and(|ts| ts.members().iter().any(test))
    }

    fn opaque(&mut self) {
        let doubt = format!("`{}`", self.evidence.name);
        self.doubts.push((Class::Opaque, doubt));
    }

    // ---- scalars

    fn scalars(&mut self) -> Vec<Type> {
        let stated = &self.evidence.types.types;
        let is_container = |ty: &&Type| matches!(ty, Type::Object | Type::Array(_));
        let mut scalars: Vec<Type> = stated.iter().filter(|ty| !is_container(ty)).cloned().collect();
        let only_containers_shown = (self.seen.list || self.seen.map) && !self.seen.scalar();
        let beside_containers = stated.iter().any(|ty| is_container(&ty));
        if only_containers_shown && !beside_containers {
            // The table has a scalar where the example has a container.
            scalars.clear();
        }
        if scalars == [Type::Any] {
            // `any` alone says nothing: something else may.
            scalars.clear();
        }
        if self.evidence.side != Side::Request
            && self.seen.told
            && scalars.iter().all(|ty| matches!(ty, Type::Map(_)))
        {
            // The table has a container where examples have a single value, always or now and then.
            if self.evidence.side == Side::Answer && !self.seen.holds_containers() {
                scalars.clear();
                self.shape.from = Source::Example;
            }
            let samples = self.evidence.samples;
            scalars.extend(infer::scalars(
                self.evidence.name,
                samples,
                &self.seen,
                Side::Answer,
            ));
            return scalars;
        }
        if self.is_named_flag(&scalars) {
            return vec![Type::Bool(BoolForm::YesNo)];
        }
        scalars = self.booleans(scalars);
        if self.is_id(&scalars) {
            return vec![Type::Id];
        }
        let numeric = !scalars.is_empty() && scalars.iter().all(|ty| matches!(ty, Type::Int | Type::Float));
        let wordy = self.evidence.samples.iter().any(|sample| infer::is_wordy(sample));
        if numeric && wordy && self.evidence.side != Side::Request {
            scalars.push(Type::String);
        }
        self.values(&scalars);
        scalars
    }

    /// Text whose values are `Y` and `N`.
    fn is_named_flag(&self, scalars: &[Type]) -> bool {
        let values = facts::values(self.evidence.note);
        let yes_no = |values: &[&str]| values.len() == 2 && values.contains(&"Y") && values.contains(&"N");
        let listed = yes_no(&values.iter().map(String::as_str).collect::<Vec<_>>());
        let literals: Vec<&str> = self.evidence.ts.map_or_else(Vec::new, |ts| {
            let literal = |member: &Ts| matches!(member, Ts::Literal(_));
            let members = ts.members().iter().filter(|member| literal(member));
            members
                .map(|member| {
                    if let Ts::Literal(text) = member {
                        text.as_str()
                    } else {
                        ""
                    }
                })
                .collect()
        });
        let textual = self.evidence.samples.iter().all(|sample| match sample {
            Json::String(text) => matches!(text.as_str(), "Y" | "N" | ""),
            Json::Null => true,
            _ => false,
        });
        scalars == [Type::String] && textual && (listed || yes_no(&literals))
    }

    fn booleans(&mut self, mut scalars: Vec<Type>) -> Vec<Type> {
        let is_bool = |ty: &Type| matches!(ty, Type::Bool(_));
        if !scalars.iter().any(is_bool) {
            return scalars;
        }
        let no_flag = |sample: &&Json| match sample {
            Json::Number(text) => !matches!(text.as_str(), "0" | "1"),
            Json::String(text) => !matches!(text.as_str(), "" | "Y" | "N" | "0" | "1" | "true" | "false"),
            _ => false,
        };
        if self.evidence.side != Side::Request && self.evidence.samples.iter().any(no_flag) {
            self.shape.from = Source::Example;
            return infer::scalars(
                self.evidence.name,
                self.evidence.samples,
                &self.seen,
                Side::Answer,
            );
        }
        let beside = scalars.len() > 1 || self.containers.list || self.containers.map;
        if self.evidence.side != Side::Request && beside && self.never_true(scalars.len() > 1) {
            scalars.retain(|ty| !is_bool(ty));
            self.shape.nullable = true;
            return scalars;
        }
        let form = self.bool_form();
        let loose = |ty: &Type| matches!(ty, Type::Bool(_) | Type::Int | Type::String);
        // `boolean | integer`: one switch, written either way.
        if self.evidence.side == Side::Request && scalars.iter().all(loose) {
            return vec![Type::Bool(form)];
        }
        for ty in scalars.iter_mut().filter(|ty| is_bool(ty)) {
            *ty = Type::Bool(form);
        }
        scalars
    }

    /// Whether a boolean beside something else only ever says «nothing». Beside a scalar that must be said or
    /// shown; beside a container it goes without saying.
    fn never_true(&self, beside_scalar: bool) -> bool {
        let evidence = &self.evidence;
        let shown = |value: bool| {
            evidence
                .samples
                .iter()
                .any(|sample| **sample == Json::Bool(value))
        };
        let spoken =
            |word: &str| facts::names(evidence.note, word) || self.ts_has(|member| member.is_word(word));
        let may_be_true = shown(true) || spoken("true");
        !may_be_true && (!beside_scalar || shown(false) || spoken("false"))
    }

    /// As the example has it, else as the page's words do; else `true` and `false` in answers, where every form
    /// is understood, and in REST 3.0; else `Y` and `N`, which most parameters want.
    fn bool_form(&self) -> BoolForm {
        let evidence = &self.evidence;
        for sample in evidence.samples {
            match sample {
                Json::Bool(_) => return BoolForm::TrueFalse,
                Json::String(text) if matches!(text.as_str(), "true" | "false") => {
                    return BoolForm::TrueFalse;
                }
                Json::String(text) if matches!(text.as_str(), "Y" | "N") => return BoolForm::YesNo,
                Json::String(text) | Json::Number(text) if matches!(text.as_str(), "0" | "1") => {
                    return BoolForm::OneZero;
                }
                _ => {}
            }
        }
        let default = facts::default(evidence.note).unwrap_or_default();
        let said = |words: [&str; 2]| {
            words.contains(&default.as_str()) || words.iter().any(|word| facts::names(evidence.note, word))
        };
        if said(["Y", "N"]) {
            BoolForm::YesNo
        } else if said(["true", "false"]) || evidence.api == 3 || evidence.side == Side::Answer {
            BoolForm::TrueFalse
        } else if said(["1", "0"]) {
            BoolForm::OneZero
        } else {
            BoolForm::YesNo
        }
    }

    /// Numbers or text under the name of an identifier. In a request only what the page calls both; in an answer
    /// either, for the two are mixed freely there, unless the examples show text that is no number.
    fn is_id(&self, scalars: &[Type]) -> bool {
        let numeric = !scalars.is_empty() && scalars.iter().all(|ty| matches!(ty, Type::Int | Type::String));
        if !numeric || !infer::is_id(self.evidence.name) {
            return false;
        }
        let both = scalars.len() == 2;
        both || (self.evidence.side != Side::Request
            && !self.evidence.samples.iter().any(|sample| infer::is_wordy(sample)))
    }

    fn values(&mut self, scalars: &[Type]) {
        let listable = |ty: &Type| matches!(ty, Type::String | Type::Int | Type::Float);
        let of_elements = |ty: &Type| matches!(ty, Type::Array(inner) if listable(inner));
        let all = !scalars.is_empty() && scalars.iter().all(listable);
        if all || scalars.is_empty() && self.evidence.types.types.iter().any(of_elements) {
            self.shape.values = facts::values(self.evidence.note);
            if self.shape.values.is_empty() {
                self.shape.values = self.evidence.values.to_vec();
            }
        }
    }

    // ---- containers

    fn map(&mut self, inside: Option<Inside>) -> Type {
        let maps = infer::maps(self.evidence.samples);
        match inside {
            // The table names the fields that the example describes.
            Some(Inside::Fields { .. } | Inside::Named { .. }) if infer::are_descriptions(&maps) => {
                self.shape.from = Source::Example;
                let inner = infer::shape(self.evidence.name, &maps, self.evidence.side);
                self.take(inner)
            }
            Some(Inside::Fields { fields, open }) => {
                self.shape.fields = fields;
                self.shape.open = open;
                Type::Object
            }
            Some(Inside::Map(inner)) => self.take(inner).map(),
            Some(Inside::Named { name, open }) => {
                self.shape.open = open;
                Type::Named(name)
            }
            None => self.undescribed_map(),
        }
    }

    /// Takes over fields and openness, and gives the type.
    fn take(&mut self, inner: Shape) -> Type {
        self.shape.fields = inner.fields;
        self.shape.open = inner.open;
        if self.shape.values.is_empty() {
            self.shape.values = inner.values;
        }
        inner.ty
    }

    /// An object that no table describes: the example, the TypeScript sample, a sketch between the words.
    fn undescribed_map(&mut self) -> Type {
        let maps = infer::maps(self.evidence.samples);
        if self.evidence.side == Side::Answer {
            let ts = self
                .evidence
                .ts
                .filter(|ts| ts.record().is_some() || ts.members().iter().any(is_object));
            match ts {
                Some(ts) if !is_unknown(ts) => {
                    self.shape.from = if maps.is_empty() {
                        Source::TypeScript
                    } else {
                        Source::Example
                    };
                    let inner = from_ts(self.evidence.name, ts, &maps);
                    return self.take(inner);
                }
                // `Record<string, unknown>`: an example of plain values shows some of many possible keys.
                Some(_) if !maps.is_empty() && !Seen::of(&infer::map_values(&maps)).holds_containers() => {
                    return Type::Any.map();
                }
                _ if !maps.is_empty() => {
                    self.shape.from = Source::Example;
                    let inner = infer::shape(self.evidence.name, &maps, Side::Answer);
                    return self.take(inner);
                }
                _ => {}
            }
        }
        // The table calls it a single value, but the example has keys that are data.
        if self.containers.by_example && infer::is_data_map(&maps) {
            let inner = infer::shape(self.evidence.name, &maps, self.evidence.side);
            return self.take(inner);
        }
        if let Some(ty) = self.bullets(&maps) {
            return ty;
        }
        for sketch in facts::sketches(self.evidence.note) {
            if infer::has_odd_keys(&[&sketch])
                || infer::keys(&[&sketch])
                    .iter()
                    .all(|key| facts::is_placeholder(key))
            {
                let shown = infer::map_values(&maps);
                if Seen::of(&shown).holds_containers() {
                    // A sketch of plain values, and a request with objects in their place.
                    let inner = infer::shape("", &shown, self.evidence.side);
                    return self.take(inner).map();
                }
                let inner = infer::shape("", &infer::map_values(&[&sketch]), Side::Request);
                // Of several kinds of values a sketch shows some.
                if matches!(inner.ty, Type::Union(_)) {
                    continue;
                }
                return self.take(inner).map();
            }
        }
        if let Some(ty) = self.sketched() {
            return ty;
        }
        if let Some(ty) = self.asked_with(&maps) {
            return ty;
        }
        if let Some(ty) = self.shown_elsewhere(&infer::maps(self.evidence.shown)) {
            return ty;
        }
        let dated = inline::words(&inline::plain(self.evidence.note))
            .iter()
            .any(|word| word == "date");
        if self.evidence.side == Side::Answer && dated && self.seen.empty_map && !self.seen.told {
            // How a date arrives that there is not.
            return Type::DateTime;
        }
        self.opaque();
        Type::Any.map()
    }

    /// The fields that bullets in the description name.
    fn bullets(&mut self, maps: &[&Json]) -> Option<Type> {
        let only_object = self.evidence.types.types == [Type::Object];
        let bullets = prose::bullets(self.evidence.note, only_object, &infer::keys(maps));
        if bullets.is_empty() {
            return None;
        }
        let side = self.evidence.side;
        let sketches = facts::sketches(self.evidence.note);
        let sketches: Vec<&Json> = sketches.iter().collect();
        for bullet in &bullets {
            let mut samples = infer::values_of(maps, &bullet.name, true);
            samples.extend(infer::values_of(&sketches, &bullet.name, true));
            let mut field = infer::field(&bullet.name, &samples, side);
            let stated = prose::scalar(&bullet.name, &bullet.note);
            let is_open = matches!(field.ty, Type::Any) || field.ty == Type::Any.array();
            if let Some(ty) = stated.filter(|ty| is_open || matches!(ty, Type::Bool(_) | Type::Id)) {
                field.ty = ty;
                field.from = Source::Table;
            }
            if field.ty == Type::Any || field.ty == Type::Any.array() {
                let doubt = format!("`{}` in `{}`", bullet.name, self.evidence.name);
                self.doubts.push((Class::Opaque, doubt));
            }
            if side == Side::Request {
                field.default = facts::default(&bullet.note);
            }
            field.values = facts::values(&bullet.note);
            self.shape.fields.push(field);
        }
        let named = |key: &&str| bullets.iter().any(|bullet| bullet.name.eq_ignore_ascii_case(key));
        for key in infer::keys(maps).into_iter().filter(|key| !named(key)) {
            let shown = infer::field(key, &infer::values_of(maps, key, true), side);
            self.shape.fields.push(shown);
        }
        Some(Type::Object)
    }

    /// An object that a request has in the examples, and nothing describes: some of the keys that it may have.
    fn asked_with(&mut self, maps: &[&Json]) -> Option<Type> {
        if self.evidence.side != Side::Request || maps.is_empty() {
            return None;
        }
        self.shape.from = Source::Example;
        let by_key = facts::speaks_of_keys(self.evidence.note);
        if by_key {
            let inner = infer::shape("", &infer::map_values(maps), Side::Request);
            return Some(self.take(inner).map());
        }
        let doubt = format!("what is inside `{}`", self.evidence.name);
        self.doubts.push((Class::OnlyInExample, doubt));
        let mut samples = maps.to_vec();
        samples.extend(infer::maps(self.evidence.shown));
        let mut inner = infer::shape(self.evidence.name, &samples, Side::Request);
        inner.fields.iter_mut().for_each(as_file);
        Some(self.take(inner))
    }

    /// The description sketches the object with the names of its fields, or with languages as keys.
    fn sketched(&mut self) -> Option<Type> {
        let vague = |sketch: &Json| {
            let keys = infer::keys(&[sketch]);
            keys.iter()
                .any(|key| facts::is_placeholder(key) && !is_lower(key))
        };
        // Text, an object or a list: what is shown is one of many forms.
        let mut sketches = facts::sketches(self.evidence.note);
        if self.containers.list {
            return None;
        }
        sketches.retain(|sketch| !vague(sketch) && !infer::has_odd_keys(&[sketch]));
        sketches.iter_mut().for_each(fill_in);
        let sketches: Vec<&Json> = sketches.iter().collect();
        if sketches.is_empty() {
            return None;
        }
        // Where an example has none of the sketch's keys, those stand for any.
        let maps = infer::maps(self.evidence.samples);
        let keys = infer::keys(&maps);
        let shared = infer::keys(&sketches)
            .iter()
            .any(|key| keys.iter().any(|shown| shown.eq_ignore_ascii_case(key)));
        if self.evidence.side == Side::Request && !maps.is_empty() && !shared {
            let inner = infer::shape("", &infer::map_values(&maps), Side::Request);
            self.shape.from = Source::Example;
            return Some(self.take(inner).map());
        }
        let mut inner = infer::shape("", &sketches, Side::Request);
        inner.fields.iter_mut().for_each(as_file);
        self.shape.from = Source::Example;
        Some(self.take(inner))
    }

    fn shown_elsewhere(&mut self, samples: &[&Json]) -> Option<Type> {
        if samples.is_empty() {
            return None;
        }
        self.shape.from = Source::Page;
        let inner = infer::shape(self.evidence.name, samples, self.evidence.side);
        Some(self.take(inner))
    }

    fn list(&mut self, inside: Option<Inside>) -> Type {
        let stated = self.evidence.types.types.iter().find_map(|ty| match ty {
            Type::Array(inner) if !matches!(**inner, Type::Any | Type::Object) => Some((**inner).clone()),
            _ => None,
        });
        // The table has single values where the example has objects: `lamp[]` means the lamps, not their numbers.
        let shown = Seen::of(&infer::elements(self.evidence.samples));
        let overruled = shown.holds_containers() && !shown.scalar();
        if let Some(inner) = stated.filter(|_| !overruled).or_else(|| self.one_or_many()) {
            return inner.array();
        }
        // The object's fields are already told; a type holds one object at most.
        if self.containers.map && self.evidence.side == Side::Request {
            return Type::Any.array();
        }
        let described = match inside {
            Some(Inside::Fields { fields, open }) => {
                self.shape.fields = fields;
                self.shape.open = open;
                Type::Object
            }
            Some(Inside::Map(inner)) => self.take(inner).map(),
            Some(Inside::Named { name, open }) => {
                self.shape.open = open;
                Type::Named(name)
            }
            None => return self.undescribed_list(),
        };
        if self.evidence.side != Side::Answer || !shown.told {
            return described.array();
        }
        // Objects in one answer, their numbers in another.
        let elements = infer::elements(self.evidence.samples);
        let mut members = infer::scalars(self.evidence.name, &elements, &shown, Side::Answer);
        members.push(described);
        join(members).array()
    }

    /// `string | array`: one text, or several.
    fn one_or_many(&self) -> Option<Type> {
        let mut scalars = self
            .evidence
            .types
            .types
            .iter()
            .filter(|ty| matches!(ty, Type::String | Type::Int));
        let only = scalars.next().filter(|_| scalars.next().is_none())?;
        // With an undescribed object beside it the list may hold anything, too.
        let vague = self.containers.map && self.shape.fields.is_empty();
        (self.evidence.side == Side::Request && !self.seen.list && !vague).then(|| only.clone())
    }

    fn undescribed_list(&mut self) -> Type {
        let elements = infer::elements(self.evidence.samples);
        if !elements.is_empty() {
            self.shape.from = Source::Example;
            let inner = infer::shape(self.evidence.name, &elements, self.evidence.side);
            return self.take(inner).array();
        }
        let map = self
            .evidence
            .ts
            .filter(|ts| ts.record().is_some_and(|inner| !is_unknown(inner)));
        if let Some(map) = map.filter(|_| self.evidence.side == Side::Answer) {
            // `[]` is how an empty map arrives.
            self.shape.from = Source::TypeScript;
            let inner = from_ts(self.evidence.name, map, &[]);
            return self.take(inner);
        }
        let element = self
            .evidence
            .ts
            .and_then(Ts::element)
            .filter(|ts| !is_unknown(ts));
        if let Some(element) = element.filter(|_| self.evidence.side == Side::Answer) {
            self.shape.from = Source::TypeScript;
            let inner = from_ts(self.evidence.name, element, &[]);
            return self.take(inner).array();
        }
        let lists = self
            .evidence
            .shown
            .iter()
            .copied()
            .filter(|sample| matches!(sample, Json::Array(_)));
        let elements = infer::elements(&lists.collect::<Vec<_>>());
        if let Some(ty) = self.shown_elsewhere(&elements) {
            return ty.array();
        }
        if facts::lists_identifiers(self.evidence.note) {
            return Type::Id.array();
        }
        if let Some(element) = prose::element(self.evidence.note) {
            return element.array();
        }
        if let Some(ty) = self.sketched_element() {
            return ty.array();
        }
        self.opaque();
        Type::Any.array()
    }

    /// A sketch of what a list holds: «each as `{"bulb": "E14"}`».
    fn sketched_element(&mut self) -> Option<Type> {
        let mut sketches = facts::sketches(self.evidence.note);
        sketches.retain(|sketch| {
            let keys = infer::keys(&[sketch]);
            !infer::has_odd_keys(&[sketch])
                && !keys
                    .iter()
                    .any(|key| facts::is_placeholder(key) && !is_lower(key))
        });
        sketches.iter_mut().for_each(fill_in);
        if sketches.is_empty() || self.evidence.side != Side::Request {
            return None;
        }
        self.shape.from = Source::Example;
        let mut inner = infer::shape("", &sketches.iter().collect::<Vec<_>>(), Side::Request);
        inner.fields.iter_mut().for_each(as_file);
        Some(self.take(inner))
    }

    /// A value whose type the table leaves out or calls `any`.
    fn unstated(&mut self) -> Option<Type> {
        if self.seen.scalar() || self.seen.list || self.seen.map {
            self.shape.from = Source::Example;
            let inner = infer::shape(self.evidence.name, self.evidence.samples, self.evidence.side);
            return Some(self.take(inner));
        }
        let ts = self
            .evidence
            .ts
            .filter(|ts| !is_unknown(ts) && self.evidence.side == Side::Answer);
        if let Some(ts) = ts {
            self.shape.from = Source::TypeScript;
            let inner = from_ts(self.evidence.name, ts, &[]);
            return Some(self.take(inner));
        }
        if !self.evidence.types.is_empty() {
            return None;
        }
        let ty = prose::scalar(self.evidence.name, self.evidence.note)?;
        self.values(std::slice::from_ref(&ty));
        Some(ty)
    }

    /// What the page itself calls any value, and nothing narrows down, is open by nature; what nothing tells the type
    /// of is reported.
    fn any(&mut self) {
        if self.shape.ty != Type::Any {
            return;
        }
        if self.evidence.types.types == [Type::Any] {
            self.shape.open = true;
        } else if self.evidence.types.is_empty() && self.evidence.side != Side::Answer {
            self.opaque();
        }
    }

    /// An example that the type, as the table has it, cannot hold: somebody has to look.
    fn check(&mut self) {
        let ty = &self.shape.ty;
        let whole = matches!(ty, Type::Int | Type::Id);
        let counted = whole || matches!(ty, Type::Float | Type::Date | Type::DateTime);
        let misfit = self.evidence.samples.iter().find_map(|sample| match sample {
            Json::Bool(true) if counted => Some("true"),
            Json::Number(text) if whole && !infer::is_integer(text) => Some(text.as_str()),
            _ => None,
        });
        if let Some(shown) = misfit {
            let doubt = format!("`{}` is `{ty}`, and an example has {shown}", self.evidence.name);
            self.doubts.push((Class::Disagreement, doubt));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::{json, ts_shape, type_text, typescript};

    /// What the sources say of a value called `lamp`.
    struct Case {
        name: &'static str,
        types: &'static str,
        note: &'static str,
        side: Side,
        samples: Vec<Json>,
        ts: Option<Ts>,
        elsewhere: Vec<Json>,
        inside: Option<Inside>,
    }

    fn answer(types: &'static str) -> Case {
        Case {
            name: "lamp",
            types,
            note: "",
            side: Side::Answer,
            samples: Vec::new(),
            ts: None,
            elsewhere: Vec::new(),
            inside: None,
        }
    }

    fn request(types: &'static str) -> Case {
        Case {
            side: Side::Request,
            ..answer(types)
        }
    }

    impl Case {
        fn named(self, name: &'static str) -> Self {
            Self { name, ..self }
        }

        fn note(self, note: &'static str) -> Self {
            Self { note, ..self }
        }

        fn shown(mut self, sample: &str) -> Self {
            self.samples.push(json::read(sample).unwrap());
            self
        }

        fn ts(mut self, ts: &str) -> Self {
            self.ts = typescript::result_type(&format!("x.call.make<{ts}>("));
            self
        }

        fn elsewhere(mut self, sample: &str) -> Self {
            self.elsewhere.push(json::read(sample).unwrap());
            self
        }

        /// With a table for its inside.
        fn described(mut self) -> Self {
            let shape = infer::shape("bulb", &[&Json::String("E14".to_owned())], Side::Answer);
            let fields = vec![ts_shape::named("bulb", shape)];
            self.inside = Some(Inside::Fields { fields, open: false });
            self
        }

        fn decide(self) -> Decision {
            decide(Evidence {
                name: self.name,
                types: &type_text::read(self.types),
                note: self.note,
                values: &[],
                shown: &self.elsewhere.iter().collect::<Vec<_>>(),
                side: self.side,
                api: 2,
                samples: &self.samples.iter().collect::<Vec<_>>(),
                ts: self.ts.as_ref(),
                inside: self.inside,
            })
        }

        fn ty(self) -> String {
            let shape = self.decide().shape;
            let null = if shape.nullable { " | null" } else { "" };
            format!("{}{null}", shape.ty)
        }
    }

    #[test]
    fn the_example_decides_the_container() {
        let list = answer("`object`")
            .described()
            .shown("[{}, {\"bulb\": 1}]")
            .decide();
        assert_eq!(
            (list.shape.ty.to_string().as_str(), list.shape.from),
            ("object[]", Source::Example)
        );
        assert_eq!(
            answer("`array`").described().shown("{\"bulb\": 1}").ty(),
            "object"
        );
        assert_eq!(answer("`string`").shown("[\"a\"]").ty(), "string[]");
        assert_eq!(answer("`object`").shown("12").ty(), "int");
        assert_eq!(answer("`object`").shown("true").ty(), "bool");
        assert_eq!(answer("`object`").described().shown("\"E14\"").ty(), "string");
        assert_eq!(answer("`object`").described().shown("false").ty(), "object");
        assert_eq!(
            answer("`integer[]`").described().shown("[{\"bulb\": 1}]").ty(),
            "object[]"
        );
        assert_eq!(answer("`integer[]`").described().shown("[1]").ty(), "int[]");
        assert_eq!(
            answer("`object[]`").described().shown("[{\"bulb\": 1}, 5]").ty(),
            "(int | object)[]"
        );
        assert_eq!(
            answer("`object`").shown("{\"1\": \"a\"}").shown("\"a\"").ty(),
            "string | map<string>"
        );
        assert_eq!(answer("`boolean`").shown("13").ty(), "int");
        assert_eq!(answer("`boolean`").shown("1").ty(), "bool(1/0)");
        assert_eq!(answer("`boolean`").shown("\"E\"").ty(), "string");
        assert_eq!(
            answer("`lang_map`").shown("{\"de\": \"a\"}").shown("\"a\"").ty(),
            "map<string> | string"
        );
        assert_eq!(answer("`lang_map`").shown("\"a\"").ty(), "string");
        assert_eq!(answer("`double`").shown("\"none\"").ty(), "float | string");
        assert_eq!(
            answer("`string` | `object`").shown("{\"1\": \"a\"}").ty(),
            "string | map<string>"
        );
        assert_eq!(
            answer("`integer` | `object`").described().shown("12").ty(),
            "int | object"
        );
    }

    #[test]
    fn the_table_decides_scalars_and_a_misfit_is_reported() {
        assert_eq!(answer("`string`").shown("12").ty(), "string");
        assert_eq!(answer("`integer`").shown("\"12\"").ty(), "int");
        let doubts = answer("`integer`").shown("1.5").decide().doubts;
        let expected = "`lamp` is `int`, and an example has 1.5".to_owned();
        assert_eq!(doubts, [(Class::Disagreement, expected)]);
    }

    #[test]
    fn null_comes_from_table_example_words_and_typescript() {
        assert_eq!(answer("`string` | `null`").ty(), "string | null");
        assert_eq!(answer("`string`").shown("null").ty(), "string | null");
        assert_eq!(
            answer("`string`").note("The bulb or `null`").ty(),
            "string | null"
        );
        assert_eq!(answer("`string`").ts("string | null").ty(), "string | null");
        assert_eq!(request("`string`").note("The bulb or `null`").ty(), "string");
    }

    #[test]
    fn false_beside_something_else_is_nothing() {
        assert_eq!(
            answer("`string` | `boolean`").note("The bulb or `false`").ty(),
            "string | null"
        );
        assert_eq!(answer("`object` | `boolean`").described().ty(), "object | null");
        assert_eq!(
            answer("`object` | `boolean`")
                .described()
                .note("Else `true`")
                .ty(),
            "bool | object"
        );
        assert_eq!(answer("`string` | `boolean`").ty(), "string | bool");
    }

    #[test]
    fn an_array_beside_an_object_is_how_an_empty_map_arrives() {
        assert_eq!(answer("`object` | `array`").described().ty(), "object");
        let lamp = || request("`object` | `array`").described();
        assert_eq!(lamp().ty(), "object");
        assert_eq!(
            lamp().note("One lamp, or an array of lamps").ty(),
            "object | any[]"
        );
        assert_eq!(lamp().shown("[]").ty(), "object");
    }

    #[test]
    fn the_wire_form_of_a_boolean() {
        let lamp = || request("`boolean`");
        assert_eq!(lamp().shown("true").ty(), "bool");
        assert_eq!(lamp().note("Default is `false`").shown("\"Y\"").ty(), "bool(Y/N)");
        assert_eq!(lamp().shown("1").ty(), "bool(1/0)");
        assert_eq!(lamp().note("Default is `false`").ty(), "bool");
        assert_eq!(lamp().note("`1` — on").ty(), "bool(1/0)");
        assert_eq!(lamp().ty(), "bool(Y/N)");
        assert_eq!(answer("`boolean`").ty(), "bool");
        assert_eq!(
            request("`boolean` | `integer`").note("Default is `false`").ty(),
            "bool"
        );
    }

    #[test]
    fn text_whose_values_are_y_and_n_is_a_flag() {
        assert_eq!(answer("`char`").note("On, `Y/N`").ty(), "bool(Y/N)");
        assert_eq!(answer("`string`").ts("'Y' | 'N'").ty(), "bool(Y/N)");
        assert_eq!(
            answer("`string`").note("On, `Y/N`").shown("\"maybe\"").ty(),
            "string"
        );
        let more = request("`string`").note("Possible values:\n`Y` — yes\n`N` — no\n`D` — as is");
        let shape = more.decide().shape;
        assert_eq!((shape.ty, shape.values.len()), (Type::String, 3));
    }

    #[test]
    fn identifiers_in_answers_are_numbers_or_text() {
        assert_eq!(answer("`integer`").named("LAMP_ID").shown("\"3\"").ty(), "id");
        assert_eq!(answer("`string`").named("LAMP_ID").ty(), "id");
        assert_eq!(
            answer("`string`").named("LAMP_ID").shown("\"hall\"").ty(),
            "string"
        );
        assert_eq!(request("`integer`").named("LAMP_ID").ty(), "int");
        assert_eq!(request("`integer` | `string`").named("LAMP_ID").ty(), "id");
        assert_eq!(request("`integer` | `string`").named("WATT").ty(), "int | string");
    }

    #[test]
    fn the_typescript_sample_breaks_ties() {
        assert_eq!(answer("`array`").shown("[]").ts("string[]").ty(), "string[]");
        assert_eq!(answer("`object`").ts("Record<string, number>").ty(), "map<float>");
        assert_eq!(
            answer("`array`").shown("[]").ts("Record<string, string>").ty(),
            "map<string>"
        );
        let vague = || answer("`object`").ts("Record<string, unknown>");
        assert_eq!(vague().shown("{\"bulb\": \"E14\"}").ty(), "map<any>");
        let open = vague().shown("{\"bulb\": {\"watt\": 5}}").decide().shape;
        assert_eq!((open.ty, open.open), (Type::Object, true));
    }

    #[test]
    fn what_nothing_describes_is_reported() {
        for (case, expected) in [
            (answer("`object`"), "map<any>"),
            (answer("`array`"), "any[]"),
            (request("`object`").shown("{}"), "map<any>"),
            (request(""), "any"),
        ] {
            let decision = case.decide();
            assert_eq!(decision.shape.ty.to_string(), expected);
            assert_eq!(decision.doubts, [(Class::Opaque, "`lamp`".to_owned())]);
        }
    }

    #[test]
    fn what_only_a_request_shows_is_open_and_reported() {
        let decision = request("`object`")
            .shown("{\"bulb\": 1, \"photo\": {\"fileData\": [\"a\", \"b\"]}}")
            .decide();
        let shape = &decision.shape;
        assert_eq!(
            (&shape.ty, shape.open, shape.from),
            (&Type::Object, true, Source::Example)
        );
        let doubt = "what is inside `lamp`".to_owned();
        assert_eq!(decision.doubts, [(Class::OnlyInExample, doubt)]);
        let picture = request("`object`")
            .shown("{\"fileData\": [\"a\", \"b\"]}")
            .decide()
            .shape;
        assert_eq!(picture.fields[0].ty, Type::File);
        for (note, shown, expected) in [
            ("The key is the socket", "{\"bulb\": 1}", "map<int>"),
            ("As `{\"code\": \"level\"}`", "{\"U1\": \"X\"}", "map<string>"),
        ] {
            assert_eq!(
                request("`object`").note(note).shown(shown).ty(),
                expected,
                "{note}"
            );
        }
    }

    #[test]
    fn any_value_is_open_where_the_page_calls_it_so() {
        for (types, open) in [
            ("`any`", true),
            ("`mixed`", true),
            ("", false),
            ("`string` | `object` | `array`", true),
        ] {
            let shape = request(types).decide().shape;
            assert_eq!((shape.ty, shape.open), (Type::Any, open), "{types}");
        }
    }

    #[test]
    fn an_array_may_be_one_object_or_a_list_of_what_its_words_say() {
        for (note, expected) in [
            (
                "An array with the field `bulb`, such as `{bulb: 'E14'}`",
                "object",
            ),
            ("A set, an array of the form `{bulb: 'E14'}`", "object"),
            (
                "An array of lamps, each in the format `{bulb: 'E14'}`",
                "object[]",
            ),
            ("An array of e-mail addresses", "string[]"),
            ("An array of lamps", "any[]"),
        ] {
            assert_eq!(request("`array`").note(note).ty(), expected, "{note}");
        }
    }

    #[test]
    fn bullets_name_the_fields_of_an_object() {
        let note = "What it does. Can contain keys:\n- `on` — burns, default `Y`:\n  - `Y` — yes\n  - `N` — no\n- `roomId` — identifier of the room\n- `kind` — what it is like";
        let decision = request("`object`")
            .note(note)
            .shown("{\"kind\": 2, \"more\": \"x\"}")
            .decide();
        let fields: Vec<(&str, String)> = decision
            .shape
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.ty.to_string()))
            .collect();
        let expected = [
            ("on", "bool(Y/N)"),
            ("roomId", "id"),
            ("kind", "int"),
            ("more", "string"),
        ];
        assert_eq!(fields, expected.map(|(name, ty)| (name, ty.to_owned())));
        assert_eq!(decision.doubts, []);
    }

    #[test]
    fn a_sketch_tells_what_is_behind_placeholders() {
        assert_eq!(
            request("`object`").note("As `{\"<socket>\": \"<bulb>\"}`").ty(),
            "map<string>"
        );
        assert_eq!(
            request("`object`").note("As `{\"FIELD_1\": \"value_1\"}`").ty(),
            "map<string>"
        );
    }

    #[test]
    fn a_request_shows_more_than_a_sketch() {
        let shape = request("`object`")
            .note("As `{\"field_1\": \"value_1\"}`")
            .shown("{\"SOCKET\": {\"TYPE\": \"E14\"}}")
            .decide()
            .shape;
        assert_eq!(
            (shape.ty.to_string().as_str(), shape.fields.len()),
            ("map<object>", 1)
        );
        assert_eq!(request("`array`").shown("[{}, \"on\"]").ty(), "any[]");
    }

    #[test]
    fn a_sketch_with_the_names_of_fields_tells_them() {
        let plan = request("`object`").note("As `{bulb: value, fileData: [name, content]}`");
        let shape = plan.decide().shape;
        assert!(shape.open);
        let types = shape.fields.iter().map(|field| field.ty.to_string());
        assert_eq!(types.collect::<Vec<_>>(), ["string", "file"]);
        let names = request("`object`").note("```\nNAME: {\n  de: 'Lampe',\n  ...\n}\n```");
        assert_eq!(names.ty(), "map<string>");
    }

    #[test]
    fn an_empty_object_may_be_a_date() {
        let made = || answer("`object`").note("The date when it was made");
        assert_eq!(made().shown("{}").ty(), "datetime");
        assert_eq!(made().shown("{\"day\": 1}").ty(), "object");
        assert_eq!(answer("`object`").note("Settings").shown("{}").ty(), "map<any>");
    }

    #[test]
    fn an_article_may_show_what_the_table_only_names() {
        let shape = request("`object`").elsewhere("{\"1\": \"E14\"}").decide().shape;
        assert_eq!(
            (shape.ty.to_string().as_str(), shape.from),
            ("map<string>", Source::Page)
        );
        assert_eq!(request("`array`").elsewhere("[\"E14\"]").ty(), "string[]");
        assert_eq!(request("`array`").elsewhere("{\"1\": \"E14\"}").ty(), "any[]");
        let own = answer("`object`")
            .shown("{\"2\": 5}")
            .elsewhere("{\"1\": \"E14\"}");
        assert_eq!(own.ty(), "map<int>");
    }

    #[test]
    fn one_or_many_and_anything_at_all() {
        assert_eq!(request("`string` | `array`").ty(), "string | string[]");
        assert_eq!(request("`integer` | `array`").shown("[1, 2]").ty(), "int | int[]");
        let open = request("`string` | `object` | `array`").decide();
        assert_eq!((open.shape.ty, open.doubts), (Type::Any, Vec::new()));
    }

    #[test]
    fn without_a_type_word_the_example_tells() {
        let shape = answer("").shown("{\"bulb\": \"E14\"}").decide().shape;
        assert_eq!((shape.ty, shape.from), (Type::Object, Source::Example));
        assert_eq!(answer("`any`").ts("string").ty(), "string");
        assert_eq!(answer("").ty(), "any");
    }
}
