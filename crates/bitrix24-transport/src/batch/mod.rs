//! Batches: many commands in one request.
//!
//! ```
//! # #[cfg(feature = "landing")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_portal::Portal;
//! use bitrix24_transport::{
//!     Batch, Client, Executed, Kind,
//!     types::landing::site::{Add, AddFields, Publication},
//! };
//!
//! let portal = Portal::builder().start().await?;
//! let client = Client::webhook(&portal.webhook_url())?;
//!
//! let mut batch = Batch::new();
//! let site = batch.add(Add::new(AddFields::new("Spring", "spring")));
//! let published = batch.add(Publication::new(site.result()));    // what the first command answers
//! let missing = batch.add(Publication::new(999));
//!
//! let reply = client.batch(batch).await?;                        // one request
//! println!("site {} in {} s", reply.take(site)?.result, reply.take(site)?.time.duration);
//! assert!(reply.take(published)?.result > 0);
//! let error = reply.take(missing).unwrap_err();                  // its own error
//! assert_eq!((error.kind(), error.method()), (Kind::Api, Some("landing.site.publication")));
//!
//! // Whatever was not taken: did all of it work?
//! assert_eq!(reply.errors().count(), 1);
//! assert_eq!(reply.unknown().count(), 0);
//! # Ok(()) }
//! # #[cfg(not(feature = "landing"))]
//! # fn main() {}
//! ```
//!
//! # More than fifty commands
//!
//! A request takes 50 commands; a batch takes any number and is sent in several requests, some of them at the same time, as
//! fast as the portal's limits allow. Commands that refer to each other stay in one request. Within a request the commands
//! run in their order; requests don't wait for each other, unless the batch [halts](Batch::halt) on request.
//!
//! # What is known afterwards
//!
//! A request that was refused before it ran is sent again, as that of a call is. One whose answer got lost is not, because
//! some of its commands may have run, unless twice is as good as once for all of them. What became of a command is told by
//! [`Reply::take`]: its result, its own error, [`Kind::NotRun`](crate::Kind::NotRun), or an error whose
//! [`executed`](crate::Error::executed) says that nobody knows. [`Reply::unknown`] lists these.

mod in_parallel;
mod reply;

use std::{
    borrow::Cow,
    fmt,
    future::IntoFuture,
    time::{self, Duration},
};

use bitrix24_types::{
    Answer, ReadError, Response, SystemError, Time,
    batch::{Found, Outcome, Part, Parts},
};
pub use bitrix24_types::{
    Batch, Handle, Reference,
    batch::{BatchError, Key, Mistake},
};
use bytes::Bytes;
use tokio::time::Instant;

use self::{in_parallel::in_parallel, reply::Answered};
use crate::{
    budget::{Claim, Told},
    call::{Options, Outgoing},
    client::{Client, Shared},
    error::Error,
    flow::Flow,
    http::BoxFuture,
    read::Heard,
};

pub use reply::{Command, Reply};

/// How many requests of one batch are under way at the same time.
const AT_ONCE: usize = 16;

const METHOD: &str = "batch";

/// A batch that is ready to be sent, made by [`Client::batch`]. Nothing happens until it is awaited.
#[must_use = "a batch does nothing until it is awaited"]
pub struct BatchCall<'a> {
    client: &'a Client,
    batch: Batch,
    options: Options,
}

impl<'a> BatchCall<'a> {
    pub(crate) fn new(client: &'a Client, batch: Batch) -> Self {
        Self {
            client,
            batch,
            options: Options::default(),
        }
    }

