//! What goes wrong on the way, against the simulated portal, with both clients: what they report, how many requests they
//! sent, and how many times the method ran.

mod world;

use std::time::Duration;

use bitrix24_blocking::{
    Client, Error, Executed, Kind,
    types::landing::site::{Add, AddFields},
};
use bitrix24_portal::{Fault, Limits, Portal};
use world::{World, wait};

/// A new site: a method that makes two where it runs twice.
fn request() -> Add {
    Add::new(AddFields::new("Spring", "spring"))
}

/// Adds a site with either client; each on a world of its own, with the same fault.
fn with_both(fault: &Fault) -> [(&'static str, World, Result<i64, Error>); 2] {
    let timeout = Duration::from_millis(500);
    let world = || {
        let world = World::new();
        world.portal.inject(fault.clone());
        world
    };
    let (first, second) = (world(), world());
    let one = first.transport.call(request()).timeout(timeout);
    let one = wait(one).map(|reply| reply.result);
    let two = second
        .blocking
        .prepare(request())
        .timeout(timeout)
        .send()
        .map(|reply| reply.result);
    [("async", first, one), ("blocking", second, two)]
}

#[test]
fn a_write_is_sent_once_and_its_outcome_is_not_guessed() {
    use Executed::{Unknown, Yes};
    let error = |code: &str| Fault::ErrorUnder200 {
        code: code.into(),
        description: "no".into(),
    };
    for (fault, kinds, executed, ran) in [
        (Fault::DropBefore, &[Kind::Lost][..], Unknown, 0),
        (Fault::DropAfter, &[Kind::Lost], Unknown, 1),
        (Fault::CutBody, &[Kind::Lost, Kind::Unreadable], Unknown, 1),
        (Fault::HtmlPage, &[Kind::Unreadable], Unknown, 0),
        (Fault::Slow(Duration::from_secs(5)), &[Kind::Timeout], Unknown, 1),
        (error("SOME_ERROR"), &[Kind::Api], Unknown, 0),
        // The method's own: whoever answers so has run it, as far as a client can know.
        (error("SITE_LIMIT_REACHED"), &[Kind::Api], Yes, 0),
    ] {
        for (client, world, outcome) in with_both(&fault) {
            let error = outcome.expect_err(client);
            assert!(kinds.contains(&error.kind()), "{client} {fault:?}: {error:?}");
            assert_eq!(
                (error.executed(), error.is_retryable()),
                (executed, false),
                "{client} {fault:?}"
            );
            assert_eq!(
                (world.portal.requests(), world.portal.runs("landing.site.add")),
                (1, ran),
                "{client} {fault:?}"
            );
        }
    }
}

#[test]
fn a_slow_success_is_a_success() {
    for (client, world, outcome) in with_both(&Fault::Slow(Duration::from_millis(100))) {
        let site = outcome.expect(client);
        assert!(
            world.portal.state(|state| state.sites.contains_key(&site)),
            "{client}"
        );
        assert_eq!(world.portal.requests(), 1, "{client}");
    }
}

/// The old address answers with a redirect; the call runs once, at the new one, with its whole body.
#[test]
fn a_portal_that_has_moved_is_found() {
    let portal = || {
        let builder = Portal::builder()
            .limits(Limits::none())
            .webhook_code("c0de5ecretc0de5ecret");
        builder.start_blocking().expect("a portal")
    };
    for blocking in [false, true] {
        let (old, new) = (portal(), portal());
        old.inject(Fault::Moved(new.url()).times(10));
        for _ in 0..2 {
            if blocking {
                // A client of its own each time: both go by the old address first.
                Client::webhook(&old.webhook_url())
                    .expect("a client")
                    .call(request())
                    .expect("a site");
            } else {
                let client = bitrix24_transport::Client::webhook(&old.webhook_url()).expect("a client");
                wait(client.call(request())).expect("a site");
            }
        }
        assert_eq!((old.requests(), old.runs("landing.site.add")), (2, 0));
        assert_eq!((new.requests(), new.runs("landing.site.add")), (2, 2));
        let titles = new.state(|state| {
            state
                .sites
                .values()
                .map(|site| site.title.clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(titles, ["Spring", "Spring"]);
    }
}

/// The portal is asked as fast as its plan allows, and never refuses.
#[test]
fn a_burst_stays_under_the_limit_of_the_portal() {
    let portal = Portal::builder()
        .limits(Limits::standard())
        .start_blocking()
        .expect("a portal");
    let client = bitrix24_transport::Client::webhook(&portal.webhook_url()).expect("a client");
    wait(async {
        let calls: Vec<_> = (0..53)
            .map(|_| tokio::spawn(client.call_raw("landing.site.getList", ()).send()))
            .collect();
        for call in calls {
            call.await.expect("no panic").expect("no refusal");
        }
    });
    assert_eq!(portal.requests(), 53);
    assert!(portal.calls().iter().all(|call| call.status != Some(503)));
}
