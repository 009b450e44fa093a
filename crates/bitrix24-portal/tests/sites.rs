//! Sites, folders and pages: making, changing, listing, deleting, and every refusal on the way.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use bitrix24_portal::{Clock, DomainService, Limits, Portal, Rights, SiteType};
use raw::Raw;
use serde_json::{Value, json};
use std::time::Duration;

async fn portal() -> (Portal, Raw) {
    let clock = Clock::fixed(Duration::from_secs(1_773_285_117));
    let portal = Portal::builder()
        .clock(clock)
        .limits(Limits::none())
        .start()
        .await
        .unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

async fn add(raw: &Raw, fields: Value) -> i64 {
    raw.ok("landing.site.add", json!({"fields": fields}))
        .await
        .as_i64()
        .unwrap()
}

#[tokio::test]
async fn a_new_site_has_what_it_was_given() {
    let (_portal, raw) = portal().await;
    let fields = json!({
        "TITLE": "Company handbook", "CODE": "", "TYPE": "KNOWLEDGE", "DESCRIPTION": "d", "XML_ID": "x",
        "ADDITIONAL_FIELDS": {"THEME_CODE": "1construction", "VIEW_USE": ""},
    });
    let site = raw
        .ok(
            "landing.site.add",
            json!({"scope": "KNOWLEDGE", "fields": fields}),
        )
        .await;
    let row = raw
        .ok(
            "landing.site.getList",
            json!({"scope": "KNOWLEDGE", "params": {"filter": {"ID": site}}}),
        )
        .await;
    assert_eq!(
        row,
        json!([{
            "ID": site.to_string(), "TITLE": "Company handbook", "CODE": "/company-handbook/", "TYPE": "KNOWLEDGE",
            "ACTIVE": "N", "DELETED": "N", "DESCRIPTION": "d", "XML_ID": "x", "DOMAIN_ID": "1", "LANG": null,
            "TPL_ID": null, "LANDING_ID_INDEX": null, "LANDING_ID_404": null, "LANDING_ID_503": null,
            "CREATED_BY_ID": "1", "MODIFIED_BY_ID": "1",
            "DATE_CREATE": "03/12/2026 03:11:57 am", "DATE_MODIFY": "03/12/2026 03:11:57 am",
        }])
    );
    let own = json!({"scope": "KNOWLEDGE", "id": site});
    assert_eq!(
        raw.ok("landing.site.getadditionalfields", own.clone()).await,
        json!({"THEME_CODE": "1construction"})
    );
    let url = "https://portal.example/knowledge/company-handbook";
    assert_eq!(raw.ok("landing.site.getPublicUrl", own.clone()).await, json!(url));
    assert_eq!(
        raw.ok("landing.site.getPublicUrl", json!({"id": site})).await,
        json!(""),
        "not in this scope"
    );
    let preview = raw.ok("landing.site.getPreview", own).await;
    assert_eq!(preview, "/bitrix/images/landing/nopreview.jpg");
}

#[tokio::test]
async fn codes_of_sites_are_made_and_kept_apart() {
    let (portal, raw) = portal().await;
    let domain = portal.state(|state| state.add_domain("shop.example"));
    for (title, code, made) in [
        ("My Shop", "", "my-shop"),
        ("My Shop", "", "my-shop2"),
        ("Other", "my-shop", "my-shop3"),
        ("Other", "2026", "site2026"),
        ("日本", "", "site"),
        ("Сайт", "", "sayt"),
    ] {
        let site = add(&raw, json!({"TITLE": title, "CODE": code, "DOMAIN_ID": domain})).await;
        assert_eq!(portal.state(|state| state.sites[&site].code.clone()), made);
        assert_eq!(portal.state(|state| state.sites[&site].domain_id), domain);
    }
    // On a domain of its own there is nothing to keep apart.
    let site = add(&raw, json!({"TITLE": "My Shop", "CODE": "my-shop"})).await;
    assert_eq!(portal.state(|state| state.sites[&site].code.clone()), "my-shop");
}

#[tokio::test]
async fn why_a_site_is_not_made() {
    let (portal, raw) = portal().await;
    let in_trash = portal.state(|state| {
        let taken = state.add_site("Taken");
        let domain = state.add_domain("taken.example");
        state.site_mut(taken).domain_id = domain;
        let trash = state.add_site("Trash");
        let domain = state.add_domain("trash.example");
        state.site_mut(trash).domain_id = domain;
        state.site_mut(trash).deleted = true;
        trash
    });
    let fields = |more: Value| {
        let mut fields = json!({"TITLE": "x", "CODE": ""});
        fields
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"fields": fields})
    };
    for (params, code) in [
        (json!({}), "MISSING_PARAMS"),
        (json!({"fields": {"CODE": ""}}), "MISSING_PARAMS"),
        (fields(json!({"TITLE": ["x"]})), "TYPE_ERROR"),
        (fields(json!({"TYPE": "KNOWLEDGE"})), "ACCESS_DENIED"),
        (fields(json!({"TYPE": "CASTLE"})), "ACCESS_DENIED"),
        (fields(json!({"CODE": "a/b"})), "SLASH_IS_NOT_ALLOWED"),
        (fields(json!({"DOMAIN_ID": 999})), "DOMAIN_NOT_FOUND"),
        (fields(json!({"DOMAIN_ID": "no domain"})), "DOMAIN_IS_INCORRECT"),
        (fields(json!({"DOMAIN_ID": "nodots"})), "DOMAIN_IS_INCORRECT"),
        (
            fields(json!({"DOMAIN_ID": "my-bitrix.example"})),
            "DOMAIN_DISABLE",
        ),
        (fields(json!({"DOMAIN_ID": "Taken.example"})), "DOMAIN_EXIST"),
        (fields(json!({"DOMAIN_ID": "portal.example"})), "DOMAIN_EXIST"),
        (
            fields(json!({"DOMAIN_ID": "trash.example"})),
            "DOMAIN_EXIST_TRASH",
        ),
    ] {
        assert_eq!(raw.refusal("landing.site.add", params).await, refused(code));
    }
    for (service, code) in [
        (DomainService::BadResponse, "CONTROLLER_ERROR_BADRESPONSE"),
        (DomainService::BadLicence, "CONTROLLER_ERROR_BADLICENSE"),
        (DomainService::Error("BUSY".to_owned()), "CONTROLLER_ERROR_BUSY"),
    ] {
        portal.state(|state| state.account.domain_service = service);
        let params = fields(json!({"DOMAIN_ID": "new.example"}));
        assert_eq!(raw.refusal("landing.site.add", params).await, refused(code));
    }
    portal.state(|state| state.plan.sites = Some(1));
    assert_eq!(
        raw.refusal("landing.site.add", fields(json!({}))).await,
        refused("SITE_LIMIT_REACHED")
    );
    let undelete = raw
        .refusal("landing.site.markUnDelete", json!({"id": in_trash}))
        .await;
    assert_eq!(undelete, refused("TOTAL_SITE_REACHED"));
    portal.state(|state| state.user.rights.create = false);
    assert_eq!(
        raw.refusal("landing.site.add", fields(json!({}))).await,
        refused("ACCESS_DENIED")
    );
    assert_eq!(
        portal.state(|state| state.sites.len()),
        2,
        "nothing was made on the way"
    );

    portal.state(|state| {
        state.plan.sites = None;
        state.user.rights = Rights::ALL;
        state.account.domain_service = DomainService::Well;
    });
    let site = add(
        &raw,
        fields(json!({"DOMAIN_ID": "new.example"}))["fields"].clone(),
    )
    .await;
    assert_eq!(
        raw.ok("landing.site.getPublicUrl", json!({"id": site})).await,
        json!("https://new.example")
    );
}

