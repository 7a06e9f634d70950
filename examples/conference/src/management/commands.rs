//! What may be asked of conference management.

use cqrs::prelude::*;

use crate::{ConferenceId, Price, SeatType};

/// Create a conference, which nobody sees yet.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CreateConference {
    /// Under which short name: small letters, digits and hyphens.
    #[command(id)]
    pub conference: ConferenceId,
    /// What it is called.
    pub title: String,
}

/// Say how many seats of a type there are and what one costs; again, if that changes.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct DefineSeats {
    /// Of which conference.
    #[command(id)]
    pub conference: ConferenceId,
    /// Of which type.
    pub seat_type: SeatType,
    /// What the type is called.
    pub title: String,
    /// How many there are, those included that are sold.
    pub quantity: u32,
    /// What one costs.
    pub price: Price,
}

/// Let everybody see the conference. The first time, its seats are announced.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct PublishConference {
    /// Which one.
    #[command(id)]
    pub conference: ConferenceId,
}

/// Hide the conference again. Its seats stay announced.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct UnpublishConference {
    /// Which one.
    #[command(id)]
    pub conference: ConferenceId,
}
