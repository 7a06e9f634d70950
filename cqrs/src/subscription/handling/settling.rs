//! Storing how far the owner of the lease has come.

use std::time::Duration;

use crate::store::{Settlement, StoreError};

use super::{
    super::{LAG, Turn},
    desk::ToSettle,
    owning::Owning,
    spawned::Spawned,
};

/// What is done is stored so often, while there is something new; letters at once.
pub(super) const SETTLE_EVERY: Duration = Duration::from_millis(10);

impl Owning<'_> {
    /// Whether there is something to be stored. Events that do not concern the handler are worth a write only now and then.
    pub(super) fn is_unsettled(&self) -> bool {
        let moved = self.desk.checkpoint().get().saturating_sub(self.stored.get());
        self.unsettled || self.desk.has_letters() || moved >= LAG || self.desk.is_closing() && moved > 0
    }

    pub(super) fn settle(&mut self) -> Spawned<Result<bool, StoreError>> {
        let ToSettle { checkpoint, done_above, letters } = self.desk.settle();
        let to = checkpoint.max(self.stored);
        let processes = self.rows.take();
        let settlement =
            Settlement { done_above, letters, processes, ..Settlement::of(&self.lease, self.stored, to) };
        (self.stored, self.unsettled) = (to, false);
        self.terms.settle(&self.environment.store, settlement)
    }

    pub(super) async fn settle_all(&mut self) -> Result<Turn, StoreError> {
        if !self.is_unsettled() && self.desk.checkpoint() == self.stored {
            return Ok(Turn::Done);
        }
        let settled = self.settle().await?;
        Ok(self.after_settling(settled))
    }
}
