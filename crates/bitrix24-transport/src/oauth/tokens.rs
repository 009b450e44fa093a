//! A pair of tokens with what the authorization server says about them.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::app::Server;
use crate::{
    address::Address,
    error::{Error, Kind},
};

/// An access token, the refresh token that gives the next one, and what they are for.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) access: SecretString,
    pub(crate) refresh: SecretString,
    pub(crate) member_id: String,
    pub(crate) portal: Address,
    /// The authorization server they came from, as a URL.
    pub(crate) server: String,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) scope: Vec<String>,
    pub(crate) user_id: Option<u64>,
    pub(crate) status: Option<String>,
}

impl Tokens {
    /// The token that lets calls in, for about an hour.
    pub fn access_token(&self) -> &SecretString {
        &self.access
    }

    /// The token that gives the next pair, once, within 180 days.
    pub fn refresh_token(&self) -> &SecretString {
        &self.refresh
    }

    /// What the portal is known by, whatever its address.
    pub fn member_id(&self) -> &str {
        &self.member_id
    }

    /// Where the portal is.
    pub fn portal(&self) -> &Address {
        &self.portal
    }

    /// When the access token expires, as far as known. The client doesn't go by this: it waits for the portal to say so.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// The permissions that the application has.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The user that the application acts as.
    pub fn user_id(&self) -> Option<u64> {
        self.user_id
    }

    /// How the application is paid for, by the letter that the server gives: `F` free, `T` a trial, `P` paid, `L` local, and
    /// more.
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// How long the access token is good for from now on; asked when it has just come.
    pub(crate) fn lifetime(&self) -> Duration {
        const USUAL: Duration = Duration::from_secs(60 * 60);
        self.expires_at.map_or(USUAL, |at| {
            at.duration_since(SystemTime::now()).unwrap_or_default()
        })
    }

    /// Reads the answer of an authorization server. `known` is the portal that they must be for.
    pub(crate) fn read(
        answer: &Map<String, Value>,
        server: &Server,
        known: Option<&str>,
        allow_http: bool,
    ) -> Result<Self, Error> {
        let text = |name: &str| match answer.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        };
        let number = |name: &str| match answer.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let token = |name| {
            text(name)
                // It becomes a header.
                .filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()))
                .map(SecretString::from)
                .ok_or_else(|| unusable(format!("has no {name} that can be used")))
        };
        let member_id = match (text("member_id"), known) {
            (Some(new), Some(known)) if new != known => {
                return Err(unusable("is for another portal than was asked for"));
            }
            (Some(member_id), _) | (None, Some(member_id)) => member_id.to_owned(),
            (None, None) => return Err(unusable("does not say which portal it is for")),
        };
        let endpoint = text("client_endpoint").ok_or_else(|| unusable("does not say where the portal is"))?;
        let portal = Address::of_endpoint(endpoint, allow_http)
            .ok_or_else(|| unusable("has an address of the portal that is none, or not https"))?;
        // The clock here may differ from the server's, so a span is better than a moment.
        let expires_at = match (number("expires_in"), number("expires")) {
            (Some(span), _) => SystemTime::now().checked_add(Duration::from_secs(span)),
            (None, Some(moment)) => UNIX_EPOCH.checked_add(Duration::from_secs(moment)),
            (None, None) => None,
        };
        Ok(Self {
            access: token("access_token")?,
            refresh: token("refresh_token")?,
            member_id,
            portal,
            server: server.as_str().to_owned(),
            expires_at,
            scope: scopes(text("scope").unwrap_or_default()),
            user_id: number("user_id"),
            status: text("status").map(str::to_owned),
        })
    }
}

fn scopes(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The answer of an authorization server can't be used.
pub(crate) fn unusable(why: impl fmt::Display) -> Error {
    Error::token(
        Kind::Authorization,
        format!("the answer of the authorization server {why}"),
    )
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("member_id", &self.member_id)
            .field("portal", &self.portal)
            .field("expires_at", &self.expires_at)
            .field("scope", &self.scope)
            .field("user_id", &self.user_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
