//! The authorization server that belongs to the portal: it lives at the same address, under `/oauth/`.
//!
//! `/oauth/authorize/` stands for the page where a user lets an application in; here the user always does.
//! `/oauth/token/` gives tokens for a code, and new tokens for a refresh token, which is used up by that.

mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::portal::{Portal, secret};
use crate::state::Scopes;

pub(crate) use server::{Endpoint, Request};

/// How long a code is good for.
const CODE_LIFETIME: Duration = Duration::from_secs(30);
/// How long a refresh token is good for, if it is not used.
const REFRESH_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// What the authorization server knows.
///
/// | Refusal of `/oauth/token/` | What leads to it |
/// | --- | --- |
/// | `invalid_client` | an application that is not in [`OAuth::apps`], or another secret |
/// | `invalid_grant` | a code or refresh token that was never given out, was used before, or is too old |
/// | `invalid_scope` | a `scope` in the request that goes beyond [`App::scopes`] |
/// | `PAYMENT_REQUIRED` | [`App::paid`] |
/// | `invalid_request` | anything else |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuth {
    /// What the portal is known by, whatever its address.
    pub member_id: String,
    /// The applications that are installed, by `client_id`.
    pub apps: BTreeMap<String, App>,
    /// How long new access tokens are good for: an hour. With zero they have expired before they are used.
    pub token_lifetime: Duration,
    /// Where the portal is, as token answers have it (`client_endpoint`).
    pub client_endpoint: String,
    /// The requests for tokens so far, in the order of arrival.
    pub requests: Vec<TokenRequest>,
    /// Where this server is.
    origin: String,
    codes: BTreeMap<String, Grant>,
    refresh_tokens: BTreeMap<String, Grant>,
    /// Which application an access token was given to.
    owners: BTreeMap<String, String>,
}

/// An application, as its developer has registered it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    /// `client_secret`.
    pub secret: String,
    /// Where users are sent back to with a code.
    pub return_address: String,
    /// The permissions that it asks for.
    pub scopes: Scopes,
    /// Whether it is paid for.
    pub paid: bool,
}

/// A request that came to `/oauth/token/`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// `authorization_code`, `refresh_token`, or what else was sent.
    pub grant_type: String,
    /// Whether the client's secret, a code or a refresh token stood in the URL, where proxies log it.
    pub secrets_in_url: bool,
    /// The code of the refusal; none if there were tokens.
    pub refusal: Option<String>,
}

/// What a code or a refresh token stands for.
#[derive(Clone, Debug)]
struct Grant {
    app: String,
    until: Duration,
}

impl OAuth {
    pub(crate) fn new(origin: &str) -> Self {
        Self {
            member_id: format!("{}{}", secret(), secret()),
            apps: BTreeMap::new(),
            token_lifetime: Duration::from_secs(60 * 60),
            client_endpoint: format!("{origin}/rest/"),
            requests: Vec::new(),
            origin: origin.to_owned(),
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            owners: BTreeMap::new(),
        }
    }

    /// Installs an application, and gives it to be changed.
    pub fn install(&mut self, client_id: impl Into<String>, secret: impl Into<String>) -> &mut App {
        let app = App {
            secret: secret.into(),
            return_address: "https://app.example/".to_owned(),
            scopes: Scopes::All,
            paid: true,
        };
        let slot = self.apps.entry(client_id.into()).or_insert_with(|| app.clone());
        *slot = app;
        slot
    }

    /// How many times tokens were given for a refresh token.
    pub fn refreshes(&self) -> usize {
        self.requests
            .iter()
            .filter(|request| request.grant_type == "refresh_token" && request.refusal.is_none())
            .count()
    }

    /// Whether this refresh token could be used once more.
    pub fn knows_refresh_token(&self, token: &str) -> bool {
        self.refresh_tokens.contains_key(token)
    }

    /// Forgets every refresh token, as when an administrator removes and installs the application anew.
    pub fn forget_refresh_tokens(&mut self) {
        self.refresh_tokens.clear();
    }

    /// The application that an access token was given to.
    pub(crate) fn owner(&self, access_token: &str) -> Option<&str> {
        self.owners.get(access_token).map(String::as_str)
    }
}

impl Portal {
    /// Looks into the authorization server, or changes what it knows.
    ///
    /// ```
    /// # async fn example() -> std::io::Result<()> {
    /// use bitrix24_portal::Portal;
    ///
    /// let portal = Portal::builder().start().await?;
    /// portal.oauth(|server| server.install("local.1", "the secret").paid = false);
    /// assert_eq!(portal.oauth(|server| server.refreshes()), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth<T>(&self, with: impl FnOnce(&mut OAuth) -> T) -> T {
        with(&mut self.world().oauth)
    }

    /// Installs an application; [`OAuth::install`] does the same and gives it to be changed.
    pub fn install(&self, client_id: &str, secret: &str) {
        self.oauth(|server| {
            server.install(client_id, secret);
        });
    }

    /// Lets an application in, as a user does at `/oauth/authorize/`: the code, good for 30 seconds.
    ///
    /// # Panics
    ///
    /// If no such application is installed.
    pub fn authorize(&self, client_id: &str) -> String {
        let mut world = self.world();
        let now = world.clock.now();
        assert!(
            world.oauth.apps.contains_key(client_id),
            "no application {client_id:?} is installed"
        );
        world.oauth.code(client_id, now)
    }

    /// Makes every access token expire now.
    pub fn expire_tokens(&self) {
        let mut world = self.world();
        let now = world.clock.now();
        for token in world.state.tokens.values_mut() {
            token.expires_at = Some(now);
        }
    }
}
