//! Against a real Redis server, started for each test. Without the program `redis-server` they are skipped, and say so.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    net::TcpListener,
    sync::Arc,
    thread,
    time::Duration,
};

use proptest::{
    collection::vec,
    prelude::{ProptestConfig, Strategy, any},
    proptest,
};
use tokio::{
    runtime::Runtime,
    time::{Instant, sleep, timeout},
};

use super::{script::Said, *};
use crate::{
    budget::{
        Fate, Rate, Told,
        counter::{Ready, Sent},
        operating::Held,
        simulation::{Kind, Portal, SECOND, best},
        state::State,
    },
    redis_server::Server,
};

impl Server {
    fn script(&self, name: &str, limits: Limits) -> Script {
        Script::new(&::redis::Client::open(self.url()).expect("a URL"), name, limits)
    }

    fn budget(&self, limits: Limits) -> RedisBudget {
        RedisBudget::new(&self.url(), "acme.bitrix24.com", limits).expect("a URL")
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn call() -> Claim {
    Claim::call("some.method")
}

/// What a single process does, at times of the simulation.
#[derive(Clone, Debug)]
enum Step {
    Ask {
        claim: usize,
    },
    Settle {
        oldest: bool,
        fate: u8,
        used: Option<u16>,
        resets_in: Option<u16>,
        took: u16,
        told_at: Option<u16>,
    },
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let told = (
        any::<Option<u16>>(),
        any::<Option<u16>>(),
        any::<u16>(),
        any::<Option<u16>>(),
    );
    let settle =
        (any::<bool>(), 0..6_u8, told).prop_map(|(oldest, fate, (used, resets_in, took, told_at))| {
            Step::Settle {
                oldest,
                fate,
                used,
                resets_in,
                took,
                told_at,
            }
        });
    let ask = (0..4_usize).prop_map(|claim| Step::Ask { claim });
    // Some at once, some later, some after a long time; a clock may go back.
    let pause = proptest::prop_oneof![3 => 0..2_000_u64, 2 => 0..SECOND, 1 => 0..90 * SECOND];
    vec((pause, proptest::prop_oneof![3 => ask, 2 => settle]), 1..120)
}

/// The script decides as the state of one process does: who may go, who waits and for how long, who is held.
#[test]
fn decides_as_the_local_budget_does() {
    let Some(server) = Server::start() else { return };
    let runtime = runtime();
    let claims = [
        Claim::call("a"),
        Claim::call("b"),
        Claim::call("batch").and("a").and("b").and("b"),
        Claim::call("c"),
    ];
    let run = std::cell::Cell::new(0);
    let usual = ProptestConfig::default();
    // A quarter of the usual number, for each case asks the server a hundred times.
    let config = ProptestConfig {
        cases: usual.cases.div_ceil(4),
        failure_persistence: None,
        ..usual
    };
    proptest!(config, |(
        at_once in 1..12_u32, per_second in 1..6_u32, level in 0..14_u32,
        operating in proptest::option::of(1..300_u64), steps in steps()
    )| {
        run.set(run.get() + 1);
        let limits = Limits::new(Rate::new(at_once, per_second)).level(level);
        let limits = limits.operating(operating.map(Duration::from_secs));
        let mut script = server.script(&format!("run {}", run.get()), limits);
        let mut state = State::new(&limits, Duration::ZERO);
        let mut permits = VecDeque::new();
        let mut micros = 0;
        script.time = Some(Duration::ZERO);
        // The local state knows no leases.
        script.lease = Duration::from_secs(1_000_000);
        runtime.block_on(script.look()).expect("it begins now");
        for (pause, step) in steps {
            micros += pause;
            let now = Duration::from_micros(micros);
            script.time = Some(now);
            match step {
                Step::Ask { claim } => {
                    let claim = &claims[claim];
                    let said = runtime.block_on(script.ask("one", claim)).expect("an answer");
                    let expected = match (state.held(claim, now), state.ready(now)) {
                        (Some((at, Held::ForAnswer)), _) => Said::Held(at, None),
                        (Some((at, Held::Until(until))), _) => Said::Held(at, Some(until - now)),
                        (None, Ready::At(at)) => Said::Wait(at - now),
                        (None, Ready::Now) => {
                            let Sent(number) = state.try_now(claim, now).expect("nothing holds it back");
                            permits.push_back((number, claim));
                            Said::Go(number)
                        }
                    };
                    assert_eq!(said, expected);
                }
                Step::Settle { oldest, fate, used, resets_in, took, told_at } => {
                    let permit = if oldest { permits.pop_front() } else { permits.pop_back() };
                    let Some((number, claim)) = permit else { continue };
                    let told = Told {
                        method: usize::from(took) % claim.methods().len(),
                        refused: fate == 5,
                        used: used.map(|used| Duration::from_millis(u64::from(used) * 5)),
                        resets_in: resets_in.map(|time| Duration::from_millis(u64::from(time) * 10)),
                        took: Duration::from_micros(u64::from(took) * 300),
                        told_at: told_at.map(|at| 1_780_000_000.0 + f64::from(at) / 100.0),
                    };
                    let fate = match fate {
                        0 => Fate::Unsent,
                        1 => Fate::Lost,
                        2 => Fate::Refused,
                        _ => Fate::Served,
                    };
                    let outcome = Outcome { fate, told: vec![told] };
                    runtime.block_on(script.settle(number, &outcome)).expect("it is done");
                    state.settle(Sent(number), claim, &outcome, now);
                }
            }
            let seen = runtime.block_on(script.look()).expect("an answer");
            assert_eq!(seen.level, state.level(now));
            let methods: HashMap<_, _> = state.methods(now).collect();
            assert_eq!(seen.methods.len(), methods.len());
            for (name, seen) in &seen.methods {
                let known = methods[name.as_str()];
                assert_eq!((seen.running, seen.held), (known.running, known.held.is_some()), "{name}");
                assert!((seen.used.as_secs_f64() - known.used).abs() < 1e-5, "{name}");
            }
        }
    });
}

/// Four processes and one portal under simulated time: what each may do is decided on the server.
#[test]
fn four_processes_use_a_portal_up_and_are_never_refused() {
    let Some(server) = Server::start() else { return };
    let runtime = runtime();
    let mut run = 0;
    for (rate, calls) in [
        (Rate::STANDARD, 60),
        (Rate::STANDARD, 250),
        (Rate::new(50, 20), 250),
    ] {
        for (phase, counts_refusals) in [
            (None, true),
            (Some(1), false),
            (Some(500_000), true),
            (Some(SECOND), false),
        ] {
            run += 1;
            let kind = Kind {
                rate,
                phase,
                counts_refusals,
                level: 0,
            };
            let mut script = server.script(&format!("run {run}"), Limits::new(rate));
            let (last, refused, order) = share(&runtime, &mut script, kind, calls);
            let best = *best(kind, &vec![0; calls]).last().unwrap();
            println!("{calls} calls, {kind:?}: {last} µs, at best {best}");
            assert_eq!(refused, 0, "{kind:?}");
            // A second for the phase that nobody knows; the others hear of the first answer a bit later.
            assert!(last <= best + SECOND + 50_000, "{kind:?}: {last}, at best {best}");
            // Who waits is served in turn: of eight, each process that still had something to do has had one.
            let waited = &order[rate.at_once() as usize..];
            for (at, eight) in waited.windows(8).enumerate() {
                let after = &waited[at + 8..];
                assert!(
                    (0..4).all(|process| eight.contains(&process) || !after.contains(&process)),
                    "{order:?}"
                );
            }
        }
    }
}

/// When the last request of all arrived, how many were refused, and whose they were in the order in which they were sent.
fn share(runtime: &Runtime, script: &mut Script, kind: Kind, calls: usize) -> (u64, usize, Vec<usize>) {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Event {
        Wakes(usize),
        Arrives {
            process: usize,
            number: u64,
        },
        Answered {
            process: usize,
            number: u64,
            taken: bool,
        },
    }
    let mut portal = Portal::new(kind);
    let mut to_do = [0; 4];
    (0..calls).for_each(|call| to_do[call % 4] += 1);
    let (mut refused, mut last, mut order) = (0, 0, Vec::new());
    // When each process may ask again.
    let mut blocked = [0; 4];
    let mut events: BinaryHeap<_> = (0..4)
        .map(|process| Reverse((0, Event::Wakes(process))))
        .collect();
    while let Some(Reverse((now, event))) = events.pop() {
        script.time = Some(Duration::from_micros(now));
        let asks = match event {
            Event::Wakes(process) => (blocked[process] <= now).then_some(process),
            Event::Arrives { process, number } => {
                let taken = portal.hit(now);
                if taken {
                    last = now;
                } else {
                    refused += 1;
                }
                let answer = Event::Answered {
                    process,
                    number,
                    taken,
                };
                events.push(Reverse((now + 3_000, answer)));
                None
            }
            Event::Answered {
                process,
                number,
                taken,
            } => {
                let fate = if taken { Fate::Served } else { Fate::Refused };
                runtime
                    .block_on(script.settle(number, &Outcome::of(fate)))
                    .expect("it is done");
                // As the worker does: a short wait is kept.
                (!(now + 1..now + 2_000).contains(&blocked[process])).then_some(process)
            }
        };
        let Some(process) = asks else { continue };
        while to_do[process] > 0 {
            match runtime
                .block_on(script.ask(&process.to_string(), &call()))
                .expect("an answer")
            {
                Said::Go(number) => {
                    to_do[process] -= 1;
                    order.push(process);
                    events.push(Reverse((now + 1_000, Event::Arrives { process, number })));
                }
                Said::Wait(time) => {
                    blocked[process] = now + u64::try_from(time.as_micros()).unwrap();
                    events.push(Reverse((blocked[process], Event::Wakes(process))));
                    break;
                }
                Said::Held(..) => unreachable!("nobody tells of operating times"),
            }
        }
    }
    (last, refused, order)
}

/// The same with four budgets as four processes have them: own connections, own queues, the server's clock.
#[test]
fn four_budgets_share_a_portal() {
    let Some(server) = Server::start() else { return };
    let rate = Rate::new(20, 10);
    let start = Instant::now();
    let portal = Arc::new(Mutex::new(Portal::new(Kind {
        rate,
        phase: None,
        counts_refusals: false,
        level: 0,
    })));
    let processes: Vec<_> = (0..4)
        .map(|_| {
            let budget = Arc::new(server.budget(Limits::new(rate)));
            let portal = portal.clone();
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(async move {
                    let calls: Vec<_> = (0..10)
                        .map(|_| {
                            let (budget, portal) = (budget.clone(), portal.clone());
                            tokio::spawn(async move {
                                let permit = budget.acquire(&call()).await.expect("a turn");
                                sleep(Duration::from_millis(1)).await;
                                let now = u64::try_from(start.elapsed().as_micros()).unwrap();
                                assert!(portal.lock().unwrap().hit(now), "refused");
                                budget.settle(permit, &call(), Outcome::of(Fate::Served));
                            })
                        })
                        .collect();
                    for call in calls {
                        call.await.expect("no panic");
                    }
                });
            })
        })
        .collect();
    for process in processes {
        process.join().expect("no panic");
    }
    println!(
        "40 calls of four processes at 20, 10 a second: {:?}, at best 2 s",
        start.elapsed()
    );
}

