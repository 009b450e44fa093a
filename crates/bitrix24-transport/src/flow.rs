//! The way of a call: around all of it the middleware, then the stages, the last of which may send it back to the second.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};

use crate::{
    auth::Pass,
    budget::{Claim, Told},
    call::Outgoing,
    client::Shared,
    deadline::{Deadline, Passed},
    error::{Error, Executed, Kind},
    http::BoxFuture,
    middleware::{Answer, Call, Next, Portal},
    observe::{self, Event},
    read::{Heard, Reader, read},
    retry::{Again, Course, Failed, IDEMPOTENT_REPLAYED, Reason, idempotency_key},
    send::Sent,
};

/// How often a call is sent again because of its token: one that others have replaced meanwhile, and by then expired as
/// well, and one refresh.
const MOST_RENEWALS: u32 = 3;

/// An error unless there is a Tokio runtime here: without one nothing can be sent or waited for.
pub(crate) fn in_a_runtime() -> Result<(), Error> {
    let lacks = |_| {
        let what = "an async call needs a Tokio runtime, and there is none here";
        Error::runtime(what, Executed::No, None)
    };
    tokio::runtime::Handle::try_current().map(drop).map_err(lacks)
}

/// A call on its way.
pub(crate) struct Flow<'f> {
    shared: &'f Shared,
    outgoing: &'f Outgoing,
    reader: &'f mut Reader<'f>,
    span: Span,
    start: Instant,
    deadline: Deadline,
    key: Option<HeaderValue>,
    course: Course,
    renewals: u32,
    /// Why the latest attempt failed.
    last: Option<Error>,
    /// What the reader has read, with middleware around.
    read: Option<Bytes>,
    /// Whether the method ran, as far as known by now.
    executed: Executed,
}

/// What an attempt brought that succeeded.
struct Got {
    body: Bytes,
    status: StatusCode,
    replayed: bool,
    /// How long the method has run in the last ten minutes.
    operating: Option<Duration>,
    told: Vec<Told>,
}

impl<'f> Flow<'f> {
    /// A call that starts now, and leaves its result with the reader.
    pub(crate) fn new(shared: &'f Shared, outgoing: &'f Outgoing, reader: &'f mut Reader<'f>) -> Self {
        let start = Instant::now();
        Self {
            shared,
            outgoing,
            reader,
            span: tracing::debug_span!(
                "bitrix24",
                method = &*outgoing.method,
                portal = shared.auth.place.address().host(),
                attempts = Empty,
                status = Empty,
                code = Empty,
            ),
            start,
            deadline: outgoing.options.deadline_or(shared.timeout, start),
            // Nobody says that portals keep keys of batches.
            key: match outgoing.commands {
                None => idempotency_key(outgoing.api, outgoing.effect),
                Some(_) => None,
            },
            course: Course::default(),
            renewals: 0,
            last: None,
            read: None,
            executed: Executed::No,
        }
    }

    /// Makes the call.
    pub(crate) async fn run(&mut self) -> Result<(), Error> {
        if let Err(error) = in_a_runtime() {
            return Err(error.of(self.outgoing.method.clone(), self.outgoing.effect));
        }
        // A future that is moved about is copied, and this one is large: that is for those who look only.
        if self.span.is_disabled() {
            self.whole().await
        } else {
            let span = self.span.clone();
            Box::pin(self.whole()).instrument(span).await
        }
    }

    async fn whole(&mut self) -> Result<(), Error> {
        let outcome = if self.shared.middleware.is_empty() {
            self.stages().await.map(|_| ())
        } else {
            let outcome = self.with_middleware().await;
            outcome.map_err(|error| self.labelled(error))
        };
        let error = outcome.as_ref().err();
        if let Some(error) = error {
            let (code, executed) = (error.code(), error.executed());
            self.span.record("code", code);
            tracing::debug!(kind = ?error.kind(), code, ?executed, "the call failed");
        }
        self.shared.observer.tell(|| {
            Event::Call(observe::Call {
                method: &self.outgoing.method,
                effect: self.outgoing.effect,
                attempts: self.course.attempts,
                took: self.start.elapsed(),
                error,
            })
        });
        outcome
    }

