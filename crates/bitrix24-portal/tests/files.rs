//! Files: as parameters, to an upload address, from a download address.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{Fault, Limits, Portal};
use raw::Raw;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

const CONTENT: &[u8] = b"\x00\xff\r\n--b\r\nnot the end";

async fn portal() -> (Portal, Raw) {
    let portal = Portal::builder().limits(Limits::none()).start().await.unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

/// A form with one file in it.
fn form(request: RequestBuilder, field: &str, name: &str, content: &[u8]) -> RequestBuilder {
    let disposition = format!("Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"");
    let mut body = format!("--bound\r\n{disposition}\r\n\r\n").into_bytes();
    body.extend(content);
    body.extend(b"\r\n--bound--\r\n");
    request
        .header("Content-Type", "multipart/form-data; boundary=bound")
        .body(body)
}

fn like_a_browser(request: RequestBuilder) -> RequestBuilder {
    let request = request
        .header("User-Agent", "test/1")
        .header("Accept-Language", "en");
    request.header("Referer", "https://portal.example/")
}

async fn json(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_file_goes_up_to_its_address_and_comes_down_from_another() {
    let (portal, raw) = portal().await;
    for (method, params, name) in [
        ("disk.folder.uploadfile", json!({"id": 7}), "a b;\u{e9}.bin"),
        (
            "disk.storage.uploadFile",
            json!({"id": 9, "data": {"NAME": "given.bin"}}),
            "given.bin",
        ),
    ] {
        let address = raw.ok(method, params.clone()).await;
        assert_eq!(address["field"], "file");
        let url = address["uploadUrl"].as_str().unwrap();
        assert!(
            url.starts_with(&raw.webhook) && url.contains("token=disk%7C"),
            "{url}"
        );
        let upload = form(raw.http.post(url), "file", "a b;\u{e9}.bin", CONTENT);
        let (status, body) = json(upload.send().await.unwrap()).await;
        let file = &body["result"];
        assert_eq!(
            (status, &file["NAME"], &file["SIZE"]),
            (200, &json!(name), &json!("20")),
            "{body}"
        );
        assert_eq!(file["PARENT_ID"], params["id"].to_string());
        assert!(body["time"]["start"].is_number());

        let id = file["ID"].as_i64().unwrap();
        assert_eq!(portal.state(|state| state.files[&id].content.clone()), CONTENT);
        let again = raw.ok("disk.file.get", json!({"id": id})).await;
        assert_eq!((&again["ID"], &again["NAME"]), (&file["ID"], &file["NAME"]));
        let url = again["DOWNLOAD_URL"].as_str().unwrap();
        let response = like_a_browser(raw.http.get(url)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let disposition = response.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .to_owned();
        let escaped = if name == "given.bin" {
            name
        } else {
            "a%20b%3B%C3%A9.bin"
        };
        assert_eq!(disposition, format!("attachment; filename*=utf-8''{escaped}"));
        assert_eq!(response.bytes().await.unwrap(), CONTENT);
    }
    assert_eq!((portal.runs("upload"), portal.runs("download")), (2, 2));
    let calls = format!("{:?}", portal.calls());
    assert!(!calls.contains("disk|"), "the record keeps no tokens: {calls}");
}

#[tokio::test]
async fn a_download_that_does_not_look_like_a_browser_is_not_found() {
    let (portal, raw) = portal().await;
    let id = portal.state(|state| state.add_file(1, "x.txt", "content"));
    let url = raw.ok("disk.file.get", json!({"id": id})).await["DOWNLOAD_URL"]
        .as_str()
        .unwrap()
        .to_owned();
    for missing in ["user-agent", "accept-language", "referer"] {
        let mut request = like_a_browser(raw.http.get(&url)).build().unwrap();
        request.headers_mut().insert(missing, "".parse().unwrap());
        let response = raw.http.execute(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 404, "{missing}");
        assert!(response.headers().contains_key("content-disposition"));
        assert!(response.text().await.unwrap().contains("nginx"));
    }
    let token = url.split_once("token=").unwrap().1;
    let response = like_a_browser(raw.http.get(url.replace(token, "other")))
        .send()
        .await
        .unwrap();
    let (status, body) = json(response).await;
    assert_eq!((status, body["error"].as_str()), (403, Some("INVALID_TOKEN")));
}

#[tokio::test]
async fn addresses_carry_the_callers_token() {
    let (portal, raw) = portal().await;
    portal.state(|state| state.tokens.insert("secret".to_owned(), Default::default()));
    let url = format!("{}/rest/disk.folder.uploadfile", portal.url());
    let request = raw.http.post(url).bearer_auth("secret").json(&json!({"id": 7}));
    let (_, body) = json(request.send().await.unwrap()).await;
    let url = body["result"]["uploadUrl"].as_str().unwrap();
    assert!(
        url.starts_with(&format!(
            "{}/rest/upload.json?auth=secret&token=disk%7C",
            portal.url()
        )),
        "{url}"
    );
    let upload = || form(raw.http.post(url), "file", "x", b"1");
    assert_eq!(upload().send().await.unwrap().status().as_u16(), 200);
    portal.expire_tokens();
    let (status, body) = json(upload().send().await.unwrap()).await;
    assert_eq!((status, body["error"].as_str()), (401, Some("expired_token")));
}

#[tokio::test]
async fn files_as_parameters() {
    let (portal, raw) = portal().await;
    let upload = "disk.folder.uploadfile";
    let file = json!({"id": 7, "data": {"NAME": "x.txt"}, "fileContent": ["x.txt", "TWFu+/8="]});
    let first = raw.ok(upload, file.clone()).await;
    let content = |id: &Value| portal.state(|state| state.files[&id.as_i64().unwrap()].content.clone());
    assert_eq!(content(&first["ID"]), b"Man\xfb\xff");
    assert_eq!(portal.calls()[0].params, file, "what came is kept");

    let text = "id=7&data[NAME]=x.txt&generateUniqueName=1&fileContent[0]=x.txt&fileContent[1]=TWFu%2B/8%3D";
    let request = raw.http.post(format!("{}{upload}", raw.webhook));
    let request = request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(text);
    let (_, body) = json(request.send().await.unwrap()).await;
    assert_eq!(body["result"]["NAME"], "x (1).txt", "{body}");
    assert_eq!(content(&body["result"]["ID"]), b"Man\xfb\xff");

    let with = |change: Value| {
        let mut params = file.clone();
        for (key, value) in change.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    };
    for (params, code) in [
        (file.clone(), "DISK_OBJ_22000"),
        (
            with(json!({"fileContent": ["x.txt", "no base64"]})),
            "ERROR_COULD_NOT_SAVE_FILE",
        ),
        (
            with(json!({"fileContent": ["x.txt"]})),
            "ERROR_COULD_NOT_SAVE_FILE",
        ),
        (with(json!({"data": {"OTHER": 1}})), "DISK_BASE_SERVICE_22001"),
        (with(json!({"id": 0})), "ERROR_NOT_FOUND"),
    ] {
        assert_eq!(
            raw.refusal(upload, params.clone()).await,
            (400, code.to_owned()),
            "{params}"
        );
    }
    assert_eq!(
        raw.refusal("disk.file.get", json!({"id": 999})).await,
        (400, "ERROR_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn what_can_go_wrong_on_the_way() {
    let (portal, raw) = portal().await;
    let id = portal.state(|state| state.add_file(1, "x.txt", vec![7; 100_000]));
    let url = raw.ok("disk.file.get", json!({"id": id})).await["DOWNLOAD_URL"]
        .as_str()
        .unwrap()
        .to_owned();
    let download = || like_a_browser(raw.http.get(&url)).send();
    portal.inject(Fault::CutBody.on("download"));
    let cut = download().await.unwrap();
    assert_eq!(cut.content_length(), Some(100_000));
    assert!(cut.bytes().await.is_err());
    portal.inject(Fault::HtmlPage.on("download"));
    assert_eq!(download().await.unwrap().status().as_u16(), 503);
    portal.inject(Fault::Slow(Duration::from_millis(50)).on("download"));
    assert_eq!(download().await.unwrap().bytes().await.unwrap(), vec![7; 100_000]);

    let url = raw.ok("disk.folder.uploadfile", json!({"id": 7})).await["uploadUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    portal.inject(Fault::DropAfter.on("upload"));
    assert!(form(raw.http.post(&url), "file", "x", b"1").send().await.is_err());
    assert_eq!(
        (portal.runs("upload"), portal.state(|state| state.files.len())),
        (1, 2)
    );
    for (request, code) in [
        (form(raw.http.post(&url), "file", "x", b"1"), "DISK_OBJ_22000"),
        (
            form(raw.http.post(&url), "other", "y", b"1"),
            "ERROR_COULD_NOT_SAVE_FILE",
        ),
        (
            raw.http
                .post(&url)
                .header("Content-Type", "application/json")
                .body("{}"),
            "INVALID_BODY",
        ),
    ] {
        let (status, body) = json(request.send().await.unwrap()).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(code)));
    }
    let batch = raw
        .ok("batch", json!({"cmd": {"a": "upload", "b": "Download?token=x"}}))
        .await;
    for command in ["a", "b"] {
        assert_eq!(
            batch["result_error"][command]["error"],
            "ERROR_BATCH_METHOD_NOT_ALLOWED"
        );
    }
}
