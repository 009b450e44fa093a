//! The settings of a client.

use std::{fmt, sync::Arc, time::Duration};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    address::{Address, Webhook},
    auth::Auth,
    budget::{Budget, Limits, LocalBudget, Rate},
    client::{Client, Moved, MovedHook, Shared},
    error::Error,
    http::{
        Http,
        reqwest::{HAS_TLS, Reqwest},
    },
    limits::Gate,
    middleware::Middleware,
    oauth::{App, Connect, TokenStore},
    observe::{Event, Observer},
    retry::{Retries, Retry},
    send::{Redirects, Sender},
};

/// One request may take the portal a minute. Whoever waits less turns a slow success into an unknown outcome.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(75);
/// For all of a call: two slow requests and the waiting between them.
const TIMEOUT: Duration = Duration::from_secs(180);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("bitrix24-rust/", env!("CARGO_PKG_VERSION"));

/// The settings of a [`Client`]. Only who calls has no default: a [webhook](Self::webhook), or [OAuth](Self::oauth).
#[must_use = "settings do nothing until `build` makes a client of them"]
pub struct Builder {
    webhook: Option<SecretString>,
    allow_http: bool,
    timeout: Duration,
    request_timeout: Duration,
    connect_timeout: Duration,
    user_agent: String,
    http: Option<Arc<dyn Http>>,
    limits: Limits,
    budget: Option<Arc<dyn Budget>>,
    retry: Retry,
    redirects: Redirects,
    on_moved: Option<MovedHook>,
    observer: Observer,
    middleware: Vec<Arc<dyn Middleware>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            webhook: None,
            allow_http: false,
            timeout: TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            user_agent: USER_AGENT.to_owned(),
            http: None,
            limits: Limits::default(),
            budget: None,
            retry: Retry::default(),
            redirects: Redirects::default(),
            on_moved: None,
            observer: Observer::default(),
            middleware: Vec::new(),
        }
    }
}

impl Builder {
    /// The URL of an inbound webhook, `https://portal/rest/1/code/`.
    pub fn webhook(mut self, url: &str) -> Self {
        self.webhook = Some(SecretString::from(url));
        self
    }

    /// Calls with OAuth tokens from `store`. Make all other settings before this one: what follows is where the tokens come
    /// from, by [`open`](Connect::open), [`authorize`](Connect::authorize) or [`install`](Connect::install).
    pub fn oauth(self, app: App, store: impl TokenStore + 'static) -> Connect {
        Connect::new(self, app, store)
    }

    /// Allows `http://` to a self-hosted portal, where whoever is on the way can read the webhook's code or the token. To
    /// this machine it is always allowed, to the cloud never.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// The time that all of a call may take: waiting for its turn, attempts, pauses. 3 minutes if nothing is said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The time that one request may take, from connecting to the last byte of the answer. 75 seconds if nothing is said;
    /// the portal itself stops at 60, so below that a call may run and end as a timeout.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// The time that connecting may take. 10 seconds if nothing is said. Has no effect on an HTTP layer of your own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// What the client calls itself.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// An HTTP layer of your own: [`from_reqwest`](crate::http::from_reqwest) for a `reqwest::Client` with a proxy or an
    /// own CA, anything that implements [`Http`], or a fake for tests.
    pub fn http(mut self, http: impl Http + 'static) -> Self {
        self.http = Some(Arc::new(http));
        self
    }

