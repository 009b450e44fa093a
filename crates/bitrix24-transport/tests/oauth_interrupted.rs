//! What becomes of tokens when a call is dropped or a runtime is stopped, wherever it stands: they are stored, or it can be
//! told that they were lost. A process that is killed is in `processes.rs`.

use std::{
    future::{Future, IntoFuture, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bitrix24_transport::{
    Builder, Client, Kind,
    http::{BoxFuture, Failure, Http, Reply, Request},
    oauth::{App, ExposeSecret, Key, MemoryStore, SecretString, StoreError, TokenStore},
};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::{task::yield_now, time::Instant};

const MEMBER: &str = "a223c6b3";

/// A portal and its authorization server in memory. Everything takes a few turns of the runtime, so that there are many
/// places to be interrupted at.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Facts>>);

#[derive(Default)]
struct Facts {
    /// The number of the pair of tokens that is good.
    pair: u32,
    /// The pair that calls are made with has expired.
    expired: bool,
}

impl World {
    fn pair(&self) -> u32 {
        self.0.lock().expect("no panic").pair
    }

    fn expire(&self) {
        self.0.lock().expect("no panic").expired = true;
    }

    /// Somebody else has refreshed the tokens.
    fn refresh(&self) {
        let mut facts = self.0.lock().expect("no panic");
        facts.pair += 1;
        facts.expired = false;
    }

    fn handle(&self, request: &Request) -> (u16, Value) {
        let mut facts = self.0.lock().expect("no panic");
        if request.url().path() == "/oauth/token/" {
            let form = std::str::from_utf8(request.body()).expect("a form");
            let good = form.contains("code=") || form.ends_with(&format!("refresh_token=r{}", facts.pair));
            if !good {
                return (400, json!({ "error": "invalid_grant", "error_description": "" }));
            }
            facts.pair += 1;
            facts.expired = false;
            let tokens = json!({
                "access_token": format!("a{}", facts.pair), "refresh_token": format!("r{}", facts.pair),
                "client_endpoint": "https://acme.bitrix24.com/rest/", "member_id": MEMBER, "expires_in": 3600,
            });
            return (200, tokens);
        }
        let token = request.headers()["authorization"].to_str().expect("ASCII");
        if facts.expired || token != format!("Bearer a{}", facts.pair) {
            return (401, json!({ "error": "expired_token", "error_description": "" }));
        }
        (200, json!({ "result": 7 }))
    }
}

impl Http for World {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            a_while().await;
            let (status, body) = self.handle(&request);
            a_while().await;
            Ok(Reply {
                status: StatusCode::from_u16(status).expect("a status"),
                headers: http::HeaderMap::new(),
                body: body.to_string().into(),
            })
        })
    }
}

async fn a_while() {
    for _ in 0..3 {
        yield_now().await;
    }
}

/// A store that takes its time, before it does anything and after.
#[derive(Clone, Default)]
struct Slow(MemoryStore);

impl Slow {
    fn stored(&self) -> Value {
        let record = ready(self.0.load(&Key::new("local.1", MEMBER)));
        let record = record.expect("a store that works").expect("a record");
        serde_json::from_str(record.expose_secret()).expect("JSON")
    }
}

impl Slow {
    async fn put(&self, record: &Value) {
        let key = Key::new("local.1", MEMBER);
        self.0
            .store(&key, &record.to_string().into())
            .await
            .expect("stored");
    }

    /// Notes a refresh of somebody else, so many seconds ago by this machine's clock.
    async fn mark(&self, ago: u64) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970")
            .as_secs();
        let mut record = self.stored();
        record["refreshing"] = json!({ "by": "another.0", "since": now - ago });
        self.put(&record).await;
    }

    /// Stores the tokens that are good now, as whoever refreshed them does.
    async fn replace(&self, world: &World) {
        let mut record = self.stored();
        record["access_token"] = json!(format!("a{}", world.pair()));
        record["refresh_token"] = json!(format!("r{}", world.pair()));
        record.as_object_mut().expect("an object").remove("refreshing");
        self.put(&record).await;
    }
}

/// The result of a future that waits for nothing.
fn ready<T>(mut future: BoxFuture<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

impl TokenStore for Slow {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        Box::pin(async move {
            a_while().await;
            let loaded = self.0.load(key).await;
            a_while().await;
            loaded
        })
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.store(key, record)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            a_while().await;
            let set = self.0.compare_and_set(key, expected, record).await;
            a_while().await;
            set
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.remove(key)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // The clock runs ahead whenever all wait for it.
        .start_paused(true)
        .build()
        .expect("a runtime")
}

/// A client with an expired token.
async fn expired(world: &World, store: &Slow) -> Client {
    expired_of(Client::builder(), world, store).await
}

/// The same, with settings of one's own.
async fn expired_of(builder: Builder, world: &World, store: &Slow) -> Client {
    let connect = builder
        .http(world.clone())
        .oauth(App::new("local.1", "secret"), store.clone());
    let client = connect.authorize("code").await.expect("a client");
    world.expire();
    client
}

/// Polls a call so many times, and lets the rest of the runtime go on in between. True if it came to its end.
async fn polled(client: &Client, times: usize) -> bool {
    let mut call = client.call_raw("some.method", ()).into_future();
    for _ in 0..times {
        let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut call).poll(context))).await;
        if let Poll::Ready(outcome) = polled {
            assert_eq!(outcome.expect("an answer").result, 7);
            return true;
        }
        yield_now().await;
    }
    false
}

