//! A token store in a folder: a file for each portal.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};

use super::store::{Key, StoreError, TokenStore};
use crate::http::BoxFuture;

/// How long it is waited for another process that is writing, which takes it milliseconds.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Keeps tokens in a folder of this machine, a file for each portal and application.
///
/// Files can be read by their owner only (0600; the folder is made with 0700). Each is written whole or not at all: under
/// another name first, flushed to the disk, then renamed. Several processes can share the folder: writers take turns, by a
/// lock that the system takes back from a process that dies. (Files and folders on systems other than Unix have the rights
/// that their folder gives them.)
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// A store in this folder. It is made if it isn't there; the folder around it must be.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        match make_folder(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ if folder.is_dir() => Ok(Self { folder }),
            _ => Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "the token store's folder is a file",
            )),
        }
    }

    /// Runs `work` where it may wait for the disk. It is not stopped half-way if nobody waits for it any more.
    fn run<'a, T: Send + 'static>(
        &self,
        key: &Key,
        work: impl FnOnce(&Slot) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let slot = Slot {
            folder: self.folder.clone(),
            name: key.name(),
        };
        Box::pin(async move {
            let runtime = tokio::runtime::Handle::try_current()?;
            let done = runtime.spawn_blocking(move || work(&slot)).await?;
            Ok(done?)
        })
    }
}

impl TokenStore for FileStore {
    fn load<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<SecretString>, StoreError>> {
        // Without the lock: a file is replaced in one step.
        self.run(key, Slot::read)
    }

    fn store<'a>(&'a self, key: &'a Key, record: &'a SecretString) -> BoxFuture<'a, Result<(), StoreError>> {
        let record = record.clone();
        self.run(key, move |slot| {
            let _lock = slot.lock()?;
            slot.write(&record)
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a Key,
        expected: &'a SecretString,
        record: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (expected, record) = (expected.clone(), record.clone());
        self.run(key, move |slot| {
            let _lock = slot.lock()?;
            let kept = slot.read()?;
            let same = kept.is_some_and(|kept| kept.expose_secret() == expected.expose_secret());
            if same {
                slot.write(&record)?;
            }
            Ok(same)
        })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StoreError>> {
        self.run(key, |slot| {
            let _lock = slot.lock()?;
            match fs::remove_file(slot.path("json")) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => sync_folder(&slot.folder),
            }
        })
    }
}

/// The files of one key: `….json` with the record, `….tmp` while it is written, `….lock`.
struct Slot {
    folder: PathBuf,
    name: String,
}

