//! A server in a process of its own, so that its time is not counted, and the clock that counts ours.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

const SERVE: &str = "serve";

/// Whether this process is to be the server.
pub fn is_server() -> bool {
    std::env::args().any(|argument| argument == SERVE)
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// What this process has used so far.
pub fn cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

pub fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

/// The server; it ends with this.
pub struct Server {
    process: Child,
    /// Host and port, which it says first.
    pub address: String,
}

impl Server {
    pub fn start() -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let mut process = Command::new(this)
            .arg(SERVE)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let said = process.stdout.take().expect("it can say where it is");
        let mut address = String::new();
        BufReader::new(said).read_line(&mut address).expect("an address");
        Self {
            process,
            address: address.trim().to_owned(),
        }
    }

    /// Plain reqwest, with a timeout, as all calls of this crate have one.
    pub fn reqwest() -> reqwest::Client {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().no_proxy();
        builder
            .timeout(Duration::from_secs(90))
            .build()
            .expect("a client")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// The times of a call, as portals tell them.
pub fn time() -> Value {
    json!({
        "start": 1_780_000_000.123456, "finish": 1_780_000_000.234567, "duration": 0.111111, "processing": 0.1,
        "date_start": "2026-05-28T22:26:40+03:00", "date_finish": "2026-05-28T22:26:40+03:00",
        "operating": 1.25, "operating_reset_at": 1_780_000_600,
    })
}

/// A site, as portals show it.
pub fn row(id: u32) -> Value {
    json!({
        "ID": id.to_string(), "TYPE": "PAGE", "DOMAIN_NAME": "spring.bitrix24site.com",
        "PUBLIC_URL": "https://spring.bitrix24site.com/", "PREVIEW_PICTURE": "https://spring.bitrix24site.com/preview.jpg",
        "PHONE": "+49 30 123456", "DATE_CREATE": "24.08.2023 13:19:39", "DATE_MODIFY": "29.08.2024 10:30:11",
        "LANDING_ID_INDEX": "1501", "TITLE": "Spring sale of everything we have", "CODE": "/spring/", "ACTIVE": "Y",
        "DELETED": "N", "DESCRIPTION": "What is sold in spring, and what is left of winter", "XML_ID": null,
        "DOMAIN_ID": "17", "LANG": "en", "TPL_ID": "3", "LANDING_ID_404": "1502", "LANDING_ID_503": null,
        "CREATED_BY_ID": "1", "MODIFIED_BY_ID": "7",
    })
}

/// A whole HTTP answer with this body.
pub fn http(body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    format!("{head}{body}").into_bytes()
}

/// What plain code reads a site and a time into.
pub mod plain {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "what is read is not looked at")]
    pub struct Time {
        start: f64,
        finish: f64,
        duration: f64,
        processing: f64,
        date_start: String,
        date_finish: String,
        operating: f64,
        operating_reset_at: f64,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    #[allow(dead_code, reason = "what is read is not looked at")]
    pub struct Site {
        id: Option<String>,
        r#type: Option<String>,
        domain_name: Option<String>,
        public_url: Option<String>,
        preview_picture: Option<String>,
        phone: Option<String>,
        date_create: Option<String>,
        date_modify: Option<String>,
        landing_id_index: Option<String>,
        title: Option<String>,
        code: Option<String>,
        active: Option<String>,
        deleted: Option<String>,
        description: Option<String>,
        xml_id: Option<String>,
        domain_id: Option<String>,
        lang: Option<String>,
        tpl_id: Option<String>,
        landing_id_404: Option<String>,
        landing_id_503: Option<String>,
        created_by_id: Option<String>,
        modified_by_id: Option<String>,
    }
}
