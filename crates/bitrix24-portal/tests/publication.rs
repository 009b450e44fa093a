//! The main story over real HTTP: a site is made, published and looked at.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use bitrix24_portal::Portal;
use raw::Raw;
use serde_json::json;

#[tokio::test]
async fn a_site_is_made_published_and_seen() {
    let portal = Portal::builder().start().await.unwrap();
    let raw = Raw::new(&portal);
    let site = raw
        .ok(
            "landing.site.add",
            json!({"fields": {"TITLE": "Spring", "CODE": ""}}),
        )
        .await;
    let site = site.as_i64().unwrap();
    let page = |title: &str| json!({"fields": {"TITLE": title, "SITE_ID": site}});
    let active = raw
        .ok("landing.landing.add", page("Home"))
        .await
        .as_i64()
        .unwrap();
    let inactive = raw
        .ok("landing.landing.add", page("Draft"))
        .await
        .as_i64()
        .unwrap();
    let folder = raw
        .ok(
            "landing.site.addFolder",
            json!({"siteId": site, "fields": {"TITLE": "News"}}),
        )
        .await;
    portal.state(|state| state.page_mut(active).active = true);

    assert_eq!(
        raw.ok("landing.site.publication", json!({"id": site})).await,
        json!(site)
    );

    let sites = raw
        .ok(
            "landing.site.getList",
            json!({"params": {"select": ["ID", "ACTIVE"]}}),
        )
        .await;
    assert_eq!(
        sites,
        json!([{"ID": site.to_string(), "ACTIVE": "Y", "TYPE": "PAGE"}])
    );
    let pages =
        json!({"params": {"select": ["PUBLIC"], "filter": {"SITE_ID": site}, "order": {"ID": "ASC"}}});
    let pages = raw.ok("landing.landing.getList", pages).await;
    assert_eq!(
        pages
            .as_array()
            .unwrap()
            .iter()
            .map(|page| (&page["ID"], &page["PUBLIC"]))
            .collect::<Vec<_>>(),
        [
            (&json!(active.to_string()), &json!("Y")),
            (&json!(inactive.to_string()), &json!("N"))
        ]
    );
    let folders = raw.ok("landing.site.getFolders", json!({"siteId": site})).await;
    assert_eq!(folders[0]["ID"], json!(folder.to_string()));
    assert_eq!(folders[0]["ACTIVE"], "Y");
}
