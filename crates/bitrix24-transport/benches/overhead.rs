//! What a call costs more than plain reqwest: `cargo bench -p bitrix24-transport --bench overhead` prints figures, nothing
//! is asserted.
//!
//! Both ask the same server, a process of its own so that its time is not counted, in turn within the same run, and read
//! the same answer: into the type of this API, and into a struct written by hand. Limits and tracing are on; nobody waits
//! for the limits and nobody listens to the traces.

#[cfg(unix)]
mod apart;

#[cfg(unix)]
mod unix {
    use std::{
        future::Future,
        hint::black_box,
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

    use super::apart::{
        Server, cpu, http, is_server,
        plain::{Site, Time},
        quartiles, row, runtime, time,
    };

    /// Pairs of measurements; the middle ratio is what counts.
    const ROUNDS: usize = 31;

    pub fn main() {
        if is_server() {
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
        let callers = callers(server);
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
            cpu: super::apart::cpu() - cpu,
            time: time.elapsed(),
        }
    }

    fn callers(server: &Server) -> Callers {
        let url = format!("http://{}/rest/1/c0dec0dec0de/", server.address);
        let builder = Client::builder().webhook(&url);
        Callers {
            reqwest: Server::reqwest(),
            typed: builder
                .rate(Rate::new(u32::MAX, u32::MAX))
                .build()
                .expect("a client"),
            url,
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
        http(&json!({ "result": result, "time": time() }).to_string())
    }
}

fn main() {
    #[cfg(unix)]
    unix::main();
    #[cfg(not(unix))]
    println!("this needs the process's CPU clock, which is asked for only on Unix");
}
