//! Waiting for a read model.

use std::{future::IntoFuture, marker::PhantomData, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};

use crate::{
    dispatch::Receipt,
    message::Position,
    projection::Projection,
    subscription::{WaitError, reach},
};

use super::{Application, inner::Key};

/// A wait for a projection; await it. [`within`](Self::within) says how long it may take.
#[must_use = "waiting begins when it is awaited"]
#[derive(Clone, Debug)]
pub struct Waiting<P> {
    application: Application,
    position: Position,
    limit: Option<Duration>,
    key: Key,
    name: &'static str,
    projection: PhantomData<fn() -> P>,
}

impl<P> Waiting<P> {
    /// Sets how long to wait, whatever happens meanwhile: also for a store that is away for a while. Without it the wait ends
    /// when the projection has not moved for 30 seconds, or the store has failed it for 5.
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    async fn wait(self) -> Result<(), WaitError> {
        let running = self.application.0.subscribed(self.key).ok_or(WaitError::NotRunning(self.name))?;
        let parts = running.each().into_iter().map(|part| reach(part, self.position, self.limit));
        match try_join_all(parts).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.explained(&**self.application.store()).await),
        }
    }
}

impl<P: 'static> IntoFuture for Waiting<P> {
    type Output = Result<(), WaitError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.wait().boxed()
    }
}

impl Application {
    /// Resolves once the projection has applied everything up to the receipt's events: then the reader sees its own write.
    /// Where that cannot be, or takes too long, the error says why: the projection has stopped, the store fails it, a
    /// transaction holds readers up, or it does not move. For as long as it moves, it is waited for, unless [`Waiting::within`] sets a
    /// limit. A receipt without events has nothing to wait for.
    ///
    /// ```standalone_crate
    /// # use cqrs::{prelude::*, store::memory::MemoryStore};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Event, Serialize, Deserialize)] pub struct Counted;
    /// # #[derive(Command, Serialize, Deserialize)] pub struct Count { #[command(id)] counter: u32 }
    /// # #[derive(Aggregate, Serialize, Deserialize, Default)] #[aggregate(id = u32)] pub struct Counter(u32);
    /// # #[event_handler] impl Counter { fn counted(&mut self, _event: &Counted) { self.0 += 1 } }
    /// # #[command_handler] impl Counter { fn count(this: Option<&Self>, _command: Count) -> Counted { Counted } }
    /// # #[derive(Projection, Default)] pub struct Total(u32);
    /// # #[event_handler] impl Total { fn counted(&mut self, _event: &Counted) { self.0 += 1 } }
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let app = Application::builder().store(MemoryStore::new()).start().await?;
    /// let receipt = app.dispatch(Count { counter: 7 }).await?;
    /// app.wait_for::<Total>(&receipt).within(std::time::Duration::from_secs(2)).await?;
    /// assert_eq!(app.projection::<Total>().read().0, 1);
    /// # Ok(()) }
    /// ```
    pub fn wait_for<P: Projection>(&self, receipt: &Receipt) -> Waiting<P> {
        self.wait_for_position(receipt.position())
    }

    /// Resolves once the projection has applied everything up to a position; all its partitions, if it is divided, in
    /// whichever process they are. Otherwise as [`Self::wait_for`].
    pub fn wait_for_position<P: Projection>(&self, position: Position) -> Waiting<P> {
        let (application, key, name) = (self.clone(), Key::of::<P>(), P::NAME);
        Waiting { application, position, limit: None, key, name, projection: PhantomData }
    }
}
