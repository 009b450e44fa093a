//! Stage 4: one attempt over HTTP, with the redirect rule.
//!
//! A portal whose domain changed answers at the old one with a 302. An HTTP stack that follows it turns the POST into
//! a GET and loses the body; and wherever the redirect leads, path and body hold credentials. So it is answered by a
//! POST with the same body, to a host that was checked, and a few times at most.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, USER_AGENT},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    address::{Address, is_cloud_host, is_loopback},
    auth::Pass,
    deadline::{Deadline, Limited, Passed},
    http::{BoxFuture, Failure, Http, Reply, Request},
    retry::IDEMPOTENCY_KEY,
};

/// Redirects in one attempt. A portal that was renamed twice may need two; more are a mistake of the server.
const MOST_HOPS: usize = 3;

/// Sends requests to one portal.
pub(crate) struct Sender {
    pub(crate) http: Arc<dyn Http>,
    pub(crate) headers: HeaderMap,
    /// For one request, from connecting to the last byte of its answer.
    pub(crate) timeout: Duration,
    pub(crate) redirects: Redirects,
}

/// An answer, and the portal's address if a redirect led to another one.
pub(crate) struct Sent {
    pub(crate) reply: Reply,
    pub(crate) moved: Option<Address>,
}

/// Why an attempt brought no answer.
#[derive(Debug)]
pub(crate) enum SendError {
    Http(Failure),
    /// The request's own time or the call's deadline passed while it was under way.
    Timeout,
    /// A redirect that is not followed.
    Redirect(Refusal),
}

impl Sender {
    /// The headers of every request.
    pub(crate) fn headers(user_agent: HeaderValue) -> HeaderMap {
        let json = HeaderValue::from_static("application/json");
        // With room for what is added on the way.
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, json.clone());
        headers.insert(ACCEPT, json);
        headers.insert(USER_AGENT, user_agent);
        headers
    }

    /// Sends a request, with the key that the portal is to know it by if it has one.
    pub(crate) async fn send(
        &self,
        pass: &Pass<'_>,
        key: Option<&HeaderValue>,
        body: &Bytes,
        deadline: Deadline,
        now: Instant,
    ) -> Result<Sent, SendError> {
        let reply = answered(self.post(pass.url(), pass, key, body, deadline, now).await)?;
        let Some(location) = redirect(&reply).map_err(SendError::Redirect)? else {
            return Ok(Sent { reply, moved: None });
        };
        let from = pass.url();
        let first = self.redirects.check(&from, location);
        let first = first.map_err(SendError::Redirect)?;
        // What is rare shall not make the future of each call larger.
        Box::pin(self.send_on(from, first, pass, key, body, deadline)).await
    }

    /// Sends the request where the portal has moved to, and on from there if it has moved on.
    async fn send_on(
        &self,
        from: Url,
        mut to: Url,
        pass: &Pass<'_>,
        key: Option<&HeaderValue>,
        body: &Bytes,
        deadline: Deadline,
    ) -> Result<Sent, SendError> {
        let mut visited = vec![from];
        loop {
            if visited.contains(&to) || visited.len() > MOST_HOPS {
                return Err(SendError::Redirect(Refusal::Loop));
            }
            tracing::debug!(
                host = to.host_str(),
                "the portal has moved, sending the request there"
            );
            let now = Instant::now();
            let reply = answered(self.post(to.clone(), pass, key, body, deadline, now).await)?;
            let Some(location) = redirect(&reply).map_err(SendError::Redirect)? else {
                let moved = Some(pass.from.at(&to));
                return Ok(Sent { reply, moved });
            };
            let next = self.redirects.check(&to, location).map_err(SendError::Redirect)?;
            visited.push(std::mem::replace(&mut to, next));
        }
    }

    fn post(
        &self,
        url: Url,
        pass: &Pass<'_>,
        key: Option<&HeaderValue>,
        body: &Bytes,
        deadline: Deadline,
        now: Instant,
    ) -> Limited<BoxFuture<'_, Result<Reply, Failure>>> {
        let mut headers = self.headers.clone();
        if let Some(key) = key {
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        if let Some(authorization) = &pass.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let deadline = deadline.or(Deadline::after(now, self.timeout));
        let reply = self.http.post(Request {
            url,
            headers,
            body: body.clone(),
            timeout: deadline.left(now).unwrap_or(self.timeout),
        });
        deadline.limit(reply)
    }
}

fn answered(reply: Result<Result<Reply, Failure>, Passed>) -> Result<Reply, SendError> {
    match reply {
        Ok(reply) => reply.map_err(SendError::Http),
        Err(Passed) => Err(SendError::Timeout),
    }
}

/// Where the answer sends us, if it does. 303 is not in the list: it says that the request was carried out.
fn redirect(reply: &Reply) -> Result<Option<&str>, Refusal> {
    match reply.status {
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => {
            let location = reply.headers.get(LOCATION).ok_or(Refusal::Nowhere)?;
            location.to_str().map(Some).map_err(|_| Refusal::Nowhere)
        }
        _ => Ok(None),
    }
}

/// Which redirects are followed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redirects {
    pub(crate) never: bool,
    /// Hosts that are trusted as the portal's, in lower case.
    pub(crate) hosts: Vec<String>,
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Never,
    Nowhere,
    ClearText,
    Credentials,
    OtherPath,
    ForeignHost(String),
    Loop,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            Self::Never => "and this client follows none",
            Self::Nowhere => "without a place to go to",
            Self::ClearText => "to a place that is not https",
            Self::Credentials => "to a URL with a user name or a password",
            Self::OtherPath => "to another path, so this is no change of the portal's domain",
            Self::Loop => "once more after it was followed: it goes round in a circle, or on for too long",
            Self::ForeignHost(host) => {
                return write!(
                    f,
                    "the portal answered with a redirect to `{host}`, which is not known to be the same portal \
                     (trust it with `Client::builder().trust_host(…)`)"
                );
            }
        };
        write!(f, "the portal answered with a redirect {why}")
    }
}

