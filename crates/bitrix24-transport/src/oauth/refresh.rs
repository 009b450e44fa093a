//! How tokens are refreshed, so that nothing is lost that need not be, and whatever is lost is told.
//!
//! 1. The record is read. If others have stored new tokens, those are taken, and that is all.
//! 2. The record gets a mark: a refresh is about to begin. Whoever finds the mark of another waits for what comes of it,
//!    but only for as long as a refresh can take.
//! 3. The authorization server is asked.
//! 4. The new tokens are stored, which takes the mark away. Only then are they used.
//!
//! Of a refresh that ends between 2 and 4 nobody knows whether the refresh token was used up. The record says since when,
//! and the next refresh finds out: either it works, or the server's `invalid_grant` means that tokens were lost.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{
    record::{Mark, Record, now},
    server::{Grant, LONGEST_WAIT, Unsuccessful},
    session::{Origin, Session},
    store::StoreError,
    tokens::Tokens,
};
use crate::error::{Error, Kind};

/// How much longer than the wait for the server's answer a refresh may take.
const MARGIN: Duration = Duration::from_secs(15);

/// How far apart the clocks of two machines may be that share a store.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// How often it is tried to store tokens before the calls that wait for them are told.
const STORE_ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Session {
    /// Gets new tokens, from whoever has them. There is one of these at a time.
    pub(super) async fn refresh(&self) -> Result<(), Error> {
        let unsaved = self.unsaved().clone();
        if let Some((tokens, replaced)) = unsaved {
            return self.keep(tokens, &replaced).await;
        }
        let used = self.token();
        let mut others = Others::default();
        loop {
            let (text, record) = self.load().await?;
            if record.tokens.access.expose_secret() != used.tokens.access.expose_secret() {
                tracing::debug!("others have stored new tokens");
                return self.replace(record.tokens, Origin::Store);
            }
            let busy = record
                .refreshing
                .as_ref()
                .filter(|mark| !self.is_abandoned(mark, &mut others));
            if busy.is_some() {
                others.wait().await;
                continue;
            }
            let server = self.client.app.server(&record.tokens.server)?;
            let claimed = record.claimed(Mark {
                by: self.next_mark(),
                since: now(),
            });
            let claimed_text = claimed.write()?;
            if !self.compare_and_set(&text, &claimed_text).await? {
                continue;
            }
            let refresh = &record.tokens.refresh;
            let asked = self
                .client
                .ask(&server, Grant::Refresh(refresh), Some(self.member_id()));
            let Unsuccessful { error, certain } = match asked.await {
                Ok(tokens) => return self.keep(tokens, refresh).await,
                Err(unsuccessful) => unsuccessful,
            };
            let after = Record {
                refreshing: None,
                interrupted: if certain {
                    claimed.interrupted
                } else {
                    claimed.interrupted_since()
                },
                tokens: record.tokens,
            };
            let undisturbed = match self.compare_and_set(&claimed_text, &after.write()?).await {
                Ok(undisturbed) => undisturbed,
                Err(failed) => {
                    // The mark stays, and is known to be abandoned.
                    tracing::warn!(error = %failed, "the end of a refresh could not be noted");
                    true
                }
            };
            if error.kind() != Kind::InvalidGrant {
                return Err(error);
            }
            if !undisturbed {
                // Somebody else has taken over, or stored tokens: see what they have.
                continue;
            }
            return Err(match claimed.interrupted {
                Some(since) => lost(error, since),
                None => error,
            });
        }
    }

    /// Stores new tokens, then uses them.
    pub(super) async fn keep(&self, tokens: Tokens, replaced: &SecretString) -> Result<(), Error> {
        self.hide(&tokens);
        *self.unsaved() = Some((tokens.clone(), replaced.clone()));
        let mut patience = Patience::of(STORE_ATTEMPTS);
        let kept = loop {
            match self.store_in_place_of(replaced, &tokens).await {
                Ok(kept) => break kept,
                Err(error) if error.kind() != Kind::Store => {
                    *self.unsaved() = None;
                    return Err(error);
                }
                Err(error) if !patience.with(&error).await => {
                    // They stay where they are: the next refresh begins with storing them.
                    let what = "new tokens came, but the token store failed to take them; the next call tries it again";
                    return Err(error.rather(Kind::Store, what));
                }
                Err(_) => {}
            }
        };
        *self.unsaved() = None;
        match kept {
            Kept::Ours => {
                self.replace(tokens.clone(), Origin::Refresh)?;
                tracing::info!("the tokens were refreshed");
                if let Some(hook) = &self.hooks.on_tokens {
                    hook(&tokens);
                }
                Ok(())
            }
            Kept::Theirs(theirs) => {
                tracing::warn!("others have stored newer tokens meanwhile, those are used");
                self.replace(*theirs, Origin::Store)
            }
        }
    }

    /// Puts tokens in the place of those that they were given for, whoever has marked them.
    async fn store_in_place_of(&self, replaced: &SecretString, tokens: &Tokens) -> Result<Kept, Error> {
        let record = Record::of(tokens.clone()).write()?;
        loop {
            let (text, found) = self.load().await?;
            let refresh = found.tokens.refresh.expose_secret();
            if refresh == tokens.refresh.expose_secret() {
                return Ok(Kept::Ours);
            }
            if refresh != replaced.expose_secret() {
                return Ok(Kept::Theirs(Box::new(found.tokens)));
            }
            if self.compare_and_set(&text, &record).await? {
                return Ok(Kept::Ours);
            }
        }
    }

    /// Whether nothing will come of a refresh any more.
    fn is_abandoned(&self, mark: &Mark, others: &mut Others) -> bool {
        // This client makes one at a time, and that is the one that asks.
        if self.has_made(&mark.by) {
            return true;
        }
        // Not as long as this client would wait for the server: the other one may have more patience.
        let longest = LONGEST_WAIT + MARGIN;
        // By the clock of whoever made it. Near enough, and it counts how long it has been seen from here.
        let age = Duration::from_secs(now().saturating_sub(mark.since));
        age > longest + SKEW || others.seen_for(mark) > longest
    }

    async fn load(&self) -> Result<(SecretString, Record), Error> {
        let text = self.store.load(&self.key).await.map_err(failed)?.ok_or_else(|| {
            Error::token(
                Kind::NoTokens,
                "the token store has no tokens for this portal any more",
            )
        })?;
        let record = Record::read(&text, &self.key)?;
        Ok((text, record))
    }

    async fn compare_and_set(&self, expected: &SecretString, record: &SecretString) -> Result<bool, Error> {
        let set = self.store.compare_and_set(&self.key, expected, record).await;
        set.map_err(failed)
    }
}

