//! A table for a list method whose rows are what the method's page shows.

use serde_json::Value as Json;

use super::Data;
use super::row::{MARK, Template, plain};
use crate::request::Api;
use crate::shape;
use crate::spec::{Field, Kind, Method, Shape, Spec};

impl Data {
    /// So many rows, with the identifiers from 1 on. Fails with a sentence if the page of the method shows none.
    pub(crate) fn documented(spec: &Spec, method: &str, rows: i64) -> Result<Self, String> {
        let versions = [Api::V2, Api::V3].into_iter();
        let found = versions.filter_map(|api| spec.method(api, method)).next();
        let found = found.ok_or_else(|| format!("there is no method {method:?}"))?;
        let (wrapper, fields) =
            rows_of(spec, found).ok_or_else(|| format!("the page of {method} shows no list of records"))?;
        let mut row = shape::record(spec, fields).into();
        if let Json::Object(row) = &mut row {
            for (_, value) in row
                .iter_mut()
                .filter(|(key, _)| ["title", "name"].contains(&plain(key).as_str()))
            {
                *value = format!("Row {MARK}").into();
            }
        }
        let template =
            Template::new(row).ok_or_else(|| format!("the records on the page of {method} have no `ID`"))?;
        Ok(Self {
            ids: (1..=rows).collect(),
            template: Some(template),
            wrapper: wrapper.map(str::to_owned),
            in_params: method.to_ascii_lowercase().starts_with("landing."),
            ..Self::default()
        })
    }
}

/// The key over the records, and their fields.
fn rows_of<'a>(spec: &'a Spec, method: &'a Method) -> Option<(Option<&'a str>, &'a [Field])> {
    let Shape { kind, fields, .. } = &method.result;
    let records = |kind: &'a Kind, fields: &'a [Field]| match kind {
        Kind::List(of) => match &**of {
            Kind::Object => Some(fields),
            Kind::Named(name) => Some(spec.object(name)),
            _ => None,
        },
        _ => None,
    };
    if let Some(fields) = records(kind, fields) {
        return Some((None, fields));
    }
    fields
        .iter()
        .find_map(|field| Some((Some(field.name.as_str()), records(&field.kind, &field.fields)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Faults;
    use serde_json::json;

    #[test]
    fn rows_look_as_on_the_page() {
        let spec = Spec::get().unwrap();
        let answer = |method: &str, params: Json| {
            let mut table = Data::documented(spec, method, 3).unwrap();
            let answer = table.answer(method, &params.into(), &mut Faults::default());
            Json::from(answer.unwrap().result)
        };
        let deals = answer("crm.deal.list", json!({}));
        assert_eq!(
            (&deals[2]["ID"], &deals[2]["TITLE"]),
            (&json!("3"), &json!("Row 3"))
        );
        let items = answer("CRM.item.list", json!({}));
        assert_eq!(items["items"].as_array().map(Vec::len), Some(3));
        let sites = answer(
            "landing.site.getList",
            json!({"params": {"limit": 1, "offset": 1}}),
        );
        assert_eq!(
            (sites.as_array().map(Vec::len), &sites[0]["ID"]),
            (Some(1), &json!("2"))
        );
        for (method, said) in [
            ("no.such.method", "there is no method \"no.such.method\""),
            (
                "landing.site.add",
                "the page of landing.site.add shows no list of records",
            ),
        ] {
            assert_eq!(Data::documented(spec, method, 3).err().as_deref(), Some(said));
        }
    }
}