    /// How fast the portal may be asked: the numbers of its plan. [`Rate::STANDARD`] if nothing is said.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.limits = self.limits.rate(rate);
        self
    }

    /// All limits of the portal: its rate, how much of it others have used, the operating time of methods.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A budget that is shared with others who call the same portal, or one of your own. It has its own
    /// [limits](Self::limits).
    pub fn budget(mut self, budget: Arc<dyn Budget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// How often, and how far apart, a request is sent again that failed. Whether it may be is no setting: it never is if
    /// the method may have run and twice is not the same as once.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Whether to go where a portal says that it has moved to. It is followed if nothing is said, but only with the same
    /// request, to the same path, over https, and from a portal in the cloud to another name in the cloud; other hosts
    /// must be [trusted](Self::trust_host) one by one.
    pub fn follow_moves(mut self, follow: bool) -> Self {
        self.redirects.never = !follow;
        self
    }

    /// A host that the portal may move to, whatever its name: requests with their credentials follow it there.
    pub fn trust_host(mut self, host: &str) -> Self {
        self.redirects.hosts.push(host.to_ascii_lowercase());
        self
    }

    /// Called when the portal turned out to have a new address, so that it can be written down. The client uses it from
    /// then on.
    pub fn on_moved(mut self, hook: impl Fn(&Moved) + Send + Sync + 'static) -> Self {
        self.on_moved = Some(Box::new(hook));
        self
    }

    /// Called with what happens to calls, for metrics: each attempt, each call, each refresh of tokens. It is called where
    /// the call is made and holds it up: count, and be gone.
    pub fn on_event(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(hook);
        self
    }

    /// Something that stands around each call and can wait, answer in the portal's place, or look. The one that is added
    /// first is the outermost. See [`extending`](crate::extending) for examples.
    pub fn middleware(mut self, middleware: impl Middleware + 'static) -> Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// Checks the settings and makes the client. Connects nowhere.
    pub fn build(mut self) -> Result<Client, Error> {
        let url = self
            .webhook
            .take()
            .ok_or_else(|| Error::config("the client has no webhook: set one with `webhook(…)`"))?;
        let webhook = Webhook::parse(url.expose_secret(), self.allow_http)
            .map_err(|mistake| Error::config(mistake.to_string()))?;
        let http = self.http_for(&webhook.address)?;
        let auth = Auth::webhook(webhook, self.on_moved.take());
        self.client(auth, http)
    }

    /// The client, once it is known who calls.
    pub(crate) fn client(self, auth: Auth, http: Arc<dyn Http>) -> Result<Client, Error> {
        let user_agent = self.checked_user_agent()?;
        Ok(Client::from_shared(Shared {
            timeout: self.timeout,
            limits: Gate::new(
                self.budget
                    .unwrap_or_else(|| Arc::new(LocalBudget::new(self.limits))),
            ),
            auth,
            sender: Sender {
                http,
                headers: Sender::headers(user_agent),
                timeout: self.request_timeout,
                redirects: self.redirects,
            },
            retries: Retries::new(self.retry),
            observer: self.observer,
            middleware: self.middleware,
        }))
    }

    /// The HTTP layer for requests to this address.
    pub(crate) fn http_for(&self, address: &Address) -> Result<Arc<dyn Http>, Error> {
        match &self.http {
            Some(http) => Ok(http.clone()),
            None => default_http(address, self.connect_timeout),
        }
    }

    pub(crate) fn checked_user_agent(&self) -> Result<HeaderValue, Error> {
        let user_agent = Some(self.user_agent.trim()).filter(|name| !name.is_empty());
        user_agent.and_then(|name| HeaderValue::from_str(name).ok()).ok_or_else(|| {
            Error::config("the user agent must be a text of one line that is not empty: portals refuse requests without")
        })
    }

    pub(crate) fn has_webhook(&self) -> bool {
        self.webhook.is_some()
    }

    pub(crate) fn longest_request(&self) -> Duration {
        self.request_timeout
    }

    pub(crate) fn allows_http(&self) -> bool {
        self.allow_http
    }

    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }

    pub(crate) fn take_moved_hook(&mut self) -> Option<MovedHook> {
        self.on_moved.take()
    }
}

fn default_http(address: &Address, connect_timeout: Duration) -> Result<Arc<dyn Http>, Error> {
    if address.is_https() && !HAS_TLS {
        return Err(Error::config(
            "the portal's address starts with `https://`, but this program was built without TLS: \
             switch on the feature `rustls` or `native-tls`",
        ));
    }
    let http = Reqwest::new(connect_timeout, address)
        .map_err(|error| Error::config_because("the HTTP client can't be set up", error))?;
    Ok(Arc::new(http))
}

impl fmt::Debug for Builder {
    // Not the webhook, not even whether it looks like one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("timeout", &self.timeout)
            .field("request_timeout", &self.request_timeout)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
