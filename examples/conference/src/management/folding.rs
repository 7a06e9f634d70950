//! How the facts add up to a conference.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use super::{
    Conference, ConferenceCreated, ConferencePublished, ConferenceUnpublished, Definition, SeatsAnnounced,
    SeatsDefined,
};

#[event_handler]
impl Conference {
    fn created(_: &ConferenceCreated) -> Self {
        Self { published: false, seats: BTreeMap::new(), was_published: false }
    }

    fn defined(&mut self, event: &SeatsDefined) {
        let SeatsDefined { seat_type, title, quantity, price, version } = event.clone();
        self.seats.insert(seat_type, Definition { title, quantity, price, version });
    }

    fn published(&mut self, _: &ConferencePublished) {
        self.published = true;
        self.was_published = true;
    }

    fn unpublished(&mut self, _: &ConferenceUnpublished) {
        self.published = false;
    }

    /// It is news for others only.
    fn announced(&mut self, _: &SeatsAnnounced) {}
}
