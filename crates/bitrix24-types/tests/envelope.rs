//! Envelopes of both versions: what is a success, what is a failure, and what is no answer at all.

use bitrix24_types::{Answer, DateTime, Failure, Map, ReadError, Response, Time, Value, read};

#[track_caller]
fn success<T: bitrix24_types::Decode>(body: &str) -> Response<T> {
    match read(body.as_bytes()) {
        Ok(Answer::Success(response)) => response,
        Ok(Answer::Failure(failure)) => panic!("{body}: {failure:?}"),
        Err(error) => panic!("{body}: {error}"),
    }
}

#[track_caller]
fn failure(body: &str) -> Failure {
    match read::<Map<Value>>(body.as_bytes()) {
        Ok(Answer::Failure(failure)) => failure,
        other => panic!("{body}: {other:?}"),
    }
}

#[track_caller]
fn unreadable(body: &[u8]) -> ReadError {
    match read::<i64>(body) {
        Err(error) => error,
        Ok(answer) => panic!("{}: {answer:?}", String::from_utf8_lossy(body)),
    }
}

const V2: &str = r#"{"result":[1,"2"],"total":120,"next":50,"time":{"start":1742000000.25,"finish":1742000001,"duration":0.75,"processing":0,"date_start":"2025-03-15T03:53:20+03:00","date_finish":"2025-03-15T03:53:21+03:00","operating_reset_at":1742000600,"operating":0.5}}"#;
const V2_ERROR: &str = r#"{"error":"ACCESS_DENIED","error_description":"Доступ запрещён \"навсегда\"."}"#;
const V3_ERROR: &str = r#"{"error":{"code":"BITRIX_REST_V3_VALIDATION","message":"Wrong.","validation":[{"field":"title","message":"Too short."},{"field":"id","message":"Missing."}]}}"#;

#[test]
fn a_success_with_all_there_is() {
    let response = success::<Vec<i64>>(V2);
    assert_eq!(response.result, [1, 2]);
    assert_eq!((response.total, response.next), (Some(120), Some(50)));
    let Time {
        start,
        finish,
        duration,
        processing,
        date_start,
        date_finish,
        operating,
        operating_reset_at,
        ..
    } = response.time;
    assert_eq!(
        (start, finish, duration, processing),
        (1_742_000_000.25, 1_742_000_001.0, 0.75, 0.0)
    );
    assert_eq!(date_start, Some(DateTime::from("2025-03-15T03:53:20+03:00")));
    assert_eq!(date_finish, Some(DateTime::from("2025-03-15T03:53:21+03:00")));
    assert_eq!(
        (operating, operating_reset_at),
        (Some(0.5), Some(1_742_000_600.0))
    );
}

