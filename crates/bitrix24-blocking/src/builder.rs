//! The settings of a client: those of the async one, under the same names.

use std::{sync::Arc, time::Duration};

use bitrix24_transport::{
    Error, Moved, Rate, Retry,
    budget::{Budget, Limits},
    http::Http,
    middleware::Middleware,
    oauth::{App, TokenStore},
    observe::Event,
};

use crate::{Client, oauth::Connect};

/// The settings of a [`Client`]. Only who calls has no default: a [webhook](Self::webhook), or [OAuth](Self::oauth).
#[derive(Debug, Default)]
#[must_use = "settings do nothing until `build` makes a client of them"]
pub struct Builder(bitrix24_transport::Builder);

impl Builder {
    /// The URL of an inbound webhook, `https://portal/rest/1/code/`.
    pub fn webhook(self, url: &str) -> Self {
        Self(self.0.webhook(url))
    }

    /// Calls with OAuth tokens from `store`. Make all other settings before this one: what follows is where the tokens come
    /// from, by [`open`](Connect::open), [`authorize`](Connect::authorize) or [`install`](Connect::install).
    pub fn oauth(self, app: App, store: impl TokenStore + 'static) -> Connect {
        Connect(self.0.oauth(app, store))
    }

    /// Allows `http://` to a self-hosted portal, where whoever is on the way can read the webhook's code or the token. To
    /// this machine it is always allowed, to the cloud never.
    pub fn allow_http(self, allow: bool) -> Self {
        Self(self.0.allow_http(allow))
    }

    /// The time that all of a call may take: waiting for its turn, attempts, pauses. 3 minutes if nothing is said.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// The time that one request may take; see
    /// [`request_timeout`](bitrix24_transport::Builder::request_timeout) of the async client.
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self(self.0.request_timeout(timeout))
    }

    /// The time that connecting may take. 10 seconds if nothing is said. Has no effect on an HTTP layer of your own.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self(self.0.connect_timeout(timeout))
    }

    /// What the client calls itself.
    pub fn user_agent(self, user_agent: &str) -> Self {
        Self(self.0.user_agent(user_agent))
    }

    /// An HTTP layer of your own; it runs on the client's background thread.
    pub fn http(self, http: impl Http + 'static) -> Self {
        Self(self.0.http(http))
    }

    /// How fast the portal may be asked: the numbers of its plan.
    pub fn rate(self, rate: Rate) -> Self {
        Self(self.0.rate(rate))
    }

    /// All limits of the portal: its rate, how much of it others have used, the operating time of methods.
    pub fn limits(self, limits: Limits) -> Self {
        Self(self.0.limits(limits))
    }

    /// A budget that is shared with others who call the same portal, or one of your own. It has its own
    /// [limits](Self::limits).
    pub fn budget(self, budget: Arc<dyn Budget>) -> Self {
        Self(self.0.budget(budget))
    }

    /// How often, and how far apart, a request is sent again that failed.
    pub fn retry(self, retry: Retry) -> Self {
        Self(self.0.retry(retry))
    }

    /// Whether to go where a portal says that it has moved to; see
    /// [`follow_moves`](bitrix24_transport::Builder::follow_moves) of the async client.
    pub fn follow_moves(self, follow: bool) -> Self {
        Self(self.0.follow_moves(follow))
    }

    /// A host that the portal may move to, whatever its name: requests with their credentials follow it there.
    pub fn trust_host(self, host: &str) -> Self {
        Self(self.0.trust_host(host))
    }

    /// Called on the client's background thread when the portal turned out to have a new address.
    pub fn on_moved(self, hook: impl Fn(&Moved) + Send + Sync + 'static) -> Self {
        Self(self.0.on_moved(hook))
    }

    /// Called with what happens to calls, on the client's background thread, which it holds up: count, and be gone.
    pub fn on_event(self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(self.0.on_event(hook))
    }

    /// Something that stands around each call, on the client's background thread; see
    /// [`extending`](bitrix24_transport::extending) in the async crate. The one that is added first is the outermost.
    pub fn middleware(self, middleware: impl Middleware + 'static) -> Self {
        Self(self.0.middleware(middleware))
    }

    /// Checks the settings and makes the client. Connects nowhere.
    pub fn build(self) -> Result<Client, Error> {
        Client::new(self.0.build()?)
    }
}
