//! Files on their way: bodies that are streams, in either direction.

use std::{
    fmt, io,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use url::Url;

/// Bytes that come piece by piece.
pub type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A file to send, or to ask for.
pub struct Transfer {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Option<Content>,
}

/// A body of a known length.
pub struct Content {
    /// How many bytes there will be.
    pub length: u64,
    /// The bytes.
    pub chunks: Chunks,
}

/// The answer to a transfer, whose body has not been read yet.
pub struct Streamed {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. It has to end with an error if the connection is lost before all of it has come.
    pub chunks: Chunks,
}

impl Transfer {
    /// Where to send it. A secret: it holds a token.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers to send, complete but for those that an HTTP stack adds by itself (`Host`, `Content-Length`).
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What to POST, once; `None` stands for a GET.
    pub fn into_content(self) -> Option<Content> {
        self.content
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("host", &self.url.host_str().unwrap_or_default())
            .field("length", &self.content.as_ref().map(|content| content.length))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A stream as the body of a request. The lock is never waited for: it makes shareable what only one uses.
pub(crate) struct Outward {
    left: u64,
    chunks: Mutex<Chunks>,
}

impl From<Content> for Outward {
    fn from(content: Content) -> Self {
        Self {
            left: content.length,
            chunks: Mutex::new(content.chunks),
        }
    }
}

impl Body for Outward {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        let chunks = this
            .chunks
            .get_mut()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let next = ready!(chunks.as_mut().poll_next(context));
        Poll::Ready(next.map(|chunk| {
            let chunk = chunk?;
            this.left = this.left.saturating_sub(chunk.len() as u64);
            Ok(Frame::data(chunk))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The body of an answer as a stream.
pub(crate) struct Inward(pub(crate) reqwest::Body);

impl Stream for Inward {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => Some(Ok(chunk)),
                    // What follows a body in its trailers is no part of it.
                    Err(_) => continue,
                },
                Some(Err(error)) => Some(Err(io::Error::other(error.without_url()))),
                None => None,
            });
        }
    }
}
