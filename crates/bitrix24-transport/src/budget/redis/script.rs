//! The way to the script: one connection, opened when it is needed and again after it broke.

use std::time::Duration;

use redis::{AsyncConnectionConfig, ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};

use crate::budget::{Claim, Fate, Limits, MethodUse, Outcome, Snapshot};

/// What the server may take for an answer. The script itself takes some hundred microseconds.
const TIMEOUT: Duration = Duration::from_secs(1);

/// A permit whose holder says nothing for this time is taken back: twice what a request may take.
const LEASE: Duration = Duration::from_secs(150);

pub(super) struct Script {
    client: redis::Client,
    connection: Option<MultiplexedConnection>,
    script: redis::Script,
    keys: [String; 8],
    limits: Limits,
    pub(super) lease: Duration,
    /// For tests: the time to decide by, instead of the server's.
    pub(super) time: Option<Duration>,
}

/// What the script says to somebody who asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Go(u64),
    Wait(Duration),
    /// Held by this one of the claim's methods, for so long or until a call under way is answered.
    Held(usize, Option<Duration>),
}

impl Script {
    pub(super) fn new(client: &redis::Client, name: &str, limits: Limits) -> Self {
        let keys = [
            "counter",
            "returns",
            "under-way",
            "methods",
            "permits",
            "claims",
            "waiting",
            "expected",
        ];
        Self {
            client: client.clone(),
            connection: None,
            script: redis::Script::new(include_str!("budget.lua")),
            // In braces: on a cluster all keys of a portal are in one place.
            keys: keys.map(|key| format!("bitrix24:budget:{{{name}}}:{key}")),
            limits,
            lease: LEASE,
            time: None,
        }
    }

    pub(super) async fn ask(&mut self, process: &str, claim: &Claim) -> RedisResult<Said> {
        let methods = claim
            .methods()
            .iter()
            .flat_map(|(method, calls)| [method.to_string(), calls.to_string()]);
        let said = self
            .run(
                "ask",
                [process.to_owned(), micros(self.lease)]
                    .into_iter()
                    .chain(methods),
            )
            .await?;
        let method = |at: &str| {
            let at = parse::<usize>(at)?
                .checked_sub(1)
                .filter(|at| *at < claim.methods().len());
            at.ok_or_else(not_understood)
        };
        let micros = |time: &str| parse(time).map(Duration::from_micros);
        match said.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["go", number] => Ok(Said::Go(parse(number)?)),
            ["wait", time] => Ok(Said::Wait(micros(time)?)),
            ["held", at, "-1"] => Ok(Said::Held(method(at)?, None)),
            ["held", at, time] => Ok(Said::Held(method(at)?, Some(micros(time)?))),
            _ => Err(not_understood()),
        }
    }

    pub(super) async fn settle(&mut self, number: u64, outcome: &Outcome) -> RedisResult<()> {
        let fate = match outcome.fate {
            Fate::Unsent => "unsent",
            Fate::Lost => "lost",
            Fate::Refused => "refused",
            Fate::Served => "served",
        };
        let told = outcome.told.iter().flat_map(|told| {
            [
                (told.method + 1).to_string(),
                u8::from(told.refused).to_string(),
                told.used
                    .map_or_else(String::new, |used| used.as_secs_f64().to_string()),
                told.resets_in.map_or_else(String::new, micros),
                told.took.as_secs_f64().to_string(),
                told.told_at
                    .map_or_else(String::new, |told_at| told_at.to_string()),
            ]
        });
        let args = [number.to_string(), fate.to_owned()].into_iter().chain(told);
        self.run("settle", args).await.map(|_| ())
    }

    /// This process has nobody any more who waits for a turn.
    pub(super) async fn forget(&mut self, process: &str) -> RedisResult<()> {
        self.run("forget", [process.to_owned()]).await.map(|_| ())
    }

    /// All but how many wait, which each process knows for itself.
    pub(super) async fn look(&mut self) -> RedisResult<Snapshot> {
        let seen = self.run("look", []).await?;
        let (level, methods) = seen.split_first().ok_or_else(not_understood)?;
        let mut snapshot = Snapshot {
            level: parse(level)?,
            threshold: self.limits.rate.at_once() as usize,
            ..Snapshot::default()
        };
        for method in methods.chunks_exact(4) {
            let held: i64 = parse(&method[3])?;
            let state = MethodUse {
                used: Duration::from_micros(parse(&method[1])?),
                running: parse(&method[2])?,
                held: held != 0,
                held_for: u64::try_from(held)
                    .ok()
                    .filter(|held| *held > 0)
                    .map(Duration::from_micros),
            };
            snapshot.methods.insert(method[0].clone(), state);
        }
        Ok(snapshot)
    }

    async fn run(
        &mut self,
        command: &str,
        args: impl IntoIterator<Item = String>,
    ) -> RedisResult<Vec<String>> {
        let kept = self.connection.take();
        let was_kept = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let Limits {
            rate,
            level,
            operating,
        } = self.limits;
        let mut call = self.script.prepare_invoke();
        self.keys.iter().for_each(|key| {
            call.key(key);
        });
        call.arg(command).arg(self.time.map_or_else(String::new, micros));
        call.arg(rate.at_once()).arg(rate.per_second()).arg(level);
        call.arg(operating.map_or_else(String::new, |limit| limit.as_secs_f64().to_string()));
        args.into_iter().for_each(|arg| {
            call.arg(arg);
        });
        let mut said = call.invoke_async(&mut connection).await;
        // A connection may have broken long ago without anybody noticing: that is no reason to fail. If it was heard all the
        // same, a turn too many was given, which its lease takes back, or what was settled is settled.
        if said.as_ref().is_err_and(|error| was_kept && has_broken(error)) {
            connection = self.connect().await?;
            said = call.invoke_async(&mut connection).await;
        }
        let said = said?;
        // Not after an error: the next call opens another.
        self.connection = Some(connection);
        Ok(said)
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new();
        let config = config
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}

/// Not after a timeout: whoever waits has waited long enough.
fn has_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error() && !error.is_timeout()
}

fn micros(time: Duration) -> String {
    time.as_micros().to_string()
}

fn parse<T: std::str::FromStr>(text: &str) -> RedisResult<T> {
    text.parse().map_err(|_| not_understood())
}

/// Whether the server is there, and has said something that this version of the script doesn't say.
pub(super) fn is_not_understood(error: &RedisError) -> bool {
    error.kind() == ErrorKind::UnexpectedReturnType
}

fn not_understood() -> RedisError {
    (
        ErrorKind::UnexpectedReturnType,
        "the budget's script says something else than it should",
    )
        .into()
}
