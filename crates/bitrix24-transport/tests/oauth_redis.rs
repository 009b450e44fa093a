//! Tokens on a Redis server that comes and goes. Without the program `redis-server` these are skipped, and say so.

mod support;

use std::{
    future::{Future, IntoFuture, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use bitrix24_portal::{Fault, Limits, Portal};
use bitrix24_transport::{
    Client, Error, Executed, Kind, Rate,
    budget::{self, RedisBudget},
    oauth::{App, ExposeSecret, Key, RedisStore, TokenStore},
};
use serde_json::Value;
use support::{
    capture::{self, all_of},
    redis::Server,
};
use tempfile::TempDir;

const ID: &str = "local.1";
const SECRET: &str = "c1ients3cret";
const PASSWORD: &str = "redis-pa55word";
const METHOD: &str = "some.method";

/// A server that has written down what it was given before it says so, and can be started again.
struct Redis {
    folder: TempDir,
    port: u16,
    server: Option<Server>,
}

impl Redis {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start_with(&options(&folder))?;
        Some(Self {
            port: server.port,
            folder,
            server: Some(server),
        })
    }

    fn go_away(&mut self) {
        self.server = None;
    }

    fn come_back(&mut self) {
        self.server = Some(Server::start_at(self.port, &options(&self.folder)));
    }

    fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    fn store(&self) -> RedisStore {
        RedisStore::new(&self.url()).expect("a URL")
    }
}

fn options(folder: &TempDir) -> [&str; 8] {
    let folder = folder.path().to_str().expect("a text");
    [
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--dir",
        folder,
        "--requirepass",
        PASSWORD,
    ]
}

fn portal() -> Portal {
    let portal = Portal::builder().limits(Limits::none()).start_blocking();
    let portal = portal.expect("a portal");
    portal.install(ID, SECRET);
    portal.on(METHOD).reply(7);
    portal
}

fn app(portal: &Portal) -> App {
    App::new(ID, SECRET)
        .trust_server(&portal.url())
        .expect("a server")
}

async fn authorized(portal: &Portal, store: &RedisStore) -> Client {
    let builder = Client::builder().rate(Rate::new(10_000, 10_000));
    let connect = builder.oauth(app(portal), store.clone());
    connect.authorize(&portal.authorize(ID)).await.expect("a client")
}

async fn call(client: &Client) -> Result<Value, Error> {
    client.call_raw(METHOD, ()).await.map(|reply| reply.result)
}

fn refreshes(portal: &Portal) -> usize {
    portal.oauth(|server| server.refreshes())
}

/// Whether the tokens in the store are the portal's latest, and nothing is noted beside them.
async fn is_settled(portal: &Portal, store: &RedisStore) -> bool {
    let key = Key::new(ID, portal.oauth(|server| server.member_id.clone()));
    let record = store
        .load(&key)
        .await
        .expect("a store that works")
        .expect("a record");
    let record: Value = serde_json::from_str(record.expose_secret()).expect("JSON");
    let token = record["refresh_token"].as_str().expect("a text");
    let known = portal.oauth(|server| server.knows_refresh_token(token));
    known && record.get("refreshing").is_none() && record.get("interrupted").is_none()
}

#[tokio::test]
async fn without_the_server_nothing_is_refreshed_and_what_works_goes_on() {
    let Some(mut redis) = Redis::start() else { return };
    let portal = portal();
    let store = redis.store();
    let client = authorized(&portal, &store).await;
    redis.go_away();
    assert_eq!(call(&client).await.expect("the token is valid"), 7);

    portal.expire_tokens();
    let error = call(&client).await.expect_err("nowhere to keep new ones");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Store, Executed::No, true)
    );
    assert_eq!(error.to_string(), format!("{METHOD}: the token store failed"));
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "the Redis server that keeps the tokens can't be reached");
    let opened = Client::oauth(app(&portal), store.clone()).open("a223").await;
    assert_eq!(opened.expect_err("nobody to ask").kind(), Kind::Store);
    assert_eq!(
        portal.oauth(|server| server.requests.len()),
        1,
        "the authorization"
    );

    redis.come_back();
    assert_eq!(call(&client).await.expect("an answer"), 7);
    assert_eq!(refreshes(&portal), 1);
    assert!(is_settled(&portal, &store).await);
}

