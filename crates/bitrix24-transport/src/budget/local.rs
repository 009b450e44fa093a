//! A budget in this process: the state behind a lock, and callers who wait for their turn.
//!
//! Nobody runs in the background. Whoever comes, goes or wakes up lets all go whose turn has come. The first in the queue
//! has its timer set to the moment of the next turn. The others have theirs set to the turn they can expect, and a
//! second more: usually they are gone by then, but should the first be stuck in a task that nobody polls, or its runtime
//! have ended, the next one takes over.

use std::{
    collections::{BTreeMap, HashMap},
    future::{self, Future},
    mem,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Instant, Sleep, sleep_until},
};

use super::{
    Budget, Claim, Limits, MethodUse, NoTurn, Outcome, Permit, Promise, Snapshot, Unavailable,
    counter::Sent,
    operating::{Held, MethodState},
    queue::Number,
    state::{Next, State},
};

/// The budget of a portal within one process. Share one between all clients that call the portal from here.
#[derive(Debug)]
pub struct LocalBudget {
    limits: Limits,
    origin: Instant,
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: State,
    /// Those in the queue.
    waiting: BTreeMap<Number, Waiting>,
    /// Those whose turn has come and who have been woken, but don't know it yet.
    may_go: HashMap<Number, Sent>,
    /// To be woken once the lock is free.
    wake: Vec<Waker>,
}

#[derive(Debug)]
struct Waiting {
    waker: Waker,
    /// When its timer goes off, if it is set.
    alarm: Option<Duration>,
}

impl LocalBudget {
    /// A budget for a portal with these limits.
    pub fn new(limits: Limits) -> Self {
        let shared = Shared {
            state: State::new(&limits, Duration::ZERO),
            waiting: BTreeMap::new(),
            may_go: HashMap::new(),
            wake: Vec::new(),
        };
        Self {
            limits,
            origin: Instant::now(),
            shared: Mutex::new(shared),
        }
    }

    /// Others may have filled the portal's counter by now.
    #[cfg(feature = "redis")]
    pub(super) fn assume_full(&self) {
        self.with(|shared, now| {
            shared.state.assume_full(now);
            shared.serve(now);
        });
    }

    /// Does something with the state. A waker runs foreign code, which may come back here: it is called afterwards.
    fn with<T>(&self, work: impl FnOnce(&mut Shared, Duration) -> T) -> T {
        // Nothing below the lock panics half way, so what it guards is whole whatever happened.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut shared, self.origin.elapsed());
        let wake = mem::take(&mut shared.wake);
        drop(shared);
        wake.into_iter().for_each(Waker::wake);
        done
    }
}

impl Budget for LocalBudget {
    fn acquire<'a>(&'a self, claim: &'a Claim) -> Promise<'a, Result<Permit, NoTurn>> {
        Box::pin(Acquire {
            budget: self,
            claim,
            number: None,
            timer: None,
        })
    }

    fn settle(&self, permit: Permit, claim: &Claim, outcome: Outcome) {
        self.with(|shared, now| {
            shared.state.settle(Sent(permit.number), claim, &outcome, now);
            shared.serve(now);
        });
    }

    fn snapshot(&self) -> Promise<'_, Result<Snapshot, Unavailable>> {
        let snapshot = self.with(|Shared { state, .. }, now| Snapshot {
            level: state.level(now),
            threshold: self.limits.rate.at_once() as usize,
            waiting: state.waiting(),
            methods: state
                .methods(now)
                .map(|(name, method)| (name.to_owned(), method_use(method, now)))
                .collect(),
        });
        Box::pin(future::ready(Ok(snapshot)))
    }
}

fn method_use(MethodState { used, running, held }: MethodState, now: Duration) -> MethodUse {
    let held_for = match held {
        Some(Held::Until(at)) => Some(at.saturating_sub(now)),
        Some(Held::ForAnswer) | None => None,
    };
    MethodUse {
        used: Duration::try_from_secs_f64(used).unwrap_or_default(),
        running,
        held: held.is_some(),
        held_for,
    }
}

impl Shared {
    /// Lets all go whose turn has come, and says when the next turn is, if time alone decides that.
    fn serve(&mut self, now: Duration) -> Option<Duration> {
        let next = loop {
            match self.state.next(now) {
                Next::Go(number, sent) => {
                    self.may_go.insert(number, sent);
                    self.wake
                        .extend(self.waiting.remove(&number).map(|waiting| waiting.waker));
                }
                Next::Wait(at) => break Some(at),
                Next::Rest => break None,
            }
        };
        if let (Some(next), Some((_, first))) = (next, self.waiting.first_key_value()) {
            if first.alarm.is_none_or(|alarm| next < alarm) {
                self.wake.push(first.waker.clone());
            }
        }
        next
    }