#[test]
fn a_process_that_dies_gives_back_what_it_held() {
    let Some(server) = Server::start() else { return };
    let runtime = runtime();
    let limits = Limits::new(Rate::new(10, 10)).operating(Duration::from_secs(100));
    let mut script = server.script("acme", limits);
    let slow = Claim::call("slow");
    fn at(script: &mut Script, seconds: u64) -> &mut Script {
        script.time = Some(Duration::from_secs(seconds));
        script
    }
    let told = Told {
        method: 0,
        refused: false,
        used: Some(Duration::from_secs(80)),
        resets_in: Some(Duration::from_secs(500)),
        took: Duration::from_secs(30),
        told_at: Some(1.0),
    };
    runtime.block_on(async {
        assert_eq!(
            at(&mut script, 0).ask("dies", &slow).await.expect("an answer"),
            Said::Go(0)
        );
        at(&mut script, 30)
            .settle(
                0,
                &Outcome {
                    fate: Fate::Served,
                    told: vec![told],
                },
            )
            .await
            .expect("it is done");
        // It is sent, 80 s are used, and it may take 30 more: another must wait for its answer, which never comes.
        assert_eq!(
            at(&mut script, 31).ask("dies", &slow).await.expect("an answer"),
            Said::Go(1)
        );
        assert_eq!(
            at(&mut script, 32).ask("lives", &slow).await.expect("an answer"),
            Said::Held(0, None)
        );
        assert_eq!(
            at(&mut script, 180).ask("lives", &slow).await.expect("an answer"),
            Said::Held(0, None)
        );
        assert_eq!(
            at(&mut script, 181).ask("lives", &slow).await.expect("an answer"),
            Said::Go(2)
        );
        // Late, but not dead: what it tells is of use, and is not counted twice.
        at(&mut script, 182)
            .settle(1, &Outcome::of(Fate::Served))
            .await
            .expect("it is done");
        assert_eq!(
            at(&mut script, 183).look().await.expect("an answer").methods["slow"].running,
            1
        );
    });
}

