//! What other clients were seen to do wrong with calls and batches; by the numbers of the list that was made of it.

mod world;

use std::time::Duration;

use bitrix24_blocking::{
    Batch, Client, Error, Executed, Kind,
    batch::Reply,
    types::{
        Arg, Effect, Map, OneZero, Params, Value, YesNo,
        landing::site::{Add, AddFields, GetList, Publication},
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

/// The scripted methods `method.0` … answer with their number, but these fail.
fn scripted(portal: &Portal, count: usize, failing: &[usize]) {
    for number in 0..count {
        let script = portal.on(format!("method.n{number}"));
        if failing.contains(&number) {
            script.error(400, &format!("ERROR_{number}"), "no");
        } else {
            script.reply(number);
        }
    }
}

fn send(world: &World, blocking: bool, batch: Batch) -> Result<Reply, Error> {
    if blocking {
        world.blocking.batch(batch)
    } else {
        wait(world.transport.batch(batch))
    }
}

/// A command that failed in the middle left 200 of 1,000 rows, as a success.
#[test]
fn peers_1_a_failing_command_of_a_batch_is_no_success() {
    for blocking in [false, true] {
        let world = World::new();
        scripted(&world.portal, 20, &[4]);
        let pages = |halt: bool| {
            let mut batch = Batch::new();
            batch.halt(halt);
            let handles: Vec<_> = (0..20)
                .map(|number| batch.add_raw(format!("method.n{number}"), ()))
                .collect();
            (batch, handles)
        };
        let (batch, handles) = pages(false);
        let reply = send(&world, blocking, batch).expect("a reply");
        let outcomes: Vec<_> = handles
            .into_iter()
            .map(|handle| reply.take(handle).map(|page| page.result))
            .collect();
        for (number, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Ok(result) => assert!(number != 4 && *result == json!(number)),
                Err(error) => assert_eq!((number, error.code()), (4, Some("ERROR_4"))),
            }
        }
        assert_eq!(reply.check().expect_err("one has failed").code(), Some("ERROR_4"));
        // Where one page needs the one before, the rest says that it was not run.
        let (batch, handles) = pages(true);
        let reply = send(&world, blocking, batch).expect("a reply");
        let kinds: Vec<_> = handles
            .into_iter()
            .map(|handle| reply.take(handle).err().map(|error| error.kind()))
            .collect();
        assert_eq!(kinds[..4], [None; 4]);
        assert_eq!(kinds[4], Some(Kind::Api));
        assert_eq!(kinds[5..], [Some(Kind::NotRun); 15]);
    }
}

/// Chunked batches lost the alignment of input and output, three failures became one, and an error threw away what was
/// read already.
#[test]
fn peers_7_each_command_of_a_long_batch_keeps_its_outcome() {
    for blocking in [false, true] {
        let world = World::new();
        let failing = [0, 49, 50, 130];
        scripted(&world.portal, 180, &failing);
        let mut batch = Batch::new();
        let handles: Vec<_> = (0..180)
            .map(|number| batch.add_raw(format!("method.n{number}"), ()))
            .collect();
        let reply = send(&world, blocking, batch).expect("a reply");
        assert_eq!(world.portal.requests(), 4);
        let mut failed = Vec::new();
        for (number, handle) in handles.into_iter().enumerate() {
            match reply.take(handle) {
                Ok(response) => assert_eq!(response.result, number),
                Err(error) => {
                    assert_eq!(error.code(), Some(&*format!("ERROR_{number}")));
                    assert_eq!(error.method(), Some(&*format!("method.n{number}")));
                    failed.push(number);
                }
            }
        }
        assert_eq!(failed, failing);
        let listed: Vec<_> = reply
            .errors()
            .map(|(command, error)| (command.place, error.code().map(str::to_owned)))
            .collect();
        assert_eq!(
            listed,
            failing.map(|number| (number, Some(format!("ERROR_{number}"))))
        );
    }
}

/// `null`, booleans and empty lists were lost on the way into a batch.
#[test]
fn peers_9_null_booleans_and_empty_lists_arrive_in_a_batch() {
    for blocking in [false, true] {
        let world = World::new();
        world.portal.on("some.update").reply(true);
        let fields = Params::new()
            .with::<String>("COMMENTS", Arg::null())
            .with::<Vec<String>>("TAGS", Vec::<String>::new())
            .with::<bool>("CLOSED", false)
            .with::<YesNo>("OPENED", false)
            .with::<OneZero>("EXPORT", true);
        let mut batch = Batch::new();
        let site = batch.add(GetList::new());
        batch.add_raw(
            "some.update",
            Params::new()
                .with::<Map<Value>>("fields", fields)
                .with::<i64>("id", site.path("0.ID")),
        );
        send(&world, blocking, batch)
            .expect("a reply")
            .check()
            .expect("both went well");
        let calls = world.portal.calls();
        let update = calls
            .iter()
            .find(|call| call.method == "some.update")
            .expect("it was called");
        assert_eq!(
            update.params,
            json!({
                "fields": { "COMMENTS": "", "TAGS": "", "CLOSED": "0", "OPENED": "N", "EXPORT": "1" },
                "id": world.site.to_string(),
            })
        );
    }
}
