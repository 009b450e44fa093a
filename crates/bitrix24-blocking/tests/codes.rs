//! All twenty-nine error codes that `landing.site.publication` can end with, and the limit on operating time: a state of
//! the simulated portal that means it → the async and the blocking client → the right typed variant or system error.

mod world;

use std::{collections::BTreeSet, time::Duration};

use bitrix24_blocking::{
    Error, Executed, Kind,
    types::{
        Codes, SystemError,
        landing::site::{Publication, PublicationError},
    },
};
use bitrix24_portal::{
    BatchRefusals, Block, Health, LeakyCounter, Limits, Rights, Scopes, SiteType, State, Tier,
};
use serde_json::json;
use world::{NOW, World, wait};

type Cause = fn(&mut State, site: i64, page: i64);

#[test]
fn the_fourteen_codes_of_the_method() {
    use PublicationError::*;
    let causes: Vec<(PublicationError, &str, Cause)> = vec![
        (AccessDenied, "ACCESS_DENIED", |state, _, _| {
            state.user.rights.publication = false
        }),
        (AccessDenied, "ACCESS_DENIED", |state, site, _| {
            state.site_mut(site).rights = Some(Rights::NONE)
        }),
        (AccessDenied, "ACCESS_DENIED", |state, site, _| {
            state.site_mut(site).kind = SiteType::Knowledge
        }),
        (AccessDenied, "ACCESS_DENIED", |state, site, _| {
            drop(state.sites.remove(&site))
        }),
        (PhoneNotConfirmed, "PHONE_NOT_CONFIRMED", |state, _, _| {
            state.account.phone_confirmed = false
        }),
        (EmailNotConfirmed, "EMAIL_NOT_CONFIRMED", |state, _, _| {
            state.account.email_confirmed = false
        }),
        (UrlcheckerFail, "URLCHECKER_FAIL", |state, _, page| {
            state.page_mut(page).malicious = true
        }),
        (PublicPageReached, "PUBLIC_PAGE_REACHED", |state, _, _| {
            state.plan.published_pages = Some(0)
        }),
        (
            LandingPaymentFailed,
            "LANDING_PAYMENT_FAILED",
            |state, _, page| {
                state.account.market_subscription = false;
                state.page_mut(page).from_app = Some("shop".into());
            },
        ),
        (
            LandingPaymentFailedBlock,
            "LANDING_PAYMENT_FAILED_BLOCK",
            |state, _, page| {
                state.account.market_subscription = false;
                state.page_mut(page).blocks.push(Block::from_app("shop"));
            },
        ),
        (PublicSiteReached, "PUBLIC_SITE_REACHED", |state, _, _| {
            state.plan.published_sites = Some(0)
        }),
        (
            PublicSiteReachedFree,
            "PUBLIC_SITE_REACHED_FREE",
            |state, _, _| {
                state.plan.tier = Tier::Trial;
                state.account.publishing_needs_paid_plan = true;
            },
        ),
        (LicenseExpired, "LICENSE_EXPIRED", |state, _, _| {
            state.account.licence_expired = true
        }),
        (SystemError, "SYSTEM_ERROR", |state, _, _| {
            state.account.health = Health::ModuleFails
        }),
    ];
    let mut seen: BTreeSet<&str> = causes.iter().map(|(_, code, _)| *code).collect();
    seen.extend(["MISSING_PARAMS", "TYPE_ERROR", "PUBLIC_HTML_DISALLOWED[*]"]);
    let listed: BTreeSet<&str> = PublicationError::LISTED
        .iter()
        .map(|(_, code, _)| *code)
        .collect();
    assert_eq!(
        (seen, listed.len()),
        (listed, 14),
        "the three added here are below, and in the next test"
    );

    for (variant, code, cause) in causes {
        let world = World::new();
        world.portal.state(|state| cause(state, world.site, world.page));
        is_documented(&world.publish(), variant, code, Executed::Yes);
        assert!(!world.published(), "{code}");
    }

    let world = World::new();
    let method = "landing.site.publication";
    // Of a call by name it is not known which codes are the method's own.
    for (params, variant, code) in [
        (json!({}), MissingParams, "MISSING_PARAMS"),
        (json!({ "id": "one" }), TypeError, "TYPE_ERROR"),
    ] {
        is_documented(&world.raw(method, &params), variant, code, Executed::Unknown);
    }
}

#[test]
fn the_code_that_carries_a_detail() {
    let causes: [(char, Cause); 2] = [
        ('S', |state, site, _| state.site_mut(site).custom_html = true),
        ('L', |state, _, page| state.page_mut(page).custom_html = true),
    ];
    for (kind, cause) in causes {
        let world = World::new();
        world.portal.state(|state| {
            state.plan.custom_html = false;
            cause(state, world.site, world.page);
        });
        let id = if kind == 'S' { world.site } else { world.page };
        let detail = format!("{kind}{id}");
        let code = format!("PUBLIC_HTML_DISALLOWED[{detail}]");
        is_documented(
            &world.publish(),
            PublicationError::PublicHtmlDisallowed(detail),
            &code,
            Executed::Yes,
        );
    }
}

fn is_documented(error: &Error, variant: PublicationError, code: &str, executed: Executed) {
    assert_eq!(error.documented::<Publication>(), Some(variant), "{error:?}");
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (Kind::Api, Some(code), Some(400))
    );
    assert_eq!(
        (error.system(), error.executed(), error.is_retryable()),
        (None, executed, false),
        "{code}"
    );
    assert!(
        error
            .to_string()
            .starts_with(&format!("landing.site.publication: {code} (status 400)")),
        "{error}"
    );
}

