//! What a TypeScript type says of a value, made precise by the examples there are.

use super::infer::{self, Seen, Side};
use super::json::Json;
use super::shape::blank;
use super::type_text::join;
use super::typescript::Ts;
use crate::spec::{BoolForm, Field, Shape, Source, Type};

pub fn is_object(ts: &Ts) -> bool {
    matches!(ts, Ts::Object(_))
}

/// Whether a type says nothing about what is inside.
pub fn is_unknown(ts: &Ts) -> bool {
    let vague = |word: &str| matches!(word, "unknown" | "any" | "object" | "never");
    ts.members().iter().all(|member| match member {
        Ts::Word(word) => vague(word) || word == "null" || word == "false",
        Ts::Array(inner) | Ts::Record(inner) => is_unknown(inner),
        Ts::Object(fields) => fields.is_empty(),
        Ts::Literal(_) | Ts::Union(_) => false,
    })
}

/// The shape that a type and some samples give.
pub fn from_ts(name: &str, ts: &Ts, samples: &[&Json]) -> Shape {
    let mut shape = blank();
    shape.from = Source::TypeScript;
    let mut members = Vec::new();
    for member in ts.members() {
        match member {
            Ts::Word(word) if word == "null" => shape.nullable = true,
            Ts::Word(word) => members.extend(ts_scalar(name, word, samples)),
            // `Date | ''`: text without a character stands for nothing.
            Ts::Literal(text) if text.is_empty() && ts.members().len() > 1 => shape.nullable = true,
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
    // `{…} | unknown[]`: the list adds nothing to the object.
    if inner.ty.has_object() {
        shape.fields = inner.fields;
        shape.open = inner.open;
    }
    inner.ty
}

fn ts_fields(fields: &[(String, Ts)], samples: &[&Json]) -> Vec<Field> {
    let mut out: Vec<Field> = fields
        .iter()
        .map(|(name, ts)| {
            let values = infer::values_of(samples, name, false);
            if values.is_empty() || !is_unknown(ts) {
                named(name, from_ts(name, ts, &values))
            } else {
                infer::field(name, &values, Side::Answer)
            }
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

pub fn named(name: &str, shape: Shape) -> Field {
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
        "number" if !samples.is_empty() && !Seen::of(samples).float && !infer::is_measured(name) => Type::Int,
        "number" => Type::Float,
        "boolean" | "true" => Type::Bool(BoolForm::TrueFalse),
        // One of the ways to say «nothing».
        "false" | "undefined" => return None,
        // The library's word for the text of a date with time; some samples show that it is a date alone.
        "ISODate" if matches!(infer::shape(name, samples, Side::Answer).ty, Type::Date) => Type::Date,
        "ISODate" => Type::DateTime,
        _ => infer::shape(name, samples, Side::Answer).ty,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::{json, typescript};

    fn shape_of(name: &str, ts: &str, samples: &[&str]) -> Shape {
        let ts = typescript::result_type(&format!("x.call.make<{ts}>(")).unwrap();
        let samples: Vec<Json> = samples.iter().map(|text| json::read(text).unwrap()).collect();
        from_ts(name, &ts, &samples.iter().collect::<Vec<_>>())
    }

    fn type_of(name: &str, ts: &str, samples: &[&str]) -> String {
        let shape = shape_of(name, ts, samples);
        let null = if shape.nullable { " | null" } else { "" };
        format!("{}{null}", shape.ty)
    }

    #[test]
    fn words_are_types() {
        assert_eq!(type_of("bulb", "string | null", &[]), "string | null");
        assert_eq!(type_of("watt", "number", &[]), "float");
        assert_eq!(type_of("watt", "number", &["5"]), "int");
        assert_eq!(type_of("lampId", "number | string", &[]), "id");
        assert_eq!(type_of("lampId", "string", &["\"hall\""]), "string");
        assert_eq!(type_of("since", "ISODate | null", &["null"]), "datetime | null");
        assert_eq!(type_of("since", "ISODate", &["\"2026-03-12\""]), "date");
        assert_eq!(type_of("on", "boolean", &[]), "bool");
        assert_eq!(type_of("bulb", "string | false", &[]), "string");
        assert_eq!(shape_of("bulb", "'E14' | 'E27'", &[]).values, ["E14", "E27"]);
        let lit = shape_of("lit", "ISODate | ''", &[]);
        assert_eq!((lit.ty, lit.nullable), (Type::DateTime, true));
        assert!(lit.values.is_empty());
    }

    #[test]
    fn an_empty_list_beside_a_record_is_an_empty_map() {
        assert_eq!(
            type_of("names", "Record<string, string> | unknown[]", &["[]"]),
            "map<string>"
        );
        assert_eq!(type_of("names", "string[]", &[]), "string[]");
        assert_eq!(
            shape_of("lamp", "{ bulb: string } | unknown[]", &["[]"])
                .fields
                .len(),
            1
        );
    }

    #[test]
    fn objects_take_what_the_type_leaves_open_from_the_samples() {
        let shape = shape_of(
            "lamp",
            "{ bulb: string, glass: unknown }",
            &[r#"{"glass": {"kind": "clear"}, "watt": 5}"#],
        );
        let fields: Vec<(&str, String, Source)> = shape
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.ty.to_string(), field.from))
            .collect();
        assert_eq!(
            fields,
            [
                ("bulb", "string".to_owned(), Source::TypeScript),
                ("glass", "object".to_owned(), Source::Example),
                ("watt", "int".to_owned(), Source::Example)
            ]
        );
    }

    #[test]
    fn some_types_say_nothing() {
        for (ts, nothing) in [
            ("unknown", true),
            ("Record<string, unknown> | unknown[]", true),
            ("any | null", true),
            ("{}", true),
            ("Record<string, string>", false),
            ("'Y'", false),
        ] {
            let ts = typescript::result_type(&format!("x.call.make<{ts}>(")).unwrap();
            assert_eq!(is_unknown(&ts), nothing, "{ts:?}");
        }
    }
}
