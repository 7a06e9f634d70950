//! Where the workers begin when the store sees them for the first time.

use crate::{
    registry::ProcessEntry,
    store::{Store, StoreError},
};

use super::{Sender, Steps};

/// Makes the checkpoints of a process manager, unless they are there.
///
/// Where there are slots, all are made in one transaction, and the sender's with them: if one slot began later than another, an
/// event between that starts a process would be before the one and after the other, and be lost for processes of the first.
pub(crate) async fn begin(entry: &ProcessEntry, store: &dyn Store) -> Result<(), StoreError> {
    let (steps, sender) = (Steps::start(entry), Sender::start(entry));
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    if let Some(store) = crate::store::shared_out(store) {
        use crate::subscription::starts_of_slots;
        let steps = starts_of_slots(steps, entry.steps_slots);
        let all: Vec<_> = steps.chain(starts_of_slots(sender, entry.sender_slots)).collect();
        return store.subscribe_all(&all).await;
    }
    for start in [steps, sender] {
        store.subscribe(start).await?;
    }
    Ok(())
}
