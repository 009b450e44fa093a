//! What the budget costs. `cargo bench -p bitrix24-transport --bench budget` prints figures; nothing is asserted.

use std::{sync::Arc, time::Instant};

use bitrix24_transport::budget::{Budget, Claim, Fate, Limits, LocalBudget, Outcome, Rate};

fn main() {
    nobody_waits();
    for waiting in [100, 10_000, 100_000] {
        all_wait(waiting, 1);
    }
    all_wait(10_000, 100);
}

async fn call(budget: &LocalBudget, claim: &Claim) {
    if let Ok(permit) = budget.acquire(claim).await {
        budget.settle(permit, claim, Outcome::of(Fate::Served));
    }
}

/// Calls one after another, with room for all.
fn nobody_waits() {
    const CALLS: u32 = 1_000_000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let budget = LocalBudget::new(Limits::new(Rate::new(u32::MAX, u32::MAX)));
    let start = Instant::now();
    runtime.block_on(async {
        for _ in 0..CALLS {
            call(&budget, &Claim::call("crm.item.list")).await;
        }
    });
    println!("nobody waits: {:?} a call", start.elapsed() / CALLS);
}

/// Callers who come all at once to a portal that takes two a second. The clock jumps from turn to turn, so what is
/// measured is work: tasks, timers, and the budget.
fn all_wait(waiting: u32, methods: u32) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let budget = Arc::new(LocalBudget::new(Limits::new(Rate::STANDARD)));
    let start = Instant::now();
    let portal_time = runtime.block_on(async {
        let start = tokio::time::Instant::now();
        let tasks: Vec<_> = (0..waiting)
            .map(|number| {
                let budget = budget.clone();
                let claim = Claim::call(format!("method.{}", number % methods));
                tokio::spawn(async move { call(&budget, &claim).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        start.elapsed()
    });
    let each = start.elapsed() / waiting;
    println!(
        "{waiting} wait, {methods} methods: {each:?} each, through in {} s of the portal's",
        portal_time.as_secs()
    );
}
