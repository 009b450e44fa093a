//! The stream of rows: asks what the walk wants to know, hands out what came, and remembers where it is.

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    marker::PhantomData,
    panic::resume_unwind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bitrix24_types::{List, Params, Way};
use futures_core::Stream;
use tokio::{
    task::{JoinError, JoinSet},
    time::Sleep,
};
use tracing::Instrument;

use super::{
    checkpoint::Checkpoint,
    interrupted::Interrupted,
    plan::{Choice, Plan},
    progress::Progress,
    send::{Failed, Sender, Sent},
    walk::{Flaw, Kept, Place, Walk},
};
use crate::{
    call::Options,
    client::Client,
    error::{Error, Executed},
    flow::in_a_runtime,
};

/// How often in a row a page may be refused for reasons that pass.
const MOST_REFUSALS: u32 = 6;
/// The pause after the first of them; each one after it is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// So many pages may wait to be handed out for each request that may be under way, and as many once more.
const PAGES_AHEAD: usize = 50;

/// All rows of a list, made by [`Client::list`]: a [`Stream`], for which [`next`](Self::next) will do. Nothing is sent until
/// the first row is asked for.
///
/// A walk is complete, or it ends with [`Interrupted`], which says where to go on; after that the stream is over.
#[must_use = "nothing is sent until rows are asked for"]
pub struct Rows<M: List> {
    inner: Pages<M>,
    /// The rows of the page that is handed out.
    page: Option<Ready<M::Row>>,
}

/// All pages of a list, made by [`Rows::pages`]: a [`Stream`] of the rows that came together.
#[must_use = "nothing is sent until pages are asked for"]
pub struct Pages<M: List> {
    client: Client,
    request: Params,
    choice: Choice,
    options: Options,
    state: State<M::Row>,
    method: PhantomData<fn() -> M>,
}

enum State<R> {
    New,
    Walking(Box<Walking<R>>),
    Over(Option<Checkpoint>, Progress),
}

/// A walk that is under way.
struct Walking<R> {
    sender: Sender,
    walk: Walk,
    /// Tasks, so that they go on while rows are used: time runs on for them as well.
    under_way: JoinSet<Sent<R>>,
    ready: VecDeque<Ready<R>>,
    /// Why the walk ends once everything that is ready was handed out.
    failed: Option<Error>,
    refusals: u32,
    pause: Option<Pin<Box<Sleep>>>,
    progress: Progress,
}

/// Rows that wait to be handed out.
struct Ready<R> {
    rows: std::vec::IntoIter<R>,
    place: Place,
    /// The number of the next row on its page.
    row: usize,
}

/// Rows are held, and never pinned where they are.
impl<M: List> Unpin for Rows<M> {}
impl<M: List> Unpin for Pages<M> {}

impl<M: List> Rows<M> {
    pub(crate) fn new(client: &Client, request: &M) -> Self {
        Self {
            inner: Pages {
                client: client.clone(),
                request: request.params().clone(),
                choice: Choice::default(),
                options: Options::default(),
                state: State::New,
                method: PhantomData,
            },
            page: None,
        }
    }

    /// With what was set about a call.
    pub(crate) fn with(mut self, options: Options) -> Self {
        self.inner.options = options;
        self
    }

    /// Walks in this way, not in the one that the documentation suggests.
    pub fn by(mut self, way: Way) -> Self {
        self.inner.choice.way = Some(way);
        self
    }

    /// Goes on where another walk of the same request was.
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.inner.choice.checkpoint = Some(checkpoint);
        self
    }

    /// How many rows to ask for at once, where the portal lets one choose.
    pub fn page_size(mut self, rows: usize) -> Self {
        self.inner.choice.page_size = Some(rows);
        self
    }

    /// How many requests may be under way at once with [`Way::Ranges`], which then come with up to 2,500 rows each; 4 if nothing
    /// is said, and 64 at most.
    pub fn at_once(mut self, requests: usize) -> Self {
        self.inner.choice.at_once = Some(requests);
        self
    }

    /// The time that each request may take, instead of the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.inner.options.timeout = Some(timeout);
        self
    }

    /// The same, by page: rows that came together are handed out together. Pages can have any number of rows.
    pub fn pages(self) -> Pages<M> {
        self.inner
    }

    /// The next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<M::Row, Interrupted>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next row of the page that is at hand. For the blocking facade.
    #[doc(hidden)]
    pub fn next_at_hand(&mut self) -> Option<M::Row> {
        let page = self.page.as_mut()?;
        let row = page.rows.next()?;
        self.inner.handed(page.place, page.row, &row);
        page.row += 1;
        Some(row)
    }

    /// Gets the next page, once no row is at hand; `None` after the last one. For the blocking facade.
    #[doc(hidden)]
    pub async fn next_page(&mut self) -> Option<Result<(), Interrupted>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), Interrupted>>> {
        let page = ready!(self.inner.poll_ready(context));
        Poll::Ready(page.map(|page| page.map(|page| self.page = Some(page))))
    }

    /// All rows at once. They have to fit into memory.
    pub async fn try_collect(mut self) -> Result<Vec<M::Row>, Interrupted> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    /// Asks the portal how many rows there are. `None` if it does not count the rows of this list.
    pub fn total(&self) -> impl Future<Output = Result<Option<u64>, Error>> + Send + use<M> {
        self.inner.total()
    }

    /// Where the walk is: every row before it was handed out. `None` before the first row was asked for, if the walk was not
    /// resumed.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.inner.checkpoint()
    }

    /// How far the walk has come.
    pub fn progress(&self) -> Progress {
        self.inner.progress()
    }
}

