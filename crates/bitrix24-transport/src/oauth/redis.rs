//! A token store on a Redis server, for processes on several machines.

use std::{fmt, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, aio::MultiplexedConnection,
    cmd,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{runtime::Handle, sync::Mutex};

use super::store::{Key, StoreError, TokenStore};
use crate::{error::Error, http::BoxFuture};

/// What the server may take to be reached, and to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One step, for the server runs nothing beside a script. Asked once more because the first answer was lost, it is also
/// content if `record` is there already: the first time did it.
const COMPARE_AND_SET: &str = "
    local kept = redis.call('GET', KEYS[1])
    if kept == ARGV[1] then
        redis.call('SET', KEYS[1], ARGV[2])
        return 1
    end
    return ARGV[3] == 'again' and kept == ARGV[2] and 1 or 0
";

/// Keeps tokens on a Redis server, a key for each portal and application, for processes on one machine or several.
///
/// ```no_run
/// # async fn example() -> Result<(), bitrix24_transport::Error> {
/// use bitrix24_transport::{Client, oauth::{App, RedisStore}};
///
/// # fn app() -> App { App::new("", "") }
/// let store = RedisStore::new("redis://:password@10.0.0.5")?;
/// let client = Client::oauth(app(), store).open("a223c6b3710f85df22e9377d6c4f7553").await?;
/// # Ok(()) }
/// ```
///
/// The server has to keep what it was given, for a refresh token that is lost can't be had again:
///
/// * `appendonly yes`, with `appendfsync always` if not even a power cut may cost tokens. With less, a server that breaks
///   down, or a replica that takes over, has forgotten the last moments, and the portal may have to be authorized again.
/// * No `maxmemory-policy` of the kind `allkeys-…`: it would throw tokens away.
///
/// Whoever can read from the server can act as the application. For `rediss://` switch on one of the TLS features of the
/// crate `redis` in your own `Cargo.toml`.
///
/// While the server can't be reached, calls go on with the tokens they have. One whose token has expired fails with the
/// kind [`Store`](crate::Kind::Store), and no refresh is begun. Clones of a store share one connection, which is opened
/// when it is needed.
#[derive(Clone)]
pub struct RedisStore {
    prefix: Arc<str>,
    line: Arc<Line>,
}

impl RedisStore {
    /// A store on the Redis server at `url`, `redis://user:password@host:port/database`. Connects when the first record is
    /// asked for.
    pub fn new(url: &str) -> Result<Self, Error> {
        let client = Client::open(url)
            .map_err(|error| Error::config_because("the URL of the Redis server can't be used", error))?;
        Ok(Self {
            prefix: "bitrix24:tokens:".into(),
            line: Arc::new(Line {
                client,
                current: Mutex::default(),
            }),
        })
    }

    /// What the names of all keys begin with, instead of `bitrix24:tokens:`. Stores with different prefixes know nothing of
    /// each other.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        Self {
            prefix: prefix.into(),
            ..self
        }
    }

    fn name(&self, key: &Key) -> String {
        format!("{}{}", self.prefix, key.name())
    }
}

impl TokenStore for RedisStore {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        Box::pin(async move {
            let command = |_| cmd("GET").arg(self.name(key)).take();
            let Some(record) = self.line.ask::<Option<Vec<u8>>>(command).await? else {
                return Ok(None);
            };
            // What is no text may be half of a secret: it isn't quoted.
            let record = String::from_utf8(record).map_err(|_| "what the Redis server has is no text")?;
            Ok(Some(record.into()))
        })
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let command = |_| cmd("SET").arg(self.name(key)).arg(record.expose_secret()).take();
            self.line.ask(command).await
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let command = |again| {
                let mut command = cmd("EVAL");
                command.arg(COMPARE_AND_SET).arg(1).arg(self.name(key));
                command.arg(expected.expose_secret()).arg(record.expose_secret());
                command.arg(if again { "again" } else { "" });
                command
            };
            self.line.ask(command).await
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.line.ask(|_| cmd("DEL").arg(self.name(key)).take()).await })
    }
}

