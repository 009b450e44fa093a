//! Several processes, real ones, that share a token store or a budget, and one that is killed. Those that need a Redis
//! server are skipped where the program `redis-server` is missing, and say so.

mod support;

use std::{
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bitrix24_portal::{Falling, Fault, LeakyCounter, Limits, Portal};
use bitrix24_transport::{
    Client, Kind, Rate,
    http::BoxFuture,
    oauth::{App, ExposeSecret, FileStore, Key, RedisStore, SecretString, StoreError, TokenStore},
    observe::Event,
};
use serde_json::{Value, json};
use support::{
    load::{self, Load},
    process::{Process, heard, say, variable},
    redis,
};
use tokio::runtime::Runtime;

const ID: &str = "local.1";
const SECRET: &str = "secret";
const METHOD: &str = "some.method";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A store, by what is written into a variable: a folder, or the URL of a Redis server.
fn store(place: &str) -> Arc<dyn TokenStore> {
    match place.starts_with("redis://") {
        true => Arc::new(RedisStore::new(place).expect("a URL")),
        false => Arc::new(FileStore::open(place).expect("a folder")),
    }
}

fn app(server: &str) -> App {
    App::new(ID, SECRET).trust_server(server).expect("a server")
}

/// A portal, tokens of it in a store, and where that is.
struct World {
    portal: Portal,
    place: String,
    store: Arc<dyn TokenStore>,
    member_id: String,
}

impl World {
    fn new(place: &str) -> Self {
        let builder = Portal::builder().limits(Limits::none());
        let portal = builder.start_blocking().expect("a portal");
        portal.install(ID, SECRET);
        portal.on(METHOD).reply(7);
        let store = store(place);
        let authorized = async {
            let connect = Client::oauth(app(&portal.url()), store.clone());
            let client = connect.authorize(&portal.authorize(ID)).await.expect("a client");
            client.member_id().expect("OAuth").to_owned()
        };
        let member_id = runtime().block_on(authorized);
        Self {
            portal,
            place: place.to_owned(),
            store,
            member_id,
        }
    }

    fn process(&self, role: &str) -> Process {
        let variables = [
            ("B24_STORE", &*self.place),
            ("B24_SERVER", &self.portal.url()),
            ("B24_MEMBER", &self.member_id),
        ];
        start(role, variables)
    }

    fn refreshes(&self) -> usize {
        self.portal.oauth(|server| server.refreshes())
    }

    fn record(&self) -> Value {
        let key = Key::new(ID, &*self.member_id);
        let record = runtime()
            .block_on(self.store.load(&key))
            .expect("a store that works");
        serde_json::from_str(record.expect("a record").expose_secret()).expect("JSON")
    }

    fn put(&self, record: &Value) {
        let key = Key::new(ID, &*self.member_id);
        let stored = runtime().block_on(async { self.store.store(&key, &record.to_string().into()).await });
        stored.expect("stored");
    }
}

/// One of the tests below that are ignored, in a process of its own.
fn start<'a>(role: &str, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Process {
    Process::start(&["--exact", role, "--ignored", "--nocapture"], variables)
}

#[test]
#[ignore = "a process that others start"]
fn sixteen_tasks() {
    let flights = Arc::new(AtomicUsize::new(0));
    let counted = flights.clone();
    runtime().block_on(async move {
        let builder = Client::builder()
            .rate(Rate::new(10_000, 10_000))
            .on_event(move |event| {
                if let Event::Refresh(_) = event {
                    counted.fetch_add(1, SeqCst);
                }
            });
        let connect = builder.oauth(app(&variable("B24_SERVER")), store(&variable("B24_STORE")));
        let client = connect.open(&variable("B24_MEMBER")).await.expect("a client");
        say("ready");
        while heard().is_some() {
            let tasks: Vec<_> = (0..16)
                .map(|_| tokio::spawn(client.call_raw(METHOD, ()).send()))
                .collect();
            for task in tasks {
                assert_eq!(task.await.expect("no panic").expect("an answer").result, 7);
            }
            say(&format!("done, {} refreshes", flights.load(SeqCst)));
        }
    });
}

fn sixty_four_tasks_in_four_processes_with_one_expired_token_refresh_once(place: &str) {
    let world = World::new(place);
    let mut processes: Vec<_> = (0..4).map(|_| world.process("sixteen_tasks")).collect();
    processes
        .iter_mut()
        .for_each(|process| assert_eq!(process.hear(), "ready"));
    for round in 1..=3 {
        world.portal.expire_tokens();
        // Long enough for the others to come by meanwhile.
        world
            .portal
            .inject(Fault::Slow(Duration::from_millis(300)).on("oauth/token"));
        processes.iter_mut().for_each(|process| process.tell("go"));
        for process in &mut processes {
            // Each process needed a new token, once for its sixteen tasks.
            assert_eq!(process.hear(), format!("done, {round} refreshes"));
        }
        assert_eq!(world.refreshes(), round);
        let record = world.record();
        assert_eq!(record.get("refreshing"), None);
        let token = record["refresh_token"].as_str().expect("a text");
        assert!(world.portal.oauth(|server| server.knows_refresh_token(token)));
    }
    assert!(
        world
            .portal
            .oauth(|server| server.requests.iter().all(|request| request.refusal.is_none()))
    );
    assert_eq!(world.portal.runs(METHOD), 3 * 64);
}

