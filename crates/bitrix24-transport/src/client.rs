//! The client: one portal, and the flow of a call through the stages.

use std::{fmt, sync::Arc, time::Duration};

use bitrix24_types::Method;
use http::HeaderValue;
use serde::Serialize;
use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    address::Address,
    auth::{Auth, Pass},
    budget::{Claim, Snapshot, Told},
    builder::Builder,
    call::{Call, Outgoing, RawCall},
    deadline::Deadline,
    error::{Error, Executed, Kind},
    limits::Gate,
    oauth::{App, Connect, TokenStore},
    read::{Reader, read},
    retry::{Again, Course, Failed, IDEMPOTENT_REPLAYED, Reason, Retries, idempotency_key},
    send::{Sender, Sent},
};

/// How often a call is sent again because of its token: one that others have replaced meanwhile, and by then expired as
/// well, and one refresh.
const MOST_RENEWALS: u32 = 3;

/// A client for one portal. Clones are cheap and share connections, limits and what was learned about the portal.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) timeout: Duration,
    pub(crate) limits: Gate,
    pub(crate) auth: Auth,
    pub(crate) sender: Sender,
    pub(crate) retries: Retries,
}

/// Called when a portal turned out to have another address.
pub(crate) type MovedHook = Box<dyn Fn(&Moved) + Send + Sync>;

/// A portal answers at another address than before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The address it had.
    pub from: Address,
    /// The address it has.
    pub to: Address,
}

impl Client {
    /// A client that calls with an inbound webhook, `https://portal/rest/1/code/`, and the usual settings.
    pub fn webhook(url: &str) -> Result<Self, Error> {
        Self::builder().webhook(url).build()
    }

    /// A client that calls with OAuth tokens from `store`, with the usual settings: [open](crate::oauth::Connect::open) it
    /// for a portal that has let the application in before, [authorize](crate::oauth::Connect::authorize) it for one that
    /// just has.
    pub fn oauth(app: App, store: impl TokenStore + 'static) -> Connect {
        Self::builder().oauth(app, store)
    }

