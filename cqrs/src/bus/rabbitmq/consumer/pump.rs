//! From the broker to the desk.

use std::sync::Arc;

use futures_util::StreamExt;

use crate::bus::{
    bounded::bounded,
    rabbitmq::{
        dead_letters::RELEASE,
        publishing::{header, message, number},
    },
};

use super::{
    desk::Desk,
    partition::{Release, State},
    place::Place,
};

/// How often a quorum queue has handed the message out before.
const DELIVERY_COUNT: &str = "x-delivery-count";

/// Takes in what arrives of a partition, until nothing does any more: then the partition is lost, or has run dry if that
/// was asked for.
///
/// Invariant: a channel has one consumer, ever, and that has as many messages at a time as every other of the group. A quorum
/// queue puts what it takes back behind what it took back before: so messages keep their order only if whoever comes
/// next gets all of them at once. And what it has sent for a consumer that was cancelled it hands to nobody until
/// the channel ends. A width that follows the sizes of messages was tried, and lost the order of keys.
pub(super) async fn pump(mut stream: lapin::Consumer, desk: Arc<Desk>, place: Place) {
    while let Some(Ok(delivery)) = stream.next().await {
        take_in(&desk, place, delivery);
    }
    let dry = desk.at(place, |partition| {
        let dry = partition.state == State::Cancelled;
        if dry {
            partition.state = State::Dry;
        }
        dry
    });
    if dry == Some(false) {
        desk.lose(place);
    }
}

fn take_in(desk: &Desk, place: Place, mut delivery: lapin::message::Delivery) {
    let tag = delivery.delivery_tag;
    if let Some(key) = header(&delivery.properties, RELEASE) {
        return desk.release(place, Release { key: bounded(key), tag: Some(tag) });
    }
    let count = number(&delivery.properties, DELIVERY_COUNT).unwrap_or_default();
    let message = message(&mut delivery);
    desk.push(place, message, u32::try_from(count).unwrap_or(u32::MAX), tag);
}
