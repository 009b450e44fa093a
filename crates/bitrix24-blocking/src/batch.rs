//! Batches: many commands in one request.
//!
//! ```
//! # #[cfg(feature = "landing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_blocking::{Batch, Client, types::landing::site::{Add, AddFields, Publication}};
//! use bitrix24_portal::Portal;
//!
//! let portal = Portal::builder().start_blocking()?;
//! let client = Client::webhook(&portal.webhook_url())?;
//!
//! let mut batch = Batch::new();
//! let site = batch.add(Add::new(AddFields::new("Spring", "spring")));
//! let published = batch.add(Publication::new(site.result()));    // what the first command answers
//!
//! let reply = client.batch(batch)?;                              // one request
//! assert_eq!(reply.take(site)?.result, reply.take(published)?.result);
//! # Ok(()) }
//! # #[cfg(not(feature = "landing"))]
//! # fn main() {}
//! ```
//!
//! A batch of more than fifty commands is sent in several requests. What is known of a command whose answer got lost, and
//! what becomes of the others when one fails, is the same as in the async client: see `bitrix24_transport::batch`.

use std::time::{Duration, Instant};

use bitrix24_transport::Error;
pub use bitrix24_transport::batch::{Batch, BatchError, Command, Handle, Key, Mistake, Reference, Reply};

use crate::Client;

/// A batch that is ready to be sent, made by [`Client::prepare_batch`]. Nothing happens until it is sent.
#[derive(Debug)]
#[must_use = "a batch does nothing until `send`"]
pub struct BatchCall<'a> {
    client: &'a Client,
    batch: Batch,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    no_retry: bool,
}

impl<'a> BatchCall<'a> {
    pub(crate) fn new(client: &'a Client, batch: Batch) -> Self {
        Self {
            client,
            batch,
            timeout: None,
            deadline: None,
            no_retry: false,
        }
    }

    /// The time that all of the batch may take. Without this or a deadline, each of its requests has the client's time.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// When all of the batch must be over. If both are set, the earlier counts.
    pub fn deadline(self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self
        }
    }

    /// Sends each request once, even if it is certain that nothing of it ran.
    pub fn no_retry(self) -> Self {
        Self {
            no_retry: true,
            ..self
        }
    }

    /// Sends the batch and waits for the answer.
    ///
    /// An error says that no command ran: because of a mistake in the batch, or because the portal let nothing through. As
    /// soon as one ran or may have run there is a [`Reply`], which knows what became of each.
    pub fn send(self) -> Result<Reply, Error> {
        let Self {
            client,
            batch,
            timeout,
            deadline,
            no_retry,
        } = self;
        let transport = client.transport().clone();
        client.worker().run(async move {
            let mut call = transport.batch(batch);
            if let Some(timeout) = timeout {
                call = call.timeout(timeout);
            }
            if let Some(deadline) = deadline {
                call = call.deadline(deadline);
            }
            if no_retry {
                call = call.no_retry();
            }
            call.await
        })
    }
}
