//! What a program adds to every call of a client: see [`Builder::middleware`](crate::Builder::middleware), and the examples
//! in [`extending`](crate::extending).
//!
//! A middleware stands around whole calls. It sees the method, what it means for it to run twice, and the parameters; then
//! the answer or the error, and how many requests that took. It can wait before or after, give an answer of its own, turn
//! an answer into an error or the other way round, or just look. What it can't do is change the request, or send it twice:
//! retries, limits and tokens are inside, so that whatever a middleware does, they hold.
//!
//! The one that was added first is the outermost: it sees a call first and its answer last. All of them are within the
//! call's deadline.

use std::{error, fmt, sync::Arc, time::Duration};

use bitrix24_types::{Api, Effect};
use bytes::Bytes;

use crate::{address::Address, call::Outgoing, deadline::Deadline, error::Error};
pub use crate::{error::Executed, http::BoxFuture};

/// Something that stands around each call.
///
/// ```
/// use bitrix24_transport::{Error, middleware::{Answer, BoxFuture, Call, Middleware, Next}};
///
/// /// Prints what is called, and what came of it.
/// struct Print;
///
/// impl Middleware for Print {
///     fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
///         Box::pin(async move {
///             let outcome = next.run().await;
///             match &outcome {
///                 Ok(answer) => println!("{}: {} attempts", call.method(), answer.attempts()),
///                 Err(error) => println!("{error}, executed: {:?}", error.executed()),
///             }
///             outcome
///         })
///     }
/// }
/// ```
pub trait Middleware: Send + Sync {
    /// Lets a call through by [`Next::run`], or not, and says what came of it.
    ///
    /// Dropping the future must stop what it does: that is how calls are cancelled.
    fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>>;
}

impl<M: Middleware + ?Sized> Middleware for Arc<M> {
    fn handle<'a>(&'a self, call: Call<'a>, next: Next<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        (**self).handle(call, next)
    }
}

/// A call, as a middleware sees it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub(crate) outgoing: &'a Outgoing,
    pub(crate) portal: &'a Address,
    pub(crate) deadline: Deadline,
}

impl<'a> Call<'a> {
    /// The method that is called.
    pub fn method(&self) -> &'a str {
        &self.outgoing.method
    }

    /// The version of the API that it belongs to.
    pub fn api(&self) -> Api {
        self.outgoing.api
    }

    /// What it means for the method to run twice, by the documentation or by what the caller said.
    pub fn effect(&self) -> Effect {
        self.outgoing.effect
    }

    /// The parameters, as the JSON that is sent. They may be anybody's personal data, and no secret of this crate is among
    /// them.
    pub fn params(&self) -> &'a Bytes {
        &self.outgoing.body
    }

    /// The portal that is called.
    pub fn portal(&self) -> &'a Address {
        self.portal
    }

    /// The time that is left for the call, if there is an end.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.left(tokio::time::Instant::now())
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method())
            .field("effect", &self.effect())
            .field("portal", &self.portal.host())
            .finish_non_exhaustive()
    }
}

/// The answer to a call that succeeded, not read into its type yet. Cloning it is cheap.
#[derive(Clone)]
pub struct Answer {
    body: Bytes,
    attempts: u32,
}

impl Answer {
    /// An answer of one's own: a whole body, as the portal would send it, `{"result": …}`. It is read as one of the portal's
    /// is; if it does not fit the method, the caller gets an error that says so.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self::after(0, body.into())
    }

    /// The portal's answer to the last of so many requests.
    pub(crate) fn after(attempts: u32, body: Bytes) -> Self {
        Self { body, attempts }
    }

    /// The body as it came; [`types::read`](crate::types::read) reads it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many requests it took; 0 for an answer that did not come from the portal.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether this is the very body.
    pub(crate) fn is(&self, body: &Bytes) -> bool {
        self.body.as_ptr() == body.as_ptr() && self.body.len() == body.len()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("attempts", &self.attempts)
            .finish()
    }
}

impl Error {
    /// An error for a middleware to end a call with: why, and whether the method ran. That is [`Executed::No`] for a call
    /// that it did not let through.
    pub fn middleware(why: impl Into<Box<dyn error::Error + Send + Sync>>, executed: Executed) -> Self {
        Self::ended(why.into(), executed)
    }
}

/// What comes after a middleware: the next one, or at last the portal.
pub struct Next<'a> {
    pub(crate) rest: &'a [Arc<dyn Middleware>],
    pub(crate) call: Call<'a>,
    pub(crate) portal: &'a mut (dyn Portal + 'a),
}

/// The stages of a call, inside of all middleware.
pub(crate) trait Portal: Send {
    fn call(&mut self) -> BoxFuture<'_, Result<Answer, Error>>;
}

impl<'a> Next<'a> {
    /// Lets the call through. The error, if it is one, has been through all retries.
    pub fn run(self) -> BoxFuture<'a, Result<Answer, Error>> {
        match self.rest.split_first() {
            Some((next, rest)) => next.handle(self.call, Next { rest, ..self }),
            None => self.portal.call(),
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("middleware", &self.rest.len())
            .finish_non_exhaustive()
    }
}