#[tokio::test]
async fn a_site_is_changed() {
    let (portal, raw) = portal().await;
    let (site, page) = portal.state(|state| {
        let site = state.add_site("Old");
        (site, state.add_page(site, "Home"))
    });
    let fields = json!({
        "TITLE": "New", "CODE": "new", "TYPE": "STORE", "DESCRIPTION": "d", "XML_ID": "x", "DOMAIN_ID": "new.example",
        "LANDING_ID_INDEX": page, "LANDING_ID_404": "0", "ADDITIONAL_FIELDS": {"UP_SHOW": "Y"},
    });
    assert_eq!(
        raw.ok("landing.site.update", json!({"id": site, "fields": fields}))
            .await,
        json!(true)
    );
    portal.state(|state| {
        let site = &state.sites[&site];
        assert_eq!(
            (site.title.as_str(), site.code.as_str(), site.kind),
            ("New", "new", SiteType::Store)
        );
        assert_eq!((site.description.as_str(), site.xml_id.as_str()), ("d", "x"));
        assert_eq!((site.index_page, site.page_404), (Some(page), None));
        assert_eq!(state.domains[&site.domain_id], "new.example");
        assert_eq!(site.additional_fields["UP_SHOW"], "Y");
    });
    // What is not sent stays, and the site's own domain is not taken.
    let again = json!({"id": site, "fields": {"DOMAIN_ID": "new.example"}});
    raw.ok("landing.site.update", again).await;
    assert_eq!(portal.state(|state| state.sites[&site].title.clone()), "New");

    for (fields, code) in [
        (json!({"TYPE": "GROUP"}), "ACCESS_DENIED"),
        (json!({"CODE": "a/b"}), "SLASH_IS_NOT_ALLOWED"),
        (json!({"DOMAIN_ID": 999}), "DOMAIN_NOT_FOUND"),
    ] {
        let params = json!({"id": site, "fields": fields});
        assert_eq!(raw.refusal("landing.site.update", params).await, refused(code));
    }
    assert_eq!(
        raw.refusal("landing.site.update", json!({"id": site})).await,
        refused("MISSING_PARAMS")
    );
    portal.state(|state| state.user.rights.settings = false);
    let params = json!({"id": site, "fields": {}});
    assert_eq!(
        raw.refusal("landing.site.update", params).await,
        refused("ACCESS_DENIED")
    );
}

