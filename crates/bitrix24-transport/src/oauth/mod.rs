//! OAuth 2.0: for applications that are let into portals by their users.
//!
//! # From a user to a client
//!
//! An application has a `client_id` and a `client_secret`, from the vendor or from the one portal it is made for. A user lets
//! it in on a page of the portal and comes back with a code; the code gives tokens; the tokens go into a [`TokenStore`], and
//! from there into calls.
//!
//! ```no_run
//! use bitrix24_transport::{Client, Error, Kind, oauth::{App, FileStore}};
//! use serde_json::json;
//!
//! fn app() -> App {
//!     App::new("local.573ad8a0346747.09223434", std::env::var("BITRIX24_CLIENT_SECRET").unwrap_or_default())
//! }
//!
//! /// The user asks to be connected: send the browser to this page of the portal.
//! fn connect(portal: &str, session: &mut Session) -> Result<url::Url, Error> {
//!     session.state = something_random();
//!     app().authorization_url(portal, &session.state)
//! }
//!
//! /// The browser comes back to the application's address with `?code=…&state=…&server_domain=…`. The code is good for half
//! /// a minute.
//! async fn come_back(query: &Query, session: &Session, store: FileStore) -> Result<String, Box<dyn std::error::Error>> {
//!     if query.state != session.state {
//!         return Err("somebody else has sent this user here".into());
//!     }
//!     let client = Client::oauth(app(), store).server(&query.server_domain).authorize(&query.code).await?;
//!     // What to remember: the portal's name may change, this does not.
//!     Ok(client.member_id().expect("a client with OAuth has one").to_owned())
//! }
//!
//! /// Any time later, in any process that can get at the store.
//! async fn work(portal: &str, store: FileStore) -> Result<(), Error> {
//!     let client = Client::oauth(app(), store).open(portal).await?;
//!     match client.call_raw("profile", json!({})).await {
//!         Ok(reply) => println!("{}", reply.result),
//!         Err(error) => match error.kind() {
//!             // The user has to come again.
//!             Kind::NoTokens | Kind::InvalidGrant | Kind::LostRotation => println!("connect once more: {error}"),
//!             Kind::PaymentRequired => println!("the application is not paid for"),
//!             _ => return Err(error),
//!         },
//!     }
//!     Ok(())
//! }
//! # struct Session { state: String }
//! # struct Query { code: String, state: String, server_domain: String }
//! # fn something_random() -> String { String::new() }
//! ```
//!
//! An application that a portal opens in a frame, or that hears of its installation by an event, gets a refresh token with
//! that: [`Connect::install`] makes a client of it.
//!
//! # What the client does with tokens
//!
//! * An access token is good for an hour. When the portal says `expired_token`, and only then, new tokens are asked for, once
//!   for all calls of a client and its clones, and the calls that were refused are made again. They never ran, whatever the
//!   method. Other processes that share the store wait for the same refresh.
//! * New tokens are stored before they are used. The refresh is a task of its own: it goes on when the call that needed it is
//!   dropped or its deadline passes. Only a runtime that stops ends it; [`Client::settle`](crate::Client::settle) waits for it.
//! * Where tokens are kept decides who shares them: [`MemoryStore`] is for one program, [`FileStore`] for the processes of a
//!   machine, `RedisStore` (feature `redis`) for those of several. While a store can't be reached, calls go on with the
//!   token they have; one that needs another fails with [`Kind::Store`](crate::Kind::Store), and no refresh is begun.
//! * A refresh token works once. If a program is killed between getting the next one and storing it, the portal has to be
//!   authorized again, and the error says why: [`Kind::LostRotation`](crate::Kind::LostRotation).
//! * After such a crash others wait for up to 45 seconds, for as long as the refresh could still have been under way. The
//!   clocks of machines that share a store may be five minutes apart.
//! * The `client_secret` is sent to the vendor's authorization servers only, and to those that the program
//!   [trusts](App::trust_server) by hand.
//! * Tokens go into the header `Authorization`. A self-hosted portal behind Apache with FastCGI needs
//!   `CGIPassAuth On` for the header to arrive.
//!
//! # Without a portal
//!
//! The simulated portal has an authorization server, so that all of this can be tested:
//!
//! ```
//! use bitrix24_portal::Portal;
//! use bitrix24_transport::{Client, oauth::{App, MemoryStore}};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let portal = Portal::builder().start().await?;
//! portal.install("local.1", "the secret");
//! portal.on("profile").reply(json!({ "ID": "1" }));
//!
//! let app = App::new("local.1", "the secret").trust_server(&portal.url())?;
//! let client = Client::oauth(app, MemoryStore::new()).authorize(&portal.authorize("local.1")).await?;
//!
//! portal.expire_tokens();
//! assert_eq!(client.call_raw("profile", json!({})).await?.result["ID"], "1");
//! assert_eq!(portal.oauth(|server| server.refreshes()), 1);
//! # Ok(()) }
//! ```

mod app;
mod connect;
mod file;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod refresh;
mod server;
mod session;
mod store;
mod tokens;

pub use secrecy::{ExposeSecret, SecretString};

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub(crate) use self::session::{Session, Token};
pub use self::{
    app::App,
    connect::Connect,
    file::FileStore,
    store::{Key, MemoryStore, StoreError, TokenStore},
    tokens::Tokens,
};