#[test]
fn rest_3_differs_in_its_errors_only() {
    let response = success::<Map<Vec<i64>>>(r#"{"result": {"items": [1]}, "time": {"operating": 0}}"#);
    assert_eq!(response.result["items"], [1]);
    assert_eq!(response.time.operating, Some(0.0));

    let failure = failure(V3_ERROR);
    assert_eq!(failure.code, "BITRIX_REST_V3_VALIDATION");
    assert_eq!(failure.description, "Wrong.");
    let fields: Vec<_> = failure
        .validation
        .iter()
        .map(|wrong| (&*wrong.field, &*wrong.message))
        .collect();
    assert_eq!(fields, [("title", "Too short."), ("id", "Missing.")]);
}

#[test]
fn what_is_missing_in_an_envelope_is_no_error() {
    for body in [
        r#"{"result":1}"#,
        r#"{"result":1,"time":null}"#,
        r#"{"result":1,"time":[]}"#,
        r#"{"result":1,"time":{}}"#,
        r#"{"result":1,"total":null,"next":null,"time":false}"#,
        r#"{"result":1,"total":-1,"next":-1}"#,
        r#"{"result":1,"time":{"start":null,"date_start":"","operating":null}}"#,
        r#"{"time":{},"result":1,"new":{"unknown":[1]}}"#,
    ] {
        let response = success::<i64>(body);
        assert_eq!(response.result, 1, "{body}");
        assert_eq!(response.time, Time::default(), "{body}");
        assert_eq!((response.total, response.next), (None, None), "{body}");
    }
}

#[test]
fn the_next_page_may_start_at_zero() {
    for (next, expected) in [
        ("0", Some(0)),
        (r#""50""#, Some(50)),
        ("50.0", Some(50)),
        ("null", None),
    ] {
        let body = format!(r#"{{"result":[],"next":{next},"total":0}}"#);
        let response = success::<Vec<i64>>(&body);
        assert_eq!((response.next, response.total), (expected, Some(0)), "{body}");
    }
    assert_eq!(success::<Vec<i64>>(r#"{"result":[],"total":51}"#).next, None);
}

#[test]
fn times_are_integers_floats_or_texts() {
    for (start, expected) in [
        ("1742000000", 1_742_000_000.0),
        ("1742000000.5", 1_742_000_000.5),
        (r#""1742000000.5""#, 1_742_000_000.5),
        ("1.7420000005e9", 1_742_000_000.5),
    ] {
        let body = format!(r#"{{"result":true,"time":{{"start":{start},"operating":{start}}}}}"#);
        let response = success::<bool>(&body);
        assert_eq!(
            (response.time.start, response.time.operating),
            (expected, Some(expected)),
            "{body}"
        );
    }
}

#[test]
fn an_empty_result_is_a_result() {
    assert_eq!(success::<Option<i64>>(r#"{"result":null}"#).result, None);
    assert_eq!(
        success::<Vec<i64>>(r#"{"result":false}"#).result,
        Vec::<i64>::new()
    );
    assert_eq!(success::<Map<i64>>(r#"{"result":[]}"#).result, Map::new());
    assert_eq!(success::<Value>(r#"{"result":null}"#).result, Value::Null);
    success::<()>(r#"{"result":null}"#);
}

#[test]
fn failures() {
    let failed = failure(V2_ERROR);
    assert_eq!(failed.code, "ACCESS_DENIED");
    assert_eq!(failed.description, "Доступ запрещён \"навсегда\".");
    assert_eq!(failed.validation, []);

    for (body, code, description) in [
        (r#"{"error":0,"error_description":"x"}"#, "0", "x"),
        (r#"{"error":100}"#, "100", ""),
        (r#"{"error":-1.5}"#, "-1.5", ""),
        (r#"{"error":"","error_description":"x"}"#, "", "x"),
        (r#"{"error":null,"error_description":"x"}"#, "", "x"),
        (r#"{"error":false}"#, "", ""),
        (r#"{"error":[]}"#, "", ""),
        (r#"{"error":{}}"#, "", ""),
        (r#"{"error":true}"#, "true", ""),
        (r#"{"error":{"code":7,"message":null,"validation":[]}}"#, "7", ""),
        (
            r#"{"error":{"code":"X","message":"m","validation":{"field":"f","message":"g"}}}"#,
            "X",
            "m",
        ),
        (r#"{"error":{"new":1}}"#, "", ""),
        (r#"{"error":"X","error_description":null}"#, "X", ""),
        (
            r#"{"error_description":"x","error":"X","time":{"start":1}}"#,
            "X",
            "x",
        ),
        // The code is escaped.
        (r#"{"\u0065rror":"\u0058"}"#, "X", ""),
    ] {
        let failed = failure(body);
        assert_eq!(
            (&*failed.code, &*failed.description),
            (code, description),
            "{body}"
        );
    }
}

#[test]
fn an_error_counts_more_than_a_result() {
    for body in [
        r#"{"error":"X","result":{}}"#,
        r#"{"result":{"a":1},"error":"X"}"#,
        // What is in `result` is then not what the method answers.
        r#"{"result":17,"error":"X"}"#,
        r#"{"error":"X","result":"no object"}"#,
        r#"{"error":{"code":"X"},"result":17}"#,
    ] {
        assert_eq!(failure(body).code, "X", "{body}");
    }
}

#[test]
fn an_error_that_says_nothing_beside_a_result_is_none() {
    for error in ["null", r#""""#, "false", "[]", "{}"] {
        let body = format!(r#"{{"result":1,"error":{error}}}"#);
        assert_eq!(success::<i64>(&body).result, 1, "{body}");
        let body = format!(r#"{{"error":{error},"result":1}}"#);
        assert_eq!(success::<i64>(&body).result, 1, "{body}");
    }
}

#[test]
fn no_cut_body_is_a_success_or_a_panic() {
    for whole in [V2, V2_ERROR, V3_ERROR] {
        for length in 0..whole.len() {
            match read::<Vec<i64>>(&whole.as_bytes()[..length]) {
                Err(ReadError::Empty) => assert_eq!(length, 0),
                Err(ReadError::Cut { length: told }) => assert_eq!(told, length),
                other => panic!("{length} bytes of {whole}: {other:?}"),
            }
        }
        // The whole with white space after it is no more and no less.
        assert_eq!(
            read::<Vec<i64>>(format!("{whole}\r\n").as_bytes()),
            read(whole.as_bytes())
        );
    }
}

#[test]
fn what_comes_after_the_end_is_an_error() {
    for more in ["}", "{", "null", "<br>", r#"{"result":1}"#, "\0"] {
        let body = format!(r#"{{"result":1}}{more}"#);
        let error = unreadable(body.as_bytes());
        assert!(matches!(error, ReadError::NotJson { .. }), "{body}: {error:?}");
    }
}

#[test]
fn empty_bodies() {
    for body in ["", " ", "\r\n", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(unreadable(body.as_bytes()), ReadError::Empty, "{body:?}");
    }
    assert_eq!(ReadError::Empty.to_string(), "the answer is empty");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(success::<i64>("\u{feff}{\"result\":1}").result, 1);
    assert_eq!(failure("\u{feff}{\"error\":\"X\"}").code, "X");
}

#[test]
fn json_that_is_no_answer() {
    for body in [
        "{}",
        "[]",
        "[1]",
        "null",
        "true",
        "1",
        "1.5",
        "\"x\"",
        r#"{"time":{}}"#,
        r#"{"error_description":"x"}"#,
    ] {
        assert_eq!(unreadable(body.as_bytes()), ReadError::NoAnswer, "{body}");
    }
}

#[test]
fn pages_are_no_json() {
    let page = "<html>\r\n<head><title>503 Service   Temporarily Unavailable</title></head>\r\n<body>…</body></html>";
    let error = unreadable(page.as_bytes());
    assert_eq!(
        error.to_string(),
        "the answer is not JSON at line 1, column 1; it starts with `<html> <head><title>503 Service Temporarily Unavailable</tit`"
    );
    // A PHP warning before the answer.
    let error = unreadable(b"<b>Warning</b>: x {\"result\":1}");
    assert!(
        matches!(
            error,
            ReadError::NotJson {
                line: 1,
                column: 1,
                ..
            }
        ),
        "{error:?}"
    );
    // Latin-1, a character cut in two, an unpaired surrogate, and no text at all.
    for body in [
        &b"\xff\xfe\x00"[..],
        b"{\"result\": \"\xe9\"}",
        b"{\"result\": \"\xc3\"}",
        b"{\"\xc3\": 1, \"result\": 1}",
        b"{\"result\": \"\\ud83c\"}",
        b"\x1f\x8b\x08\x00",
    ] {
        let error = unreadable(body);
        assert!(matches!(error, ReadError::NotJson { .. }), "{body:?}: {error:?}");
    }
}

#[test]
fn no_error_holds_more_than_a_short_piece_of_the_body_and_no_address() {
    let long = "secret-".repeat(5000);
    let bodies = [
        format!("<html>{long}"),
        format!("{{\"result\": \"{long}\"}}"),
        format!("{{\"result\": {{\"{long}\": 1}}}}"),
        format!("{{\"result\": \"{long}"),
        format!("{{\"result\": {}}}", "9".repeat(5000)),
        format!("{{\"result\": 1, \"next\": \"{long}\"}}"),
        format!("{{\"{long}\": 1}}"),
        format!("{long}{{"),
    ];
    for body in &bodies {
        let error = unreadable(body.as_bytes());
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(text.len() < 300, "{} bytes: {text:.400}", text.len());
        }
    }
    for page in [
        "<h1>504</h1> https://portal.example/rest/1/abcdefgh/profile",
        "Not found: /rest/api/1/abcdefgh/profile",
        "Not found: /REST/1/abcdefgh/profile",
        r"Not found: \/rest\/1\/abcdefgh\/profile",
        "Not found: %2Frest%2F1%2Fabcdefgh%2Fprofile",
    ] {
        let text = unreadable(page.as_bytes()).to_string();
        assert!(!text.contains("abcdefgh"), "{text}");
    }
}

#[test]
fn long_keys_do_not_make_long_errors() {
    let body = format!(r#"{{"result":{{"{}":"x"}}}}"#, "ключ".repeat(5000));
    let error = read::<Map<i64>>(body.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`result.ключключ"), "{error}");
    assert!(error.len() < 700, "{error}");
}

#[test]
fn values_in_errors_hide_tokens_and_addresses() {
    for value in [
        "https://portal.example/rest/1/abcdefgh/x",
        "/rest/1/abcdefgh/",
        "?auth=abcdefgh",
        "access_token=abcdefgh",
        "client_secret=abcdefgh",
    ] {
        let body = serde_json::json!({ "result": value }).to_string();
        let error = read::<i64>(body.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("abc"), "{error}");
        assert!(error.to_string().contains('…'), "{error}");
    }
}

#[test]
fn wrong_envelopes_are_told_where() {
    for (body, path) in [
        (r#"{"result":1,"next":"soon"}"#, "next"),
        (r#"{"result":1,"total":"many"}"#, "total"),
        (r#"{"result":1,"time":{"start":"now"}}"#, "time.start"),
        (r#"{"result":"x"}"#, "result"),
    ] {
        match unreadable(body.as_bytes()) {
            ReadError::Unfit { path: found, problem } => {
                assert_eq!(found, path, "{body}");
                assert!(problem.starts_with("expected "), "{problem}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn nesting_beyond_the_limit_is_an_error_of_the_body() {
    let deep = format!("{{\"result\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for error in [
        read::<Value>(deep.as_bytes()).map(drop),
        read::<Vec<Value>>(deep.as_bytes()).map(drop),
        read::<Map<Value>>(deep.as_bytes()).map(drop),
    ] {
        let error = error.expect_err("too deep");
        assert!(matches!(error, ReadError::NotJson { .. }), "{error:?}");
        assert!(error.to_string().len() < 300, "{error}");
    }
    // What nobody looks at may be as deep as it likes.
    assert!(matches!(read::<()>(deep.as_bytes()), Ok(Answer::Success(_))));
}