impl Redirects {
    /// The URL to send the request to, or why not to. `from` is where it was sent, `location` what the answer said.
    fn check(&self, from: &Url, location: &str) -> Result<Url, Refusal> {
        if self.never {
            return Err(Refusal::Never);
        }
        let to = from.join(location).map_err(|_| Refusal::Nowhere)?;
        let Some(host) = to.host_str().map(str::to_ascii_lowercase) else {
            return Err(Refusal::Nowhere);
        };
        let local = is_loopback(from) && is_loopback(&to);
        if to.scheme() != "https" && !(local && to.scheme() == from.scheme()) {
            return Err(Refusal::ClearText);
        }
        if !to.username().is_empty() || to.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if to.path() != from.path() || to.query().is_some_and(|query| !query.is_empty()) {
            return Err(Refusal::OtherPath);
        }
        // A port of its own is a program of its own: it counts as the same portal only if it was the portal's before.
        let usual_port = to.port().is_none() || to.port() == from.port();
        let renamed = is_cloud_host(from.host_str().unwrap_or_default()) && is_cloud_host(&host);
        let same_host = to.host_str() == from.host_str();
        let trusted = self.hosts.contains(&host);
        if local || (usual_port && (renamed || same_host)) || trusted {
            Ok(to)
        } else {
            Err(Refusal::ForeignHost(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: &str = "https://old.bitrix24.com/rest/1/c0de/profile";
    const OWN: &str = "https://crm.example.com/rest/1/c0de/profile";
    const LOCAL: &str = "http://127.0.0.1:8024/rest/1/c0de/profile";

    fn check(redirects: &Redirects, from: &str, location: &str) -> Result<String, Refusal> {
        redirects
            .check(&Url::parse(from).expect("a URL"), location)
            .map(String::from)
    }

    #[test]
    fn follows_a_portal_to_a_place_that_can_be_its_own() {
        let redirects = Redirects {
            never: false,
            hosts: vec!["intranet.example.org".into()],
        };
        for (from, location) in [
            (CLOUD, "https://new.bitrix24.com/rest/1/c0de/profile"),
            (CLOUD, "https://new.bitrix24.de/rest/1/c0de/profile"),
            (CLOUD, "https://new.bitrix24.de:443/rest/1/c0de/profile?"),
            (CLOUD, "//new.bitrix24.com/rest/1/c0de/profile#x"),
            (CLOUD, "https://intranet.example.org/rest/1/c0de/profile"),
            (OWN, "https://Intranet.example.org/rest/1/c0de/profile"),
            ("http://crm.example.com/rest/1/c0de/profile", OWN),
            (LOCAL, "http://localhost:9999/rest/1/c0de/profile"),
            (LOCAL, "https://127.0.0.1:9999/rest/1/c0de/profile"),
        ] {
            assert!(check(&redirects, from, location).is_ok(), "{from} → {location}");
        }
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        use Refusal::*;
        let foreign = |host: &str| ForeignHost(host.to_owned());
        for (from, location, refusal) in [
            (CLOUD, "http://new.bitrix24.com/rest/1/c0de/profile", ClearText),
            (CLOUD, "ftp://new.bitrix24.com/rest/1/c0de/profile", ClearText),
            (CLOUD, "http://127.0.0.1/rest/1/c0de/profile", ClearText),
            (LOCAL, "http://evil.example/rest/1/c0de/profile", ClearText),
            (
                CLOUD,
                "https://me@new.bitrix24.com/rest/1/c0de/profile",
                Credentials,
            ),
            (CLOUD, "/auth/", OtherPath),
            (CLOUD, "https://new.bitrix24.com/", OtherPath),
            (
                CLOUD,
                "https://new.bitrix24.com/rest/1/c0de/profile?to=me",
                OtherPath,
            ),
            (
                CLOUD,
                "https://evil.example/rest/1/c0de/profile",
                foreign("evil.example"),
            ),
            (
                CLOUD,
                "https://a.bitrix24.evil.example/rest/1/c0de/profile",
                foreign("a.bitrix24.evil.example"),
            ),
            (
                CLOUD,
                "https://new.bitrix24.com:8443/rest/1/c0de/profile",
                foreign("new.bitrix24.com"),
            ),
            (
                OWN,
                "https://new.bitrix24.com/rest/1/c0de/profile",
                foreign("new.bitrix24.com"),
            ),
            (
                OWN,
                "https://crm.example.com:8443/rest/1/c0de/profile",
                foreign("crm.example.com"),
            ),
            (
                LOCAL,
                "https://new.bitrix24.com/rest/1/c0de/profile",
                foreign("new.bitrix24.com"),
            ),
            (CLOUD, "https://", Nowhere),
        ] {
            assert_eq!(
                check(&Redirects::default(), from, location),
                Err(refusal),
                "{from} → {location}"
            );
        }
        let never = Redirects {
            never: true,
            hosts: Vec::new(),
        };
        assert_eq!(
            check(&never, CLOUD, "https://new.bitrix24.com/rest/1/c0de/profile"),
            Err(Never)
        );
    }

    #[test]
    fn explains_itself_in_one_line() {
        for refusal in [
            Refusal::Never,
            Refusal::Nowhere,
            Refusal::Loop,
            Refusal::ForeignHost("evil.example".into()),
        ] {
            let line = refusal.to_string();
            assert!(
                line.starts_with("the portal answered with a redirect ") && !line.contains('\n'),
                "{line}"
            );
        }
    }
}