impl Slot {
    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    fn read(&self) -> io::Result<Option<SecretString>> {
        match fs::read_to_string(self.path("json")) {
            Ok(text) => Ok(Some(text.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Only with the lock.
    fn write(&self, record: &SecretString) -> io::Result<()> {
        let (temporary, path) = (self.path("tmp"), self.path("json"));
        // Left over by a process that was stopped while it wrote.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().create_new(true).open(&temporary)?;
        file.write_all(record.expose_secret().as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &path)?;
        sync_folder(&self.folder)
    }

    /// Held until the file is dropped, or the process ends.
    fn lock(&self) -> io::Result<File> {
        let path = self.path("lock");
        let end = Instant::now() + LONGEST_WAIT;
        loop {
            match try_lock(&path) {
                Ok(Some(file)) => return Ok(file),
                Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
                Ok(None) => {
                    let text = "another process has not let go of the token store for ten seconds";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, text));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

/// Makes a new name outlive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    // Windows writes names down by itself, and has no way to be asked.
    Ok(())
}

#[cfg(unix)]
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    use rustix::{
        fs::{FlockOperation, flock},
        io::Errno,
    };
    let file = private().create(true).truncate(false).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(windows)]
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;
    const SHARING_VIOLATION: i32 = 32;
    let opened = private().create(true).truncate(false).share_mode(0).open(path);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(not(any(unix, windows)))]
fn try_lock(_: &Path) -> io::Result<Option<File>> {
    let text = "files can't be locked on this system: use another token store";
    Err(io::Error::new(io::ErrorKind::Unsupported, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(member_id: &str) -> Key {
        Key::new("local.1", member_id)
    }

    async fn loaded(store: &FileStore, key: &Key) -> Option<String> {
        let record = store.load(key).await.expect("readable");
        record.map(|record| record.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn keeps_replaces_compares_and_forgets() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::open(folder.path().join("tokens")).expect("a store");
        let (one, two) = (key("one"), key("two"));
        assert_eq!(loaded(&store, &one).await, None);
        assert!(
            !store
                .compare_and_set(&one, &"".into(), &"x".into())
                .await
                .expect("no failure")
        );
        assert_eq!(loaded(&store, &one).await, None);

        store.store(&one, &"first".into()).await.expect("stored");
        store.store(&two, &"other".into()).await.expect("stored");
        assert!(
            !store
                .compare_and_set(&one, &"x".into(), &"y".into())
                .await
                .expect("no failure")
        );
        assert!(
            store
                .compare_and_set(&one, &"first".into(), &"second".into())
                .await
                .expect("no failure")
        );

        let again = FileStore::open(folder.path().join("tokens")).expect("the same store");
        assert_eq!(loaded(&again, &one).await.as_deref(), Some("second"));
        assert_eq!(loaded(&again, &two).await.as_deref(), Some("other"));
        store.remove(&one).await.expect("removed");
        store.remove(&one).await.expect("nothing to remove");
        assert_eq!(loaded(&again, &one).await, None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_it_and_nothing_is_left_lying_about() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        let store = FileStore::open(&path).expect("a store");
        // What a process that was stopped while it wrote leaves behind.
        fs::write(path.join("one@local.1.tmp"), "half").expect("written");
        for record in ["first", "second"] {
            store.store(&key("one"), &record.into()).await.expect("stored");
        }
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).expect("a folder") {
            let entry = entry.expect("a file");
            assert_eq!(mode(&entry.path()), 0o600);
            names.push(entry.file_name().into_string().expect("a name"));
        }
        names.sort();
        assert_eq!(names, ["one@local.1.json", "one@local.1.lock"]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn only_one_of_many_writers_finds_what_it_expects() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::open(folder.path()).expect("a store");
        store.store(&key("one"), &"0".into()).await.expect("stored");
        for round in 0..20 {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let store = FileStore::open(folder.path()).expect("a store");
                    tokio::spawn(async move {
                        let (old, new) = (round.to_string(), format!("{round} by {writer}"));
                        store
                            .compare_and_set(&key("one"), &old.into(), &new.into())
                            .await
                            .expect("no failure")
                    })
                })
                .collect();
            let mut won = 0;
            for writer in writers {
                won += u32::from(writer.await.expect("no panic"));
            }
            assert_eq!(won, 1);
            store
                .store(&key("one"), &(round + 1).to_string().into())
                .await
                .expect("stored");
        }
    }

    #[tokio::test]
    async fn a_failure_leaves_the_old_record() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::open(folder.path()).expect("a store");
        store.store(&key("one"), &"first".into()).await.expect("stored");
        // A folder where the temporary file should go: it can be neither removed as a file nor made.
        fs::create_dir(folder.path().join("one@local.1.tmp")).expect("made");
        let failed = store
            .compare_and_set(&key("one"), &"first".into(), &"second".into())
            .await;
        assert!(failed.is_err());
        assert_eq!(loaded(&store, &key("one")).await.as_deref(), Some("first"));
    }

    #[test]
    fn a_folder_that_cannot_be_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(FileStore::open(&file).is_err());
        assert!(FileStore::open(folder.path().join("a/b")).is_err());
        assert!(FileStore::open(folder.path()).is_ok());
    }
}
