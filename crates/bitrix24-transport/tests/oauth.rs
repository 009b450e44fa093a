//! OAuth against the simulated portal and its authorization server: from the code to calls, refreshes by many at once,
//! refusals, and what must not be lost.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bitrix24_portal::{Credential, Fault, Gate, Limits, Portal};
use bitrix24_transport::{
    Builder, Client, Error, Executed, Kind, Rate,
    http::{BoxFuture, fake::Fake},
    oauth::{App, ExposeSecret, FileStore, Key, MemoryStore, SecretString, StoreError, TokenStore, Tokens},
};
use serde_json::{Value, json};

const ID: &str = "local.1";
const SECRET: &str = "c1ient+s3cret";
const METHOD: &str = "some.method";

/// A portal where the application is installed, with a method that answers 7.
async fn portal() -> Portal {
    let portal = Portal::builder()
        .limits(Limits::none())
        .start()
        .await
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

/// The portal takes all there is, so the client need not wait.
fn unlimited() -> Builder {
    Client::builder().rate(Rate::new(10_000, 10_000))
}

async fn authorized(portal: &Portal, store: impl TokenStore + 'static) -> Client {
    let connect = unlimited().oauth(app(portal), store);
    connect.authorize(&portal.authorize(ID)).await.expect("a client")
}

async fn call(client: &Client) -> Result<Value, Error> {
    client
        .call_raw(METHOD, json!({ "id": 1 }))
        .await
        .map(|reply| reply.result)
}

async fn works(client: &Client) {
    assert_eq!(call(client).await.expect("an answer"), 7);
}

fn refreshes(portal: &Portal) -> usize {
    portal.oauth(|server| server.refreshes())
}

fn key(client: &Client) -> Key {
    Key::new(ID, client.member_id().expect("OAuth"))
}

/// What is in a store, as JSON.
async fn stored(store: &dyn TokenStore, key: &Key) -> Value {
    let record = store
        .load(key)
        .await
        .expect("a store that works")
        .expect("a record");
    serde_json::from_str(record.expose_secret()).expect("JSON")
}

#[tokio::test]
async fn a_code_becomes_a_client_and_the_client_can_be_opened_again() {
    let portal = portal().await;
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::open(folder.path()).expect("a store");
    let seen: Arc<Mutex<Vec<Tokens>>> = Arc::default();
    let hook = seen.clone();
    let client = Client::oauth(app(&portal), store.clone())
        .on_tokens(move |tokens| hook.lock().expect("no panic").push(tokens.clone()))
        .authorize(&portal.authorize(ID))
        .await
        .expect("a client");
    works(&client).await;
    let member_id = client.member_id().expect("OAuth").to_owned();
    assert_eq!(portal.oauth(|server| server.member_id.clone()), member_id);
    assert_eq!(client.address().to_string(), portal.url());

    let again = Client::oauth(app(&portal), store.clone())
        .open(&member_id)
        .await
        .expect("a client");
    works(&again).await;

    portal.expire_tokens();
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
    let seen = seen.lock().expect("no panic").clone();
    let [first, second] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_ne!(
        first.access_token().expose_secret(),
        second.access_token().expose_secret()
    );
    assert_eq!(
        (second.member_id(), second.user_id(), second.status()),
        (&*member_id, Some(1), Some("L"))
    );
    assert!(second.expires_at().is_some() && !second.scope().is_empty());
    let record = stored(&store, &key(&client)).await;
    assert_eq!(
        record["refresh_token"],
        json!(second.refresh_token().expose_secret())
    );
    assert_eq!(record.get("refreshing"), None);

    // Secrets were in no URL, and the token was not in the body.
    assert!(portal.oauth(|server| server.requests.iter().all(|request| !request.secrets_in_url)));
    assert!(
        portal
            .calls()
            .iter()
            .all(|call| call.params == json!({ "id": 1 }))
    );
}

#[tokio::test]
async fn an_installation_is_believed_only_what_the_authorization_server_says() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    let store = MemoryStore::new();
    let forged = Client::oauth(app(&portal), store.clone()).install("forged").await;
    assert_eq!(forged.expect_err("refused").kind(), Kind::InvalidGrant);

    let first = MemoryStore::new();
    let client_two = authorized(&portal, first.clone()).await;
    let refresh = stored(&first, &key(&client_two)).await["refresh_token"]
        .as_str()
        .expect("a text")
        .to_owned();
    let installed = Client::oauth(app(&portal), store.clone())
        .install(&refresh)
        .await
        .expect("a client");
    works(&installed).await;
    assert_eq!(installed.member_id(), client.member_id());
    assert_eq!(
        stored(&store, &key(&client)).await["client_endpoint"],
        json!(format!("{}/rest/", portal.url()))
    );
}

