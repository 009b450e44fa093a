//! What an answer means: the body first, the status second.

mod support;

use std::time::Duration;

use bitrix24_transport::{
    Error, Executed, Kind,
    types::{Effect, SystemError},
};
use serde_json::json;
use support::{OK, Server, Step, header, html, json};

/// The error that a call ends with, and how many requests the portal saw.
async fn fail(step: Step) -> (Error, usize) {
    let portal = Server::start([step]).await;
    let error = portal
        .client()
        .call_raw("some.method", json!({ "id": 1 }))
        // Less than a limit of the portal is waited for.
        .timeout(Duration::from_secs(10))
        .await
        .expect_err("an error");
    assert_eq!(error.method(), Some("some.method"));
    (error, portal.received().len())
}

/// A careless client takes this for a success.
#[tokio::test]
async fn an_error_under_status_200_is_an_error() {
    let body = r#"{"error": "SOME_ERROR", "error_description": "It went wrong."}"#;
    let (error, requests) = fail(json(200, body)).await;
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (Kind::Api, Some("SOME_ERROR"), Some(200))
    );
    assert_eq!(error.description(), Some("It went wrong."));
    assert_eq!(
        (error.executed(), error.is_retryable(), requests),
        (Executed::Unknown, false, 1)
    );
    assert_eq!(
        error.to_string(),
        "some.method: SOME_ERROR (status 200): It went wrong."
    );
}

