//! Calls of a portal by four processes that share a budget on Redis, sixteen at a time in each. For a test and a bench.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bitrix24_portal::{LeakyCounter, Limits, Portal};
use bitrix24_transport::{
    Client, Rate,
    budget::{self, RedisBudget},
};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, sync::Semaphore};

use super::{
    process::{Process, heard, say, variable},
    redis,
};

/// What the processes do.
#[derive(Clone, Copy)]
pub struct Load {
    /// A single call, or `batch` for fifty of them.
    pub method: &'static str,
    pub requests: u32,
}

/// What came of it: the time of all, and how many requests the portal refused. `None` without a Redis server.
pub fn of_four_processes(
    load: Load,
    rate: Rate,
    counter: LeakyCounter,
    start: impl Fn(&[(&str, &str)]) -> Process,
) -> Option<(Duration, usize)> {
    let server = redis::Server::start()?;
    let mut limits = Limits::standard();
    limits.requests = Some(counter);
    let portal = Portal::builder()
        .limits(limits)
        .start_blocking()
        .expect("a portal");
    portal.on("server.time").reply("2026-05-14T10:26:33+02:00");
    let mut processes: Vec<_> = (0..4)
        .map(|number| {
            let share = (load.requests + number) / 4;
            start(&[
                ("B24_REDIS", &server.url()),
                ("B24_WEBHOOK", &portal.webhook_url()),
                ("B24_METHOD", load.method),
                ("B24_REQUESTS", &share.to_string()),
                ("B24_AT_ONCE", &rate.at_once().to_string()),
                ("B24_PER_SECOND", &rate.per_second().to_string()),
            ])
        })
        .collect();
    processes
        .iter_mut()
        .for_each(|process| assert_eq!(process.hear(), "ready"));
    let start = Instant::now();
    processes.iter_mut().for_each(|process| process.tell("go"));
    processes
        .iter_mut()
        .for_each(|process| assert_eq!(process.hear(), "done"));
    let took = start.elapsed();
    let calls = portal.calls();
    let requests: Vec<_> = calls.iter().filter(|call| !call.in_batch).collect();
    let refused = requests.iter().filter(|call| call.status == Some(503)).count();
    assert_eq!(requests.len() - refused, load.requests as usize);
    Some((took, refused))
}

/// What one of the processes does.
pub fn a_share_of_it() {
    let number = |name| variable(name).parse::<u32>().expect("a number");
    let rate = Rate::new(number("B24_AT_ONCE"), number("B24_PER_SECOND"));
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async move {
        let budget = RedisBudget::new(&variable("B24_REDIS"), "portal", budget::Limits::new(rate));
        let builder = Client::builder()
            .webhook(&variable("B24_WEBHOOK"))
            .budget(Arc::new(budget.expect("a URL")))
            .timeout(Duration::from_secs(3600));
        let client = builder.build().expect("a client");
        let method = variable("B24_METHOD");
        let params = match method.as_str() {
            "batch" => json!({ "cmd": vec!["server.time"; 50] }),
            _ => Value::Null,
        };
        let slots = Arc::new(Semaphore::new(16));
        say("ready");
        heard().expect("go");
        let calls: Vec<_> = (0..number("B24_REQUESTS"))
            .map(|_| {
                let (call, slots) = (client.call_raw(&method, &params), slots.clone());
                tokio::spawn(async move {
                    let _slot = slots.acquire().await;
                    call.await
                })
            })
            .collect();
        for call in calls {
            call.await.expect("no panic").expect("an answer");
        }
        say("done");
    });
}
