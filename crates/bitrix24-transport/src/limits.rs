//! Stage 2: whether the portal may be asked now. Each request waits for its turn in the portal's [`Budget`], and tells it
//! afterwards what the answer said.

use std::sync::Arc;

use bitrix24_types::SystemError;

use crate::{
    budget::{Budget, Claim, Fate, NoTurn, Outcome, Permit, Snapshot, Told},
    deadline::{Deadline, Passed},
    error::{Error, Kind},
};

/// The way to the portal, past its budget.
#[derive(Debug)]
pub(crate) struct Gate(Arc<dyn Budget>);

/// The right to send one request. If it is dropped, the caller gave up, and what was sent may have arrived.
#[must_use]
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    gate: &'a Gate,
    claim: &'a Claim,
    permit: Option<Permit>,
}

impl Gate {
    pub(crate) fn new(budget: Arc<dyn Budget>) -> Self {
        Self(budget)
    }

    /// Waits until these calls may be made, but not beyond the deadline. Dropping the future gives the place in the queue
    /// back.
    pub(crate) async fn turn<'a>(
        &'a self,
        claim: &'a Claim,
        deadline: Deadline,
    ) -> Result<Result<Turn<'a>, NoTurn>, Passed> {
        let permit = deadline.limit(self.0.acquire(claim)).await?;
        Ok(permit.map(|permit| Turn {
            gate: self,
            claim,
            permit: Some(permit),
        }))
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, Error> {
        self.0
            .snapshot()
            .await
            .map_err(|away| Error::no_turn(away.into(), None))
    }
}

impl Turn<'_> {
    /// Tells the budget how it went.
    pub(crate) fn close(mut self, outcome: Result<Vec<Told>, &Error>) {
        self.settle(match outcome {
            Ok(told) => Outcome {
                fate: Fate::Served,
                told,
            },
            Err(error) => failed(error),
        });
    }

    fn settle(&mut self, outcome: Outcome) {
        if let Some(permit) = self.permit.take() {
            self.gate.0.settle(permit, self.claim, outcome);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.settle(Outcome::LOST);
    }
}

