//! The blocking client: the async one and the thread that runs it.

use std::{fmt, sync::Arc};

use bitrix24_transport::{
    Address, Error,
    budget::Snapshot,
    oauth::{App, TokenStore},
    types::{List, Method, Response, SecretUrl},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    batch::{Batch, BatchCall, Reply},
    builder::Builder,
    call::{Call, RawCall},
    files::{self, Download, Upload},
    list::Rows,
    oauth::Connect,
    worker::Worker,
};

/// A client for one portal. Clones are cheap and share connections, limits and the background thread, which ends with the
/// last of them.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    transport: bitrix24_transport::Client,
    worker: Worker,
}

impl Client {
    /// A client that calls with an inbound webhook, `https://portal/rest/1/code/`, and the usual settings.
    pub fn webhook(url: &str) -> Result<Self, Error> {
        Self::builder().webhook(url).build()
    }

    /// A client that calls with OAuth tokens from `store`, with the usual settings: [open](Connect::open) it for a portal
    /// that has let the application in before, [authorize](Connect::authorize) it for one that just has.
    pub fn oauth(app: App, store: impl TokenStore + 'static) -> Connect {
        Self::builder().oauth(app, store)
    }

    /// A client with settings of one's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A blocking front for an async client. Use that one no further, or not with reqwest: its connections live on the
    /// thread that opened them.
    pub(crate) fn new(transport: bitrix24_transport::Client) -> Result<Self, Error> {
        Ok(Self::on(Worker::start()?, transport))
    }

    /// The same on a thread that is there already.
    pub(crate) fn on(worker: Worker, transport: bitrix24_transport::Client) -> Self {
        Self(Arc::new(Shared { transport, worker }))
    }

    /// Calls a method and waits for the answer.
    pub fn call<M: Method>(&self, request: M) -> Result<Response<M::Output>, Error> {
        self.prepare(request).send()
    }

    /// A call that can be given a timeout and more before it is sent.
    pub fn prepare<M: Method>(&self, request: M) -> Call<'_, M> {
        Call::new(self, request)
    }

    /// Calls a method by its name, with parameters that become a JSON object; for what the types don't know.
    ///
    /// `()` or `null` stand for no parameters.
    pub fn call_raw(&self, method: &str, params: impl Serialize) -> Result<Response<Value>, Error> {
        self.prepare_raw(method, params).send()
    }

    /// A call by name that can be given a timeout and more before it is sent.
    pub fn prepare_raw(&self, method: &str, params: impl Serialize) -> RawCall<'_> {
        RawCall {
            client: self,
            call: self.0.transport.call_raw(method, params),
        }
    }

    /// Sends many commands in as few requests as they fit in, and waits for the answers.
    pub fn batch(&self, batch: Batch) -> Result<Reply, Error> {
        self.prepare_batch(batch).send()
    }

    /// A batch that can be given a timeout and more before it is sent.
    pub fn prepare_batch(&self, batch: Batch) -> BatchCall<'_> {
        BatchCall::new(self, batch)
    }

    /// Goes through all rows of a list: an iterator, for which nothing is sent until the first row is asked for.
    pub fn list<M: List>(&self, request: M) -> Rows<M> {
        Rows::new(self, self.transport().list(request))
    }

    /// Uploads a file: calls a method that gives out an address, such as `disk.folder.uploadFile`, and sends the file there.
    /// Leave the content out of the request. The file is sent once; after an error,
    /// [`executed`](Error::executed) says whether it may have arrived.
    pub fn upload<M: Method>(&self, request: M, upload: Upload) -> Result<Response<M::Output>, Error> {
        files::upload(self, request, upload)
    }

    /// Downloads a file by the address that a method answered with, such as `DOWNLOAD_URL`: read what this gives back.
    pub fn download(&self, address: &SecretUrl) -> Result<Download, Error> {
        Download::begin(self, address)
    }

    /// Where the portal is, as far as known: it may have moved since the client was made.
    pub fn address(&self) -> Address {
        self.0.transport.address()
    }

    /// What the portal is known by, whatever its address: keep it, to [open](Connect::open) the client again. `None` for a
    /// client with a webhook.
    pub fn member_id(&self) -> Option<&str> {
        self.0.transport.member_id()
    }

    /// How much of the portal's limits is used, as far as known.
    pub fn budget(&self) -> Result<Snapshot, Error> {
        let transport = self.0.transport.clone();
        self.worker().run(async move { transport.budget().await })
    }

    pub(crate) fn transport(&self) -> &bitrix24_transport::Client {
        &self.0.transport
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.0.worker
    }
}

impl Drop for Shared {
    /// A refresh that nobody waits for any more still ends: without that, tokens could come and be lost.
    fn drop(&mut self) {
        if self.transport.member_id().is_some() {
            let transport = self.transport.clone();
            self.worker.finish(async move { transport.settle().await });
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.transport.fmt(f)
    }
}
