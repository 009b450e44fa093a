//! Sending a file: the method answers with an address, the file goes there.

use std::{
    fmt,
    future::IntoFuture,
    io,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{self, Duration},
};

use bitrix24_types::{Method, ReadError, Response, SecretUrl, object};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::Instant,
};

use super::{
    form::{Form, Progress},
    may_go, name_of, url_at,
};
use crate::{
    budget::Claim,
    call::{Options, answer},
    client::Client,
    deadline::{Deadline, Passed},
    error::{Error, Kind},
    http::{BoxFuture, Chunks, Content, Failure, Reply, Transfer},
    read::{read, reader},
    send::SendError,
};

/// So many bytes of an answer are read: it describes the file.
const MOST_WORDS: usize = 4 * 1024 * 1024;

/// A file to upload: a name, and content of a known length that is read as it is sent.
pub struct Upload {
    name: String,
    content: Content,
    progress: Option<Progress>,
}

impl Upload {
    /// From memory.
    pub fn bytes(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let length = content.len() as u64;
        Self::chunks(name, length, Box::pin(Once(Some(content))))
    }

    /// From a reader of which `length` bytes are sent. More or fewer are an error.
    pub fn reader(name: impl Into<String>, reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        let chunks = Reader {
            reader: Box::pin(reader),
            buffer: BytesMut::new(),
        };
        Self::chunks(name, length, Box::pin(chunks))
    }

    /// From a file, under its own name.
    pub async fn path(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = tokio::fs::File::open(&path).await?;
        let length = file.metadata().await?.len();
        Ok(Self::reader(name_of(path.as_ref())?, file, length))
    }

    /// From a stream of `length` bytes. More or fewer are an error.
    pub fn chunks(name: impl Into<String>, length: u64, chunks: Chunks) -> Self {
        Self {
            name: name.into(),
            content: Content { length, chunks },
            progress: None,
        }
    }

    /// Calls `progress` for each piece that is handed to the connection: with the bytes so far, and those in all.
    #[must_use]
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("length", &self.content.length)
            .finish_non_exhaustive()
    }
}

/// An upload that is ready, made by [`Client::upload`]. Nothing happens until it is awaited.
#[must_use = "an upload does nothing until it is awaited"]
pub struct UploadCall<'a, M> {
    client: &'a Client,
    request: M,
    upload: Upload,
    options: Options,
}

object! {
    pub struct Target {
        field: Option<String> = "field";
        upload_url: Option<SecretUrl> = "uploadUrl";
    }
}

impl<'a, M: Method> UploadCall<'a, M> {
    pub(crate) fn new(client: &'a Client, request: M, upload: Upload) -> Self {
        Self {
            client,
            request,
            upload,
            options: Options::default(),
        }
    }

