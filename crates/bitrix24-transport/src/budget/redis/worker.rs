//! The task of a process that asks the server: for one caller after another, in the order of the queue.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, WeakUnboundedSender, error::TryRecvError},
        oneshot,
    },
    time::{Instant, timeout_at},
};

use super::script::{Said, Script, is_not_understood};
use crate::budget::{
    Claim, NoTurn, Outcome, Permit, Snapshot, Unavailable,
    operating::Held,
    queue::{Number, Queue},
};

/// A method that waits for an answer to another process is asked for again after this time.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// A wait that is not worth asking again.
const SHORTLY: Duration = Duration::from_millis(2);

/// A server that was away is left alone for this time.
const LEAVE_ALONE: Duration = Duration::from_secs(1);

pub(super) enum Message {
    Acquire {
        claim: Claim,
        reply: oneshot::Sender<Result<Grant, NoTurn>>,
    },
    Settle {
        number: u64,
        outcome: Outcome,
    },
    Look {
        reply: oneshot::Sender<Result<Snapshot, Unavailable>>,
    },
}

/// A permit on its way to whoever asked. Should that one be gone when it comes, it goes back.
pub(super) struct Grant {
    number: u64,
    back: Option<WeakUnboundedSender<Message>>,
}

impl Grant {
    pub(super) fn take(mut self) -> Permit {
        self.back = None;
        Permit { number: self.number }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        if let Some(back) = self.back.take().and_then(|back| back.upgrade()) {
            // If nobody listens any more, the lease will end.
            let _nobody = back.send(Message::Settle {
                number: self.number,
                outcome: Outcome::UNSENT,
            });
        }
    }
}

pub(super) struct Worker {
    script: Script,
    process: String,
    sender: WeakUnboundedSender<Message>,
    origin: Instant,
    queue: Queue,
    replies: HashMap<Number, oneshot::Sender<Result<Grant, NoTurn>>>,
    /// Nobody can go before.
    blocked_until: Duration,
    /// The server expects us back for our turn.
    expected: bool,
    away: Option<Away>,
}

/// The server can't be reached.
struct Away {
    why: Arc<redis::RedisError>,
    until: Duration,
}

impl Worker {
    pub(super) fn new(script: Script, process: String, sender: WeakUnboundedSender<Message>) -> Self {
        Self {
            script,
            process,
            sender,
            origin: Instant::now(),
            queue: Queue::default(),
            replies: HashMap::new(),
            blocked_until: Duration::ZERO,
            expected: false,
            away: None,
        }
    }

    pub(super) async fn run(mut self, mut messages: UnboundedReceiver<Message>) {
        loop {
            loop {
                match messages.try_recv() {
                    Ok(message) => self.take(message).await,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            let message = match self.serve().await {
                Some(at) => match timeout_at(self.origin + at, messages.recv()).await {
                    Ok(message) => message,
                    Err(_) => continue,
                },
                None => messages.recv().await,
            };
            match message {
                Some(message) => self.take(message).await,
                None => return,
            }
        }
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Acquire { claim, reply } => {
                if let Some(away) = self.still_away() {
                    // If the caller is gone, nobody wants to know.
                    let _gone = reply.send(Err(away.into()));
                } else {
                    let number = self.queue.push(claim);
                    self.replies.insert(number, reply);
                }
            }
            Message::Settle { number, outcome } => {
                // While the server is away a lease says it in the end.
                if self.still_away().is_none() {
                    if let Err(error) = self.script.settle(number, &outcome).await {
                        self.went_away(error);
                    }
                }
                // Others who are on their way go first all the same.
                if self.blocked_until > self.now() + SHORTLY {
                    self.blocked_until = Duration::ZERO;
                }
                self.queue.release_all();
            }
            Message::Look { reply } => {
                let seen = match self.still_away() {
                    Some(away) => Err(away),
                    None => self.script.look().await.map_err(|error| self.failed(error)),
                };
                let waiting = self.queue.len();
                let _gone = reply.send(seen.map(|seen| Snapshot { waiting, ..seen }));
            }
        }
    }

    /// Lets all go whose turn has come, and says when to go on.
    async fn serve(&mut self) -> Option<Duration> {
        loop {
            let now = self.now();
            self.queue.release_due(now);
            let Some((number, claim)) = self.queue.first() else {
                self.nobody_waits().await;
                return self.queue.next_release();
            };
            if self.replies.get(&number).is_none_or(oneshot::Sender::is_closed) {
                self.queue.remove(number);
                self.replies.remove(&number);
                continue;
            }
            if now < self.blocked_until {
                return Some(self.blocked_until);
            }
            let claim = claim.clone();
            match self.script.ask(&self.process, &claim).await {
                Ok(Said::Go(permit)) => {
                    self.back();
                    self.expected = false;
                    self.queue.remove(number);
                    let grant = Grant {
                        number: permit,
                        back: Some(self.sender.clone()),
                    };
                    if let Some(reply) = self.replies.remove(&number) {
                        // Whoever is gone drops the grant, which sends it back.
                        let _gone = reply.send(Ok(grant));
                    }
                }
                Ok(Said::Wait(time)) => {
                    self.back();
                    self.expected = true;
                    self.blocked_until = self.now() + time;
                }
                Ok(Said::Held(method, time)) => {
                    self.back();
                    let too_long =
                        time.filter(|time| claim.patience.is_some_and(|patience| *time > patience));
                    match too_long {
                        Some(time) => {
                            self.queue.remove(number);
                            if let Some(reply) = self.replies.remove(&number) {
                                let _gone = reply.send(Err(NoTurn::Held(time)));
                            }
                        }
                        None => {
                            let until = self.now() + time.unwrap_or(ASK_AGAIN);
                            self.queue
                                .park(number, &claim.methods()[method].0, Held::Until(until));
                        }
                    }
                }
                Err(error) if is_not_understood(&error) => {
                    self.queue.remove(number);
                    if let Some(reply) = self.replies.remove(&number) {
                        let _gone = reply.send(Err(Unavailable::new(error).into()));
                    }
                }
                Err(error) => {
                    self.went_away(error);
                    return None;
                }
            }
        }
    }

    /// Others need not keep a place for us.
    async fn nobody_waits(&mut self) {
        if std::mem::take(&mut self.expected) {
            if let Err(error) = self.script.forget(&self.process).await {
                self.went_away(error);
            }
        }
    }

    fn still_away(&self) -> Option<Unavailable> {
        let away = self.away.as_ref().filter(|away| self.now() < away.until)?;
        Some(Unavailable::new(away.why.clone()))
    }

    /// What is not understood is the matter of who asked.
    fn failed(&mut self, error: redis::RedisError) -> Unavailable {
        if is_not_understood(&error) {
            Unavailable::new(error)
        } else {
            self.went_away(error)
        }
    }

    /// Tells all who wait.
    fn went_away(&mut self, error: redis::RedisError) -> Unavailable {
        tracing::warn!(error = %error, "the server of the portal's budget can't be reached");
        let why = Arc::new(error);
        for (number, reply) in self.replies.drain() {
            self.queue.remove(number);
            let _gone = reply.send(Err(Unavailable::new(why.clone()).into()));
        }
        self.expected = false;
        self.blocked_until = Duration::ZERO;
        self.away = Some(Away {
            why: why.clone(),
            until: self.now() + LEAVE_ALONE,
        });
        Unavailable::new(why)
    }

    fn back(&mut self) {
        if self.away.take().is_some() {
            tracing::info!("the server of the portal's budget is back");
        }
    }
}
