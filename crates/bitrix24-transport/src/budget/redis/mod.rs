//! A budget that processes and machines share, on a Redis server: `budget.lua` decides there, by the server's clock, as
//! `counter` and `operating` do here.
//!
//! Each process keeps its own queue, and one task that asks for whoever is first in it, one after another; processes
//! take turns. A permit is a lease: a process that dies gives back what it held when the lease ends.

mod script;
mod worker;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    runtime::Handle,
    sync::{
        mpsc::{self, UnboundedSender},
        oneshot,
    },
};

use super::{Budget, Claim, Limits, LocalBudget, NoTurn, Outcome, Permit, Promise, Snapshot, Unavailable};
use script::Script;
use worker::{Message, Worker};

/// The budget of a portal, shared by all processes that give it the same Redis server and name.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use bitrix24_transport::{Client, Rate, budget::{IfAway, Limits, RedisBudget}};
///
/// let budget = RedisBudget::new("redis://127.0.0.1", "acme.bitrix24.com", Limits::new(Rate::STANDARD))?;
/// let budget = Arc::new(budget.if_away(IfAway::Local));
/// let client = Client::builder().webhook("https://acme.bitrix24.com/rest/1/code/").budget(budget).build()?;
/// # Ok(()) }
/// ```
///
/// For `rediss://` switch on one of the TLS features of the crate `redis` in your own `Cargo.toml`.
///
/// A portal counts the requests of each address that they come from, and the operating time of each application. Processes
/// that share neither should not share a name.
pub struct RedisBudget {
    client: ::redis::Client,
    name: String,
    limits: Limits,
    /// What this process is called among those that wait.
    process: String,
    if_away: IfAway,
    local: LocalBudget,
    was_away: AtomicBool,
    worker: Mutex<Option<UnboundedSender<Message>>>,
}

/// What happens while the Redis server can't be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfAway {
    /// Calls fail, with the kind [`Budget`](crate::Kind::Budget): no request is sent that nobody has allowed.
    #[default]
    Fail,
    /// Each process keeps a budget of its own meanwhile. It begins with a full counter, for nobody knows what the others
    /// send: two requests a second, with the usual limits. Several processes may still be refused, and learn from that.
    Local,
}

/// So many workers may end under one caller. More is not bad luck but a mistake.
const MOST_WORKERS: usize = 10;

/// How the permits are marked that the local budget gave.
const LOCAL: u64 = 1 << 63;

impl RedisBudget {
    /// A budget on the Redis server at `url`, which others find by its `name`: take the portal's host, or its `member_id`.
    /// Connects when the first request asks.
    pub fn new(url: &str, name: &str, limits: Limits) -> Result<Self, Unavailable> {
        Ok(Self {
            client: ::redis::Client::open(url).map_err(Unavailable::new)?,
            name: name.to_owned(),
            limits,
            process: format!("{}-{:x}", process::id(), RandomState::new().hash_one(0)),
            if_away: IfAway::default(),
            local: LocalBudget::new(limits),
            was_away: AtomicBool::new(false),
            worker: Mutex::new(None),
        })
    }

    /// What happens while the server can't be reached; [`IfAway::Fail`] if nothing is said.
    #[must_use]
    pub fn if_away(self, if_away: IfAway) -> Self {
        Self { if_away, ..self }
    }

    /// Tells the worker. It ends with the runtime it was started on; then the next message starts another.
    fn tell(&self, message: Message) -> Result<(), Unavailable> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let message = match &*worker {
            None => message,
            Some(running) => match running.send(message) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::SendError(message)) => message,
            },
        };
        let Ok(runtime) = Handle::try_current() else {
            return Err(Unavailable::new("a budget on Redis needs a Tokio runtime"));
        };
        let (sender, messages) = mpsc::unbounded_channel();
        let script = Script::new(&self.client, &self.name, self.limits);
        let started = Worker::new(script, self.process.clone(), sender.downgrade());
        runtime.spawn(started.run(messages));
        // The worker has just begun to listen.
        let told = sender
            .send(message)
            .map_err(|_| Unavailable::new("the budget's task does not start"));
        *worker = Some(sender);
        told
    }

    /// Asks the worker; another one, if it ends with its runtime before it has answered.
    async fn ask<T>(&self, message: impl Fn(oneshot::Sender<T>) -> Message) -> Result<T, Unavailable> {
        for _ in 0..MOST_WORKERS {
            let (reply, answer) = oneshot::channel();
            self.tell(message(reply))?;
            if let Ok(answer) = answer.await {
                return Ok(answer);
            }
        }
        Err(Unavailable::new(
            "the runtimes of the budget's task have ended, one after another",
        ))
    }

    async fn ask_for_turn(&self, claim: &Claim) -> Result<Permit, NoTurn> {
        let answer = self
            .ask(|reply| Message::Acquire {
                claim: claim.clone(),
                reply,
            })
            .await?;
        answer.map(worker::Grant::take)
    }
}

impl Budget for RedisBudget {
    fn acquire<'a>(&'a self, claim: &'a Claim) -> Promise<'a, Result<Permit, NoTurn>> {
        Box::pin(async move {
            match self.ask_for_turn(claim).await {
                Err(NoTurn::Unavailable(_)) if self.if_away == IfAway::Local => {
                    if !self.was_away.swap(true, Ordering::Relaxed) {
                        self.local.assume_full();
                    }
                    let permit = self.local.acquire(claim).await?;
                    Ok(Permit {
                        number: permit.number | LOCAL,
                    })
                }
                outcome => {
                    if outcome.is_ok() {
                        self.was_away.store(false, Ordering::Relaxed);
                    }
                    outcome
                }
            }
        })
    }

    fn settle(&self, permit: Permit, claim: &Claim, outcome: Outcome) {
        if permit.number & LOCAL != 0 {
            return self.local.settle(
                Permit {
                    number: permit.number & !LOCAL,
                },
                claim,
                outcome,
            );
        }
        if let Err(away) = self.tell(Message::Settle {
            number: permit.number,
            outcome,
        }) {
            tracing::debug!(error = %away, "a request can't be settled: its lease will end");
        }
    }

    fn snapshot(&self) -> Promise<'_, Result<Snapshot, Unavailable>> {
        Box::pin(async move {
            match self.ask(|reply| Message::Look { reply }).await {
                Ok(Ok(snapshot)) => Ok(snapshot),
                Ok(Err(_)) | Err(_) if self.if_away == IfAway::Local => self.local.snapshot().await,
                Ok(Err(away)) | Err(away) => Err(away),
            }
        })
    }
}

impl fmt::Debug for RedisBudget {
    // Not the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBudget")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .field("if_away", &self.if_away)
            .finish_non_exhaustive()
    }
}
