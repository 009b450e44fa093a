//! Everything that this crate, and the HTTP stack below it, prints, logs or traces during a run with OAuth and all kinds
//! of faults is searched for tokens, codes and the application's secret.

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_portal::{Fault, Limits, Portal};
use bitrix24_transport::{
    Client, Error, Kind,
    http::BoxFuture,
    oauth::{App, ExposeSecret, FileStore, Key, MemoryStore, SecretString, StoreError, TokenStore, Tokens},
};
use bytes::Bytes;
use serde_json::json;
use support::{
    Server, Step,
    capture::{self, all_of},
    html, json, nobody, redirect,
};

const SECRET: &str = "c1ient+s3cret/c1ient=s3cret";
const CODE: &str = "c0dec0dec0de";
const METHOD: &str = "some.method";

/// A client for a server that gives out `acc3ss1` and `r3fresh1` first, and then follows the script.
async fn scripted(script: impl IntoIterator<Item = Step>) -> (Server, Result<Client, Error>) {
    let script: Vec<Step> = script.into_iter().collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let first = json(200, &tokens(&address.to_string(), 1));
    let server = Server::on(listener, [first].into_iter().chain(script));
    let connect = Client::builder()
        .request_timeout(Duration::from_millis(200))
        .timeout(Duration::from_secs(3))
        .on_event(|event| print(event))
        .oauth(app(&address.to_string()), MemoryStore::new());
    print(&connect);
    let client = connect.authorize(CODE).await;
    (server, client)
}

fn app(address: &str) -> App {
    App::new("local.1", SECRET)
        .trust_server(&format!("http://{address}"))
        .expect("a server")
}

fn tokens(address: &str, pair: u32) -> String {
    json!({
        "access_token": format!("acc3ss{pair}"), "refresh_token": format!("r3fresh{pair}"), "member_id": "a223",
        "client_endpoint": format!("http://{address}/rest/"), "expires_in": 3600, "scope": "app",
    })
    .to_string()
}

/// What was printed on purpose.
static PRINTED: Mutex<String> = Mutex::new(String::new());

fn print(thing: &dyn std::fmt::Debug) {
    PRINTED
        .lock()
        .expect("no panic")
        .push_str(&format!("{thing:?} {thing:#?}\n"));
}

fn clean(text: &str, secrets: &[String]) {
    for secret in secrets {
        let line = text.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{secret} is in: {line:?}");
    }
}

