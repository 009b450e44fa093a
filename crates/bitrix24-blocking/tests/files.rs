//! Files without `async`: from a reader, to a reader.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use bitrix24_blocking::{
    Client, Kind,
    files::Upload,
    types::disk::{file::Get, folder::UploadFile},
};
use bitrix24_portal::{Fault, Portal};
use tokio::runtime::Runtime;

fn portal() -> (Runtime, Portal, Client) {
    let runtime = Runtime::new().unwrap();
    let portal = runtime.block_on(Portal::builder().start()).unwrap();
    let client = Client::webhook(&portal.webhook_url()).unwrap();
    (runtime, portal, client)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 / 7 % 251) as u8).collect()
}

#[test]
fn a_file_goes_up_from_a_reader_and_comes_down_as_one() {
    let (_runtime, _portal, client) = portal();
    for length in [0, 1, 2_000_003] {
        let reader = io::Cursor::new(content(length));
        let upload = Upload::reader(format!("{length}.bin"), reader, length as u64);
        let file = client.upload(UploadFile::new(7), upload).unwrap().result;
        let mut bytes = Vec::new();
        let mut download = client.download(&file.download_url.unwrap()).unwrap();
        download.read_to_end(&mut bytes).unwrap();
        assert!(bytes == content(length), "{length} bytes");
        assert_eq!(download.received(), length as u64);
        assert_eq!(download.chunk().unwrap(), None, "it stays at its end");
    }
}

#[test]
fn files_are_read_from_paths_and_written_to_them() {
    let (_runtime, _portal, client) = portal();
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from.bin"), place.path().join("to.bin"));
    std::fs::write(&from, content(200_000)).unwrap();
    let file = client
        .upload(UploadFile::new(7), Upload::path(&from).unwrap())
        .unwrap()
        .result;
    assert_eq!(file.name.as_deref(), Some("from.bin"));
    let download = client.download(&file.download_url.unwrap()).unwrap();
    assert_eq!(download.save(&to).unwrap(), 200_000);
    assert!(std::fs::read(&to).unwrap() == content(200_000));
}

/// A reader that breaks off.
struct Broken(usize);

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => return Err(io::Error::other("the disk is gone")),
        }
        into.fill(1);
        Ok(into.len())
    }
}

#[test]
fn what_breaks_off_is_an_error_and_never_a_short_file() {
    let (_runtime, portal, client) = portal();
    let upload = Upload::reader("x.bin", Broken(3), 10_000_000);
    let error = client.upload(UploadFile::new(7), upload).unwrap_err();
    assert_eq!(
        (error.kind(), portal.state(|state| state.files.len())),
        (Kind::Lost, 0)
    );

    let id = portal.state(|state| state.add_file(1, "x.bin", content(100_000)));
    let address = client.call(Get::new(id)).unwrap().result.download_url.unwrap();
    portal.inject(Fault::CutBody.on("download"));
    let mut download = client.download(&address).unwrap();
    // It never looks as if all of it had come.
    for _ in 0..2 {
        let error = download.read_to_end(&mut Vec::new()).unwrap_err();
        let error = error.get_ref().unwrap();
        let error = error.downcast_ref::<bitrix24_blocking::Error>().unwrap();
        assert_eq!(error.kind(), Kind::Lost);
        assert_eq!(download.chunk().unwrap_err().kind(), Kind::Lost);
    }
}

#[test]
fn to_ask_in_the_wrong_place_loses_nothing() {
    let (runtime, portal, client) = portal();
    let id = portal.state(|state| state.add_file(1, "x.bin", content(100_000)));
    let address = client.call(Get::new(id)).unwrap().result.download_url.unwrap();
    let mut download = client.download(&address).unwrap();
    let error = runtime.block_on(async { download.chunk().unwrap_err() });
    assert_eq!(error.kind(), Kind::Runtime);
    let mut bytes = Vec::new();
    download.read_to_end(&mut bytes).unwrap();
    assert!(bytes == content(100_000));
}

/// Nothing tells such a task from a thread that may wait, so it waits.
#[test]
fn a_task_without_limits_of_its_own_may_send_a_file() {
    let (_portals, portal, client) = portal();
    let upload = Upload::bytes("x.bin", content(1_000_000));
    let work = async { client.upload(UploadFile::new(7), upload).unwrap() };
    let runtime = Runtime::new().unwrap();
    runtime.block_on(tokio::task::unconstrained(work));
    assert_eq!(portal.state(|state| state.files.len()), 1);
}

#[test]
fn an_upload_can_have_an_end() {
    let (_runtime, portal, client) = portal();
    portal.inject(Fault::Slow(Duration::from_secs(600)).on("upload").times(2));
    let upload = || Upload::bytes("x.bin", content(1000));
    let soon = Duration::from_millis(50);
    for upload in [upload().timeout(soon), upload().deadline(Instant::now() + soon)] {
        let error = client.upload(UploadFile::new(7), upload).unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout);
    }
}
