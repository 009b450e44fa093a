//! What can go wrong with a single call, by what it means for the method to run twice, with both clients: what the caller
//! is told, how many requests the portal saw, and how many times the method ran.

use std::time::Duration;

use bitrix24_blocking::{
    Client, Error, Executed, Kind, Retry,
    oauth::{App, MemoryStore},
    types::landing::site::{Add, AddFields, GetList, Publication},
};
use bitrix24_portal::{Fault, LeakyCounter, Limits, Portal};
use tokio::runtime::Runtime;

/// The methods: one that reads, one that may run twice, one that must not.
const METHODS: [&str; 3] = [
    "landing.site.getList",
    "landing.site.publication",
    "landing.site.add",
];

/// What comes of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Done,
    Failed(Kind, Executed),
}

/// Outcome, requests, runs.
type Cell = (Outcome, usize, usize);

struct Row {
    fault: &'static str,
    arrange: fn(&Portal),
    /// Read, repeat, once.
    expected: [Cell; 3],
}

fn inject(portal: &Portal, fault: Fault) {
    portal.inject(fault);
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    use Executed::{No, Unknown, Yes};
    use Kind::{Api, Lost, Redirect, Timeout, Unreadable};
    use Outcome::{Done, Failed};
    let row = |fault, arrange, expected| Row { fault, arrange, expected };
    let all = |cell| [cell; 3];
    vec![
        //                          what happens                                                  read              repeat            once
        row("dropped before it ran", |p| inject(p, Fault::DropBefore),                          [(Done, 2, 1),     (Done, 2, 1),     (Failed(Lost, Unknown), 1, 0)]),
        row("dropped after it ran",  |p| inject(p, Fault::DropAfter),                           [(Done, 2, 2),     (Done, 2, 2),     (Failed(Lost, Unknown), 1, 1)]),
        row("503 as a page",         |p| inject(p, Fault::HtmlPage),                            [(Done, 2, 1),     (Done, 2, 1),     (Failed(Unreadable, Unknown), 1, 0)]),
        row("502 as a page",         |p| inject(p, Fault::BadGateway),                          [(Done, 2, 1),     (Done, 2, 1),     (Failed(Unreadable, Unknown), 1, 0)]),
        row("the body is cut",       |p| inject(p, Fault::CutBody),                             [(Done, 2, 2),     (Done, 2, 2),     (Failed(Lost, Unknown), 1, 1)]),
        row("too slow",              |p| inject(p, Fault::Slow(Duration::from_secs(5))),        [(Done, 2, 2),     (Done, 2, 2),     (Failed(Timeout, Unknown), 1, 1)]),
        row("302 to another host",   |p| inject(p, Fault::Moved("https://evil.example".into())), all((Failed(Redirect, No), 1, 0))),
        row("an error of nobody's under 200",   |p| under_200(p, "SOME_ERROR"),                  all((Failed(Api, Unknown), 1, 0))),
        row("an error of the method's own",     of_its_own,                                      all((Failed(Api, Yes), 1, 1))),
        row("an error of the system under 200", |p| under_200(p, "NO_AUTH_FOUND"),               all((Failed(Api, No), 1, 0))),
        row("QUERY_LIMIT_EXCEEDED",  fill_the_counter,                                           all((Done, 2, 1))),
        row("OVERLOAD_LIMIT",        |p| p.state(|state| state.account.blocked_for_overload = true),
                                                                                                 all((Failed(Api, No), 1, 0))),
        row("expired token",         |p| p.expire_tokens(),                                      all((Done, 2, 1))),
        row("dropped after it ran, each time", |p| p.inject(Fault::DropAfter.times(99)),
                                                                  [(Failed(Lost, Unknown), 5, 5), (Failed(Lost, Unknown), 5, 5), (Failed(Lost, Unknown), 1, 1)]),
    ]
}

fn under_200(portal: &Portal, code: &str) {
    let fault = Fault::ErrorUnder200 {
        code: code.into(),
        description: "no".into(),
    };
    portal.inject(fault);
}

/// All three methods list it, as theirs.
fn of_its_own(portal: &Portal) {
    for method in METHODS {
        portal.on(method).error(400, "ACCESS_DENIED", "no");
    }
}

/// Others have used the portal up, as far as this second goes.
fn fill_the_counter(portal: &Portal) {
    let mut counter = LeakyCounter::new(50, 50.0);
    counter.start = 50.0;
    portal.limits(|limits| limits.requests = Some(counter));
}

