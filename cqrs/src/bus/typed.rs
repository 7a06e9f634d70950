//! A bus of commands, a bus of events: a transport with the type of what it carries.

use std::{fmt, marker::PhantomData, sync::Arc};

use uuid::Uuid;

use super::{
    BusError, CommandMessage, DeadLetter, EventMessage, Listen, Message, PublishError, Transport,
    memory::MemoryTransport,
};

/// A bus that carries messages of one kind. It is a handle: clones are the same bus.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::bus::{CommandBus, CommandMessage, EventBus, EventMessage, HandlingError};
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let commands = CommandBus::in_memory();
/// let listening = commands.listen().dispatch_to(app.dispatcher()).await?;
/// let credit = CommandMessage::of(&CreditAccount { account: AccountId("1".into()), amount: 100 })?;
/// commands.publish(&credit.actor("alice")).await?;
///
/// let events = EventBus::in_memory(); // filled by `Application::builder().relay(..)`
/// let printing = events.listen("printer").start(async move |event: EventMessage| {
///     println!("{}", event.envelope.name);
///     Ok::<_, HandlingError>(())
/// });
/// printing.await?.stop().await?;
/// listening.stop().await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
pub struct Bus<M> {
    transport: Arc<dyn Transport>,
    messages: PhantomData<fn(M) -> M>,
}

/// Carries commands to their handlers: each to one listener.
pub type CommandBus = Bus<CommandMessage>;

/// Carries events to every group of listeners.
pub type EventBus = Bus<EventMessage>;

impl<M: Message> Bus<M> {
    /// Creates a bus over a transport.
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self { transport, messages: PhantomData }
    }

    /// Returns what carries the messages.
    pub fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    /// Publishes a message, and returns when the bus has taken responsibility for it. It waits while the bus is full.
    pub async fn publish(&self, message: &M) -> Result<(), BusError> {
        self.publish_all(std::slice::from_ref(message)).await.map_err(|error| error.source)
    }

    /// Publishes messages in order; cheaper than one by one. If one cannot be encoded, none is published.
    pub async fn publish_all(&self, messages: &[M]) -> Result<(), PublishError> {
        let encoded = messages.iter().map(M::encode).collect::<Result<Vec<_>, _>>();
        let encoded = encoded.map_err(|source| PublishError { confirmed: 0, source })?;
        let count = encoded.len() as u64;
        self.transport.publish(encoded).await?;
        metrics::counter!("cqrs_bus_published_total", "kind" => M::KIND).increment(count);
        Ok(())
    }

    /// Returns the dead letters of a group, the oldest first, at most `limit`.
    pub async fn dead_letters_of(&self, group: &str, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        self.transport.dead_letters(group, limit).await
    }

    /// Gives a dead letter to its group once more; `false` if there is none of this message id.
    pub async fn retry_dead_letter_of(&self, group: &str, message: Uuid) -> Result<bool, BusError> {
        self.transport.retry_dead_letter(group, message).await
    }

    /// Removes a dead letter for good; `false` if there is none of this message id.
    pub async fn remove_dead_letter_of(&self, group: &str, message: Uuid) -> Result<bool, BusError> {
        self.transport.remove_dead_letter(group, message).await
    }

    /// Accepts nothing any more. Listeners handle what waits, and end.
    pub async fn close(&self) -> Result<(), BusError> {
        self.transport.close().await
    }
}

impl Bus<CommandMessage> {
    /// The one group of a command bus: all who handle commands.
    pub const GROUP: &'static str = "commands";

    /// Creates a bus within this process, holding up to [`MemoryTransport::CAPACITY`] commands.
    pub fn in_memory() -> Self {
        Self::over(Arc::new(MemoryTransport::queue(Self::GROUP, MemoryTransport::CAPACITY)))
    }

    /// Prepares to handle commands; `start` begins.
    pub fn listen(&self) -> Listen<CommandMessage> {
        Listen::new(self.clone(), Self::GROUP)
    }

    /// Returns the commands nobody could handle, the oldest first, at most `limit`.
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        self.dead_letters_of(Self::GROUP, limit).await
    }
}

impl Bus<EventMessage> {
    /// Creates a bus within this process, holding up to [`MemoryTransport::CAPACITY`] events for each group.
    pub fn in_memory() -> Self {
        Self::over(Arc::new(MemoryTransport::fan_out(MemoryTransport::CAPACITY)))
    }

    /// Prepares to listen to events as a member of `group`; `start` begins. Each group gets every event published
    /// since its first member started, and shares it out among its members.
    pub fn listen(&self, group: &str) -> Listen<EventMessage> {
        Listen::new(self.clone(), group)
    }
}

impl<M> Clone for Bus<M> {
    fn clone(&self) -> Self {
        Self { transport: Arc::clone(&self.transport), messages: PhantomData }
    }
}

impl<M: Message> fmt::Debug for Bus<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bus({}s)", M::KIND)
    }
}