/// A careless client takes this for the rate limit and sends again, or falls over the HTML.
#[tokio::test]
async fn a_503_that_is_a_page_of_html_is_not_the_rate_limit() {
    let page = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n</html>";
    let (error, requests) = fail(html(503, page)).await;
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (Kind::Unreadable, None, Some(503))
    );
    assert_eq!(
        (error.executed(), error.system(), requests),
        (Executed::Unknown, None, 1)
    );
    assert_eq!(
        error.to_string(),
        "some.method: the answer is not one of the API (status 503)"
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_portal_that_is_blocked_by_hand_is_asked_only_once() {
    let (error, requests) = fail(json(
        503,
        r#"{"error": "OVERLOAD_LIMIT", "error_description": ""}"#,
    ))
    .await;
    assert_eq!(
        (error.system(), error.is_retryable(), requests),
        (Some(SystemError::OverloadLimit), false, 1)
    );
    assert_eq!(error.executed(), Executed::No);
}

#[tokio::test]
async fn a_body_that_is_cut_is_an_unknown_outcome() {
    for cut in 1..OK.len() {
        let portal = Server::start([json(200, &OK[..cut])]).await;
        let error = portal
            .client()
            .call_raw("some.method", ())
            .await
            .expect_err("cut");
        assert_eq!(
            (error.kind(), error.executed()),
            (Kind::Unreadable, Executed::Unknown),
            "{}",
            &OK[..cut]
        );
        assert_eq!(portal.received().len(), 1);
    }
    let (error, requests) = fail(json(200, "")).await;
    assert_eq!(
        (error.kind(), error.executed(), requests),
        (Kind::Unreadable, Executed::Unknown, 1)
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_lost_connection() {
    let (error, requests) = fail(Step::BreakOff(200, OK.to_owned())).await;
    assert_eq!(
        (error.kind(), error.executed(), requests),
        (Kind::Lost, Executed::Unknown, 1)
    );
}

#[tokio::test]
async fn the_content_type_decides_nothing() {
    for kind in [
        "text/html; charset=UTF-8",
        "application/octet-stream",
        "image/png",
    ] {
        let portal = Server::start([Step::Answer(200, vec![header("content-type", kind)], OK.into())]).await;
        assert_eq!(
            portal
                .client()
                .call_raw("some.method", ())
                .await
                .expect("an answer")
                .result,
            7
        );
    }
    let (error, _) = fail(json(200, "<html></html>")).await;
    assert_eq!(error.kind(), Kind::Unreadable);
}

#[tokio::test]
async fn a_result_under_a_status_of_failure_is_no_success() {
    let (error, _) = fail(json(500, OK)).await;
    assert_eq!(
        (error.kind(), error.executed(), error.status()),
        (Kind::Unreadable, Executed::Unknown, Some(500))
    );
}

#[tokio::test]
async fn codes_can_be_numbers_or_nothing() {
    let (error, _) = fail(json(400, r#"{"error": 100, "error_description": "Bad"}"#)).await;
    assert_eq!(error.code(), Some("100"));
    let (error, _) = fail(json(400, r#"{"error": "", "error_description": "Bad"}"#)).await;
    assert_eq!((error.kind(), error.code()), (Kind::Api, None));
    assert_eq!(
        error.to_string(),
        "some.method: error without a code (status 400): Bad"
    );
}

#[tokio::test]
async fn errors_of_rest_3_say_which_fields_are_wrong() {
    let body = r#"{"error": {"code": "VALIDATION", "message": "Wrong input",
        "validation": [{"field": "title", "message": "is empty"}]}}"#;
    let portal = Server::start([json(400, body)]).await;
    let error = portal
        .client()
        .call_raw("tasks.task.get", ())
        .v3()
        .await
        .expect_err("an error");
    assert_eq!(
        portal.received()[0].line,
        format!("POST /rest/api/1/{}/tasks.task.get HTTP/1.1", support::CODE)
    );
    assert_eq!(
        (error.code(), error.description()),
        (Some("VALIDATION"), Some("Wrong input"))
    );
    assert_eq!(
        (
            error.validation()[0].field.as_str(),
            error.validation()[0].message.as_str()
        ),
        ("title", "is empty")
    );
    assert_eq!(
        error.to_string(),
        "tasks.task.get: VALIDATION (status 400): Wrong input; title: is empty"
    );
}

/// Code and status say what it is, and whether the method ran.
#[tokio::test]
async fn system_errors_are_told_by_code_and_status() {
    use Executed::*;
    for (status, code, system, executed) in [
        (
            500,
            "INTERNAL_SERVER_ERROR",
            Some(SystemError::InternalServerError),
            Unknown,
        ),
        (
            500,
            "ERROR_UNEXPECTED_ANSWER",
            Some(SystemError::ErrorUnexpectedAnswer),
            Unknown,
        ),
        (401, "NO_AUTH_FOUND", Some(SystemError::NoAuthFound), No),
        (403, "ACCESS_DENIED", Some(SystemError::AccessDenied), No),
        (400, "ACCESS_DENIED", None, Unknown),
        (
            429,
            "OPERATION_TIME_LIMIT",
            Some(SystemError::OperationTimeLimit),
            No,
        ),
        (500, "PORTAL_DELETED", Some(SystemError::PortalDeleted), No),
        (
            404,
            "ERROR_METHOD_NOT_FOUND",
            Some(SystemError::ErrorMethodNotFound),
            No,
        ),
        (400, "SOMETHING_NEW", None, Unknown),
        (500, "SOMETHING_NEW", None, Unknown),
    ] {
        let (error, _) = fail(json(
            status,
            &format!(r#"{{"error": "{code}", "error_description": "x"}}"#),
        ))
        .await;
        assert_eq!(
            (error.system(), error.executed()),
            (system, executed),
            "{status} {code}"
        );
    }
}

/// Whether a second try is harmless depends on the method.
#[tokio::test]
async fn an_unknown_outcome_can_be_tried_again_if_twice_is_as_good_as_once() {
    for (effect, retryable) in [
        (Effect::Read, true),
        (Effect::Repeat, true),
        (Effect::Once, false),
    ] {
        let portal = Server::start([html(502, "<html>Bad Gateway</html>")]).await;
        let error = portal
            .client()
            .call_raw("some.method", ())
            .effect(effect)
            .no_retry()
            .await
            .expect_err("a page");
        assert_eq!(
            (error.is_retryable(), portal.received().len()),
            (retryable, 1),
            "{effect:?}"
        );
    }
    // A web server's own 404 stays one, however often it is asked.
    let portal = Server::start([html(404, "<html>Not Found</html>")]).await;
    let error = portal
        .client()
        .call_raw("some.method", ())
        .effect(Effect::Read)
        .await
        .expect_err("a page");
    assert!(!error.is_retryable());
}

/// The portal's words go on one line of a log, however long they are.
#[tokio::test]
async fn foreign_words_stay_on_one_line() {
    let long = "very ".repeat(500);
    let body =
        json!({ "error": "A\nB", "error_description": format!("first\n\tsecond\u{7} {long}") }).to_string();
    let (error, _) = fail(json(400, &body)).await;
    let line = error.to_string();
    assert!(
        line.starts_with("some.method: A B (status 400): first second very"),
        "{line}"
    );
    assert!(line.len() < 400 && !line.contains('\n'), "{line}");
    assert!(
        error.description().expect("words").contains('\n'),
        "the words themselves are kept"
    );
}
