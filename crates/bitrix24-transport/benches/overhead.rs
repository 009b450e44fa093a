//! What a call costs more than plain reqwest: `cargo bench -p bitrix24-transport --bench overhead` prints figures, nothing
//! is asserted.
//!
//! Both ask the same server, a process of its own so that its time is not counted, in turn within the same run, and read
//! the same answer: into the type of this API, and into a struct written by hand. Limits and tracing are on; nobody waits
//! for the limits and nobody listens to the traces.

#[cfg(unix)]
mod unix {
    use std::{
        future::Future,
        hint::black_box,
        io::{BufRead, BufReader},
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    use bitrix24_transport::{
        Client, Rate,
        types::landing::site::{GetList, Publication},
    };
    use serde::Deserialize;
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        runtime::Runtime,
    };

    /// Pairs of measurements; the middle ratio is what counts.
    const ROUNDS: usize = 31;
    const SERVE: &str = "serve";

    pub fn main() {
        if std::env::args().any(|argument| argument == SERVE) {
            runtime().block_on(serve());
            return;
        }
        let server = Server::start();
        println!("call                at once   plain CPU  typed CPU   ratio of CPU        of throughput");
        for at_once in [1, 64] {
            let calls = if at_once == 1 { 1000 } else { 64 * 16 };
            compare(&server, "one number", at_once, calls, plain_number, typed_number);
            compare(&server, "50 rows of 22", at_once, calls, plain_rows, typed_rows);
        }
    }

