//! OAuth 2.0: for applications that are let into portals by their users. The same as in the
//! [async client](bitrix24_transport::oauth), where it is explained; here nothing is awaited.
//!
//! ```no_run
//! # fn example(code: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_blocking::{Client, oauth::{App, FileStore}};
//! use serde_json::json;
//!
//! let app = App::new("local.573ad8a0346747.09223434", std::env::var("BITRIX24_CLIENT_SECRET")?);
//! let store = FileStore::open("/var/lib/my-app/tokens")?;
//!
//! let client = Client::oauth(app.clone(), store.clone()).authorize(code)?;    // a user has come back with a code
//! let portal = client.member_id().expect("a client with OAuth has one").to_owned();
//!
//! let client = Client::oauth(app, store).open(&portal)?;                      // any time later
//! println!("{}", client.call_raw("profile", json!({}))?.result);
//! # Ok(()) }
//! ```

use std::future::Future;

use bitrix24_transport::{Error, oauth as transport};

#[cfg(feature = "redis")]
pub use bitrix24_transport::oauth::RedisStore;
pub use bitrix24_transport::oauth::{
    App, ExposeSecret, FileStore, Key, MemoryStore, SecretString, StoreError, TokenStore, Tokens,
};

use crate::{client::Client, worker::Worker};

/// A client with OAuth that is being set up; see [`Client::oauth`] and [`Builder::oauth`](crate::Builder::oauth).
#[derive(Debug)]
#[must_use = "this connects nobody until `open`, `authorize` or `install`"]
pub struct Connect(pub(crate) transport::Connect);

impl Connect {
    /// The authorization server of the portal, where it is said; see [`server`](transport::Connect::server) of the async
    /// client.
    pub fn server(self, name: &str) -> Self {
        Self(self.0.server(name))
    }

    /// Called on the client's background thread with new tokens, each time some came and were stored.
    pub fn on_tokens(self, hook: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        Self(self.0.on_tokens(hook))
    }

    /// A client for a portal that the store has tokens of. Asks nobody but the store.
    ///
    /// If there are no tokens, the error is of the kind [`NoTokens`](crate::Kind::NoTokens).
    pub fn open(self, member_id: &str) -> Result<Client, Error> {
        let member_id = member_id.to_owned();
        connect(async move { self.0.open(&member_id).await })
    }

    /// A client for a portal that has just let the application in: gives the `code` that came with the user and stores the
    /// tokens that come for it, in place of any that are there.
    pub fn authorize(self, code: &str) -> Result<Client, Error> {
        let code = SecretString::from(code);
        connect(async move { self.0.authorize(code.expose_secret()).await })
    }

    /// A client for a portal that has just installed the application, or opened its page; see
    /// [`install`](transport::Connect::install) of the async client.
    pub fn install(self, refresh_token: &str) -> Result<Client, Error> {
        let token = SecretString::from(refresh_token);
        connect(async move { self.0.install(token.expose_secret()).await })
    }
}

fn connect(
    work: impl Future<Output = Result<bitrix24_transport::Client, Error>> + Send + 'static,
) -> Result<Client, Error> {
    let worker = Worker::start()?;
    let transport = worker.run(work)?;
    Ok(Client::on(worker, transport))
}