/// The one connection of a store and its clones.
struct Line {
    client: Client,
    current: Mutex<Option<Connection>>,
}

#[derive(Clone)]
struct Connection {
    /// Tells it from those before.
    number: u64,
    link: MultiplexedConnection,
}

impl Line {
    /// Gives the server a command. A connection may have broken long ago without anybody noticing: if it has, the command is
    /// given once more, over a new one, and is told so.
    async fn ask<T: FromRedisValue>(&self, command: impl Fn(bool) -> Cmd) -> Result<T, StoreError> {
        // Without one the connection below would panic.
        Handle::try_current()?;
        let mut broken = None;
        loop {
            let mut connection = self.connection(broken).await.map_err(failed)?;
            let again = broken.is_some();
            let error = match command(again).query_async(&mut connection.link).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            // Not after a timeout: whoever waits has waited long enough.
            if error.is_unrecoverable_error() && !error.is_timeout() && !again {
                broken = Some(connection.number);
                continue;
            }
            // Another server may be behind the name by the next time.
            let mut current = self.current.lock().await;
            current.take_if(|current| current.number == connection.number);
            return Err(failed(error));
        }
    }

    /// The connection that is there, or a new one if there is none or it is `broken`.
    async fn connection(&self, broken: Option<u64>) -> RedisResult<Connection> {
        let mut current = self.current.lock().await;
        let number = match &*current {
            Some(connection) if Some(connection.number) != broken => return Ok(connection.clone()),
            Some(connection) => connection.number + 1,
            None => broken.map_or(0, |number| number + 1),
        };
        let config = AsyncConnectionConfig::new();
        let config = config
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let link = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        Ok(current.insert(Connection { number, link }).clone())
    }
}

fn failed(error: RedisError) -> StoreError {
    let what = match error.is_io_error() {
        true => "the Redis server that keeps the tokens can't be reached",
        false => "the Redis server that keeps the tokens refuses",
    };
    Box::new(Failed { what, source: error })
}

#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Failed {
    what: &'static str,
    source: RedisError,
}

