//! Bad input: one clear sentence each, that names the place and repeats no secret.

mod support;

use bitrix24_transport::{Client, Error, Executed, Kind, http::fake::Fake};
use serde_json::json;
use support::CODE;

#[test]
fn webhook_urls() {
    for (url, sentence) in [
        (String::new(), "the webhook URL is empty"),
        (
            format!("htps://acme.bitrix24.com/rest/1/{CODE}/"),
            "the webhook URL does not start with `https://`",
        ),
        (
            format!("http://acme.bitrix24.com/rest/1/{CODE}/"),
            "the webhook URL starts with `http://`, but portals in the cloud answer only to `https://`",
        ),
        (
            "https://acme.bitrix24.com/rest/1/".into(),
            "the webhook URL has an empty code after the user's number",
        ),
        (
            format!("https://acme.bitrix24.com/rest/{CODE}/"),
            "the webhook URL has no user's number between `/rest/` and the code",
        ),
        (
            format!("https://acme.bitrix24.com/rest/1/{CODE}/ "),
            "the webhook URL has white space or control characters in it: remove them",
        ),
        (
            format!("https://acme.bitrix24.com/marketplace/app/{CODE}/"),
            "the webhook URL is another page of the portal: a webhook has `/rest/` in its path, \
             `https://portal/rest/1/code/`",
        ),
    ] {
        let error = Client::webhook(&url).expect_err(sentence);
        assert_eq!(error.to_string(), sentence);
        refused(&error);
    }
}

#[test]
fn settings() {
    let none = Client::builder().build().expect_err("no webhook");
    assert_eq!(
        none.to_string(),
        "the client has no webhook: set one with `webhook(…)`"
    );
    refused(&none);
    for agent in ["", "  ", "two\nlines"] {
        let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
        let error = builder.user_agent(agent).build().expect_err(agent);
        assert!(
            error
                .to_string()
                .starts_with("the user agent must be a text of one line"),
            "{error}"
        );
        refused(&error);
    }
}

#[tokio::test]
async fn method_names_and_parameters() {
    let fake = Fake::new();
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(fake.clone())
        .build()
        .expect("a client");
    for name in [
        "",
        ".",
        "..",
        "a..b",
        "a/b",
        "../2/profile",
        "a?b",
        "a#b",
        "a b",
        "a%2Fb",
        "crm.deal.get\n",
        "сrm",
    ] {
        let error = client.call_raw(name, ()).await.expect_err(name);
        assert!(
            error.to_string().contains("a method's name is made of words"),
            "{error}"
        );
        refused(&error);
    }
    for scalar in [json!(1), json!("text"), json!(true)] {
        let error = client
            .call_raw("some.method", scalar)
            .await
            .expect_err("a scalar");
        assert!(
            error.to_string().contains("the parameters must be an object"),
            "{error}"
        );
        refused(&error);
    }
    // A map with keys that no JSON object can have.
    let error = client
        .call_raw("some.method", std::collections::BTreeMap::from([((1, 2), 3)]))
        .await
        .expect_err("keys");
    assert!(error.to_string().contains("can't be written as JSON"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(fake.requests(), []);
}

#[tokio::test]
async fn no_parameters_are_an_empty_object() {
    let ok = json!({ "result": 1 });
    let fake = Fake::new()
        .json(200, ok.clone())
        .json(200, ok.clone())
        .json(200, ok);
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(fake.clone())
        .build()
        .expect("a client");
    client.call_raw("profile", ()).await.expect("an answer");
    client
        .call_raw("profile.json", json!(null))
        .await
        .expect("an answer");
    client
        .call_raw("task.item.list", json!([1, 2]))
        .await
        .expect("an answer");
    let bodies: Vec<_> = fake.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [json!({}), json!({}), json!([1, 2])]);
}

#[test]
fn an_async_call_without_a_runtime() {
    let url = format!("https://acme.bitrix24.com/rest/1/{CODE}/");
    let client = Client::builder()
        .webhook(&url)
        .http(Fake::new())
        .build()
        .expect("a client");
    let mut call = std::pin::pin!(client.call_raw("some.method", ()).send());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else {
        panic!("an error at once")
    };
    assert_eq!((error.kind(), error.executed()), (Kind::Runtime, Executed::No));
}

fn refused(error: &Error) {
    assert_eq!(
        (error.kind(), error.executed(), error.is_retryable()),
        (Kind::Config, Executed::No, false)
    );
    assert!(!format!("{error} {error:?}").contains(CODE), "{error:?}");
}