#[tokio::test]
async fn a_site_goes_to_the_trash_and_comes_back_unpublished_or_is_deleted() {
    let (portal, raw) = portal().await;
    let (site, page) = portal.state(|state| {
        let site = state.add_site("Spring");
        (site, state.add_active_page(site, "Home"))
    });
    let id = json!({"id": site});
    raw.ok("landing.site.publication", id.clone()).await;
    assert_eq!(raw.ok("landing.site.markDelete", id.clone()).await, json!(site));
    portal.state(|state| assert!(!state.sites[&site].active && !state.pages[&page].public));
    assert_eq!(raw.ok("landing.site.getList", json!({})).await, json!([]));
    assert_eq!(
        raw.ok(
            "landing.landing.getList",
            json!({"params": {"filter": {"DELETED": ["Y", "N"]}}})
        )
        .await,
        json!([])
    );
    let trash = raw
        .ok(
            "landing.site.getList",
            json!({"params": {"filter": {"=DELETED": "Y"}, "select": ["ID"]}}),
        )
        .await;
    assert_eq!(trash, json!([{"ID": site.to_string(), "TYPE": "PAGE"}]));
    assert_eq!(raw.ok("landing.site.markUnDelete", id.clone()).await, json!(site));
    portal.state(|state| assert!(!state.sites[&site].active && !state.sites[&site].deleted));

    assert_eq!(
        raw.refusal("landing.site.delete", id.clone()).await,
        refused("SITE_IS_NOT_EMPTY")
    );
    raw.ok("landing.landing.markDelete", json!({"lid": page})).await;
    assert_eq!(
        raw.refusal("landing.site.delete", id.clone()).await,
        refused("SITE_IS_NOT_EMPTY"),
        "the trash counts"
    );
    assert_eq!(
        raw.ok("landing.landing.delete", json!({"lid": page})).await,
        json!(true)
    );
    portal.state(|state| state.site_mut(site).locked = true);
    assert_eq!(
        raw.refusal("landing.site.delete", id.clone()).await,
        refused("SITE_IS_LOCK")
    );
    portal.state(|state| state.site_mut(site).domain_provider = true);
    assert_eq!(
        raw.refusal("landing.site.delete", id.clone()).await,
        refused("ACCESS_DENIED_DELETED")
    );
    assert_eq!(
        raw.refusal("landing.site.markDelete", id.clone()).await,
        refused("ACCESS_DENIED_DELETED")
    );
    portal.state(|state| state.user.rights.delete = false);
    for method in ["delete", "markDelete", "markUnDelete"] {
        assert_eq!(
            raw.refusal(&format!("landing.site.{method}"), id.clone()).await,
            refused("ACCESS_DENIED")
        );
    }
    portal.state(|state| {
        state.user.rights.delete = true;
        state.site_mut(site).locked = false;
        state.site_mut(site).domain_provider = false;
    });
    assert_eq!(raw.ok("landing.site.delete", id.clone()).await, json!(true));
    assert_eq!(
        raw.refusal("landing.site.delete", id).await,
        refused("ACCESS_DENIED")
    );
}

