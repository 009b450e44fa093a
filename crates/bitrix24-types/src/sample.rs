//! Generated code, written by hand: exactly the shape that `cargo xtask codegen` prints, to try the macros on.

use crate::prelude::*;

/// Publishes a site with its pages.
///
/// `landing.site.publication` needs the right `publication`.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Publication(Params);

impl Publication {
    /// `id`: the site to publish.
    pub fn new(id: impl Into<Arg<i64>>) -> Self {
        Self(Params::new().with("id", id))
    }

    /// `scope`, optional: the kind of site.
    pub fn scope(self, scope: impl Into<Arg<String>>) -> Self {
        Self(self.0.with("scope", scope))
    }
}

impl Method for Publication {
    const NAME: &'static str = "landing.site.publication";
    const SCOPES: &'static [&'static str] = &["landing"];
    const API: Api = Api::V2;
    const EFFECT: Effect = Effect::Repeat;
    const DOCS: &'static str =
        "https://apidocs.bitrix24.com/api-reference/landing/site/landing-site-publication.html";
    type Output = i64;
    type Error = PublicationError;

    fn params(&self) -> &Params {
        &self.0
    }
}

params!(Publication { "id" !: i64, "scope": String });

/// The codes that [`Publication`] can fail with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicationError {
    /// `MISSING_PARAMS` (400): `id` is missing.
    MissingParams,
    /// `ACCESS_DENIED` (400): the user may not publish this site.
    AccessDenied,
    /// `PUBLIC_HTML_DISALLOWED[…]` (400): the plan allows no HTML of one's own.
    PublicHtmlDisallowed(String),
}

codes!(PublicationError {
    MissingParams: 400 "MISSING_PARAMS",
    AccessDenied: 400 "ACCESS_DENIED",
    PublicHtmlDisallowed(_): 400 "PUBLIC_HTML_DISALLOWED[*]",
});

/// Lists sites.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until it is sent"]
pub struct GetList(Params);

impl GetList {
    /// All sites.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Params::new())
    }

    /// `scope`, optional: the kind of site.
    pub fn scope(self, scope: impl Into<Arg<String>>) -> Self {
        Self(self.0.with("scope", scope))
    }

    /// `params`, optional: what to select.
    pub fn params(self, params: impl Into<Arg<GetListParams>>) -> Self {
        Self(self.0.with("params", params))
    }
}

impl Method for GetList {
    const NAME: &'static str = "landing.site.getList";
    const SCOPES: &'static [&'static str] = &["landing"];
    const API: Api = Api::V2;
    const EFFECT: Effect = Effect::Read;
    const DOCS: &'static str =
        "https://apidocs.bitrix24.com/api-reference/landing/site/landing-site-get-list.html";
    type Output = Vec<GetListItem>;
    type Error = NoCodes;

    fn params(&self) -> &Params {
        &self.0
    }
}

params!(GetList { "scope": String, "params": GetListParams });

/// `params` of [`GetList`].
#[derive(Clone, Debug, PartialEq)]
pub struct GetListParams(Params);

impl GetListParams {
    /// Nothing set yet.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Params::new())
    }

    /// `select`, optional.
    pub fn select(self, select: impl Into<Arg<Vec<String>>>) -> Self {
        Self(self.0.with("select", select))
    }

    /// `filter`, optional.
    pub fn filter(self, filter: impl Into<Arg<Map<Value>>>) -> Self {
        Self(self.0.with("filter", filter))
    }

    /// `order`, optional.
    pub fn order(self, order: impl Into<Arg<Map<String>>>) -> Self {
        Self(self.0.with("order", order))
    }

    /// `limit`, optional.
    pub fn limit(self, limit: impl Into<Arg<i64>>) -> Self {
        Self(self.0.with("limit", limit))
    }
}

params!(GetListParams { "select": Vec<String>, "filter": Map<Value>, "order": Map<String>, "limit": i64 });

/// A row of [`GetList`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct GetListItem {
    /// `ID`
    pub id: Option<Id>,
    /// `TITLE`
    pub title: Option<String>,
    /// `TYPE`
    pub type_: Option<SiteType>,
    /// `ACTIVE`
    pub active: Option<bool>,
    /// `DATE_CREATE`
    pub date_create: Option<DateTime>,
    /// Fields that are not listed.
    pub extra: Map<Value>,
}

object!(GetListItem {
    id: "ID",
    title: "TITLE",
    type_: "TYPE",
    active: "ACTIVE",
    date_create: "DATE_CREATE",
    ..extra
});

/// A kind of site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SiteType {
    /// `PAGE`
    Page,
    /// `STORE`
    Store,
    /// Any other value.
    Other(String),
}

