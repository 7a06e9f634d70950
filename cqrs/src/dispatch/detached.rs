//! A command that runs to its end, whoever waits for it.

use std::future::IntoFuture;

use futures_util::future::{BoxFuture, FutureExt};
use tracing::Instrument;

use crate::{panics::message, store::StoreError};

use super::{Dispatch, DispatchError, Receipt, held};

/// A command about to be dispatched in a task of its own; awaiting it dispatches it, and waits.
///
/// Made by [`Dispatch::detached`].
#[must_use = "a command is dispatched by awaiting it"]
#[derive(Debug)]
pub struct Detached<T, E>(pub(super) Dispatch<T, E>);

impl<T, E: Send + 'static> IntoFuture for Detached<T, E> {
    type Output = Result<Receipt, DispatchError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (id, dispatched) = (self.0.id(), self.0.into_future());
        // A handler that waits for it is told as ever if it asks for the aggregate it holds.
        async move {
            let task = tokio::spawn(held::inherited(dispatched).in_current_span());
            task.await.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => Err(DispatchError::Panicked(message(&*panic))),
                // Its runtime has gone, and whether it got as far as the append nobody knows.
                Err(ended) => {
                    let source = StoreError::OutcomeUnknown(ended.into());
                    Err(DispatchError::OutcomeUnknown { id, source })
                }
            })
        }
        .boxed()
    }
}