enum Kept {
    Ours,
    Theirs(Box<Tokens>),
}

/// How long it is tried to store tokens: there are no others, and a store may be back in a moment.
pub(super) struct Patience {
    left: u32,
    pause: Duration,
}

impl Patience {
    /// For so many attempts.
    pub(super) fn of(attempts: u32) -> Self {
        Self {
            left: attempts,
            pause: Duration::ZERO,
        }
    }

    /// Waits for a moment after a failure; false if there were enough of them.
    pub(super) async fn with(&mut self, error: &Error) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return false;
        }
        tracing::warn!(%error, left = self.left, "new tokens could not be stored, another try follows");
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        tokio::time::sleep(self.pause).await;
        true
    }
}

/// A refresh of others that is waited for.
#[derive(Default)]
struct Others {
    seen: Option<(Mark, Instant)>,
    pause: Duration,
}

impl Others {
    fn seen_for(&mut self, mark: &Mark) -> Duration {
        match &self.seen {
            Some((seen, since)) if seen == mark => since.elapsed(),
            _ => {
                self.seen = Some((mark.clone(), Instant::now()));
                Duration::ZERO
            }
        }
    }

    async fn wait(&mut self) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        tokio::time::sleep(self.pause).await;
    }
}

/// The token store failed.
pub(super) fn failed(error: StoreError) -> Error {
    Error::token(Kind::Store, "the token store failed").because(error)
}

fn lost(refused: Error, since: u64) -> Error {
    let ago = now().saturating_sub(since);
    refused.rather(
        Kind::LostRotation,
        format!(
            "the tokens are lost: a refresh was begun {ago} seconds ago, what came of it was never stored, and the refresh \
             token has been used up by it; the portal has to be authorized again"
        ),
    )
}