#[tokio::test]
async fn lists_are_selected_filtered_ordered_and_cut() {
    let (portal, raw) = portal().await;
    let ids = portal.state(|state| {
        let ids = ["Delta", "alpha", "Charlie", "Bravo"].map(|title| state.add_site(title));
        state.site_mut(ids[1]).active = true;
        state.site_mut(ids[2]).kind = SiteType::Smn;
        state.site_mut(ids[3]).kind = SiteType::Store;
        state.add_site_of(SiteType::Knowledge, "Handbook");
        ids
    });
    let titles = async |params: Value| -> Vec<String> {
        let mut params = params;
        params["select"] = json!(["TITLE"]);
        let rows = raw.ok("landing.site.getList", json!({"params": params})).await;
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["TITLE"].as_str().unwrap().to_owned())
            .collect()
    };
    for (params, expected) in [
        (json!({}), &["Delta", "alpha", "Charlie", "Bravo"][..]),
        (
            json!({"order": {"TITLE": "ASC"}}),
            &["alpha", "Bravo", "Charlie", "Delta"],
        ),
        (
            json!({"order": {"ID": "desc"}, "limit": 2, "offset": 1}),
            &["Charlie", "alpha"],
        ),
        (json!({"offset": 9}), &[]),
        (json!({"filter": {"ACTIVE": "Y"}}), &["alpha"]),
        (json!({"filter": {"!ACTIVE": "Y", "TYPE": "PAGE"}}), &["Delta"]),
        (json!({"filter": {"TYPE": "STORE"}}), &["Charlie", "Bravo"]),
        (
            json!({"filter": {"=TYPE": "KNOWLEDGE"}}),
            &["Delta", "alpha", "Charlie", "Bravo"],
        ),
        (
            json!({"filter": {"ID": [ids[0], ids[3].to_string()]}}),
            &["Delta", "Bravo"],
        ),
        (json!({"filter": {">ID": ids[1]}}), &["Charlie", "Bravo"]),
        (
            json!({"filter": {">=ID": ids[1], "<ID": ids[3]}}),
            &["alpha", "Charlie"],
        ),
        (json!({"filter": {"%TITLE": "HA"}}), &["alpha", "Charlie"]),
        (json!({"filter": {"=TITLE": "ALPHA"}}), &["alpha"]),
        (
            json!({"filter": {"CODE": format!("/site{}/", ids[0])}}),
            &["Delta"],
        ),
        (
            json!({"filter": {"LANDING_ID_INDEX": null, "ID": ids[0]}}),
            &["Delta"],
        ),
        (
            json!({"filter": {"LOGIC": "OR", "0": {"TITLE": "alpha"}, "1": {"TITLE": "bravo"}}}),
            &["alpha", "Bravo"],
        ),
        (json!({"filter": {"<DATE_CREATE": "2026-03-12"}}), &[]),
        (
            json!({"filter": {">=DATE_CREATE": "03/12/2026 03:11:57 am"}}),
            &["Delta", "alpha", "Charlie", "Bravo"],
        ),
    ] {
        assert_eq!(titles(params.clone()).await, expected, "{params}");
    }
    for params in [
        json!({"select": ["NAME"]}),
        json!({"filter": {"NAME": 1}}),
        json!({"filter": {"0": {"=NAME": 1}}}),
        json!({"order": {"NAME": "ASC"}}),
    ] {
        let refusal = raw
            .refusal("landing.site.getList", json!({"params": params}))
            .await;
        assert_eq!(refusal, refused("SYSTEM_ERROR"), "{params}");
    }
    let calculated =
        json!({"params": {"select": ["DOMAIN_NAME", "PUBLIC_URL", "PREVIEW_PICTURE"], "limit": 1}});
    let rows = raw.ok("landing.site.getList", calculated).await;
    assert_eq!(
        rows[0]["PUBLIC_URL"],
        format!("https://{}", rows[0]["DOMAIN_NAME"].as_str().unwrap())
    );

    let urls = raw
        .ok("landing.site.getPublicUrl", json!({"id": [ids[0], 999, ids[1]]}))
        .await;
    assert_eq!(urls.as_object().unwrap().len(), 2);
    assert_eq!(
        raw.ok("landing.site.getPublicUrl", json!({"id": [999]})).await,
        json!([])
    );
    portal.state(|state| state.user.rights.view = false);
    assert_eq!(raw.ok("landing.site.getList", json!({})).await, json!([]));
}

