//! What has changed between two states of the API, and what each change means for the programs that use the crates.
//!
//! Facts are compared, so that new wording is no change, nor another word for the same type. Methods are known by their
//! names without regard to case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::model::names::type_name;
use crate::spec::{ErrorCode, Field, List, Method, Object, Shape, Type, named_objects};
use crate::words::method_words;

/// A state of the API.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    pub methods: &'a [Method],
    pub objects: &'a [Object],
}

/// One fact that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub group: Group,
    /// Whether a program that was right before may no longer compile.
    pub breaking: bool,
    /// The method, with `@v3` for one of REST 3.0, or the object, as `@crm.deal`.
    pub of: String,
    /// Which fact of it; nothing, if it is all of it.
    pub at: String,
    pub was: Option<String>,
    pub is: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// New, and in nobody's way.
    Added,
    /// A method or an object that is gone.
    Removed,
    Breaking,
    Other,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Breaking => "breaking",
            Self::Other => "other",
        })
    }
}

/// Every change from one state to another, group by group.
pub fn drift(before: State<'_>, after: State<'_>) -> Vec<Change> {
    let mut changes = Changes::default();
    changes.methods(before.methods, after.methods);
    changes.objects(before, after);
    let mut found = changes.found;
    found.sort_by(|a, b| (a.group, &a.of).cmp(&(b.group, &b.of)));
    found
}

/// The version that has to follow `version`, for these changes, and the part of it that moves. Below 1.0 the second number
/// says what the first says later.
pub fn next_version(version: &str, changes: &[Change]) -> Option<(String, &'static str)> {
    let mut parts = version.split('.').map(str::parse::<u64>);
    let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let breaking = changes.iter().any(|change| change.breaking);
    let added = changes.iter().any(|change| change.group == Group::Added);
    Some(match (breaking, added) {
        _ if changes.is_empty() => (version.to_owned(), "none"),
        (true, _) if major > 0 => (format!("{}.0.0", major + 1), "major"),
        (true, _) => (format!("0.{}.0", minor + 1), "minor"),
        (false, true) if major > 0 => (format!("{major}.{}.0", minor + 1), "minor"),
        (false, _) => (format!("{major}.{minor}.{}", patch + 1), "patch"),
    })
}

/// Where a field stands: that decides what its change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Request,
    Answer,
}

#[derive(Default)]
struct Changes {
    found: Vec<Change>,
}

impl Changes {
    fn add(&mut self, group: Group, of: &str, at: &str, was: Option<String>, is: Option<String>) {
        self.found.push(Change {
            group,
            breaking: matches!(group, Group::Breaking | Group::Removed),
            of: of.to_owned(),
            at: at.to_owned(),
            was,
            is,
        });
    }

    /// Takes note of a fact if it has changed.
    fn fact<T: PartialEq + fmt::Display>(&mut self, breaking: bool, of: &str, at: &str, was: T, is: T) {
        if was != is {
            let group = if breaking { Group::Breaking } else { Group::Other };
            self.add(group, of, at, Some(was.to_string()), Some(is.to_string()));
        }
    }

    fn methods(&mut self, before: &[Method], after: &[Method]) {
        // What was gone before is new if it is back.
        let before = by_name(before.iter().filter(|method| !method.gone));
        let after = by_name(after.iter().filter(|method| !method.gone));
        for (name, method) in &after {
            match before.get(name) {
                Some(was) => self.method(name, was, method),
                None => self.add(Group::Added, name, "", None, Some(method.docs.clone())),
            }
        }
        for (name, method) in &before {
            if !after.contains_key(name) {
                self.add(Group::Removed, name, "", Some(method.docs.clone()), None);
            }
        }
    }