    /// The time that all of the upload may take. Without this or a deadline, there is no end to it but that of the
    /// connection: how long a file takes depends on the line.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// When all of the upload must be over. If both are set, the earlier counts.
    pub fn deadline(mut self, deadline: time::Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sends the file. Awaiting the upload does the same.
    ///
    /// The address is asked for as in any call of the method; the file is sent once, because a stream can't be begun again.
    /// After an error, [`executed`](Error::executed) says whether it may have arrived.
    pub async fn send(self) -> Result<Response<M::Output>, Error> {
        let options = self.options.starting(Instant::now());
        let Self {
            client,
            request,
            upload,
            ..
        } = self;
        // By its own effect: who leaves the content in the request uploads it with this.
        let effect = options.effect(M::EFFECT);
        let target: Response<Target> = answer::<M, _>(client, request.params(), effect, options).await?;
        let named = |error: Error| {
            let error = error.without(&client.shared().auth.secrets());
            error.of(M::NAME.into(), M::EFFECT)
        };
        let mut response = None;
        let end = options.end(Instant::now());
        let sent = {
            let reader = &mut reader::<_, M::Error>(&mut response);
            send_file(client, M::NAME, target.result, upload, end, reader).await
        };
        match sent {
            Ok(()) => Ok(response.expect("a reader that reports success has kept the response")),
            Err(error) => Err(named(error.after(1, false))),
        }
    }
}

/// Sends the file, and reads what becomes of it.
async fn send_file(
    client: &Client,
    method: &'static str,
    target: Target,
    upload: Upload,
    deadline: Deadline,
    reader: &mut crate::read::Reader<'_>,
) -> Result<(), Error> {
    let shared = client.shared();
    let portal = shared.auth.place.address();
    let (Some(field), Some(address)) = (target.field, target.upload_url) else {
        return Err(Error::unreadable(StatusCode::OK, no_address()));
    };
    let url = url_at(&portal, address.expose())?;
    if !may_go(&portal, &shared.sender.redirects, &url) {
        let host = url.host_str().unwrap_or_default();
        let what = format!(
            "the file would go to `{host}`, which is not known to be the same portal \
             (trust it with `Client::builder().trust_host(…)`)"
        );
        return Err(Error::config("").rather(Kind::Redirect, what));
    }
    let Form {
        content_type,
        content,
    } = Form::new(&field, &upload.name, upload.content, upload.progress);
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(agent) = shared.sender.headers.get(USER_AGENT) {
        headers.insert(USER_AGENT, agent.clone());
    }
    let transfer = Transfer {
        url,
        headers,
        content: Some(content),
    };
    let late = |Passed| Error::late(None);
    let claim = Claim::call(method);
    let turn = shared.limits.turn(&claim, deadline).await.map_err(late)?;
    let turn = turn.map_err(|no_turn| Error::no_turn(no_turn, None))?;
    let sent = async {
        let mut streamed = shared.sender.http.transfer(transfer).await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = next(&mut streamed.chunks).await {
            body.extend_from_slice(&chunk.map_err(Failure::lost)?);
            if body.len() > MOST_WORDS {
                return Err(Failure::lost("the answer to the file has no end"));
            }
        }
        Ok::<_, Failure>(Reply {
            status: streamed.status,
            headers: streamed.headers,
            body: body.freeze(),
        })
    };
    let outcome = match deadline.limit(Box::pin(sent)).await {
        Ok(Ok(reply)) => read(&reply, reader),
        Ok(Err(failure)) => Err(failure.into()),
        Err(Passed) => Err(SendError::Timeout.into()),
    };
    turn.close(outcome.as_ref().cloned());
    outcome.map(|_| ())
}

/// The method did something else than to give out an address.
fn no_address() -> ReadError {
    ReadError::Unfit {
        path: "result.uploadUrl".to_owned(),
        problem: "an address to send the file to was expected: the method gives out none, or the request holds the content"
            .to_owned(),
    }
}

/// The next piece of a stream.
async fn next(chunks: &mut Chunks) -> Option<io::Result<Bytes>> {
    std::future::poll_fn(|context| chunks.as_mut().poll_next(context)).await
}

impl<'a, M: Method> IntoFuture for UploadCall<'a, M> {
    type Output = Result<Response<M::Output>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<M: fmt::Debug> fmt::Debug for UploadCall<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadCall")
            .field("request", &self.request)
            .field("upload", &self.upload)
            .finish_non_exhaustive()
    }
}

/// One piece.
struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        Poll::Ready(self.0.take().filter(|bytes| !bytes.is_empty()).map(Ok))
    }
}

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// What a reader reads.
struct Reader {
    reader: Pin<Box<dyn AsyncRead + Send>>,
    buffer: BytesMut,
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let this = self.get_mut();
        this.buffer.resize(PIECE, 0);
        let mut piece = ReadBuf::new(&mut this.buffer);
        let read = ready!(this.reader.as_mut().poll_read(context, &mut piece));
        let length = piece.filled().len();
        Poll::Ready(match read {
            Err(error) => Some(Err(error)),
            Ok(()) if length == 0 => None,
            Ok(()) => Some(Ok(this.buffer.split_to(length).freeze())),
        })
    }
}
