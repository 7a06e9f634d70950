//! The seats that can still be had.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{
    ConferenceId, OrderId, SeatType, Seats,
    management::{ConferenceCreated, SeatsAnnounced},
    registration::{
        SeatsAvailability,
        availability::{ReservationCancelled, SeatsReserved},
    },
};

/// What is left of one type of seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemainingRow {
    /// What the type is called.
    pub title: String,
    /// How many there are.
    pub quantity: u32,
    /// How many nobody has.
    pub remaining: u32,
}

/// The seats that can still be had, of all conferences.
#[derive(Projection, Debug, Default)]
pub struct RemainingSeats {
    conferences: BTreeMap<ConferenceId, OfConference>,
}

/// What is known of a conference. Its seats may be heard of before it is.
#[derive(Debug, Default)]
struct OfConference {
    title: Option<String>,
    announced: BTreeMap<SeatType, SeatsAnnounced>,
    /// What is held, or sold.
    taken: BTreeMap<OrderId, Seats>,
}

#[event_handler]
impl RemainingSeats {
    fn created(&mut self, event: &ConferenceCreated) {
        self.conference(&event.conference).title = Some(event.title.clone());
    }

    /// Of one that comes again, or late, the version is no news.
    fn announced(&mut self, event: &SeatsAnnounced) {
        let announced = &mut self.conference(&event.conference).announced;
        let known = announced.get(&event.seat_type).map_or(0, |known| known.version);
        if event.version > known {
            announced.insert(event.seat_type.clone(), event.clone());
        }
    }

    fn reserved(&mut self, event: &SeatsReserved, conference: Id<SeatsAvailability>) {
        self.conference(&conference).taken.insert(event.order, event.seats.clone());
    }

    fn cancelled(&mut self, event: &ReservationCancelled, conference: Id<SeatsAvailability>) {
        self.conference(&conference).taken.remove(&event.order);
    }
}

impl RemainingSeats {
    fn conference(&mut self, conference: &ConferenceId) -> &mut OfConference {
        self.conferences.entry(conference.clone()).or_default()
    }

    /// What a conference is called; nothing as long as nobody has said it.
    pub fn title(&self, conference: &ConferenceId) -> Option<&str> {
        self.conferences.get(conference)?.title.as_deref()
    }

    /// What is left of one type of seats; nothing as long as it was not announced.
    pub fn row(&self, conference: &ConferenceId, seat_type: &SeatType) -> Option<RemainingRow> {
        let conference = self.conferences.get(conference)?;
        let SeatsAnnounced { title, quantity, .. } = conference.announced.get(seat_type)?;
        let taken: u32 = conference.taken.values().map(|seats| seats.of(seat_type)).sum();
        let remaining = quantity.saturating_sub(taken);
        Some(RemainingRow { title: title.clone(), quantity: *quantity, remaining })
    }
}
