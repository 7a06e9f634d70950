//! Buses: they carry commands to their handlers, and events out of the process.
//!
//! A bus makes no decisions and is not a source of truth; the log is. A [`CommandBus`] carries [`CommandMessage`]s to
//! one of the processes that handle them; an [`EventBus`] carries events, which a [`Relay`] took from the log, to
//! every group of listeners. What carries them is a [`Transport`]: [`memory`] within a process, a broker between
//! processes. All of them keep the same promises, which [`crate::testing::bus`] checks:
//!
//! - **Confirmed.** A publish succeeds when the bus has taken responsibility for the message.
//! - **At least once.** A message leaves the bus only when it was acknowledged or became a dead letter. One whose
//!   listener went away is delivered again.
//! - **In order per key.** Messages of one key (a command's aggregate, an event's stream) are handled one after the
//!   other, in the order they were published, whatever the number of workers and listeners, and through all retries.
//! - **Never for ever.** A failing message is tried a bounded number of times, ever more slowly, while later messages
//!   of its key wait behind it and other keys go on. Then it becomes a [`DeadLetter`] that keeps the error and parks its
//!   key: later messages of it queue behind it as dead letters. A message that cannot be decoded, has no handler, or is
//!   refused for good becomes one at once, and so does one that was delivered without an answer more often than
//!   [`RetryPolicy::redeliveries`] says, if it says anything; these do not park their key.
//! - **Bounded.** No more than the prefetch is taken from the bus at a time, and a full bus makes publishers wait.
//! - **Stops.** [`Listening::stop`] handles what was taken, gives the rest back, and returns in bounded time.
//!
//! ```
//! use cqrs::bus::{CommandBus, CommandMessage, HandlingError};
//! use cqrs::Metadata;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let bus = CommandBus::in_memory();
//! let (seen, mut names) = tokio::sync::mpsc::unbounded_channel();
//! let listening = bus
//!     .listen()
//!     .workers(8)
//!     .start(move |command: CommandMessage| {
//!         let seen = seen.clone();
//!         async move { seen.send(command.name).map_err(HandlingError::permanent) }
//!     })
//!     .await?;
//!
//! // Usually `CommandMessage::of(&DebitAccount { .. })?`.
//! let command = CommandMessage::from_json("debit-account", "4711", r#"{"account":"4711","amount":5}"#);
//! bus.publish(&command.actor("alice")).await?;
//! assert_eq!(names.recv().await.unwrap(), "debit-account");
//! listening.stop().await?;
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

mod bounded;
pub mod cloud_event;
mod command_message;
mod dead_letter;
mod delivery;
mod dispatching;
mod error;
mod event_message;
mod listen;
mod message;
mod outage;
#[cfg(any(feature = "rabbitmq", feature = "nats"))]
mod reconnect;
mod relay;
mod relaying;
mod retry;
mod transport;
mod typed;
#[cfg(any(feature = "rabbitmq", feature = "nats"))]
mod wire;

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;

pub use cloud_event::CloudEventError;
pub use command_message::CommandMessage;
pub use dead_letter::{DeadLetter, DeadLetterReason};
pub use delivery::Delivery;
pub use error::{BusError, PublishError};
pub use event_message::EventMessage;
pub use listen::{HandlingError, Listen, Listening, Stopped};
pub use message::{EncodedMessage, Message};
#[cfg(any(feature = "rabbitmq", feature = "nats"))]
pub use reconnect::Address;
pub use relay::{Relay, RelayError};
pub(crate) use relaying::prepare as prepare_relay;
pub use retry::RetryPolicy;
pub use transport::{Consumer, ConsumerOptions, Settle, Standing, Transport};
pub use typed::{Bus, CommandBus, EventBus};
