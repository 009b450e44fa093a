//! What is kept in a token store: the tokens, and how far a refresh of them has come.
//!
//! A refresh uses the refresh token up and gives another one. If the program is stopped after the server has given it and
//! before it is stored, the tokens are lost. Nothing can prevent that, but it can be told afterwards: before the server is
//! asked, the record says that this is about to happen ([`Mark`]).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{store::Key, tokens::Tokens};
use crate::{
    address::Address,
    error::{Error, Kind},
};

/// The form of records. A program that finds a higher number leaves the record alone.
const VERSION: u32 = 1;

/// One record.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) tokens: Tokens,
    /// A refresh that is under way, or was when its process was stopped.
    pub(crate) refreshing: Option<Mark>,
    /// When a refresh with these tokens was begun of which it is not known what came of it, in seconds since 1970.
    pub(crate) interrupted: Option<u64>,
}

/// Who has begun a refresh, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) by: String,
    /// In seconds since 1970, by the clock of whoever it was.
    pub(crate) since: u64,
}

impl Record {
    /// Tokens that nobody is refreshing.
    pub(crate) fn of(tokens: Tokens) -> Self {
        Self {
            tokens,
            refreshing: None,
            interrupted: None,
        }
    }

    /// The record while somebody refreshes: what was under way before has been interrupted.
    pub(crate) fn claimed(&self, mark: Mark) -> Self {
        Self {
            interrupted: self.interrupted_since(),
            refreshing: Some(mark),
            tokens: self.tokens.clone(),
        }
    }

    /// When a refresh was begun that nothing is known of.
    pub(crate) fn interrupted_since(&self) -> Option<u64> {
        let mark = self.refreshing.as_ref().map(|mark| mark.since);
        self.interrupted.or(mark)
    }

    pub(crate) fn write(&self) -> Result<SecretString, Error> {
        let tokens = &self.tokens;
        let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        let form = Form {
            v: VERSION,
            member_id: tokens.member_id.clone(),
            client_endpoint: tokens.portal.join("rest/").into(),
            server: tokens.server.clone(),
            access_token: tokens.access.expose_secret().into(),
            refresh_token: tokens.refresh.expose_secret().into(),
            expires: tokens.expires_at.and_then(seconds),
            scope: tokens.scope.clone(),
            user_id: tokens.user_id,
            status: tokens.status.clone(),
            refreshing: self.refreshing.clone(),
            interrupted: self.interrupted,
        };
        serde_json::to_string(&form)
            .map(SecretString::from)
            .map_err(|error| Error::token(Kind::Store, "the tokens can't be written").because(error))
    }

    pub(crate) fn read(text: &SecretString, key: &Key) -> Result<Self, Error> {
        let broken = |why: &str| Error::token(Kind::Store, format!("what the token store has {why}"));
        // Not the reader's own words: they may quote what they stumble over.
        let form: Form = serde_json::from_str(text.expose_secret())
            .map_err(|error| broken(&format!("can't be read as tokens, at column {}", error.column())))?;
        if form.v != VERSION {
            return Err(broken("was written by a newer version of this library"));
        }
        if form.member_id != key.member_id() {
            return Err(broken("is for another portal"));
        }
        // It was checked when it came; whoever could change it here could read the tokens as well.
        let portal = Address::of_endpoint(&form.client_endpoint, true)
            .ok_or_else(|| broken("has no address of a portal"))?;
        let expires_at = form.expires.map(Duration::from_secs);
        Ok(Self {
            tokens: Tokens {
                access: form.access_token.into(),
                refresh: form.refresh_token.into(),
                member_id: form.member_id,
                portal,
                server: form.server,
                expires_at: expires_at.and_then(|since| UNIX_EPOCH.checked_add(since)),
                scope: form.scope,
                user_id: form.user_id,
                status: form.status,
            },
            refreshing: form.refreshing,
            interrupted: form.interrupted,
        })
    }
}

/// A record as it is written.
#[derive(Serialize, Deserialize)]
struct Form {
    v: u32,
    member_id: String,
    client_endpoint: String,
    server: String,
    access_token: String,
    refresh_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refreshing: Option<Mark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interrupted: Option<u64>,
}

/// The time, in seconds since 1970.
pub(crate) fn now() -> u64 {
    // A machine whose clock stands before 1970 is taken to stand at 1970.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"v":1,"member_id":"a223","client_endpoint":"https://acme.bitrix24.com/rest/","#;

    fn text(rest: &str) -> SecretString {
        format!(r#"{TEXT}"server":"https://oauth.bitrix.info/","access_token":"acc3ss","refresh_token":"r3fresh"{rest}}}"#).into()
    }

    fn key() -> Key {
        Key::new("local.1", "a223")
    }

    #[test]
    fn is_read_as_it_was_written() {
        for rest in [
            "",
            r#","expires":1780319382,"scope":["app","crm"],"user_id":67,"status":"T""#,
            r#","refreshing":{"by":"x","since":7},"interrupted":5"#,
        ] {
            let record = Record::read(&text(rest), &key()).expect("a record");
            assert_eq!(
                record.write().expect("written").expose_secret(),
                text(rest).expose_secret()
            );
        }
    }

    #[test]
    fn what_is_none_is_refused_without_quoting_it() {
        for broken in [
            SecretString::from(""),
            SecretString::from("null"),
            text(r#","expires":"s3cret""#),
            text(r#","v":2"#),
            SecretString::from(text("").expose_secret().replace("\"v\":1", "\"v\":2")),
            SecretString::from(text("").expose_secret().replace("a223", "b223")),
            SecretString::from(text("").expose_secret().replace("https://acme", "acme")),
            SecretString::from(text("").expose_secret().replace("access_token", "token")),
        ] {
            let error = Record::read(&broken, &key()).err().expect("no record");
            assert_eq!(error.kind(), Kind::Store);
            let shown = format!("{error} {error:?}");
            for secret in ["acc3ss", "r3fresh", "s3cret"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn the_first_interruption_is_remembered() {
        let mark = |since| Mark {
            by: "x".into(),
            since,
        };
        let fresh = Record::read(&text(""), &key()).expect("a record");
        assert_eq!(fresh.interrupted_since(), None);
        let claimed = fresh.claimed(mark(7));
        assert_eq!(
            (claimed.interrupted, claimed.interrupted_since()),
            (None, Some(7))
        );
        let taken_over = claimed.claimed(mark(9)).claimed(mark(11));
        assert_eq!(
            (taken_over.interrupted, taken_over.refreshing),
            (Some(7), Some(mark(11)))
        );
    }
}
