//! Waiting for the steps that follow from a receipt.

use std::{future::IntoFuture, marker::PhantomData, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};
use tokio::sync::watch;

use crate::{
    dispatch::Receipt,
    message::Position,
    store::Store,
    subscription::{Status, WaitError, reach},
};

use super::{super::ProcessManager, looking::Processes, names::Names};

/// A wait for the steps of a process manager; await it. Made by [`Processes::wait_for`].
#[must_use = "waiting begins when it is awaited"]
pub struct StepsWaiting<P> {
    store: Arc<dyn Store>,
    steps: Vec<watch::Receiver<Status>>,
    position: Position,
    limit: Option<Duration>,
    name: &'static str,
    process: PhantomData<fn() -> P>,
}

impl<P: ProcessManager> Processes<P> {
    /// Resolves once every trigger up to the receipt's events is handled: then [`state`](Self::state) and
    /// [`running`](Self::running) show what has come of them. As [`Application::wait_for`](crate::Application::wait_for) does for a
    /// projection, and with the same errors.
    ///
    /// A trigger that could not be handled counts as handled, since it is a [letter](crate::Application::dead_letters) of
    /// `process/<name>/steps` by then, and so does what waits behind it; so does one that waits for its process to start. What the
    /// steps send is another matter: that takes its way through the log.
    ///
    /// ```no_run
    /// # use cqrs::{dispatch::Receipt, prelude::*};
    /// async fn show<P>(app: &Application, receipt: &Receipt, id: &P::Id) -> Result<(), Box<dyn std::error::Error>>
    /// where
    ///     P: ProcessManager + std::fmt::Debug,
    /// {
    ///     app.process::<P>().wait_for(receipt).within(std::time::Duration::from_secs(2)).await?;
    ///     println!("{:?}", app.process::<P>().state(id).await?);
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    pub fn wait_for(&self, receipt: &Receipt) -> StepsWaiting<P> {
        self.wait_for_position(receipt.position())
    }

    /// Resolves once every trigger up to a position is handled. Otherwise as [`Self::wait_for`].
    pub fn wait_for_position(&self, position: Position) -> StepsWaiting<P> {
        StepsWaiting {
            store: Arc::clone(&self.store),
            steps: self.steps.clone(),
            position,
            limit: None,
            name: Names::<P>::STEPS,
            process: PhantomData,
        }
    }
}

impl<P> StepsWaiting<P> {
    /// Sets how long to wait, whatever happens meanwhile. Without it the wait ends when no step was made for 30 seconds, or the
    /// store has failed for 5.
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    async fn wait(self) -> Result<(), WaitError> {
        if self.steps.is_empty() {
            return Err(WaitError::NotRunning(self.name));
        }
        let steps = self.steps.into_iter().map(|status| reach(status, self.position, self.limit));
        match try_join_all(steps).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.explained(&*self.store).await),
        }
    }
}

impl<P: 'static> IntoFuture for StepsWaiting<P> {
    type Output = Result<(), WaitError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.wait().boxed()
    }
}

impl<P> std::fmt::Debug for StepsWaiting<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StepsWaiting({}, up to {})", self.name, self.position)
    }
}
