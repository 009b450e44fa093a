//! The tokens that a client and its clones use now, and the one refresh that serves them all.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::watch, time::Instant};
use tracing::Instrument;

use super::{
    server::TokenClient,
    store::{Key, TokenStore},
    tokens::{Tokens, unusable},
};
use crate::{
    auth::{Place, Secrets},
    error::{Error, Executed},
    observe::{Event, Observer, Refresh},
};

/// Tokens that came of a refresh and that no call has been let in with yet are not refreshed again before they can have
/// expired, and not for so long at least: a portal that takes new tokens for expired ones would do the same to the next.
const TRIAL: Duration = Duration::from_secs(60);

/// How many pairs of tokens that are no longer used are still kept out of texts: those of calls that are under way.
const REMEMBERED: usize = 4;

/// Called with new tokens, after they were stored.
pub(crate) type TokensHook = Box<dyn Fn(&Tokens) + Send + Sync>;

/// What is to be told of what happens to tokens.
pub(super) struct Hooks {
    pub(super) on_tokens: Option<TokensHook>,
    pub(super) observer: Observer,
}

/// One portal's tokens, shared by all clones of a client.
pub(crate) struct Session {
    pub(super) key: Key,
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) client: TokenClient,
    pub(super) hooks: Hooks,
    place: Arc<Place>,
    /// What its refreshes are marked with in the store.
    id: String,
    refreshes: AtomicU64,
    current: Mutex<Current>,
    /// The refresh that is under way.
    flight: Mutex<Option<Flight>>,
    /// Tokens that came and could not be stored, and the refresh token that they were given for.
    unsaved: Mutex<Option<(Tokens, SecretString)>>,
}

/// What comes of a refresh; nothing while it is under way.
type Flight = watch::Receiver<Option<Result<(), Arc<Error>>>>;

struct Current {
    token: Arc<Token>,
    secrets: Arc<Secrets>,
    recent: VecDeque<SecretString>,
}

/// The token that calls are made with.
pub(crate) struct Token {
    pub(super) tokens: Tokens,
    header: HeaderValue,
    trial: Option<Trial>,
    let_in: AtomicBool,
}

/// Where tokens come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// This client has refreshed others, which had expired.
    Refresh,
    /// A user, or an installation.
    Authorization,
    Store,
}

/// The end of a trial, by two clocks: one does not run while the machine sleeps, the other can be set back.
struct Trial(Option<Instant>, Option<SystemTime>);

impl Trial {
    fn of(tokens: &Tokens) -> Self {
        let span = tokens.lifetime().max(TRIAL);
        Self(
            Instant::now().checked_add(span),
            SystemTime::now().checked_add(span),
        )
    }

    fn is_over(&self) -> bool {
        self.0.is_some_and(|end| end <= Instant::now()) || self.1.is_some_and(|end| end <= SystemTime::now())
    }
}

impl Token {
    fn new(tokens: Tokens, origin: Origin) -> Result<Self, Error> {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", tokens.access.expose_secret()))
            .map_err(|_| unusable("has an access token that can't be sent"))?;
        header.set_sensitive(true);
        Ok(Self {
            header,
            trial: (origin == Origin::Refresh).then(|| Trial::of(&tokens)),
            let_in: AtomicBool::new(false),
            tokens,
        })
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The portal has taken a call with it.
    pub(crate) fn let_in(&self) {
        self.let_in.store(true, Ordering::Relaxed);
    }

    /// Came of a refresh, and no call was let in with it yet.
    fn is_on_trial(&self) -> bool {
        !self.let_in.load(Ordering::Relaxed) && self.trial.as_ref().is_some_and(|trial| !trial.is_over())
    }
}

impl Session {
    pub(super) fn new(
        client: TokenClient,
        store: Arc<dyn TokenStore>,
        tokens: Tokens,
        origin: Origin,
        place: Place,
        hooks: Hooks,
    ) -> Result<Self, Error> {
        let key = Key::new(client.app.client_id(), tokens.member_id());
        let mut recent = VecDeque::new();
        let secrets = secrets(&client, &tokens, &mut recent);
        let chance = RandomState::new();
        Ok(Self {
            key,
            store,
            hooks,
            place: Arc::new(place),
            id: format!("{:016x}{:016x}", chance.hash_one(0), chance.hash_one(1)),
            refreshes: AtomicU64::new(0),
            current: Mutex::new(Current {
                token: Arc::new(Token::new(tokens, origin)?),
                secrets,
                recent,
            }),
            flight: Mutex::new(None),
            unsaved: Mutex::new(None),
            client,
        })
    }