impl<M: List> Stream for Rows<M> {
    type Item = Result<M::Row, Interrupted>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(row) = this.next_at_hand() {
                return Poll::Ready(Some(Ok(row)));
            }
            match ready!(this.poll_page(context)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<M: List> Pages<M> {
    /// The next page; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Vec<M::Row>, Interrupted>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Asks the portal how many rows there are. `None` if it does not count the rows of this list.
    pub fn total(&self) -> impl Future<Output = Result<Option<u64>, Error>> + Send + use<M> {
        let plan = Plan::new::<M>(&self.request, &self.choice).map_err(named::<M>);
        let planned = plan.map(|(plan, _)| (plan.counted(), self.sender(plan)));
        async move {
            match planned? {
                (Some(params), sender) => Ok(sender.single::<M>(params).await?.total),
                (None, _) => Ok(None),
            }
        }
    }

    /// Where the walk is: every page before it was handed out. `None` before the first page was asked for, if the walk was
    /// not resumed.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        match &self.state {
            State::New => self.choice.checkpoint.clone(),
            State::Walking(walking) => {
                let Progress {
                    rows_before, rows, ..
                } = walking.progress;
                let rows = rows_before.saturating_add(rows);
                let way = walking.sender.plan.way;
                Some(Checkpoint::new(
                    M::NAME,
                    way,
                    &self.request,
                    rows,
                    walking.walk.position(),
                ))
            }
            State::Over(checkpoint, _) => checkpoint.clone(),
        }
    }

    /// How far the walk has come.
    pub fn progress(&self) -> Progress {
        match &self.state {
            State::New => Progress::default(),
            State::Walking(walking) => walking.progress,
            State::Over(_, progress) => *progress,
        }
    }

    fn sender(&self, plan: Plan) -> Sender {
        Sender {
            client: self.client.clone(),
            plan: Arc::new(plan),
            options: self.options,
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        let (plan, walk) = Plan::new::<M>(&self.request, &self.choice).map_err(named::<M>)?;
        let rows_before = self.choice.checkpoint.as_ref().map_or(0, Checkpoint::rows);
        self.state = State::Walking(Box::new(Walking {
            sender: self.sender(plan),
            walk,
            under_way: JoinSet::new(),
            ready: VecDeque::new(),
            failed: None,
            refusals: 0,
            pause: None,
            progress: Progress {
                rows_before,
                ..Progress::default()
            },
        }));
        Ok(())
    }

    fn handed(&mut self, place: Place, row: usize, what: &M::Row) {
        if let State::Walking(walking) = &mut self.state {
            walking.walk.handed(place, row, M::id(what).as_ref());
            walking.progress.rows += 1;
        }
    }

    /// The next rows that are ready, all from one page.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Ready<M::Row>, Interrupted>>> {
        if let State::New = self.state {
            if let Err(error) = self.begin() {
                let checkpoint = self.checkpoint();
                self.state = State::Over(checkpoint, Progress::default());
                return Poll::Ready(Some(Err(Interrupted::new(error, None))));
            }
        }
        let State::Walking(walking) = &mut self.state else {
            return Poll::Ready(None);
        };
        let outcome = ready!(walking.poll::<M>(context));
        let failed = match outcome {
            Ok(Some(page)) => return Poll::Ready(Some(Ok(page))),
            Ok(None) => None,
            Err(error) if error.method().is_none() => Some(named::<M>(error)),
            Err(error) => Some(error),
        };
        let checkpoint = self.checkpoint();
        self.state = State::Over(checkpoint.clone(), self.progress());
        Poll::Ready(failed.map(|error| Err(Interrupted::new(error, checkpoint))))
    }
}

