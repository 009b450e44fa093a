//! Files: up to an address, down from one, as streams.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    future::IntoFuture,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bitrix24_portal::{Fault, Portal};
use bitrix24_transport::{
    Client, Executed, Kind,
    files::{self, Upload},
    http::{BoxFuture, Failure, Http, Reply, Request, Streamed, Transfer, fake::Fake},
    types::{
        ParamSet, SecretUrl,
        disk::{file::Get, folder::UploadFile, storage},
    },
};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use serde_json::json;

async fn portal() -> (Portal, Client) {
    let portal = Portal::builder().start().await.unwrap();
    let client = Client::webhook(&portal.webhook_url()).unwrap();
    (portal, client)
}

/// Bytes that show where one is missing.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 / 7 % 251) as u8).collect()
}

async fn all(client: &Client, address: &SecretUrl) -> Vec<u8> {
    // As long as it takes.
    let mut download = client.download(address).timeout(Duration::MAX).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        bytes.extend(chunk);
    }
    assert_eq!(
        (download.received(), download.length()),
        (bytes.len() as u64, Some(bytes.len() as u64))
    );
    bytes
}

#[tokio::test]
async fn a_file_goes_up_and_comes_down_whole() {
    let (portal, client) = portal().await;
    for length in [0, 1, 64 * 1024, 3 * 1024 * 1024 + 17] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = told.clone();
        let content = content(length);
        let reader = io::Cursor::new(content.clone());
        let name = format!("a \"quoted\"; é {length}.bin");
        let upload = Upload::reader(&name, reader, length as u64)
            .progress(move |sent, total| teller.lock().unwrap().push((sent, total)));
        let file = client.upload(UploadFile::new(7), upload).await.unwrap().result;
        let id = file.id.unwrap();
        let kept = portal.state(|state| state.files[&id.as_i64().unwrap()].clone());
        assert!(kept.content == content, "{length} bytes");
        assert!(kept.name.contains(&format!("é {length}.bin")), "{}", kept.name);
        let told = told.lock().unwrap().clone();
        let total = length as u64;
        assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0), "{told:?}");
        assert_eq!(told.last().copied(), (length > 0).then_some((total, total)));
        assert!(
            all(&client, file.download_url.as_ref().unwrap()).await == content,
            "{length} bytes"
        );
    }
}

#[tokio::test]
async fn files_are_read_from_paths_and_written_to_them() {
    let (portal, client) = portal().await;
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from.bin"), place.path().join("to.bin"));
    std::fs::write(&from, content(200_000)).unwrap();
    let upload = Upload::path(&from).await.unwrap();
    let file = client.upload(UploadFile::new(7), upload).await.unwrap().result;
    assert_eq!(file.name.as_deref(), Some("from.bin"));
    let download = client.download(&file.download_url.unwrap()).await.unwrap();
    assert_eq!(download.save(&to).await.unwrap(), 200_000);
    assert!(std::fs::read(&to).unwrap() == content(200_000));

    // A small one inside a request.
    std::fs::write(&from, "small").unwrap();
    let request = UploadFile::new(7).file_content(files::read(&from).await.unwrap());
    let request = request.undocumented("data", json!({"NAME": "small.txt"}));
    let id = client.call(request).await.unwrap().result.id.unwrap();
    assert_eq!(
        portal.state(|state| state.files[&id.as_i64().unwrap()].content.clone()),
        b"small"
    );
    assert!(files::read(place.path().join("nowhere")).await.is_err());
}

#[tokio::test]
async fn a_storage_takes_a_file_as_a_folder_does() {
    let (portal, client) = portal().await;
    let request = storage::UploadFile::new(9, storage::StorageData::new().name("given.bin"));
    let upload = Upload::bytes("sent.bin", content(1000));
    let file = client.upload(request, upload).await.unwrap().result;
    assert_eq!(file.name.as_deref(), Some("given.bin"));
    let id = file.id.unwrap().as_i64().unwrap();
    assert!(portal.state(|state| state.files[&id].content.clone()) == content(1000));
}

#[tokio::test]
async fn a_length_that_is_wrong_is_no_file() {
    let (portal, client) = portal().await;
    for length in [9, 11] {
        let upload = Upload::reader("x.bin", io::Cursor::new(content(10)), length);
        let error = client.upload(UploadFile::new(7), upload).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.method()),
            (Kind::Lost, Some("disk.folder.uploadFile"))
        );
        let chain = chain(&error);
        assert!(chain.contains(&format!("and {length} were announced")), "{chain}");
    }
    assert_eq!(portal.state(|state| state.files.len()), 0);
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" / {error} {error:?}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_told_and_shows_no_address() {
    let (portal, client) = portal().await;
    let id = portal.state(|state| state.add_file(1, "x.bin", content(100_000)));
    let file = client.call(Get::new(id)).await.unwrap().result;
    let address = file.download_url.clone().unwrap();
    let token = address.expose().split("token=").nth(1).unwrap().to_owned();
    let hides = |text: &str| assert!(!text.contains(&token), "{text}");
    hides(&format!("{file:?} {:?}", client.download(&address)));

    portal.inject(Fault::CutBody.on("download"));
    let mut download = client.download(&address).await.unwrap();
    let error = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a file that was cut off has ended well"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), Kind::Lost);
    // It never looks as if all of it had come.
    let again = download.chunk().await.unwrap_err();
    assert_eq!((again.kind(), again.to_string()), (Kind::Lost, error.to_string()));
    hides(&chain(&error));

    portal.inject(Fault::Slow(Duration::from_secs(5)).on("download"));
    let error = client
        .download(&address)
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);

    let forged = SecretUrl::from(address.expose().replace(&token, "other"));
    let error = client.download(&forged).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Api, Some(403)));

    for (fault, ran) in [(Fault::DropBefore, 1), (Fault::DropAfter, 2)] {
        portal.inject(fault.on("upload"));
        let upload = Upload::bytes(format!("{ran}.bin"), "content");
        let error = client.upload(UploadFile::new(7), upload).await.unwrap_err();
        assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
        assert_eq!(
            portal.state(|state| state.files.len()),
            ran,
            "sent once, whatever became of it"
        );
        hides(&chain(&error));
    }
}

