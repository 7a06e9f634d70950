//! Work that is finished even if nobody waits for it any more.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that a task of its own finishes if whoever waits for it is cancelled.
pub(super) struct Finishing<T: Send + 'static>(Option<Work<T>>);

impl<T: Send + 'static> Finishing<T> {
    pub(super) fn of(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<T: Send + 'static> Future for Finishing<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Finishing<T> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { drop(work.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::oneshot, time::timeout};

    use super::*;

    #[tokio::test]
    async fn it_gives_what_the_work_gives() {
        assert_eq!(Finishing::of(async { 7 }).await, 7);
    }

    #[tokio::test]
    async fn what_was_begun_is_finished_after_its_waiter_has_gone() {
        let ((go, wait), (done, finished)) = (oneshot::channel(), oneshot::channel());
        let work = Finishing::of(async move {
            wait.await.unwrap();
            done.send(()).unwrap();
        });
        assert!(timeout(Duration::from_millis(5), work).await.is_err(), "it waits");
        go.send(()).unwrap();
        timeout(Duration::from_secs(5), finished).await.unwrap().unwrap();
    }
}
