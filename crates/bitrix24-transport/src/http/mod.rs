//! The HTTP layer: one small trait with all that the client asks of an HTTP stack, and the two implementations that
//! come with this crate: reqwest, and a fake for tests.
//!
//! Bring your own to go through a stack that is already there. It only moves bytes: limits, redirects, retries and
//! the meaning of an answer stay with the client.

pub(crate) mod reqwest;
mod transfer;

#[cfg(feature = "test-util")]
pub mod fake;

use std::{error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use url::Url;

pub use self::transfer::{Chunks, Content, Streamed, Transfer};

/// A boxed future, so that [`Http`] can be used as `dyn Http`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An HTTP stack that can send a POST and give back the whole answer.
///
/// * **Follow no redirects** and repeat nothing: the client does both, where it is safe.
/// * Dropping the future must stop the request.
/// * The URL and the headers hold secrets: keep them out of logs and errors. ([`Request`]'s own `Debug` shows neither.)
pub trait Http: Send + Sync {
    /// Sends the request and reads the answer to its end, whatever its status.
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>>;

    /// Sends a file, or asks for one, and gives back the answer as soon as its head is there. A layer that leaves this out
    /// can do all but [upload](crate::Client::upload) and [download](crate::Client::download).
    fn transfer(&self, transfer: Transfer) -> BoxFuture<'_, Result<Streamed, Failure>> {
        drop(transfer);
        Box::pin(async {
            Err(Failure::connect(
                "this HTTP layer moves no files: it has no `Http::transfer`",
            ))
        })
    }
}

impl<T: Http + ?Sized> Http for Arc<T> {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        (**self).post(request)
    }

    fn transfer(&self, transfer: Transfer) -> BoxFuture<'_, Result<Streamed, Failure>> {
        (**self).transfer(transfer)
    }
}

/// A `reqwest::Client` of your own as the HTTP layer, for a proxy or an own CA. Build it with
/// `redirect::Policy::none()`: one that follows redirects by itself loses the body, which is answered by an error.
pub fn from_reqwest(client: ::reqwest::Client) -> impl Http + 'static {
    reqwest::Reqwest::from_client(client)
}

/// One POST.
#[derive(Clone)]
pub struct Request {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) timeout: Duration,
}

impl Request {
    /// Where to send it. A secret: a webhook's code is in the path.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers to send, complete but for those that an HTTP stack adds by itself (`Host`, `Content-Length`).
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body: JSON, or a form for the authorization server, as the headers say. Cloning it is cheap. With a form it is a
    /// secret.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How long the client is going to wait; after that it drops the future. For stacks that want to know.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("host", &self.url.host_str().unwrap_or_default())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A whole answer.
#[derive(Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, already uncompressed.
    pub body: Bytes,
}

impl fmt::Debug for Reply {
    // A proxy's error page may quote the URL, so the body is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Why there is no answer. Which constructor is used decides whether the call may be sent again.
#[derive(Debug)]
pub struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) source: Box<dyn error::Error + Send + Sync>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    Connect,
    Timeout,
    Lost,
}

impl Failure {
    /// No connection came about (name not found, refused, TLS), so **nothing was sent**.
    pub fn connect(source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self {
            kind: FailureKind::Connect,
            source: source.into(),
        }
    }

    /// The stack's own time limit passed after the request may have been sent.
    pub fn timeout(source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self {
            kind: FailureKind::Timeout,
            source: source.into(),
        }
    }

    /// The connection broke after the request may have been sent, or the answer could not be read. When in doubt, this.
    pub fn lost(source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self {
            kind: FailureKind::Lost,
            source: source.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FailureKind::Connect => "no connection to the portal",
            FailureKind::Timeout => "the portal did not answer in time",
            FailureKind::Lost => "the connection was lost before the answer was complete",
        })
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.source)
    }
}
