//! A call that is ready to be sent: set something about it first, then `send` it.

use std::time::{Duration, Instant};

use bitrix24_transport::{
    Error,
    types::{Effect, List, Method, Response},
};
use serde_json::Value;

use crate::{
    Client,
    list::{Pages, Rows},
};

/// A call of one method, made by [`Client::prepare`] and by the accessors. Nothing happens until it is sent.
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until `send`"]
pub struct Call<'a, M> {
    client: &'a Client,
    request: M,
    settings: Settings,
}

/// What a caller has set about a single call.
#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    no_retry: bool,
    idempotent: bool,
}

impl Settings {
    /// Sets the same about an async call.
    fn on<M: Method>(self, mut call: bitrix24_transport::Call<'_, M>) -> bitrix24_transport::Call<'_, M> {
        if let Some(timeout) = self.timeout {
            call = call.timeout(timeout);
        }
        if let Some(deadline) = self.deadline {
            call = call.deadline(deadline);
        }
        if self.no_retry {
            call = call.no_retry();
        }
        if self.idempotent {
            call = call.idempotent();
        }
        call
    }
}

impl<'a, M: Method> Call<'a, M> {
    pub(crate) fn new(client: &'a Client, request: M) -> Self {
        Self {
            client,
            request,
            settings: Settings::default(),
        }
    }

    /// The same call with another request; the generated setters use this.
    pub fn map(self, change: impl FnOnce(M) -> M) -> Self {
        Self {
            request: change(self.request),
            ..self
        }
    }

    /// The request as it stands.
    pub fn request(&self) -> &M {
        &self.request
    }

    /// The time that all of this call may take, instead of the client's: waiting, attempts, pauses.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// When this call must be over, instead of the client's timeout. If both are set for a call, the earlier counts.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// Sends the request once, even if it is certain that it did not run.
    pub fn no_retry(mut self) -> Self {
        self.settings.no_retry = true;
        self
    }

    /// Says that for this call twice is as good as once, whatever is known of the method: it is sent again even if it may
    /// have run. A request that sets what it changes to fixed values is such a call, one that adds something is not.
    pub fn idempotent(mut self) -> Self {
        self.settings.idempotent = true;
        self
    }

    /// Sends the call and waits for the answer.
    pub fn send(self) -> Result<Response<M::Output>, Error> {
        let Self {
            client,
            request,
            settings,
        } = self;
        let transport = client.transport().clone();
        let call = async move { settings.on(transport.call(request)).await };
        client.worker().run(call)
    }
}

impl<M: List> Call<'_, M> {
    /// All rows of the list, page after page, as [`Client::list`] brings them. What was set about this call holds for each of
    /// its requests.
    pub fn rows(self) -> Rows<M> {
        let call = self.client.transport().call(self.request);
        Rows::new(self.client, self.settings.on(call).rows())
    }

    /// The same, by page.
    pub fn pages(self) -> Pages<M> {
        self.rows().pages()
    }
}

/// A call by name, made by [`Client::prepare_raw`]. Nothing happens until it is sent.
#[derive(Debug)]
#[must_use = "a call does nothing until `send`"]
pub struct RawCall<'a> {
    pub(crate) client: &'a Client,
    pub(crate) call: bitrix24_transport::RawCall,
}

impl RawCall<'_> {
    /// Calls the method of REST 3.0.
    pub fn v3(self) -> Self {
        Self {
            call: self.call.v3(),
            ..self
        }
    }

    /// What it means for the method to run twice; [`Effect::Once`] if nothing is said.
    pub fn effect(self, effect: Effect) -> Self {
        Self {
            call: self.call.effect(effect),
            ..self
        }
    }

    /// The time that all of this call may take, instead of the client's: waiting, attempts, pauses.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            call: self.call.timeout(timeout),
            ..self
        }
    }

    /// When this call must be over, instead of the client's timeout. If both are set for a call, the earlier counts.
    pub fn deadline(self, deadline: Instant) -> Self {
        Self {
            call: self.call.deadline(deadline),
            ..self
        }
    }

    /// Sends the request once, even if it is certain that it did not run.
    pub fn no_retry(self) -> Self {
        Self {
            call: self.call.no_retry(),
            ..self
        }
    }

    /// Says that for this call twice is as good as once, whatever is known of the method: it is sent again even if it may
    /// have run. A request that sets what it changes to fixed values is such a call, one that adds something is not.
    pub fn idempotent(self) -> Self {
        Self {
            call: self.call.idempotent(),
            ..self
        }
    }

    /// Sends the call and waits for the answer.
    pub fn send(self) -> Result<Response<Value>, Error> {
        let call = self.call;
        self.client.worker().run(async move { call.await })
    }
}
