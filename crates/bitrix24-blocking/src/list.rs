//! Lists: all rows of a method that answers with one page at a time.
//!
//! ```
//! # #[cfg(feature = "landing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_blocking::{Client, types::landing::site::GetList};
//! use bitrix24_portal::Portal;
//!
//! let portal = Portal::builder().start_blocking()?;
//! portal.state(|state| (0..120).for_each(|number| drop(state.add_site(&format!("Site {number}")))));
//! let client = Client::webhook(&portal.webhook_url())?;
//!
//! let mut sites = client.list(GetList::new());
//! for site in sites.by_ref().take(70) {
//!     println!("{:?}", site?.title);
//! }
//! let checkpoint = sites.checkpoint().expect("it has begun");    // to go on later, in another program
//! let rest: Vec<_> = client.list(GetList::new()).resume(checkpoint).collect::<Result<_, _>>()?;
//! assert_eq!(rest.len(), 50);
//! # Ok(()) }
//! # #[cfg(not(feature = "landing"))]
//! # fn main() {}
//! ```
//!
//! Which ways there are to walk, when a walk ends in an error, and how to declare a list that the types don't know, is the
//! same as in the async client: see `bitrix24_transport::list`.

use std::{fmt, time::Duration};

pub use bitrix24_transport::list::{Checkpoint, Interrupted, List, Paging, Progress, Way};
use bitrix24_transport::{Error, list};

use crate::Client;

/// All rows of a list, made by [`Client::list`]: an iterator. Nothing is sent until the first row is asked for.
///
/// A walk is complete, or it ends with [`Interrupted`], which says where to go on; after that the iterator is over.
#[must_use = "nothing is sent until rows are asked for"]
pub struct Rows<M: List>(Held<list::Rows<M>>);

/// All pages of a list, made by [`Rows::pages`]: an iterator over the rows that came together.
#[must_use = "nothing is sent until pages are asked for"]
pub struct Pages<M: List>(Held<list::Pages<M>>);

/// What is walked on the background thread.
struct Held<L> {
    client: Client,
    /// `None` after the thread has lost it.
    list: Option<L>,
    /// Where it was then.
    lost: Option<Checkpoint>,
}

impl<M: List> Rows<M> {
    pub(crate) fn new(client: &Client, list: list::Rows<M>) -> Self {
        Self(Held {
            client: client.clone(),
            list: Some(list),
            lost: None,
        })
    }

    /// Walks in this way, not in the one that the documentation suggests.
    pub fn by(self, way: Way) -> Self {
        self.map(|list| list.by(way))
    }

    /// Goes on where another walk of the same request was.
    pub fn resume(self, checkpoint: Checkpoint) -> Self {
        self.map(|list| list.resume(checkpoint))
    }

    /// How many rows to ask for at once, where the portal lets one choose.
    pub fn page_size(self, rows: usize) -> Self {
        self.map(|list| list.page_size(rows))
    }

    /// How many requests may be under way at once with [`Way::Ranges`], which then come with up to 2,500 rows each; 4 if nothing
    /// is said, and 64 at most.
    pub fn at_once(self, requests: usize) -> Self {
        self.map(|list| list.at_once(requests))
    }

    /// The time that each request may take, instead of the client's.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|list| list.timeout(timeout))
    }

    fn map(self, change: impl FnOnce(list::Rows<M>) -> list::Rows<M>) -> Self {
        let Held { client, list, lost } = self.0;
        let list = list.map(change);
        Self(Held { client, list, lost })
    }

    /// The same, by page: rows that came together are handed out together. Pages can have any number of rows.
    pub fn pages(self) -> Pages<M> {
        let Held { client, list, lost } = self.0;
        let list = list.map(list::Rows::pages);
        Pages(Held { client, list, lost })
    }

    /// Asks the portal how many rows there are. `None` if it does not count the rows of this list.
    pub fn total(&self) -> Result<Option<u64>, Error> {
        let Some(list) = &self.0.list else {
            let what = "the list was lost with the thread that walked it";
            return Err(Error::runtime(what, bitrix24_transport::Executed::No, None));
        };
        self.0.client.worker().run(list.total())
    }

    /// Where the walk is: every row before it was handed out. `None` before the first row was asked for, if the walk was not
    /// resumed.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let list = self.0.list.as_ref();
        list.map_or_else(|| self.0.lost.clone(), list::Rows::checkpoint)
    }

    /// How far the walk has come.
    pub fn progress(&self) -> Progress {
        self.0.list.as_ref().map(list::Rows::progress).unwrap_or_default()
    }
}

impl<M: List> Iterator for Rows<M> {
    type Item = Result<M::Row, Interrupted>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.0.list.as_mut()?.next_at_hand() {
                return Some(Ok(row));
            }
            let checkpoint = self.checkpoint();
            let page = self.0.step(checkpoint, |mut list| async move {
                let page = list.next_page().await;
                (list, page)
            });
            if let Err(interrupted) = page?.unwrap_or_else(|lost| Some(Err(lost)))? {
                return Some(Err(interrupted));
            }
        }
    }
}

impl<M: List> Pages<M> {
    /// Where the walk is: every page before it was handed out. `None` before the first page was asked for, if the walk was
    /// not resumed.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let list = self.0.list.as_ref();
        list.map_or_else(|| self.0.lost.clone(), list::Pages::checkpoint)
    }

    /// How far the walk has come.
    pub fn progress(&self) -> Progress {
        self.0
            .list
            .as_ref()
            .map(list::Pages::progress)
            .unwrap_or_default()
    }
}

impl<M: List> Iterator for Pages<M> {
    type Item = Result<Vec<M::Row>, Interrupted>;

    fn next(&mut self) -> Option<Self::Item> {
        let checkpoint = self.checkpoint();
        let page = self.0.step(checkpoint, |mut list| async move {
            let page = list.next().await;
            (list, page)
        });
        page?.unwrap_or_else(|lost| Some(Err(lost)))
    }
}

impl<L: Send + 'static> Held<L> {
    /// Goes on with the list on the background thread; `None` after the list was lost.
    ///
    /// If it does not come back, the call was made where it must not be, or a hook of the program's own panicked: the walk
    /// ends there.
    fn step<T, F>(
        &mut self,
        checkpoint: Option<Checkpoint>,
        work: impl FnOnce(L) -> F + Send + 'static,
    ) -> Option<Result<T, Interrupted>>
    where
        T: Send + 'static,
        F: Future<Output = (L, T)> + Send + 'static,
    {
        let list = self.list.take()?;
        let work = async move { Ok(work(list).await) };
        Some(match self.client.worker().run(work) {
            Ok((list, outcome)) => {
                self.list = Some(list);
                Ok(outcome)
            }
            Err(error) => {
                self.lost.clone_from(&checkpoint);
                Err(Interrupted::new(error, checkpoint))
            }
        })
    }
}

impl<M: List> fmt::Debug for Rows<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("list", &self.0.list)
            .finish_non_exhaustive()
    }
}

impl<M: List> fmt::Debug for Pages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("list", &self.0.list)
            .finish_non_exhaustive()
    }
}
