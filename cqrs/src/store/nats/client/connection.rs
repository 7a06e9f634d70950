//! The connection that everything of a store or a bus uses.

use async_nats::{Client, jetstream};
use tokio::sync::watch;

/// A connection to servers, which may be replaced by one to others.
#[derive(Clone)]
pub(crate) struct Connection(watch::Receiver<jetstream::Context>);

impl Connection {
    /// A connection, and the right to replace it.
    pub(crate) fn new(context: jetstream::Context) -> (watch::Sender<jetstream::Context>, Self) {
        let (sender, receiver) = watch::channel(context);
        (sender, Self(receiver))
    }

    /// JetStream, through the present connection.
    pub(crate) fn context(&self) -> jetstream::Context {
        self.0.borrow().clone()
    }

    pub(crate) fn client(&self) -> Client {
        self.context().client()
    }
}