values!(SiteType {
    Page: "PAGE",
    Store: "STORE"
});

/// Creates a site.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Add(Params);

impl Add {
    /// `fields`: the site.
    pub fn new(fields: impl Into<Arg<AddFields>>) -> Self {
        Self(Params::new().with("fields", fields))
    }
}

impl Method for Add {
    const NAME: &'static str = "landing.site.add";
    const SCOPES: &'static [&'static str] = &["landing"];
    const API: Api = Api::V2;
    const EFFECT: Effect = Effect::Once;
    const DOCS: &'static str =
        "https://apidocs.bitrix24.com/api-reference/landing/site/landing-site-add.html";
    type Output = i64;
    type Error = NoCodes;

    fn params(&self) -> &Params {
        &self.0
    }
}

params!(Add { "scope": String, "fields" !: AddFields });

/// `fields` of [`Add`].
#[derive(Clone, Debug, PartialEq)]
pub struct AddFields(Params);

impl AddFields {
    /// `TITLE`: the title; `CODE`: the address.
    pub fn new(title: impl Into<Arg<String>>, code: impl Into<Arg<String>>) -> Self {
        Self(Params::new().with("TITLE", title).with("CODE", code))
    }

    /// `TYPE`, optional.
    pub fn type_(self, type_: impl Into<Arg<SiteType>>) -> Self {
        Self(self.0.with("TYPE", type_))
    }

    /// `ACTIVE`, optional.
    pub fn active(self, active: impl Into<Arg<YesNo>>) -> Self {
        Self(self.0.with("ACTIVE", active))
    }

    /// `DOMAIN_ID`, optional.
    pub fn domain_id(self, domain_id: impl Into<Arg<Scalar>>) -> Self {
        Self(self.0.with("DOMAIN_ID", domain_id))
    }
}

params!(AddFields {
    "TITLE" !: String,
    "CODE" !: String,
    "TYPE": SiteType,
    "ACTIVE": YesNo,
    "DOMAIN_ID": Scalar,
    ..
});

mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Accept, Answer, ParamSet, read};

    fn wire(request: &impl ParamSet) -> String {
        serde_json::to_string(request.as_params()).unwrap()
    }

    #[test]
    fn a_request_is_written_in_the_order_of_its_setters() {
        let request = Publication::new(1688).scope("KNOWLEDGE");
        assert_eq!(wire(&request), r#"{"id":1688,"scope":"KNOWLEDGE"}"#);

        let params = GetListParams::new()
            .select(["ID", "TITLE"])
            .filter([("=DELETED", "N")])
            .order([("TITLE", "ASC"), ("ID", "DESC")])
            .limit(10u8);
        assert_eq!(
            wire(&GetList::new().params(params).undocumented("start", 50)),
            r#"{"params":{"select":["ID","TITLE"],"filter":{"=DELETED":"N"},"order":{"TITLE":"ASC","ID":"DESC"},"limit":10},"start":50}"#
        );

        let fields = AddFields::new("Knowledge", "")
            .type_(SiteType::Page)
            .active(true)
            .domain_id("example.com");
        assert_eq!(
            wire(&Add::new(fields)),
            r#"{"fields":{"TITLE":"Knowledge","CODE":"","TYPE":"PAGE","ACTIVE":"Y","DOMAIN_ID":"example.com"}}"#
        );
    }

    #[test]
    fn an_answer_is_read_into_its_type() {
        let body =
            br#"{"result": [{"ID": "157", "TITLE": "Villa", "TYPE": "PAGE", "ACTIVE": "Y", "UF_X": [1]}]}"#;
        let Ok(Answer::Success(response)) = read::<Vec<GetListItem>>(body) else {
            panic!()
        };
        let row = &response.result[0];
        assert_eq!(row.id, Some(157.into()));
        assert_eq!(row.type_, Some(SiteType::Page));
        assert_eq!(row.active, Some(true));
        assert_eq!(row.extra["UF_X"], json!([1]));
        assert_eq!(
            serde_json::to_value(row).unwrap(),
            json!({"ID": 157, "TITLE": "Villa", "TYPE": "PAGE", "ACTIVE": true, "UF_X": [1]})
        );
    }

    #[test]
    fn documented_bodies_are_checked() {
        let body =
            json!({"scope": "KNOWLEDGE", "fields": {"TITLE": "Base", "CODE": "", "TYPE": "KNOWLEDGE"}});
        let accepted = Add::accept(&body).unwrap();
        assert_eq!(Value::from(accepted), body);

        let refused = Add::accept(&json!({"fields": {"TITLE": "Base"}})).unwrap_err();
        assert_eq!(refused.to_string(), "`fields.CODE`: required, but not there");
    }
}