    /// Sends the call through all middleware. What they give back is read again only if they have replaced it.
    async fn with_middleware(&mut self) -> Result<(), Error> {
        let (shared, outgoing, deadline) = (self.shared, self.outgoing, self.deadline);
        let address = shared.auth.place.address();
        let next = Next {
            rest: &shared.middleware,
            call: Call {
                outgoing,
                portal: &address,
                deadline,
            },
            portal: self,
        };
        let answer = deadline.limit(next.run()).await;
        // What has run has run, whatever comes out in the end.
        let executed = self.executed;
        let late = |_| Err(self.failed(Error::late_in_middleware(executed)));
        let answer = answer
            .unwrap_or_else(late)
            .map_err(|error| error.at_least(executed))?;
        if self.read.as_ref().is_some_and(|read| answer.is(read)) {
            return Ok(());
        }
        match (self.reader)(answer.body()) {
            Ok(Heard::Success(_)) => Ok(()),
            Ok(Heard::Failure(failure, lists)) => {
                let error = Error::api(StatusCode::OK, failure).knowing(lists);
                Err(error.at_least(executed))
            }
            Err(unreadable) => Err(Error::ended(unreadable.into(), executed)),
        }
    }

    /// The stages, as often as it takes.
    async fn stages(&mut self) -> Result<Answer, Error> {
        let mut queued_at = self.start;
        loop {
            let claim = match &self.outgoing.commands {
                None => Claim::call(self.outgoing.method.clone()),
                Some(commands) => commands.clone(),
            };
            let claim = claim.patience(self.deadline.left(queued_at));
            let turn = match self.shared.limits.turn(&claim, self.deadline).await {
                Ok(Ok(turn)) => turn,
                Ok(Err(no_turn)) => {
                    let last = self.last.take();
                    return Err(self.failed(Error::no_turn(no_turn, last)));
                }
                Err(Passed) => {
                    let last = self.last.take();
                    return Err(self.failed(Error::late(last)));
                }
            };
            self.course.attempts += 1;
            self.span.record("attempts", self.course.attempts);
            let pass = self.shared.auth.pass(self.outgoing.api, &self.outgoing.method);
            let mut times = Times {
                queued_at,
                sent_at: Instant::now(),
                done_at: None,
            };
            let mut outcome = self.attempt(&pass, times.sent_at).await;
            turn.close(match &mut outcome {
                Ok(got) => Ok(std::mem::take(&mut got.told)),
                Err(error) => Err(&*error),
            });
            match outcome {
                Ok(got) => {
                    self.shared.retries.succeeded();
                    self.tell_attempt(&times, Ok(&got), None);
                    return Ok(Answer::after(self.course.attempts, got.body));
                }
                Err(error) => {
                    times.done_at = Some(Instant::now());
                    // What is rare shall not make the future of each call larger.
                    Box::pin(self.after_failure(error, &pass, &times)).await?;
                    queued_at = Instant::now();
                }
            }
        }
    }