#[tokio::test]
async fn what_was_never_authorized_says_so() {
    let portal = portal().await;
    let error = Client::oauth(app(&portal), MemoryStore::new())
        .open("a223")
        .await
        .expect_err("nothing there");
    assert_eq!((error.kind(), error.executed()), (Kind::NoTokens, Executed::No));
    for (app, code) in [(App::new("", SECRET), "x"), (App::new(ID, ""), "x")] {
        let error = Client::oauth(app, MemoryStore::new())
            .authorize(code)
            .await
            .expect_err("no setting");
        assert_eq!(error.kind(), Kind::Config);
    }
    let webhook = Client::webhook(&portal.webhook_url()).expect("a client");
    assert_eq!(webhook.member_id(), None);
    let both = Client::builder()
        .webhook(&portal.webhook_url())
        .oauth(app(&portal), MemoryStore::new());
    assert_eq!(
        both.authorize("x").await.expect_err("which?").kind(),
        Kind::Config
    );

    // The application was removed while the client lived on.
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    store.remove(&key(&client)).await.expect("removed");
    works(&client).await;
    portal.expire_tokens();
    assert_eq!(call(&client).await.expect_err("no tokens").kind(), Kind::NoTokens);
    assert_eq!(refreshes(&portal), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn peers_2_sixty_four_tasks_with_one_expired_token_refresh_once() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    for round in 1..=3 {
        portal.expire_tokens();
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { call(&client).await })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.expect("no panic").expect("an answer"), 7);
        }
        assert_eq!(refreshes(&portal), round);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_share_a_store_refresh_once() {
    let portal = portal().await;
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::open(folder.path()).expect("a store");
    let member_id = authorized(&portal, store.clone())
        .await
        .member_id()
        .expect("OAuth")
        .to_owned();
    let mut clients = Vec::new();
    for _ in 0..4 {
        // As processes would: each opens the folder by itself.
        let store = FileStore::open(folder.path()).expect("a store");
        clients.push(
            unlimited()
                .oauth(app(&portal), store)
                .open(&member_id)
                .await
                .expect("a client"),
        );
    }
    portal.inject(Fault::Slow(Duration::from_millis(200)).on("oauth/token"));
    portal.expire_tokens();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let client = clients[task % 4].clone();
            tokio::spawn(async move { call(&client).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic").expect("an answer"), 7);
    }
    assert_eq!(refreshes(&portal), 1);
    assert!(portal.oauth(|server| server.requests.iter().all(|request| request.refusal.is_none())));
}

#[tokio::test]
async fn peers_2_a_late_401_does_not_refresh_a_token_that_was_replaced() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    portal.on("late.method").reply(8);
    portal.expire_tokens();
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on("late.method"));
    let late = {
        let client = client.clone();
        tokio::spawn(async move { client.call_raw("late.method", ()).await })
    };
    while portal.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
    assert!(!late.is_finished());
    gate.open();
    assert_eq!(late.await.expect("no panic").expect("an answer").result, 8);
    assert_eq!(refreshes(&portal), 1);
}

#[tokio::test]
async fn a_token_that_others_replaced_and_that_expired_since_is_refreshed() {
    let portal = portal().await;
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    let member_id = client.member_id().expect("OAuth").to_owned();
    let other = unlimited()
        .oauth(app(&portal), store)
        .open(&member_id)
        .await
        .expect("a client");
    portal.expire_tokens();
    works(&client).await;
    portal.expire_tokens();
    // It has the first token, finds the second in the store, and needs the third.
    works(&other).await;
    assert_eq!(refreshes(&portal), 2);
    works(&client).await;
    assert_eq!(refreshes(&portal), 2);
}

