//! What a command of a batch costs more than the same by hand: `cargo bench -p bitrix24-transport --bench batch` prints
//! figures, nothing is asserted.
//!
//! Both send the same 12,000 commands, fifty in a request, to the same server, a process of its own so that its time is not
//! counted, in turn within the same run. By hand means: the commands written with `format!`, the body with serde_json, sent
//! with reqwest, and the answer read with serde_json into structs with derived `Deserialize`. Limits are on; nobody waits for
//! them.

#[cfg(unix)]
mod apart;

#[cfg(unix)]
mod unix {
    use std::{collections::HashMap, fmt::Write as _, hint::black_box, time::Duration};

    use bitrix24_transport::{
        Batch, Client, Rate,
        types::landing::site::{GetList, GetListParams, Update, UpdateFields},
    };
    use serde::Deserialize;
    use serde_json::{Map, Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::apart::{
        Server, cpu, http, is_server,
        plain::{Site, Time},
        quartiles, row, runtime, time,
    };

    const COMMANDS: usize = 12_000;
    const IN_A_REQUEST: usize = 50;
    /// Pairs of measurements; the middle ratio is what counts.
    const ROUNDS: usize = 21;

    pub fn main() {
        if is_server() {
            runtime().block_on(serve());
            return;
        }
        let server = Server::start();
        let url = format!("http://{}/rest/1/c0dec0dec0de/", server.address);
        let both = Both {
            reqwest: Server::reqwest(),
            typed: Client::builder()
                .webhook(&url)
                .rate(Rate::new(u32::MAX, u32::MAX))
                .build()
                .expect("a client"),
            url,
        };
        println!("command             by hand     typed   ratio of CPU");
        compare("update of 4 fields", &both, Both::updates_by_hand, Both::updates);
        compare("a row of 22", &both, Both::rows_by_hand, Both::rows);
    }

    struct Both {
        reqwest: reqwest::Client,
        url: String,
        typed: Client,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "what is read is not looked at")]
    struct Reply<T> {
        result: Results<T>,
        time: Time,
    }

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "what is read is not looked at")]
    struct Results<T> {
        result: HashMap<String, T>,
        // Empty ones are lists.
        result_error: Value,
        result_total: Value,
        result_next: Value,
        result_time: HashMap<String, Time>,
    }

    fn title(number: usize) -> String {
        format!("Spring & summer sale, no. {number}: 20 % off")
    }

    fn escaped(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    impl Both {
        /// One request after the other, each written, sent and read in one go.
        async fn by_hand<T: for<'de> Deserialize<'de>>(&self, command: impl Fn(usize) -> String) {
            for first in (0..COMMANDS).step_by(IN_A_REQUEST) {
                let commands: Map<String, Value> = (first..first + IN_A_REQUEST)
                    .map(|number| (format!("c{number}"), command(number).into()))
                    .collect();
                let body = serde_json::to_vec(&json!({ "halt": 0, "cmd": commands })).expect("JSON");
                let request = self.reqwest.post(format!("{}batch", self.url));
                let request = request.header("content-type", "application/json").body(body);
                let response = request.send().await.expect("an answer");
                let body = response.bytes().await.expect("a body");
                let reply: Reply<T> = serde_json::from_slice(&body).expect("results");
                assert_eq!(reply.result.result.len(), IN_A_REQUEST);
                black_box(reply);
            }
        }

        async fn updates_by_hand(&self) {
            self.by_hand::<bool>(|number| {
                let mut query = format!("landing.site.update?id={number}");
                for (name, value) in [
                    ("TITLE", &*title(number)),
                    ("CODE", "spring"),
                    ("DESCRIPTION", "What is left"),
                    ("TYPE", "PAGE"),
                ] {
                    let _infallible = write!(query, "&fields[{name}]={}", escaped(value));
                }
                query
            })
            .await;
        }

        async fn updates(&self) {
            let mut batch = Batch::new();
            let handles: Vec<_> = (0..COMMANDS)
                .map(|number| {
                    let fields = UpdateFields::new().title(title(number)).code("spring");
                    let fields = fields.type_("PAGE").description("What is left");
                    batch.add(Update::new(number as i64, fields))
                })
                .collect();
            let reply = self.typed.batch(batch).await.expect("a reply");
            for handle in handles {
                black_box(reply.take(handle).expect("a flag"));
            }
        }

        async fn rows_by_hand(&self) {
            self.by_hand::<Vec<Site>>(|number| format!("landing.site.getList?params[filter][ID]={number}"))
                .await;
        }

        async fn rows(&self) {
            let mut batch = Batch::new();
            let handles: Vec<_> = (0..COMMANDS)
                .map(|number| {
                    let params = GetListParams::new().filter([("ID", number as i64)]);
                    batch.add(GetList::new().params(params))
                })
                .collect();
            let reply = self.typed.batch(batch).await.expect("a reply");
            for handle in handles {
                black_box(reply.take(handle).expect("a row"));
            }
        }
    }

    fn compare(name: &str, both: &Both, by_hand: impl AsyncFn(&Both), typed: impl AsyncFn(&Both)) {
        let runtime = runtime();
        let measure = |of_hand: bool| -> Duration {
            let before = cpu();
            runtime.block_on(async {
                if of_hand {
                    by_hand(both).await;
                } else {
                    typed(both).await;
                }
            });
            cpu() - before
        };
        // Connections are opened, and code is paged in.
        measure(true);
        measure(false);
        let mut pairs: Vec<(Duration, Duration)> = (0..ROUNDS)
            .map(|round| {
                // Whoever comes second may find the machine in another state.
                if round % 2 == 0 {
                    let by_hand = measure(true);
                    (by_hand, measure(false))
                } else {
                    let typed = measure(false);
                    (measure(true), typed)
                }
            })
            .collect();
        let ratio = |(by_hand, typed): &(Duration, Duration)| typed.as_secs_f64() / by_hand.as_secs_f64();
        pairs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let ratios = quartiles(pairs.iter().map(ratio).collect());
        let micros = |cost: Duration| cost.as_secs_f64() * 1e6 / COMMANDS as f64;
        let (by_hand, typed) = pairs[ROUNDS / 2];
        println!(
            "{name:<18} {:>6.2} µs {:>6.2} µs   {:.3} ({:.3}–{:.3})",
            micros(by_hand),
            micros(typed),
            ratios[1],
            ratios[0],
            ratios[2],
        );
    }

    /// Says where it is, and answers until it is killed.
    async fn serve() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a setting");
            tokio::spawn(answer_all(stream));
        }
    }

    async fn answer_all(mut stream: TcpStream) {
        let mut bytes = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut bytes).await {
            let Some(head) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else {
                continue;
            };
            let Ok(request) = serde_json::from_slice::<Value>(&bytes[head + 4..]) else {
                continue;
            };
            if stream.write_all(&answer(&request)).await.is_err() {
                return;
            }
            bytes.clear();
        }
    }

    fn answer(request: &Value) -> Vec<u8> {
        let commands = request["cmd"].as_object().expect("commands");
        let result = |command: &Value| {
            let is_list = command
                .as_str()
                .is_some_and(|command| command.contains("getList"));
            if is_list { json!([row(7)]) } else { json!(true) }
        };
        let results: Value = commands
            .iter()
            .map(|(name, command)| (name.clone(), result(command)))
            .collect();
        let times: Value = commands.keys().map(|name| (name.clone(), time())).collect();
        http(
            &json!({
                "result": {
                    "result": results, "result_error": [], "result_total": [], "result_next": [], "result_time": times,
                },
                "time": time(),
            })
            .to_string(),
        )
    }
}

fn main() {
    #[cfg(unix)]
    unix::main();
    #[cfg(not(unix))]
    println!("this needs the process's CPU clock, which is asked for only on Unix");
}
