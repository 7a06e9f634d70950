//! Work that goes on by itself.
//!
//! Invariant: whoever has begun to read or to write goes on with it, whatever its owner waits for meanwhile. One that held a connection
//! of a store, or a transaction, while its owner waited for another connection would wait for itself as soon as others do the same.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt;
use tokio::task::JoinHandle;

/// Work that goes on by itself, until it is done or nobody wants it any more.
pub(super) struct Spawned<T>(JoinHandle<T>);

impl<T: Send + 'static> Spawned<T> {
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl<T> Future for Spawned<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match ready!(self.0.poll_unpin(context)) {
            Ok(done) => Poll::Ready(done),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime ends.
            Err(_) => Poll::Pending,
        }
    }
}

impl<T> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
