//! An application: its id, its secret, and the servers that may see the secret.

use std::fmt;

use bitrix24_types::system::AUTH_HOSTS;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    address::{Address, is_loopback},
    error::{Error, one_line},
};

/// An application as it was registered, with the vendor or in one portal. Clones are cheap enough to have one for each
/// portal.
#[derive(Clone)]
pub struct App {
    client_id: String,
    client_secret: SecretString,
    /// Trusted by hand.
    servers: Vec<Server>,
}

/// An authorization server that may see the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server(Url);

impl App {
    /// An application with the `client_id` and the `client_secret` it was given.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            servers: Vec::new(),
        }
    }

    /// Trusts an authorization server that is none of the vendor's with the secret, `https://auth.example.com/`: that of a
    /// self-hosted portal, or, with `http://127.0.0.1:8024`, one that a test has started. It becomes the one that is asked
    /// unless [another](crate::oauth::Connect::server) is named.
    ///
    /// Write it down in the program or its settings. An address that came with a request must never get here: whoever made
    /// the request would be given the secret. [`Connect::server`](crate::oauth::Connect::server) is for those.
    pub fn trust_server(mut self, url: &str) -> Result<Self, Error> {
        self.servers.push(Server::trusted(url)?);
        Ok(self)
    }

    /// `client_id`.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// The page of a portal where its user lets the application in: send the user's browser there. It comes back to the
    /// address the application was registered with, with a `code` that is good for half a minute, and with `state`.
    ///
    /// `portal` is what a user would type, `acme.bitrix24.com`. `state` must be something nobody can guess, made for this
    /// user and kept until the user comes back: if `state` is another then, somebody else has sent them.
    pub fn authorization_url(&self, portal: &str, state: &str) -> Result<Url, Error> {
        self.check()?;
        if state.is_empty() {
            return Err(Error::config(
                "`state` must not be empty: it tells a user's return from a forged one",
            ));
        }
        let mut url = Address::of_portal(portal)?.join("oauth/authorize/");
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("state", state);
        Ok(url)
    }

    /// Refuses what is plainly a setting left out.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.client_id.is_empty() {
            return Err(Error::config("the application's `client_id` is empty"));
        }
        if self.client_secret.expose_secret().is_empty() {
            return Err(Error::config("the application's `client_secret` is empty"));
        }
        Ok(())
    }

    /// The server that is asked if none is named.
    pub(crate) fn usual_server(&self) -> Server {
        self.trusted().next().expect("there are known servers")
    }

    /// The server of this name, host or URL, if the secret may go there. What comes back is never made of `name`, which
    /// may come from anywhere.
    pub(crate) fn server(&self, name: &str) -> Result<Server, Error> {
        let (scheme, rest) = match name.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, name),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        self.trusted()
            .find(|server| {
                authority.eq_ignore_ascii_case(server.authority())
                    && scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(server.0.scheme()))
            })
            .ok_or_else(|| {
                Error::config(format!(
                    "`{}` is no authorization server that is known, so it is not given the application's secret \
                     (if it is the server of a self-hosted portal, trust it with `App::trust_server`)",
                    one_line(authority)
                ))
            })
    }

    fn trusted(&self) -> impl Iterator<Item = Server> {
        let known = AUTH_HOSTS.iter().map(|host| {
            let url = Url::parse(&format!("https://{host}/"));
            Server(url.expect("the name of a known server makes a URL"))
        });
        self.servers.clone().into_iter().chain(known)
    }
}

impl Server {
    fn trusted(text: &str) -> Result<Self, Error> {
        let wrong = |what| {
            Err(Error::config(format!(
                "the authorization server's address {what}"
            )))
        };
        let Ok(mut url) = Url::parse(text) else {
            return wrong("is not a URL, `https://auth.example.com/`");
        };
        if !url.has_host() {
            return wrong("has no host");
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return wrong("does not start with `https://`, so the secret would be sent in clear text");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("has a user name or a password in it");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("goes on after its path");
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }

    /// Where tokens are given out.
    pub(crate) fn token_url(&self) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}oauth/token/", self.0.path()));
        url
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host and port, as in the URL.
    fn authority(&self) -> &str {
        self.0.authority()
    }

