//! What goes wrong on the way, seen from the other end of the connection.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::pin::pin;
use std::time::{Duration, Instant};

use bitrix24_portal::{Fault, Gate, Portal};
use raw::Raw;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn portal() -> (Portal, Raw) {
    let portal = Portal::builder().start().await.unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

const ADD: &str = "landing.site.add";

/// Everything that comes over the connection until it is closed.
async fn bytes(portal: &Portal) -> String {
    let mut stream = TcpStream::connect(portal.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let path = portal.webhook_url().replace(&portal.url(), "");
    let request = format!(
        "GET {path}{ADD}?fields[TITLE]=x&fields[CODE]= HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_connection_dropped_before_the_method_runs() {
    let (portal, _) = portal().await;
    portal.inject(Fault::DropBefore);
    assert_eq!(bytes(&portal).await, "");
    assert_eq!((portal.requests(), portal.runs(ADD)), (1, 0));
    assert!(portal.state(|state| state.sites.is_empty()));
    assert_eq!(portal.calls()[0].status, None);
    assert!(bytes(&portal).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_connection_dropped_after_the_method_ran() {
    let (portal, _) = portal().await;
    portal.inject(Fault::DropAfter.on("LANDING.site.ADD").times(2));
    assert_eq!(bytes(&portal).await, "");
    assert_eq!(bytes(&portal).await, "");
    assert!(bytes(&portal).await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!((portal.requests(), portal.runs(ADD)), (3, 3));
    assert_eq!(portal.state(|state| state.sites.len()), 3);
}

#[tokio::test]
async fn an_answer_that_ends_in_the_middle() {
    let (portal, _) = portal().await;
    portal.inject(Fault::CutBody);
    let answer = bytes(&portal).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert!(body.starts_with("{\"result\":"), "{answer}");
    assert_eq!(body.len(), length.parse::<usize>().unwrap() / 2);
    assert_eq!(portal.runs(ADD), 1);
}

#[tokio::test]
async fn a_proxy_answers_with_a_page() {
    let (portal, raw) = portal().await;
    portal.inject(Fault::HtmlPage);
    let response = raw
        .http
        .post(format!("{}{ADD}", raw.webhook))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(response.text().await.unwrap().starts_with("<html>"));
    assert_eq!((portal.requests(), portal.runs(ADD)), (1, 0));
}

#[tokio::test]
async fn a_portal_that_has_moved() {
    let (portal, raw) = portal().await;
    portal.inject(Fault::Moved("https://new.example/".to_owned()));
    let url = format!("{}{ADD}.json?a=1", raw.webhook);
    let response = raw.http.post(&url).json(&json!({})).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert_eq!(location, url.replace(&portal.url(), "https://new.example"));
    assert_eq!(portal.runs(ADD), 0);
}

#[tokio::test]
async fn an_error_under_status_200() {
    let (portal, raw) = portal().await;
    let code = "ACCESS_DENIED".to_owned();
    portal.inject(Fault::ErrorUnder200 {
        code: code.clone(),
        description: "No".to_owned(),
    });
    assert_eq!(raw.refusal(ADD, json!({})).await, (200, code));
    assert_eq!(portal.runs(ADD), 0);
}

#[tokio::test]
async fn a_slow_answer_to_a_method_that_ran_at_once() {
    let (portal, raw) = portal().await;
    portal.inject(Fault::Slow(Duration::from_millis(300)));
    let start = Instant::now();
    raw.ok(ADD, json!({"fields": {"TITLE": "x", "CODE": ""}})).await;
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn an_answer_that_is_held_holds_up_nobody_else() {
    let (portal, raw) = portal().await;
    let gate = Gate::new();
    portal.inject(Fault::Held(gate.clone()).on(ADD));
    let held = async {
        raw.ok(ADD, json!({"fields": {"TITLE": "x", "CODE": ""}})).await;
        "held"
    };
    let other = async {
        while portal.runs(ADD) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        raw.ok("landing.site.getList", json!({})).await;
        "other"
    };
    let (mut held, mut other) = (pin!(held), pin!(other));
    let first = tokio::select! {
        first = &mut held => first,
        first = &mut other => first,
    };
    assert_eq!(first, "other");
    gate.open();
    assert_eq!(held.await, "held");
    // A gate that is open holds nobody.
    portal.inject(Fault::Held(gate).on(ADD));
    raw.ok(ADD, json!({"fields": {"TITLE": "y", "CODE": ""}})).await;
}

#[tokio::test]
async fn dropping_a_portal_stops_it_even_in_the_middle_of_an_answer() {
    let (portal, raw) = portal().await;
    portal.inject(Fault::Slow(Duration::from_secs(60)));
    let url = format!("{}{ADD}", raw.webhook);
    let http = raw.http.clone();
    let waiting = tokio::spawn(async move { http.post(url).json(&json!({})).send().await });
    while portal.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let address = portal.url().trim_start_matches("http://").to_owned();
    drop(portal);
    assert!(waiting.await.unwrap().is_err());
    assert!(TcpStream::connect(address).await.is_err());
}
