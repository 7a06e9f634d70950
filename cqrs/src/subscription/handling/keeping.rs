//! Keeping the lease, and looking at what somebody, perhaps in another process, asked of the letters.

use std::{sync::Arc, time::Instant};

use crate::store::{DeadLetter, DeadLetterQuery, DeadLetterState, Store, StoreError};

use super::{super::Turn, desk::Desk, owning::Owning};

/// So many letters are read at a time.
const LETTERS: usize = 1_000;

impl Owning<'_> {
    /// Whether the lease is known to be held, as far as one must know before one begins something.
    pub(super) fn may_begin(&self) -> bool {
        self.terms.may_begin(&self.lease, self.settings.subscription.lease)
    }

    /// Keeps the lease, and looks at what somebody, perhaps in another process, asked of the letters.
    pub(super) async fn keep(&mut self) -> Result<Turn, StoreError> {
        let store = Arc::clone(&self.environment.store);
        if self.renewed.elapsed() >= self.third_of_lease() {
            // One that is under way may have locked what is renewed, and goes on only while it is waited for.
            if let Some(settling) = self.settling.take()
                && self.after_settling(settling.await?) == Turn::Interrupted
            {
                return Ok(Turn::Interrupted);
            }
            self.renewed = Instant::now();
            if !self.terms.renew(&*store, &self.lease, self.settings.subscription.lease).await? {
                return Ok(Turn::Interrupted);
            }
        }
        let third = self.third_of_lease();
        if self.looked.is_none_or(|looked| self.terms.may_be_asked(looked, third)) && !self.ending {
            self.looked = Some(Instant::now());
            for state in [DeadLetterState::Retrying, DeadLetterState::Resuming] {
                let query = DeadLetterQuery::of(self.facts.name()).state(state);
                each_letter(&*store, query, |letter| self.desk.asked(letter)).await?;
            }
        }
        Ok(Turn::Done)
    }
}

pub(super) async fn load(desk: &mut Desk, handler: &str, store: &dyn Store) -> Result<(), StoreError> {
    each_letter(store, DeadLetterQuery::of(handler), |letter| desk.load(letter)).await
}

async fn each_letter(
    store: &dyn Store,
    mut query: DeadLetterQuery,
    mut each: impl FnMut(&DeadLetter),
) -> Result<(), StoreError> {
    loop {
        let page = store.dead_letter_page(&query, LETTERS).await?;
        page.iter().for_each(&mut each);
        match page.last() {
            Some(last) if page.len() == LETTERS => query = query.after(last),
            _ => return Ok(()),
        }
    }
}