    /// The same as an address, for the HTTP layer to be made for.
    pub(crate) fn address(&self) -> Address {
        Address::of(self.0.clone())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn app() -> App {
        App::new("local.1", "s3cr3t")
    }

    #[test]
    fn the_authorization_page_is_the_portals_and_gets_id_and_state_only() {
        for (portal, page) in [
            ("acme.bitrix24.com", "https://acme.bitrix24.com"),
            ("  ACME.bitrix24.com/ ", "https://acme.bitrix24.com"),
            ("https://acme.bitrix24.com", "https://acme.bitrix24.com"),
            (
                "crm.example.com:8443/folder",
                "https://crm.example.com:8443/folder",
            ),
            ("http://127.0.0.1:8024", "http://127.0.0.1:8024"),
        ] {
            let url = app().authorization_url(portal, "a&b=ü").expect(portal);
            let expected = format!("{page}/oauth/authorize/?client_id=local.1&state=a%26b%3D%C3%BC");
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_portal_has_no_such_page() {
        for portal in [
            "",
            " ",
            "http://acme.bitrix24.com",
            "http://crm.example.com",
            "ftp://acme.bitrix24.com",
            "javascript:alert(1)",
            "https://me:pw@acme.bitrix24.com",
            "acme.bitrix24.com?x=1",
            "acme.bitrix24.com#x",
            "acme bitrix24.com",
            "https://",
            "\\\\acme",
        ] {
            let error = app().authorization_url(portal, "x").expect_err(portal);
            assert_eq!(error.kind(), Kind::Config, "{portal}");
        }
        assert!(app().authorization_url("acme.bitrix24.com", "").is_err());
        assert!(
            App::new("", "x")
                .authorization_url("acme.bitrix24.com", "x")
                .is_err()
        );
        assert!(
            App::new("x", "")
                .authorization_url("acme.bitrix24.com", "x")
                .is_err()
        );
    }

    #[test]
    fn peers_8_the_secret_goes_to_known_servers_only() {
        let own = app()
            .trust_server("https://Auth.example.com:8443/b24")
            .expect("a server");
        for (app, name, url) in [
            (
                &app(),
                "oauth.bitrix.info",
                "https://oauth.bitrix.info/oauth/token/",
            ),
            (
                &app(),
                "OAUTH.bitrix24.tech",
                "https://oauth.bitrix24.tech/oauth/token/",
            ),
            (
                &app(),
                "https://oauth.bitrix.info/rest/",
                "https://oauth.bitrix.info/oauth/token/",
            ),
            (
                &own,
                "auth.example.com:8443",
                "https://auth.example.com:8443/b24/oauth/token/",
            ),
            (
                &own,
                "https://auth.example.com:8443/rest/",
                "https://auth.example.com:8443/b24/oauth/token/",
            ),
            (
                &own,
                "oauth.bitrix.info",
                "https://oauth.bitrix.info/oauth/token/",
            ),
        ] {
            assert_eq!(app.server(name).expect(name).token_url().as_str(), url);
        }
        assert_eq!(app().usual_server().as_str(), "https://oauth.bitrix.info/");
        assert_eq!(own.usual_server().as_str(), "https://auth.example.com:8443/b24/");
        for name in [
            "",
            "evil.example",
            "https://evil.example/rest/",
            "http://oauth.bitrix.info/rest/",
            "oauth.bitrix.info.evil.example",
            "https://oauth.bitrix.info@evil.example/",
            "https://evil.example/oauth.bitrix.info",
            "evil.example?https://oauth.bitrix.info",
            "oauth.bitrix.info:8443",
            "oauth.bitrix.info.",
            "auth.example.com",
            "127.0.0.1:8024",
            "http://127.0.0.1:8024/rest/",
            "localhost",
        ] {
            let error = own.server(name).expect_err(name);
            assert_eq!(error.kind(), Kind::Config);
            assert!(!error.to_string().contains("s3cr3t"));
        }
    }

    #[test]
    fn a_server_is_trusted_by_hand_and_only_where_the_way_is_safe() {
        for url in [
            "https://auth.example.com",
            "http://127.0.0.1:8024",
            "http://localhost:8024/",
        ] {
            assert!(app().trust_server(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "auth.example.com",
            "http://auth.example.com",
            "http://10.0.0.1/",
            "https://me:pw@auth.example.com",
            "https://auth.example.com?x",
            "data:x",
        ] {
            assert!(app().trust_server(url).is_err(), "{url}");
        }
    }

    #[test]
    fn shows_no_secret() {
        assert!(!format!("{:?} {:#?}", app(), app()).contains("s3cr3t"));
    }
}
