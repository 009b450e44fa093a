//! Every documented refusal of `landing.site.publication`, and every system error, from the state that means it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{
    BatchRefusals, Block, Clock, Health, LeakyCounter, Limits, Portal, Rights, Scopes, SiteType, State, Tier,
};
use raw::Raw;
use serde_json::{Value, json};

const NOW: Duration = Duration::from_secs(1_773_285_117);

/// A portal with a site that has an active page, ready to be published.
async fn portal() -> (Portal, Raw, i64, i64) {
    let clock = Clock::fixed(NOW);
    let portal = Portal::builder()
        .clock(clock)
        .limits(Limits::none())
        .start()
        .await
        .unwrap();
    let raw = Raw::new(&portal);
    let (site, page) = portal.state(|state| {
        let site = state.add_site("Spring");
        (site, state.add_active_page(site, "Home"))
    });
    (portal, raw, site, page)
}

#[tokio::test]
async fn the_fourteen_codes_of_publication() {
    type Cause = fn(&mut State, site: i64, page: i64);
    let causes: &[(&str, Cause)] = &[
        ("ACCESS_DENIED", |state, _, _| {
            state.user.rights.publication = false
        }),
        ("ACCESS_DENIED", |state, site, _| {
            state.site_mut(site).rights = Some(Rights::NONE)
        }),
        ("ACCESS_DENIED", |state, site, _| {
            state.site_mut(site).deleted = true
        }),
        ("ACCESS_DENIED", |state, site, _| {
            state.site_mut(site).kind = SiteType::Knowledge
        }),
        ("ACCESS_DENIED", |state, site, _| drop(state.sites.remove(&site))),
        ("PHONE_NOT_CONFIRMED", |state, _, _| {
            state.account.phone_confirmed = false
        }),
        ("EMAIL_NOT_CONFIRMED", |state, _, _| {
            state.account.email_confirmed = false
        }),
        ("URLCHECKER_FAIL", |state, _, page| {
            state.page_mut(page).malicious = true
        }),
        ("PUBLIC_PAGE_REACHED", |state, _, _| {
            state.plan.published_pages = Some(0)
        }),
        ("LANDING_PAYMENT_FAILED", |state, _, page| {
            state.account.market_subscription = false;
            state.page_mut(page).from_app = Some("shop".to_owned());
        }),
        ("LANDING_PAYMENT_FAILED_BLOCK", |state, _, page| {
            state.account.market_subscription = false;
            state.page_mut(page).blocks.push(Block::from_app("shop"));
        }),
        ("PUBLIC_SITE_REACHED", |state, _, _| {
            state.plan.published_sites = Some(0)
        }),
        ("PUBLIC_SITE_REACHED_FREE", |state, _, _| {
            state.plan.tier = Tier::Trial;
            state.account.publishing_needs_paid_plan = true;
        }),
        ("PUBLIC_HTML_DISALLOWED[S2]", |state, site, _| {
            state.plan.custom_html = false;
            state.site_mut(site).custom_html = true;
        }),
        ("PUBLIC_HTML_DISALLOWED[S2]", |state, site, _| {
            state.plan.custom_html = false;
            let fields = &mut state.site_mut(site).additional_fields;
            fields.insert("HEADBLOCK_USE".to_owned(), "Y".into());
            fields.insert("HEADBLOCK_CODE".to_owned(), "<script></script>".into());
        }),
        ("PUBLIC_HTML_DISALLOWED[L4]", |state, _, page| {
            state.plan.custom_html = false;
            state.page_mut(page).custom_html = true;
        }),
        ("PUBLIC_HTML_DISALLOWED[L4]", |state, _, page| {
            state.plan.custom_html = false;
            state.page_mut(page).blocks.push(Block::with_custom_html());
        }),
        ("LICENSE_EXPIRED", |state, _, _| {
            state.account.licence_expired = true
        }),
        ("SYSTEM_ERROR", |state, _, _| {
            state.account.health = Health::ModuleFails
        }),
    ];
    for (code, cause) in causes {
        let (portal, raw, site, page) = portal().await;
        portal.state(|state| cause(state, site, page));
        assert_eq!(raw.publish(site).await, (400, (*code).to_owned()));
        let published = portal.state(|state| {
            state.sites.get(&site).is_some_and(|site| site.active) || state.pages[&page].public
        });
        assert!(
            !published,
            "{code}: nothing is published where not everything can be"
        );
    }
    let (_portal, raw, ..) = portal().await;
    for (params, code) in [
        (json!({}), "MISSING_PARAMS"),
        (json!({"id": null}), "MISSING_PARAMS"),
        (json!({"id": "one"}), "TYPE_ERROR"),
        (json!({"id": []}), "TYPE_ERROR"),
        (json!({"id": 2, "scope": ["KNOWLEDGE"]}), "TYPE_ERROR"),
    ] {
        assert_eq!(
            raw.refusal("landing.site.publication", params).await,
            (400, code.to_owned())
        );
    }
}

