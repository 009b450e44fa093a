//! Fetching a file, piece by piece.

use std::{
    fmt,
    future::IntoFuture,
    io,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bitrix24_types::{Answer, Effect, ReadError, SecretUrl};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, ACCEPT_LANGUAGE, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERER,
        USER_AGENT,
    },
};
use serde_json::Value;
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, Sleep, sleep},
};
use url::Url;

use super::url_at;
use crate::{
    client::Client,
    deadline::Deadline,
    error::Error,
    flow::in_a_runtime,
    http::{BoxFuture, Chunks, Failure, Streamed, Transfer},
    send::{Refusal, SendError},
};

/// Redirects of one download: to where the cloud keeps its files, and perhaps on from there.
const MOST_HOPS: usize = 5;

/// So much of an answer is read to find out what it says.
const MOST_WORDS: usize = 64 * 1024;

/// The error under the name that stands where that of a method would.
fn of_download(error: impl Into<Error>) -> Error {
    error.into().of("download".into(), Effect::Read)
}

/// A download that is ready, made by [`Client::download`]. Nothing happens until it is awaited.
#[must_use = "a download does nothing until it is awaited"]
pub struct DownloadCall<'a> {
    client: &'a Client,
    address: SecretUrl,
    timeout: Option<Duration>,
}

impl<'a> DownloadCall<'a> {
    pub(crate) fn new(client: &'a Client, address: &SecretUrl) -> Self {
        Self {
            client,
            address: address.clone(),
            timeout: None,
        }
    }

    /// The time until the file begins to come, and between two pieces of it; that of a request, if nothing is said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks for the file. Awaiting the download does the same.
    pub async fn send(self) -> Result<Download, Error> {
        in_a_runtime().map_err(of_download)?;
        let shared = self.client.shared();
        let secrets = shared.auth.secrets();
        let named = |error: Error| of_download(error.without(&secrets));
        self.begin().await.map_err(named)
    }

    async fn begin(&self) -> Result<Download, Error> {
        let sender = &self.client.shared().sender;
        let portal = self.client.shared().auth.place.address();
        let mut url = url_at(&portal, self.address.expose())?;
        let headers = headers(&portal.join(""), sender.headers.get(USER_AGENT))?;
        let patience = self.timeout.unwrap_or(sender.timeout);
        for _ in 0..=MOST_HOPS {
            let transfer = Transfer {
                url: url.clone(),
                headers: headers.clone(),
                content: None,
            };
            let deadline = Deadline::after(Instant::now(), patience);
            let sent = deadline.limit(sender.http.transfer(transfer)).await;
            let streamed = sent.map_err(|_| SendError::Timeout)?.map_err(SendError::Http)?;
            if !streamed.status.is_redirection() {
                return Download::of(streamed, patience).await;
            }
            let location = streamed.headers.get(LOCATION).and_then(|to| to.to_str().ok());
            let to = location.and_then(|to| url.join(to).ok());
            let to = to.ok_or(SendError::Redirect(Refusal::Nowhere))?;
            // There are no credentials in the headers: what must not happen is that the file comes in clear text.
            if to.scheme() != "https" && to.scheme() != url.scheme() {
                return Err(SendError::Redirect(Refusal::ClearText).into());
            }
            url = to;
        }
        Err(SendError::Redirect(Refusal::Loop).into())
    }
}

/// Without these, the web server in front of a portal says that there is no such file.
fn headers(portal: &Url, agent: Option<&HeaderValue>) -> Result<HeaderMap, Error> {
    let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    // A technical name alone may be turned away, too.
    let agent = HeaderValue::from_maybe_shared(format!("Mozilla/5.0 (compatible; {agent})"));
    let referer = HeaderValue::from_str(portal.as_str());
    let unfit = |error| Error::config_because("the name of this client is not fit for a header", error);
    Ok(HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("*/*")),
        (ACCEPT_LANGUAGE, HeaderValue::from_static("en-US,en;q=0.9")),
        (REFERER, referer.map_err(unfit)?),
        (USER_AGENT, agent.map_err(unfit)?),
    ]))
}

impl<'a> IntoFuture for DownloadCall<'a> {
    type Output = Result<Download, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for DownloadCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadCall")
            .field("address", &self.address)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A file on its way: read it [chunk by chunk](Self::chunk), as a stream, or [to a file](Self::save).
pub struct Download {
    length: Option<u64>,
    received: u64,
    chunks: Chunks,
    patience: Duration,
    stalled: Pin<Box<Sleep>>,
    /// How it has ended.
    over: Option<Result<(), Error>>,
}

impl Download {
    async fn of(streamed: Streamed, patience: Duration) -> Result<Self, Error> {
        let Streamed {
            status,
            headers,
            chunks,
        } = streamed;
        let header = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let length = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let download = Self {
            length,
            received: 0,
            chunks,
            patience,
            stalled: Box::pin(sleep(patience)),
            over: None,
        };
        // A refusal is JSON, under any status; a file that is JSON comes as an attachment.
        let is_json = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
        let is_file = !is_json || headers.contains_key(CONTENT_DISPOSITION);
        if status == StatusCode::OK && is_file {
            Ok(download)
        } else {
            Err(download.refusal(status).await)
        }
    }

    /// What an answer says that is no file.
    async fn refusal(mut self, status: StatusCode) -> Error {
        let mut words = BytesMut::new();
        while words.len() < MOST_WORDS {
            match self.chunk().await {
                Ok(Some(chunk)) => words.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return error,
            }
        }
        match bitrix24_types::read::<Value>(&words) {
            Ok(Answer::Failure(failure)) => Error::api(status, failure),
            Ok(Answer::Success(_)) => Error::unreadable(status, ReadError::NoAnswer),
            Err(error) => Error::unreadable(status, error),
        }
    }

    /// How many bytes the file has, if the portal says so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next piece; `None` after all of the file has come. A file that was cut off ends in an error, however often one
    /// asks. (As a stream it ends after the error.)
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(over) = &self.over {
            return over.as_ref().map(|()| None).map_err(Error::again);
        }
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }

    /// Writes the file to a path, replacing what is there, and gives back its length. After an error the path holds what has
    /// come so far.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let unwritten =
            |error: io::Error| of_download(Error::config_because("the file can't be written", error));
        let mut file = tokio::fs::File::create(path).await.map_err(unwritten)?;
        while let Some(chunk) = self.chunk().await? {
            file.write_all(&chunk).await.map_err(unwritten)?;
        }
        file.flush().await.map_err(unwritten)?;
        Ok(self.received)
    }

    /// The end of the file, which may be too early.
    fn end(&self) -> Result<(), Error> {
        match self.length {
            Some(length) if self.received < length => {
                let what = format!("{} of {length} bytes came", self.received);
                Err(of_download(Failure::lost(what)))
            }
            _ => Ok(()),
        }
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.over.is_some() {
            return Poll::Ready(None);
        }
        let over = match this.chunks.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                this.stalled.set(sleep(this.patience));
                this.received += chunk.len() as u64;
                return Poll::Ready(Some(Ok(chunk)));
            }
            Poll::Ready(Some(Err(error))) => Err(of_download(Failure::lost(error))),
            Poll::Ready(None) => this.end(),
            Poll::Pending => {
                ready!(this.stalled.as_mut().poll(context));
                Err(of_download(SendError::Timeout))
            }
        };
        let over = this.over.insert(over);
        Poll::Ready(over.as_ref().err().map(|error| Err(error.again())))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("length", &self.length)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
