//! Calls by type: the value form and the accessors send the same, and errors come back as the method's own codes.

use std::{
    future::IntoFuture,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bitrix24_transport::{
    Call, Client, Error, Kind, RawCall, Retry,
    http::fake::Fake,
    observe::{self, Attempt, Event},
    types::{
        Response, SystemError,
        landing::site::{Publication, PublicationError, Unpublic},
    },
};
use serde_json::json;

const URL: &str = "https://acme.bitrix24.com/rest/1/c0de5ecret/";

fn client(fake: &Fake) -> Client {
    Client::builder()
        .webhook(URL)
        .http(fake.clone())
        .build()
        .expect("a client")
}

#[tokio::test]
async fn the_value_form_and_the_accessors_send_the_same() {
    let answer = json!({ "result": "1688", "time": { "duration": 0.25, "operating": 1 } });
    let fake = Fake::new()
        .json(200, answer.clone())
        .json(200, answer.clone())
        .json(200, answer);
    let client = client(&fake);

    let request = Publication::new(1688).scope("KNOWLEDGE");
    let published: Response<i64> = client.call(request.clone()).await.expect("published");
    assert_eq!((published.result, published.time.duration), (1688, 0.25));
    client
        .landing()
        .site()
        .publication(1688)
        .scope("KNOWLEDGE")
        .await
        .expect("published");
    client
        .landing()
        .site()
        .publication(1688)
        .no_retry()
        .scope("KNOWLEDGE")
        .send()
        .await
        .expect("published");

    for sent in fake.requests() {
        assert_eq!(sent.method, "landing.site.publication");
        assert_eq!(sent.body, json!({ "id": 1688, "scope": "KNOWLEDGE" }));
    }
    let call = client.call(request);
    assert_eq!(call.request().clone(), Publication::new(1688).scope("KNOWLEDGE"));
    assert!(!format!("{call:?}").contains("c0de5ecret"));
}

#[tokio::test]
async fn a_code_means_what_its_method_and_status_say() {
    let refusal =
        |status, code: &str| Fake::new().json(status, json!({ "error": code, "error_description": "" }));
    let fake = refusal(400, "ACCESS_DENIED");
    let error = client(&fake)
        .call(Publication::new(1))
        .await
        .expect_err("refused");
    assert_eq!(
        error.documented::<Publication>(),
        Some(PublicationError::AccessDenied)
    );
    assert_eq!(error.documented::<Unpublic>(), None, "that is another method");
    assert_eq!(error.system(), None);

    let fake = refusal(403, "ACCESS_DENIED");
    let error = client(&fake)
        .call(Publication::new(1))
        .await
        .expect_err("refused");
    assert_eq!(
        (error.documented::<Publication>(), error.system()),
        (None, Some(SystemError::AccessDenied))
    );

    let fake = refusal(400, "PUBLIC_HTML_DISALLOWED[S1688]");
    let error = client(&fake)
        .call_raw("Landing.Site.Publication.json", json!({ "id": 1 }))
        .await
        .expect_err("refused");
    let detail = PublicationError::PublicHtmlDisallowed("S1688".into());
    assert_eq!(error.documented::<Publication>(), Some(detail));

    let fake = refusal(400, "SOMETHING_NEW");
    let error = client(&fake)
        .call(Publication::new(1))
        .await
        .expect_err("refused");
    assert_eq!(
        (error.documented::<Publication>(), error.code()),
        (None, Some("SOMETHING_NEW"))
    );
}

/// A code that its method's documentation lists is the method's own answer. Of any other nobody knows who gave it: something
/// that stands before the method may have refused, or the method after it had begun.
#[tokio::test]
async fn a_code_of_its_own_says_that_the_method_ran() {
    use bitrix24_transport::Executed::{No, Unknown, Yes};
    for (status, code, executed) in [
        (400, "ACCESS_DENIED", Yes),
        (400, "PUBLIC_HTML_DISALLOWED[S1688]", Yes),
        (200, "PHONE_NOT_CONFIRMED", Yes),
        (403, "ACCESS_DENIED", No),
        (400, "SOMETHING_NEW", Unknown),
        (401, "invalid_token", Unknown),
        (400, "", Unknown),
        (500, "SYSTEM_ERROR", Unknown),
        (404, "ERROR_METHOD_NOT_FOUND", No),
    ] {
        let seen: Arc<Mutex<Vec<_>>> = Arc::default();
        let told = seen.clone();
        let fake = Fake::new().json(status, json!({ "error": code, "error_description": "" }));
        let builder = Client::builder()
            .webhook(URL)
            .retry(Retry::new().attempts(1))
            .http(fake);
        let builder = builder.on_event(move |event| match event {
            Event::Attempt(Attempt { error, .. }) | Event::Call(observe::Call { error, .. }) => {
                let executed = error.expect("refused").executed();
                told.lock().expect("no panic").push(executed);
            }
            _ => {}
        });
        let client = builder.build().expect("a client");
        let error = client.call(Publication::new(1)).await.expect_err("refused");
        assert_eq!(error.executed(), executed, "{status} {code}");
        assert_eq!(*seen.lock().expect("no panic"), [executed; 2], "{status} {code}");
        // By name, nothing is known of the method.
        let fake = Fake::new().json(status, json!({ "error": code, "error_description": "" }));
        let by_name = self::client(&fake).call_raw("landing.site.publication", ()).await;
        let expected = if executed == Yes { Unknown } else { executed };
        assert_eq!(
            by_name.expect_err("refused").executed(),
            expected,
            "{status} {code}"
        );
    }
}

/// The method ran, only its answer is not understood: that must not look like a failure of the method.
#[tokio::test]
async fn a_result_of_another_shape_says_where() {
    let fake = Fake::new().json(200, json!({ "result": { "ID": 1688 }, "time": {} }));
    let error = client(&fake)
        .call(Publication::new(1688))
        .await
        .expect_err("no number");
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Decode, bitrix24_transport::Executed::Yes)
    );
    assert!(!error.is_retryable());
    let source = std::error::Error::source(&error).expect("where").to_string();
    assert!(source.contains("`result`"), "{source}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_a_call_replaces_the_timeout_of_the_client() {
    let slow = |seconds| Fake::new().slow(Duration::from_secs(seconds), 200, json!({ "result": 1 }));
    let client = |fake: Fake| {
        let builder = Client::builder()
            .webhook(URL)
            .timeout(Duration::from_secs(5))
            .http(fake);
        builder.build().expect("a client")
    };
    let late = client(slow(10))
        .call(Publication::new(1))
        .await
        .expect_err("late");
    assert_eq!(late.kind(), Kind::Timeout);
    let far = Instant::now() + Duration::from_secs(60);
    client(slow(10))
        .call(Publication::new(1))
        .deadline(far)
        .await
        .expect("in time");
    let both = client(slow(10));
    let both = both
        .call(Publication::new(1))
        .deadline(far)
        .timeout(Duration::from_secs(7));
    assert_eq!(both.await.expect_err("late").kind(), Kind::Timeout);
}

/// Calls go into tasks, clients into whatever a program shares between threads.
#[test]
fn clients_calls_and_errors_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    fn moves<T: Send>() {}
    crosses::<Client>();
    crosses::<Error>();
    moves::<<RawCall as IntoFuture>::IntoFuture>();
    moves::<<Call<'static, Publication> as IntoFuture>::IntoFuture>();
    assert_eq!(size_of::<Client>(), size_of::<usize>());
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}