    /// When somebody in the queue should wake up by itself.
    fn alarm(&self, number: Number, next: Option<Duration>, drain: u32) -> Option<Duration> {
        let (first, _) = self.waiting.first_key_value()?;
        match number - first {
            0 => next,
            ahead => Some(next? + Duration::from_secs(1 + ahead / u64::from(drain))),
        }
    }
}

/// Waits for a permit.
struct Acquire<'a> {
    budget: &'a LocalBudget,
    claim: &'a Claim,
    /// The place in the queue, while there is one.
    number: Option<Number>,
    timer: Option<Pin<Box<Sleep>>>,
}

/// How it stands with somebody who asked.
enum Standing {
    MayGo(Sent),
    /// Will be woken, or wakes up by itself at this time.
    Waits(Option<Duration>),
    /// Will not wait: it would be for so long.
    Gone(Duration),
}

impl Acquire<'_> {
    fn ask(&mut self, waker: &Waker) -> Standing {
        let Self {
            budget,
            claim,
            number,
            ..
        } = self;
        budget.with(|shared, now| {
            let own = match *number {
                Some(own) => own,
                None => {
                    if let Some(sent) = shared.state.try_now(claim, now) {
                        return Standing::MayGo(sent);
                    }
                    if let Some(wait) = shared.state.too_long(claim, now) {
                        return Standing::Gone(wait);
                    }
                    *number.insert(shared.state.enter(claim.clone()))
                }
            };
            if !shared.may_go.contains_key(&own) {
                // An alarm that is never too late: we are awake.
                shared.waiting.insert(
                    own,
                    Waiting {
                        waker: waker.clone(),
                        alarm: Some(Duration::ZERO),
                    },
                );
            }
            let next = shared.serve(now);
            if let Some(sent) = shared.may_go.remove(&own) {
                *number = None;
                return Standing::MayGo(sent);
            }
            let alarm = shared.alarm(own, next, budget.limits.rate.per_second());
            if let Some(waiting) = shared.waiting.get_mut(&own) {
                waiting.alarm = alarm;
            }
            Standing::Waits(alarm)
        })
    }
}

