//! Files, sent from a reader and read as they come: memory stays flat, however large they are.
//!
//! ```
//! # #[cfg(feature = "disk")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # let portal = runtime.block_on(bitrix24_portal::Portal::builder().start())?;
//! use std::io::Read;
//!
//! use bitrix24_blocking::{Client, files::Upload, types::disk::folder::UploadFile};
//!
//! let client = Client::webhook(&portal.webhook_url())?;
//! let file = client.upload(UploadFile::new(7), Upload::bytes("report.txt", "All is well."))?.result;
//!
//! let mut text = String::new();
//! client.download(&file.download_url.expect("a file has an address"))?.read_to_string(&mut text)?;
//! assert_eq!(text, "All is well.");
//! # Ok(()) }
//! # #[cfg(not(feature = "disk"))]
//! # fn main() {}
//! ```

use std::{
    fmt, fs,
    io::{self, Read, Write},
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bitrix24_transport::{
    Error, Executed,
    files::{self, name_of},
    types::{File, Method, Response, SecretUrl},
};
use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::mpsc,
};

use crate::{
    Client,
    worker::{Worker, wait},
};

/// Reads a file that goes inside a request, in the form that most methods want: its name and its content. It is held in
/// memory, and again a third larger as base64: [upload](Client::upload) what is large.
pub fn read(path: impl AsRef<Path>) -> io::Result<File> {
    let content = fs::read(&path)?;
    Ok(File::named(name_of(path.as_ref())?, &content))
}

/// A file to upload: a name, and content of a known length that is read as it is sent.
pub struct Upload {
    name: String,
    length: u64,
    reader: Box<dyn Read>,
    progress: Option<Progress>,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
}

type Progress = Box<dyn FnMut(u64, u64) + Send>;

impl Upload {
    /// From memory.
    pub fn bytes(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let length = content.len() as u64;
        Self::reader(name, content.reader(), length)
    }

    /// From a reader of which `length` bytes are sent. More or fewer are an error.
    pub fn reader(name: impl Into<String>, reader: impl Read + 'static, length: u64) -> Self {
        Self {
            name: name.into(),
            length,
            reader: Box::new(reader),
            progress: None,
            timeout: None,
            deadline: None,
        }
    }

    /// From a file, under its own name.
    pub fn path(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = fs::File::open(&path)?;
        let length = file.metadata()?.len();
        Ok(Self::reader(name_of(path.as_ref())?, file, length))
    }

    /// Calls `progress` for each piece that is handed to the connection: with the bytes so far, and those in all. It is called
    /// on the client's thread.
    #[must_use]
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// The time that all of the upload may take. Without this or a deadline, there is no end to it but that of the
    /// connection: how long a file takes depends on the line. A reader that does not return is waited for.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When all of the upload must be over. If both are set, the earlier counts.
    #[must_use]
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// How much is read at a time, and how many pieces may wait to be sent.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;

pub(crate) fn upload<M: Method>(
    client: &Client,
    request: M,
    upload: Upload,
) -> Result<Response<M::Output>, Error> {
    let Upload {
        name,
        length,
        mut reader,
        progress,
        timeout,
        deadline,
    } = upload;
    let (pieces, inbox) = mpsc::channel(WAITING);
    let mut sent = files::Upload::reader(name, Pieces::new(inbox), length);
    if let Some(progress) = progress {
        sent = sent.progress(progress);
    }
    let transport = client.transport().clone();
    let work = async move {
        let mut call = transport.upload(request, sent);
        if let Some(timeout) = timeout {
            call = call.timeout(timeout);
        }
        if let Some(deadline) = deadline {
            call = call.deadline(deadline);
        }
        call.await
    };
    // The caller waits anyway, so it is the caller's thread that reads.
    client.worker().run_beside(work, move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match reader.read(&mut piece) {
                Ok(0) => return,
                Ok(read) => {
                    piece.truncate(read);
                    Ok(Bytes::from(piece))
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = read.is_err();
            // If nobody takes it, the upload is over, and has its own reason.
            if wait(pieces.send(read)).is_err() || last {
                return;
            }
        }
    })
}

/// The pieces of a file as a reader.
struct Pieces {
    inbox: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Pieces {
    fn new(inbox: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        Self {
            inbox,
            piece: Bytes::new(),
        }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.piece.is_empty() {
            match ready!(self.inbox.poll_recv(context)) {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.piece.len().min(into.remaining());
        into.put_slice(&self.piece.split_to(length));
        Poll::Ready(Ok(()))
    }
}

/// A file on its way: a reader, or [to a file](Self::save). A file that was cut off ends in an error.
pub struct Download {
    client: Client,
    length: Option<u64>,
    received: u64,
    /// `None` after the thread has lost it.
    download: Option<files::Download>,
    piece: Bytes,
}

impl Download {
    pub(crate) fn begin(client: &Client, address: &SecretUrl) -> Result<Self, Error> {
        let (transport, address) = (client.transport().clone(), address.clone());
        let work = async move { transport.download(&address).await };
        let download = client.worker().run(work)?;
        Ok(Self {
            client: client.clone(),
            length: download.length(),
            received: 0,
            download: Some(download),
            piece: Bytes::new(),
        })
    }

    /// How many bytes the file has, if the portal says so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next piece; `None` after all of the file has come. After an error there are no more pieces, and the error comes
    /// again.
    pub fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Worker::may_wait()?;
        let Some(mut download) = self.download.take() else {
            let what = "the download was lost with the thread that it came on";
            return Err(Error::runtime(what, Executed::Unknown, None));
        };
        let work = async move { Ok((download.chunk().await, download)) };
        let (chunk, download) = self.client.worker().run(work)?;
        self.received = download.received();
        self.download = Some(download);
        chunk
    }

    /// Writes the file to a path, replacing what is there, and gives back its length. After an error the path holds what has
    /// come so far.
    pub fn save(mut self, path: impl AsRef<Path>) -> io::Result<u64> {
        let mut file = fs::File::create(path)?;
        while let Some(chunk) = self.chunk().map_err(io::Error::other)? {
            file.write_all(&chunk)?;
        }
        Ok(self.received)
    }
}

impl Read for Download {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.chunk().map_err(io::Error::other)? {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(into.len());
        into[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
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
