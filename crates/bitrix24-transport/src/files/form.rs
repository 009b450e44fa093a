//! The form that a file is sent in: one part, with the file as it is.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;

use crate::http::{Chunks, Content};

/// Called with the bytes that were handed to the connection, and those that there are.
pub(super) type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// A form with a file in it.
pub(super) struct Form {
    pub(super) content_type: HeaderValue,
    pub(super) content: Content,
}

impl Form {
    pub(super) fn new(field: &str, name: &str, content: Content, progress: Option<Progress>) -> Self {
        // Random, so that no content holds it.
        let chance = RandomState::new();
        let boundary = format!("bitrix24-{:016x}{:016x}", chance.hash_one(0), chance.hash_one(1));
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            escaped(field),
            escaped(name),
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Self {
            content_type: HeaderValue::from_maybe_shared(content_type)
                .expect("hexadecimal digits are fit for a header"),
            content: Content {
                length: head.len() as u64 + content.length + tail.len() as u64,
                chunks: Box::pin(Parts {
                    head: Some(head.into()),
                    total: content.length,
                    sent: 0,
                    chunks: content.chunks,
                    progress,
                    tail: Some(tail.into()),
                }),
            },
        }
    }
}

/// A name between quotes, as browsers write it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Head, file and tail, one after the other.
struct Parts {
    head: Option<Bytes>,
    total: u64,
    sent: u64,
    chunks: Chunks,
    progress: Option<Progress>,
    tail: Option<Bytes>,
}

impl Stream for Parts {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let this = self.get_mut();
        if let Some(head) = this.head.take() {
            return Poll::Ready(Some(Ok(head)));
        }
        if this.tail.is_none() {
            return Poll::Ready(None);
        }
        match ready!(this.chunks.as_mut().poll_next(context)) {
            Some(Ok(chunk)) => {
                this.sent += chunk.len() as u64;
                if this.sent > this.total {
                    return Poll::Ready(Some(Err(wrong_length(this.sent, this.total))));
                }
                if let Some(progress) = &mut this.progress {
                    progress(this.sent, this.total);
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None if this.sent < this.total => Poll::Ready(Some(Err(wrong_length(this.sent, this.total)))),
            None => Poll::Ready(this.tail.take().map(Ok)),
        }
    }
}

fn wrong_length(sent: u64, total: u64) -> io::Error {
    let more = if sent > total { "at least " } else { "" };
    let what = format!("the file has {more}{sent} bytes, and {total} were announced");
    io::Error::new(io::ErrorKind::InvalidData, what)
}
