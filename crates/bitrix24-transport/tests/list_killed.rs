//! An export that is killed in the middle, and one that goes on from its checkpoint: processes of their own, as they are.

#[path = "support/deals.rs"]
mod deals;
#[path = "support/process.rs"]
mod process;

use std::{collections::BTreeSet, fs, io::Write, path::Path};

use bitrix24_portal::{Limits, Portal};
use bitrix24_transport::{
    Client, Rate,
    list::{Checkpoint, Way},
    types::Id,
};
use deals::Deals;
use process::{Process, say, variable};
use serde_json::json;

const LIST: &str = "crm.deal.list";
const ROWS: i64 = 30_000;
const URL: &str = "EXPORT_URL";
const WAY: &str = "EXPORT_WAY";
const FOLDER: &str = "EXPORT_FOLDER";

/// Writes the rows of a page, then where the walk was: a file takes the place of the one before as a whole.
///
/// It is a test, so that the program can be started once more to do it, and does nothing unless it is told to.
#[tokio::test]
async fn export() {
    if std::env::var_os(URL).is_none() {
        return;
    }
    let (url, way, folder) = (variable(URL), variable(WAY), variable(FOLDER));
    let kept = Path::new(&folder).join("checkpoint.json");
    let client = Client::builder()
        .webhook(&url)
        .rate(Rate::new(10_000, 10_000))
        .build()
        .expect("a client");
    let mut rows = client.list(Deals::new()).by(Way::named(&way).expect("a way"));
    let mut written = 0;
    if let Ok(text) = fs::read_to_string(&kept) {
        let (checkpoint, length): (Checkpoint, u64) = serde_json::from_str(&text).expect("a checkpoint");
        rows = rows.resume(checkpoint);
        written = length;
    }
    // What was written after the checkpoint comes again, and is cut off.
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(Path::new(&folder).join("rows"))
        .expect("a file");
    file.set_len(written).expect("a shorter file");
    let mut pages = rows.pages();
    while let Some(page) = pages.next().await {
        let page = page.expect("a page");
        let ids = page
            .iter()
            .filter_map(|deal| deal.id.as_ref().and_then(Id::as_i64));
        let lines: String = ids.map(|id| format!("{id}\n")).collect();
        file.write_all(lines.as_bytes()).expect("written");
        written += lines.len() as u64;
        let text = serde_json::to_string(&(pages.checkpoint(), written)).expect("JSON");
        let new = Path::new(&folder).join("checkpoint.new");
        fs::write(&new, text).expect("written");
        fs::rename(new, &kept).expect("in its place");
        say("a page");
    }
    say("the end");
}

#[test]
fn killed_in_the_middle_and_resumed_each_row_is_there_once() {
    for way in [Way::Id, Way::Ranges, Way::Count] {
        let portal = Portal::builder()
            .limits(Limits::none())
            .start_blocking()
            .expect("a portal");
        portal
            .table(LIST)
            .fill(1..=ROWS, json!({ "ID": "", "TITLE": "Deal {id}" }));
        let folder = tempfile::tempdir().expect("a folder");
        let (url, way) = (portal.webhook_url(), way.to_string());
        let start = || {
            let folder = folder.path().to_str().expect("a path");
            let variables = [(URL, url.as_str()), (WAY, way.as_str()), (FOLDER, folder)];
            Process::start(&["--exact", "export", "--nocapture"], variables)
        };
        // Three times it is killed wherever it is, then it is left alone.
        for pages in [3, 77, 160] {
            let mut export = start();
            for _ in 0..pages {
                assert_eq!(export.hear(), "a page");
            }
            export.kill();
        }
        let mut export = start();
        while export.hear() == "a page" {}

        let text = fs::read_to_string(folder.path().join("rows")).expect("rows");
        let ids: Vec<i64> = text.lines().map(|line| line.parse().expect("a number")).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{way}");
        assert_eq!(
            ids.into_iter().collect::<BTreeSet<_>>(),
            (1..=ROWS).collect(),
            "{way}"
        );
    }
}