#[test]
fn a_call_that_is_dropped_at_any_poll_leaves_tokens_that_work() {
    for times in 0.. {
        let (world, store) = (World::default(), Slow::default());
        let over = runtime().block_on(async {
            let client = expired(&world, &store).await;
            let over = polled(&client, times).await;
            client.settle().await;
            let record = store.stored();
            assert_eq!(
                record["refresh_token"],
                format!("r{}", world.pair()),
                "after {times} polls"
            );
            assert_eq!(record.get("refreshing"), None);
            let after = client.call_raw("some.method", ()).await;
            assert_eq!(after.expect("an answer").result, 7);
            assert_eq!(world.pair(), 2, "one refresh, after {times} polls");
            over
        });
        if over {
            assert!(times > 20, "{times} polls are too few to have shown anything");
            return;
        }
    }
}

/// The code is used up by then, so what came for it must be kept.
#[test]
fn an_authorization_that_is_dropped_at_any_poll_stores_what_came_of_it() {
    for times in 0.. {
        let (world, store) = (World::default(), Slow::default());
        let over = runtime().block_on(async {
            let connect = Client::builder().http(world.clone());
            let connect = connect.oauth(App::new("local.1", "secret"), store.clone());
            let mut authorize = Box::pin(connect.authorize("code"));
            let mut over = false;
            for _ in 0..times {
                over = poll_fn(|context| Poll::Ready(authorize.as_mut().poll(context).is_ready())).await;
                if over {
                    break;
                }
                yield_now().await;
            }
            drop(authorize);
            // Whatever goes on does so before the clock, which runs ahead.
            tokio::time::sleep(Duration::from_secs(60)).await;
            over
        });
        // Before the first poll nothing has begun.
        assert_eq!(world.pair(), u32::from(times > 0), "after {times} polls");
        if times > 0 {
            assert_eq!(store.stored()["refresh_token"], "r1", "after {times} polls");
        }
        if over {
            assert!(times > 5, "{times} polls are too few to have shown anything");
            return;
        }
    }
}

#[test]
fn a_runtime_that_is_stopped_at_any_point_loses_no_tokens_without_saying_so() {
    let (mut healed, mut lost) = (0, 0);
    for times in 0.. {
        let (world, store) = (World::default(), Slow::default());
        let first = runtime();
        let over = first.block_on(async {
            let client = expired(&world, &store).await;
            polled(&client, times).await
        });
        // The refresh goes with it.
        drop(first);
        let gone = store.stored()["refresh_token"] != format!("r{}", world.pair());

        // A client that knows nothing but the store, twice: what was lost stays lost.
        for _ in 0..2 {
            let outcome = runtime().block_on(async {
                let connect = Client::builder().http(world.clone());
                let connect = connect.oauth(App::new("local.1", "secret"), store.clone());
                let client = connect.open(MEMBER).await.expect("a client");
                client.call_raw("some.method", ()).await
            });
            match outcome {
                Ok(reply) => {
                    assert!(!gone, "after {times} polls");
                    assert_eq!(reply.result, 7);
                }
                Err(error) => {
                    assert!(gone, "after {times} polls: {error}");
                    assert_eq!(error.kind(), Kind::LostRotation, "{error}");
                }
            }
        }
        if gone {
            lost += 1
        } else {
            healed += 1
        }
        if over {
            break;
        }
    }
    assert!(
        healed > 10 && lost > 3,
        "{healed} times it went on, {lost} times tokens were lost"
    );
}

/// A mark by another machine, as this one's clock has it: the clocks may differ by minutes.
#[test]
fn another_machines_refresh_is_waited_for_whatever_its_clock_says() {
    for ahead in [0, 30, 240] {
        let (world, store) = (World::default(), Slow::default());
        runtime().block_on(async {
            // How patient this one is says nothing of how patient the other one may be.
            let hasty = Client::builder().request_timeout(Duration::from_secs(2));
            let client = expired_of(hasty, &world, &store).await;
            store.mark(ahead).await;
            let call = tokio::spawn(client.call_raw("some.method", ()).send());
            tokio::time::sleep(Duration::from_secs(30)).await;
            assert_eq!(world.pair(), 1, "the other one is at it");
            world.refresh();
            store.replace(&world).await;
            assert_eq!(call.await.expect("no panic").expect("an answer").result, 7);
            assert_eq!(world.pair(), 2, "by a clock {ahead} s ahead");
        });
    }
}

/// It has died, a moment ago or long ago.
#[test]
fn another_machines_refresh_is_not_waited_for_longer_than_it_can_take() {
    for (ago, waits) in [(0, 45), (240, 45), (600, 0)] {
        let (world, store) = (World::default(), Slow::default());
        runtime().block_on(async {
            let client = expired(&world, &store).await;
            store.mark(ago).await;
            let start = Instant::now();
            client.call_raw("some.method", ()).await.expect("an answer");
            let waited = start.elapsed().as_secs();
            assert!(
                (waits..=waits + 2).contains(&waited),
                "{waited} s, and not {waits}"
            );
            assert_eq!(world.pair(), 2);
        });
    }
}