    fn method(&mut self, of: &str, before: &Method, after: &Method) {
        // Pages divide the words of methods, and so one that moves may take a name with it.
        self.fact(true, of, "name in Rust", rust_name(before), rust_name(after));
        // A scope is a feature: without it, who had switched on that one alone has lost the method. Without a scope
        // it is there for everybody.
        let hides = before.scopes.is_empty() && !after.scopes.is_empty();
        let lost = hides || before.scopes.iter().any(|scope| !after.scopes.contains(scope));
        self.fact(
            lost,
            of,
            "scopes",
            before.scopes.join(", "),
            after.scopes.join(", "),
        );
        // Deprecated methods want a feature of their own.
        let hidden = !before.deprecated;
        self.fact(hidden, of, "deprecated", before.deprecated, after.deprecated);
        self.fact(false, of, "access", debug(&before.access), debug(&after.access));
        self.fact(false, of, "effect", debug(before.effect), debug(after.effect));
        self.fact(false, of, "docs", &before.docs, &after.docs);
        self.fields(of, "params", &before.params, &after.params, Side::Request);
        self.result(of, &before.result, &after.result);
        // Without it, or with other rows, the request is no longer the list that it was.
        let rows = |method: &Method| method.list.as_ref().map(|list| list.rows.clone());
        self.fact(
            before.list.is_some() && rows(before) != rows(after),
            of,
            "list",
            list(before.list.as_ref()),
            list(after.list.as_ref()),
        );
        self.errors(of, &before.errors, &after.errors);
    }

    fn result(&mut self, of: &str, before: &Shape, after: &Shape) {
        let at = "result";
        self.fact(
            true,
            of,
            at,
            text(&before.ty, before.nullable),
            text(&after.ty, after.nullable),
        );
        self.values(of, at, &before.values, &after.values, Side::Answer);
        self.open(of, "result.open", before.open, after.open);
        if before.ty.has_object() && after.ty.has_object() {
            self.fields(of, at, &before.fields, &after.fields, Side::Answer);
        }
    }

    fn objects(&mut self, before: State<'_>, after: State<'_>) {
        let mut sides = sides(before);
        for (object, also) in self::sides(after) {
            sides.entry(object).or_default().extend(also);
        }
        let of = |object: &Object| format!("@{}", object.name);
        let was: BTreeMap<_, _> = before
            .objects
            .iter()
            .map(|object| (&object.name, object))
            .collect();
        let is: BTreeMap<_, _> = after
            .objects
            .iter()
            .map(|object| (&object.name, object))
            .collect();
        for (name, object) in &is {
            let Some(was) = was.get(name) else {
                self.add(Group::Added, &of(object), "", None, Some(object.docs.clone()));
                continue;
            };
            let of = of(object);
            self.fact(false, &of, "docs", &was.docs, &object.docs);
            self.open(&of, "open", was.open, object.open);
            for side in sides.get(name.as_str()).into_iter().flatten() {
                self.fields(&of, "", &was.fields, &object.fields, *side);
            }
        }
        for (name, object) in &was {
            if !is.contains_key(name) {
                self.add(Group::Removed, &of(object), "", Some(object.docs.clone()), None);
            }
        }
        // A field of an object that is used both ways is looked at twice: what is worse counts.
        self.found
            .sort_by(|a, b| (&a.of, &a.at, b.breaking).cmp(&(&b.of, &b.at, a.breaking)));
        self.found
            .dedup_by(|a, b| a.of == b.of && a.at == b.at && a.was == b.was && a.is == b.is);
    }

