//! A portal that has moved: the request follows it whole, once, and only to where it may.

mod support;

use std::sync::{Arc, Mutex};

use bitrix24_transport::{
    Client, Executed, Kind,
    files::Upload,
    http::{Http, fake::Fake, from_reqwest},
    types::disk::folder::UploadFile,
};
use serde_json::json;
use support::{CODE, OK, Server, json, redirect};
use tokio::net::TcpListener;

#[tokio::test]
async fn is_answered_by_the_same_post_at_the_new_address() {
    for status in [301, 302, 307, 308] {
        let new = Server::start([json(200, OK)]).await;
        let old = Server::start([redirect(
            status,
            &format!("http://{}/rest/1/{CODE}/some.method", new.address),
        )])
        .await;
        let moves = Arc::new(Mutex::new(Vec::new()));
        let heard = moves.clone();
        let client = old
            .builder()
            .on_moved(move |moved| heard.lock().expect("no panic").push(moved.clone()));
        let client = client.build().expect("a client");

        let params = json!({ "fields": { "TITLE": "Home" } });
        let reply = client
            .call_raw("some.method", &params)
            .await
            .expect("the new portal's answer");
        assert_eq!(reply.result, 7);

        for (server, count) in [(&old, 1), (&new, 1)] {
            let received = server.received();
            assert_eq!(received.len(), count);
            assert_eq!(
                received[0].line,
                format!("POST /rest/1/{CODE}/some.method HTTP/1.1")
            );
            assert_eq!(received[0].body, params);
            assert_eq!(received[0].header("content-type"), Some("application/json"));
        }

        // From now on the new address is asked at once, and the hook hears no more.
        client
            .clone()
            .call_raw("some.method", &params)
            .await
            .expect("an answer");
        assert_eq!((old.received().len(), new.received().len()), (1, 2));
        assert_eq!(client.address().to_string(), format!("http://{}", new.address));
        let moves = moves.lock().expect("no panic");
        assert_eq!(moves.len(), 1);
        assert_eq!(moves[0].from.to_string(), format!("http://{}", old.address));
        assert_eq!(moves[0].to, client.address());
    }
}

#[tokio::test]
async fn is_remembered_only_if_a_portal_answers_there() {
    let page = Server::start([support::html(404, "<html>no such site</html>")]).await;
    let old = Server::start([redirect(
        302,
        &format!("http://{}/rest/1/{CODE}/some.method", page.address),
    )])
    .await;
    let client = old.client();
    let error = client.call_raw("some.method", ()).await.expect_err("a page");
    assert_eq!((error.kind(), error.status()), (Kind::Unreadable, Some(404)));
    assert_eq!(client.address().to_string(), format!("http://{}", old.address));

    // An error of the API is an answer, too.
    let new = Server::start([json(
        400,
        r#"{"error": "NO_SUCH_THING", "error_description": ""}"#,
    )])
    .await;
    let old = Server::start([redirect(
        302,
        &format!("http://{}/rest/1/{CODE}/some.method", new.address),
    )])
    .await;
    let client = old.client();
    let error = client.call_raw("some.method", ()).await.expect_err("the error");
    assert_eq!(error.code(), Some("NO_SUCH_THING"));
    assert_eq!(client.address().to_string(), format!("http://{}", new.address));
}

#[tokio::test]
async fn is_not_followed_to_a_foreign_host_or_another_path() {
    let foreign = Server::start([json(200, OK)]).await;
    for location in [
        format!(
            "http://evil.example:{}/rest/1/{CODE}/some.method",
            foreign.address.port()
        ),
        "https://evil.example/rest/1/some.method".to_owned(),
        format!("http://{}/auth/", foreign.address),
        format!("http://{}/rest/1/{CODE}/another.method", foreign.address),
    ] {
        let portal = Server::start([redirect(302, &location)]).await;
        let error = portal
            .client()
            .call_raw("some.method", ())
            .await
            .expect_err("a refusal");
        assert_eq!(
            (error.kind(), error.executed()),
            (Kind::Redirect, Executed::No),
            "{location}"
        );
        assert!(!error.is_retryable());
        assert_eq!(portal.received().len(), 1, "{location}");
    }
    assert_eq!(foreign.received().len(), 0);
}

