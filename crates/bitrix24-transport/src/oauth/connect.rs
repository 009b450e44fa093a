//! From an application and a token store to a client.

use std::{fmt, future::Future, sync::Arc};

use secrecy::SecretString;

use super::{
    app::{App, Server},
    record::Record,
    refresh::{Patience, failed},
    server::{Grant, LONGEST_WAIT, TokenClient, Unsuccessful},
    session::{Hooks, Origin, Session, TokensHook},
    store::{Key, TokenStore},
    tokens::Tokens,
};
use crate::{
    auth::{Auth, Place, Secrets},
    builder::Builder,
    client::Client,
    error::{Error, Executed, Kind},
    flow::in_a_runtime,
};

/// How often it is tried to store the first tokens of all: a store that is being restarted is back before they are lost.
const STORE_ATTEMPTS: u32 = 10;

/// A client with OAuth that is being set up; see [`Client::oauth`] and [`Builder::oauth`].
#[must_use = "this connects nobody until `open`, `authorize` or `install`"]
pub struct Connect {
    builder: Builder,
    app: App,
    store: Arc<dyn TokenStore>,
    server: Option<String>,
    on_tokens: Option<TokensHook>,
}

impl Connect {
    pub(crate) fn new(builder: Builder, app: App, store: impl TokenStore + 'static) -> Self {
        Self {
            builder,
            app,
            store: Arc::new(store),
            server: None,
            on_tokens: None,
        }
    }

    /// The authorization server of the portal, where it is said: `server_domain` beside a `code`, `server_endpoint` in an
    /// event. It may come from anywhere: a server that is neither the vendor's nor [trusted](App::trust_server) is refused.
    ///
    /// A client that is opened again asks the server that its tokens came from.
    pub fn server(mut self, name: &str) -> Self {
        self.server = Some(name.to_owned());
        self
    }

    /// Called with new tokens each time some came and were stored. They are secrets; a [`TokenStore`] of one's own is the
    /// better way to keep them elsewhere.
    pub fn on_tokens(mut self, hook: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        self.on_tokens = Some(Box::new(hook));
        self
    }

    /// A client for a portal that the store has tokens of. Asks nobody but the store.
    ///
    /// If there are no tokens, the error is of the kind [`NoTokens`](Kind::NoTokens).
    pub async fn open(self, member_id: &str) -> Result<Client, Error> {
        self.check()?;
        let key = Key::new(self.app.client_id(), member_id);
        let text = self.store.load(&key).await.map_err(failed)?.ok_or_else(|| {
            let what = "the token store has no tokens of this application for this portal: it has to be authorized first";
            Error::token(Kind::NoTokens, what)
        })?;
        let record = Record::read(&text, &key)?;
        if record.interrupted_since().is_some() {
            tracing::warn!(
                member_id,
                "a refresh of these tokens was begun before, and nothing is known of its end; the next refresh finds out"
            );
        }
        let server = self.app.server(&record.tokens.server)?;
        let client = self.token_client(&server)?;
        self.client(client, &server, record.tokens, Origin::Store)
    }

    /// A client for a portal that has just let the application in: gives the `code` that came with the user and stores the
    /// tokens that come for it, in place of any that are there.
    ///
    /// A code works once. Where [`Error::executed`] is not `No`, it is used up, or may be: the answer was lost, or the store
    /// has not taken the tokens for some seconds. Then the user has to come again.
    pub async fn authorize(self, code: &str) -> Result<Client, Error> {
        let code = SecretString::from(code);
        to_the_end(async move { self.first(Grant::Code(&code)).await }).await
    }

    /// A client for a portal that has just installed the application, or opened its page: takes the `refresh_token` that
    /// came with that (`REFRESH_ID` on a page), gets tokens for it, and stores them in place of any that are there.
    ///
    /// Nothing else of such a request is needed, or to be believed: the portal and its address are what the authorization
    /// server says.
    ///
    /// The token works once, as a [code](Self::authorize) does.
    pub async fn install(self, refresh_token: &str) -> Result<Client, Error> {
        let token = SecretString::from(refresh_token);
        to_the_end(async move { self.first(Grant::Refresh(&token)).await }).await
    }

    fn check(&self) -> Result<(), Error> {
        if self.builder.has_webhook() {
            return Err(Error::config(
                "the client has a webhook and OAuth, but a call can be made with only one of them",
            ));
        }
        self.app.check()
    }

    async fn first(self, grant: Grant<'_>) -> Result<Client, Error> {
        self.check()?;
        let server = match &self.server {
            Some(name) => self.app.server(name)?,
            None => self.app.usual_server(),
        };
        let client = self.token_client(&server)?;
        let asked = client.ask(&server, grant, None).await;
        let tokens = asked.map_err(|Unsuccessful { error, certain }| match certain {
            true => error,
            false => error.at_least(Executed::Unknown),
        })?;
        let key = Key::new(self.app.client_id(), tokens.member_id());
        let record = Record::of(tokens.clone()).write()?;
        let mut patience = Patience::of(STORE_ATTEMPTS);
        while let Err(error) = self.store.store(&key, &record).await.map_err(failed) {
            if !patience.with(&error).await {
                let what = "tokens came, but the token store failed to take them; what they were given for works once, so the \
                            portal has to be authorized again";
                let error = error.rather(Kind::Store, what).at_least(Executed::Yes);
                return Err(error.without(&Secrets::of([&tokens.access, &tokens.refresh])));
            }
        }
        if let Some(hook) = &self.on_tokens {
            hook(&tokens);
        }
        self.client(client, &server, tokens, Origin::Authorization)
    }

    fn token_client(&self, server: &Server) -> Result<TokenClient, Error> {
        Ok(TokenClient {
            app: self.app.clone(),
            http: self.builder.http_for(&server.address())?,
            user_agent: self.builder.checked_user_agent()?,
            timeout: self.builder.longest_request().min(LONGEST_WAIT),
            allow_http: self.builder.allows_http(),
        })
    }

    fn client(
        mut self,
        client: TokenClient,
        server: &Server,
        tokens: Tokens,
        origin: Origin,
    ) -> Result<Client, Error> {
        let portal = tokens.portal().clone();
        let http = if portal.is_loopback() == server.address().is_loopback() {
            client.http.clone()
        } else {
            // What reaches this machine is set up differently from what reaches others.
            self.builder.http_for(&portal)?
        };
        let place = Place::new(portal, self.builder.take_moved_hook());
        let hooks = Hooks {
            on_tokens: self.on_tokens,
            observer: self.builder.observer().clone(),
        };
        let session = Session::new(client, self.store, tokens, origin, place, hooks)?;
        self.builder.client(Auth::oauth(Arc::new(session)), http)
    }
}

/// Does work that must not be left half-done: tokens that have come must be stored, even if nobody waits for it any more.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    in_a_runtime()?;
    tokio::spawn(work).await.unwrap_or_else(|_| {
        let what = "a hook or a token store has panicked, or the runtime was stopped";
        Err(Error::runtime(what, Executed::Unknown, None))
    })
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("app", &self.app)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
