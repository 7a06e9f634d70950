//! What conference management announces is what can be reserved.

use std::convert::Infallible;

use cqrs::prelude::*;

use crate::management::SeatsAnnounced;

use super::availability::OfferSeats;

/// Offers the seats that were announced. The version says whether that is news.
#[event_handler(from = start)]
pub async fn offer_announced_seats(
    event: &SeatsAnnounced,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), DispatchError<Infallible>> {
    let SeatsAnnounced { conference, seat_type, title: _, quantity, price, version } = event.clone();
    dispatcher.dispatch(OfferSeats { conference, seat_type, quantity, price, version }).await?;
    Ok(())
}
