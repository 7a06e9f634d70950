//! Facts about conferences. Other contexts heed [`ConferenceCreated`] and [`SeatsAnnounced`].

use cqrs::prelude::*;

use crate::{ConferenceId, Price, SeatType};

/// A conference was created; nobody sees it yet.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ConferenceCreated {
    /// Which one.
    pub conference: ConferenceId,
    /// What it is called.
    pub title: String,
}

/// It was said what the seats of one type are.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsDefined {
    /// Of which type.
    pub seat_type: SeatType,
    /// What the type is called.
    pub title: String,
    /// How many there are.
    pub quantity: u32,
    /// What one costs.
    pub price: Price,
    /// Which definition of this type it is, from 1.
    pub version: u32,
}

/// From now on everybody sees the conference.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ConferencePublished {}

/// The conference is hidden again.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ConferenceUnpublished {}

/// Other contexts are told what the seats of one type are. Whoever hears it doubled, or late, goes by the version.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsAnnounced {
    /// Of which conference.
    pub conference: ConferenceId,
    /// Of which type.
    pub seat_type: SeatType,
    /// What the type is called.
    pub title: String,
    /// How many there are, those included that are sold.
    pub quantity: u32,
    /// What one costs.
    pub price: Price,
    /// Which definition of this type it is, from 1: the highest holds.
    pub version: u32,
}
