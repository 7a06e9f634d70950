//! The write model: what an aggregate is, how it is identified, and what its decisions may be.

mod id;
mod into_events;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Location, handler::Fold, message::StreamId};

pub use id::{AggregateId, Id};
pub use into_events::IntoEvents;

/// A thing with an identity, whose state is folded from its events and which decides, command by command,
/// what happens next.
///
/// Usually derived, beside an `#[event_handler]` block. The state is serialisable because snapshots keep it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "write `#[derive(Aggregate)]` and `#[aggregate(id = ..)]` on `{Self}`"
)]
pub trait Aggregate: Fold + Serialize + DeserializeOwned {
    /// Its identity.
    type Id: AggregateId;

    /// The category of its streams, as stored; in kebab-case unless the source says otherwise.
    const CATEGORY: &'static str;

    /// After how many events a snapshot is taken; `None` means only on request or after a long load.
    const SNAPSHOT_EVERY: Option<u64>;

    /// A number that changes when the shape of the state does; a snapshot made under another one is not used.
    const SHAPE: u64;

    /// Where it is declared.
    const LOCATION: Location;

    /// The name of the stream of one aggregate.
    fn stream(id: &Self::Id) -> StreamId {
        StreamId::of(Self::CATEGORY, id)
    }

    /// What a snapshot of this aggregate must have been made under to be used: the shape of the state and the
    /// source of the event handlers.
    fn snapshot_fingerprint() -> u64 {
        Self::SHAPE ^ Self::FINGERPRINT.rotate_left(1)
    }
}
