//! The background thread: it has the async runtime, so that callers need none.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, mpsc::sync_channel},
    task::{Context, Poll, Wake, Waker},
    thread::{self, JoinHandle, Thread},
};

use bitrix24_transport::{Error, Executed};
use tokio::{
    runtime,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One thread with a runtime of its own; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    /// `None` only while dropping.
    jobs: Option<UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn start() -> Result<Self, Error> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Error::runtime(
                    "the blocking client's runtime can't be started",
                    Executed::No,
                    Some(error),
                )
            })?;
        let (jobs, mut inbox) = unbounded_channel::<Job>();
        let work = move || {
            runtime.block_on(async {
                while let Some(job) = inbox.recv().await {
                    tokio::spawn(job);
                }
            });
            // Not the plain drop: that would wait for a name look-up that hangs.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new()
            .name("bitrix24-blocking".to_owned())
            .spawn(work)
            .map_err(|error| {
                Error::runtime(
                    "the blocking client's thread can't be started",
                    Executed::No,
                    Some(error),
                )
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// An error where to wait for the background thread would hold up others.
    pub(crate) fn may_wait() -> Result<(), Error> {
        if holds_up_a_task() {
            return Err(Error::runtime(
                "a blocking call inside an async runtime would hold up its other tasks: \
                 use the async client here, or move the call into `spawn_blocking`",
                Executed::No,
                None,
            ));
        }
        Ok(())
    }

    /// Runs `work` on the background thread and waits for it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        self.run_beside(work, || ())
    }

    /// The same, and meanwhile does something on the caller's thread.
    pub(crate) fn run_beside<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
        meanwhile: impl FnOnce(),
    ) -> Result<T, Error> {
        Self::may_wait()?;
        let (reply, answer) = sync_channel(1);
        let job = Box::pin(async move {
            // The caller waits until this is sent; if its thread is gone, so is the interest in the answer.
            let _nobody_waits = reply.send(work.await);
        });
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        let stopped = |executed| Error::runtime("the blocking client's thread has stopped", executed, None);
        if !sent {
            return Err(stopped(Executed::No));
        }
        meanwhile();
        // No answer comes if the call panicked, in a hook or an HTTP layer of the program's own.
        answer.recv().unwrap_or_else(|_| Err(stopped(Executed::Unknown)))
    }
}

/// Waits on this thread, which has to be one that may: [`Worker::may_wait`].
///
/// Not by a method of Tokio's: those panic inside of a task also where it may wait.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Worker {
    /// Runs the last piece of work and waits for it, wherever that is: dropping the thread waits as well.
    pub(crate) fn finish(&self, work: impl Future<Output = ()> + Send + 'static) {
        let on_the_thread = self
            .thread
            .as_ref()
            .is_none_or(|thread| thread.thread().id() == thread::current().id());
        if on_the_thread {
            return;
        }
        let (reply, done) = sync_channel(1);
        let job = Box::pin(async move {
            work.await;
            let _nobody_waits = reply.send(());
        });
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok()) {
            // An error means that the work panicked: then it is over as well.
            let _done = done.recv();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self
            .thread
            .take()
            .filter(|thread| thread.thread().id() != thread::current().id())
        {
            // It can't have panicked: jobs run as tasks, which catch that.
            let _joined = thread.join();
        }
    }
}

/// Whether this is code of an async task, where waiting stops all the others of its thread.
///
/// To be inside a runtime is not enough: `spawn_blocking` is too, and may wait. What tells them apart is the budget
/// that Tokio gives to tasks, and to them only: once it is used up, `consume_budget` is no longer ready.
fn holds_up_a_task() -> bool {
    const MORE_THAN_ANY_BUDGET: usize = 1024;
    if runtime::Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    (0..MORE_THAN_ANY_BUDGET).any(|_| {
        pin!(tokio::task::coop::consume_budget())
            .poll(&mut context)
            .is_pending()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_tasks_from_threads_that_may_wait() {
        assert!(!holds_up_a_task(), "no runtime");

        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .expect("a runtime");
        {
            let _inside = runtime.enter();
            assert!(
                !holds_up_a_task(),
                "a runtime is there, but this is a plain thread"
            );
        }
        assert!(runtime.block_on(async { holds_up_a_task() }), "block_on");
        runtime.block_on(async {
            assert!(
                tokio::spawn(async { holds_up_a_task() }).await.expect("no panic"),
                "a task"
            );
            assert!(
                !tokio::task::spawn_blocking(holds_up_a_task)
                    .await
                    .expect("no panic"),
                "spawn_blocking"
            );
            let in_place = tokio::spawn(async { tokio::task::block_in_place(holds_up_a_task) });
            assert!(!in_place.await.expect("no panic"), "block_in_place");
        });

        let single = runtime::Builder::new_current_thread().build().expect("a runtime");
        assert!(
            single.block_on(async { holds_up_a_task() }),
            "block_on of one thread"
        );
        assert!(
            !single
                .block_on(async { tokio::task::spawn_blocking(holds_up_a_task).await })
                .expect("no panic")
        );
    }
}