#[tokio::test]
async fn peers_5_a_lasting_expired_token_ends_after_one_refresh() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    portal.expire_tokens();
    portal.oauth(|server| server.token_lifetime = Duration::ZERO);
    let error = call(&client).await.expect_err("expired");
    assert_eq!(
        (error.kind(), error.code(), error.executed()),
        (Kind::Api, Some("expired_token"), Executed::No)
    );
    assert_eq!((refreshes(&portal), portal.requests()), (1, 2));
    for _ in 0..5 {
        assert_eq!(
            call(&client).await.expect_err("expired").code(),
            Some("expired_token")
        );
    }
    assert_eq!((refreshes(&portal), portal.requests()), (1, 7));
}

#[tokio::test]
async fn peers_8_the_secret_goes_to_no_server_that_is_not_known() {
    let portal = portal().await;
    let secret_safe = |error: Error| {
        assert_eq!(error.kind(), Kind::Config, "{error}");
        assert!(!error.to_string().contains(SECRET));
    };
    // Named by whoever made the request.
    let fake = Fake::new().json(200, json!({}));
    for server in ["evil.example", "https://evil.example/rest/", &portal.url()] {
        let connect = Client::builder()
            .http(fake.clone())
            .oauth(App::new(ID, SECRET), MemoryStore::new());
        secret_safe(
            connect
                .server(server)
                .authorize("code")
                .await
                .expect_err("refused"),
        );
    }
    assert_eq!(fake.requests(), []);

    // Written into the store.
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    let key = key(&client);
    let record = stored(&store, &key)
        .await
        .to_string()
        .replace(&portal.url(), "https://evil.example");
    let record = record.replace("https://evil.example/rest/", &format!("{}/rest/", portal.url()));
    store.store(&key, &record.into()).await.expect("stored");
    let opened = Client::oauth(app(&portal), store.clone())
        .open(key.member_id())
        .await;
    secret_safe(opened.expect_err("refused"));
    portal.expire_tokens();
    secret_safe(call(&client).await.expect_err("refused"));

    // By a redirect.
    let client = authorized(&portal, MemoryStore::new()).await;
    let other = self::portal().await;
    portal.expire_tokens();
    portal.inject(Fault::Moved(other.url()).on("oauth/token").times(9));
    let error = call(&client).await.expect_err("not followed");
    assert_eq!((error.kind(), error.status()), (Kind::Authorization, Some(302)));
    assert_eq!(other.oauth(|server| server.requests.len()), 0);
}

#[tokio::test]
async fn every_refusal_is_told_from_the_others_and_leaves_the_tokens_as_they_are() {
    let portal = portal().await;
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    let before = stored(&store, &key(&client)).await;
    let refused = |code: &str| {
        portal.inject(
            Fault::ErrorUnder200 {
                code: code.into(),
                description: "words".into(),
            }
            .on("oauth/token"),
        );
    };
    portal.expire_tokens();
    for (code, kind) in [
        ("invalid_scope", Kind::InvalidScope),
        ("insufficient_scope", Kind::InvalidScope),
        ("invalid_request", Kind::Authorization),
        ("invalid_client", Kind::InvalidClient),
        ("invalid_grant", Kind::InvalidGrant),
        ("PAYMENT_REQUIRED", Kind::PaymentRequired),
    ] {
        refused(code);
        let error = call(&client).await.expect_err(code);
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        assert_eq!((error.executed(), error.is_retryable()), (Executed::No, false));
        assert_eq!(error.method(), Some(METHOD));
        assert_eq!(
            error.to_string(),
            format!(
                "{METHOD}: the authorization server does not refresh the tokens: {code} (status 200): words"
            )
        );
        assert_eq!(stored(&store, &key(&client)).await, before, "{code}");
    }
    // By what causes them.
    portal.oauth(|server| server.install(ID, SECRET).paid = false);
    assert_eq!(
        call(&client).await.expect_err("unpaid").kind(),
        Kind::PaymentRequired
    );
    portal.oauth(|server| server.install(ID, SECRET).secret = "another".into());
    assert_eq!(
        call(&client).await.expect_err("a wrong secret").kind(),
        Kind::InvalidClient
    );
    portal.oauth(|server| server.install(ID, SECRET).paid = true);
    works(&client).await;
    portal.expire_tokens();
    portal.oauth(|server| server.forget_refresh_tokens());
    let error = call(&client).await.expect_err("no such token");
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::InvalidGrant, Some("invalid_grant"))
    );
}

