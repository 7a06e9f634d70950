//! Settling a message.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    bus::{BusError, DeadLetter, Settle, Standing, bounded::bounded, reconnect::Backoff},
    error_chain::chain,
};

use super::{
    letters::{Carried, Letter},
    owned::Owned,
};

/// Settles one message; dropped before, it gives the message back.
pub(super) struct NatsSettle {
    pub(super) owned: Arc<Owned>,
    pub(super) sequence: u64,
    pub(super) settled: bool,
}

impl NatsSettle {
    async fn settle(mut self, letter: Option<Letter>) -> Result<(), BusError> {
        let (owned, sequence) = (Arc::clone(&self.owned), self.sequence);
        if !owned.is_out(sequence) {
            return Err(BusError::TakenBack);
        }
        let settled = owned.change(|entry| entry.settle(sequence, letter.clone())).await;
        let carried = settled.map_err(|_| BusError::TakenBack)?;
        self.settled = true;
        owned.let_go(sequence);
        if let Some(carried) = carried {
            owned.layout.forget(carried).await;
        }
        Ok(())
    }

    /// Keeps what a dead letter carries, before any entry refers to it. A copy to which none does harms nobody.
    async fn keep(&self, letter: &DeadLetter) -> Result<Letter, BusError> {
        let mut backoff = Backoff::default();
        loop {
            if !self.owned.is_out(self.sequence) {
                return Err(BusError::TakenBack);
            }
            match self.owned.layout.carry(&self.owned.group, letter).await {
                Ok(carried) => return Ok(self.letter(carried, letter)),
                Err(error) => tracing::warn!(error = chain(&error), "a dead letter is not kept yet"),
            }
            tokio::time::sleep(backoff.next_pause()).await;
        }
    }

    fn letter(&self, carried: Carried, letter: &DeadLetter) -> Letter {
        let (id, key) = (letter.message.id, bounded(&letter.message.key));
        Letter::new(self.sequence, carried, id, key, letter.reason.parks())
    }
}

impl Settle for NatsSettle {
    fn standing(&self) -> Standing {
        self.owned.standing(self.sequence)
    }

    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(self.settle(None))
    }

    fn dead_letter(self: Box<Self>, letter: DeadLetter) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(async move {
            let letter = self.keep(&letter).await?;
            self.settle(Some(letter)).await
        })
    }
}

impl Drop for NatsSettle {
    fn drop(&mut self) {
        if !self.settled {
            self.owned.take_back(self.sequence);
        }
    }
}
