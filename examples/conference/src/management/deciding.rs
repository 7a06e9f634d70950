//! What conference management says to what is asked of it.

use cqrs::prelude::*;

use crate::ConferenceId;

use super::{
    Conference, ConferenceCreated, ConferenceEvent, ConferencePublished, ConferenceUnpublished,
    CreateConference, DefineSeats, PublishConference, SeatsAnnounced, SeatsDefined, UnpublishConference,
};

/// Why conference management refuses a command. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManagementError {
    /// The short name would not do in an address.
    #[error("`{0}` is no short name: it has other letters than a to z, digits and hyphens, or none at all")]
    NotAShortName(ConferenceId),
    /// A conference without seats is of no use to anybody.
    #[error("a conference without seats cannot be published")]
    NoSeats,
}

#[command_handler]
impl Conference {
    fn create(command: CreateConference) -> Result<ConferenceCreated, ManagementError> {
        let CreateConference { conference, title } = command;
        let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if conference.0.is_empty() || !conference.0.chars().all(good) {
            return Err(ManagementError::NotAShortName(conference));
        }
        Ok(ConferenceCreated { conference, title })
    }

    fn define(&self, command: DefineSeats) -> Vec<ConferenceEvent> {
        let DefineSeats { conference, seat_type, title, quantity, price } = command;
        let version = self.seats.get(&seat_type).map_or(0, |seats| seats.version) + 1;
        let defined = SeatsDefined { seat_type, title, quantity, price, version };
        let announced = self.was_published.then(|| announcement(conference, &defined).into());
        [defined.into()].into_iter().chain(announced).collect()
    }

    fn publish(&self, command: PublishConference) -> Result<Vec<ConferenceEvent>, ManagementError> {
        if self.published {
            return Ok(Vec::new());
        }
        if self.seats.is_empty() {
            return Err(ManagementError::NoSeats);
        }
        let mut events = vec![ConferencePublished {}.into()];
        if !self.was_published {
            events.extend(self.announcements(&command.conference));
        }
        Ok(events)
    }

    fn unpublish(&self, _: UnpublishConference) -> Option<ConferenceUnpublished> {
        self.published.then_some(ConferenceUnpublished {})
    }
}

impl Conference {
    fn announcements(&self, conference: &ConferenceId) -> impl Iterator<Item = ConferenceEvent> {
        self.seats.iter().map(|(seat_type, seats)| {
            let defined = SeatsDefined {
                seat_type: seat_type.clone(),
                title: seats.title.clone(),
                quantity: seats.quantity,
                price: seats.price,
                version: seats.version,
            };
            announcement(conference.clone(), &defined).into()
        })
    }
}

fn announcement(conference: ConferenceId, defined: &SeatsDefined) -> SeatsAnnounced {
    let SeatsDefined { seat_type, title, quantity, price, version } = defined.clone();
    SeatsAnnounced { conference, seat_type, title, quantity, price, version }
}
