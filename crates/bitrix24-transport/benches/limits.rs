//! How much of a portal's limit the client uses, against the simulated portal over real connections and in real time.
//! `cargo bench -p bitrix24-transport --bench limits` prints figures; nothing is asserted. It takes some minutes.
//!
//! «At best» is what somebody could do who sees the portal's counter. The budget has to be right for every moment at which
//! the portal may take away, so up to a second more is what it costs not to know that moment.
//!
//! First comes one client, then four processes that share a budget on Redis, if there is the program `redis-server`.

#[path = "../tests/support/load.rs"]
mod load;
#[path = "../tests/support/process.rs"]
mod process;
#[path = "../tests/support/redis.rs"]
mod redis;

use std::{sync::Arc, time::Duration};

use bitrix24_portal::{Falling, LeakyCounter, Limits, Portal};
use bitrix24_transport::{Batch, Client, Rate};
use load::Load;
use process::Process;
use tokio::{sync::Semaphore, time::Instant};

/// Says to this program that it is one of four.
const SHARE: &str = "a share of the load";

fn main() {
    if std::env::args().any(|arg| arg == SHARE) {
        return load::a_share_of_it();
    }
    // As a test it would take too long.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let single = Load {
        method: "server.time",
        requests: 250,
    };
    let batches = Load {
        method: "batch",
        requests: 60,
    };
    for (rate, load) in [(Rate::new(50, 20), single), (Rate::STANDARD, batches)] {
        for counter in counters(rate) {
            let (took, refused) = runtime.block_on(one_client(rate, load, counter.clone()));
            print("one client", load, &counter, took, refused);
        }
        for counter in counters(rate).filter(|counter| counter.start == 0.0 && counter.counts_refused) {
            let process = |variables: &[(&str, &str)]| Process::start(&[SHARE], variables.iter().copied());
            match load::of_four_processes(load, rate, counter.clone(), process) {
                Some((took, refused)) => print("four processes", load, &counter, took, refused),
                None => return,
            }
        }
    }
}

/// All that the documentation allows.
fn counters(rate: Rate) -> impl Iterator<Item = LeakyCounter> {
    let falling = [
        Falling::Evenly,
        Falling::Stepwise(Duration::ZERO),
        Falling::Stepwise(Duration::from_millis(400)),
        Falling::Stepwise(Duration::from_millis(800)),
    ];
    let kinds = [false, true].into_iter().flat_map(move |counts_refused| {
        let starts = [0, rate.at_once()].into_iter();
        starts.flat_map(move |start| falling.map(|falling| (counts_refused, start, falling)))
    });
    kinds.map(move |(counts_refused, start, falling)| {
        let mut counter = LeakyCounter::new(rate.at_once(), f64::from(rate.per_second()));
        counter.falling = falling;
        counter.counts_refused = counts_refused;
        counter.start = f64::from(start);
        counter
    })
}

/// One client: sixteen calls at a time, or one batch.
async fn one_client(rate: Rate, load: Load, counter: LeakyCounter) -> (Duration, usize) {
    let mut limits = Limits::standard();
    limits.requests = Some(counter);
    let portal = Portal::builder().limits(limits).start().await.expect("a portal");
    portal.on("server.time").reply("2026-05-14T10:26:33+02:00");
    let builder = Client::builder().webhook(&portal.webhook_url()).rate(rate);
    let client = builder
        .timeout(Duration::from_secs(3600))
        .build()
        .expect("a client");
    let start = Instant::now();
    if load.method == "batch" {
        // Fifty commands a request, that don't depend on each other.
        let mut batch = Batch::new();
        for _ in 0..load.requests * 50 {
            batch.add_raw("server.time", ());
        }
        let reply = client.batch(batch).await.expect("a reply");
        reply.check().expect("an answer to each command");
    } else {
        call(&client, load).await;
    }
    let took = start.elapsed();
    let refused = portal
        .calls()
        .iter()
        .filter(|call| call.status == Some(503))
        .count();
    (took, refused)
}

async fn call(client: &Client, load: Load) {
    let slots = Arc::new(Semaphore::new(16));
    let calls: Vec<_> = (0..load.requests)
        .map(|_| {
            let (call, slots) = (client.call_raw(load.method, ()), slots.clone());
            tokio::spawn(async move {
                let _slot = slots.acquire().await;
                call.await
            })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("an answer");
    }
}

fn print(who: &str, load: Load, counter: &LeakyCounter, took: Duration, refused: usize) {
    let missing = f64::from(load.requests) + counter.start - f64::from(counter.threshold);
    let steps = missing / counter.drain;
    let best = match counter.falling {
        Falling::Evenly => format!("{steps:.2} s"),
        _ => format!("{:.2} to {:.2} s", steps.ceil() - 1.0, steps.ceil()),
    };
    println!(
        "{who}, {} {}, {}/-{}, {:?}, refusals count: {}, full at the start: {}: {:.2} s, at best {best}, {refused} refused",
        load.requests,
        load.method,
        counter.threshold,
        counter.drain,
        counter.falling,
        counter.counts_refused,
        counter.start > 0.0,
        took.as_secs_f64(),
    );
}
