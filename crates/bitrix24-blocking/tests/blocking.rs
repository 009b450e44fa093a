//! The blocking client: the same answers and errors, one thread that comes and goes, and no way to get stuck.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bitrix24_blocking::{
    Client, Executed, Kind,
    http::{BoxFuture, Failure, Http, Reply, Request, fake::Fake},
};
use serde_json::json;

const URL: &str = "https://acme.bitrix24.com/rest/1/c0de5ecret/";

fn faked(fake: &Fake) -> Client {
    Client::builder()
        .webhook(URL)
        .http(fake.clone())
        .build()
        .expect("a client")
}

#[test]
fn answers_and_errors_are_those_of_the_async_client() {
    let failure = json!({ "error": "NOT_TODAY", "error_description": "no" });
    let fake = Fake::new().json(200, json!({ "result": 7 })).json(400, failure);
    let client = faked(&fake);
    let reply = client
        .call_raw("some.method", json!({ "b": 1, "a": 2 }))
        .expect("an answer");
    assert_eq!(reply.result, 7);
    let error = client.call_raw("some.method", ()).expect_err("an error");
    assert_eq!(
        (error.code(), error.status(), error.method()),
        (Some("NOT_TODAY"), Some(400), Some("some.method"))
    );
    assert_eq!(fake.requests()[0].body, json!({ "b": 1, "a": 2 }));

    let mistake = Client::webhook("https://acme.bitrix24.com/rest/1/").expect_err("no code");
    assert_eq!(mistake.kind(), Kind::Config);
}

#[test]
fn a_call_can_be_given_a_timeout_and_a_deadline() {
    let client = faked(&Fake::new().hang().hang());
    let before = Instant::now();
    let error = client
        .prepare_raw("some.method", ())
        .timeout(Duration::from_millis(50))
        .send()
        .expect_err("late");
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Timeout, Executed::Unknown)
    );
    let soon = Instant::now() + Duration::from_millis(50);
    let error = client
        .prepare_raw("some.method", ())
        .deadline(soon)
        .send()
        .expect_err("late");
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[test]
fn many_threads_share_one_client() {
    let mut fake = Fake::new();
    for _ in 0..40 {
        fake = fake.json(200, json!({ "result": 7 }));
    }
    let client = faked(&fake);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(
                        client
                            .clone()
                            .call_raw("some.method", ())
                            .expect("an answer")
                            .result,
                        7
                    );
                }
            });
        }
    });
    assert_eq!(fake.requests().len(), 40);
}

#[test]
fn inside_an_async_runtime_it_says_so_and_sends_nothing() {
    let fake = Fake::new().json(200, json!({ "result": 7 }));
    let client = faked(&fake);
    let single = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let multi = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a runtime");
    for runtime in [&single, &multi] {
        let in_task = client.clone();
        let errors = runtime.block_on(async {
            let direct = client.call_raw("some.method", ()).expect_err("refused");
            let task = tokio::spawn(async move { in_task.call_raw("some.method", ()).expect_err("refused") });
            [direct, task.await.expect("no panic")]
        });
        for error in errors {
            assert_eq!((error.kind(), error.executed()), (Kind::Runtime, Executed::No));
            assert!(error.to_string().contains("inside an async runtime"), "{error}");
        }
    }
    assert_eq!(fake.requests(), []);

    // Where a task may wait, it works.
    let waiting = client.clone();
    let waiting = async { tokio::task::spawn_blocking(move || waiting.call_raw("some.method", ())).await };
    assert_eq!(
        single
            .block_on(waiting)
            .expect("no panic")
            .expect("an answer")
            .result,
        7
    );

    // A client may also be made and dropped there.
    single.block_on(async {
        drop(faked(&Fake::new()));
        drop(client);
    });
}

/// A hook runs on the client's own thread; a call from there would wait for itself.
#[test]
fn a_call_from_a_hook_is_an_error() {
    let location = [(
        "location",
        "https://new.bitrix24.com/rest/1/c0de5ecret/some.method",
    )];
    let fake = Fake::new()
        .reply(302, &location, "")
        .json(200, json!({ "result": 7 }));
    let other = faked(&Fake::new());
    let heard = Arc::new(Mutex::new(None));
    let hook = {
        let heard = heard.clone();
        move |_: &_| {
            *heard.lock().expect("no panic") =
                Some(other.call_raw("some.method", ()).expect_err("refused").kind())
        }
    };
    let client = Client::builder()
        .webhook(URL)
        .http(fake)
        .on_moved(hook)
        .build()
        .expect("a client");
    assert_eq!(client.call_raw("some.method", ()).expect("an answer").result, 7);
    assert_eq!(*heard.lock().expect("no panic"), Some(Kind::Runtime));
    assert_eq!(client.address().host(), "new.bitrix24.com");
}

/// A panic in an HTTP layer of the program's own ends that call, not the client.
#[test]
fn a_panic_below_ends_one_call() {
    struct Panics(Fake, Mutex<bool>);

    impl Http for Panics {
        fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
            let first = std::mem::take(&mut *self.1.lock().expect("no panic"));
            assert!(!first, "a panic on purpose, in a test");
            self.0.post(request)
        }
    }

    let http = Panics(Fake::new().json(200, json!({ "result": 7 })), Mutex::new(true));
    let client = Client::builder()
        .webhook(URL)
        .http(http)
        .build()
        .expect("a client");
    let error = client.call_raw("some.method", ()).expect_err("a panic below");
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Runtime, Executed::Unknown)
    );
    assert_eq!(client.call_raw("some.method", ()).expect("an answer").result, 7);
}

/// Over real sockets, where the connection must outlive the call that opened it.
#[test]
fn one_connection_serves_many_calls() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut buffer = [0; 4096];
        let mut requests = 0;
        // Requests this small come in one piece or, at worst, end with the piece that has the body.
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            if buffer[..length].ends_with(b"{}") {
                requests += 1;
                let body = r#"{"result": 7}"#;
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .expect("written");
            }
        }
        requests
    });
    let client = Client::webhook(&format!("http://{address}/rest/1/c0de5ecret/")).expect("a client");
    for _ in 0..10 {
        assert_eq!(client.call_raw("some.method", ()).expect("an answer").result, 7);
    }
    // Dropping the last clone ends the thread, and with it the connection: the server's read returns.
    drop(client.clone());
    drop(client);
    assert_eq!(server.join().expect("no panic"), 10);
}

/// The name of the thread that does the work, as an HTTP layer sees it.
#[test]
fn the_thread_has_a_name() {
    struct Named;

    impl Http for Named {
        fn post(&self, _: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
            let name = thread::current().name().unwrap_or("none").to_owned();
            Box::pin(async { Err(Failure::lost(name)) })
        }
    }

    let client = Client::builder()
        .webhook(URL)
        .http(Named)
        .build()
        .expect("a client");
    let error = client.call_raw("some.method", ()).expect_err("lost");
    let source = std::error::Error::source(&error).expect("the name");
    assert_eq!(source.to_string(), "bitrix24-blocking");
}