    /// The time that all of the batch may take. Without this or a deadline, each of its requests has the client's time.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// When all of the batch must be over. If both are set, the earlier counts.
    pub fn deadline(mut self, deadline: time::Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sends each request once, even if it is certain that nothing of it ran.
    pub fn no_retry(mut self) -> Self {
        self.options.no_retry = true;
        self
    }

    /// Sends the batch. Awaiting it does the same.
    ///
    /// An error says that no command ran: because of a mistake in the batch, or because the portal let nothing through. As
    /// soon as one ran or may have run there is a [`Reply`], which knows what became of each.
    pub async fn send(self) -> Result<Reply, Error> {
        let mistaken = |error: BatchError| Error::config_because(error.to_string(), error);
        let parts = self.batch.parts().map_err(mistaken)?;
        let shared = self.client.shared();
        let sender = Sender {
            shared,
            options: self.options.starting(Instant::now()),
        };
        let answers = if parts.one_by_one() {
            sender.one_by_one(&parts).await
        } else {
            in_parallel(parts.iter().map(|part| sender.send(part)), AT_ONCE).await
        };
        Reply::new(parts, answers, shared.auth.secrets())
    }
}

impl<'a> IntoFuture for BatchCall<'a> {
    type Output = Result<Reply, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for BatchCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchCall")
            .field("batch", &self.batch)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Sends the requests of one batch.
struct Sender<'a> {
    shared: &'a Shared,
    options: Options,
}

impl Sender<'_> {
    /// One after the other, until a command has failed.
    async fn one_by_one(&self, parts: &Parts) -> Vec<Answered> {
        let mut answers = Vec::new();
        let mut stopped = false;
        for part in parts.iter() {
            let answer = if stopped {
                Answered::NotSent
            } else {
                self.send(part).await
            };
            stopped |= !answer.is_all_success();
            answers.push(answer);
        }
        answers
    }

    async fn send(&self, part: Part<'_>) -> Answered {
        let mut kept = Bytes::new();
        let read = |body: &Bytes| {
            kept = body.clone();
            part.read(body)
        };
        match send(self.shared, part, self.options, read).await {
            Ok(outcomes) => Answered::Outcomes(kept, outcomes),
            Err(error) => Answered::Failed(error),
        }
    }
}

/// Sends one request of a batch: what the answer says of each command, read in one way or another.
pub(crate) async fn send<S: Timed + Send>(
    shared: &Shared,
    part: Part<'_>,
    options: Options,
    mut read: impl FnMut(&Bytes) -> Result<Answer<Vec<Outcome<S>>>, ReadError> + Send,
) -> Result<Vec<Outcome<S>>, Error> {
    let commands = part.commands().iter().map(|&place| part.method(place));
    let claim = commands.fold(Claim::call(METHOD), Claim::and);
    let outgoing = Outgoing {
        method: Cow::Borrowed(METHOD),
        api: part.api(),
        effect: part.effect(),
        commands: Some(claim.clone()),
        body: part.body().into(),
        options,
    };
    let mut answered = None;
    let mut reader = |body: &Bytes| match read(body)? {
        Answer::Failure(failure) => Ok(Heard::Failure(failure, part.sole_codes())),
        Answer::Success(response) => {
            let mut told = vec![Told::new(0, &response.time)];
            told.extend(commands_told(part, &claim, &response.result));
            answered = Some(response.result);
            Ok(Heard::Success(told))
        }
    };
    Flow::new(shared, &outgoing, &mut reader).run().await?;
    Ok(answered.expect("a reader that reports success has kept the outcomes"))
}

/// A success that says how long its command took.
pub(crate) trait Timed {
    fn time(&self) -> Option<&Time>;
}

impl Timed for Found {
    fn time(&self) -> Option<&Time> {
        Some(&self.time)
    }
}

impl<T> Timed for Result<Response<T>, ReadError> {
    fn time(&self) -> Option<&Time> {
        self.as_ref().ok().map(|response| &response.time)
    }
}

/// What the answer says about the operating time of each command's method.
fn commands_told<S: Timed>(part: Part<'_>, claim: &Claim, outcomes: &[Outcome<S>]) -> Vec<Told> {
    let told = |(&place, outcome): (&usize, &Outcome<S>)| {
        let method = part.method(place);
        let is_same = |(name, _): &(Cow<'static, str>, u32)| name.eq_ignore_ascii_case(&method);
        let index = claim.methods().iter().position(is_same)?;
        match outcome {
            Outcome::Success(found) if !part.shares_time() => found.time().map(|time| Told::new(index, time)),
            Outcome::Failure(failure) if failure.code == SystemError::OperationTimeLimit.code() => {
                Some(Told::refusal(index))
            }
            _ => None,
        }
    };
    part.commands().iter().zip(outcomes).filter_map(told).collect()
}
