//! The client: one portal, and all that its calls share.

use std::{fmt, sync::Arc, time::Duration};

use bitrix24_types::{Batch, List, Method, SecretUrl};
use serde::Serialize;

use crate::{
    address::Address,
    auth::Auth,
    batch::BatchCall,
    budget::Snapshot,
    builder::Builder,
    call::{Call, RawCall},
    error::Error,
    files::{DownloadCall, Upload, UploadCall},
    limits::Gate,
    list::Rows,
    middleware::Middleware,
    oauth::{App, Connect, TokenStore},
    observe::Observer,
    retry::Retries,
    send::Sender,
};

/// A client for one portal. Clones are cheap and share connections, limits and what was learned about the portal.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) timeout: Duration,
    pub(crate) limits: Gate,
    pub(crate) auth: Auth,
    pub(crate) sender: Sender,
    pub(crate) retries: Retries,
    pub(crate) observer: Observer,
    pub(crate) middleware: Vec<Arc<dyn Middleware>>,
}

/// Called when a portal turned out to have another address.
pub(crate) type MovedHook = Box<dyn Fn(&Moved) + Send + Sync>;

/// A portal answers at another address than before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The address it had.
    pub from: Address,
    /// The address it has.
    pub to: Address,
}

impl Client {
    /// A client that calls with an inbound webhook, `https://portal/rest/1/code/`, and the usual settings.
    pub fn webhook(url: &str) -> Result<Self, Error> {
        Self::builder().webhook(url).build()
    }

    /// A client that calls with OAuth tokens from `store`, with the usual settings: [open](crate::oauth::Connect::open) it
    /// for a portal that has let the application in before, [authorize](crate::oauth::Connect::authorize) it for one that
    /// just has.
    pub fn oauth(app: App, store: impl TokenStore + 'static) -> Connect {
        Self::builder().oauth(app, store)
    }

    /// A client with settings of one's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn from_shared(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Calls a method: await what this returns, or set something about the call first.
    pub fn call<M: Method>(&self, request: M) -> Call<'_, M> {
        Call::new(self, request)
    }

    /// Calls a method by its name, with parameters that become a JSON object; for what the types don't know.
    ///
    /// `()` or `null` stand for no parameters.
    /// To go through all pages of a list that the types don't know, [declare it](crate::list#lists-that-the-types-dont-know).
    pub fn call_raw(&self, method: &str, params: impl Serialize) -> RawCall {
        RawCall::new(self, method, params)
    }

    /// Sends many commands in as few requests as they fit in: await what this returns, or set something about it first.
    pub fn batch(&self, batch: Batch) -> BatchCall<'_> {
        BatchCall::new(self, batch)
    }

    /// Goes through all rows of a list: a stream, for which nothing is sent until the first row is asked for.
    pub fn list<M: List>(&self, request: M) -> Rows<M> {
        Rows::new(self, &request)
    }

    /// Uploads a file: calls a method that gives out an address, such as `disk.folder.uploadFile`, and sends the file there.
    /// Leave the content out of the request. Await what this returns, or set something about it first.
    pub fn upload<M: Method>(&self, request: M, upload: Upload) -> UploadCall<'_, M> {
        UploadCall::new(self, request, upload)
    }

    /// Downloads a file by the address that a method answered with, such as `DOWNLOAD_URL`: await what this returns for a
    /// [`Download`](crate::files::Download), and read that.
    pub fn download(&self, address: &SecretUrl) -> DownloadCall<'_> {
        DownloadCall::new(self, address)
    }

    /// Where the portal is, as far as known: it may have moved since the client was made.
    pub fn address(&self) -> Address {
        Address::clone(&self.0.auth.place.address())
    }

    /// What the portal is known by, whatever its address: keep it, to [open](crate::oauth::Connect::open) the client
    /// again. `None` for a client with a webhook.
    pub fn member_id(&self) -> Option<&str> {
        self.0.auth.session().map(|session| session.member_id())
    }

    /// Waits until a refresh of the tokens that is under way has ended. Do this before a runtime that made calls with OAuth
    /// is stopped: tokens that come and find nobody to store them are lost.
    pub async fn settle(&self) {
        if let Some(session) = self.0.auth.session() {
            session.settle().await;
        }
    }

    /// How much of the portal's limits is used, as far as known.
    pub async fn budget(&self) -> Result<Snapshot, Error> {
        self.0.limits.snapshot().await
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("portal", &format_args!("{}", self.address()))
            .field("user", &self.0.auth.user())
            .field("member_id", &self.member_id())
            .finish_non_exhaustive()
    }
}