#[test]
fn a_process_that_does_not_come_for_its_turn_is_passed_by() {
    let Some(server) = Server::start() else { return };
    let runtime = runtime();
    let mut script = server.script("acme", Limits::new(Rate::new(1, 1)));
    runtime.block_on(async {
        let ask = async |script: &mut Script, millis, process| {
            script.time = Some(Duration::from_millis(millis));
            script.ask(process, &call()).await.expect("an answer")
        };
        let ms = Duration::from_millis;
        assert_eq!(ask(&mut script, 0, "first").await, Said::Go(0));
        script
            .settle(0, &Outcome::of(Fate::Served))
            .await
            .expect("it is done");
        assert_eq!(ask(&mut script, 0, "gone").await, Said::Wait(ms(1000)));
        assert_eq!(ask(&mut script, 500, "next").await, Said::Wait(ms(500)));
        // It is the turn of the one that does not come.
        assert_eq!(ask(&mut script, 1000, "next").await, Said::Wait(ms(250)));
        assert_eq!(ask(&mut script, 1250, "next").await, Said::Go(1));
    });
}

#[test]
fn callers_are_served_in_order_and_held_methods_hold_up_nobody() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let budget = Arc::new(server.budget(Limits::new(Rate::new(2, 2))));
        let slow = Claim::call("slow");
        let permit = budget.acquire(&slow).await.expect("a turn");
        budget.settle(
            permit,
            &slow,
            Outcome {
                fate: Fate::Served,
                told: vec![Told::refusal(0)],
            },
        );
        let patient = slow.clone().patience(Some(Duration::from_secs(5)));
        assert!(matches!(budget.acquire(&patient).await, Err(NoTurn::Held(_))));
        // This one waits for a minute, unless it is dropped.
        let held = tokio::spawn({
            let (budget, slow) = (budget.clone(), slow.clone());
            async move { budget.acquire(&slow).await.map(drop) }
        });
        let order = Arc::new(Mutex::new(Vec::new()));
        let calls: Vec<_> = (0..5)
            .map(|number| {
                let (budget, order) = (budget.clone(), order.clone());
                tokio::spawn(async move {
                    let permit = budget.acquire(&call()).await.expect("a turn");
                    order.lock().unwrap().push(number);
                    budget.settle(permit, &call(), Outcome::of(Fate::Served));
                })
            })
            .collect();
        tokio::task::yield_now().await;
        calls[1].abort();
        for call in calls {
            let _aborted = call.await;
        }
        assert_eq!(*order.lock().unwrap(), [0, 2, 3, 4]);
        let seen = budget.snapshot().await.expect("it is there");
        assert_eq!((seen.waiting, seen.methods["slow"].held), (1, true));
        assert!(!held.is_finished());
        held.abort();
    });
}

