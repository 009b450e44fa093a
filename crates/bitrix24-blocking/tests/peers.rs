//! What other clients were seen to do wrong with a single call; by the numbers of the list that was made of it.

mod world;

use std::time::Duration;

use bitrix24_blocking::{
    Client, Error, Executed, Kind,
    types::{
        Effect,
        landing::site::{Add, AddFields, Publication},
    },
};
use bitrix24_portal::{Fault, Limits, Portal};
use serde_json::json;
use world::{World, wait};

fn add() -> Add {
    Add::new(AddFields::new("Summer", "summer"))
}

fn sites(portal: &Portal, title: &str) -> usize {
    portal.state(|state| state.sites.values().filter(|site| site.title == title).count())
}

/// A dropped answer made two deals.
#[test]
fn peers_3_a_dropped_answer_makes_nothing_twice() {
    for blocking in [false, true] {
        let world = World::new();
        world.portal.inject(Fault::DropAfter);
        let outcome = if blocking {
            world.blocking.call(add())
        } else {
            wait(world.transport.call(add()))
        };
        let error = outcome.expect_err("no answer");
        assert_eq!(
            (error.executed(), error.is_retryable()),
            (Executed::Unknown, false)
        );
        assert_eq!((sites(&world.portal, "Summer"), world.portal.requests()), (1, 1));
    }
}

/// A portal with the one webhook that portals keep when they move.
fn movable() -> Portal {
    let builder = Portal::builder()
        .limits(Limits::none())
        .webhook_code("c0de5ecretc0de5ecret");
    builder.start_blocking().expect("a portal")
}

/// Adds a site by a portal's webhook, with a client of its own.
fn add_at(portal: &Portal, blocking: bool) -> Result<i64, Error> {
    let url = portal.webhook_url();
    let reply = if blocking {
        Client::webhook(&url).expect("a client").call(add())
    } else {
        wait(
            bitrix24_transport::Client::webhook(&url)
                .expect("a client")
                .call(add()),
        )
    };
    reply.map(|reply| reply.result)
}

/// A 302 recursed for ever, or became a GET without a body.
#[test]
fn peers_5_a_redirect_keeps_the_body_and_has_an_end() {
    for blocking in [false, true] {
        // To itself, again and again.
        let portal = movable();
        portal.inject(Fault::Moved(portal.url()).times(1000));
        let error = add_at(&portal, blocking).expect_err("round in a circle");
        assert_eq!((error.kind(), error.executed()), (Kind::Redirect, Executed::No));
        assert!(portal.requests() <= 4, "{} requests", portal.requests());
        // There and back, for ever.
        let (one, other) = (movable(), movable());
        one.inject(Fault::Moved(other.url()).times(1000));
        other.inject(Fault::Moved(one.url()).times(1000));
        let error = add_at(&one, blocking).expect_err("there and back");
        assert_eq!(error.kind(), Kind::Redirect);
        assert!(one.requests() + other.requests() <= 4);
        // To where it is now: the same request, once.
        let (old, new) = (movable(), movable());
        old.inject(Fault::Moved(new.url()));
        add_at(&old, blocking).expect("a site");
        assert_eq!((old.requests(), new.requests(), sites(&new, "Summer")), (1, 1, 1));
    }
}

/// A lasting `expired_token` recursed for ever.
#[test]
fn peers_5_a_token_that_stays_expired_has_an_end() {
    for blocking in [false, true] {
        let world = World::new();
        world
            .portal
            .on("some.method")
            .error(401, "expired_token", "The access token has expired");
        let outcome = if blocking {
            world.blocking.call_raw("some.method", json!({}))
        } else {
            wait(world.transport.call_raw("some.method", json!({})))
        };
        assert_eq!(outcome.expect_err("expired").code(), Some("expired_token"));
        assert_eq!(world.portal.requests(), 1);
    }
}

/// `OVERLOAD_LIMIT` and a proxy's page were retried as rate limits, and HTML surfaced as an error of the client's own.
#[test]
fn peers_6_a_block_is_final_and_a_page_is_no_limit() {
    for blocking in [false, true] {
        let world = World::new();
        world
            .portal
            .state(|state| state.account.blocked_for_overload = true);
        let publish = || Publication::new(world.site);
        let outcome = if blocking {
            world.blocking.call(publish())
        } else {
            wait(world.transport.call(publish()))
        };
        let error = outcome.expect_err("blocked");
        assert_eq!(
            (
                error.code(),
                error.status(),
                error.executed(),
                error.is_retryable()
            ),
            (Some("OVERLOAD_LIMIT"), Some(503), Executed::No, false)
        );
        assert_eq!(world.portal.requests(), 1);

        let world = World::new();
        world.portal.inject(Fault::HtmlPage.times(99));
        let outcome = if blocking {
            world.blocking.call(add())
        } else {
            wait(world.transport.call(add()))
        };
        let error = outcome.expect_err("a page");
        assert_eq!(
            (error.kind(), error.status(), error.code(), error.executed()),
            (Kind::Unreadable, Some(503), None, Executed::Unknown)
        );
        assert_eq!(
            error.to_string(),
            "landing.site.add: the answer is not one of the API (status 503)"
        );
        assert_eq!(world.portal.requests(), 1);
    }
}

/// A new TCP connection for each request.
#[test]
fn peers_10_one_connection_serves_all_calls() {
    let world = World::new();
    for _ in 0..20 {
        world
            .blocking
            .call(Publication::new(world.site))
            .expect("published");
    }
    assert_eq!((world.portal.requests(), world.portal.connections()), (20, 1));
    wait(async {
        for _ in 0..20 {
            world
                .transport
                .clone()
                .call(Publication::new(world.site))
                .await
                .expect("published");
        }
    });
    assert_eq!((world.portal.requests(), world.portal.connections()), (40, 2));
}

/// Timeouts below the server's minute turned slow successes into repeated writes.
#[test]
fn peers_11_a_slow_success_is_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    for effect in [Effect::Read, Effect::Repeat, Effect::Once] {
        let fake = bitrix24_transport::http::fake::Fake::new().slow(
            Duration::from_secs(61),
            200,
            json!({ "result": 7 }),
        );
        let client = bitrix24_transport::Client::builder()
            .webhook("https://acme.bitrix24.com/rest/1/code/")
            .http(fake.clone())
            .build()
            .expect("a client");
        let reply = runtime.block_on(async { client.call_raw("some.method", ()).effect(effect).await });
        assert_eq!(
            (reply.expect("an answer").result, fake.requests().len()),
            (json!(7), 1)
        );
    }
}