    /// What follows from a failed attempt: the error, or, once it is time, another one.
    async fn after_failure(&mut self, error: Error, pass: &Pass<'_>, times: &Times) -> Result<(), Error> {
        let error = self.labelled(error);
        let renewed = self.shared.auth.renew(pass, &error, self.deadline).await;
        let (failed, renewed) = match renewed {
            Ok(renewed) => (None, renewed && self.renewals < MOST_RENEWALS),
            Err(failed) => (Some(self.labelled(failed)), false),
        };
        let again = if self.outgoing.options.no_retry {
            None
        } else if renewed {
            self.renewals += 1;
            Some(Again {
                reason: Reason::Token,
                pause: Duration::ZERO,
            })
        } else {
            let error = failed.as_ref().unwrap_or(&error);
            self.course.note(error);
            let failed = Failed {
                error,
                effect: self.outgoing.effect,
                keyed: self.key.is_some(),
                ago: times.sent_at.elapsed(),
                course: self.course,
            };
            self.shared.retries.after(&failed, self.deadline)
        };
        self.tell_attempt(times, Err(&error), again);
        let error = failed.unwrap_or(error);
        let Some(Again { pause, .. }) = again else {
            return Err(self.failed(error));
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        self.last = Some(error);
        Ok(())
    }

    /// Stages 4 and 5, once.
    async fn attempt(&mut self, pass: &Pass<'_>, now: Instant) -> Result<Got, Error> {
        let Shared { auth, sender, .. } = self.shared;
        let sent = sender.send(pass, self.key.as_ref(), &self.outgoing.body, self.deadline, now);
        let Sent { reply, moved } = sent.await?;
        let outcome = read(&reply, self.reader);
        let error = outcome.as_ref().err();
        if error.is_none_or(Error::came_from_the_method) {
            pass.let_in();
        }
        // Remembered only once the new place has answered as a portal does.
        let by_a_portal = error.is_none_or(|error| matches!(error.kind(), Kind::Api | Kind::Decode));
        if let Some(to) = moved.filter(|_| by_a_portal) {
            auth.place.moved(&to);
        }
        let told = outcome?;
        Ok(Got {
            operating: told.first().and_then(|told| told.used),
            told,
            status: reply.status,
            replayed: self.key.is_some() && reply.headers.contains_key(IDEMPOTENT_REPLAYED),
            body: reply.body,
        })
    }

    /// The error without a secret in it, and with the name of the call.
    fn labelled(&self, error: Error) -> Error {
        let error = error.without(&self.shared.auth.secrets());
        error.of(self.outgoing.method.clone(), self.outgoing.effect)
    }

    /// The error that the call ends with.
    fn failed(&self, error: Error) -> Error {
        self.course.told(self.labelled(error))
    }

    /// Passes on what came of an attempt.
    fn tell_attempt(&self, times: &Times, outcome: Result<&Got, &Error>, again: Option<Again>) {
        let number = self.course.attempts;
        let waited = times.sent_at - times.queued_at;
        let (got, error) = (outcome.ok(), outcome.err());
        let status = match outcome {
            Ok(got) => Some(got.status.as_u16()),
            Err(error) => error.status(),
        };
        let operating = got.and_then(|got| got.operating);
        let replayed = got.is_some_and(|got| got.replayed);
        self.span.record("status", status);
        tracing::debug!(
            attempt = number,
            ?waited,
            took = ?times.took(),
            status,
            kind = error.map(|error| tracing::field::debug(error.kind())),
            code = error.and_then(Error::code),
            operating = operating.map(|time| time.as_secs_f64()),
            replayed,
            again = again.map(|again| tracing::field::debug(again.reason)),
            pause = again.map(|again| tracing::field::debug(again.pause)),
            "an attempt has ended"
        );
        self.shared.observer.tell(|| {
            Event::Attempt(observe::Attempt {
                method: &self.outgoing.method,
                effect: self.outgoing.effect,
                number,
                waited,
                took: times.took(),
                status,
                error,
                operating,
                replayed,
                again: again.map(|Again { reason, pause }| (reason, pause)),
            })
        });
    }
}

/// The times of an attempt.
struct Times {
    queued_at: Instant,
    sent_at: Instant,
    /// Now, if nothing is said: looking at the clock is not for nothing.
    done_at: Option<Instant>,
}

impl Times {
    fn took(&self) -> Duration {
        self.done_at.unwrap_or_else(Instant::now) - self.sent_at
    }
}

impl Portal for Flow<'_> {
    fn call(&mut self) -> BoxFuture<'_, Result<Answer, Error>> {
        Box::pin(async {
            self.executed = Executed::Unknown;
            let outcome = self.stages().await;
            self.executed = outcome.as_ref().map_or_else(Error::executed, |_| Executed::Yes);
            self.read = outcome.as_ref().ok().map(|answer| answer.body().clone());
            outcome
        })
    }
}
