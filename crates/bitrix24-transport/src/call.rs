//! A call that is ready to be sent: await it, or set something about it first.

use std::{
    borrow::Cow,
    fmt,
    future::IntoFuture,
    time::{Duration, Instant},
};

use bitrix24_types::{Api, Codes, Decode, Effect, List, Method, NoCodes, Params, Response};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::{
    budget::Claim,
    client::Client,
    deadline::Deadline,
    error::Error,
    flow::Flow,
    http::BoxFuture,
    list::{Pages, Rows},
    read::reader,
};

/// A call of one method, made by [`Client::call`] and by the accessors. Nothing happens until it is awaited.
#[derive(Clone)]
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<'a, M> {
    client: &'a Client,
    request: M,
    options: Options,
}

/// What a caller can set about a single call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) no_retry: bool,
    pub(crate) idempotent: bool,
}

impl Options {
    /// The deadline of a call that starts now: as set for it, or after the client's time.
    pub(crate) fn deadline_or(&self, timeout: Duration, now: tokio::time::Instant) -> Deadline {
        match (self.timeout, self.deadline) {
            (None, None) => Deadline::after(now, timeout),
            (Some(timeout), None) => Deadline::after(now, timeout),
            (None, Some(at)) => Deadline::at(at),
            (Some(timeout), Some(at)) => Deadline::after(now, timeout).or(Deadline::at(at)),
        }
    }

    /// The same with one deadline for all requests that come of it, if one was set.
    pub(crate) fn starting(self, now: tokio::time::Instant) -> Self {
        let Some(end) = self.timeout.and_then(|timeout| now.checked_add(timeout)) else {
            return self;
        };
        let end = end.into_std();
        Self {
            timeout: None,
            deadline: Some(self.deadline.map_or(end, |deadline| deadline.min(end))),
            ..self
        }
    }

    /// The deadline, if one was set.
    pub(crate) fn end(&self, now: tokio::time::Instant) -> Deadline {
        if self.timeout.is_none() && self.deadline.is_none() {
            return Deadline::NEVER;
        }
        self.deadline_or(Duration::MAX, now)
    }

    /// What it means for a method to run twice, after what the caller has said.
    pub(crate) fn effect(&self, documented: Effect) -> Effect {
        match documented {
            Effect::Once if self.idempotent => Effect::Repeat,
            effect => effect,
        }
    }
}

/// What goes through the stages: all of a call but the type of its result.
pub(crate) struct Outgoing {
    pub(crate) method: Cow<'static, str>,
    pub(crate) api: Api,
    pub(crate) effect: Effect,
    /// The calls in it, if it is a batch.
    pub(crate) commands: Option<Claim>,
    pub(crate) body: Bytes,
    pub(crate) options: Options,
}

impl Outgoing {
    /// Makes the call, and reads the answer as this type.
    async fn answer<T: Decode + Send, C: Codes>(&self, client: &Client) -> Result<Response<T>, Error> {
        let mut response = None;
        Flow::new(client.shared(), self, &mut reader::<_, C>(&mut response))
            .run()
            .await?;
        Ok(response.expect("a reader that reports success has kept the response"))
    }
}

impl<'a, M: Method> Call<'a, M> {
    pub(crate) fn new(client: &'a Client, request: M) -> Self {
        Self {
            client,
            request,
            options: Options::default(),
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
        self.options.timeout = Some(timeout);
        self
    }

    /// When this call must be over, instead of the client's timeout. If both are set for a call, the earlier counts.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sends the request once, even if it is certain that it did not run.
    pub fn no_retry(mut self) -> Self {
        self.options.no_retry = true;
        self
    }

    /// Says that for this call twice is as good as once, whatever is known of the method: it is sent again even if it may
    /// have run. A request that sets what it changes to fixed values is such a call, one that adds something is not.
    pub fn idempotent(mut self) -> Self {
        self.options.idempotent = true;
        self
    }

    /// Sends the call. Awaiting the call itself does the same.
    pub async fn send(self) -> Result<Response<M::Output>, Error> {
        let effect = self.options.effect(M::EFFECT);
        answer::<M, _>(self.client, self.request.params(), effect, self.options).await
    }
}

/// Calls a method, and reads the answer as this type, which need not be that of the method.
pub(crate) async fn answer<M: Method, T: Decode + Send>(
    client: &Client,
    params: &Params,
    effect: Effect,
    options: Options,
) -> Result<Response<T>, Error> {
    let method = Cow::Borrowed(M::NAME);
    let body = match serde_json::to_vec(params) {
        Ok(body) => body.into(),
        Err(error) => return Err(unwritable(error).of(method, M::EFFECT)),
    };
    let outgoing = Outgoing {
        method,
        api: M::API,
        effect,
        commands: None,
        body,
        options,
    };
    outgoing.answer::<T, M::Error>(client).await
}

impl<M: List> Call<'_, M> {
    /// All rows of the list, page after page, as [`Client::list`] brings them. What was set about this call holds for each of
    /// its requests.
    pub fn rows(self) -> Rows<M> {
        Rows::new(self.client, &self.request).with(self.options)
    }