impl fmt::Debug for RedisStore {
    // Not the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Against a real Redis server, started for each test.
#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        io::{Read, Write},
        net::{Shutdown, TcpListener, TcpStream},
        task::Poll,
        thread,
    };

    use super::*;
    use crate::redis_server::{Server, free_port};

    fn store(server: &Server) -> RedisStore {
        RedisStore::new(&server.url()).expect("a URL")
    }

    fn key(member_id: &str) -> Key {
        Key::new("local.1", member_id)
    }

    async fn loaded(store: &RedisStore, key: &Key) -> Option<String> {
        let record = store.load(key).await.expect("readable");
        record.map(|record| record.expose_secret().to_owned())
    }

    async fn set(store: &RedisStore, expected: &str, record: &str) -> bool {
        let (expected, record) = (expected.into(), record.into());
        let set = store.compare_and_set(&key("one"), &expected, &record).await;
        set.expect("no failure")
    }

    fn chain(error: StoreError) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text += &format!(": {error}");
            source = error.source();
        }
        text
    }

    #[tokio::test]
    async fn keeps_replaces_compares_and_forgets() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let (one, two) = (key("one"), key("two"));
        assert_eq!(loaded(&store, &one).await, None);
        assert!(!set(&store, "", "x").await);
        assert_eq!(loaded(&store, &one).await, None);

        store.store(&one, &"first".into()).await.expect("stored");
        store.store(&two, &"other".into()).await.expect("stored");
        assert!(!set(&store, "x", "y").await);
        assert!(set(&store, "first", "sec\0nd, ünd {it} goes\r\non").await);
        // Whoever wants to put there what is there already has not done it.
        assert!(!set(&store, "first", "sec\0nd, ünd {it} goes\r\non").await);

        let again = self::store(&server);
        assert_eq!(
            loaded(&again, &one).await.as_deref(),
            Some("sec\0nd, ünd {it} goes\r\non")
        );
        assert_eq!(loaded(&again, &two).await.as_deref(), Some("other"));
        let other = self::store(&server).prefix("another application:");
        assert_eq!(loaded(&other, &one).await, None);
        store.remove(&one).await.expect("removed");
        store.remove(&one).await.expect("nothing to remove");
        assert_eq!(loaded(&again, &one).await, None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn only_one_of_many_writers_finds_what_it_expects() {
        let Some(server) = Server::start() else { return };
        let stores = [store(&server), store(&server)];
        stores[0].store(&key("one"), &"0".into()).await.expect("stored");
        for round in 0..50 {
            let writers: Vec<_> = (0..16)
                .map(|writer| {
                    let store = stores[writer % 2].clone();
                    tokio::spawn(async move {
                        set(&store, &round.to_string(), &format!("{round} by {writer}")).await
                    })
                })
                .collect();
            let mut won = Vec::new();
            for (writer, set) in writers.into_iter().enumerate() {
                if set.await.expect("no panic") {
                    won.push(format!("{round} by {writer}"));
                }
            }
            let kept = loaded(&stores[0], &key("one")).await;
            assert_eq!(won, [kept.expect("a record")]);
            let next = (round + 1).to_string();
            stores[0].store(&key("one"), &next.into()).await.expect("stored");
        }
    }

    /// As long as it is told to write everything down, and that is what a power cut finds.
    #[tokio::test]
    async fn what_was_stored_outlives_the_server_and_the_connection_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().to_str().expect("a text");
        let options = ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder];
        let Some(server) = Server::start_with(&options) else {
            return;
        };
        let port = server.port;
        let store = store(&server);
        store.store(&key("one"), &"first".into()).await.expect("stored");
        assert!(set(&store, "first", "second").await);
        drop(server);

        let error = store.load(&key("one")).await.expect_err("nobody is there");
        let text = chain(error);
        assert!(
            text.starts_with("the Redis server that keeps the tokens can't be reached: "),
            "{text}"
        );
        let server = Server::start_at(port, &options);
        assert_eq!(loaded(&store, &key("one")).await.as_deref(), Some("second"));

        // The connection breaks while nobody looks: the next command is the first to notice.
        drop(server);
        let _server = Server::start_at(port, &options);
        assert_eq!(loaded(&store, &key("one")).await.as_deref(), Some("second"));
    }

    /// Passes on to a server what comes, and breaks the first connection off when the answer to the first script comes.
    fn proxy(server: u16) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (mut client, server) = (
                    client.expect("a client"),
                    TcpStream::connect(("127.0.0.1", server)),
                );
                let mut server = server.expect("a server");
                thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    loop {
                        let read = client.read(&mut bytes).unwrap_or(0);
                        if read == 0 || server.write_all(&bytes[..read]).is_err() {
                            break;
                        }
                        let script = bytes[..read].windows(4).any(|part| part == b"EVAL");
                        let read = server.read(&mut bytes).unwrap_or(0);
                        if read == 0 || (number == 0 && script) || client.write_all(&bytes[..read]).is_err() {
                            break;
                        }
                    }
                    // Gone already, if it was the client who left.
                    let _gone = client.shutdown(Shutdown::Both);
                });
            }
        });
        port
    }

    #[tokio::test]
    async fn an_answer_that_is_lost_is_asked_for_again() {
        let Some(server) = Server::start() else { return };
        store(&server)
            .store(&key("one"), &"first".into())
            .await
            .expect("stored");
        let store = RedisStore::new(&format!("redis://127.0.0.1:{}", proxy(server.port))).expect("a URL");
        assert_eq!(loaded(&store, &key("one")).await.as_deref(), Some("first"));
        assert!(set(&store, "first", "second").await, "the lost answer said so");
        assert!(
            !set(&store, "first", "second").await,
            "this one is not the one that was lost"
        );
        assert_eq!(loaded(&store, &key("one")).await.as_deref(), Some("second"));
    }

    #[tokio::test]
    async fn a_command_that_is_dropped_at_any_poll_is_done_or_not_and_the_next_gets_its_own_answer() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let one = key("one");
        let mut ended = 0;
        for polls in 0..12 {
            store.store(&one, &"old".into()).await.expect("stored");
            // Every second time without a connection.
            let store = if polls % 2 == 0 {
                store.clone()
            } else {
                self::store(&server)
            };
            {
                let (old, new) = ("old".into(), "new".into());
                let mut command = store.compare_and_set(&one, &old, &new);
                let mut left = polls / 2;
                let set = poll_fn(|context| match command.as_mut().poll(context) {
                    _ if left == 0 => Poll::Ready(None),
                    Poll::Ready(set) => Poll::Ready(Some(set.expect("no failure"))),
                    Poll::Pending => {
                        left -= 1;
                        Poll::Pending
                    }
                });
                ended += usize::from(set.await == Some(true));
            }
            let kept = loaded(&store, &one).await.expect("a record");
            assert!(["old", "new"].contains(&kept.as_str()), "{kept}");
            assert!(set(&store, &kept, "newer").await || set(&store, "new", "newer").await);
            assert_eq!(loaded(&store, &one).await.as_deref(), Some("newer"));
        }
        assert!(ended > 0, "no command ever came to its end");
    }

    #[test]
    fn a_runtime_that_ends_takes_the_connection_with_it_and_another_opens_one() {
        let Some(server) = Server::start() else { return };
        let store = store(&server);
        let one = key("one");
        for round in 0..3 {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                store
                    .store(&one, &round.to_string().into())
                    .await
                    .expect("stored");
                assert_eq!(loaded(&store, &one).await, Some(round.to_string()));
            });
        }
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let outside = store.load(&one).as_mut().poll(&mut context);
        assert!(matches!(outside, Poll::Ready(Err(_))));
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_a_server_that_is_away() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let store = RedisStore::new(&format!("redis://127.0.0.1:{port}")).expect("a URL");
        let text = chain(store.load(&key("one")).await.expect_err("no answer"));
        assert!(text.contains("can't be reached"), "{text}");
    }

    #[tokio::test]
    async fn shows_no_password_and_no_record() {
        let Some(server) = Server::start_with(&["--requirepass", "s3cr3t"]) else {
            return;
        };
        let at = |login: &str| format!("redis://{login}127.0.0.1:{}", server.port);
        let good = RedisStore::new(&at(":s3cr3t@")).expect("a URL");
        good.store(&key("one"), &"s3cr3t".into()).await.expect("stored");
        let link = Client::open(at(":s3cr3t@")).expect("a URL");
        let mut link = link
            .get_multiplexed_async_connection()
            .await
            .expect("a connection");
        let filled: RedisResult<()> = cmd("LPUSH")
            .arg(good.name(&key("list")))
            .arg("s3cr3t")
            .query_async(&mut link)
            .await;
        filled.expect("written");
        let filled: RedisResult<()> = cmd("SET")
            .arg(good.name(&key("bytes")))
            .arg(b"s3cr3t\xff")
            .query_async(&mut link)
            .await;
        filled.expect("written");

        let mut texts = vec![format!("{good:?} {good:#?}")];
        for wrong in ["redis://:s3cr3t@:x", "s3cr3t", "redis://:s3cr3t@127.0.0.1/s3cr3t"] {
            let error = RedisStore::new(wrong).expect_err("no URL");
            assert_eq!(error.kind(), crate::Kind::Config);
            texts.extend([format!("{error:?}"), chain(Box::new(error))]);
        }
        let wrong = RedisStore::new(&at("s3cr3t:wrong-s3cr3t@")).expect("a URL");
        let nobody = RedisStore::new(&format!("redis://:s3cr3t@127.0.0.1:{}", free_port())).expect("a URL");
        for (store, member_id, expected) in [
            (&wrong, "one", "refuses"),
            (&store(&server), "one", "refuses"),
            (&nobody, "one", "reached"),
            (&good, "list", "refuses"),
            (&good, "bytes", "no text"),
        ] {
            let error = store.load(&key(member_id)).await.expect_err("no record");
            let debug = format!("{error:?}");
            let text = chain(error);
            assert!(text.contains(expected), "{text}");
            texts.extend([debug, text]);
        }
        assert!(texts.iter().all(|text| !text.contains("s3cr3t")), "{texts:?}");
    }
}
