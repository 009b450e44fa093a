//! The webhook's code is in the path of every URL, and HTTP stacks like to print URLs. Everything that this crate, and
//! the HTTP stack below it, prints, logs or traces during a run with all kinds of faults is searched for it.

mod support;

use std::{
    error, fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_transport::{
    Client, Kind, Retry,
    http::{BoxFuture, Failure, Http, Reply, Request, fake::Fake},
    types::Effect,
};
use bytes::Bytes;
use serde_json::json;
use support::{
    CODE, OK, Server, Step,
    capture::{self, all_of},
    html, json, nobody, redirect,
};

fn clean(text: &str) {
    assert!(!text.contains(CODE), "the code is in:\n{text}");
}

#[tokio::test]
async fn peers_8_nothing_printed_logged_or_traced_shows_the_code() {
    capture::start();

    let quick = Duration::from_millis(200);
    let mut errors = Vec::new();
    let events = Arc::new(Mutex::new(String::new()));

    // Each fault over real connections.
    let path = format!("/rest/1/{CODE}/some.method");
    let apache =
        format!("<html><h1>Not Found</h1>The requested URL {path} was not found on this server.</html>");
    let echo = json!({ "error": "BAD", "error_description": format!("no such place: {path}") }).to_string();
    for step in [
        json(200, OK),
        json(400, r#"{"error": "BAD", "error_description": "x"}"#),
        json(400, &echo),
        json(200, &OK[..20]),
        json(200, &format!(r#"{{"result": 7, "total": "{path}"}}"#)),
        html(404, &apache),
        html(200, &path),
        html(503, "<html></html>"),
        redirect(302, &format!("https://evil.example{path}")),
        redirect(302, &path),
        redirect(302, &format!("http://{}{path}", nobody().await)),
        Step::BreakOff(200, OK.to_owned()),
        Step::Drop,
        Step::Hang,
    ] {
        let portal = Server::start([step]).await;
        let told = events.clone();
        let client = portal
            .builder()
            .request_timeout(quick)
            .retry(Retry::new().attempts(2).pauses(Duration::ZERO, Duration::ZERO))
            .on_event(move |event| {
                told.lock()
                    .expect("no panic")
                    .push_str(&format!("{event:?} {event:#?}\n"))
            })
            .build()
            .expect("a client");
        let call = client
            .call_raw("some.method", json!({ "id": 1 }))
            .effect(Effect::Read);
        clean(&format!("{client:?} {client:#?} {call:?} {:?}", portal.builder()));
        errors.extend(call.await.err());
    }
    assert_eq!(errors.len(), 13, "all but the first, which is an answer");
    let events = events.lock().expect("no panic").clone();
    assert_eq!(
        events.matches("again: Some((Unknown, 0ns))").count(),
        7,
        "{events}"
    );
    clean(&events);

    // No connection: refused, no such name, no TLS where TLS is spoken.
    let portal = Server::start([html(200, "")]).await;
    for address in [
        format!("http://{}/rest/1/{CODE}/", nobody().await),
        format!("https://nowhere.invalid/rest/1/{CODE}/"),
        format!("https://{}/rest/1/{CODE}/", portal.address),
    ] {
        let client = Client::builder().webhook(&address).connect_timeout(quick).build();
        let call = client.expect("a client").call_raw("some.method", ()).no_retry();
        let error = call.await.expect_err("no connection");
        assert_eq!(error.kind(), Kind::Connect, "{error:?}");
        errors.push(error);
    }

    // Bad input.
    for url in [
        format!("htps://acme.bitrix24.com/rest/1/{CODE}/"),
        format!("https://acme.bitrix24.com/rest/{CODE}/"),
        format!("https://acme.bitrix24.com/rest/1/{CODE}/x/y"),
        format!("https://acme.bitrix24.com:{CODE}/rest/1/"),
        CODE.to_owned(),
    ] {
        clean(&format!("{:?}", Client::builder().webhook(&url)));
        errors.push(Client::webhook(&url).expect_err("a mistake"));
    }
    let client = Client::webhook(&portal.url()).expect("a client");
    for name in ["some/method".to_owned(), format!("{}profile", portal.url())] {
        let call = client.call_raw(&name, ());
        clean(&format!("{call:?}"));
        let error = call.await.expect_err("a mistake");
        assert_eq!((error.kind(), error.method()), (Kind::Config, None));
        errors.push(error);
    }

    // HTTP/2.
    let h2 = reqwest_h2();
    let client = Client::builder()
        .webhook(&h2_server().await)
        .http(h2)
        .build()
        .expect("a client");
    assert_eq!(
        client
            .call_raw("some.method", ())
            .await
            .expect("an answer")
            .result,
        7
    );

    for error in &errors {
        let text = all_of(error);
        clean(&text);
        if matches!(error.kind(), Kind::Connect | Kind::Lost | Kind::Timeout) {
            assert!(
                !text.contains("***"),
                "our own HTTP layer let it through to the last guard:\n{text}"
            );
        }
    }
    let seen = capture::seen();
    for crate_name in ["bitrix24_transport", "hyper_util", "reqwest", "h2"] {
        assert!(
            seen.contains(crate_name),
            "nothing was seen of {crate_name}: is the capture broken?"
        );
    }
    clean(&seen);
}

/// An HTTP layer that says more than it should is silenced, and its causes are kept in words.
#[tokio::test]
async fn a_talkative_http_layer_is_silenced() {
    #[derive(Debug)]
    struct Talkative(String, Option<Box<Talkative>>);

    impl fmt::Display for Talkative {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl error::Error for Talkative {
        fn source(&self) -> Option<&(dyn error::Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    impl Http for Talkative {
        fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
            let cause = Talkative(format!("can't POST {}", request.url()), None);
            Box::pin(async {
                Err(Failure::lost(Talkative(
                    "the stack failed".into(),
                    Some(Box::new(cause)),
                )))
            })
        }
    }

    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(Talkative(String::new(), None))
        .build()
        .expect("a client");
    let error = client.call_raw("some.method", ()).await.expect_err("lost");
    let text = all_of(&error);
    assert!(!text.contains(CODE), "{text}");
    let first = error::Error::source(&error).expect("a cause");
    let second = first.source().expect("its cause");
    assert_eq!(first.to_string(), "the stack failed");
    assert_eq!(
        second.to_string(),
        "can't POST https://acme.bitrix24.com/rest/1/***/some.method"
    );
}

/// What an HTTP layer is handed prints neither URL nor body.
#[tokio::test]
async fn requests_and_replies_print_no_secret() {
    #[derive(Clone, Default)]
    struct Printing(Arc<Mutex<String>>);

    impl Http for Printing {
        fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
            let body = Bytes::from(format!(
                r#"{{"error": "x", "error_description": "{}"}}"#,
                request.url()
            ));
            let reply = Reply {
                status: http::StatusCode::OK,
                headers: http::HeaderMap::new(),
                body,
            };
            *self.0.lock().expect("no panic") = format!("{request:?} {request:#?} {reply:?} {reply:#?}");
            Box::pin(async { Ok(reply) })
        }
    }

    let printing = Printing::default();
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(printing.clone())
        .build()
        .expect("a client");
    let error = client.call_raw("some.method", ()).await.expect_err("x");
    clean(&printing.0.lock().expect("no panic"));
    assert_eq!(
        error.description(),
        Some("https://acme.bitrix24.com/rest/1/***/some.method")
    );
}

/// What the fake remembers is made for assertions, which print it.
#[tokio::test]
async fn the_fake_remembers_no_secret() {
    let fake = Fake::new().json(200, json!({ "result": 7 }));
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(fake.clone())
        .build()
        .expect("a client");
    client.call_raw("some.method", ()).await.expect("an answer");
    clean(&format!("{fake:?} {:?}", fake.requests()));
}

fn reqwest_h2() -> impl Http + 'static {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .redirect(reqwest::redirect::Policy::none());
    bitrix24_transport::http::from_reqwest(client.build().expect("a client"))
}

/// A portal that speaks HTTP/2 without TLS.
async fn h2_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a connection");
        let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
        while let Some(request) = connection.accept().await {
            let (_, mut respond) = request.expect("a request");
            let mut stream = respond
                .send_response(http::Response::new(()), false)
                .expect("a response");
            stream
                .send_data(Bytes::from_static(OK.as_bytes()), true)
                .expect("a body");
        }
    });
    format!("http://{address}/rest/1/{CODE}/")
}