#[tokio::test]
async fn only_an_expired_token_leads_to_a_refresh() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    let description = String::new();
    for (status, code) in [
        (401, "NO_AUTH_FOUND"),
        (401, "invalid_token"),
        (403, "insufficient_scope"),
        (403, "INVALID_CREDENTIALS"),
        (403, "user_access_error"),
        (400, "expired_token"),
    ] {
        portal.on(METHOD).error(status, code, &description);
        assert_eq!(call(&client).await.expect_err(code).code(), Some(code));
    }
    assert_eq!(refreshes(&portal), 0);
    // With status 200 it is the same error.
    portal.on(METHOD).reply(7);
    portal.inject(Fault::ErrorUnder200 {
        code: "expired_token".into(),
        description,
    });
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
    // A webhook has nothing to refresh.
    let webhook = Client::webhook(&portal.webhook_url()).expect("a client");
    portal.state(|state| state.webhook.expires_at = Some(Duration::ZERO));
    assert_eq!(
        call(&webhook).await.expect_err("expired").code(),
        Some("expired_token")
    );
}

#[tokio::test]
async fn an_answer_that_was_lost_on_the_way_is_told_from_one_that_never_was() {
    let portal = portal().await;
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    // The server never saw the request: the same refresh token works once more.
    portal.expire_tokens();
    portal.inject(Fault::DropBefore.on("oauth/token"));
    works(&client).await;
    assert_eq!(stored(&store, &key(&client)).await.get("interrupted"), None);

    // A proxy's page says nothing of what happened behind it.
    portal.expire_tokens();
    portal.inject(Fault::HtmlPage.on("oauth/token"));
    let once = client.call_raw(METHOD, json!({ "id": 1 })).no_retry();
    let error = once.await.expect_err("a page");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Authorization, Executed::No, true)
    );
    assert!(stored(&store, &key(&client)).await["interrupted"].is_number());
    works(&client).await;

    // The server has rotated the token, and the answer was lost.
    portal.expire_tokens();
    portal.inject(Fault::DropAfter.on("oauth/token"));
    let error = call(&client).await.expect_err("lost");
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::LostRotation, Some("invalid_grant"))
    );
    assert!(
        error.to_string().contains("has to be authorized again"),
        "{error}"
    );
    // It is still known after a restart, and each time.
    let opened = Client::oauth(app(&portal), store.clone())
        .open(client.member_id().expect("OAuth"))
        .await;
    let opened = opened.expect("a client");
    for _ in 0..2 {
        assert_eq!(call(&opened).await.expect_err("lost").kind(), Kind::LostRotation);
    }
    // Authorizing again is what helps, and it helps the client that is there as well.
    authorized(&portal, store.clone()).await;
    works(&client).await;
    works(&opened).await;
}

/// A store that can be made to fail.
#[derive(Clone, Default)]
struct Failing {
    inner: MemoryStore,
    fails: Arc<AtomicBool>,
    /// How many of the next writes work nevertheless.
    spared: Arc<AtomicUsize>,
}

impl Failing {
    fn may_write(&self) -> Result<(), StoreError> {
        let spare = |left: usize| left.checked_sub(1);
        let spared = self
            .spared
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, spare)
            .is_ok();
        if self.fails.load(Ordering::SeqCst) && !spared {
            return Err("the disk is full".into());
        }
        Ok(())
    }
}

impl TokenStore for Failing {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        self.inner.load(key)
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.may_write()?;
            self.inner.store(key, record).await
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            self.may_write()?;
            self.inner.compare_and_set(key, expected, record).await
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_stored_are_not_used_and_not_lost() {
    let portal = portal().await;
    let store = Failing::default();
    let client = authorized(&portal, store.clone()).await;
    portal.expire_tokens();

    // It fails before anything happens: nothing is asked for.
    store.fails.store(true, Ordering::SeqCst);
    let error = call(&client).await.expect_err("no store");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Store, Executed::No, true)
    );
    assert_eq!(error.to_string(), format!("{METHOD}: the token store failed"));
    assert_eq!(
        std::error::Error::source(&error).expect("a cause").to_string(),
        "the disk is full"
    );
    assert_eq!(refreshes(&portal), 0);

    // It fails when there are tokens to store: they are kept, but not used.
    store.spared.store(1, Ordering::SeqCst);
    for _ in 0..2 {
        let requests = portal.requests();
        let error = call(&client).await.expect_err("no store");
        assert_eq!(error.kind(), Kind::Store);
        assert_eq!(portal.requests(), requests + 1, "only the one that was refused");
        assert_eq!(refreshes(&portal), 1);
    }
    // It works again.
    store.fails.store(false, Ordering::SeqCst);
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
    assert_eq!(stored(&store, &key(&client)).await.get("refreshing"), None);
}

