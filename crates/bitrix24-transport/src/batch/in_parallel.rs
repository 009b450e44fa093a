//! Some futures at a time, without tasks: whoever drops the whole drops each of them, there and then.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Runs the futures, so many at once, begun in their order; gives back what they bring in the same order.
pub(super) async fn in_parallel<F: Future>(work: impl Iterator<Item = F>, at_once: usize) -> Vec<F::Output> {
    let mut work = work.enumerate();
    let mut running: Vec<Running<F>> = Vec::new();
    let mut done: Vec<Option<F::Output>> = Vec::new();
    let whole = Arc::new(Mutex::new(Waker::noop().clone()));
    poll_fn(|context| {
        whole
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(context.waker());
        while running.len() < at_once {
            let Some((place, future)) = work.next() else { break };
            done.push(None);
            running.push(Running::new(place, future, &whole));
        }
        let mut at = 0;
        while let Some(one) = running.get_mut(at) {
            match one.poll() {
                Poll::Pending => at += 1,
                Poll::Ready(output) => {
                    done[one.place] = Some(output);
                    match work.next() {
                        Some((place, future)) => {
                            done.push(None);
                            running[at] = Running::new(place, future, &whole);
                        }
                        None => drop(running.swap_remove(at)),
                    }
                }
            }
        }
        if running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// A future that is under way, and whether it is to be polled.
struct Running<F> {
    place: usize,
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
    waker: Waker,
}

impl<F: Future> Running<F> {
    fn new(place: usize, future: F, whole: &Arc<Mutex<Waker>>) -> Self {
        let woken = Arc::new(Woken {
            woken: AtomicBool::new(true),
            whole: whole.clone(),
        });
        Self {
            place,
            future: Box::pin(future),
            waker: woken.clone().into(),
            woken,
        }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        if self.woken.woken.swap(false, SeqCst) {
            self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
        } else {
            Poll::Pending
        }
    }
}

struct Woken {
    woken: AtomicBool,
    /// Wakes whoever polls the whole.
    whole: Arc<Mutex<Waker>>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, SeqCst) {
            let whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner).clone();
            whole.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicUsize, time::Duration};

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_in_order() {
        let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let start = Instant::now();
        let work = (0..10_u64).map(|number| {
            let (under_way, most) = (&under_way, &most);
            async move {
                let now = under_way.fetch_add(1, SeqCst) + 1;
                most.fetch_max(now, SeqCst);
                sleep(Duration::from_secs(10 - number)).await;
                under_way.fetch_sub(1, SeqCst);
                number
            }
        });
        let done = in_parallel(work, 3).await;
        assert_eq!(done, (0..10).collect::<Vec<_>>());
        assert_eq!(most.load(SeqCst), 3);
        // 10, 9 and 8, then each as soon as there is room.
        assert_eq!(start.elapsed().as_secs(), 19);
    }

    #[tokio::test]
    async fn nothing_is_done_at_once() {
        assert!(
            in_parallel(std::iter::empty::<std::future::Ready<()>>(), 3)
                .await
                .is_empty()
        );
        assert_eq!(in_parallel((0..100).map(std::future::ready), 7).await.len(), 100);
    }
}