#[tokio::test]
async fn what_does_not_concern_a_publication_does_not_stop_it() {
    type Harmless = fn(&mut State, site: i64, page: i64);
    let harmless: &[Harmless] = &[
        |state, _, _| state.plan.published_pages = Some(1),
        |state, _, _| state.plan.published_sites = Some(1),
        |state, site, _| {
            state.plan.published_sites = Some(1);
            state.site_mut(site).active = true;
        },
        |state, _, _| {
            state.plan.published_sites = Some(1);
            let knowledge_base = state.add_site_of(SiteType::Knowledge, "Handbook");
            state.site_mut(knowledge_base).active = true;
        },
        |state, _, page| state.page_mut(page).from_app = Some("shop".to_owned()),
        |state, _, page| state.page_mut(page).custom_html = true,
        |state, site, _| {
            let draft = state.add_page(site, "Draft");
            state.page_mut(draft).malicious = true;
        },
        |state, _, _| state.account.publishing_needs_paid_plan = true,
        |state, _, _| state.account.market_subscription = false,
        |state, site, _| {
            state.plan.custom_html = false;
            let fields = &mut state.site_mut(site).additional_fields;
            fields.insert("HEADBLOCK_USE".to_owned(), "N".into());
            fields.insert("HEADBLOCK_CODE".to_owned(), "<script></script>".into());
        },
    ];
    for (at, harmless) in harmless.iter().enumerate() {
        let (portal, raw, site, page) = portal().await;
        portal.state(|state| harmless(state, site, page));
        let (status, body) = raw.call("landing.site.publication", json!({"id": site})).await;
        assert_eq!((status, &body["result"]), (200, &json!(site)), "{at}: {body}");
    }
}

#[tokio::test]
async fn the_system_errors() {
    type Cause = fn(&mut State);
    let causes: &[(u16, &str, bool, Cause)] = &[
        (500, "INTERNAL_SERVER_ERROR", false, |state| {
            state.account.health = Health::ServerFails
        }),
        (500, "ERROR_UNEXPECTED_ANSWER", true, |state| {
            state.account.health = Health::AnswersNonsense
        }),
        (401, "NO_AUTH_FOUND", false, |state| state.webhook.deleted = true),
        (400, "INVALID_REQUEST", false, |state| {
            state.account.https_only = true
        }),
        (503, "OVERLOAD_LIMIT", false, |state| {
            state.account.blocked_for_overload = true
        }),
        (403, "ACCESS_DENIED", false, |state| state.plan.tier = Tier::Free),
        (403, "INVALID_CREDENTIALS", false, |state| {
            state.user.may_use_rest = false
        }),
        (404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", false, |state| {
            state.account.manifest_available = false
        }),
        (403, "insufficient_scope", false, |state| {
            state.webhook.scopes = Scopes::only(["crm"])
        }),
        (401, "expired_token", false, |state| {
            state.webhook.expires_at = Some(NOW)
        }),
        (403, "user_access_error", false, |state| {
            state.user.may_use_app = false
        }),
        (500, "PORTAL_DELETED", false, |state| state.account.closed = true),
    ];
    for (status, code, ran, cause) in causes {
        let (portal, raw, site, _) = portal().await;
        portal.state(cause);
        assert_eq!(raw.publish(site).await, (*status, (*code).to_owned()));
        assert_eq!(portal.state(|state| state.sites[&site].active), *ran, "{code}");
        assert_eq!(
            portal.runs("landing.site.publication"),
            usize::from(*ran),
            "{code}"
        );
    }
}

#[tokio::test]
async fn too_many_requests() {
    let clock = Clock::fixed(NOW);
    let limits = Limits::standard();
    let portal = Portal::builder()
        .clock(clock.clone())
        .limits(limits)
        .start()
        .await
        .unwrap();
    let raw = Raw::new(&portal);
    for _ in 0..50 {
        raw.ok("landing.site.getList", json!({})).await;
    }
    let refused = (503, "QUERY_LIMIT_EXCEEDED".to_owned());
    assert_eq!(raw.refusal("landing.site.getList", json!({})).await, refused);
    clock.advance(Duration::from_secs(1));
    raw.ok("landing.site.getList", json!({})).await;
    raw.ok("landing.site.getList", json!({})).await;
    assert_eq!(raw.refusal("landing.site.getList", json!({})).await, refused);
    portal.limits(|limits| limits.requests = Some(LeakyCounter::new(250, 5.0)));
    raw.ok("landing.site.getList", json!({})).await;
}

