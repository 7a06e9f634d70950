//! Running a command handler: within its time, and with its panics caught.

use std::{
    error::Error, future::poll_fn, panic::AssertUnwindSafe, pin::Pin, task::Poll, thread, time::Duration,
};

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
///
/// The state a panic may leave half changed behind is never used again: the caller drops it on any error that is not the
/// domain's.
pub(super) fn run<'a, T, E: Error + Send + Sync + 'static>(
    limit: Limit<'a>,
    ledger: Option<&'a Ledger>,
    nested: &'a [Finding],
    handler: Pin<&'a mut (impl Future<Output = Result<T, HandlerError<E>>> + Send)>,
) -> impl Future<Output = Result<T, DispatchError<E>>> + Send + 'a
where
    T: Send + 'a,
{
    let mut handler = AssertUnwindSafe(handler).catch_unwind();
    // No `async fn`: one would keep two places for each argument.
    async move {
        // Most handlers are ready at once; only the others pay for a timer.
        let waiting = match poll_fn(|context| Poll::Ready(handler.poll_unpin(context))).await {
            Poll::Ready(ended) => return decided(ended, ledger, nested),
            Poll::Pending => Box::pin(tokio::time::timeout(limit.time, handler)),
        };
        match waiting.await {
            Ok(ended) => decided(ended, ledger, nested),
            Err(_) => Err(DispatchError::TimedOut(limit.overrun())),
        }
    }
}

fn decided<T, E: Error + Send + Sync + 'static>(
    ended: thread::Result<Result<T, HandlerError<E>>>,
    ledger: Option<&Ledger>,
    nested: &[Finding],
) -> Result<T, DispatchError<E>> {
    match ended {
        Err(panic) => Err(DispatchError::Panicked(message(&*panic))),
        Ok(Ok(decided)) => Ok(decided),
        Ok(Err(HandlerError::Rejected(error))) => Err(judge(error, ledger, nested)),
        Ok(Err(HandlerError::Argument(error))) => Err(DispatchError::Argument(error)),
        Ok(Err(HandlerError::Absent)) => {
            Err(DispatchError::Panicked("the handler was called without the aggregate it needs".to_owned()))
        }
    }
}
