//! OAuth without async: the same tokens, the same errors, one refresh for all threads.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use bitrix24_blocking::{
    Client, Executed, Kind, Rate,
    oauth::{App, ExposeSecret, FileStore, Key, MemoryStore, TokenStore},
};
use bitrix24_portal::{Fault, Gate, Limits, Portal};
use serde_json::{Value, json};

const ID: &str = "local.1";
const SECRET: &str = "c1ient+s3cret";
const METHOD: &str = "some.method";

fn portal() -> Portal {
    let portal = Portal::builder()
        .limits(Limits::none())
        .start_blocking()
        .expect("a portal");
    portal.install(ID, SECRET);
    portal.on(METHOD).reply(7);
    portal
}

fn app(portal: &Portal) -> App {
    App::new(ID, SECRET)
        .trust_server(&portal.url())
        .expect("a server of this machine")
}

fn authorized(portal: &Portal, store: impl TokenStore + 'static) -> Client {
    let connect = Client::builder()
        .rate(Rate::new(10_000, 10_000))
        .oauth(app(portal), store);
    connect.authorize(&portal.authorize(ID)).expect("a client")
}

fn works(client: &Client) {
    assert_eq!(
        client
            .call_raw(METHOD, json!({ "id": 1 }))
            .expect("an answer")
            .result,
        7
    );
}

fn refreshes(portal: &Portal) -> usize {
    portal.oauth(|server| server.refreshes())
}

fn stored(store: &MemoryStore, client: &Client) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let key = Key::new(ID, client.member_id().expect("OAuth"));
    let record = runtime
        .block_on(store.load(&key))
        .expect("a store that works")
        .expect("a record");
    serde_json::from_str(record.expose_secret()).expect("JSON")
}

#[test]
fn a_code_becomes_a_client_and_the_client_can_be_opened_again() {
    let portal = portal();
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::open(folder.path()).expect("a store");
    let seen: Arc<Mutex<usize>> = Arc::default();
    let hook = seen.clone();
    let client = Client::oauth(app(&portal), store.clone())
        .server(&portal.url())
        .on_tokens(move |_| *hook.lock().expect("no panic") += 1)
        .authorize(&portal.authorize(ID))
        .expect("a client");
    works(&client);
    let member_id = client.member_id().expect("OAuth").to_owned();
    drop(client);

    let client = Client::oauth(app(&portal), store)
        .open(&member_id)
        .expect("a client");
    portal.expire_tokens();
    works(&client);
    assert_eq!((refreshes(&portal), *seen.lock().expect("no panic")), (1, 1));
    assert!(
        portal
            .calls()
            .iter()
            .all(|call| call.params == json!({ "id": 1 }))
    );

    let refused = Client::oauth(app(&portal), MemoryStore::new()).install("forged");
    assert_eq!(refused.expect_err("refused").kind(), Kind::InvalidGrant);
    let nothing = Client::oauth(app(&portal), MemoryStore::new()).open(&member_id);
    assert_eq!(nothing.expect_err("nothing there").kind(), Kind::NoTokens);
}

#[test]
fn peers_2_sixty_four_threads_with_one_expired_token_refresh_once() {
    let portal = portal();
    let client = authorized(&portal, MemoryStore::new());
    for round in 1..=3 {
        portal.expire_tokens();
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| works(&client));
            }
        });
        assert_eq!(refreshes(&portal), round);
    }
}

#[test]
fn peers_2_a_late_401_does_not_refresh_a_token_that_was_replaced() {
    let portal = portal();
    let client = authorized(&portal, MemoryStore::new());
    portal.on("late.method").reply(8);
    // A portal that nobody knows gets one request at a time.
    works(&client);
    let before = portal.requests();
    portal.expire_tokens();
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on("late.method"));
    thread::scope(|scope| {
        let late = scope.spawn(|| client.call_raw("late.method", ()));
        while portal.requests() == before {
            thread::sleep(Duration::from_millis(5));
        }
        works(&client);
        assert!(!late.is_finished());
        gate.open();
        assert_eq!(late.join().expect("no panic").expect("an answer").result, 8);
    });
    assert_eq!(refreshes(&portal), 1);
}

#[test]
fn peers_5_a_lasting_expired_token_ends_after_one_refresh() {
    let portal = portal();
    let client = authorized(&portal, MemoryStore::new());
    portal.expire_tokens();
    portal.oauth(|server| server.token_lifetime = Duration::ZERO);
    for _ in 0..3 {
        let error = client.call_raw(METHOD, ()).expect_err("expired");
        assert_eq!(
            (error.code(), error.executed()),
            (Some("expired_token"), Executed::No)
        );
    }
    assert_eq!((refreshes(&portal), portal.requests()), (1, 4));
}

#[test]
fn peers_8_the_secret_goes_to_no_server_that_is_not_known() {
    let portal = portal();
    for name in [portal.url(), "evil.example".to_owned()] {
        let connect = Client::oauth(App::new(ID, SECRET), MemoryStore::new()).server(&name);
        let error = connect.authorize("code").expect_err("refused");
        assert_eq!(error.kind(), Kind::Config);
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
    assert_eq!(portal.oauth(|server| server.requests.len()), 0);
}

#[test]
fn refusals_are_told_apart() {
    let portal = portal();
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone());
    portal.expire_tokens();
    portal.oauth(|server| server.install(ID, SECRET).paid = false);
    let kind = || client.call_raw(METHOD, ()).expect_err("refused").kind();
    assert_eq!(kind(), Kind::PaymentRequired);
    portal.oauth(|server| server.install(ID, SECRET).secret = "another".into());
    assert_eq!(kind(), Kind::InvalidClient);
    portal.install(ID, SECRET);
    portal.inject(Fault::DropAfter.on("oauth/token"));
    assert_eq!(kind(), Kind::LostRotation);
    authorized(&portal, store);
    works(&client);
    portal.oauth(|server| server.forget_refresh_tokens());
    portal.expire_tokens();
    assert_eq!(kind(), Kind::InvalidGrant);
}

#[test]
fn a_refresh_ends_before_its_client_does() {
    let portal = portal();
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone());
    portal.expire_tokens();
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on("oauth/token"));
    // The refresh has no end yet: it is not waited for.
    let error = client
        .prepare_raw(METHOD, ())
        .timeout(Duration::from_secs(3))
        .send()
        .expect_err("late");
    assert_eq!((error.kind(), error.executed()), (Kind::Timeout, Executed::No));
    assert_eq!(refreshes(&portal), 1);
    let first = stored(&store, &client);
    let again = client.member_id().expect("OAuth").to_owned();
    let end = thread::spawn(move || drop(client));
    gate.open();
    end.join().expect("no panic");
    let client = Client::oauth(app(&portal), store.clone())
        .open(&again)
        .expect("a client");
    let second = stored(&store, &client);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(second.get("refreshing"), None);
    works(&client);
    assert_eq!(refreshes(&portal), 1);
}

#[test]
fn inside_an_async_runtime_it_says_so_and_asks_for_nothing() {
    let portal = portal();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let code = portal.authorize(ID);
    let error = runtime.block_on(async {
        let connect = Client::oauth(app(&portal), MemoryStore::new());
        connect.authorize(&code).expect_err("refused")
    });
    assert_eq!((error.kind(), error.executed()), (Kind::Runtime, Executed::No));
    assert_eq!(portal.oauth(|server| server.requests.len()), 0);
}
