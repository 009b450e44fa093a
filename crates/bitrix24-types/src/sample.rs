//! Generated code, written by hand: what the macros expand to is tried here, without a scope's feature.

use crate::prelude::*;

request! {
    /// Publishes a site with its pages.
    pub struct Publication(
        id: i64 = "id", "the site to publish.";
    ) {
        scope: String = "scope", "which sites the call sees.";
    }
    "landing.site.publication" in ["landing"], V2, Repeat, "api-reference/landing/site/landing-site-publication" -> i64, PublicationError
}

codes! {
    pub enum PublicationError for Publication {
        MissingParams = 400 "MISSING_PARAMS", "`id` is missing.";
        AccessDenied = 400 "ACCESS_DENIED", "the user may not publish this site.";
        NotFound = 400 | 404 "NOT_FOUND";
        PublicHtmlDisallowed(_) = 400 "PUBLIC_HTML_DISALLOWED[*]";
        Controller(_) = 400 "CONTROLLER_ERROR_*";
        ControllerLicence = 400 "CONTROLLER_ERROR_BADLICENSE";
    }
}

request! {
    /// Lists sites.
    pub struct GetList() {
        scope: String = "scope";
        params: GetListParams = "params", "what to select.";
    }
    "landing.site.getList" in ["landing"], V2, Read, "api-reference/landing/site/landing-site-get-list" -> Vec<GetListItem>, NoCodes
}

params! {
    /// `params` of [`GetList`].
    pub struct GetListParams() {
        select: Vec<String> = "select";
        filter: Map<Value> = "filter";
        order: Map<String> = "order";
        limit: i64 = "limit";
    }
}

object! {
    /// A row of [`GetList`].
    pub struct GetListItem {
        id: Option<Id> = "ID";
        title: Option<String> = "TITLE";
        type_: Option<SiteType> = "TYPE";
        active: Option<bool> = "ACTIVE";
        date_create: Option<DateTime> = "DATE_CREATE";
        parent: Option<Box<GetListItem>> = "PARENT";
        children: Vec<GetListItem> = "CHILDREN";
        ..extra
    }
}

values! {
    /// A kind of site.
    pub enum SiteType {
        Page = "PAGE";
        Store = "STORE";
    }
}

request! {
    /// Creates a site.
    pub struct Add(
        fields: AddFields = "fields";
    ) {
        scope: String = "scope";
    }
    "landing.site.add" in ["landing"], V2, Once, "api-reference/landing/site/landing-site-add" -> i64, NoCodes
}

params! {
    /// `fields` of [`Add`].
    pub struct AddFields(
        title: String = "TITLE";
        code: String = "CODE";
    ) {
        type_: SiteType = "TYPE";
        active: YesNo = "ACTIVE";
        domain_id: Scalar = "DOMAIN_ID";
        ..
    }
}

mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Accept, Answer, ParamSet, read};

    fn wire(request: impl ParamSet) -> String {
        serde_json::to_string(&request.into_params()).unwrap()
    }

    #[test]
    fn a_request_is_written_in_the_order_of_its_setters() {
        let request = Publication::new(1688).scope("KNOWLEDGE");
        assert_eq!(wire(request), r#"{"id":1688,"scope":"KNOWLEDGE"}"#);

        let params = GetListParams::new()
            .select(["ID", "TITLE"])
            .filter([("=DELETED", "N")])
            .order([("TITLE", "ASC"), ("ID", "DESC")])
            .limit(10u8);
        assert_eq!(
            wire(GetList::new().params(params).undocumented("start", 50)),
            r#"{"params":{"select":["ID","TITLE"],"filter":{"=DELETED":"N"},"order":{"TITLE":"ASC","ID":"DESC"},"limit":10},"start":50}"#
        );

        let fields = AddFields::new("Knowledge", "")
            .type_(SiteType::Page)
            .active(true)
            .domain_id("example.com");
        assert_eq!(
            wire(Add::new(fields)),
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
