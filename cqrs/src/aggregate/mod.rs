//! The write model: what an aggregate is, how it is identified, and what its decisions may be.

mod id;
mod into_events;
mod text_form;

use crate::{Location, event::JsonCodec, handler::Fold, message::StreamId};

#[cfg(feature = "derive")]
pub use cqrs_derive::{Aggregate, AggregateId};

#[doc(hidden)]
pub use id::Identified;
pub use id::{AggregateId, FromKey, Id};
pub use into_events::{Decision, IntoEvents, Rejection};
pub use text_form::{InText, InvalidId, TextForm};

/// A thing with an identity, whose state is folded from its events and which decides, command by command,
/// what happens next.
///
/// Usually derived, beside an `#[event_handler]` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "write `#[derive(Aggregate)]` and `#[aggregate(id = ..)]` on `{Self}`"
)]
pub trait Aggregate: Fold {
    /// Its identity.
    type Id: AggregateId;

    /// The category of its streams, as stored; in kebab-case unless the source says otherwise.
    const CATEGORY: &'static str;

    /// After how many events a snapshot is taken; `None` means only on request or after a long load.
    const SNAPSHOT_EVERY: Option<u64>;

    /// A number that changes when the shape of the state does; a snapshot made under another one is not used.
    const SHAPE: u64;

    /// How snapshots keep the state.
    const CODEC: JsonCodec<Self>;

    /// Where it is declared.
    const LOCATION: Location;

    /// Zero, computed of what is asked of the type, by the derive.
    #[doc(hidden)]
    const CHECKED: usize = 0;

    /// Returns the name of the stream of one aggregate.
    fn stream(id: &Self::Id) -> StreamId {
        StreamId::of(Self::CATEGORY, id)
    }

    /// Returns what a snapshot of this aggregate must have been made under to be used: the shape of the state and the
    /// source of the event handlers.
    fn snapshot_fingerprint() -> u64 {
        Self::SHAPE ^ Self::FINGERPRINT.rotate_left(1)
    }
}