#[test]
fn the_errors_of_the_system() {
    use Executed::{No, Unknown};
    use SystemError::*;
    let causes: Vec<(u16, SystemError, Executed, Cause)> = vec![
        (500, InternalServerError, Unknown, |state, _, _| {
            state.account.health = Health::ServerFails
        }),
        (500, ErrorUnexpectedAnswer, Unknown, |state, _, _| {
            state.account.health = Health::AnswersNonsense
        }),
        (401, NoAuthFound, No, |state, _, _| state.webhook.deleted = true),
        (400, InvalidRequest, No, |state, _, _| {
            state.account.https_only = true
        }),
        (503, OverloadLimit, No, |state, _, _| {
            state.account.blocked_for_overload = true
        }),
        (403, AccessDenied, No, |state, _, _| state.plan.tier = Tier::Free),
        (403, InvalidCredentials, No, |state, _, _| {
            state.user.may_use_rest = false
        }),
        (404, ErrorManifestIsNotAvailable, No, |state, _, _| {
            state.account.manifest_available = false
        }),
        (403, InsufficientScope, No, |state, _, _| {
            state.webhook.scopes = Scopes::only(["crm"])
        }),
        (401, ExpiredToken, No, |state, _, _| {
            state.webhook.expires_at = Some(NOW)
        }),
        (403, UserAccessError, No, |state, _, _| {
            state.user.may_use_app = false
        }),
        (500, PortalDeleted, No, |state, _, _| state.account.closed = true),
    ];
    let elsewhere = [
        QueryLimitExceeded,
        OperationTimeLimit,
        ErrorBatchMethodNotAllowed,
        ErrorBatchLengthExceeded,
        ErrorMethodNotFound,
    ];
    for system in SystemError::ALL {
        assert!(
            causes.iter().any(|cause| cause.1 == *system) || elsewhere.contains(system),
            "{system}"
        );
    }
    for (status, system, executed, cause) in causes {
        let world = World::new();
        world.portal.state(|state| cause(state, world.site, world.page));
        is_system(&world.publish(), status, system, executed);
        // «No» is a promise: what the portal counted must bear it out.
        if executed == No {
            assert_eq!(world.portal.runs("landing.site.publication"), 0, "{system}");
        }
    }
}

#[test]
fn the_errors_of_limits_and_batches() {
    let world = World::new();
    world
        .portal
        .limits(|limits| limits.requests = Some(LeakyCounter::new(0, 2.0)));
    is_system(
        &world.publish(),
        503,
        SystemError::QueryLimitExceeded,
        Executed::No,
    );

    let world = World::new();
    world.portal.limits(|limits| *limits = Limits::standard());
    world
        .portal
        .cost("landing.site.publication", Duration::from_secs(500));
    world
        .blocking
        .call(Publication::new(world.site))
        .expect("room for one");
    is_system(
        &world.publish(),
        429,
        SystemError::OperationTimeLimit,
        Executed::No,
    );

    let world = World::new();
    world
        .portal
        .state(|state| state.account.batch_refusals = BatchRefusals::AsStatus);
    let nested = json!({ "cmd": { "inner": "batch?cmd[0]=server.time" } });
    is_system(
        &world.raw("batch", &nested),
        405,
        SystemError::ErrorBatchMethodNotAllowed,
        Executed::No,
    );
    let long = json!({ "cmd": vec!["server.time"; 51] });
    is_system(
        &world.raw("batch", &long),
        400,
        SystemError::ErrorBatchLengthExceeded,
        Executed::No,
    );
}

#[test]
fn a_method_that_does_not_exist() {
    let world = World::new();
    let error = world.raw("landing.site.publicate", &json!({ "id": world.site }));
    is_system(&error, 404, SystemError::ErrorMethodNotFound, Executed::No);
}

fn is_system(error: &Error, status: u16, system: SystemError, executed: Executed) {
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (Kind::Api, Some(system.code()), Some(status))
    );
    assert_eq!(
        (error.system(), error.executed()),
        (Some(system), executed),
        "{error:?}"
    );
    assert_eq!(error.documented::<Publication>(), None, "{error:?}");
}

/// Nothing above is an accident of the table: the same call succeeds where nothing is wrong.
#[test]
fn without_a_cause_the_site_is_published() {
    let world = World::new();
    assert_eq!(
        world
            .blocking
            .call(Publication::new(world.site))
            .expect("published")
            .result,
        world.site
    );
    assert!(world.published());
    let again = wait(world.transport.landing().site().publication(world.site));
    assert_eq!(again.expect("published again").result, world.site);
    assert_eq!(world.portal.runs("landing.site.publication"), 2);
    let blocking = world.blocking.landing().site().publication(world.site).send();
    assert_eq!(blocking.expect("and again").result, world.site);
}

/// An error is only one of the method it came from.
#[test]
fn a_code_of_another_method_is_none_of_this_one() {
    let world = World::new();
    world.portal.state(|state| state.user.rights = Rights::NONE);
    let error = world.raw("landing.site.unpublic", &json!({ "id": world.site }));
    assert_eq!(
        (error.code(), error.documented::<Publication>()),
        (Some("ACCESS_DENIED"), None)
    );
}
