//! From the broker to the desk.

use std::sync::Arc;

use futures_util::StreamExt;
use smol_str::SmolStr;

use crate::bus::rabbitmq::{
    dead_letters::RELEASE,
    publishing::{header, message, number},
};

use super::{
    desk::{Desk, Place},
    partition::{Release, State},
};

/// How often a quorum queue has handed the message out before.
const DELIVERY_COUNT: &str = "x-delivery-count";

/// Takes in what arrives of a partition, until nothing does any more: then the partition is lost, or has run dry if that
/// was asked for.
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
        return desk.release(place, Release { key: SmolStr::new(key), tag: Some(tag) });
    }
    let count = number(&delivery.properties, DELIVERY_COUNT).unwrap_or_default();
    let message = message(&mut delivery);
    desk.push(place, message, u32::try_from(count).unwrap_or(u32::MAX), tag);
}
