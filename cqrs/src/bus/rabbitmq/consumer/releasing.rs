//! Trying the dead letters of a key again.

use std::{collections::HashSet, sync::Arc};

use lapin::types::DeliveryTag;
use smol_str::SmolStr;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    bus::{
        BusError, DeadLetter,
        rabbitmq::dead_letters::{Kept, Reading, Wanted, keep, not_asked},
    },
    error_chain::chain,
};

use super::{Desk, Place, Release, Spec, Tried};

/// How many dead letters are in memory at a time.
const PAGE: usize = 100;

/// Tries the dead letters of one partition again, one key after the other.
///
/// Invariant: a dead letter stays where it is until it was handled; then it is taken out. The key stays parked all the
/// while, so that what arrives queues behind. A crash in between repeats some, in order.
pub(super) struct Releasing {
    pub(super) desk: Arc<Desk>,
    pub(super) place: Place,
    pub(super) spec: Arc<Spec>,
    pub(super) requests: mpsc::UnboundedReceiver<Release>,
}

/// What became of the letters that were tried.
#[derive(Default)]
struct Outcome {
    /// They are to be taken out.
    over: HashSet<Uuid>,
    /// They failed again, and take the places of the former ones.
    again: Vec<(u64, DeadLetter)>,
    stopped: bool,
}

impl Releasing {
    /// Works until the partition is lost. If the broker fails, it is lost, too, and the request comes again.
    pub(super) async fn run(mut self) {
        while let Some(Release { key, tag }) = self.requests.recv().await {
            if let Err(error) = self.release(&key).await {
                tracing::warn!(%key, error = chain(&error), "dead letters could not be tried again");
                return self.desk.lose(self.place);
            }
            if let Some(tag) = tag {
                self.acknowledge(tag).await;
            }
        }
    }

    /// The request was met. If nobody can be told, it comes again, and changes nothing then.
    async fn acknowledge(&self, tag: DeliveryTag) {
        if let Some(outlet) = self.desk.outlet(self.place) {
            let _ = self.desk.acknowledge(self.place, &outlet, tag).await;
        }
    }

    /// Tries all dead letters of a key, until there are none or one fails again.
    async fn release(&self, key: &SmolStr) -> Result<(), BusError> {
        while let Some(buried) = self.desk.quiet(self.place, key).await {
            let letters = self.letters_of(key).await?;
            if letters.is_empty() {
                if self.desk.free(self.place, key, buried) {
                    break;
                }
                continue;
            }
            let outcome = self.try_each(letters).await;
            let stopped = outcome.stopped;
            self.conclude(outcome).await?;
            if stopped {
                break;
            }
        }
        Ok(())
    }

    async fn letters_of(&self, key: &SmolStr) -> Result<Vec<Kept>, BusError> {
        let wanted = Wanted::OfKey(key, PAGE);
        let mut reading = Reading::open(&self.spec.access, &self.spec.group, wanted).await?;
        let mut letters = std::mem::take(&mut reading.letters);
        reading.close().await;
        letters.retain(|kept| kept.is_whole);
        Ok(letters)
    }

    async fn try_each(&self, letters: Vec<Kept>) -> Outcome {
        let mut outcome = Outcome::default();
        for Kept { order, letter, .. } in letters {
            let id = letter.message.id;
            match self.desk.try_again(self.place, letter.message).await {
                Some(Tried::Handled) => {
                    outcome.over.insert(id);
                }
                Some(Tried::Dead(letter)) => {
                    outcome.over.insert(id);
                    outcome.stopped = letter.reason.parks();
                    outcome.again.push((order, letter));
                }
                None => outcome.stopped = true,
            }
            if outcome.stopped {
                break;
            }
        }
        outcome
    }

    /// Takes out what is over. What failed again is put there before.
    async fn conclude(&self, outcome: Outcome) -> Result<(), BusError> {
        if outcome.over.is_empty() {
            return Ok(());
        }
        let group = &self.spec.group;
        let reading = Reading::open(&self.spec.access, group, Wanted::Nothing).await?;
        for (order, letter) in &outcome.again {
            keep(reading.outlet(), group.dead(), letter, *order).await.map_err(not_asked)?;
        }
        for kept in reading.letters.iter().filter(|kept| outcome.over.contains(&kept.letter.message.id)) {
            reading.forget(kept).await.map_err(|error| not_asked(error.into()))?;
        }
        reading.close().await;
        Ok(())
    }
}
