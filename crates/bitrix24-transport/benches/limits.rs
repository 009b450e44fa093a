//! How much of a portal's limit the client uses, against the simulated portal over real connections and in real time.
//! `cargo bench -p bitrix24-transport --bench limits` prints figures; nothing is asserted. It takes some minutes.
//!
//! «At best» is what somebody could do who sees the portal's counter. The budget has to be right for every moment at which
//! the portal may take away, so up to a second more is what it costs not to know that moment.

use std::{sync::Arc, time::Duration};

use bitrix24_portal::{Falling, LeakyCounter, Limits, Portal};
use bitrix24_transport::{Client, Rate};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::Instant};

#[derive(Clone, Copy)]
struct Load {
    method: &'static str,
    requests: u32,
    at_once: usize,
}

#[tokio::main]
async fn main() {
    // As a test it would take too long.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let single = Load {
        method: "server.time",
        requests: 250,
        at_once: 16,
    };
    let batches = Load {
        method: "batch",
        requests: 60,
        at_once: 16,
    };
    for (rate, load) in [(Rate::new(50, 20), single), (Rate::STANDARD, batches)] {
        for counts_refused in [false, true] {
            for start in [0, rate.at_once()] {
                for falling in [
                    Falling::Evenly,
                    Falling::Stepwise(Duration::ZERO),
                    Falling::Stepwise(Duration::from_millis(400)),
                    Falling::Stepwise(Duration::from_millis(800)),
                ] {
                    let mut counter = LeakyCounter::new(rate.at_once(), f64::from(rate.per_second()));
                    counter.falling = falling;
                    counter.counts_refused = counts_refused;
                    counter.start = f64::from(start);
                    run(rate, load, counter).await;
                }
            }
        }
    }
}

async fn run(rate: Rate, load: Load, counter: LeakyCounter) {
    let mut limits = Limits::standard();
    limits.requests = Some(counter.clone());
    let portal = Portal::builder().limits(limits).start().await.expect("a portal");
    portal.on("server.time").reply("2026-05-14T10:26:33+02:00");
    let builder = Client::builder().webhook(&portal.webhook_url()).rate(rate);
    let client = builder
        .timeout(Duration::from_secs(3600))
        .build()
        .expect("a client");
    let params = match load.method {
        "batch" => json!({ "cmd": vec!["server.time"; 50] }),
        _ => Value::Null,
    };
    let slots = Arc::new(Semaphore::new(load.at_once));
    let start = Instant::now();
    let calls: Vec<_> = (0..load.requests)
        .map(|_| {
            let (call, slots) = (client.call_raw(load.method, &params), slots.clone());
            tokio::spawn(async move {
                let _slot = slots.acquire().await;
                call.await
            })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("an answer");
    }
    let took = start.elapsed().as_secs_f64();
    let refused = portal
        .calls()
        .iter()
        .filter(|call| call.status == Some(503))
        .count();
    let missing = f64::from(load.requests) + counter.start - f64::from(rate.at_once());
    let steps = missing / f64::from(rate.per_second());
    let best = match counter.falling {
        Falling::Evenly => format!("{steps:.2} s"),
        _ => format!("{:.2} to {:.2} s", steps.ceil() - 1.0, steps.ceil()),
    };
    println!(
        "{} {}, {}/-{}, {:?}, refusals count: {}, full at the start: {}: {took:.2} s, at best {best}, {refused} refused",
        load.requests,
        load.method,
        rate.at_once(),
        rate.per_second(),
        counter.falling,
        counter.counts_refused,
        counter.start > 0.0,
    );
}
