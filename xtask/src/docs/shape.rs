//! One value from everything that speaks of it: table, description, examples, TypeScript sample.
//!
//! Where they disagree: the example decides the container, `null` and the wire form; the table decides scalar
//! types; the TypeScript sample breaks ties. Pure: what remains in doubt comes out beside the shape.

use super::facts;
use super::infer::{self, Seen, Side};
use super::json::Json;
use super::report::Class;
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
        maker.doubts.retain(|(class, _)| *class != Class::Opaque);
    }
    maker.shape.ty = join(members);
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
            .any(|ty| !matches!(ty, Type::Object | Type::Array(_)));
        let described = evidence.inside.is_some() && !stated_list;
        let stated_map = types.contains(&Type::Object) || described;
        let (list, map) = match evidence.side {
            Side::Answer if seen.list || seen.map => (seen.list, seen.map),
            // The table has a container where the example has a number.
            Side::Answer if seen.number() && !has_scalars => (false, false),
            // `array` beside `object` is how an empty map arrives.
            Side::Answer | Side::Shared => (stated_list && (!stated_map || typed_list), stated_map),
            Side::Request => {
                let spoken = typed_list || has_scalars || facts::speaks_of_a_list(evidence.note);
                // One example does not show all that a request may be. But `array` where an object is sent
                // is an object: the server's language has one word for both.
                let spoken = spoken || seen.empty_list;
                let list = seen.list
                    || stated_list && (spoken || !stated_map) && (typed_list || stated_map || !seen.map);
                let map = seen.map || stated_map && (!seen.list || stated_list);
                (list, map)
            }
        };
        Self {
            list,
            map,
            by_example: seen.list && !stated_list || seen.map && !stated_map,
        }
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
        if self.containers.list || self.containers.map {
            scalars.retain(|ty| *ty != Type::Any);
        }
        if self.is_named_flag(&scalars) {
            return vec![Type::Bool(BoolForm::YesNo)];
        }
        scalars = self.booleans(scalars);
        if self.is_id(&scalars) {
            return vec![Type::Id];
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
        match inside {
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
        for sketch in facts::sketches(self.evidence.note) {
            if infer::has_odd_keys(&[&sketch])
                || infer::keys(&[&sketch])
                    .iter()
                    .all(|key| facts::is_placeholder(key))
            {
                let inner = infer::shape("", &infer::map_values(&[&sketch]), Side::Request);
                return self.take(inner).map();
            }
        }
        self.opaque();
        Type::Any.map()
    }

    fn list(&mut self, inside: Option<Inside>) -> Type {
        let stated = self.evidence.types.types.iter().find_map(|ty| match ty {
            Type::Array(inner) if !matches!(**inner, Type::Any | Type::Object) => Some((**inner).clone()),
            _ => None,
        });
        if let Some(inner) = stated.or_else(|| self.one_or_many()) {
            return inner.array();
        }
        // The object's fields are already told; a type holds one object at most.
        if self.containers.map && self.evidence.side == Side::Request {
            return Type::Any.array();
        }
        match inside {
            Some(Inside::Fields { fields, open }) => {
                self.shape.fields = fields;
                self.shape.open = open;
                Type::Object.array()
            }
            Some(Inside::Map(inner)) => self.take(inner).map().array(),
            Some(Inside::Named { name, open }) => {
                self.shape.open = open;
                Type::Named(name).array()
            }
            None => self.undescribed_list(),
        }
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
        self.opaque();
        Type::Any.array()
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
            .filter(|ts| !is_unknown(ts) && self.evidence.side == Side::Answer)?;
        self.shape.from = Source::TypeScript;
        let inner = from_ts(self.evidence.name, ts, &[]);
        Some(self.take(inner))
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

fn is_object(ts: &Ts) -> bool {
    matches!(ts, Ts::Object(_))
}

/// Whether a TypeScript type says nothing about what is inside.
fn is_unknown(ts: &Ts) -> bool {
    let vague = |word: &str| matches!(word, "unknown" | "any" | "object" | "never");
    ts.members().iter().all(|member| match member {
        Ts::Word(word) => vague(word) || word == "null" || word == "false",
        Ts::Array(inner) | Ts::Record(inner) => is_unknown(inner),
        Ts::Object(fields) => fields.is_empty(),
        Ts::Literal(_) | Ts::Union(_) => false,
    })
}

/// The shape that a TypeScript type gives, made precise by the examples there are.
pub fn from_ts(name: &str, ts: &Ts, samples: &[&Json]) -> Shape {
    let mut shape = blank();
    shape.from = Source::TypeScript;
    let mut members = Vec::new();
    for member in ts.members() {
        match member {
            Ts::Word(word) if word == "null" => shape.nullable = true,
            Ts::Word(word) => members.extend(ts_scalar(name, word, samples)),
            Ts::Literal(text) => {
                shape.values.push(text.clone());
                members.push(Type::String);
            }
            Ts::Array(inner) => {
                let inner = from_ts(name, inner, &infer::elements(samples));
                members.push(absorb(&mut shape, inner).array());
            }
            Ts::Record(inner) => {
                let inner = from_ts(name, inner, &infer::map_values(samples));
                members.push(absorb(&mut shape, inner).map());
            }
            Ts::Object(fields) => {
                shape.fields = ts_fields(fields, samples);
                members.push(Type::Object);
            }
            Ts::Union(_) => {}
        }
    }
    // `[]` is how an empty map arrives.
    let has_map = members.iter().any(|ty| matches!(ty, Type::Map(_) | Type::Object));
    if has_map && !Seen::of(samples).list {
        members.retain(|ty| !matches!(ty, Type::Array(_)));
    }
    shape.ty = join(members);
    if infer::is_id(name) && shape.ty == Type::Union(vec![Type::String, Type::Int]) {
        shape.ty = Type::Id;
    }
    shape
}

fn absorb(shape: &mut Shape, inner: Shape) -> Type {
    shape.fields = inner.fields;
    shape.open = inner.open;
    inner.ty
}

fn ts_fields(fields: &[(String, Ts)], samples: &[&Json]) -> Vec<Field> {
    let mut out: Vec<Field> = fields
        .iter()
        .map(|(name, ts)| {
            let values = infer::values_of(samples, name, false);
            let shape = if values.is_empty() || !is_unknown(ts) {
                from_ts(name, ts, &values)
            } else {
                infer::shape(name, &values, Side::Answer)
            };
            named(name, shape)
        })
        .collect();
    for key in infer::keys(samples) {
        if !out.iter().any(|field| field.name == key) {
            out.push(infer::field(
                key,
                &infer::values_of(samples, key, false),
                Side::Answer,
            ));
        }
    }
    out
}

fn named(name: &str, shape: Shape) -> Field {
    Field {
        name: name.to_owned(),
        ty: shape.ty,
        required: false,
        nullable: shape.nullable,
        default: None,
        values: shape.values,
        from: shape.from,
        open: shape.open,
        fields: shape.fields,
    }
}

fn ts_scalar(name: &str, word: &str, samples: &[&Json]) -> Option<Type> {
    Some(match word {
        "string" | "number"
            if infer::is_id(name) && !samples.iter().any(|sample| infer::is_wordy(sample)) =>
        {
            Type::Id
        }
        "string" => Type::String,
        "number" if !samples.is_empty() && !Seen::of(samples).float => Type::Int,
        "number" => Type::Float,
        "boolean" | "true" => Type::Bool(BoolForm::TrueFalse),
        // One of the ways to say «nothing».
        "false" | "undefined" => return None,
        _ => Type::Any,
    })
}
