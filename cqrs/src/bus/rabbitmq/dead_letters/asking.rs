//! What people ask of the dead letters.

use uuid::Uuid;

use crate::bus::{
    BusError, DeadLetter, EncodedMessage,
    rabbitmq::{
        access::Access,
        connection::failed,
        names::{Bus, Group},
        outlet::Route,
        publishing::{confirmed, headers},
    },
};

use super::{
    keeping::ask_for_release,
    reading::{Kept, Reading, Wanted, not_asked},
};

pub(in crate::bus::rabbitmq) async fn list(
    access: &Access,
    group: &Group,
    limit: usize,
) -> Result<Vec<DeadLetter>, BusError> {
    let mut reading = Reading::open(access, group, Wanted::First(limit)).await?;
    let letters = std::mem::take(&mut reading.letters);
    reading.close().await;
    Ok(letters.into_iter().take(limit).map(|kept| kept.letter).collect())
}

/// One that parks its key is tried by the owner of its partition, with all that follow; any other goes behind what waits
/// there. Should it be cut off in between, the message is in both places: better than in none.
pub(in crate::bus::rabbitmq) async fn retry(
    access: &Access,
    bus: &Bus,
    group: &Group,
    message: Uuid,
) -> Result<bool, BusError> {
    let reading = Reading::open(access, group, Wanted::Message(message)).await?;
    let Some(kept) = find(&reading, message) else {
        reading.close().await;
        return Ok(false);
    };
    if kept.letter.reason.parks() {
        release(&reading, bus, group, &kept.letter.message).await?;
    } else {
        let message = kept.letter.message.retried_for(&group.name);
        let route = Route::to(group.partition(bus.partition_of(&message)));
        let sent = reading.outlet().send(route, &message.body, headers(&message)).await;
        confirmed(sent.map_err(not_asked)?).await.map_err(not_asked)?;
        reading.forget(kept).await.map_err(failed("retry a dead letter"))?;
    }
    reading.close().await;
    Ok(true)
}

/// Should it be cut off before others of its key are released, these stay where they are, and can be retried.
pub(in crate::bus::rabbitmq) async fn remove(
    access: &Access,
    bus: &Bus,
    group: &Group,
    message: Uuid,
) -> Result<bool, BusError> {
    let reading = Reading::open(access, group, Wanted::Message(message)).await?;
    let Some(kept) = find(&reading, message) else {
        reading.close().await;
        return Ok(false);
    };
    reading.forget(kept).await.map_err(failed("remove a dead letter"))?;
    let key = &kept.letter.message.key;
    let parks = |kept: &&Kept| kept.letter.reason.parks() && kept.letter.message.key == *key;
    let first = reading.letters.iter().find(parks);
    if first.is_some_and(|first| first.letter.message.id == message) {
        release(&reading, bus, group, &kept.letter.message).await?;
    }
    reading.close().await;
    Ok(true)
}

fn find(reading: &Reading, message: Uuid) -> Option<&Kept> {
    reading.letters.iter().find(|kept| kept.letter.message.id == message)
}

async fn release(
    reading: &Reading,
    bus: &Bus,
    group: &Group,
    message: &EncodedMessage,
) -> Result<(), BusError> {
    let queue = group.partition(bus.partition_of(message));
    ask_for_release(reading.outlet(), queue, &message.key).await.map_err(not_asked)
}
