//! Stage 3: what proves to the portal who is calling: the code of a webhook, which is in the path of the URL, or an OAuth
//! token, which goes into the header `Authorization`.
//!
//! Both versions of the API take the token there, and it is the one place that suits every call: the body of a v3 batch
//! is a list and has no room for a parameter `auth`, methods that take parameters by position stumble over one more, and
//! a body is what people log when they look for a mistake. It also leaves the body the same when a call is repeated with
//! another token.
//!
//! Everything that is secret is in here, so this is also where texts are cleared of it.

use std::{
    ops::Deref,
    pin::pin,
    sync::{Arc, PoisonError, RwLock},
};

use bitrix24_types::Api;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    address::{Address, Webhook},
    client::{Moved, MovedHook},
    deadline::Deadline,
    error::Error,
    oauth::{Session, Token},
};

pub(crate) struct Auth {
    credential: Credential,
    pub(crate) place: Arc<Place>,
}

enum Credential {
    Webhook { user: u64, secrets: Arc<Secrets> },
    OAuth(Arc<Session>),
}

/// What goes with one request.
pub(crate) struct Pass<'a> {
    /// Where the portal was taken to be.
    pub(crate) from: Arc<Here>,
    api: Api,
    method: &'a str,
    pub(crate) authorization: Option<HeaderValue>,
    token: Option<Arc<Token>>,
}

impl Auth {
    pub(crate) fn webhook(webhook: Webhook, on_moved: Option<MovedHook>) -> Self {
        let Webhook { address, user, code } = webhook;
        Self {
            credential: Credential::Webhook {
                user,
                secrets: Arc::new(Secrets::of([&code])),
            },
            place: Arc::new(Place::of_webhook(address, user, &code, on_moved)),
        }
    }

    pub(crate) fn oauth(session: Arc<Session>) -> Self {
        Self {
            place: session.place().clone(),
            credential: Credential::OAuth(session),
        }
    }

    /// The user behind the webhook.
    pub(crate) fn user(&self) -> Option<u64> {
        match &self.credential {
            Credential::Webhook { user, .. } => Some(*user),
            Credential::OAuth(_) => None,
        }
    }

    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match &self.credential {
            Credential::Webhook { .. } => None,
            Credential::OAuth(session) => Some(session),
        }
    }

    /// What it takes to call `method` now.
    pub(crate) fn pass<'a>(&self, api: Api, method: &'a str) -> Pass<'a> {
        let token = self.session().map(|session| session.token());
        Pass {
            from: self.place.address(),
            api,
            method,
            authorization: token.as_ref().map(|token| token.header()),
            token,
        }
    }

    /// Whether there is another token now than the one that was refused, after a refresh if need be. Not if `error` is no
    /// such refusal, nor if the token came just now: the portal would refuse the next one as well.
    pub(crate) async fn renew(
        &self,
        pass: &Pass<'_>,
        error: &Error,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        let (Credential::OAuth(session), Some(token)) = (&self.credential, &pass.token) else {
            return Ok(false);
        };
        if !error.is_expired_token() {
            return Ok(false);
        }
        match deadline.limit(pin!(session.renew(token))).await {
            Ok(renewed) => renewed,
            Err(_) => Err(Error::late_for_token()),
        }
    }

    /// All that must not be seen.
    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        match &self.credential {
            Credential::Webhook { secrets, .. } => secrets.clone(),
            Credential::OAuth(session) => session.secrets(),
        }
    }
}

impl Pass<'_> {
    /// The URL that calls the method: with a webhook a secret.
    pub(crate) fn url(&self) -> Url {
        self.from.url_of(self.api, self.method)
    }

    /// Takes note that the portal has let the request in.
    pub(crate) fn let_in(&self) {
        if let Some(token) = &self.token {
            token.let_in();
        }
    }
}

/// Where the portal is now: it may have moved.
pub(crate) struct Place {
    /// What stands in the path between the version of the API and the method, `1/code/` with a webhook.
    credentials: SecretString,
    here: RwLock<Arc<Here>>,
    on_moved: Option<MovedHook>,
}

/// An address of the portal, and the URLs that the names of methods are put behind.
pub(crate) struct Here {
    address: Address,
    v2: Url,
    v3: Url,
}

impl Here {
    fn new(address: Address, credentials: &SecretString) -> Self {
        let credentials = credentials.expose_secret();
        Self {
            v2: address.join(&format!("rest/{credentials}")),
            v3: address.join(&format!("rest/api/{credentials}")),
            address,
        }
    }

    /// The URL that calls a method. Parsing it anew for each call would cost more than all else that is done here.
    fn url_of(&self, api: Api, method: &str) -> Url {
        let mut url = match api {
            Api::V2 => self.v2.clone(),
            Api::V3 => self.v3.clone(),
        };
        url.path_segments_mut()
            .expect("a URL of http or https has a path")
            .pop_if_empty()
            .push(method);
        url
    }
}

impl Deref for Here {
    type Target = Address;

    fn deref(&self) -> &Address {
        &self.address
    }
}

impl Place {
    pub(crate) fn new(address: Address, on_moved: Option<MovedHook>) -> Self {
        Self::with(address, SecretString::default(), on_moved)
    }

    fn of_webhook(address: Address, user: u64, code: &SecretString, on_moved: Option<MovedHook>) -> Self {
        let credentials = format!("{user}/{}/", code.expose_secret());
        Self::with(address, credentials.into(), on_moved)
    }

    fn with(address: Address, credentials: SecretString, on_moved: Option<MovedHook>) -> Self {
        Self {
            here: RwLock::new(Arc::new(Here::new(address, &credentials))),
            credentials,
            on_moved,
        }
    }

    pub(crate) fn address(&self) -> Arc<Here> {
        self.here.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of an address, and passes it on if it is a new one.
    pub(crate) fn moved(&self, to: &Address) {
        let from = {
            let mut here = self.here.write().unwrap_or_else(PoisonError::into_inner);
            if here.address == *to {
                return;
            }
            let there = Here::new(to.clone(), &self.credentials);
            std::mem::replace(&mut *here, Arc::new(there))
        };
        tracing::info!(from = from.host(), to = to.host(), "the portal has a new address");
        if let Some(hook) = &self.on_moved {
            hook(&Moved {
                from: from.address.clone(),
                to: to.clone(),
            });
        }
    }
}

/// Texts that nobody may see.
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut all = Vec::new();
        for secret in secrets.into_iter().filter(|s| !s.expose_secret().is_empty()) {
            all.push(secret.clone());
            // As a URL or a form has it.
            let escaped: String =
                url::form_urlencoded::byte_serialize(secret.expose_secret().as_bytes()).collect();
            if escaped != *secret.expose_secret() {
                all.push(escaped.into());
            }
        }
        Self(all)
    }

    /// Whether a text from outside quotes a secret. An error page of a web server may quote the URL.
    pub(crate) fn are_quoted_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.expose_secret()))
    }

    /// The text with every secret in it blotted out.
    pub(crate) fn blot(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose_secret(), "***")
        })
    }
}