/// A portal with a site, and a client for it.
struct World {
    portal: Portal,
    site: i64,
}

impl World {
    fn new() -> Self {
        let builder = Portal::builder().limits(Limits::none());
        let portal = builder.start_blocking().expect("a portal");
        portal.install("local.1", "s3cret");
        let site = portal.state(|state| {
            let site = state.add_site("Spring");
            state.add_active_page(site, "Home");
            site
        });
        Self { portal, site }
    }

    fn app(&self) -> App {
        let app = App::new("local.1", "s3cret");
        app.trust_server(&self.portal.url()).expect("a server")
    }

    /// One of the clients. Both use tokens, which can expire.
    fn client(&self, blocking: bool) -> AnyClient {
        let code = self.portal.authorize("local.1");
        let retry = Retry::new().pauses(Duration::from_millis(1), Duration::from_millis(1));
        // Far below the slow answer, far above any other on a busy machine.
        let quick = Duration::from_secs(1);
        if blocking {
            let builder = Client::builder().retry(retry).request_timeout(quick);
            let connect = builder
                .oauth(self.app(), MemoryStore::new())
                .server(&self.portal.url());
            return AnyClient::Blocking(connect.authorize(&code).expect("a client"));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let builder = bitrix24_transport::Client::builder().retry(retry);
        let connect = builder
            .request_timeout(quick)
            .oauth(self.app(), MemoryStore::new())
            .server(&self.portal.url());
        let client = runtime.block_on(connect.authorize(&code)).expect("a client");
        AnyClient::Async(runtime, client)
    }

    fn refreshes(&self) -> usize {
        self.portal.oauth(|server| server.refreshes())
    }
}

enum AnyClient {
    Async(Runtime, bitrix24_transport::Client),
    Blocking(Client),
}

impl AnyClient {
    fn call(&self, method: usize, site: i64) -> Result<(), Error> {
        let fields = AddFields::new("Spring", "spring");
        match self {
            Self::Blocking(client) => match method {
                0 => client.call(GetList::new()).map(drop),
                1 => client.call(Publication::new(site)).map(drop),
                _ => client.call(Add::new(fields)).map(drop),
            },
            Self::Async(runtime, client) => runtime.block_on(async {
                match method {
                    0 => client.call(GetList::new()).await.map(drop),
                    1 => client.call(Publication::new(site)).await.map(drop),
                    _ => client.call(Add::new(fields)).await.map(drop),
                }
            }),
        }
    }
}

fn outcome(result: &Result<(), Error>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(error.kind(), error.executed()),
    }
}

