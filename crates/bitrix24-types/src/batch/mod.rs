//! A batch: many commands in one request, one after the other, each able to use what came before it.
//!
//! - `mistake`: what can't be sent, and why,
//! - `command`: how one command is written, in each version of the API,
//! - `parts`: which commands go into one request, and the body of that request,
//! - `answer`: what the portal says became of each of them.

mod answer;
mod command;
mod mistake;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::Value;

use crate::{Api, Codes, Effect, Method, NoCodes, Reference, Wire};

pub use crate::reference::Key;
pub use answer::{Found, Outcome};
pub use command::Listed;
use command::{Command, Content};
pub use mistake::{BatchError, Mistake};
pub use parts::{Part, Parts};

/// Commands that are sent together.
///
/// A batch is a value: it can be sent async, blocking, or with another HTTP client by means of its [`parts`](Self::parts).
///
/// ```
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::{Batch, landing::site::{Add, AddFields, Publication}};
///
/// let mut batch = Batch::new();
/// let site = batch.add(Add::new(AddFields::new("Spring", "spring")));
/// batch.add(Publication::new(site.result()));
///
/// let parts = batch.parts().expect("nothing is wrong with it");
/// let body = parts.iter().next().expect("one request").body();
/// assert_eq!(
///     body,
///     r#"{"halt":1,"cmd":{"c0":"landing.site.add?fields[TITLE]=Spring&fields[CODE]=spring","c1":"landing.site.publication?id=%24result%5Bc0%5D"}}"#
/// );
/// # }
/// ```
pub struct Batch {
    id: u64,
    /// The version of the API, once it is known.
    api: Option<Api>,
    halt: Option<bool>,
    commands: Vec<Command>,
    /// The commands as they are written, one after the other.
    written: String,
    /// What is wrong first.
    problem: Option<BatchError>,
}

impl Batch {
    /// A batch without commands. Its version of the API is that of its first command.
    pub fn new() -> Self {
        static BATCHES: AtomicU64 = AtomicU64::new(0);
        Self {
            id: BATCHES.fetch_add(1, Relaxed),
            api: None,
            halt: None,
            commands: Vec::new(),
            written: String::new(),
            problem: None,
        }
    }

    /// A batch of REST 3.0, in which commands by name are of that version, too.
    pub fn v3() -> Self {
        Self {
            api: Some(Api::V3),
            ..Self::new()
        }
    }

    /// Whether the portal stops at the first command that fails; the commands after it are then not run. Without this it does
    /// so where commands refer to others, for it would send on what it can't replace.
    ///
    /// With `true`, a batch of several requests sends them one after the other, and stops as a whole. REST 3.0 always stops.
    pub fn halt(&mut self, halt: bool) -> &mut Self {
        self.halt = Some(halt);
        self
    }

    /// Adds a command. What is wrong with it is told when the batch is sent, before anything is.
    pub fn add<M: Method>(&mut self, request: M) -> Handle<M::Output> {
        let content = Content::Named(request.params());
        self.push(
            (Cow::Borrowed(M::NAME), listed::<M::Error>),
            M::API,
            M::EFFECT,
            content,
        )
    }

    /// Adds a command by its method's name: for what the types don't know. `()` stands for no parameters, a list for
    /// parameters by position.
    ///
    /// Nothing is known of the method, so it counts as one that must not run twice, unless its [effect](Self::effect) is said.
    ///
    /// ```
    /// use bitrix24_types::{Batch, Params, Wire};
    ///
    /// let mut batch = Batch::new();
    /// let deal = batch.add_raw("crm.deal.get", Params::new().with::<i64>("id", 7));
    /// let contact = Params::new().with::<i64>("id", deal.path("CONTACT_ID"));
    /// batch.add_raw("crm.contact.get", contact);
    /// batch.add_raw("task.commentitem.getlist", vec![Wire::from(7)]);
    /// ```
    pub fn add_raw(
        &mut self,
        method: impl Into<Cow<'static, str>>,
        params: impl Into<Wire>,
    ) -> Handle<Value> {
        let params = params.into();
        let content = match &params {
            Wire::Map(params) => Content::Named(params),
            Wire::List(items) => Content::Placed(items),
            Wire::Null => Content::Placed(&[]),
            _ => Content::Neither,
        };
        let api = self.api.unwrap_or(Api::V2);
        self.push((method.into(), listed::<NoCodes>), api, Effect::Once, content)
    }

    /// Says what it means for this command to run twice. A request is sent again after its answer got lost only if twice is
    /// as good as once for all commands in it.
    pub fn effect<T>(&mut self, handle: Handle<T>, effect: Effect) -> &mut Self {
        match self
            .commands
            .get_mut(handle.command)
            .filter(|_| handle.batch == self.id)
        {
            Some(command) => command.effect = effect,
            None => self.refuse(handle.command, "", Mistake::ForeignHandle),
        }
        self
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    fn push<T>(
        &mut self,
        (method, codes): (Cow<'static, str>, Listed),
        api: Api,
        effect: Effect,
        content: Content<'_>,
    ) -> Handle<T> {
        let place = self.commands.len();
        let common = *self.api.get_or_insert(api);
        let start = self.written.len();
        let written = if common == api {
            command::write(&mut self.written, self.id, place, &method, api, content)
        } else {
            Err(Mistake::OtherApi(api))
        };
        let refers = written.unwrap_or_else(|mistake| {
            self.refuse(place, &method, mistake);
            Vec::new()
        });
        self.commands.push(Command {
            method,
            effect,
            codes,
            span: start..self.written.len(),
            refers,
        });
        Handle {
            batch: self.id,
            command: place,
            output: PhantomData,
        }
    }

    fn refuse(&mut self, command: usize, method: &str, mistake: Mistake) {
        self.problem.get_or_insert_with(|| BatchError {
            command,
            method: method.to_owned(),
            mistake,
        });
    }
}

fn listed<C: Codes>(code: &str, status: Option<u16>) -> bool {
    C::from_code(code, status).is_some()
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows how many commands there are and their methods; parameters may be anything.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.commands.iter().map(|command| &command.method);
        f.debug_list().entries(methods).finish()
    }
}

/// A command of a batch: what its result is taken by, and what other commands refer to it by.
pub struct Handle<T> {
    batch: u64,
    command: usize,
    output: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    /// The whole result of the command, for a later command of the same batch.
    pub fn result(self) -> Reference {
        Reference::new(self.batch, self.command)
    }

    /// A part of its result: keys and places with dots between them, `0.ID`. For keys with a dot in them there is
    /// [`Reference::key`].
    ///
    /// In REST 3.0 the first step must be `item` or `items`.
    pub fn path(self, path: &str) -> Reference {
        self.result().path(path)
    }

    /// Which command it is, from 0.
    pub fn place(self) -> usize {
        self.command
    }

    /// Whether the command is one of the batch with these parts.
    pub fn is_of(self, parts: &Parts) -> bool {
        self.batch == parts.id()
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.batch, self.command) == (other.batch, other.command)
    }
}

impl<T> Eq for Handle<T> {}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.command)
    }
}