    /// The same, by page.
    pub fn pages(self) -> Pages<M> {
        self.rows().pages()
    }
}

impl<'a, M: Method> IntoFuture for Call<'a, M> {
    type Output = Result<Response<M::Output>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<M: fmt::Debug> fmt::Debug for Call<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("request", &self.request)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A call by name, made by [`Client::call_raw`]. Nothing happens until it is awaited.
#[must_use = "a call does nothing until it is awaited"]
pub struct RawCall {
    client: Client,
    method: Result<String, Error>,
    api: Api,
    effect: Effect,
    body: Result<Bytes, Error>,
    options: Options,
}

impl RawCall {
    pub(crate) fn new(client: &Client, method: &str, params: impl Serialize) -> Self {
        Self {
            client: client.clone(),
            method: checked_name(method),
            api: Api::V2,
            // Nothing is known of the method, so twice may be once too often.
            effect: Effect::Once,
            body: raw_body(params),
            options: Options::default(),
        }
    }

    /// Calls the method of REST 3.0.
    pub fn v3(mut self) -> Self {
        self.api = Api::V3;
        self
    }

    /// What it means for the method to run twice; [`Effect::Once`] if nothing is said.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// The time that all of this call may take, instead of the client's: waiting, attempts, pauses.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// When this call must be over, instead of the client's timeout. If both are set for a call, the earlier counts.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sends the request once, even if it is certain that it did not run.
    pub fn no_retry(mut self) -> Self {
        self.options.no_retry = true;
        self
    }

    /// Says that for this call twice is as good as once, whatever is known of the method: it is sent again even if it may
    /// have run. A request that sets what it changes to fixed values is such a call, one that adds something is not.
    pub fn idempotent(mut self) -> Self {
        self.options.idempotent = true;
        self
    }

    /// Sends the call. Awaiting the call itself does the same.
    pub async fn send(self) -> Result<Response<Value>, Error> {
        let Self {
            client,
            method,
            api,
            effect,
            body,
            options,
        } = self;
        let method = Cow::Owned(method?);
        let effect = options.effect(effect);
        let body = match body {
            Ok(body) => body,
            Err(error) => return Err(error.of(method, effect)),
        };
        let outgoing = Outgoing {
            method,
            api,
            effect,
            commands: None,
            body,
            options,
        };
        outgoing.answer::<_, NoCodes>(&client).await
    }
}

impl IntoFuture for RawCall {
    type Output = Result<Response<Value>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.as_deref().unwrap_or("(refused)");
        f.debug_struct("RawCall")
            .field("method", &method)
            .field("api", &self.api)
            .field("effect", &self.effect)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The name, which becomes the last step of the URL's path: nothing in it may lead elsewhere. One that is refused is not
/// quoted: it may be a whole URL, with the webhook's code.
fn checked_name(method: &str) -> Result<String, Error> {
    let is_step = |step: &str| {
        !step.is_empty()
            && step
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    if !method.split('.').all(is_step) {
        return Err(Error::config(
            "a method's name is made of words with dots between them, `crm.deal.get`",
        ));
    }
    Ok(method.to_owned())
}

fn raw_body(params: impl Serialize) -> Result<Bytes, Error> {
    let body = serde_json::to_vec(&params).map_err(unwritable)?;
    match body.first() {
        Some(b'{' | b'[') => Ok(body.into()),
        _ if body == b"null" => Ok(Bytes::from_static(b"{}")),
        _ => Err(Error::config(
            "the parameters must be an object, or a list for methods that take them by position",
        )),
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::config_because(format!("the parameters can't be written as JSON: {error}"), error)
}