/// What was given for the tokens works once: to give it again can't help, so no error may say so.
#[tokio::test(start_paused = true)]
async fn an_authorization_that_may_have_used_its_code_up_is_not_tried_again() {
    let tokens = || {
        Fake::new().json(
            200,
            json!({
                "access_token": "first-access", "refresh_token": "first-refresh", "member_id": "m", "expires_in": 3600,
                "client_endpoint": "https://acme.bitrix24.com/rest/",
            }),
        )
    };
    let install = |fake: Fake, store: &Failing| {
        let connect = Client::builder()
            .http(fake)
            .oauth(App::new(ID, SECRET), store.clone());
        connect.install("works once")
    };
    let store = Failing::default();
    for (fake, executed, retryable) in [
        (Fake::new().refuse(), Executed::No, true),
        (
            Fake::new().json(400, json!({ "error": "invalid_grant" })),
            Executed::No,
            false,
        ),
        (Fake::new().lose(), Executed::Unknown, false),
        (Fake::new().hang(), Executed::Unknown, false),
        (Fake::new().reply(502, &[], "<html>"), Executed::Unknown, false),
    ] {
        let error = install(fake, &store).await.expect_err("no tokens");
        assert_eq!(
            (error.executed(), error.is_retryable()),
            (executed, retryable),
            "{error}"
        );
    }

    // There are no other tokens, so a store that is away for a while is waited for.
    store.fails.store(true, Ordering::SeqCst);
    let installed = tokio::spawn(install(tokens(), &store));
    tokio::time::sleep(Duration::from_secs(4)).await;
    store.fails.store(false, Ordering::SeqCst);
    let client = installed.await.expect("no panic").expect("a client");
    assert_eq!(client.member_id(), Some("m"));

    store.fails.store(true, Ordering::SeqCst);
    let error = install(tokens(), &store).await.expect_err("no store");
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Store, Executed::Yes, false)
    );
    assert!(
        error.to_string().contains("has to be authorized again"),
        "{error}"
    );
}

#[tokio::test]
async fn a_refresh_goes_on_when_its_caller_has_gone() {
    let portal = portal().await;
    let store = MemoryStore::new();
    let client = authorized(&portal, store.clone()).await;
    let before = stored(&store, &key(&client)).await;
    portal.expire_tokens();
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on("oauth/token"));
    let caller = {
        let client = client.clone();
        tokio::spawn(async move { call(&client).await })
    };
    while refreshes(&portal) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    caller.abort();
    assert!(caller.await.expect_err("aborted").is_cancelled());
    gate.open();
    client.settle().await;
    let after = stored(&store, &key(&client)).await;
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    assert!(
        portal.oauth(|server| server.knows_refresh_token(after["refresh_token"].as_str().expect("a text")))
    );
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
}

#[tokio::test]
async fn waiting_for_a_token_counts_for_the_deadline() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    portal.expire_tokens();
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on("oauth/token"));
    let quick = client.call_raw(METHOD, ()).timeout(Duration::from_secs(3));
    let error = quick.await.expect_err("late");
    assert_eq!((error.kind(), error.executed()), (Kind::Timeout, Executed::No));
    assert_eq!(refreshes(&portal), 1, "it was the refresh that took too long");
    gate.open();
    works(&client).await;
    assert_eq!(refreshes(&portal), 1);
}

#[tokio::test]
async fn without_retries_the_token_is_refreshed_for_the_next_call() {
    let portal = portal().await;
    let client = authorized(&portal, MemoryStore::new()).await;
    portal.expire_tokens();
    let error = client
        .call_raw(METHOD, ())
        .no_retry()
        .await
        .expect_err("sent once");
    assert_eq!(
        (error.code(), error.is_retryable()),
        (Some("expired_token"), true)
    );
    assert_eq!((portal.requests(), refreshes(&portal)), (1, 1));
    client.call_raw(METHOD, ()).no_retry().await.expect("an answer");
}

