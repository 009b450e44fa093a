//! `bitrix24-portal` as a program.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bitrix24-portal"))
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = program().args(arguments).output().unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[tokio::test]
async fn it_says_how_to_use_it_and_can_be_used_so() {
    let mut child = program()
        .args([
            "--listen",
            "127.0.0.1:0",
            "--code",
            "abc123",
            "--unlimited",
            "--table",
            "crm.deal.list=1000",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let webhook = lines
        .map(|line| line.unwrap())
        .find_map(|line| line.trim().strip_prefix("BITRIX24_WEBHOOK=").map(str::to_owned));
    let webhook = webhook.unwrap();
    assert!(webhook.ends_with("/rest/1/abc123/"));
    let request = raw::http().post(format!("{webhook}landing.site.add"));
    let response = request
        .json(&json!({"fields": {"TITLE": "My site", "CODE": ""}}))
        .send()
        .await;
    let deals = raw::http()
        .get(format!("{webhook}crm.deal.list?start=950"))
        .send()
        .await;
    child.kill().unwrap();
    child.wait().unwrap();
    let deals: Value = deals.unwrap().json().await.unwrap();
    assert_eq!(
        (&deals["total"], &deals["result"][49]["ID"]),
        (&json!(1000), &json!("1000"))
    );
    let body: Value = response.unwrap().json().await.unwrap();
    assert!(body["result"].is_i64(), "{body}");
}

#[test]
fn it_explains_what_it_does_not_understand() {
    for (arguments, said) in [
        (&["--listen"][..], "--listen needs a value"),
        (
            &["--listen", "8024"],
            "\"8024\" is no address like 127.0.0.1:8024",
        ),
        (
            &["--table", "crm.deal.list"],
            "\"crm.deal.list\" is no table like crm.deal.list=1000",
        ),
        (&["--port", "1"], "unknown argument \"--port\""),
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert_eq!(
            stderr,
            format!("bitrix24-portal: {said}; see bitrix24-portal --help\n")
        );
    }
}

#[test]
fn it_says_when_it_cannot_listen() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = run(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with(&format!("bitrix24-portal: cannot listen on {address}: ")),
        "{stderr}"
    );
}

#[test]
fn it_refuses_a_code_that_is_none() {
    for code in ["", "a/b", "a b"] {
        let (status, _, stderr) = run(&["--listen", "127.0.0.1:0", "--code", code]);
        assert_eq!(status, Some(1));
        assert_eq!(
            stderr,
            "bitrix24-portal: the code of a webhook has letters and digits, nothing else\n"
        );
    }
}

#[test]
fn help_and_version() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for argument in ["--listen", "--code", "--table", "--unlimited", "--version"] {
        assert!(help.contains(argument), "{argument}");
    }
    assert_eq!(
        run(&["--version"]).1,
        format!("bitrix24-portal {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn it_says_of_what_there_can_be_no_table() {
    let (status, _, stderr) = run(&["--listen", "127.0.0.1:0", "--table", "landing.site.add=5"]);
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "bitrix24-portal: the page of landing.site.add shows no list of records\n"
    );
}
