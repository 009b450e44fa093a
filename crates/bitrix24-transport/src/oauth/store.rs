//! Where tokens are kept, so that they outlive the program and can be shared.

use std::{
    collections::BTreeMap,
    error, fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::{ExposeSecret, SecretString};

use crate::http::BoxFuture;

/// What a store may fail with.
pub type StoreError = Box<dyn error::Error + Send + Sync>;

/// Keeps one secret text under each key, the *record*: the tokens of an application for a portal, and a note on a refresh
/// that is under way.
///
/// The client writes and reads records; for a store they are just texts. Whoever keeps them elsewhere (a database, a
/// vault) writes one of these:
///
/// * What a method has answered must hold: [`store`](Self::store) and [`compare_and_set`](Self::compare_and_set) come back
///   when the record would survive a crash, and what is read is never half of something.
/// * [`compare_and_set`](Self::compare_and_set) must be one step, whoever else writes. It is what lets several processes
///   share tokens: one of them gets to note that it refreshes, the others wait for what comes of it.
/// * Records are secrets: whoever reads one can act as the application.
///
/// In SQL, for example, the last one is `UPDATE tokens SET record = ? WHERE app = ? AND member_id = ? AND record = ?`, and
/// whether that changed a row.
pub trait TokenStore: Send + Sync {
    /// The record, if there is one.
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>>;

    /// Puts a record in place of whatever is there.
    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Puts `record` in place of `expected`, or does nothing if something else is there, or nothing; says which.
    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Forgets the record: the application was removed from the portal. The client never does this by itself.
    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>>;
}

impl<T: TokenStore + ?Sized> TokenStore for Arc<T> {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        (**self).load(key)
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        (**self).store(key, record)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        (**self).compare_and_set(key, expected, record)
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        (**self).remove(key)
    }
}

/// Which tokens: those of an application for a portal. Holds no secret.
///
/// There is one user for each key, the last one to authorize. An application that acts as several users of one portal gives
/// each of them a store of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    client_id: String,
    member_id: String,
}

impl Key {
    /// The tokens of this application for this portal.
    pub fn new(client_id: impl Into<String>, member_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            member_id: member_id.into(),
        }
    }

    /// The application.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The portal.
    pub fn member_id(&self) -> &str {
        &self.member_id
    }

    /// A name of its own for each key, whatever is in it: what could mean something to a file system is escaped.
    pub(super) fn name(&self) -> String {
        let mut name = String::new();
        for (text, end) in [(&self.member_id, "@"), (&self.client_id, "")] {
            for byte in text.bytes() {
                match byte {
                    b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => name.push(char::from(byte)),
                    // Capitals as well: some file systems take them for small letters.
                    _ => name.push_str(&format!("%{byte:02x}")),
                }
            }
            name.push_str(end);
        }
        name
    }
}

/// Keeps tokens for as long as the program runs. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<BTreeMap<Key, SecretString>>>);

impl MemoryStore {
    /// A store with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<Key, SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        Box::pin(async move { Ok(self.records().get(key).cloned()) })
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.records().insert(key.clone(), record.clone());
            Ok(())
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            Ok(match self.records().get_mut(key) {
                Some(kept) if kept.expose_secret() == expected.expose_secret() => {
                    *kept = record.clone();
                    true
                }
                _ => false,
            })
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.records().remove(key);
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("records", &self.records().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_leads_out_of_a_folder_or_to_anothers_record() {
        let names: Vec<String> = [
            Key::new("local.1", "../../etc/passwd"),
            Key::new("local.1", "a"),
            Key::new("local.1", "A"),
            Key::new("a", "local.1"),
            Key::new("@a", "b"),
            Key::new("a", "b@"),
            Key::new("", ""),
            Key::new("%40", ""),
        ]
        .iter()
        .map(Key::name)
        .collect();
        assert_eq!(names[0], "..%2f..%2fetc%2fpasswd@local.1");
        for (at, name) in names.iter().enumerate() {
            assert!(!name.contains(['/', '\\', ':']) && name != ".." && name != ".");
            assert!(!names[..at].contains(name), "{name}");
        }
    }
}