    fn runtime() -> Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    }

    /// What is called, both ways.
    #[derive(Clone)]
    struct Callers {
        reqwest: reqwest::Client,
        url: String,
        typed: Client,
    }

    #[derive(Deserialize)]
    struct Reply<T> {
        result: T,
        time: Time,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "what is read is not looked at")]
    struct Time {
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
    struct Site {
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

    async fn plain<T: for<'de> Deserialize<'de>>(
        callers: &Callers,
        method: &str,
        params: &Value,
    ) -> Reply<T> {
        let body = serde_json::to_vec(params).expect("JSON");
        let request = callers.reqwest.post(format!("{}{method}", callers.url));
        let request = request.header("content-type", "application/json").body(body);
        let response = request.send().await.expect("an answer");
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("a result")
    }

    async fn plain_number(callers: Callers) {
        let reply: Reply<i64> = plain(&callers, "landing.site.publication", &json!({ "id": 1688 })).await;
        black_box((reply.result, reply.time));
    }

    async fn typed_number(callers: Callers) {
        let reply = callers
            .typed
            .call(Publication::new(1688))
            .await
            .expect("a result");
        black_box(reply);
    }

    async fn plain_rows(callers: Callers) {
        let reply: Reply<Vec<Site>> = plain(&callers, "landing.site.getList", &json!({})).await;
        assert_eq!(reply.result.len(), 50);
        black_box((reply.result, reply.time));
    }

    async fn typed_rows(callers: Callers) {
        let reply = callers.typed.call(GetList::new()).await.expect("a result");
        assert_eq!(reply.result.len(), 50);
        black_box(reply);
    }

    /// The cost of some calls.
    #[derive(Clone, Copy)]
    struct Cost {
        cpu: Duration,
        time: Duration,
    }

    fn compare<P, T>(
        server: &Server,
        name: &str,
        at_once: usize,
        calls: usize,
        plain: fn(Callers) -> P,
        typed: fn(Callers) -> T,
    ) where
        P: Future<Output = ()> + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let runtime = runtime();
        let callers = server.callers();
        // Connections are opened, and code is paged in.
        measure(&runtime, &callers, at_once, calls, plain);
        measure(&runtime, &callers, at_once, calls, typed);
        let mut pairs: Vec<(Cost, Cost)> = (0..ROUNDS)
            .map(|round| {
                // Whoever comes second may find the machine in another state.
                if round % 2 == 0 {
                    let plain = measure(&runtime, &callers, at_once, calls, plain);
                    (plain, measure(&runtime, &callers, at_once, calls, typed))
                } else {
                    let typed = measure(&runtime, &callers, at_once, calls, typed);
                    (measure(&runtime, &callers, at_once, calls, plain), typed)
                }
            })
            .collect();
        let cpu = |(plain, typed): &(Cost, Cost)| typed.cpu.as_secs_f64() / plain.cpu.as_secs_f64();
        let throughput = |(plain, typed): &(Cost, Cost)| plain.time.as_secs_f64() / typed.time.as_secs_f64();
        let throughput = quartiles(pairs.iter().map(throughput).collect());
        pairs.sort_by(|a, b| cpu(a).total_cmp(&cpu(b)));
        let ratio = quartiles(pairs.iter().map(cpu).collect());
        let micros = |cost: Duration| cost.as_secs_f64() * 1e6 / calls as f64;
        let (plain, typed) = pairs[ROUNDS / 2];
        println!(
            "{name:<18} {at_once:>8} {:>8.1} µs {:>7.1} µs   {:.3} ({:.3}–{:.3})  {:.3} ({:.3}–{:.3})",
            micros(plain.cpu),
            micros(typed.cpu),
            ratio[1],
            ratio[0],
            ratio[2],
            throughput[1],
            throughput[0],
            throughput[2],
        );
    }

    fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
        values.sort_by(f64::total_cmp);
        [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
    }

    fn measure<F>(
        runtime: &Runtime,
        callers: &Callers,
        at_once: usize,
        calls: usize,
        call: fn(Callers) -> F,
    ) -> Cost
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (cpu, time) = (cpu(), Instant::now());
        runtime.block_on(async {
            let tasks: Vec<_> = (0..at_once)
                .map(|_| {
                    let callers = callers.clone();
                    tokio::spawn(async move {
                        for _ in 0..calls / at_once {
                            call(callers.clone()).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
        });
        Cost {
            cpu: self::cpu() - cpu,
            time: time.elapsed(),
        }
    }

    /// What this process has used so far.
    fn cpu() -> Duration {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
    }

    /// The server, in a process of its own.
    struct Server {
        process: Child,
        address: String,
    }

    impl Server {
        fn start() -> Self {
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

        fn callers(&self) -> Callers {
            let _installed_before = rustls::crypto::ring::default_provider().install_default();
            let url = format!("http://{}/rest/1/c0dec0dec0de/", self.address);
            let builder = Client::builder().webhook(&url);
            Callers {
                // With a timeout, as all of our calls have one.
                reqwest: reqwest::Client::builder()
                    .no_proxy()
                    .timeout(Duration::from_secs(90))
                    .build()
                    .expect("a client"),
                typed: builder
                    .rate(Rate::new(u32::MAX, u32::MAX))
                    .build()
                    .expect("a client"),
                url,
            }
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _gone = self.process.kill();
            let _ended = self.process.wait();
        }
    }

    /// Says where it is, and answers until it is killed.
    async fn serve() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        let number = answer(json!(1688));
        let rows = answer((1..=50).map(row).collect());
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a setting");
            tokio::spawn(answer_all(stream, number.clone(), rows.clone()));
        }
    }

    async fn answer_all(mut stream: TcpStream, number: Vec<u8>, rows: Vec<u8>) {
        let mut bytes = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut bytes).await {
            // Requests are small and come one at a time: head, empty line, a body in braces.
            let whole = bytes.windows(4).any(|end| end == b"\r\n\r\n") && bytes.ends_with(b"}");
            if !whole {
                continue;
            }
            let is_list = bytes.windows(7).take(100).any(|name| name == b"getList");
            let answer = if is_list { &rows } else { &number };
            if stream.write_all(answer).await.is_err() {
                return;
            }
            bytes.clear();
        }
    }

    fn answer(result: Value) -> Vec<u8> {
        let body = json!({
            "result": result,
            "time": {
                "start": 1_780_000_000.123456, "finish": 1_780_000_000.234567, "duration": 0.111111, "processing": 0.1,
                "date_start": "2026-05-28T22:26:40+03:00", "date_finish": "2026-05-28T22:26:40+03:00",
                "operating": 1.25, "operating_reset_at": 1_780_000_600,
            },
        })
        .to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        format!("{head}{body}").into_bytes()
    }

    fn row(id: u32) -> Value {
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
}

fn main() {
    #[cfg(unix)]
    unix::main();
    #[cfg(not(unix))]
    println!("this needs the process's CPU clock, which is asked for only on Unix");
}