impl<M: List> Stream for Pages<M> {
    type Item = Result<Vec<M::Row>, Interrupted>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        match ready!(this.poll_ready(context)) {
            Some(Ok(page)) => {
                for (number, row) in page.rows.as_slice().iter().enumerate() {
                    this.handed(page.place, page.row + number, row);
                }
                Poll::Ready(Some(Ok(page.rows.collect())))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }
}

fn named<M: List>(error: Error) -> Error {
    error.of(M::NAME.into(), M::EFFECT)
}

impl<R: Send + 'static> Walking<R> {
    fn poll<M: List<Row = R>>(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Ready<R>>, Error>> {
        if let Err(error) = in_a_runtime() {
            self.fail(error);
        }
        loop {
            self.begin_requests::<M>(context);
            if self.poll_requests(context) {
                continue;
            }
            if let Some(page) = self.ready.pop_front() {
                return Poll::Ready(Ok(Some(page)));
            }
            if let Some(error) = self.failed.take() {
                return Poll::Ready(Err(error));
            }
            if self.under_way.is_empty() && self.pause.is_none() {
                if self.walk.is_done() {
                    return Poll::Ready(Ok(None));
                }
                return Poll::Ready(Err(Error::list(Flaw::Stuck)));
            }
            return Poll::Pending;
        }
    }

    /// Sends what the walk wants to know, while not too much waits to be handed out.
    fn begin_requests<M: List<Row = R>>(&mut self, context: &mut Context<'_>) {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(context).is_pending() {
                return;
            }
            self.pause = None;
        }
        let at_once = self.sender.plan.at_once;
        while self.failed.is_none()
            && self.ready.len() + PAGES_AHEAD * self.under_way.len() < PAGES_AHEAD * (at_once + 1)
        {
            let Some(request) = self.walk.ask() else { return };
            self.progress.requests += 1;
            let send = self.sender.clone().send::<M>(request);
            self.under_way.spawn(send.in_current_span());
        }
    }

    /// Whether something came.
    fn poll_requests(&mut self, context: &mut Context<'_>) -> bool {
        let mut came = false;
        while let Poll::Ready(Some(outcome)) = self.under_way.poll_join_next(context) {
            came = true;
            match outcome.map_err(JoinError::try_into_panic) {
                Ok(sent) => self.came(sent),
                // A hook or an HTTP layer of the program's own: as if it had been called here.
                Err(Ok(panic)) => resume_unwind(panic),
                Err(Err(gone)) => {
                    let what = "the Tokio runtime that the list was walked in has ended";
                    self.fail(Error::runtime(what, Executed::Unknown, Some(gone.into())));
                }
            }
        }
        came
    }

    fn came(&mut self, sent: Sent<R>) {
        let (rows, came): (Vec<_>, Vec<_>) =
            sent.pages.into_iter().map(|page| (page.rows, page.came)).unzip();
        let (kept, outcome) = self.walk.came(sent.lane, &came);
        self.progress.pages += kept.len() as u64;
        self.progress.total = self.walk.total();
        if !kept.is_empty() {
            self.refusals = 0;
        }
        let mut rows = rows.into_iter().enumerate();
        for Kept {
            page,
            rows: range,
            place,
        } in kept
        {
            let Some((_, mut kept)) = rows.find(|(number, _)| *number == page) else {
                break;
            };
            kept.truncate(range.end);
            let mut kept = kept.into_iter();
            if let Some(last) = range.start.checked_sub(1) {
                kept.nth(last);
            }
            self.ready.push_back(Ready {
                rows: kept,
                place,
                row: range.start,
            });
        }
        let failed = match (outcome, sent.error) {
            (Err(flaw), _) => Some(Error::list(flaw)),
            (Ok(()), Some(Failed::Request(error))) => Some(error),
            (Ok(()), Some(Failed::Page(error))) => {
                self.refusals += 1;
                if error.is_retryable() && self.refusals <= MOST_REFUSALS {
                    let pause = PAUSE * 2_u32.pow(self.refusals - 1);
                    self.pause = Some(Box::pin(tokio::time::sleep(pause)));
                    None
                } else {
                    Some(error)
                }
            }
            (Ok(()), None) => None,
        };
        if let Some(error) = failed {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: Error) {
        // What else is under way is behind what failed, or will be asked for again.
        self.under_way = JoinSet::new();
        self.pause = None;
        self.failed.get_or_insert(error);
    }
}

impl<M: List> fmt::Debug for Rows<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("pages", &self.inner).finish()
    }
}

impl<M: List> fmt::Debug for Pages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("method", &M::NAME)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}
