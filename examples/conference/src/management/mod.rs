//! Conference management: which conferences there are, and what seats they have.
//!
//! The short name of a conference, which is in its address, is its identity: so there is one conference of a name at most, and
//! nobody has to look.

mod commands;
mod deciding;
mod events;
mod folding;

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{Price, SeatType};

pub use commands::{CreateConference, DefineSeats, PublishConference, UnpublishConference};
pub use deciding::ManagementError;
pub use events::{
    ConferenceCreated, ConferencePublished, ConferenceUnpublished, SeatsAnnounced, SeatsDefined,
};

/// The short name of a conference, such as `rust-2027`: unique, and in its address.
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct ConferenceId(String);

impl From<&str> for ConferenceId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// A conference, as those who organise it know it.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = ConferenceId)]
pub struct Conference {
    published: bool,
    seats: BTreeMap<SeatType, Definition>,
    /// Whether it was ever published: from then on, changes are announced at once.
    was_published: bool,
}

/// What one type of seats is.
#[derive(Serialize, Deserialize, Debug, Clone)]
struct Definition {
    title: String,
    quantity: u32,
    price: Price,
    version: u32,
}

impl Conference {
    /// Whether it can be seen.
    pub fn is_published(&self) -> bool {
        self.published
    }
}