/// Dropped after each number of polls: what was given out on the way comes back.
#[test]
fn a_caller_that_is_dropped_at_any_poll_leaves_nothing_behind() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        for polls in 1..8 {
            let budget = server.budget(Limits::new(Rate::new(100, 100)));
            let claim = call();
            let mut acquire = budget.acquire(&claim);
            let mut left = polls;
            let permit = std::future::poll_fn(|cx| {
                left -= 1;
                match acquire.as_mut().poll(cx) {
                    std::task::Poll::Pending if left > 0 => std::task::Poll::Pending,
                    std::task::Poll::Pending => std::task::Poll::Ready(None),
                    std::task::Poll::Ready(permit) => std::task::Poll::Ready(Some(permit)),
                }
            });
            let permit = permit.await;
            drop(acquire);
            match permit {
                Some(permit) => budget.settle(permit.expect("a turn"), &claim, Outcome::UNSENT),
                None => {
                    // The worker still asks, finds nobody, and gives the permit back.
                    let mut level = 1;
                    while level > 0
                        || budget
                            .snapshot()
                            .await
                            .expect("it is there")
                            .methods
                            .contains_key("some.method")
                    {
                        level = budget.snapshot().await.expect("it is there").level;
                    }
                }
            }
            assert_eq!(budget.snapshot().await.expect("it is there").level, 0);
        }
    });
}