#[test]
fn each_fault_by_each_effect_with_both_clients() {
    let mut wrong = Vec::new();
    for row in rows() {
        for (method, expected) in row.expected.into_iter().enumerate() {
            for blocking in [false, true] {
                let world = World::new();
                let client = world.client(blocking);
                (row.arrange)(&world.portal);
                let result = client.call(method, world.site);
                let seen = (
                    outcome(&result),
                    world.portal.requests(),
                    world.portal.runs(METHODS[method]),
                );
                if seen != expected {
                    wrong.push(format!(
                        "{}, {}, {}: {seen:?} and not {expected:?}; {result:?}",
                        row.fault,
                        METHODS[method],
                        if blocking { "blocking" } else { "async" },
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What can go wrong with tokens. The portal refuses before any method runs, so it is the same for all of them.
#[test]
fn each_fault_of_tokens_by_each_effect_with_both_clients() {
    use Executed::No;
    use Kind::{Api, InvalidClient, InvalidGrant, LostRotation, PaymentRequired};
    use Outcome::{Done, Failed};
    fn at_the_server(portal: &Portal, fault: Fault) {
        portal.expire_tokens();
        portal.inject(fault.on("oauth/token"));
    }
    fn app(portal: &Portal, change: impl FnOnce(&mut bitrix24_portal::oauth::App)) {
        portal.expire_tokens();
        portal.oauth(|server| change(server.apps.get_mut("local.1").expect("installed")));
    }
    type Arrange = fn(&Portal);
    #[rustfmt::skip]
    let rows: [(&str, Arrange, Outcome, usize, usize, usize); 9] = [
        //                                                                                      requests, runs, refreshes
        ("it has expired",                     |p| p.expire_tokens(),                                   Done, 2, 1, 1),
        ("peers 5: it expires again and again", |p| { p.expire_tokens(); p.oauth(|o| o.token_lifetime = Duration::ZERO) },
                                                                                           Failed(Api, No), 2, 0, 1),
        ("the server drops the question",      |p| at_the_server(p, Fault::DropBefore),                 Done, 3, 1, 1),
        ("the server is behind a broken proxy", |p| at_the_server(p, Fault::BadGateway),                Done, 3, 1, 1),
        ("new tokens get lost on the way",     |p| at_the_server(p, Fault::DropAfter),     Failed(LostRotation, No), 2, 0, 1),
        ("the answer is cut",                  |p| at_the_server(p, Fault::CutBody),       Failed(LostRotation, No), 2, 0, 1),
        ("it is taken back",                   |p| { p.expire_tokens(); p.oauth(|o| o.forget_refresh_tokens()) },
                                                                                           Failed(InvalidGrant, No), 1, 0, 0),
        ("the secret has changed",             |p| app(p, |app| app.secret = "another".into()), Failed(InvalidClient, No), 1, 0, 0),
        ("the application is not paid for",    |p| app(p, |app| app.paid = false),         Failed(PaymentRequired, No), 1, 0, 0),
    ];
    let mut wrong = Vec::new();
    for (fault, arrange, expected, requests, runs, refreshes) in rows {
        for (method, name) in METHODS.into_iter().enumerate() {
            for blocking in [false, true] {
                let world = World::new();
                let client = world.client(blocking);
                arrange(&world.portal);
                let result = client.call(method, world.site);
                let seen = (
                    world.portal.requests(),
                    world.portal.runs(name),
                    world.refreshes(),
                );
                if (outcome(&result), seen) != (expected, (requests, runs, refreshes)) {
                    wrong.push(format!(
                        "{fault}, {name}, blocking: {blocking}: {seen:?}, {result:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The answer that a token has expired comes late: another call has had it replaced by then.
#[test]
fn peers_2_a_late_401_finds_the_new_token_with_both_clients() {
    for (method, name) in METHODS.into_iter().enumerate() {
        let other = (method + 1) % 3;
        for blocking in [false, true] {
            let world = World::new();
            let client = world.client(blocking);
            world.portal.expire_tokens();
            world
                .portal
                .inject(Fault::Slow(Duration::from_millis(300)).on(name));
            std::thread::scope(|scope| {
                let late = scope.spawn(|| client.call(method, world.site));
                while world.portal.requests() == 0 {
                    std::thread::yield_now();
                }
                client.call(other, world.site).expect("an answer");
                assert_eq!(world.refreshes(), 1, "{name}");
                late.join().expect("no panic").expect("an answer");
            });
            assert_eq!(world.refreshes(), 1, "{name}, blocking: {blocking}");
            assert_eq!(world.portal.runs(name), 1, "{name}, blocking: {blocking}");
        }
    }
}

/// Nobody listens: nothing was sent, so every method is tried again, and the error says that it can be once more.
#[test]
fn a_connection_that_is_refused() {
    let url = {
        let portal = Portal::builder().start_blocking().expect("a portal");
        portal.webhook_url()
    };
    let retry = Retry::new().pauses(Duration::from_millis(1), Duration::from_millis(1));
    let blocking = Client::builder()
        .webhook(&url)
        .retry(retry)
        .build()
        .expect("a client");
    let transport = bitrix24_transport::Client::builder()
        .webhook(&url)
        .retry(retry)
        .build()
        .expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let add = || Add::new(AddFields::new("Spring", "spring"));
    for result in [
        blocking.call(GetList::new()).map(|_| ()),
        blocking.call(Publication::new(1)).map(|_| ()),
        blocking.call(add()).map(|_| ()),
        runtime
            .block_on(async { transport.call(GetList::new()).await })
            .map(|_| ()),
        runtime
            .block_on(async { transport.call(Publication::new(1)).await })
            .map(|_| ()),
        runtime
            .block_on(async { transport.call(add()).await })
            .map(|_| ()),
    ] {
        let error = result.expect_err("nobody there");
        assert_eq!(
            (
                error.kind(),
                error.executed(),
                error.attempts(),
                error.is_retryable()
            ),
            (Kind::Connect, Executed::No, 5, true)
        );
    }
}
