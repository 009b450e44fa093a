//! A server of a few lines that answers from a script and counts what it sees. It shares no code with the client, nor with
//! the HTTP stack below it.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod capture;
pub mod load;
pub mod process;
pub mod redis;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_transport::{Builder, Client};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The webhook's code in all tests: what must never be seen.
pub const CODE: &str = "c0de5ecretc0de5ecret";

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Status, headers, body; the length is added.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// The same after a while.
    Slow(Duration, Box<Step>),
    /// An answer that breaks off: it promises more bytes than it sends.
    BreakOff(u16, String),
    /// Reads the request and closes the connection.
    Drop,
    /// Reads the request and never answers.
    Hang,
}

pub fn json(status: u16, body: &str) -> Step {
    Step::Answer(
        status,
        vec![header("content-type", "application/json")],
        body.into(),
    )
}

pub fn html(status: u16, body: &str) -> Step {
    Step::Answer(status, vec![header("content-type", "text/html")], body.into())
}

pub fn redirect(status: u16, to: &str) -> Step {
    Step::Answer(status, vec![header("location", to)], Vec::new())
}

pub fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

pub const OK: &str = r#"{"result": 7, "time": {"duration": 0.25}}"#;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// `POST /rest/…`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// Which connection it came on, from 0.
    pub connection: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

pub struct Server {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Answers the requests in order; the last step also answers all that follow.
    pub async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::on(listener, script)
    }

    /// The same for a script that has to know the address.
    pub fn on(listener: TcpListener, script: impl IntoIterator<Item = Step>) -> Self {
        let script: Arc<[Step]> = script.into_iter().collect();
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = received.clone();
        let accepting = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(serve(stream, connection, script.clone(), log.clone()));
            }
        });
        Self {
            address,
            received,
            accepting,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/rest/1/{CODE}/", self.address)
    }

    pub fn client(&self) -> Client {
        Client::webhook(&self.url()).expect("a client")
    }

    pub fn builder(&self) -> Builder {
        Client::builder().webhook(&self.url())
    }

    /// What arrived so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    script: Arc<[Step]>,
    log: Arc<Mutex<Vec<Received>>>,
) {
    while let Some(request) = read_request(&mut stream, connection).await {
        let number = {
            let mut log = log.lock().expect("no panic");
            log.push(request);
            log.len() - 1
        };
        let step = script[number.min(script.len() - 1)].clone();
        if !answer(&mut stream, step).await {
            return;
        }
    }
}

/// Whether the connection goes on.
async fn answer(stream: &mut TcpStream, step: Step) -> bool {
    match step {
        Step::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            stream.write_all(&[head.as_bytes(), &body].concat()).await.is_ok()
        }
        Step::Slow(wait, step) => {
            tokio::time::sleep(wait).await;
            Box::pin(answer(stream, *step)).await
        }
        Step::BreakOff(status, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
                body.len() + 100
            );
            let _gone = stream
                .write_all(&[head.as_bytes(), body.as_bytes()].concat())
                .await;
            false
        }
        Step::Drop => false,
        Step::Hang => std::future::pending().await,
    }
}

async fn read_request(stream: &mut TcpStream, connection: usize) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head in ASCII");
    let mut lines = head.lines();
    let line = lines.next().expect("a request line").to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or("0", |(_, value)| value);
    let length: usize = length.parse().expect("a length");
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&bytes[end..end + length]).unwrap_or_default();
    Some(Received {
        line,
        headers,
        body,
        connection,
    })
}

/// A port of this machine where nobody listens.
pub async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port")
        .local_addr()
        .expect("an address")
}