#[tokio::test]
async fn tokens_that_came_while_the_server_was_away_are_kept_until_it_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let portal = portal();
    let store = redis.store();
    let client = authorized(&portal, &store).await;
    portal.expire_tokens();
    portal.inject(Fault::Slow(Duration::from_millis(200)).on("oauth/token"));
    let caller = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    while refreshes(&portal) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    redis.go_away();
    let error = caller.await.expect("no panic").expect_err("nowhere to keep them");
    assert_eq!((error.kind(), error.executed()), (Kind::Store, Executed::No));
    assert!(
        error.to_string().contains("the next call tries it again"),
        "{error}"
    );

    redis.come_back();
    assert_eq!(call(&client).await.expect("an answer"), 7);
    assert_eq!(refreshes(&portal), 1);
    assert!(is_settled(&portal, &store).await);
}

#[tokio::test]
async fn a_call_that_is_dropped_at_any_poll_leaves_tokens_that_work() {
    let Some(redis) = Redis::start() else { return };
    let portal = portal();
    let mut polls = 0;
    loop {
        let store = redis.store();
        let client = authorized(&portal, &store).await;
        portal.expire_tokens();
        let before = refreshes(&portal);
        let mut left = polls;
        let mut call = pin!(client.call_raw(METHOD, ()).into_future());
        let over = poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(false);
            }
            left -= 1;
            call.as_mut().poll(context).map(|outcome| outcome.is_ok())
        });
        let over = over.await;
        client.settle().await;
        assert_eq!(
            self::call(&client).await.expect("an answer"),
            7,
            "after {polls} polls"
        );
        assert_eq!(refreshes(&portal), before + 1, "after {polls} polls");
        assert!(is_settled(&portal, &store).await, "after {polls} polls");
        if over {
            break;
        }
        polls += 1;
    }
    assert!(polls > 3, "{polls} polls are too few to have shown anything");
}

/// All that is traced and logged while the server is there, refuses, and is away.
#[tokio::test]
async fn peers_8_nothing_shows_the_servers_password_or_a_token() {
    let Some(mut redis) = Redis::start() else { return };
    capture::start();
    let portal = portal();
    let store = redis.store();
    let budget = RedisBudget::new(&redis.url(), "portal", budget::Limits::default()).expect("a URL");
    let mut shown = format!("{store:?} {store:#?} {budget:?} {budget:#?}");
    let client = Client::builder()
        .budget(std::sync::Arc::new(budget))
        .oauth(app(&portal), store.clone())
        .authorize(&portal.authorize(ID))
        .await
        .expect("a client");
    portal.expire_tokens();
    call(&client).await.expect("an answer");
    shown += &format!(
        "{client:?} {client:#?} {:?}",
        client.budget().await.expect("it is there")
    );

    portal.expire_tokens();
    redis.go_away();
    let mut errors = vec![call(&client).await.expect_err("nobody to ask for a turn")];
    errors.extend(
        Client::oauth(app(&portal), store.clone())
            .open("a223")
            .await
            .err(),
    );
    redis.come_back();
    let wrong = redis.url().replace(PASSWORD, &format!("{PASSWORD}-not"));
    let wrong_store = RedisStore::new(&wrong).expect("a URL");
    errors.extend(Client::oauth(app(&portal), wrong_store).open("a223").await.err());
    let wrong_budget = RedisBudget::new(&wrong, "portal", budget::Limits::default()).expect("a URL");
    let builder = Client::builder().webhook(&portal.webhook_url());
    let webhook = builder
        .budget(std::sync::Arc::new(wrong_budget))
        .build()
        .expect("a client");
    errors.extend(call(&webhook).await.err());
    errors.extend(RedisStore::new(&format!("redis://:{PASSWORD}@:x")).err());
    let kinds: Vec<_> = errors.iter().map(Error::kind).collect();
    assert_eq!(
        kinds,
        [Kind::Budget, Kind::Store, Kind::Store, Kind::Budget, Kind::Config]
    );

    let key = Key::new(ID, client.member_id().expect("OAuth"));
    let record = store.load(&key).await.expect("it is back").expect("a record");
    let record: Value = serde_json::from_str(record.expose_secret()).expect("JSON");
    let token = |name: &str| record[name].as_str().expect("a text").to_owned();
    errors.iter().for_each(|error| shown += &all_of(error));
    let seen = capture::seen();
    for name in [
        "the tokens were refreshed",
        "the server of the portal's budget can't be reached",
    ] {
        assert!(
            seen.contains(name),
            "nothing was seen of {name}: is the capture broken?"
        );
    }
    shown += &seen;
    for secret in [PASSWORD, SECRET, &token("access_token"), &token("refresh_token")] {
        let line = shown.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in: {line:?}");
    }
}