#[test]
fn without_the_server_calls_fail_or_go_by_a_local_budget_as_chosen() {
    let Some(server) = Server::start() else { return };
    let limits = Limits::new(Rate::new(10, 2)).operating(None);
    let port = server.port;
    runtime().block_on(async {
        let strict = server.budget(limits);
        let lenient = server.budget(limits).if_away(IfAway::Local);
        for budget in [&strict, &lenient] {
            let permit = budget.acquire(&call()).await.expect("a turn");
            assert_eq!(permit.number & LOCAL, 0);
            budget.settle(permit, &call(), Outcome::of(Fate::Served));
            assert!(budget.snapshot().await.is_ok());
        }
        drop(server);

        // Who waits is told, and who comes after that.
        for _ in 0..2 {
            let error = strict.acquire(&call()).await.expect_err("nobody to ask");
            assert!(matches!(error, NoTurn::Unavailable(_)), "{error:?}");
            assert!(strict.snapshot().await.is_err());
        }
        // Nobody knows what the others send: the local counter begins full.
        let start = Instant::now();
        let permit = lenient.acquire(&call()).await.expect("a turn");
        assert_ne!(permit.number & LOCAL, 0);
        assert!(
            start.elapsed() >= Duration::from_millis(990),
            "{:?}",
            start.elapsed()
        );
        lenient.settle(permit, &call(), Outcome::of(Fate::Served));
        assert_eq!(lenient.snapshot().await.expect("the local one").level, 9);

        let _server = Server::start_at(port, &[]);
        for budget in [&strict, &lenient] {
            let back = async {
                loop {
                    match budget.acquire(&call()).await {
                        Ok(permit) if permit.number & LOCAL == 0 => {
                            budget.settle(permit, &call(), Outcome::of(Fate::Served));
                            break;
                        }
                        Ok(permit) => budget.settle(permit, &call(), Outcome::UNSENT),
                        Err(_) => {}
                    }
                    sleep(Duration::from_millis(50)).await;
                }
            };
            timeout(Duration::from_secs(30), back)
                .await
                .expect("it comes back");
        }
    });
}

#[test]
fn a_connection_that_broke_while_nobody_looked_fails_nobody() {
    let Some(server) = Server::start() else { return };
    runtime().block_on(async {
        let budget = server.budget(Limits::default());
        let client = ::redis::Client::open(server.url()).expect("a URL");
        let mut other = client
            .get_multiplexed_async_connection()
            .await
            .expect("a connection");
        for number in 0..3 {
            let permit = budget.acquire(&call()).await.expect("a turn");
            assert_eq!(permit.number, number);
            budget.settle(permit, &call(), Outcome::of(Fate::Served));
            budget.snapshot().await.expect("it is there");
            let kill = ["KILL", "TYPE", "normal"];
            let killed: i64 = ::redis::cmd("CLIENT")
                .arg(&kill)
                .query_async(&mut other)
                .await
                .expect("an answer");
            assert_eq!(killed, 1);
        }
    });
}

/// A server that takes connections and says nothing is as good as none.
#[test]
fn a_server_that_hangs_is_a_server_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("redis://{}", listener.local_addr().expect("bound"));
    runtime().block_on(async {
        let budget = RedisBudget::new(&url, "acme", Limits::default()).expect("a URL");
        assert!(matches!(
            budget.acquire(&call()).await,
            Err(NoTurn::Unavailable(_))
        ));
    });
}

#[test]
fn a_runtime_that_ends_takes_the_task_with_it_and_another_starts_one() {
    let Some(server) = Server::start() else { return };
    let budget = server.budget(Limits::default());
    for number in 0..3 {
        let permit = runtime().block_on(budget.acquire(&call())).expect("a turn");
        assert_eq!(permit.number, number);
        // Nobody is there to be told: the lease ends in time.
        budget.settle(permit, &call(), Outcome::of(Fate::Served));
    }
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let claim = call();
    let outside = budget.acquire(&claim).as_mut().poll(&mut context);
    assert!(matches!(
        outside,
        std::task::Poll::Ready(Err(NoTurn::Unavailable(_)))
    ));
}