    fn fields(&mut self, of: &str, above: &str, before: &[Field], after: &[Field], side: Side) {
        let at = |field: &Field| match above {
            "" => field.name.clone(),
            above => format!("{above}.{}", field.name),
        };
        for field in after {
            match before.iter().find(|was| was.name == field.name) {
                Some(was) => self.field(of, &at(field), was, field, side),
                None => {
                    let group = match side {
                        Side::Request if field.required => Group::Breaking,
                        _ => Group::Added,
                    };
                    self.add(group, of, &at(field), None, Some(field.ty.to_string()));
                }
            }
        }
        for field in before {
            if !after.iter().any(|is| is.name == field.name) {
                self.add(Group::Breaking, of, &at(field), Some(field.ty.to_string()), None);
            }
        }
        // What is required is given by position.
        let required = |fields: &[Field]| -> Vec<String> {
            let required = fields.iter().filter(|field| field.required);
            required.map(|field| field.name.clone()).collect()
        };
        let (was, is) = (required(before), required(after));
        let same: BTreeSet<_> = was.iter().filter(|name| is.contains(name)).collect();
        let kept = |names: &[String]| -> Vec<String> {
            let kept = names.iter().filter(|name| same.contains(name));
            kept.cloned().collect()
        };
        if side == Side::Request {
            let at = if above.is_empty() {
                "order".to_owned()
            } else {
                format!("{above} (order)")
            };
            self.fact(true, of, &at, kept(&was).join(", "), kept(&is).join(", "));
        }
    }

    fn field(&mut self, of: &str, at: &str, before: &Field, after: &Field, side: Side) {
        let narrower = side == Side::Answer || !takes_as_well(&after.ty, &before.ty);
        self.fact(narrower, of, at, &before.ty, &after.ty);
        let fact = |name: &str| format!("{at} ({name})");
        let asked = side == Side::Request;
        self.fact(asked, of, &fact("required"), before.required, after.required);
        self.fact(false, of, &fact("nullable"), before.nullable, after.nullable);
        let default = |field: &Field| field.default.clone().unwrap_or_else(|| "none".to_owned());
        self.fact(false, of, &fact("default"), default(before), default(after));
        self.open(of, &fact("open"), before.open, after.open);
        self.values(of, at, &before.values, &after.values, side);
        // If one of them has none, the types say it all.
        if before.ty.has_object() && after.ty.has_object() {
            self.fields(of, at, &before.fields, &after.fields, side);
        }
    }

    /// What is no longer open has lost the room for other keys.
    fn open(&mut self, of: &str, at: &str, before: bool, after: bool) {
        self.fact(before && !after, of, at, before, after);
    }

    /// Values are variants, in a request as in an answer. Those of a field that had none are another type: text is still
    /// taken as one, but is no longer what comes.
    fn values(&mut self, of: &str, at: &str, before: &[String], after: &[String], side: Side) {
        let at = format!("{at} (values)");
        if before.is_empty() || after.is_empty() {
            let breaking = side == Side::Answer || after.is_empty();
            return self.fact(breaking, of, &at, any_of(before), any_of(after));
        }
        for value in after.iter().filter(|value| !before.contains(value)) {
            self.add(Group::Added, of, &at, None, Some(value.clone()));
        }
        for value in before.iter().filter(|value| !after.contains(value)) {
            self.add(Group::Breaking, of, &at, Some(value.clone()), None);
        }
    }

    fn errors(&mut self, of: &str, before: &[ErrorCode], after: &[ErrorCode]) {
        let statuses = |errors: &[ErrorCode]| {
            let mut codes: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
            for error in errors {
                codes.entry(error.code.clone()).or_default().insert(error.status);
            }
            codes
        };
        let (before, after) = (statuses(before), statuses(after));
        for (code, is) in &after {
            let at = format!("errors.{code}");
            match before.get(code) {
                Some(was) => self.fact(false, of, &at, join(was), join(is)),
                None => self.add(Group::Added, of, &at, None, Some(join(is))),
            }
        }
        for (code, was) in before.iter().filter(|(code, _)| !after.contains_key(*code)) {
            self.add(
                Group::Breaking,
                of,
                &format!("errors.{code}"),
                Some(join(was)),
                None,
            );
        }
    }
}

fn by_name<'a>(methods: impl Iterator<Item = &'a Method>) -> BTreeMap<String, &'a Method> {
    methods
        .map(|method| match method.api {
            2 => (method.name.to_lowercase(), method),
            api => (format!("{}@v{api}", method.name.to_lowercase()), method),
        })
        .collect()
}

