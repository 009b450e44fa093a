//! A Redis server of a test's own. Where the program `redis-server` is missing, tests are skipped and say so.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
};

/// A server that ends with the test, and at once: as if the power were cut.
pub struct Server {
    pub port: u16,
    child: Child,
}

impl Server {
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub fn start_with(options: &[&str]) -> Option<Self> {
        // Somebody else may have taken a port by the time the server wants it.
        loop {
            match Self::try_start(free_port(), options)? {
                Some(server) => return Some(server),
                None => continue,
            }
        }
    }

    /// At a port where one has been before.
    pub fn start_at(port: u16, options: &[&str]) -> Self {
        let started = Self::try_start(port, options).expect("it started before");
        started.expect("the port is still free")
    }

    /// `None` without the program, `Some(None)` if the port is taken. It takes commands when this returns.
    fn try_start(port: u16, options: &[&str]) -> Option<Option<Self>> {
        let port_text = port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port_text, "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--daemonize", "no"]).args(options);
        let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) => {
                // Not `eprintln!`: of a test that passes, nobody would see it.
                let skipped = format!("skipped: the program `redis-server` does not start here: {error}\n");
                std::io::stderr()
                    .write_all(skipped.as_bytes())
                    .expect("stderr is open");
                return None;
            }
        };
        let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
        let is_ready = lines.any(|line| line.expect("a text").contains("Ready to accept connections"));
        let server = Self { port, child };
        // What else it says must go somewhere.
        thread::spawn(move || lines.for_each(drop));
        Some(is_ready.then_some(server))
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already if its port was taken.
        let _ended = self.child.kill();
        self.child.wait().expect("it ends");
    }
}

/// A port that nobody listens at, or did a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}
