//! The main story over real HTTP: a site is made, published and looked at; and what publication leaves alone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{Clock, Limits, Portal, Rights, SiteType};
use raw::Raw;
use serde_json::{Value, json};

async fn portal() -> (Portal, Raw) {
    let portal = Portal::builder().limits(Limits::none()).start().await.unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

/// A field of every row of a list, in the order of their identifiers.
fn column(rows: &Value, name: &str) -> Vec<String> {
    let mut rows: Vec<_> = rows.as_array().unwrap().iter().collect();
    rows.sort_by_key(|row| row["ID"].as_str().unwrap().parse::<i64>().unwrap());
    rows.iter()
        .map(|row| row[name].as_str().unwrap_or("null").to_owned())
        .collect()
}

#[tokio::test]
async fn a_site_is_made_published_and_seen() {
    let (portal, raw) = portal().await;
    let site = raw
        .ok(
            "landing.site.add",
            json!({"fields": {"TITLE": "Spring", "CODE": ""}}),
        )
        .await;
    let page = |title: &str| json!({"fields": {"TITLE": title, "SITE_ID": site}});
    let active = raw
        .ok("landing.landing.add", page("Home"))
        .await
        .as_i64()
        .unwrap();
    raw.ok("landing.landing.add", page("Draft")).await;
    let folder = json!({"siteId": site, "fields": {"TITLE": "News"}});
    raw.ok("landing.site.addFolder", folder).await;

    let sites = json!({"params": {"select": ["ACTIVE"]}});
    let pages = json!({"params": {"filter": {"SITE_ID": site}}});
    let folders = json!({"siteId": site});
    let state = async || {
        let sites = raw.ok("landing.site.getList", sites.clone()).await;
        let pages = raw.ok("landing.landing.getList", pages.clone()).await;
        let folders = raw.ok("landing.site.getFolders", folders.clone()).await;
        [
            column(&sites, "ACTIVE"),
            column(&pages, "ACTIVE"),
            column(&pages, "PUBLIC"),
            column(&folders, "ACTIVE"),
        ]
    };
    assert_eq!(
        state().await,
        [vec!["N"], vec!["N", "N"], vec!["N", "N"], vec!["N"]].map(strings)
    );

    portal.state(|state| state.page_mut(active).active = true);
    assert_eq!(
        raw.ok("landing.site.publication", json!({"id": site})).await,
        site
    );
    let published = [vec!["Y"], vec!["Y", "N"], vec!["Y", "N"], vec!["Y"]].map(strings);
    assert_eq!(state().await, published);

    // Published again, it is as it was; taken back, its active pages stay active.
    assert_eq!(
        raw.ok("landing.site.publication", json!({"id": site})).await,
        site
    );
    assert_eq!(state().await, published);
    assert_eq!(
        raw.ok("landing.site.unpublic", json!({"id": site.to_string()}))
            .await,
        site
    );
    assert_eq!(
        state().await,
        [vec!["N"], vec!["Y", "N"], vec!["N", "N"], vec!["N"]].map(strings)
    );
    assert_eq!(
        raw.ok("landing.site.publication", json!({"id": site})).await,
        site
    );
    assert_eq!(state().await, published);
}

fn strings(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_in_the_trash_stays_unpublished() {
    let (portal, raw) = portal().await;
    let (site, deleted_page, deleted_folder, inside) = portal.state(|state| {
        let site = state.add_site("Spring");
        let page = state.add_active_page(site, "Old");
        state.page_mut(page).deleted = true;
        let folder = state.add_folder(site, "Attic");
        state.folder_mut(folder).deleted = true;
        let inside = state.add_active_page(site, "Box");
        state.page_mut(inside).folder_id = Some(folder);
        (site, page, folder, inside)
    });
    raw.ok("landing.site.publication", json!({"id": site})).await;
    portal.state(|state| {
        assert!(!state.pages[&deleted_page].public);
        assert!(!state.folders[&deleted_folder].active);
        assert!(!state.pages[&inside].public);
    });
}

#[tokio::test]
async fn the_scope_must_fit_the_type() {
    let (portal, raw) = portal().await;
    for kind in [
        SiteType::Page,
        SiteType::Store,
        SiteType::Smn,
        SiteType::Knowledge,
        SiteType::Group,
        SiteType::MainPage,
    ] {
        let site = portal.state(|state| state.add_site_of(kind, "Any"));
        let own = kind.as_str();
        for scope in ["", "KNOWLEDGE", "GROUP", "MAINPAGE"] {
            let fits = if matches!(own, "PAGE" | "STORE" | "SMN") {
                scope.is_empty()
            } else {
                scope == own
            };
            let params = if scope.is_empty() {
                json!({"id": site})
            } else {
                json!({"id": site, "scope": scope})
            };
            let (status, body) = raw.call("landing.site.publication", params).await;
            match fits {
                true => assert_eq!(
                    (status, &body["result"]),
                    (200, &json!(site)),
                    "{own} in {scope:?}"
                ),
                false => assert_eq!(
                    (status, &body["error"]),
                    (400, &json!("ACCESS_DENIED")),
                    "{own} in {scope:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_page_is_published_with_the_folders_it_is_in_and_its_site() {
    let clock = Clock::fixed(Duration::from_secs(1_773_285_117));
    let portal = Portal::builder().clock(clock).start().await.unwrap();
    let raw = Raw::new(&portal);
    let (site, outer, inner, beside, page, other) = portal.state(|state| {
        let site = state.add_site("Spring");
        let outer = state.add_folder(site, "Outer");
        let inner = state.add_folder(site, "Inner");
        state.folder_mut(inner).parent_id = Some(outer);
        let beside = state.add_folder(site, "Beside");
        let page = state.add_page(site, "Home");
        state.page_mut(page).folder_id = Some(inner);
        (site, outer, inner, beside, page, state.add_page(site, "Other"))
    });
    assert_eq!(
        raw.ok("landing.landing.publication", json!({"lid": page})).await,
        json!(true)
    );
    portal.state(|state| {
        assert!(state.sites[&site].active && state.folders[&outer].active && state.folders[&inner].active);
        assert!(!state.folders[&beside].active && !state.pages[&other].public);
        assert!(state.pages[&page].active && state.pages[&page].public);
    });
    let params = json!({"params": {"select": ["DATE_PUBLIC"], "filter": {"ID": page}}});
    let row = raw.ok("landing.landing.getList", params).await;
    assert_eq!(row[0]["DATE_PUBLIC"], "03/12/2026 03:11:57 am");

    assert_eq!(
        raw.ok("landing.site.unPublicFolder", json!({"folderId": inner}))
            .await,
        json!(true)
    );
    portal.state(|state| assert!(!state.folders[&outer].active && !state.folders[&inner].active));
    raw.ok("landing.site.publicationFolder", json!({"folderId": inner}))
        .await;
    portal.state(|state| assert!(state.folders[&outer].active && state.folders[&inner].active));
    raw.ok(
        "landing.site.publicationFolder",
        json!({"folderId": inner, "mark": false}),
    )
    .await;
    portal.state(|state| assert!(!state.folders[&outer].active && !state.folders[&inner].active));

    assert_eq!(
        raw.ok("landing.landing.unpublic", json!({"lid": page})).await,
        json!(true)
    );
    portal.state(|state| assert!(!state.pages[&page].active && !state.pages[&page].public));
}

#[tokio::test]
async fn who_may_not_publish_a_page() {
    let (portal, raw) = portal().await;
    let (site, page, folder) = portal.state(|state| {
        let site = state.add_site("Spring");
        (site, state.add_page(site, "Home"), state.add_folder(site, "News"))
    });
    let missing = (400, "LANDING_NOT_EXIST".to_owned());
    let denied = (400, "ACCESS_DENIED".to_owned());
    let lid = json!({"lid": page});
    assert_eq!(
        raw.refusal("landing.landing.publication", json!({"lid": site}))
            .await,
        missing
    );
    portal.state(|state| state.page_mut(page).from_app = Some("shop".to_owned()));
    portal.state(|state| state.account.market_subscription = false);
    let refusal = raw.refusal("landing.landing.publication", lid.clone()).await;
    assert_eq!(refusal, (400, "LANDING_PAYMENT_FAILED".to_owned()));

    let mut rights = Rights::ALL;
    rights.publication = false;
    portal.state(|state| state.site_mut(site).rights = Some(rights));
    let named = raw.ok("landing.site.getRights", json!({"id": site})).await;
    assert_eq!(named, json!(["read", "edit", "sett", "delete"]));
    assert_eq!(
        raw.refusal("landing.landing.publication", lid.clone()).await,
        missing
    );
    assert_eq!(raw.refusal("landing.landing.unpublic", lid.clone()).await, denied);
    assert_eq!(
        raw.refusal("landing.site.unpublic", json!({"id": site})).await,
        denied
    );
    assert_eq!(
        raw.refusal("landing.site.publicationFolder", json!({"folderId": folder}))
            .await,
        denied
    );
    portal.state(|state| state.site_mut(site).rights = None);
    portal.state(|state| state.page_mut(page).deleted = true);
    assert_eq!(raw.refusal("landing.landing.unpublic", lid).await, missing);
}