#[test]
fn sixty_four_tasks_in_four_processes_refresh_once_with_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a text");
    sixty_four_tasks_in_four_processes_with_one_expired_token_refresh_once(folder);
}

#[test]
fn sixty_four_tasks_in_four_processes_refresh_once_with_redis() {
    let Some(server) = redis::Server::start() else {
        return;
    };
    sixty_four_tasks_in_four_processes_with_one_expired_token_refresh_once(&server.url());
}

/// Stops in the middle of a refresh: when it is noted that it begins, or when tokens have come and are to be stored.
struct Stopping {
    inner: Arc<dyn TokenStore>,
    before: bool,
}

impl Stopping {
    async fn stop() {
        say("there");
        std::future::pending().await
    }
}

impl TokenStore for Stopping {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        self.inner.load(key)
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.store(key, record)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let begins = record.expose_secret().contains("refreshing");
            if !begins && !self.before {
                Self::stop().await;
            }
            let set = self.inner.compare_and_set(key, expected, record).await;
            if begins && self.before {
                Self::stop().await;
            }
            set
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}

async fn is_killed(before: bool) {
    let inner = store(&variable("B24_STORE"));
    let connect = Client::oauth(app(&variable("B24_SERVER")), Stopping { inner, before });
    let client = connect.open(&variable("B24_MEMBER")).await.expect("a client");
    panic!("not killed: {:?}", client.call_raw(METHOD, ()).await);
}

#[test]
#[ignore = "a process that others start"]
fn is_killed_before_it_asks() {
    runtime().block_on(is_killed(true));
}

#[test]
#[ignore = "a process that others start"]
fn is_killed_with_new_tokens_in_its_hands() {
    runtime().block_on(is_killed(false));
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(9)
}

#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

fn killed_while_it_refreshes(place: impl Fn(bool) -> String) {
    for before in [true, false] {
        let world = World::new(&place(before));
        world.portal.expire_tokens();
        let role = match before {
            true => "is_killed_before_it_asks",
            false => "is_killed_with_new_tokens_in_its_hands",
        };
        let mut process = world.process(role);
        assert_eq!(process.hear(), "there");
        assert!(was_killed(process.kill()));
        assert_eq!(world.refreshes(), usize::from(!before));

        // Ten minutes later: it can't be under way any more, whatever the clocks say.
        let mut record = world.record();
        let since = record["refreshing"]["since"].as_u64().expect("a mark");
        record["refreshing"]["since"] = json!(since - 600);
        world.put(&record);

        // The next start finds out, and so does each that follows.
        for _ in 0..2 {
            let outcome = runtime().block_on(async {
                let connect = Client::oauth(app(&world.portal.url()), store(&world.place));
                let client = connect.open(&world.member_id).await.expect("a client");
                client.call_raw(METHOD, ()).await
            });
            if before {
                assert_eq!(outcome.expect("an answer").result, 7);
            } else {
                let error = outcome.expect_err("lost");
                assert_eq!(error.kind(), Kind::LostRotation);
                assert!(error.to_string().contains("a refresh was begun 6"), "{error}");
            }
        }
        assert_eq!(world.refreshes(), 1);
    }
}

#[test]
fn a_process_that_is_killed_while_it_refreshes_lets_the_next_one_say_what_happened_with_files() {
    let folder = tempfile::tempdir().expect("a folder");
    killed_while_it_refreshes(|before| {
        let path = folder.path().join(if before { "before" } else { "after" });
        path.to_str().expect("a text").to_owned()
    });
}

#[test]
fn a_process_that_is_killed_while_it_refreshes_lets_the_next_one_say_what_happened_with_redis() {
    let Some(server) = redis::Server::start() else {
        return;
    };
    killed_while_it_refreshes(|before| format!("{}/{}", server.url(), usize::from(before)));
}

#[test]
#[ignore = "a process that others start"]
fn a_share_of_the_load() {
    load::a_share_of_it();
}

fn four_processes_are_never_refused(load: Load, rate: Rate, falling: Falling) {
    let mut counter = LeakyCounter::new(rate.at_once(), f64::from(rate.per_second()));
    counter.falling = falling;
    counter.counts_refused = true;
    let process = |variables: &[(&str, &str)]| start("a_share_of_the_load", variables.iter().copied());
    if let Some((_, refused)) = load::of_four_processes(load, rate, counter, process) {
        assert_eq!(refused, 0);
    }
}

#[test]
fn four_processes_with_single_calls_are_never_refused() {
    let load = Load {
        method: "server.time",
        requests: 250,
    };
    four_processes_are_never_refused(load, Rate::new(50, 20), Falling::Evenly);
}

#[test]
fn four_processes_with_batches_are_never_refused() {
    let load = Load {
        method: "batch",
        requests: 60,
    };
    let falling = Falling::Stepwise(Duration::from_millis(400));
    four_processes_are_never_refused(load, Rate::STANDARD, falling);
}