#[tokio::test]
async fn a_portal_that_has_moved_is_found_by_its_tokens_and_by_redirects() {
    let (old, new) = (portal().await, portal().await);
    let moves: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let hook = moves.clone();
    let store = MemoryStore::new();
    let client = Client::builder()
        .on_moved(move |moved| {
            let addresses = (moved.from.to_string(), moved.to.to_string());
            hook.lock().expect("no panic").push(addresses);
        })
        .oauth(app(&old), store.clone())
        .authorize(&old.authorize(ID))
        .await
        .expect("a client");
    let access = |record: Value| record["access_token"].as_str().expect("a text").to_owned();

    // A redirect: the token goes along.
    let token = access(stored(&store, &key(&client)).await);
    new.state(|state| state.tokens.insert(token, Credential::default()));
    old.inject(Fault::Moved(new.url()));
    works(&client).await;
    assert_eq!(client.address().to_string(), new.url());
    assert_eq!(new.calls()[0].params, json!({ "id": 1 }));

    // A refresh that still has the old address does not lead back.
    new.expire_tokens();
    let accept_any = {
        let store = store.clone();
        let key = key(&client);
        async move |new: &Portal| {
            let token = access(stored(&store, &key).await);
            new.state(|state| state.tokens.insert(token, Credential::default()));
        }
    };
    let _refused = call(&client)
        .await
        .expect_err("the new portal does not know the token yet");
    accept_any(&new).await;
    works(&client).await;
    assert_eq!(client.address().to_string(), new.url());
    assert_eq!(*moves.lock().expect("no panic"), [(old.url(), new.url())]);

    // One that has another address does lead there.
    old.oauth(|server| {
        server.client_endpoint = format!("{}/rest/", old.url().replace("127.0.0.1", "localhost"))
    });
    new.expire_tokens();
    works(&client).await;
    let last = old.url().replace("127.0.0.1", "localhost");
    assert_eq!(client.address().to_string(), last);
    assert_eq!(
        *moves.lock().expect("no panic"),
        [(old.url(), new.url()), (new.url(), last)]
    );
}

#[tokio::test]
async fn the_token_goes_into_the_header_in_both_versions() {
    let answer = json!({
        "access_token": "acc3ss", "refresh_token": "r3fresh", "expires_in": 3600, "member_id": "a223",
        "client_endpoint": "https://acme.bitrix24.com/rest/", "domain": "oauth.bitrix.info",
    });
    let fake = Fake::new()
        .json(200, answer)
        .json(200, json!({ "result": 7 }))
        .json(200, json!({ "result": 7 }));
    let connect = Client::builder()
        .http(fake.clone())
        .oauth(App::new(ID, SECRET), MemoryStore::new());
    let client = connect
        .server("oauth.bitrix24.tech")
        .authorize("code")
        .await
        .expect("a client");
    client.call_raw(METHOD, json!([1, 2])).await.expect("an answer");
    client
        .call_raw("batch", json!([{ "method": METHOD }]))
        .v3()
        .await
        .expect("an answer");
    let requests = fake.requests();
    assert_eq!(requests[0].host, "oauth.bitrix24.tech");
    for (request, body) in requests[1..]
        .iter()
        .zip([json!([1, 2]), json!([{ "method": METHOD }])])
    {
        assert_eq!(
            (request.host.as_str(), &request.body),
            ("acme.bitrix24.com", &body)
        );
        let header = &request.headers["authorization"];
        assert_eq!(header, "Bearer acc3ss");
        assert!(header.is_sensitive());
    }
    let shown = format!("{client:?} {client:#?} {fake:?} {requests:?}");
    assert!(
        !shown.contains("acc3ss") && !shown.contains("r3fresh") && !shown.contains(SECRET),
        "{shown}"
    );
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    let connect = Client::oauth(App::new(ID, SECRET), MemoryStore::new());
    let mut future = std::pin::pin!(connect.authorize("code"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = future.as_mut().poll(&mut context) else {
        panic!("it should be over at once");
    };
    assert_eq!(error.kind(), Kind::Runtime);
}