/// One budget, two clients, each with a runtime of its own: blocking ones are like that.
#[test]
fn the_end_of_one_runtime_fails_nobody_on_another() {
    let Some(server) = Server::start() else { return };
    let budget = server.budget(Limits::new(Rate::new(1, 1)));
    let first = runtime();
    first.block_on(budget.acquire(&call())).expect("a turn");
    thread::scope(|scope| {
        let other = scope.spawn(|| runtime().block_on(budget.acquire(&call())));
        while !other.is_finished() {
            let seen = first.block_on(budget.snapshot()).expect("it is there");
            if seen.waiting > 0 {
                break;
            }
        }
        drop(first);
        other.join().expect("no panic").expect("a turn");
    });
}

/// A machine that was ahead, another server that takes over: what was noted is as old as it was.
#[test]
fn a_clock_that_is_set_back_holds_up_nobody() {
    let Some(server) = Server::start() else { return };
    let limits = Limits::new(Rate::new(3, 1)).operating(Duration::from_secs(100));
    let mut script = server.script("acme", limits);
    let slow = Claim::call("slow");
    let told = Told {
        method: 0,
        refused: false,
        used: Some(Duration::from_secs(150)),
        resets_in: Some(Duration::from_secs(60)),
        took: Duration::from_secs(1),
        told_at: None,
    };
    runtime().block_on(async {
        let ask = async |script: &mut Script, seconds, claim| {
            script.time = Some(Duration::from_secs(seconds));
            script.ask("one", claim).await.expect("an answer")
        };
        let running = async |script: &mut Script, seconds| {
            script.time = Some(Duration::from_secs(seconds));
            script.look().await.expect("an answer").methods["some.method"].running
        };
        let (call, wait) = (call(), Said::Wait(Duration::from_secs(1)));
        assert_eq!(ask(&mut script, 100_000, &slow).await, Said::Go(0));
        let outcome = Outcome {
            fate: Fate::Served,
            told: vec![told],
        };
        script.settle(0, &outcome).await.expect("it is done");
        assert_eq!(ask(&mut script, 100_001, &call).await, Said::Go(1));
        let served = Outcome::of(Fate::Served);
        script.settle(1, &served).await.expect("it is done");
        // Of these nothing is heard.
        assert_eq!(ask(&mut script, 100_001, &call).await, Said::Go(2));
        assert_eq!(ask(&mut script, 100_001, &call).await, Said::Go(3));
        assert_eq!(ask(&mut script, 100_001, &call).await, wait);

        // All goes on as if it were still the same moment.
        assert_eq!(ask(&mut script, 500, &call).await, wait);
        let held = Said::Held(0, Some(Duration::from_secs(59)));
        assert_eq!(ask(&mut script, 500, &slow).await, held);
        assert_eq!(ask(&mut script, 501, &call).await, Said::Go(4));
        assert_eq!(ask(&mut script, 559, &slow).await, Said::Go(5));
        // So do the leases.
        assert_eq!(running(&mut script, 649).await, 3);
        assert_eq!(running(&mut script, 650).await, 1);
    });
}

/// Another version of the script may be at work on the same keys.
#[test]
fn an_answer_that_is_not_understood_fails_only_its_asker() {
    let Some(server) = Server::start() else { return };
    let budget = server.budget(Limits::new(Rate::new(1, 1)).operating(Duration::from_secs(100)));
    let told = |used| Told {
        method: 0,
        refused: false,
        used: Some(used),
        resets_in: None,
        took: Duration::ZERO,
        told_at: None,
    };
    runtime().block_on(async {
        let permit = budget.acquire(&call()).await.expect("a turn");
        let absurd = Outcome {
            fate: Fate::Served,
            told: vec![told(Duration::MAX)],
        };
        budget.settle(permit, &call(), absurd);
        let other = Claim::call("other.method");
        let (turn, seen) = tokio::join!(budget.acquire(&other), budget.snapshot());
        turn.expect("a turn");
        assert!(seen.is_err(), "{seen:?}");
    });
}

#[test]
fn shows_no_password() {
    let url = "redis://:s3cr3t@127.0.0.1:1/";
    let budget = RedisBudget::new(url, "acme", Limits::default()).expect("a URL");
    let error = runtime()
        .block_on(budget.acquire(&call()))
        .expect_err("nobody is there");
    let bad = RedisBudget::new("redis://:s3cr3t@:x", "acme", Limits::default()).expect_err("no URL");
    let texts = [
        format!("{budget:?}"),
        format!("{error:?} {error}"),
        format!("{bad:?} {bad}"),
    ];
    assert!(texts.iter().all(|text| !text.contains("s3cr3t")), "{texts:?}");
}
