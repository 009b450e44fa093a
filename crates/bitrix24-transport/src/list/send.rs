//! One request of a walk: a call, or a batch of pages.

use std::{borrow::Cow, sync::Arc};

use bitrix24_types::{
    Batch, Handle, Id, List, Params, ReadError, Reference, Response, Value, Wire, batch::Outcome,
};
use bytes::Bytes;

use super::{
    plan::Plan,
    walk::{Above, Ask, Came, Lane, Request},
};
use crate::{
    batch,
    call::{Options, answer},
    client::Client,
    error::Error,
    read::lists,
};

/// What came of a request: the pages up to the first that failed, and why it did.
pub(super) struct Sent<R> {
    pub(super) lane: Lane,
    pub(super) pages: Vec<Page<R>>,
    pub(super) error: Option<Failed>,
}

/// Why pages are missing.
pub(super) enum Failed {
    /// The whole request failed, however often it was sent.
    Request(Error),
    /// A page was refused as a command of a batch.
    Page(Error),
}

/// A page, and what the walk has to know of it.
pub(super) struct Page<R> {
    pub(super) rows: Vec<R>,
    pub(super) came: Came,
}

/// Sends requests of one list.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) plan: Arc<Plan>,
    pub(super) options: Options,
}

impl Sender {
    pub(super) async fn send<M: List>(self, request: Request) -> Sent<M::Row> {
        let lane = request.lane;
        let (pages, error) = match request.asks.as_slice() {
            [ask] => match self.single::<M>(self.plan.page(ask, None)).await {
                Ok(response) => (vec![page::<M>(response)], None),
                Err(error) => (Vec::new(), Some(Failed::Request(error))),
            },
            asks => self.several::<M>(asks).await,
        };
        Sent { lane, pages, error }
    }

    /// Calls the method itself.
    pub(super) async fn single<M: List>(&self, params: Params) -> Result<Response<M::Output>, Error> {
        answer::<M, _>(&self.client, &params, M::EFFECT, self.options).await
    }

    /// Asks for several pages in a batch, which the portal stops at the first that fails.
    async fn several<M: List>(&self, asks: &[Ask]) -> (Vec<Page<M::Row>>, Option<Failed>) {
        let failed = |error| (Vec::new(), Some(Failed::Request(error)));
        let mut batch = Batch::new();
        batch.halt(true);
        let last_id = self.plan.last_id();
        let refer = |page: Handle<Value>| {
            let step = |reference: Reference, key: &String| reference.key(key.as_str());
            Wire::from(last_id.iter().fold(page.result(), step))
        };
        let mut before = None;
        for ask in asks {
            let above = before.filter(|_| ask.above == Some(Above::PageBefore));
            let params = self.plan.page(ask, above.map(refer));
            let handle = batch.add_raw(Cow::Borrowed(M::NAME), params);
            batch.effect(handle, M::EFFECT);
            before = Some(handle);
        }
        let parts = match batch.parts() {
            Ok(parts) => parts,
            Err(error) => return failed(Error::config_because(error.to_string(), error)),
        };
        let Some(part) = parts.iter().next() else {
            return (Vec::new(), None);
        };
        let read = |body: &Bytes| part.read_as::<M::Output>(body);
        match batch::send(self.client.shared(), part, self.options, read).await {
            Ok(outcomes) => self.pages::<M>(outcomes),
            Err(error) => failed(error),
        }
    }

    /// The pages up to the first that failed.
    fn pages<M: List>(
        &self,
        outcomes: Vec<Outcome<Result<Response<M::Output>, ReadError>>>,
    ) -> (Vec<Page<M::Row>>, Option<Failed>) {
        let mut pages = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let error = match outcome {
                Outcome::Success(Ok(response)) => {
                    pages.push(page::<M>(response));
                    continue;
                }
                Outcome::Success(Err(error)) => Error::unreadable_result(error),
                Outcome::Failure(failure) => Error::command(failure, lists::<M::Error>),
                Outcome::NotRun | Outcome::Unknown => Error::unmentioned(),
            };
            let error = error.without(&self.client.shared().auth.secrets());
            return (pages, Some(Failed::Page(error.of(M::NAME.into(), M::EFFECT))));
        }
        (pages, None)
    }
}

fn page<M: List>(response: Response<M::Output>) -> Page<M::Row> {
    let rows = M::rows(response.result);
    let ids: Vec<Option<Id>> = rows.iter().map(M::id).collect();
    Page {
        came: Came {
            ids,
            next: response.next,
            total: response.total,
        },
        rows,
    }
}