impl Future for Acquire<'_> {
    type Output = Result<Permit, NoTurn>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let alarm = match self.ask(cx.waker()) {
                Standing::MayGo(Sent(number)) => return Poll::Ready(Ok(Permit { number })),
                Standing::Gone(wait) => return Poll::Ready(Err(NoTurn::Held(wait))),
                Standing::Waits(Some(alarm)) => self.budget.origin + alarm,
                Standing::Waits(None) => {
                    self.timer = None;
                    return Poll::Pending;
                }
            };
            if self.timer.is_none() && Handle::try_current().is_err() {
                let away = Unavailable::new("waiting for a turn needs a Tokio runtime");
                return Poll::Ready(Err(away.into()));
            }
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(alarm)));
            if timer.deadline() != alarm {
                timer.as_mut().reset(alarm);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        self.budget.with(|shared, now| {
            match shared.may_go.remove(&number) {
                Some(sent) => shared.state.settle(sent, self.claim, &Outcome::UNSENT, now),
                None => {
                    shared.waiting.remove(&number);
                    shared.state.leave(number);
                }
            }
            shared.serve(now);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::ready,
        thread,
    };

    use tokio::time::sleep;

    use super::*;
    use crate::budget::{
        Fate, Rate,
        simulation::{Kind, Portal, SECOND},
    };

    fn budget(at_once: u32, per_second: u32) -> Arc<LocalBudget> {
        let limits = Limits::new(Rate::new(at_once, per_second)).operating(None);
        Arc::new(LocalBudget::new(limits))
    }

    fn call() -> Claim {
        Claim::call("some.method")
    }

    async fn serve_one(budget: &LocalBudget) {
        let permit = budget.acquire(&call()).await.expect("a turn");
        budget.settle(permit, &call(), Outcome::of(Fate::Served));
    }

    async fn level(budget: &LocalBudget) -> usize {
        budget.snapshot().await.expect("it is here").level
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_served_in_order_and_leave_their_place_when_they_give_up() {
        let budget = budget(1, 1);
        serve_one(&budget).await;
        let (start, served) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let mut tasks = Vec::new();
        for caller in 0..6 {
            let (budget, served) = (budget.clone(), served.clone());
            tasks.push(tokio::spawn(async move {
                serve_one(&budget).await;
                served.lock().unwrap().push((caller, start.elapsed().as_secs()));
            }));
            tokio::task::yield_now().await;
        }
        // The first, whose timer all depend on, one in the middle, and the last.
        for caller in [0, 3, 5] {
            tasks[caller].abort();
        }
        for task in tasks {
            let _aborted = task.await;
        }
        assert_eq!(*served.lock().unwrap(), [(1, 1), (2, 2), (4, 3)]);
        assert!(budget.shared.lock().unwrap().waiting.is_empty());
    }

    /// Two hundred calls, sixteen at a time, through a portal that is watched from the inside.
    #[tokio::test(start_paused = true)]
    async fn a_portal_is_used_up_and_never_refuses() {
        for phase in [None, Some(1), Some(SECOND)] {
            let rate = Rate::new(50, 20);
            let kind = Kind {
                rate,
                phase,
                counts_refusals: true,
                level: 0,
            };
            let (start, portal) = (Instant::now(), Arc::new(Mutex::new(Portal::new(kind))));
            let budget = Arc::new(LocalBudget::new(Limits::new(rate)));
            let slots = Arc::new(tokio::sync::Semaphore::new(16));
            let tasks: Vec<_> = (0..250)
                .map(|call| {
                    let (budget, portal, slots) = (budget.clone(), portal.clone(), slots.clone());
                    tokio::spawn(async move {
                        let _slot = slots.acquire().await;
                        let claim = Claim::call(format!("method.{}", call % 3));
                        let permit = budget.acquire(&claim).await.expect("a turn");
                        sleep(Duration::from_millis(1)).await;
                        let now = u64::try_from(start.elapsed().as_micros()).unwrap();
                        assert!(portal.lock().unwrap().hit(now), "refused");
                        sleep(Duration::from_millis(2)).await;
                        budget.settle(permit, &claim, Outcome::of(Fate::Served));
                        start.elapsed()
                    })
                })
                .collect();
            let mut last = Duration::ZERO;
            for task in tasks {
                last = last.max(task.await.expect("no panic"));
            }
            // 200 more than fit at once, at 20 a second. The first answer takes 3 ms, timers are precise to 1 ms.
            assert!(last <= Duration::from_millis(10_000 + 15), "{last:?}");
        }
    }

    /// Drops a waiting caller after each number of polls that it may see, at each moment of its life.
    #[tokio::test(start_paused = true)]
    async fn a_caller_that_is_dropped_at_any_poll_leaves_nothing_behind() {
        for waiting in 0..4 {
            let mut polls = 0;
            loop {
                polls += 1;
                let budget = budget(1, 1);
                serve_one(&budget).await;
                let others: Vec<_> = (0..waiting)
                    .map(|_| tokio::spawn(serve(budget.clone())))
                    .collect();
                tokio::task::yield_now().await;
                let finished = poll_times(budget.acquire(&call()), polls).await;
                let after: Vec<_> = (0..2).map(|_| tokio::spawn(serve(budget.clone()))).collect();
                if let Some(permit) = finished {
                    budget.settle(permit.expect("a turn"), &call(), Outcome::UNSENT);
                    let start = Instant::now();
                    for task in others.into_iter().chain(after) {
                        task.await.expect("no panic");
                    }
                    // The place of the one that sent nothing is free.
                    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
                    break;
                }
                for task in others.into_iter().chain(after) {
                    task.await.expect("no panic");
                }
                assert!(is_left_empty(&budget), "{budget:?}");
                sleep(Duration::from_secs(2)).await;
                assert_eq!(level(&budget).await, 0);
                assert!(polls < 100);
            }
        }

        async fn serve(budget: Arc<LocalBudget>) {
            serve_one(&budget).await;
        }
        fn is_left_empty(budget: &LocalBudget) -> bool {
            let shared = budget.shared.lock().unwrap();
            shared.waiting.is_empty() && shared.may_go.is_empty() && shared.state.waiting() == 0
        }
    }

    /// Polls a future so often, whenever it is woken, and drops it then.
    async fn poll_times<T>(mut future: Promise<'_, T>, times: usize) -> Option<T> {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            match future.as_mut().poll(cx) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if polls == times => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Its turn came, and then it was dropped before it knew.
    #[tokio::test(start_paused = true)]
    async fn a_turn_that_nobody_takes_goes_to_the_next() {
        let budget = budget(1, 1);
        serve_one(&budget).await;
        let claim = call();
        let mut first = budget.acquire(&claim);
        assert!(poll_times_ref(&mut first).await.is_none());
        sleep(Duration::from_secs(1)).await;
        // Whoever comes lets the first go.
        let second = tokio::spawn({
            let budget = budget.clone();
            async move { serve_one(&budget).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(budget.shared.lock().unwrap().may_go.len(), 1);
        drop(first);
        let start = Instant::now();
        second.await.expect("no panic");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    async fn poll_times_ref<T>(future: &mut Promise<'_, T>) -> Option<T> {
        poll_fn(|cx| {
            Poll::Ready(match future.as_mut().poll(cx) {
                Poll::Ready(done) => Some(done),
                Poll::Pending => None,
            })
        })
        .await
    }

    /// A future that is first in the queue and that nobody polls must not hold up the others for long.
    #[tokio::test(start_paused = true)]
    async fn who_is_first_and_asleep_is_passed_by() {
        let budget = budget(2, 2);
        serve_one(&budget).await;
        serve_one(&budget).await;
        let (claim, start) = (call(), Instant::now());
        let mut asleep = budget.acquire(&claim);
        assert!(poll_times_ref(&mut asleep).await.is_none());
        for served in [1, 2, 3] {
            serve_one(&budget).await;
            // Its own turn, and a second more, once.
            assert!(
                start.elapsed() <= Duration::from_millis(1000 * served + 1001),
                "{:?}",
                start.elapsed()
            );
        }
    }

    /// Waiting costs no work: each caller is polled when it comes, when its turn has come, and hardly ever between.
    #[tokio::test(start_paused = true)]
    async fn ten_thousand_who_wait_are_left_alone() {
        let (budget, polls) = (budget(50, 10), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..10_000)
            .map(|_| {
                let (budget, polls) = (budget.clone(), polls.clone());
                tokio::spawn(async move {
                    let claim = call();
                    let mut acquire = budget.acquire(&claim);
                    let permit = poll_fn(|cx| {
                        polls.fetch_add(1, Ordering::Relaxed);
                        Poll::Ready(ready!(acquire.as_mut().poll(cx)))
                    });
                    let permit = permit.await.expect("a turn");
                    budget.settle(permit, &claim, Outcome::of(Fate::Served));
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        let polls = polls.load(Ordering::Relaxed);
        assert!(polls <= 4 * 10_000, "{polls} polls");
    }

    /// The runtime of the first in the queue ends; one in another runtime is served all the same.
    #[test]
    fn a_runtime_may_end_while_callers_wait_in_another() {
        let budget = budget(1, 1);
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap()
        };
        let first = runtime();
        first.block_on(async {
            serve_one(&budget).await;
            let budget = budget.clone();
            tokio::spawn(async move { serve_one(&budget).await });
            tokio::task::yield_now().await;
        });
        assert_eq!(budget.shared.lock().unwrap().waiting.len(), 1);
        let other = thread::spawn({
            let budget = budget.clone();
            move || runtime().block_on(serve_one(&budget))
        });
        while budget.shared.lock().unwrap().waiting.len() < 2 {
            thread::yield_now();
        }
        drop(first);
        other.join().expect("no panic");
    }

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let budget = budget(1, 1);
        let claim = call();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = budget.acquire(&claim);
        assert!(matches!(first.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
        let mut second = budget.acquire(&claim);
        assert!(matches!(second.as_mut().poll(&mut context), Poll::Ready(Err(_))));
        drop(second);
        assert!(budget.shared.lock().unwrap().waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_state_can_be_looked_at() {
        let budget = LocalBudget::new(Limits::new(Rate::STANDARD).level(7));
        let claim = Claim::call("Crm.Item.List");
        let permit = budget.acquire(&claim).await.expect("a turn");
        let told = crate::budget::Told {
            method: 0,
            refused: true,
            used: None,
            resets_in: Some(Duration::from_secs(30)),
            took: Duration::from_secs(2),
            told_at: None,
        };
        budget.settle(
            permit,
            &claim,
            Outcome {
                fate: Fate::Served,
                told: vec![told],
            },
        );
        let snapshot = budget.snapshot().await.expect("it is here");
        assert_eq!((snapshot.level, snapshot.threshold, snapshot.waiting), (8, 50, 0));
        let method = snapshot.methods["crm.item.list"];
        assert_eq!((method.used, method.running), (Duration::ZERO, 0));
        assert_eq!(
            (method.held, method.held_for),
            (true, Some(Duration::from_secs(30)))
        );
    }
}
