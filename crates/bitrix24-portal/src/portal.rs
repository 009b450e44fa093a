//! The portal as a program holds it: started, looked into, made to behave, stopped.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::calls::Call;
use crate::clock::Clock;
use crate::fault::Injection;
use crate::limits::Limits;
use crate::rest::{self, World};
use crate::script;
use crate::server;
use crate::spec::Spec;
use crate::state::State;
use crate::table::Data;

/// A portal that runs until it is dropped.
///
/// It serves on a thread of its own, so it makes no difference whether the test around it is async, or in what
/// runtime.
pub struct Portal {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Portal {
    /// A portal to be set up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address of the webhook, with its secret code: what a client is made of.
    pub fn webhook_url(&self) -> String {
        let world = self.world();
        format!("{}/rest/{}/{}/", self.url(), world.state.user.id, world.code)
    }

    /// The address of the portal, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks into the state, or changes it, between two calls.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use bitrix24_portal::Portal;
    ///
    /// let portal = Portal::builder().start().await?;
    /// let site = portal.state(|state| {
    ///     state.account.phone_confirmed = false;
    ///     state.add_site("Spring")
    /// });
    /// assert!(!portal.state(|state| state.sites[&site].active));
    /// # Ok(())
    /// # }
    /// ```
    pub fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        let mut world = self.world();
        world.state.now = world.clock.now();
        with(&mut world.state)
    }

    /// Changes the limits; what has been counted stays counted.
    pub fn limits<T>(&self, with: impl FnOnce(&mut Limits) -> T) -> T {
        with(&mut self.world().limits)
    }

    /// Scripts a method: the answers that follow are given one after the other, and the last one for good. What
    /// a portal checks before a method runs, it still checks; a method that the spec does not know has no
    /// parameters to check. Without an answer the method behaves as it did before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use bitrix24_portal::Portal;
    /// use serde_json::json;
    ///
    /// let portal = Portal::builder().start().await?;
    /// portal
    ///     .on("crm.deal.get")
    ///     .error(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
    ///     .reply(json!({ "ID": "1", "TITLE": "First deal" }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on(&self, method: impl Into<String>) -> On<'_> {
        let method = method.into();
        self.world().scripts.clear(&method);
        On { portal: self, method }
    }

    /// Makes the next calls go wrong; see [`Fault`](crate::Fault).
    pub fn inject(&self, fault: impl Into<Injection>) {
        self.world().faults.add(fault.into());
    }

    /// How many times the faults that were ordered are still to happen; 0 once all have.
    pub fn faults_left(&self) -> usize {
        self.world().faults.left()
    }

    /// Says how long a method works. It is not slower for that, but `time` says so, and it counts for the limit
    /// on operating time.
    pub fn cost(&self, method: &str, time: Duration) {
        self.world().costs.insert(method.to_ascii_lowercase(), time);
    }

    /// Every call so far, in the order of arrival; commands of a batch come after the batch.
    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }

    /// How many times a method ran.
    pub fn runs(&self, method: &str) -> usize {
        self.world()
            .calls
            .iter()
            .filter(|call| call.ran && call.method.eq_ignore_ascii_case(method))
            .count()
    }

    /// How many HTTP requests with calls there were.
    pub fn requests(&self) -> usize {
        self.world().calls.iter().filter(|call| !call.in_batch).count()
    }

    /// How many connections were opened to it.
    pub fn connections(&self) -> usize {
        self.world().connections
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        rest::lock(&self.world)
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that panicked has stopped as well.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Portal {
    /// The address; the webhook's code is nobody's business in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portal")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A method that is being scripted.
#[derive(Debug)]
pub struct On<'a> {
    portal: &'a Portal,
    method: String,
}

impl On<'_> {
    /// Answers with this result.
    pub fn reply(self, result: impl Into<serde_json::Value>) -> Self {
        self.add(Ok(crate::value::Value::from(result.into()).into()))
    }

    /// Answers with this page of a list: its rows, how many there are in all, and where the next page starts.
    pub fn page(self, result: impl Into<serde_json::Value>, total: i64, next: Option<i64>) -> Self {
        self.add(script::page(result.into(), total, next))
    }

    /// Refuses.
    pub fn error(self, status: u16, code: &str, description: &str) -> Self {
        self.add(script::error(status, code, description))
    }

    fn add(self, answer: crate::answer::Answer) -> Self {
        self.portal.world().scripts.add(&self.method, answer);
        self
    }
}

/// A portal that has not been started.
#[derive(Debug)]
pub struct Builder {
    listen: SocketAddr,
    clock: Clock,
    limits: Limits,
    code: Option<String>,
    tables: Vec<(String, i64)>,
    forgets: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::system(),
            limits: Limits::standard(),
            code: None,
            tables: Vec::new(),
            forgets: false,
        }
    }
}

impl Builder {
    /// Where to listen. Without it: a free port of this machine, not to be reached from another.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self {
            listen: address,
            ..self
        }
    }

    /// The time to go by, instead of the machine's.
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// How much to let through, instead of [`Limits::standard`].
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The secret code of the webhook, letters and digits, instead of one made by chance.
    pub fn webhook_code(self, code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..self
        }
    }

    /// Serves a list method with so many rows, each as the method's page shows it; [`Portal::table`] makes rows to one's
    /// own liking.
    pub fn table(mut self, method: impl Into<String>, rows: i64) -> Self {
        self.tables.push((method.into(), rows));
        self
    }

    /// Forgets each call once it is answered, for a portal that runs for long: [`Portal::calls`], [`Portal::runs`] and
    /// [`Portal::requests`] then know of none.
    pub fn forget_calls(self) -> Self {
        Self {
            forgets: true,
            ..self
        }
    }

    /// Starts the portal.
    ///
    /// # Errors
    ///
    /// If it cannot listen at its address, if the webhook's code is not one, or if a method that is to have a table is no list.
    pub async fn start(self) -> io::Result<Portal> {
        self.start_blocking()
    }

    /// Starts the portal where nothing is async.
    ///
    /// # Errors
    ///
    /// If it cannot listen at its address, if the webhook's code is not one, or if a method that is to have a table is no list.
    pub fn start_blocking(self) -> io::Result<Portal> {
        let spec = Spec::get().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let code = self.code.unwrap_or_else(secret);
        if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let text = "the code of a webhook has letters and digits, nothing else";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut tables = BTreeMap::new();
        for (method, rows) in self.tables {
            let table = Data::documented(spec, &method, rows);
            let table = table.map_err(|text| io::Error::new(io::ErrorKind::InvalidInput, text))?;
            tables.insert(method.to_ascii_lowercase(), table);
        }
        let listener = TcpListener::bind(self.listen).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {}: {error}", self.listen))
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut world = World::new(spec, self.clock, self.limits, code, &format!("http://{address}"));
        world.tables = tables;
        world.forgets = self.forgets;
        let world = Arc::new(Mutex::new(world));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&world);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let thread = thread::Builder::new()
            .name("bitrix24-portal".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, served, stopped)))?;
        Ok(Portal {
            world,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A code that nobody guesses: the standard library seeds its hashers with chance from the system.
pub(crate) fn secret() -> String {
    use std::hash::{BuildHasher, RandomState};
    let chance = (RandomState::new().hash_one(0u8), RandomState::new().hash_one(1u8));
    let mut rest = (u128::from(chance.0) << 64) | u128::from(chance.1);
    let letter = |_| {
        let letter = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize];
        rest /= 36;
        char::from(letter)
    };
    (0..16).map(letter).collect()
}