#[tokio::test]
async fn folders() {
    let (portal, raw) = portal().await;
    let (site, other, page) = portal.state(|state| {
        let site = state.add_site("Spring");
        (site, state.add_site("Other"), state.add_page(site, "Home"))
    });
    let add = async |fields: Value| {
        raw.call(
            "landing.site.addFolder",
            json!({"siteId": site, "fields": fields}),
        )
        .await
    };
    let (_, body) = add(json!({"TITLE": "Top Folder"})).await;
    let top = body["result"].as_i64().unwrap();
    let (_, body) = add(json!({"TITLE": "Inner", "CODE": "in", "PARENT_ID": top, "ACTIVE": "Y"})).await;
    let inner = body["result"].as_i64().unwrap();
    for (fields, code) in [
        (json!({}), "BX_EMPTY_REQUIRED"),
        (json!({"TITLE": ""}), "BX_EMPTY_REQUIRED"),
        (json!({"TITLE": "x", "CODE": "a/b"}), "SLASH_IS_NOT_ALLOWED"),
        (
            json!({"TITLE": "x", "CODE": "top-folder"}),
            "FOLDER_IS_NOT_UNIQUE",
        ),
        (json!({"TITLE": "x", "PARENT_ID": 999}), "ACCESS_DENIED"),
    ] {
        let (status, body) = add(fields.clone()).await;
        assert_eq!((status, &body["error"]), (400, &json!(code)), "{fields}");
    }
    let (_, same_code_elsewhere) = add(json!({"TITLE": "x", "CODE": "top-folder", "PARENT_ID": top})).await;
    assert!(same_code_elsewhere["result"].is_i64());

    let list = async |filter: Value| -> Vec<String> {
        let rows = raw
            .ok(
                "landing.site.getFolders",
                json!({"siteId": site, "filter": filter}),
            )
            .await;
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["TITLE"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list(json!({})).await, ["Top Folder", "Inner", "x"]);
    for root in [json!(0), json!(null), json!(false), json!("")] {
        assert_eq!(list(json!({"PARENT_ID": root})).await, ["Top Folder"], "{root}");
    }
    assert_eq!(list(json!({"ACTIVE": "Y", "=DELETED": "N"})).await, ["Inner"]);
    assert_eq!(list(json!({"PARENT_ID": top})).await, ["Inner", "x"]);

    let update = async |id: i64, fields: Value| {
        raw.call(
            "landing.site.updateFolder",
            json!({"siteId": site, "folderId": id, "fields": fields}),
        )
        .await
    };
    let fields = json!({"TITLE": "Moved", "INDEX_ID": page, "ACTIVE": "N"});
    assert_eq!(update(inner, fields).await.1["result"], json!(true));
    portal.state(|state| {
        let folder = &state.folders[&inner];
        assert_eq!((folder.title.as_str(), folder.code.as_str()), ("Moved", "in"));
        assert_eq!(
            (folder.parent_id, folder.index_page, folder.active),
            (None, Some(page), false)
        );
    });
    update(inner, json!({"PARENT_ID": top})).await;
    for (id, fields, code) in [
        (inner, json!({"CODE": "a/b"}), "SLASH_IS_NOT_ALLOWED"),
        (inner, json!({"CODE": "top-folder"}), "FOLDER_IS_NOT_UNIQUE"),
        (top, json!({"PARENT_ID": inner}), "ACCESS_DENIED"),
        (999, json!({}), "ACCESS_DENIED"),
    ] {
        assert_eq!(update(id, fields.clone()).await.1["error"], code, "{fields}");
    }
    let foreign = json!({"siteId": other, "folderId": inner, "fields": {}});
    assert_eq!(
        raw.refusal("landing.site.updateFolder", foreign).await,
        refused("ACCESS_DENIED")
    );

    portal.state(|state| {
        state.page_mut(page).folder_id = Some(inner);
        state.page_mut(page).active = true;
        state.page_mut(page).area = true;
    });
    let id = json!({"id": top});
    assert_eq!(
        raw.refusal("landing.site.markFolderDelete", id.clone()).await,
        refused("FOLDER_CONTAINS_AREAS")
    );
    portal.state(|state| state.page_mut(page).area = false);
    assert_eq!(
        raw.ok("landing.site.markFolderDelete", id.clone()).await,
        json!(true)
    );
    portal.state(|state| {
        assert!(state.folders[&top].deleted && state.folders[&inner].deleted);
        assert!(state.pages[&page].deleted && !state.pages[&page].active);
    });
    assert_eq!(list(json!({})).await, Vec::<String>::new());
    assert_eq!(
        raw.refusal("landing.site.publicationFolder", json!({"folderId": top}))
            .await,
        refused("ACCESS_DENIED")
    );
    assert_eq!(
        raw.ok("landing.site.markFolderUnDelete", json!({"id": inner}))
            .await,
        json!(true)
    );
    portal.state(|state| {
        assert!(state.folders[&top].deleted && !state.folders[&inner].deleted && !state.pages[&page].deleted);
        state.user.rights.delete = false;
        state.user.rights.edit = false;
        state.user.rights.view = false;
    });
    for method in ["markFolderDelete", "markFolderUnDelete"] {
        assert_eq!(
            raw.refusal(&format!("landing.site.{method}"), id.clone()).await,
            refused("ACCESS_DENIED")
        );
    }
    assert_eq!(add(json!({"TITLE": "y"})).await.1["error"], "ACCESS_DENIED");
    assert_eq!(list(json!({})).await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_are_made() {
    let (portal, raw) = portal().await;
    let (site, other, folder, foreign) = portal.state(|state| {
        let site = state.add_site("Spring");
        let other = state.add_site("Other");
        (
            site,
            other,
            state.add_folder(site, "News"),
            state.add_folder(other, "News"),
        )
    });
    let add = async |fields: Value| {
        let mut fields = fields;
        fields["SITE_ID"] = fields.get("SITE_ID").cloned().unwrap_or(json!(site));
        raw.call("landing.landing.add", json!({"fields": fields})).await.1
    };
    let fields = json!({
        "TITLE": "Spring Sale", "DESCRIPTION": "d", "XML_ID": "x", "SITEMAP": "Y", "FOLDER_ID": folder, "TPL_ID": 3,
        "ADDITIONAL_FIELDS": {"THEME_CODE": "wedding"},
    });
    let page = add(fields).await["result"].as_i64().unwrap();
    let rows = raw
        .ok(
            "landing.landing.getList",
            json!({"params": {
                "filter": {"ID": page}, "get_urls": true, "get_preview": 1, "check_area": "1",
            }}),
        )
        .await;
    let domain = portal.state(|state| state.sites[&site].domain_id);
    let url = format!("https://b24-{site}.example/folder{folder}/spring-sale/");
    assert_eq!(
        rows,
        json!([{
            "ID": page.to_string(), "TITLE": "Spring Sale", "CODE": "spring-sale", "SITE_ID": site.to_string(),
            "FOLDER_ID": folder.to_string(), "TPL_ID": "3", "ACTIVE": "N", "PUBLIC": "N", "DELETED": "N",
            "DESCRIPTION": "d", "XML_ID": "x", "SITEMAP": "Y", "FOLDER": "N", "RULE": null,
            "CREATED_BY_ID": "1", "MODIFIED_BY_ID": "1", "DATE_CREATE": "03/12/2026 03:11:57 am",
            "DATE_MODIFY": "03/12/2026 03:11:57 am", "DATE_PUBLIC": null, "DOMAIN_ID": domain.to_string(),
            "PUBLIC_URL": url, "PREVIEW": "/bitrix/images/landing/nopreview.jpg", "IS_AREA": false,
        }])
    );
    let lid = json!({"lid": page});
    assert_eq!(
        raw.ok("landing.landing.getpublicurl", lid.clone()).await,
        json!(url)
    );
    assert_eq!(
        raw.ok("landing.landing.getadditionalfields", lid.clone()).await,
        json!({"THEME_CODE": "wedding"})
    );
    let path = json!({"landingUrl": format!("/folder{folder}/spring-sale/"), "siteId": site});
    assert_eq!(
        raw.ok("landing.landing.resolveIdByPublicUrl", path).await,
        json!(page)
    );
    let path = json!({"landingUrl": "/nowhere/", "siteId": site});
    assert_eq!(
        raw.ok("landing.landing.resolveIdByPublicUrl", path).await,
        json!(null)
    );

    let again = add(json!({"TITLE": "Spring Sale", "FOLDER_ID": folder})).await["result"]
        .as_i64()
        .unwrap();
    let code = portal.state(|state| state.pages[&again].code.clone());
    assert!(
        code.starts_with("spring-sale_") && code.len() == "spring-sale_".len() + 4,
        "{code}"
    );
    let random = add(json!({"TITLE": "日本", "CODE": " "})).await["result"]
        .as_i64()
        .unwrap();
    assert_eq!(portal.state(|state| state.pages[&random].code.len()), 12);

    for (fields, code) in [
        (json!({"TITLE": "x", "SITE_ID": 999}), "SITE_NOT_FOUND"),
        (json!({"TITLE": "x", "FOLDER_ID": 999}), "FOLDER_NOT_FOUND"),
        (json!({"TITLE": "x", "FOLDER_ID": foreign}), "FOLDER_NOT_FOUND"),
        (json!({"TITLE": "x", "CODE": "a/b"}), "SLASH_IS_NOT_ALLOWED"),
        (json!({"TITLE": "x", "CODE": ""}), "CANT_BE_EMPTY"),
        (json!({"TITLE": "x", "CODE": "code_12_34"}), "WRONG_CODE_FORMAT"),
        (json!({"TITLE": "x", "CODE": "my_page_1_2"}), "WRONG_CODE_FORMAT"),
        (json!({"CODE": "x"}), "MISSING_PARAMS"),
        (json!({"TITLE": "x", "SITE_ID": "one"}), "TYPE_ERROR"),
    ] {
        assert_eq!(add(fields.clone()).await["error"], code, "{fields}");
    }
    for fields in [
        json!({"TITLE": "x", "CODE": "", "FOLDER": "Y"}),
        json!({"TITLE": "x", "CODE": "code_12"}),
        json!({"TITLE": "x", "CODE": "1_2"}),
        json!({"TITLE": "x", "CODE": "a_1_b"}),
    ] {
        assert!(add(fields.clone()).await["result"].is_i64(), "{fields}");
    }
    portal.state(|state| state.site_mut(other).rights = Some(Rights::NONE));
    assert_eq!(
        add(json!({"TITLE": "x", "SITE_ID": other})).await["error"],
        "ACCESS_DENIED"
    );
}

#[tokio::test]
async fn pages_are_changed_moved_and_copied() {
    let (portal, raw) = portal().await;
    let (site, other, folder, foreign, page, home) = portal.state(|state| {
        let site = state.add_site("Spring");
        let other = state.add_site("Other");
        let home = state.add_page(site, "Home");
        state.site_mut(site).index_page = Some(home);
        let (folder, foreign) = (state.add_folder(site, "News"), state.add_folder(other, "News"));
        (
            site,
            other,
            folder,
            foreign,
            state.add_active_page(site, "Page"),
            home,
        )
    });
    let update = async |lid: i64, fields: Value| {
        raw.call("landing.landing.update", json!({"lid": lid, "fields": fields}))
            .await
            .1
    };
    let fields = json!({
        "TITLE": "New", "CODE": "new", "DESCRIPTION": "d", "XML_ID": "x", "FOLDER_ID": folder, "SITEMAP": "Y",
        "DATE_PUBLIC": "2026-01-02T03:04:05+00:00", "ADDITIONAL_FIELDS": {"VIEW_TYPE": "no"},
    });
    assert_eq!(update(page, fields).await["result"], json!(true));
    portal.state(|state| {
        let page = &state.pages[&page];
        assert_eq!(
            (page.title.as_str(), page.code.as_str(), page.folder_id),
            ("New", "new", Some(folder))
        );
        assert!(page.sitemap && page.active && !page.public);
        assert_eq!(page.published_at, Some(Duration::from_secs(1_767_323_045)));
    });
    assert_eq!(update(page, json!({"FOLDER_ID": 0})).await["result"], json!(true));
    assert_eq!(portal.state(|state| state.pages[&page].folder_id), None);
    for (lid, fields, code) in [
        (999, json!({}), "ACCESS_DENIED"),
        (page, json!({"SITE_ID": 999}), "SITE_NOT_FOUND"),
        (page, json!({"FOLDER_ID": foreign}), "FOLDER_NOT_FOUND"),
        (page, json!({"CODE": "a/b"}), "SLASH_IS_NOT_ALLOWED"),
        (page, json!({"CODE": ""}), "CANT_BE_EMPTY"),
        (page, json!({"CODE": "a_1_2"}), "WRONG_CODE_FORMAT"),
        (home, json!({"DELETED": "Y"}), "CANT_DELETE_MAIN"),
    ] {
        assert_eq!(update(lid, fields.clone()).await["error"], code, "{fields}");
    }
    assert_eq!(update(page, json!({"DELETED": "Y"})).await["result"], json!(true));
    portal.state(|state| assert!(state.pages[&page].deleted && !state.pages[&page].active));
    let mut rights = Rights::ALL;
    (rights.delete, rights.publication) = (false, false);
    portal.state(|state| state.user.rights = rights);
    assert_eq!(
        update(page, json!({"DELETED": "N"})).await["error"],
        "ACCESS_DENIED"
    );
    assert_eq!(
        update(page, json!({"DATE_PUBLIC": "2026-01-02"})).await["error"],
        "ACCESS_DENIED"
    );
    portal.state(|state| state.user.rights = Rights::ALL);
    assert_eq!(
        raw.ok("landing.landing.markUnDelete", json!({"lid": page})).await,
        json!(page)
    );
    portal.state(|state| assert!(!state.pages[&page].deleted && !state.pages[&page].active));

    let copy = async |params: Value| raw.call("landing.landing.copy", params).await.1;
    let made = copy(json!({"lid": page, "toSiteId": other, "toFolderId": foreign})).await["result"]
        .as_i64()
        .unwrap();
    portal.state(|state| {
        let copy = &state.pages[&made];
        assert_eq!(
            (copy.site_id, copy.folder_id, copy.code.as_str()),
            (other, Some(foreign), "new")
        );
    });
    let made = copy(json!({"lid": page, "toFolderId": foreign})).await["result"]
        .as_i64()
        .unwrap();
    portal.state(|state| {
        let copy = &state.pages[&made];
        assert_eq!((copy.site_id, copy.folder_id), (site, None));
        assert!(copy.code.starts_with("new_") && copy.id == made);
    });
    assert_eq!(copy(json!({"lid": 999})).await["error"], "LANDING_NOT_EXIST");
    assert_eq!(
        copy(json!({"lid": page, "toSiteId": 999})).await["error"],
        "SITE_NOT_FOUND"
    );

    let move_ = async |params: Value| raw.call("landing.landing.move", params).await.1;
    assert_eq!(
        move_(json!({"lid": page, "toFolderId": folder})).await["result"],
        json!(true)
    );
    assert_eq!(
        move_(json!({"lid": page, "toSiteId": other, "toFolderId": foreign})).await["error"],
        "FOLDER_NOT_FOUND"
    );
    assert_eq!(portal.state(|state| state.pages[&page].folder_id), Some(folder));
    assert_eq!(
        move_(json!({"lid": page, "toSiteId": other})).await["result"],
        json!(true)
    );
    portal.state(|state| {
        assert_eq!(
            (state.pages[&page].site_id, state.pages[&page].folder_id),
            (other, None)
        )
    });
    portal.state(|state| state.site_mut(site).rights = Some(Rights::NONE));
    assert_eq!(
        copy(json!({"lid": page, "toSiteId": site})).await["error"],
        "ACCESS_DENIED"
    );
    assert_eq!(
        move_(json!({"lid": page, "toSiteId": site})).await["error"],
        "ACCESS_DENIED"
    );
    rights = Rights::ALL;
    rights.delete = false;
    portal.state(|state| state.site_mut(other).rights = Some(rights));
    assert_eq!(move_(json!({"lid": page})).await["error"], "DELETE_ACCESS_DENIED");
}

#[tokio::test]
async fn why_a_page_is_not_deleted() {
    let (portal, raw) = portal().await;
    let (site, home, page) = portal.state(|state| {
        let site = state.add_site("Spring");
        let home = state.add_page(site, "Home");
        state.site_mut(site).index_page = Some(home);
        (site, home, state.add_active_page(site, "Page"))
    });
    let lid = |id: i64| json!({"lid": id});
    assert_eq!(
        raw.refusal("landing.landing.markDelete", lid(home)).await,
        refused("CANT_DELETE_MAIN")
    );
    assert_eq!(
        raw.refusal("landing.landing.markDelete", lid(site)).await,
        refused("ACCESS_DENIED")
    );
    assert_eq!(
        raw.refusal("landing.landing.delete", lid(site)).await,
        refused("LANDING_NOT_EXIST")
    );
    portal.state(|state| {
        state.page_mut(page).area = true;
        state.page_mut(page).locked = true;
    });
    assert_eq!(
        raw.refusal("landing.landing.markDelete", lid(page)).await,
        refused("UNABLE_DELETE_INCLUDE")
    );
    assert_eq!(
        raw.refusal("landing.landing.delete", lid(page)).await,
        refused("LANDING_IS_LOCK")
    );
    portal.state(|state| state.user.rights.delete = false);
    for method in ["delete", "markDelete", "markUnDelete"] {
        assert_eq!(
            raw.refusal(&format!("landing.landing.{method}"), lid(page)).await,
            refused("ACCESS_DENIED")
        );
    }
    portal.state(|state| {
        state.page_mut(page).area = false;
        state.user.rights.delete = true;
    });
    assert_eq!(raw.ok("landing.landing.markDelete", lid(page)).await, json!(page));
    assert_eq!(
        raw.ok("landing.landing.markDelete", lid(home)).await,
        json!(home),
        "the last page may go"
    );
    let trash =
        json!({"params": {"filter": {"=DELETED": "Y"}, "select": ["ACTIVE"], "limit": 1, "offset": 1}});
    let rows = raw.ok("landing.landing.getList", trash).await;
    assert_eq!(
        (&rows[0]["ID"], &rows[0]["ACTIVE"]),
        (&json!(page.to_string()), &json!("N"))
    );
    assert_eq!(
        raw.refusal("landing.landing.getpublicurl", lid(page)).await,
        refused("LANDING_NOT_EXIST")
    );
}