#[tokio::test]
async fn peers_8_nothing_printed_logged_or_traced_shows_a_token_or_the_secret() {
    capture::start();
    let mut errors: Vec<Error> = Vec::new();
    let escaped: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let mut secrets: Vec<String> = [SECRET, &escaped, CODE, "acc3ss", "r3fresh"]
        .map(str::to_owned)
        .into();

    // Servers that quote what they were sent, and break down in all ways.
    let form = format!("client_secret={escaped}&refresh_token=r3fresh1&x={SECRET}");
    let expired = || {
        json(
            401,
            r#"{"error": "expired_token", "error_description": "acc3ss1"}"#,
        )
    };
    let quoting = |code: &str| json!({ "error": code, "error_description": form }).to_string();
    let scripts: Vec<Vec<Step>> = vec![
        vec![json(200, r#"{"result": 7}"#)],
        vec![json(
            400,
            r#"{"error": "acc3ss1", "error_description": "Bearer acc3ss1 r3fresh1"}"#,
        )],
        vec![html(502, "<html>Authorization: Bearer acc3ss1</html>")],
        vec![json(200, r#"{"result": 7, "total": "Bearer acc3ss1"}"#)],
        vec![redirect(
            302,
            "https://evil.example/rest/some.method?auth=acc3ss1",
        )],
        vec![Step::BreakOff(200, "acc3ss1".into())],
        vec![Step::Drop],
        vec![Step::Hang],
        vec![expired(), json(400, &quoting("invalid_grant"))],
        vec![expired(), json(400, &quoting("invalid_client"))],
        vec![expired(), json(400, &quoting("r3fresh1"))],
        vec![expired(), html(500, &form)],
        vec![expired(), json(200, &form)],
        vec![
            expired(),
            json(
                200,
                &json!({ "access_token": form, "refresh_token": 7 }).to_string(),
            ),
        ],
        vec![expired(), redirect(302, &format!("https://evil.example/?{form}"))],
        vec![
            expired(),
            Step::Drop,
            expired(),
            json(400, &quoting("invalid_grant")),
        ],
        vec![expired(), Step::Hang],
        vec![expired(), Step::BreakOff(200, form.clone())],
    ];
    for script in scripts {
        let (_server, client) = scripted(script).await;
        let client = client.expect("a client");
        print(&client);
        errors.extend(client.call_raw(METHOD, json!({ "id": 1 })).await.err());
        client.settle().await;
    }
    assert_eq!(errors.len(), 17, "all but the first, which is an answer");
    assert!(errors.iter().any(|error| error.kind() == Kind::LostRotation));

    // The code, where it is not taken.
    let form = format!("client_secret={escaped}&code={CODE}&x={SECRET}");
    let quoting = |code: &str| json!({ "error": code, "error_description": form }).to_string();
    for step in [
        json(400, &quoting("invalid_grant")),
        html(200, &form),
        Step::Drop,
        Step::Hang,
    ] {
        let server = Server::start([step]).await;
        let connect = Client::builder().request_timeout(Duration::from_millis(200));
        let connect = connect.oauth(app(&server.address.to_string()), MemoryStore::new());
        errors.push(connect.authorize(CODE).await.expect_err("no tokens"));
    }
    let connect = Client::oauth(app(&nobody().await.to_string()), MemoryStore::new());
    errors.push(connect.authorize(CODE).await.expect_err("nobody there"));
    let connect = Client::oauth(App::new("local.1", SECRET), MemoryStore::new());
    errors.push(
        connect
            .server("https://evil.example")
            .authorize(CODE)
            .await
            .expect_err("not known"),
    );

    // A real run: tokens come and go, and are kept in files.
    let portal = Portal::builder()
        .limits(Limits::none())
        .start()
        .await
        .expect("a portal");
    portal.install("local.1", SECRET);
    portal.on(METHOD).reply(7);
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::open(folder.path()).expect("a store");
    let all: Arc<Mutex<Vec<Tokens>>> = Arc::default();
    let hook = all.clone();
    let code = portal.authorize("local.1");
    let client = Client::oauth(app(portal.url().trim_start_matches("http://")), store.clone())
        .on_tokens(move |tokens| hook.lock().expect("no panic").push(tokens.clone()))
        .authorize(&code)
        .await
        .expect("a client");
    secrets.push(code);
    for fault in [
        None,
        Some(Fault::DropBefore),
        Some(Fault::HtmlPage),
        Some(Fault::CutBody),
    ] {
        portal.expire_tokens();
        if let Some(fault) = fault {
            portal.inject(fault.on("oauth/token"));
        }
        errors.extend(client.call_raw(METHOD, ()).await.err());
    }
    let all = all.lock().expect("no panic").clone();
    assert!(all.len() >= 3, "{} times tokens came", all.len());
    for tokens in &all {
        secrets.push(tokens.access_token().expose_secret().to_owned());
        secrets.push(tokens.refresh_token().expose_secret().to_owned());
    }
    print(&all);
    print(&store);
    print(&Key::new("local.1", "a223"));

    // A store that quotes what it can't keep.
    for fails_at_once in [true, false] {
        let store = Quoting {
            inner: MemoryStore::new(),
            fails_at_once,
        };
        let code = portal.authorize("local.1");
        let connect = Client::oauth(app(portal.url().trim_start_matches("http://")), store.clone());
        let outcome = match connect.authorize(&code).await {
            Ok(client) => {
                portal.expire_tokens();
                client.call_raw(METHOD, ()).await.map(|_| ())
            }
            Err(error) => Err(error),
        };
        let error = outcome.expect_err("nowhere to keep them");
        assert_eq!(error.kind(), Kind::Store);
        let text = all_of(&error);
        assert!(text.contains("can't keep") && text.contains("***"), "{text}");
        secrets.extend(QUOTED.lock().expect("no panic").iter().cloned());
        errors.push(error);
    }

    // HTTP/2, which has a table of headers.
    let store = MemoryStore::new();
    let address = h2_server().await;
    let record = json!({
        "v": 1, "member_id": "a223", "client_endpoint": format!("http://{address}/rest/"),
        "server": "https://oauth.bitrix.info/", "access_token": "acc3ss1", "refresh_token": "r3fresh1",
    });
    store
        .store(&Key::new("local.1", "a223"), &record.to_string().into())
        .await
        .expect("stored");
    print(&store);
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .http2_prior_knowledge()
        .redirect(reqwest::redirect::Policy::none());
    let http = bitrix24_transport::http::from_reqwest(http.build().expect("a client"));
    let connect = Client::builder()
        .http(http)
        .oauth(App::new("local.1", SECRET), store);
    let client = connect.open("a223").await.expect("a client");
    assert_eq!(client.call_raw(METHOD, ()).await.expect("an answer").result, 7);

    for error in &errors {
        clean(&all_of(error), &secrets);
    }
    clean(&PRINTED.lock().expect("no panic"), &secrets);
    let seen = capture::seen();
    for name in [
        "bitrix24_transport",
        "hyper_util",
        "reqwest",
        "h2",
        "the tokens were refreshed",
    ] {
        assert!(
            seen.contains(name),
            "nothing was seen of {name}: is the capture broken?"
        );
    }
    clean(&seen, &secrets);
}

/// A store whose errors say too much: what it could not keep is in here.
#[derive(Clone)]
struct Quoting {
    inner: MemoryStore,
    fails_at_once: bool,
}

static QUOTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn quote(record: &SecretString) -> StoreError {
    let record = record.expose_secret();
    let tokens: serde_json::Value = serde_json::from_str(record).expect("JSON");
    for name in ["access_token", "refresh_token"] {
        QUOTED
            .lock()
            .expect("no panic")
            .push(tokens[name].as_str().expect("a text").to_owned());
    }
    format!("can't keep {record}").into()
}

impl TokenStore for Quoting {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        self.inner.load(key)
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if self.fails_at_once {
                return Err(quote(record));
            }
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
            // New tokens: the mark before them goes through.
            if !record.expose_secret().contains("refreshing") {
                return Err(quote(record));
            }
            self.inner.compare_and_set(key, expected, record).await
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}

/// A portal that speaks HTTP/2 without TLS, and wants to see the token.
async fn h2_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a connection");
        let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
        while let Some(request) = connection.accept().await {
            let (request, mut respond) = request.expect("a request");
            let token = &request.headers()["authorization"];
            let body = if token == "Bearer acc3ss1" {
                r#"{"result": 7}"#
            } else {
                "{}"
            };
            let response = http::Response::new(());
            let mut stream = respond.send_response(response, false).expect("a response");
            stream
                .send_data(Bytes::from_static(body.as_bytes()), true)
                .expect("a body");
        }
    });
    address.to_string()
}
