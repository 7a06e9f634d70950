//! Handing out what was taken, in its order.

use std::sync::Arc;

use crate::bus::{EncodedMessage, Standing, nats::partition::Taken};

use super::{
    Owned,
    hands::{Item, Phase},
};

impl Owned {
    /// Where reading goes on, and what was taken and is not here.
    pub(in crate::bus::nats) fn missing(&self) -> (u64, Vec<Taken>) {
        let hands = self.hands();
        (hands.seen.read, hands.missing())
    }

    /// What was taken is there to be handed out.
    pub(in crate::bus::nats) fn put(&self, items: impl IntoIterator<Item = (u64, Item)>) {
        let mut hands = self.hands();
        if hands.phase != Phase::Lost {
            hands.ready.extend(items);
            hands.at_end = false;
        }
        drop(hands);
        self.arrived.notify_waiters();
    }

    /// There is nothing after what was taken, and will not be.
    pub(in crate::bus::nats) fn reached_end(&self) {
        self.hands().at_end = true;
        self.arrived.notify_waiters();
    }

    /// The next message, if there is one.
    pub(in crate::bus::nats) fn hand_out(&self) -> Option<(u64, Arc<EncodedMessage>, u32)> {
        if self.is_ending() || !self.may_begin() {
            return None;
        }
        let mut hands = self.hands();
        let (sequence, item) = hands.ready.pop_first()?;
        let handed = (sequence, Arc::clone(&item.message), item.redeliveries);
        hands.out.insert(sequence, item);
        Some(handed)
    }

    pub(in crate::bus::nats) fn standing(&self, sequence: u64) -> Standing {
        if !self.may_begin() {
            return Standing::TakenBack;
        }
        let hands = self.hands();
        match hands.out.get(&sequence) {
            None => Standing::TakenBack,
            Some(item) if !item.released && hands.seen.parks(&item.key) => Standing::Parked,
            Some(_) => Standing::Next,
        }
    }

    /// Whether a message is out, and its partition was not lost as far as is known here.
    pub(in crate::bus::nats) fn is_out(&self, sequence: u64) -> bool {
        self.hands().out.contains_key(&sequence)
    }

    /// A message came back unsettled, to be handed out in its place.
    pub(in crate::bus::nats) fn take_back(&self, sequence: u64) {
        let mut hands = self.hands();
        if let Some(mut item) = hands.out.remove(&sequence) {
            item.redeliveries += 1;
            hands.ready.insert(sequence, item);
        }
        drop(hands);
        self.arrived.notify_waiters();
    }

    /// A message was settled.
    pub(in crate::bus::nats) fn let_go(&self, sequence: u64) {
        self.hands().out.remove(&sequence);
        self.arrived.notify_waiters();
    }
}
