//! The connection that everything of a store or a bus uses.

use async_nats::{Client, jetstream};
use tokio::sync::watch;

use super::Refusals;

/// A connection to servers, which may be replaced by one to others.
#[derive(Clone)]
pub(crate) struct Connection {
    context: watch::Receiver<jetstream::Context>,
    refusals: Refusals,
}

impl Connection {
    /// A connection, of which is known what the server refuses on it, and the right to replace it.
    pub(crate) fn new(
        context: jetstream::Context,
        refusals: Refusals,
    ) -> (watch::Sender<jetstream::Context>, Self) {
        let (sender, context) = watch::channel(context);
        (sender, Self { context, refusals })
    }

    /// JetStream, through the present connection.
    pub(crate) fn context(&self) -> jetstream::Context {
        self.context.borrow().clone()
    }

    pub(crate) fn client(&self) -> Client {
        self.context().client()
    }

    /// What the server refuses on it.
    pub(crate) fn refusals(&self) -> &Refusals {
        &self.refusals
    }
}
