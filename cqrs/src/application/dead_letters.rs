//! Looking at dead letters, and deciding what becomes of them.

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterKey, StoreError},
    subscription::Request,
};

use super::Application;

/// The events one subscription could not handle, with those that wait behind them.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    application: Application,
    subscription: String,
}

/// Why nothing became of a dead letter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeadLetterError {
    /// There is no such dead letter.
    #[error("`{subscription}` has no dead letter at position {position}")]
    NotFound {
        /// The subscription.
        subscription: String,
        /// The position.
        position: Position,
    },
    /// The event waits behind another of its stream, which must be dealt with first.
    #[error(
        "the event at position {position} waits behind the one at position {first}; deal with that first"
    )]
    Behind {
        /// The event asked for.
        position: Position,
        /// The event that parks the stream.
        first: Position,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeadLetters {
    pub(super) fn new(application: Application, subscription: String) -> Self {
        Self { application, subscription }
    }

    /// All of them, by stream and position.
    pub async fn list(&self) -> Result<Vec<DeadLetter>, StoreError> {
        let mut letters = Vec::new();
        for name in self.names() {
            letters.extend(self.application.store().dead_letters(&name).await?);
        }
        letters.sort_by(|one, other| {
            (&one.key.stream, one.key.position).cmp(&(&other.key.stream, other.key.position))
        });
        Ok(letters)
    }

    /// The subscription, and its partitions if it is a projection that is divided.
    fn names(&self) -> Vec<String> {
        let running = self.application.0.all_subscribed();
        let parts = running.iter().find(|running| running.status.borrow().name == self.subscription);
        let parts = parts.into_iter().flat_map(|running| &running.parts);
        let parts = parts.map(|part| part.borrow().name.to_owned());
        std::iter::once(self.subscription.clone()).chain(parts).collect()
    }

    /// Asks for an event to be handled again, decoded afresh. Whichever process runs the subscription does so, and
    /// then with those that wait behind it. It resolves once the wish is kept.
    pub async fn retry(&self, position: Position) -> Result<(), DeadLetterError> {
        let key = self.first_at(position).await?;
        self.found(self.application.store().retry_dead_letter(&key).await?, position)
    }

    /// Gives an event up; those that wait behind it are handled. It resolves once the wish is kept.
    pub async fn skip(&self, position: Position) -> Result<(), DeadLetterError> {
        let key = self.first_at(position).await?;
        self.found(self.application.store().remove_dead_letter(&key).await?, position)
    }

    /// The key of the dead letter, if it is the first of its stream: anything else would break the order.
    async fn first_at(&self, position: Position) -> Result<DeadLetterKey, DeadLetterError> {
        let letters = self.list().await?;
        let Some(letter) = letters.iter().find(|letter| letter.key.position == position) else {
            return Err(DeadLetterError::NotFound { subscription: self.subscription.clone(), position });
        };
        let same_stream = letters.iter().filter(|other| other.key.stream == letter.key.stream);
        let first = same_stream.map(|other| other.key.position).min().unwrap_or(position);
        if first < position {
            return Err(DeadLetterError::Behind { position, first });
        }
        Ok(letter.key.clone())
    }

    fn found(&self, found: bool, position: Position) -> Result<(), DeadLetterError> {
        if !found {
            return Err(DeadLetterError::NotFound { subscription: self.subscription.clone(), position });
        }
        for running in self.application.0.all_subscribed() {
            if running.status.borrow().name == self.subscription {
                // One that has ended needs no nudge: the next to run it looks for itself.
                let _ = running.requests.send(Request::DeadLetters);
            }
        }
        Ok(())
    }
}