#[tokio::test]
async fn from_the_cloud_goes_to_another_name_in_the_cloud_or_a_trusted_host() {
    let to = |host: &str| [("location", format!("https://{host}/rest/1/{CODE}/some.method"))];
    for (host, follows) in [
        ("new.bitrix24.de", true),
        ("intranet.example.org", true),
        ("evil.example", false),
    ] {
        let location = to(host);
        let location = location.each_ref().map(|(name, value)| (*name, value.as_str()));
        let fake = Fake::new()
            .reply(302, &location, "")
            .json(200, json!({ "result": 7 }));
        let client = Client::builder()
            .webhook(&format!("https://old.bitrix24.com/rest/1/{CODE}/"))
            .trust_host("Intranet.Example.org")
            .http(fake.clone())
            .build()
            .expect("a client");
        let outcome = client.call_raw("some.method", json!({ "id": 1 })).await;
        let hosts: Vec<String> = fake.requests().into_iter().map(|request| request.host).collect();
        if follows {
            assert_eq!(outcome.expect("an answer").result, 7);
            assert_eq!(hosts, ["old.bitrix24.com", host]);
            assert_eq!(fake.requests()[1].body, json!({ "id": 1 }));
        } else {
            let error = outcome.expect_err("a refusal");
            assert!(error.to_string().contains("`evil.example`"), "{error}");
            assert_eq!(hosts, ["old.bitrix24.com"]);
        }
    }
}

#[tokio::test]
async fn ends_when_it_goes_round_in_a_circle_or_on_and_on() {
    // To itself.
    let portal = Server::start([redirect(302, &format!("/rest/1/{CODE}/some.method"))]).await;
    let error = portal
        .client()
        .call_raw("some.method", ())
        .await
        .expect_err("a circle");
    assert_eq!((error.kind(), portal.received().len()), (Kind::Redirect, 1));

    // To one new place after the other.
    let mut fake = Fake::new();
    for hop in 0..20 {
        let location = format!("https://hop{hop}.bitrix24.com/rest/1/{CODE}/some.method");
        fake = fake.reply(302, &[("location", &location)], "");
    }
    let client = Client::builder()
        .webhook(&format!("https://old.bitrix24.com/rest/1/{CODE}/"))
        .http(fake.clone())
        .build()
        .expect("a client");
    let error = client.call_raw("some.method", ()).await.expect_err("too many");
    assert_eq!((error.kind(), fake.requests().len()), (Kind::Redirect, 4));
    assert_eq!(client.address().host(), "old.bitrix24.com");
}

#[tokio::test]
async fn can_be_switched_off() {
    let new = Server::start([json(200, OK)]).await;
    let old = Server::start([redirect(
        302,
        &format!("http://{}/rest/1/{CODE}/some.method", new.address),
    )])
    .await;
    let client = old.builder().follow_moves(false).build().expect("a client");
    let error = client.call_raw("some.method", ()).await.expect_err("a refusal");
    assert_eq!((error.kind(), new.received().len()), (Kind::Redirect, 0));
}

/// A 303 says that the request was carried out; to send it again would be wrong.
#[tokio::test]
async fn of_another_kind_is_an_answer_that_is_none() {
    let portal = Server::start([redirect(303, "https://evil.example/")]).await;
    let error = portal
        .client()
        .call_raw("some.method", ())
        .await
        .expect_err("no answer");
    assert_eq!(
        (error.kind(), error.executed(), error.status()),
        (Kind::Unreadable, Executed::Unknown, Some(303))
    );
    assert_eq!(portal.received().len(), 1);
}

/// A client of the program's own that follows redirects by itself has lost the body by then: that must not look like
/// an answer.
#[tokio::test]
async fn followed_by_a_foreign_http_client_is_an_error() {
    let new = Server::start([json(200, OK)]).await;
    let old = Server::start([redirect(
        302,
        &format!("http://{}/rest/1/{CODE}/some.method", new.address),
    )])
    .await;
    let client = old.builder().http(careless()).build().expect("a client");
    let error = client.call_raw("some.method", ()).await.expect_err("a lost body");
    assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
}

/// Nor does a file count as sent that was lost on the way.
#[tokio::test]
async fn of_a_file_followed_by_a_foreign_http_client_is_an_error() {
    let new = Server::start([json(200, r#"{"result": {"ID": 7}}"#)]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let upload = format!("http://{}/upload", listener.local_addr().expect("bound"));
    let target = json!({ "result": { "field": "file", "uploadUrl": upload } });
    let elsewhere = redirect(302, &format!("http://{}/elsewhere", new.address));
    let portal = Server::on(listener, [json(200, &target.to_string()), elsewhere]);
    let client = portal.builder().http(careless()).build().expect("a client");
    let file = Upload::bytes("x.txt", "content");
    let error = client
        .upload(UploadFile::new(7), file)
        .await
        .expect_err("a lost file");
    assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
    assert_eq!((portal.received().len(), new.received().len()), (2, 1));
}

/// A client that follows redirects.
fn careless() -> impl Http + 'static {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    from_reqwest(reqwest::Client::builder().build().expect("a client"))
}