fn failed(error: &Error) -> Outcome {
    match (error.kind(), error.system()) {
        (Kind::Connect, _) => Outcome::UNSENT,
        (Kind::Api, Some(SystemError::QueryLimitExceeded)) => Outcome::of(Fate::Refused),
        (Kind::Api, Some(SystemError::OperationTimeLimit)) => Outcome {
            fate: Fate::Served,
            told: vec![Told::refusal(0)],
        },
        (Kind::Api | Kind::Decode, _) => Outcome::of(Fate::Served),
        // A proxy's page may come from before the portal's counter.
        _ => Outcome::LOST,
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use http::StatusCode;
    use serde_json::json;
    use tokio::time::{Instant, sleep};

    use crate::{
        Client, Kind as ErrorKind,
        budget::{
            Budget, Claim, Limits, LocalBudget, NoTurn, Outcome, Permit, Promise, Rate, Snapshot,
            Unavailable,
            simulation::{Kind, Portal, SECOND, best},
        },
        http::{BoxFuture, Failure, Http, Reply, Request},
    };

    use super::*;

    /// A portal with a counter, and with an operating time that only `slow.method` uses up.
    struct Watched {
        start: Instant,
        portal: Mutex<Portal>,
        seen: Mutex<Seen>,
    }

    #[derive(Default)]
    struct Seen {
        requests: usize,
        refused: usize,
        out_of_time: usize,
        slow_for: f64,
        last: u64,
    }

    impl Watched {
        fn new(kind: Kind) -> Arc<Self> {
            let (portal, seen) = (Mutex::new(Portal::new(kind)), Mutex::default());
            Arc::new(Self {
                start: Instant::now(),
                portal,
                seen,
            })
        }

        async fn answer(&self, method: &str) -> (u16, serde_json::Value) {
            sleep(Duration::from_millis(1)).await;
            let now = u64::try_from(self.start.elapsed().as_micros()).unwrap();
            let taken = self.portal.lock().unwrap().hit(now);
            let slow = method.eq_ignore_ascii_case("slow.method");
            let used = {
                let mut seen = self.seen.lock().unwrap();
                seen.requests += 1;
                if !taken {
                    seen.refused += 1;
                    return (
                        503,
                        json!({ "error": "QUERY_LIMIT_EXCEEDED", "error_description": "" }),
                    );
                }
                if slow && seen.slow_for > 480.0 {
                    seen.out_of_time += 1;
                    return (
                        429,
                        json!({ "error": "OPERATION_TIME_LIMIT", "error_description": "" }),
                    );
                }
                seen.last = now;
                if slow {
                    seen.slow_for += 20.0;
                }
                seen.slow_for
            };
            sleep(Duration::from_millis(if slow { 20_000 } else { 2 })).await;
            let finish = 1_780_000_000.0 + self.start.elapsed().as_secs_f64();
            let duration = if slow { 20.0 } else { 0.002 };
            let mut time = json!({ "start": finish - duration, "finish": finish, "duration": duration });
            if slow {
                time["operating"] = used.into();
                time["operating_reset_at"] = (1_780_000_600.0).into();
            }
            (200, json!({ "result": true, "time": time }))
        }
    }

    impl Http for Watched {
        fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
            Box::pin(async move {
                let method = request
                    .url()
                    .path()
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let (status, body) = self.answer(&method).await;
                let status = StatusCode::from_u16(status).unwrap();
                Ok(Reply {
                    status,
                    headers: http::HeaderMap::new(),
                    body: body.to_string().into(),
                })
            })
        }
    }

    fn client(http: &Arc<Watched>, limits: Limits) -> Client {
        let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/");
        let builder = builder.timeout(Duration::from_secs(3600)).limits(limits);
        builder.http(http.clone()).build().expect("a client")
    }

    async fn call_all(client: &Client, calls: usize, at_once: usize) {
        let slots = Arc::new(tokio::sync::Semaphore::new(at_once));
        let tasks: Vec<_> = (0..calls)
            .map(|_| {
                let (call, slots) = (client.call_raw("quick.method", ()), slots.clone());
                tokio::spawn(async move {
                    let _slot = slots.acquire().await;
                    call.await
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic").expect("an answer");
        }
    }

    /// The whole flow against each kind of portal that the documentation allows.
    #[tokio::test(start_paused = true)]
    async fn a_portal_is_used_up_and_never_refuses() {
        for (rate, calls, at_once) in [
            (Rate::STANDARD, 60, 60),
            (Rate::STANDARD, 250, 16),
            (Rate::new(50, 20), 250, 16),
        ] {
            for phase in [None, Some(1), Some(333_000), Some(SECOND)] {
                for counts_refusals in [false, true] {
                    let kind = Kind {
                        rate,
                        phase,
                        counts_refusals,
                        level: 0,
                    };
                    let http = Watched::new(kind);
                    call_all(&client(&http, Limits::new(rate)), calls, at_once).await;
                    let seen = http.seen.lock().unwrap();
                    assert_eq!((seen.requests, seen.refused), (calls, 0));
                    // A second for the phase that nobody knows, and a few answers.
                    let best = *best(kind, &vec![0; calls]).last().unwrap();
                    assert!(
                        seen.last <= best + SECOND + 25_000,
                        "{kind:?}: {} after {best}",
                        seen.last
                    );
                }
            }
        }
    }

    /// Another client let them through in 4.4 seconds, where a portal takes fifty and two more each second.
    #[tokio::test(start_paused = true)]
    async fn peers_4_three_hundred_calls_at_once_keep_to_the_portals_limit() {
        for phase in [None, Some(1), Some(SECOND)] {
            let kind = Kind {
                rate: Rate::STANDARD,
                phase,
                counts_refusals: true,
                level: 0,
            };
            let http = Watched::new(kind);
            call_all(&client(&http, Limits::default()), 300, 300).await;
            let seen = http.seen.lock().unwrap();
            assert_eq!((seen.requests, seen.refused), (300, 0));
            let best = *best(kind, &[0; 300]).last().unwrap();
            assert!(best >= 124 * SECOND);
            assert!(
                (best..=best + SECOND + 25_000).contains(&seen.last),
                "{kind:?}: {} after {best}",
                seen.last
            );
        }
    }

    /// One refusal finds out that the counter is full, and one when it falls; no call fails of it.
    #[tokio::test(start_paused = true)]
    async fn a_portal_that_is_full_at_the_start_is_found_out() {
        for phase in [None, Some(10_000), Some(500_000), Some(SECOND)] {
            for counts_refusals in [false, true] {
                let kind = Kind {
                    rate: Rate::STANDARD,
                    phase,
                    counts_refusals,
                    level: 50,
                };
                let http = Watched::new(kind);
                call_all(&client(&http, Limits::default()), 60, 16).await;
                let seen = http.seen.lock().unwrap();
                assert_eq!(seen.refused, 2, "{kind:?}");
                let best = *best(kind, &vec![0; 60]).last().unwrap();
                // The second refusal finds the moment of the steps: not exactly.
                assert!(
                    seen.last <= best + SECOND + 40_000 + 25_000,
                    "{kind:?}: {} after {best}",
                    seen.last
                );
            }
        }
    }

    /// Answers tell of the operating time, and a refusal is waited out: by this method, not by others.
    #[tokio::test(start_paused = true)]
    async fn a_method_waits_until_its_time_no_longer_counts_and_others_go_on() {
        let http = Watched::new(Kind {
            rate: Rate::ENTERPRISE,
            phase: None,
            counts_refusals: false,
            level: 0,
        });
        let client = client(&http, Limits::new(Rate::ENTERPRISE));
        for _ in 0..25 {
            client.call_raw("slow.method", ()).await.expect("an answer");
        }
        assert_eq!(http.start.elapsed().as_secs(), 500);
        let known = client.budget().await.expect("it is here").methods["slow.method"];
        assert_eq!((known.used, known.held), (Duration::from_secs(500), true));
        // The sum is above the limit; this call waits, and the others don't wait behind it.
        let slow = tokio::spawn(client.call_raw("Slow.Method", ()).send());
        tokio::task::yield_now().await;
        call_all(&client, 10, 4).await;
        assert!(http.start.elapsed().as_secs() <= 501);
        assert_eq!(http.seen.lock().unwrap().requests, 35);
        sleep(Duration::from_secs(95)).await;
        http.seen.lock().unwrap().slow_for = 0.0;
        slow.await.expect("no panic").expect("an answer");
        assert_eq!(http.start.elapsed().as_secs(), 620);
        assert_eq!(http.seen.lock().unwrap().out_of_time, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_for_operating_time_is_waited_out() {
        let http = Watched::new(Kind {
            rate: Rate::STANDARD,
            phase: None,
            counts_refusals: false,
            level: 0,
        });
        let client = client(&http, Limits::default());
        http.seen.lock().unwrap().slow_for = 1000.0;
        let slow = tokio::spawn(client.call_raw("slow.method", ()).send());
        sleep(Duration::from_secs(30)).await;
        http.seen.lock().unwrap().slow_for = 0.0;
        slow.await.expect("no panic").expect("an answer");
        // Nobody said for how long: after a minute one call finds out.
        assert_eq!(http.start.elapsed().as_secs(), 80);
        assert_eq!(http.seen.lock().unwrap().requests, 2);
    }

    /// A wait that would outlast the deadline is not begun.
    #[tokio::test(start_paused = true)]
    async fn a_method_that_is_held_for_longer_than_the_deadline_is_an_error_at_once() {
        let http = Watched::new(Kind {
            rate: Rate::STANDARD,
            phase: None,
            counts_refusals: false,
            level: 0,
        });
        let client = client(&http, Limits::default());
        http.seen.lock().unwrap().slow_for = 1000.0;
        let call = || {
            client
                .call_raw("slow.method", ())
                .timeout(Duration::from_secs(50))
        };
        let refused = call().await.expect_err("the portal refuses");
        assert_eq!(refused.system(), Some(SystemError::OperationTimeLimit));
        let held = call().await.expect_err("it would not even be sent");
        assert_eq!((held.kind(), held.is_retryable()), (ErrorKind::Timeout, true));
        assert!(
            held.to_string().contains("another 60 s") || held.to_string().contains("another 59 s"),
            "{held}"
        );
        assert!(http.start.elapsed().as_secs() < 1);
        assert_eq!(http.seen.lock().unwrap().requests, 1);
    }

    /// Clients for one portal can share a budget, and a dropped call leaves it whole.
    #[tokio::test(start_paused = true)]
    async fn clients_share_a_budget_and_give_back_what_they_drop() {
        let rate = Rate::new(4, 2);
        let http = Watched::new(Kind {
            rate,
            phase: Some(SECOND),
            counts_refusals: false,
            level: 0,
        });
        let budget: Arc<dyn Budget> = Arc::new(LocalBudget::new(Limits::new(rate)));
        let client = || {
            let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/");
            builder
                .http(http.clone())
                .budget(budget.clone())
                .build()
                .expect("a client")
        };
        let (one, other) = (client(), client());
        call_all(&one, 3, 3).await;
        let dropped = tokio::time::timeout(Duration::ZERO, other.call_raw("quick.method", ()).send()).await;
        assert!(dropped.is_err());
        assert_eq!(other.budget().await.expect("it is here").level, 4);
        tokio::join!(call_all(&one, 4, 4), call_all(&other, 4, 4));
        let seen = http.seen.lock().unwrap();
        assert_eq!((seen.refused, seen.last.div_ceil(SECOND)), (0, 5));
    }

    /// A budget that lives elsewhere, and is away.
    #[derive(Debug)]
    struct Away;

    impl Budget for Away {
        fn acquire<'a>(&'a self, _: &'a Claim) -> Promise<'a, Result<Permit, NoTurn>> {
            Box::pin(std::future::ready(Err(Unavailable::new("it is away").into())))
        }

        fn settle(&self, _: Permit, _: &Claim, _: Outcome) {}

        fn snapshot(&self) -> Promise<'_, Result<Snapshot, Unavailable>> {
            Box::pin(std::future::ready(Err(Unavailable::new("it is away"))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_budget_that_is_away_is_an_error_of_its_own() {
        let http = Watched::new(Kind {
            rate: Rate::STANDARD,
            phase: None,
            counts_refusals: false,
            level: 0,
        });
        let builder = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/");
        let client = builder
            .http(http.clone())
            .budget(Arc::new(Away))
            .build()
            .expect("a client");
        let error = client
            .call_raw("quick.method", ())
            .await
            .expect_err("nobody to ask");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Budget, true));
        assert_eq!(
            client.budget().await.expect_err("nobody to ask").kind(),
            ErrorKind::Budget
        );
        assert_eq!(http.seen.lock().unwrap().requests, 0);
    }
}
