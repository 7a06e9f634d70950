//! Storing how far the owner of the lease has come.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;

use crate::store::{Settlement, StoreError};

use super::{
    super::{LAG, Turn},
    desk::ToSettle,
    happening::Boxed,
    owning::Owning,
};

/// What is done is stored so often, while there is something new; letters at once.
pub(super) const SETTLE_EVERY: Duration = Duration::from_millis(10);

impl Owning<'_> {
    /// Whether there is something to be stored. Events that do not concern the handler are worth a write only now and then.
    pub(super) fn is_unsettled(&self) -> bool {
        let moved = self.desk.checkpoint().get().saturating_sub(self.stored.get());
        self.unsettled || self.desk.has_letters() || moved >= LAG || self.desk.is_closing() && moved > 0
    }

    pub(super) fn settle(&mut self) -> Boxed<Result<bool, StoreError>> {
        let ToSettle { checkpoint, done_above, letters } = self.desk.settle();
        let to = checkpoint.max(self.stored);
        let processes = self.rows.take();
        let settlement =
            Settlement { done_above, letters, processes, ..Settlement::of(&self.lease, self.stored, to) };
        (self.stored, self.unsettled) = (to, false);
        let store = Arc::clone(&self.environment.store);
        async move { store.settle(&settlement).await }.boxed()
    }

    pub(super) async fn settle_all(&mut self) -> Result<Turn, StoreError> {
        if !self.is_unsettled() && self.desk.checkpoint() == self.stored {
            return Ok(Turn::Done);
        }
        let settled = self.settle().await?;
        Ok(self.after_settling(settled))
    }
}