    pub(crate) fn member_id(&self) -> &str {
        self.key.member_id()
    }

    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    pub(crate) fn token(&self) -> Arc<Token> {
        lock(&self.current).token.clone()
    }

    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        lock(&self.current).secrets.clone()
    }

    /// Sees to it that there is another token than `used`, which has expired: one that is there already, or one that a
    /// refresh brings, for which all wait together. The refresh is a task of its own: dropping this future, or all of them,
    /// does not stop it. False if `used` is on trial.
    pub(crate) async fn renew(self: &Arc<Self>, used: &Arc<Token>) -> Result<bool, Error> {
        // Once more, if a refresh was cut off with the runtime that it ran on.
        for _ in 0..2 {
            let mut flight = {
                let mut flight = lock(&self.flight);
                if !Arc::ptr_eq(&self.token(), used) {
                    return Ok(true);
                }
                if used.is_on_trial() {
                    return Ok(false);
                }
                // One that is closed has ended without a result.
                match flight.as_ref().filter(|flight| flight.has_changed().is_ok()) {
                    Some(flight) => flight.clone(),
                    None => flight.insert(self.take_off()).clone(),
                }
            };
            if let Ok(landed) = flight.wait_for(Option::is_some).await {
                return match &*landed {
                    Some(Err(error)) => Err(error.again()),
                    _ => Ok(true),
                };
            }
        }
        Err(Error::runtime(
            "the refresh of the tokens was cut off: a hook or a token store has panicked, or a runtime was stopped",
            Executed::No,
            None,
        ))
    }

    fn take_off(self: &Arc<Self>) -> Flight {
        let (result, flight) = watch::channel(None);
        let session = self.clone();
        let portal = self.place.address();
        let task = async move {
            let start = Instant::now();
            let outcome = session.refresh().await;
            let took = start.elapsed();
            if let Err(error) = &outcome {
                tracing::warn!(kind = ?error.kind(), code = error.code(), "the tokens were not refreshed");
            }
            let outcome = outcome.map_err(|error| Arc::new(error.without(&session.secrets())));
            session.hooks.observer.tell(|| {
                let error = outcome.as_ref().err().map(|error| &**error);
                Event::Refresh(Refresh { took, error })
            });
            // First out of the way, then told: whoever comes in between sees the new token.
            *lock(&session.flight) = None;
            result.send_replace(Some(outcome));
        };
        tokio::spawn(task.instrument(tracing::debug_span!("bitrix24_refresh", portal = portal.host())));
        flight
    }

    /// Waits until no refresh is under way.
    pub(crate) async fn settle(&self) {
        let flight = lock(&self.flight).clone();
        if let Some(mut flight) = flight {
            // Closed without a result: it was cut off, so there is nothing left to wait for.
            let _ended = flight.wait_for(Option::is_some).await;
        }
    }

    /// Uses these tokens from now on.
    pub(super) fn replace(&self, tokens: Tokens, origin: Origin) -> Result<(), Error> {
        let token = Arc::new(Token::new(tokens, origin)?);
        let moved = {
            let mut current = lock(&self.current);
            let before = std::mem::replace(&mut current.token, token.clone());
            current.secrets = secrets(&self.client, &token.tokens, &mut current.recent);
            // What the tokens said before, and not where the portal is: a redirect may have led on from there.
            before.tokens.portal != token.tokens.portal
        };
        if moved {
            self.place.moved(&token.tokens.portal);
        }
        Ok(())
    }

    /// Keeps tokens that have just come out of all texts, those of the store they go to among them.
    pub(super) fn hide(&self, tokens: &Tokens) {
        let mut current = lock(&self.current);
        current.secrets = secrets(&self.client, tokens, &mut current.recent);
    }

    /// A name for the next refresh.
    pub(super) fn next_mark(&self) -> String {
        format!("{}.{}", self.id, self.refreshes.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether a refresh has been begun by this client.
    pub(super) fn has_made(&self, mark: &str) -> bool {
        mark.split('.').next() == Some(self.id.as_str())
    }

    pub(super) fn unsaved(&self) -> MutexGuard<'_, Option<(Tokens, SecretString)>> {
        lock(&self.unsaved)
    }
}

/// All secrets of a session with these tokens.
fn secrets(client: &TokenClient, tokens: &Tokens, recent: &mut VecDeque<SecretString>) -> Arc<Secrets> {
    for token in [&tokens.access, &tokens.refresh] {
        let known = recent
            .iter()
            .any(|known| known.expose_secret() == token.expose_secret());
        if !known {
            recent.push_back(token.clone());
        }
    }
    while recent.len() > 2 * (REMEMBERED + 1) {
        recent.pop_front();
    }
    let all = recent.iter().chain([client.app.client_secret()]);
    Arc::new(Secrets::of(all))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
