//! Lists: all rows of a method that answers with one page at a time.
//!
//! ```
//! # #[cfg(feature = "landing")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_portal::Portal;
//! use bitrix24_transport::{Client, list::Checkpoint, types::landing::site::GetList};
//!
//! let portal = Portal::builder().start().await?;
//! portal.state(|state| (0..120).for_each(|number| drop(state.add_site(&format!("Site {number}")))));
//! let client = Client::webhook(&portal.webhook_url())?;
//!
//! let mut sites = client.list(GetList::new());          // or client.landing().site().get_list().rows()
//! for _ in 0..70 {
//!     let site = sites.next().await.expect("there are 120")?;
//! }
//! let kept = serde_json::to_string(&sites.checkpoint())?;    // the program ends here …
//!
//! let checkpoint: Checkpoint = serde_json::from_str(&kept)?; // … and goes on another day
//! let rest = client.list(GetList::new()).resume(checkpoint).try_collect().await?;
//! assert_eq!(rest.len(), 50);
//! # Ok(()) }
//! # #[cfg(not(feature = "landing"))]
//! # fn main() {}
//! ```
//!
//! # Lists that the types don't know
//!
//! [`call_raw`](crate::Client::call_raw) calls them; to walk one, say what the documentation would have said: how a page is read
//! and how one comes to the next. What is left out of [`Paging`] is not used, and the walk says if it can't do without.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_portal::Portal;
//! use bitrix24_transport::{
//!     Client,
//!     list::{List, Paging, Way},
//!     types::{Api, Effect, Id, Method, NoCodes, Params, Value},
//! };
//! use serde_json::json;
//!
//! #[derive(Clone, Debug)]
//! struct Notes(Params);
//!
//! impl Method for Notes {
//!     const NAME: &'static str = "acme.note.list";
//!     const SCOPES: &'static [&'static str] = &["acme"];
//!     const API: Api = Api::V2;
//!     const EFFECT: Effect = Effect::Read;
//!     const DOCS: &'static str = "https://docs.example.com/acme.note.list";
//!     type Output = Vec<Value>;
//!     type Error = NoCodes;
//!
//!     fn params(&self) -> &Params {
//!         &self.0
//!     }
//! }
//!
//! impl List for Notes {
//!     type Row = Value;
//!     const PAGING: Paging = Paging {
//!         id: "ID",
//!         key: "ID",
//!         filter: "filter",
//!         order: "order",
//!         start: "start",
//!         ways: &[Way::Id, Way::Count, Way::Next],
//!         ..Paging::UNKNOWN
//!     };
//!
//!     fn rows(page: Vec<Value>) -> Vec<Value> {
//!         page
//!     }
//!
//!     fn id(row: &Value) -> Option<Id> {
//!         row["ID"].as_str().map(Id::from)
//!     }
//! }
//!
//! # let portal = Portal::builder().start().await?;
//! # portal.table(Notes::NAME).fill(1..=120, json!({ "ID": "", "TEXT": "Note {id}" }));
//! # let client = Client::webhook(&portal.webhook_url())?;
//! let request = Notes(Params::from_iter([("filter", json!({ ">ID": 20 }))]));
//! let notes = client.list(request).try_collect().await?;
//! assert_eq!((notes.len(), &notes[0]["TEXT"]), (100, &json!("Note 21")));
//! # Ok(()) }
//! ```
//!
//! # Ways to walk
//!
//! How a list is walked is read from the documentation of its method; [`Rows::by`] chooses another [`Way`].
//!
//! | Way | brings | rows added or deleted meanwhile |
//! | --- | --- | --- |
//! | [`Id`](Way::Id) | up to 2,500 rows a request, in the order of their identifiers; nothing is counted | change nothing |
//! | [`Ranges`](Way::Ranges) | the same, several requests at once; rows in any order | change nothing |
//! | [`Count`](Way::Count) | up to 2,500 rows a request, in any order that was asked for | added: nothing is lost; deleted: an error, if the total tells |
//! | [`Next`](Way::Next) | a page a request | an error, if a row comes twice |
//! | [`Offset`](Way::Offset), [`Page`](Way::Page) | a page a request, until the last row came | an error, if a row comes twice |
//! | [`Tail`](Way::Tail) | a page a request, in the order of identifiers | change nothing |
//!
//! By position, a row that is deleted moves all rows behind it one place forward, and the one that moves over the edge of a page is
//! not seen. Where the portal says how many rows there are, that is noticed, unless another row was added in the same moment;
//! elsewhere it can't be. Walk by `Id` what must be complete while others work with it.
//!
//! # Complete or an error
//!
//! A page with fewer rows than it could have is never the end, nor is one without any while the portal says, by a `next`, by a
//! total, or by the largest identifier, that there are more: a portal may take out what the caller must not see after it has cut
//! the page. Only by `Tail`, and where neither rows are counted nor the last ones are shown when they are asked for, an empty page
//! is the end.
//!
//! Identifiers have to ascend, and pages have to begin where the one before ended; if they don't, because a filter was ignored, a
//! cursor stands still, or an order was not kept, the walk ends with [`Kind::List`](crate::Kind::List). What is refused ends it
//! with its own error, after all rows before it, unless the reason passes: then it is asked for again. [`Interrupted`] has the
//! [`Checkpoint`] from which a later walk goes on.
//!
//! Memory does not grow with the list: while rows are handed out, one request more than may be [at once](Rows::at_once) is kept in advance.
//! Requests are tasks of the Tokio runtime, so they go on however long rows are used, and end when the stream is dropped.

mod checkpoint;
mod ids;
mod interrupted;
mod known;
mod offsets;
mod plan;
mod progress;
mod rows;
mod send;
#[cfg(test)]
mod simulation;
mod starts;
mod walk;

pub use self::{
    checkpoint::Checkpoint,
    interrupted::Interrupted,
    progress::Progress,
    rows::{Pages, Rows},
};
pub use bitrix24_types::{List, Paging, Way};