#[tokio::test]
async fn a_refusal_is_the_methods_own() {
    let (portal, client) = portal().await;
    let upload = || Upload::bytes("same.txt", "content");
    client.upload(UploadFile::new(7), upload()).await.unwrap();
    let error = client.upload(UploadFile::new(7), upload()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Api, Some("DISK_OBJ_22000")));
    // Of the address: nothing was sent.
    let error = client.upload(UploadFile::new(0), upload()).await.unwrap_err();
    assert_eq!((error.kind(), portal.runs("upload")), (Kind::Api, 2));
}

#[tokio::test]
async fn a_file_goes_to_the_portal_and_nowhere_else() {
    for address in [
        "https://evil.example/rest/upload.json?token=x",
        "http://acme.bitrix24.com/rest/upload.json?token=x",
        "https://acme.bitrix24.com:8443/rest/upload.json?token=x",
    ] {
        let fake = Fake::new().json(200, json!({"result": {"field": "file", "uploadUrl": address}}));
        let client = Client::builder()
            .webhook("https://acme.bitrix24.com/rest/1/c0dec0dec0de/")
            .http(fake.clone())
            .build()
            .unwrap();
        let error = client
            .upload(UploadFile::new(7), Upload::bytes("x", "x"))
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), Kind::Redirect | Kind::Config),
            "{address}: {error}"
        );
        assert_eq!(
            (error.executed(), fake.requests().len()),
            (Executed::No, 1),
            "{address}: {error}"
        );
    }
}

#[tokio::test]
async fn a_method_that_gives_out_no_address_has_run_and_is_not_run_again() {
    let (portal, client) = portal().await;
    let with_content = || {
        let content = json!(["inside.txt", "c21hbGw="]);
        let request = UploadFile::new(7).undocumented("fileContent", content);
        request.undocumented("data", json!({"NAME": "inside.txt"}))
    };
    let upload = || Upload::bytes("x.txt", "content");
    let error = client.upload(with_content(), upload()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.executed()),
        (Kind::Decode, Executed::Yes),
        "{error}"
    );
    assert!(chain(&error).contains("result.uploadUrl"), "{error}");
    assert_eq!(portal.runs("disk.folder.uploadfile"), 1);

    portal.inject(Fault::DropAfter.on("disk.folder.uploadfile"));
    let request = with_content().undocumented("generateUniqueName", true);
    let error = client.upload(request, upload()).await.unwrap_err();
    assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
    assert_eq!(portal.runs("disk.folder.uploadfile"), 2);
    assert_eq!(portal.runs("upload"), 0);

    // Empty is none.
    let fake = Fake::new().json(200, json!({"result": {"field": "file", "uploadUrl": ""}}));
    let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/c0dec0dec0de/");
    let client = builder.http(fake.clone()).build().unwrap();
    let error = client.upload(UploadFile::new(7), upload()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.executed(), fake.requests().len()),
        (Kind::Decode, Executed::Yes, 1)
    );
}

#[tokio::test]
async fn a_layer_that_moves_no_files_says_so() {
    let client = Client::builder()
        .webhook("https://acme.bitrix24.com/rest/1/c0dec0dec0de/")
        .http(Fake::new())
        .build()
        .unwrap();
    let address = SecretUrl::from("/rest/1/c0dec0dec0de/download.json?token=x");
    let error = client.download(&address).await.unwrap_err();
    assert_eq!((error.kind(), error.executed()), (Kind::Connect, Executed::No));
    assert!(
        chain(&error).contains("this HTTP layer moves no files"),
        "{error}"
    );
}

/// Takes files, and answers with pieces that never end.
struct Talkative;

struct Endless;

impl Stream for Endless {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b' '; 64 * 1024]))))
    }
}

impl Http for Talkative {
    fn post(&self, _: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        let address = "https://acme.bitrix24.com/rest/upload.json?token=x";
        let body = json!({"result": {"field": "file", "uploadUrl": address}});
        let reply = Reply {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.to_string().into(),
        };
        Box::pin(async { Ok(reply) })
    }

    fn transfer(&self, _: Transfer) -> BoxFuture<'_, Result<Streamed, Failure>> {
        let streamed = Streamed {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            chunks: Box::pin(Endless),
        };
        Box::pin(async { Ok(streamed) })
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_none() {
    let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/c0dec0dec0de/");
    let client = builder.http(Talkative).build().unwrap();
    let upload = Upload::bytes("x.txt", "content");
    let error = client.upload(UploadFile::new(7), upload).await.unwrap_err();
    assert_eq!((error.kind(), error.executed()), (Kind::Lost, Executed::Unknown));
}

#[test]
fn a_download_needs_a_runtime_as_a_call_does() {
    let client = Client::webhook("http://127.0.0.1:1/rest/1/c0dec0dec0de/").unwrap();
    let address = SecretUrl::from("http://127.0.0.1:1/download");
    let mut download = client.download(&address).into_future();
    let Poll::Ready(Err(error)) = download.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("an error is expected");
    };
    assert_eq!((error.kind(), error.method()), (Kind::Runtime, Some("download")));
}