    /// A client with settings of one's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn from_shared(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Calls a method: await what this returns, or set something about the call first.
    pub fn call<M: Method>(&self, request: M) -> Call<'_, M> {
        Call::new(self, request)
    }

    /// Calls a method by its name, with parameters that become a JSON object; for what the types don't know.
    ///
    /// `()` or `null` stand for no parameters.
    pub fn call_raw(&self, method: &str, params: impl Serialize) -> RawCall {
        RawCall::new(self, method, params)
    }

    /// Where the portal is, as far as known: it may have moved since the client was made.
    pub fn address(&self) -> Address {
        Address::clone(&self.0.auth.place.address())
    }

    /// What the portal is known by, whatever its address: keep it, to [open](crate::oauth::Connect::open) the client
    /// again. `None` for a client with a webhook.
    pub fn member_id(&self) -> Option<&str> {
        self.0.auth.session().map(|session| session.member_id())
    }

    /// Waits until a refresh of the tokens that is under way has ended. Do this before a runtime that made calls with OAuth
    /// is stopped: tokens that come and find nobody to store them are lost.
    pub async fn settle(&self) {
        if let Some(session) = self.0.auth.session() {
            session.settle().await;
        }
    }

    /// How much of the portal's limits is used, as far as known.
    pub async fn budget(&self) -> Result<Snapshot, Error> {
        self.0.limits.snapshot().await
    }

    /// The way of every call through the stages.
    pub(crate) async fn run(&self, outgoing: Outgoing, reader: &mut Reader<'_>) -> Result<(), Error> {
        let span = tracing::debug_span!(
            "bitrix24",
            method = &*outgoing.method,
            portal = self.0.auth.place.address().host(),
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        let outcome = async {
            let outcome = self.stages(&outgoing, reader).await;
            let outcome = outcome.map_err(|error| error.without(&self.0.auth.secrets()));
            if let Err(error) = &outcome {
                let (code, executed) = (error.code(), error.executed());
                tracing::debug!(kind = ?error.kind(), code, ?executed, "the call failed");
            }
            outcome
        };
        outcome
            .instrument(span)
            .await
            .map_err(|error| error.of(outgoing.method, outgoing.effect))
    }

    async fn stages(&self, outgoing: &Outgoing, reader: &mut Reader<'_>) -> Result<(), Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::runtime(
                "an async call needs a Tokio runtime, and there is none here",
                Executed::No,
                None,
            ));
        }
        let options = &outgoing.options;
        let deadline = options.deadline_or(self.0.timeout);
        let key = idempotency_key(outgoing.api, outgoing.effect);
        let mut course = Course::default();
        let mut renewals = 0;
        let mut last = None;
        loop {
            let claim = Claim::call(outgoing.method.clone()).patience(deadline.left());
            let Ok(turn) = deadline.limit(self.0.limits.turn(claim)).await else {
                return Err(course.told(Error::late(last)));
            };
            let turn = match turn {
                Ok(turn) => turn,
                Err(no_turn) => return Err(course.told(Error::no_turn(no_turn, last))),
            };
            course.attempts += 1;
            tracing::Span::current().record("attempts", course.attempts);
            let pass = self.0.auth.pass(outgoing.api, &outgoing.method);
            let sent_at = Instant::now();
            let outcome = self
                .attempt(outgoing, &pass, key.as_ref(), deadline, reader)
                .await;
            turn.close(&outcome);
            let Err(error) = outcome else {
                self.0.retries.succeeded();
                return Ok(());
            };
            let (error, renewed) = match self.0.auth.renew(&pass, &error, deadline).await {
                Ok(renewed) => (error, renewed && renewals < MOST_RENEWALS),
                Err(failed) => (failed, false),
            };
            let again = if options.no_retry {
                None
            } else if renewed {
                renewals += 1;
                Some(Again {
                    reason: Reason::Token,
                    pause: Duration::ZERO,
                })
            } else {
                course.note(&error);
                let failed = Failed {
                    error: &error,
                    effect: outgoing.effect,
                    keyed: key.is_some(),
                    ago: sent_at.elapsed(),
                    course,
                };
                self.0.retries.after(&failed, deadline)
            };
            let Some(Again { reason, pause }) = again else {
                return Err(course.told(error));
            };
            tracing::debug!(
                attempt = course.attempts,
                ?reason,
                ?pause,
                kind = ?error.kind(),
                code = error.code(),
                "the request will be sent again"
            );
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            last = Some(error);
        }
    }

    /// Stages 3 to 5, once.
    async fn attempt(
        &self,
        outgoing: &Outgoing,
        pass: &Pass,
        key: Option<&HeaderValue>,
        deadline: Deadline,
        reader: &mut Reader<'_>,
    ) -> Result<Told, Error> {
        let Shared { auth, sender, .. } = &*self.0;
        let Sent { reply, moved } = sender.send(pass, key, outgoing.body.clone(), deadline).await?;
        tracing::Span::current().record("status", reply.status.as_u16());
        if reply.headers.contains_key(IDEMPOTENT_REPLAYED) {
            tracing::debug!("the method had run before, the portal has given its answer again");
        }
        let outcome = read(&reply, reader);
        if outcome.as_ref().err().is_none_or(Error::came_from_the_method) {
            pass.let_in();
        }
        if let Some(to) = moved {
            // Remembered only once the new place has answered as a portal does.
            if outcome
                .as_ref()
                .err()
                .is_none_or(|error| matches!(error.kind(), Kind::Api | Kind::Decode))
            {
                auth.place.moved(&to);
            }
        }
        outcome
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("portal", &format_args!("{}", self.0.auth.place.address()))
            .field("user", &self.0.auth.user())
            .field("member_id", &self.member_id())
            .finish_non_exhaustive()
    }
}