/// Whether a parameter that takes `wide` takes all that one takes that takes `narrow`, in the same wire form.
fn takes_as_well(wide: &Type, narrow: &Type) -> bool {
    match (wide, narrow) {
        // A flag would no longer be written as `Y`.
        (Type::Any, narrow) => !matches!(narrow, Type::Bool(_)),
        (Type::Union(wide), Type::Union(narrow)) => narrow.iter().all(|member| wide.contains(member)),
        (Type::Union(wide), narrow) => wide.contains(narrow) && !matches!(narrow, Type::Bool(_)),
        (Type::Array(wide), Type::Array(narrow)) | (Type::Map(wide), Type::Map(narrow)) => {
            takes_as_well(wide, narrow)
        }
        (wide, narrow) => wide == narrow,
    }
}

/// On which sides each object is used, by its name.
fn sides<'a>(state: State<'a>) -> BTreeMap<&'a str, BTreeSet<Side>> {
    let mut sides: BTreeMap<&str, BTreeSet<Side>> = BTreeMap::new();
    let mut open: Vec<(&'a str, Side)> = Vec::new();
    for method in state.methods {
        let result = named_objects(&method.result.ty).into_iter();
        open.extend(result.map(|name| (name, Side::Answer)));
        names(&method.result.fields, Side::Answer, &mut open);
        names(&method.params, Side::Request, &mut open);
    }
    let objects: BTreeMap<_, _> = state
        .objects
        .iter()
        .map(|object| (object.name.as_str(), object))
        .collect();
    while let Some((name, side)) = open.pop() {
        if sides.entry(name).or_default().insert(side) {
            if let Some(object) = objects.get(name) {
                names(&object.fields, side, &mut open);
            }
        }
    }
    sides
}

fn names<'a>(fields: &'a [Field], side: Side, into: &mut Vec<(&'a str, Side)>) {
    for field in fields {
        into.extend(named_objects(&field.ty).into_iter().map(|name| (name, side)));
        names(&field.fields, side, into);
    }
}

fn text(ty: &Type, nullable: bool) -> String {
    if nullable {
        format!("{ty}, nullable")
    } else {
        ty.to_string()
    }
}

fn list(list: Option<&List>) -> String {
    match list {
        None => "none".to_owned(),
        Some(list) => {
            let params = list
                .params()
                .map(|(key, param)| format!("{key} {}", param.as_deref().unwrap_or("-")));
            let ways: Vec<_> = list.ways.iter().map(ToString::to_string).collect();
            let known = |fact: &Option<String>| fact.clone().unwrap_or_else(|| "-".to_owned());
            format!(
                "rows {}, id {}, key {}, {}, ways {}",
                if list.rows.is_empty() { "-" } else { &list.rows },
                known(&list.id),
                known(&list.key),
                params.join(", "),
                ways.join(" ")
            )
        }
    }
}

fn any_of(values: &[String]) -> String {
    if values.is_empty() {
        "any".to_owned()
    } else {
        values.join(", ")
    }
}

/// The name of a method's type, as far as its own facts decide it.
fn rust_name(method: &Method) -> String {
    let step = method.name.rsplit('.').next().unwrap_or(&method.name);
    type_name(&method_words(step, &method.docs))
}

fn debug(fact: impl fmt::Debug) -> String {
    format!("{fact:?}").to_lowercase()
}

