//! The HTTP layer on reqwest: the only module that knows it.
//!
//! TLS is rustls with ring and the certificates of the operating system, or the system's own TLS. A rustls provider
//! that the program has installed is used; none needs to be.

use std::time::Duration;

use reqwest::{Body, Client, ClientBuilder, Method, Url, redirect::Policy};

use super::{
    BoxFuture, Failure, Http, Reply, Request, Streamed, Transfer,
    transfer::{Inward, Outward},
};
use crate::address::Address;

/// Whether this build can speak https.
pub(crate) const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// How long an unused connection is kept: shorter than the minute after which common servers close it, since a
/// request written to a connection that is just being closed has an unknown outcome.
const IDLE: Duration = Duration::from_secs(50);

#[derive(Debug)]
pub(crate) struct Reqwest {
    client: Client,
    /// Whether it may have been told to follow redirects.
    foreign: bool,
}

type SetUp<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Reqwest {
    /// For a portal at `address`.
    pub(crate) fn new(connect_timeout: Duration, address: &Address) -> SetUp<Self> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE);
        if address.is_loopback() {
            // No proxy can reach this machine.
            builder = builder.no_proxy();
        }
        // To read the system's certificates takes milliseconds, and a small container may have none.
        let no_certificates = address.is_loopback() && !address.is_https();
        let client = with_tls(builder, no_certificates)?.build();
        Ok(Self {
            client: client.map_err(reqwest::Error::without_url)?,
            foreign: false,
        })
    }

    pub(crate) fn from_client(client: Client) -> Self {
        Self {
            client,
            foreign: true,
        }
    }
}

#[cfg(feature = "rustls")]
fn with_tls(builder: ClientBuilder, no_certificates: bool) -> SetUp<ClientBuilder> {
    use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
    use rustls_platform_verifier::BuilderVerifierExt;

    // Left to itself, reqwest would panic here when the program has installed no provider.
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| std::sync::Arc::new(rustls::crypto::ring::default_provider()));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = if no_certificates {
        config.with_root_certificates(RootCertStore::empty())
    } else {
        config.with_platform_verifier()?
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(builder: ClientBuilder, _: bool) -> SetUp<ClientBuilder> {
    Ok(builder.tls_backend_native())
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: ClientBuilder, _: bool) -> SetUp<ClientBuilder> {
    Ok(builder)
}

impl Http for Reqwest {
    fn post(&self, request: Request) -> BoxFuture<'_, Result<Reply, Failure>> {
        let Request {
            url, headers, body, ..
        } = request;
        let expected = self.foreign.then(|| url.clone());
        // Not by a `RequestBuilder`: that copies the headers one by one.
        let mut request = reqwest::Request::new(Method::POST, url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.into());
        let response = self.client.execute(request);
        Box::pin(async move {
            let mut response = response.await.map_err(failure)?;
            expected.map_or(Ok(()), |expected| not_astray(&expected, response.url(), true))?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            // Not by `bytes()`, which moves the response about.
            let mut chunks = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(failure)? {
                chunks.push(chunk);
            }
            let body = match &mut chunks[..] {
                [whole] => std::mem::take(whole),
                parts => parts.concat().into(),
            };
            Ok(Reply {
                status,
                headers,
                body,
            })
        })
    }

    fn transfer(&self, transfer: Transfer) -> BoxFuture<'_, Result<Streamed, Failure>> {
        let Transfer {
            url,
            headers,
            content,
        } = transfer;
        let expected = self.foreign.then(|| url.clone());
        let sends = content.is_some();
        let method = if sends { Method::POST } else { Method::GET };
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = content.map(|content| Body::wrap(Outward::from(content)));
        let response = self.client.execute(request);
        Box::pin(async move {
            let response = response.await.map_err(failure)?;
            expected.map_or(Ok(()), |expected| not_astray(&expected, response.url(), sends))?;
            let response = http::Response::<Body>::from(response);
            let (head, body) = response.into_parts();
            Ok(Streamed {
                status: head.status,
                headers: head.headers,
                chunks: Box::pin(Inward(body)),
            })
        })
    }
}

/// An error if a client that follows redirects has ended up where the answer is worth nothing.
fn not_astray(from: &Url, to: &Url, sends: bool) -> Result<(), Failure> {
    // By now a POST has become a GET without a body.
    let why = if sends && from != to {
        "the reqwest::Client followed a redirect: build it with redirect::Policy::none()"
    } else if from.scheme() == "https" && to.scheme() != "https" {
        "the reqwest::Client followed a redirect to where the file comes in clear text: build it with redirect::Policy::none()"
    } else {
        return Ok(());
    };
    Err(Failure::lost(why))
}

/// reqwest's errors carry the URL, and with it the webhook's code.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_connect() {
        Failure::connect(error)
    } else if error.is_timeout() {
        Failure::timeout(error)
    } else {
        Failure::lost(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_come_from_elsewhere_but_not_in_clear_text() {
        let leads = |from: &str, to: &str, sends| {
            let url = |text: &str| text.parse().expect("a URL");
            not_astray(&url(from), &url(to), sends).is_ok()
        };
        let (secure, clear) = ("https://acme.bitrix24.com/x", "http://acme.bitrix24.com/x");
        let store = "https://store.example/y";
        assert!(leads(secure, secure, true) && leads(clear, clear, true));
        assert!(!leads(secure, store, true) && !leads(clear, secure, true));
        assert!(leads(secure, store, false) && leads(clear, store, false) && leads(clear, clear, false));
        assert!(!leads(secure, clear, false));
    }
}