#[tokio::test]
async fn a_method_that_has_worked_too_long() {
    let clock = Clock::fixed(NOW);
    let portal = Portal::builder().clock(clock.clone()).start().await.unwrap();
    let raw = Raw::new(&portal);
    portal.cost("landing.site.getlist", Duration::from_millis(250_500));
    for operating in [250.5, 501.0] {
        let (_, body) = raw.call("landing.site.getList", json!({})).await;
        assert_eq!(body["time"]["operating"].as_f64(), Some(operating));
        assert_eq!(body["time"]["operating_reset_at"], json!(NOW.as_secs() + 600));
        assert_eq!(body["time"]["processing"], json!(250.5));
    }
    let refused = (429, "OPERATION_TIME_LIMIT".to_owned());
    assert_eq!(raw.refusal("landing.site.getList", json!({})).await, refused);
    raw.ok("landing.landing.getList", json!({})).await;
    clock.advance(Duration::from_secs(600));
    raw.ok("landing.site.getList", json!({})).await;
}

#[tokio::test]
async fn a_batch_that_may_not_run() {
    let (portal, raw, site, _) = portal().await;
    let publish = format!("landing.site.publication?id={site}");
    let nested = json!({"cmd": {"inner": "batch?cmd[0]=server.time", "site": &publish}});
    let long = json!({"cmd": vec![publish; 51]});

    let result = raw.ok("batch", nested.clone()).await;
    assert_eq!(
        result["result_error"]["inner"]["error"],
        "ERROR_BATCH_METHOD_NOT_ALLOWED"
    );
    assert_eq!(result["result"]["site"], json!(site));
    let result = raw.ok("batch", long.clone()).await;
    assert_eq!(result["result"].as_array().map(Vec::len), Some(50));
    assert_eq!(
        result["result_error"]["50"]["error"],
        "ERROR_BATCH_LENGTH_EXCEEDED"
    );

    let runs = portal.runs("landing.site.publication");
    portal.state(|state| state.account.batch_refusals = BatchRefusals::AsStatus);
    assert_eq!(
        raw.refusal("batch", nested).await,
        (405, "ERROR_BATCH_METHOD_NOT_ALLOWED".to_owned())
    );
    assert_eq!(
        raw.refusal("batch", long).await,
        (400, "ERROR_BATCH_LENGTH_EXCEEDED".to_owned())
    );
    assert_eq!(portal.runs("landing.site.publication"), runs);
}

#[tokio::test]
async fn who_calls() {
    let (portal, raw, site, _) = portal().await;
    let unknown = (401, "NO_AUTH_FOUND".to_owned());
    for webhook in [
        format!("{}/rest/1/wrong/", portal.url()),
        raw.webhook.replace("/rest/1/", "/rest/2/"),
        format!("{}/rest/", portal.url()),
    ] {
        let raw = Raw {
            webhook,
            http: raw.http.clone(),
        };
        assert_eq!(raw.publish(site).await, unknown);
    }

    portal.state(|state| {
        state.tokens.insert("good".to_owned(), Default::default());
        let mut old = bitrix24_portal::Credential::default();
        old.expires_at = Some(NOW - Duration::from_secs(1));
        state.tokens.insert("old".to_owned(), old);
    });
    let with_token = Raw {
        webhook: format!("{}/rest/", portal.url()),
        http: raw.http.clone(),
    };
    let publish = |auth: &str| json!({"id": site, "auth": auth});
    let method = "landing.site.publication";
    assert_eq!(with_token.ok(method, publish("good")).await, json!(site));
    assert_eq!(
        with_token.refusal(method, publish("old")).await,
        (401, "expired_token".to_owned())
    );
    assert_eq!(with_token.refusal(method, publish("stolen")).await, unknown);
    let request = raw
        .http
        .post(format!("{}{method}", with_token.webhook))
        .bearer_auth("good");
    let body: Value = request
        .json(&json!({"id": site}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["result"], json!(site));
    assert!(
        portal
            .calls()
            .iter()
            .all(|call| call.params.get("auth").is_none()),
        "tokens are not kept"
    );
}

#[tokio::test]
async fn https_as_far_as_a_proxy_is_https() {
    let (portal, raw, site, _) = portal().await;
    portal.state(|state| state.account.https_only = true);
    let request = raw.http.post(format!("{}landing.site.publication", raw.webhook));
    let request = request
        .header("X-Forwarded-Proto", "https")
        .json(&json!({"id": site}));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
}