fn join(statuses: &BTreeSet<u16>) -> String {
    let statuses: Vec<_> = statuses.iter().map(u16::to_string).collect();
    statuses.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANG: &str = "name = 'lamp.hang'\napi = 2\nscopes = ['lamp', 'light']\naccess = 'any'\neffect = 'once'\n\
                        docs = 'lamp/hang.md'\n\
                        [[params]]\nname = 'where'\ntype = 'string'\nrequired = true\n\
                        [[params]]\nname = 'high'\ntype = 'int'\nrequired = true\n\
                        [[params]]\nname = 'on'\ntype = 'bool(Y/N)'\n\
                        [[params]]\nname = 'kind'\ntype = 'string'\nvalues = ['floor', 'wall']\n\
                        [[params]]\nname = 'lamp'\ntype = '@lamp.lamp'\n\
                        [result]\ntype = 'object'\n[[result.fields]]\nname = 'ID'\ntype = 'id'\n\
                        [[errors]]\nstatus = 400\ncode = 'NO_HOOK'\n";
    const LAMP: &str =
        "name = 'lamp.lamp'\ndocs = 'lamp/fields.md'\n[[fields]]\nname = 'WATT'\ntype = 'int'\n";

    fn read(texts: &[&str]) -> (Vec<Method>, Vec<Object>) {
        let (objects, methods): (Vec<&str>, Vec<&str>) = texts
            .iter()
            .partition(|text| text.starts_with("name = 'lamp.lamp'"));
        let objects = objects.iter().map(|text| toml::from_str(text).unwrap());
        let methods = methods.iter().map(|text| toml::from_str(text).unwrap());
        (methods.collect(), objects.collect())
    }

    fn lines(before: &[&str], after: &[&str]) -> Vec<String> {
        let (before, after) = (read(before), read(after));
        fn state((methods, objects): &(Vec<Method>, Vec<Object>)) -> State<'_> {
            State { methods, objects }
        }
        let line = |change: Change| {
            let Change { group, of, at, .. } = change;
            assert_eq!(change.breaking, matches!(group, Group::Breaking | Group::Removed));
            let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
            format!("{group} {of} {at}: {} > {}", side(change.was), side(change.is))
        };
        let changes = drift(state(&before), state(&after));
        changes.into_iter().map(line).collect()
    }

    fn changed(from: &str, to: &str) -> Vec<String> {
        let (hang, lamp) = (HANG.replacen(from, to, 1), LAMP.replacen(from, to, 1));
        assert!(hang != HANG || lamp != LAMP, "{from}");
        lines(&[HANG, LAMP], &[&hang, &lamp])
    }

    #[test]
    fn the_same_facts_are_no_change_whatever_they_are_called() {
        assert_eq!(lines(&[HANG, LAMP], &[HANG, LAMP]), [""; 0]);
        assert_eq!(changed("lamp.hang", "Lamp.Hang"), [""; 0]);
        assert_eq!(
            changed("type = 'string'", "type = 'string'\nfrom = 'example'"),
            [""; 0]
        );
    }

    #[test]
    fn methods_and_objects_come_and_go() {
        assert_eq!(lines(&[], &[HANG]), ["added lamp.hang : - > lamp/hang.md"]);
        assert_eq!(lines(&[HANG], &[]), ["removed lamp.hang : lamp/hang.md > -"]);
        let gone = HANG.replacen("effect", "gone = true\neffect", 1);
        assert_eq!(lines(&[&gone], &[]), [""; 0]);
        assert_eq!(lines(&[&gone], &[HANG]), ["added lamp.hang : - > lamp/hang.md"]);
        let v3 = HANG.replacen("api = 2", "api = 3", 1);
        assert_eq!(
            lines(&[HANG], &[&v3]),
            [
                "added lamp.hang@v3 : - > lamp/hang.md",
                "removed lamp.hang : lamp/hang.md > -"
            ]
        );
        assert_eq!(lines(&[LAMP], &[]), ["removed @lamp.lamp : lamp/fields.md > -"]);
    }

    #[test]
    fn each_change_of_a_method_is_what_it_is_to_its_callers() {
        for (from, to, told) in [
            (
                "'lamp', 'light'",
                "'lamp'",
                "breaking lamp.hang scopes: lamp, light > lamp",
            ),
            (
                "'lamp', 'light'",
                "'lamp', 'light', 'x'",
                "other lamp.hang scopes: lamp, light > lamp, light, x",
            ),
            (
                "scopes = ['lamp', 'light']",
                "scopes = []",
                "breaking lamp.hang scopes: lamp, light > ",
            ),
            (
                "effect = 'once'",
                "effect = 'read'",
                "other lamp.hang effect: once > read",
            ),
            (
                "effect = 'once'",
                "deprecated = true\neffect = 'once'",
                "breaking lamp.hang deprecated: false > true",
            ),
            (
                "'where'\ntype = 'string'",
                "'where'\ntype = 'string'\nvalues = ['wall', 'roof']",
                "other lamp.hang params.where (values): any > wall, roof",
            ),
            (
                "\nvalues = ['floor', 'wall']",
                "",
                "breaking lamp.hang params.kind (values): floor, wall > any",
            ),
            (
                "'id'\n",
                "'id'\nvalues = ['1', '2']\n",
                "breaking lamp.hang result.ID (values): any > 1, 2",
            ),
            (
                "type = 'object'",
                "type = 'object'\nopen = true",
                "other lamp.hang result.open: false > true",
            ),
            (
                "'where'\ntype = 'string'",
                "'where'\ntype = 'int'",
                "breaking lamp.hang params.where: string > int",
            ),
            (
                "'where'\ntype = 'string'",
                "'where'\ntype = 'any'",
                "other lamp.hang params.where: string > any",
            ),
            (
                "'on'\ntype = 'bool(Y/N)'",
                "'on'\ntype = 'any'",
                "breaking lamp.hang params.on: bool(Y/N) > any",
            ),
            (
                "'high'\ntype = 'int'",
                "'high'\ntype = 'int | string'",
                "other lamp.hang params.high: int > int | string",
            ),
            (
                "'int'\nrequired = true",
                "'int'",
                "breaking lamp.hang params.high (required): true > false",
            ),
            (
                "'int'\nrequired",
                "'int'\ndefault = '2'\nrequired",
                "other lamp.hang params.high (default): none > 2",
            ),
            (
                "'floor', 'wall'",
                "'floor', 'wall', 'sky'",
                "added lamp.hang params.kind (values): - > sky",
            ),
            (
                "'floor', 'wall'",
                "'floor'",
                "breaking lamp.hang params.kind (values): wall > -",
            ),
            (
                "[result]",
                "[[params]]\nname = 'new'\ntype = 'int'\n[result]",
                "added lamp.hang params.new: - > int",
            ),
            (
                "[result]",
                "[[params]]\nname = 'new'\ntype = 'int'\nrequired = true\n[result]",
                "breaking lamp.hang params.new: - > int",
            ),
            (
                "[[params]]\nname = 'on'\ntype = 'bool(Y/N)'\n",
                "",
                "breaking lamp.hang params.on: bool(Y/N) > -",
            ),
            (
                "type = 'object'",
                "type = 'object[]'",
                "breaking lamp.hang result: object > object[]",
            ),
            (
                "type = 'object'",
                "type = 'object'\nnullable = true",
                "breaking lamp.hang result: object > object, nullable",
            ),
            ("'id'\n", "'any'\n", "breaking lamp.hang result.ID: id > any"),
            (
                "'id'\n",
                "'id'\nrequired = true\n",
                "other lamp.hang result.ID (required): false > true",
            ),
            (
                "[[errors]]",
                "[[errors]]\nstatus = 404\ncode = 'X'\n[[errors]]",
                "added lamp.hang errors.X: - > 404",
            ),
            (
                "status = 400",
                "status = 404",
                "other lamp.hang errors.NO_HOOK: 400 > 404",
            ),
            (
                "[[errors]]\nstatus = 400\ncode = 'NO_HOOK'\n",
                "",
                "breaking lamp.hang errors.NO_HOOK: 400 > -",
            ),
            (
                "'WATT'\ntype = 'int'",
                "'WATT'\ntype = 'float'",
                "breaking @lamp.lamp WATT: int > float",
            ),
            (
                "'WATT'\ntype = 'int'",
                "'WATT'\ntype = 'any'",
                "other @lamp.lamp WATT: int > any",
            ),
            (
                "'WATT'\ntype = 'int'",
                "'WATT'\ntype = 'int'\nrequired = true",
                "breaking @lamp.lamp WATT (required): false > true",
            ),
        ] {
            assert_eq!(changed(from, to), [told]);
        }
    }

    #[test]
    fn what_a_page_or_a_list_or_an_open_object_took_with_it_is_told() {
        let open = HANG.replacen("type = 'object'", "type = 'object'\nopen = true", 1);
        assert_eq!(
            lines(&[&open], &[HANG]),
            ["breaking lamp.hang result.open: true > false"]
        );
        let moved = HANG.replacen("lamp/hang.md", "lamp/lamp-ha-ng.md", 1);
        assert_eq!(
            lines(&[&moved], &[HANG]),
            [
                "breaking lamp.hang name in Rust: HaNg > Hang",
                "other lamp.hang docs: lamp/lamp-ha-ng.md > lamp/hang.md"
            ]
        );
        let unscoped = HANG.replacen("['lamp', 'light']", "[]", 1);
        assert_eq!(
            lines(&[&unscoped], &[HANG]),
            ["breaking lamp.hang scopes:  > lamp, light"]
        );
        let list = |rows: &str| format!("{HANG}[list]\nrows = '{rows}'\nways = []\n");
        for (before, after, group) in [
            (list("lamps"), HANG.to_owned(), "breaking"),
            (list("lamps"), list("lights"), "breaking"),
            (HANG.to_owned(), list("lamps"), "other"),
        ] {
            let told = lines(&[&before], &[&after]);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(
                told[0].starts_with(&format!("{group} lamp.hang list: ")),
                "{told:?}"
            );
        }
    }

    #[test]
    fn an_object_that_is_also_an_answer_breaks_where_a_request_alone_would_not() {
        let answers = "name = 'lamp.get'\napi = 2\nscopes = ['lamp']\naccess = 'any'\neffect = 'read'\n\
                       docs = 'lamp/get.md'\n[result]\ntype = '@lamp.lamp'\n";
        let after = LAMP.replacen("'WATT'\ntype = 'int'", "'WATT'\ntype = 'any'", 1);
        assert_eq!(
            lines(&[HANG, answers, LAMP], &[HANG, answers, &after]),
            ["breaking @lamp.lamp WATT: int > any"]
        );
    }

    #[test]
    fn what_is_required_is_given_in_its_order() {
        let (head, rest) = HANG.split_at(HANG.find("[[params]]").unwrap());
        let second = rest[1..].find("[[params]]").unwrap() + 1;
        let third = rest[second + 1..].find("[[params]]").unwrap() + second + 1;
        let swapped = format!(
            "{head}{}{}{}",
            &rest[second..third],
            &rest[..second],
            &rest[third..]
        );
        assert_eq!(
            lines(&[HANG], &[&swapped]),
            ["breaking lamp.hang params (order): where, high > high, where"]
        );
    }

    #[test]
    fn the_worst_change_decides_the_version() {
        let change = |group| Change {
            group,
            breaking: group == Group::Breaking,
            of: String::new(),
            at: String::new(),
            was: None,
            is: None,
        };
        let next = |version: &str, groups: &[Group]| {
            let changes: Vec<_> = groups.iter().copied().map(change).collect();
            next_version(version, &changes).map(|(next, part)| format!("{next} {part}"))
        };
        assert_eq!(next("0.1.2", &[]).unwrap(), "0.1.2 none");
        assert_eq!(
            next("0.1.2", &[Group::Other, Group::Added]).unwrap(),
            "0.1.3 patch"
        );
        assert_eq!(
            next("0.1.2", &[Group::Breaking, Group::Added]).unwrap(),
            "0.2.0 minor"
        );
        assert_eq!(next("1.4.2", &[Group::Other]).unwrap(), "1.4.3 patch");
        assert_eq!(
            next("1.4.2", &[Group::Other, Group::Added]).unwrap(),
            "1.5.0 minor"
        );
        assert_eq!(next("1.4.2", &[Group::Breaking]).unwrap(), "2.0.0 major");
        assert_eq!(next("1.4", &[]), None);
    }
}
