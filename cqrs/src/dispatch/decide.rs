//! Running a command handler: within its time, and with its panics caught.

use std::{error::Error, future::poll_fn, panic::AssertUnwindSafe, pin::Pin, task::Poll, time::Duration};

use futures_util::FutureExt;

use crate::{command::HandlerError, panics::message, repository::Ledger};

use super::{
    DispatchError, Overrun,
    rejection::{Finding, judge},
};

/// How long a handler may take, and who waits for what it holds.
pub(super) struct Limit<'a> {
    pub(super) time: Duration,
    /// The command that has waited the longest.
    pub(super) waiting: &'a (dyn Fn() -> Option<&'static str> + Sync),
}

impl Limit<'_> {
    fn overrun(&self) -> Overrun {
        Overrun { limit: self.time, waiting: (self.waiting)() }
    }
}

/// What a handler gives, as far as it gives anything. The ledger, where there is one, knows how its reads went; `nested`
/// finds what commands met that it dispatched.
pub(super) async fn run<T, E: Error + Send + Sync + 'static>(
    limit: Limit<'_>,
    ledger: Option<&Ledger>,
    nested: &[Finding],
    handler: Pin<&mut impl Future<Output = Result<T, HandlerError<E>>>>,
) -> Result<T, DispatchError<E>> {
    // The state a panic may leave half changed behind is never used again: the caller drops it on any error that
    // is not the domain's.
    let handler = AssertUnwindSafe(handler).catch_unwind();
    match within(limit.time, handler).await {
        None => Err(DispatchError::TimedOut(limit.overrun())),
        Some(Err(panic)) => Err(DispatchError::Panicked(message(&*panic))),
        Some(Ok(Ok(decided))) => Ok(decided),
        Some(Ok(Err(HandlerError::Rejected(error)))) => Err(judge(error, ledger, nested)),
        Some(Ok(Err(HandlerError::Argument(error)))) => Err(DispatchError::Argument(error)),
        Some(Ok(Err(HandlerError::Absent))) => {
            Err(DispatchError::Panicked("the handler was called without the aggregate it needs".to_owned()))
        }
    }
}

/// Most handlers are ready at once; only the others pay for a timer.
async fn within<F: Future + Unpin>(limit: Duration, mut future: F) -> Option<F::Output> {
    let waiting = match poll_fn(|context| Poll::Ready(Pin::new(&mut future).poll(context))).await {
        Poll::Ready(output) => return Some(output),
        Poll::Pending => Box::pin(tokio::time::timeout(limit, future)),
    };
    waiting.await.ok()
}
