//! Looking at dead letters, and deciding what becomes of them.

mod filter;
mod pages;

use std::ops::Deref;

use crate::{
    event::RecordedEvent,
    message::{Position, StreamId},
    process::skip_command,
    registry::ProcessEntry,
    store::{DeadLetter, DeadLetterKey, DeadLetterState, StoreError},
    subscription::{LostEvent, Request, event_at, event_of},
};

use super::Application;

pub use filter::LetterFilter;
use pages::Kept;
pub use pages::LetterPages;

/// The events one subscription could not handle, with those that wait behind them.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::application::LetterFilter;
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let letters = app.dead_letters("welcome");
/// for letter in letters.list().await? {
///     println!("position {}, {:?}: {}", letter.key.position, letter.state, letter.error);
/// }
/// letters.retry(Position::new(812)).await?; // and then whatever queues behind it
/// // After an outage, all of them:
/// let count = letters.retry_all(&LetterFilter::all().error("the mail server is away")).await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct DeadLetters {
    application: Application,
    subscription: String,
}

/// A dead letter, with the event it is about. It reads like the [`DeadLetter`] it holds.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What is kept: which event of whom, what became of it, and why.
    pub letter: DeadLetter,
    /// The event, as it is in the log; or why it cannot be had. Such a letter can only be skipped.
    pub event: Result<RecordedEvent, LostEvent>,
}

impl Deref for Letter {
    type Target = DeadLetter;

    fn deref(&self) -> &DeadLetter {
        &self.letter
    }
}

/// Why nothing became of a dead letter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeadLetterError {
    /// Nothing that handles events has this name, or ever had in this store.
    #[error("no projection, event handler or relay is named `{name}`; there are: {}", known.join(", "))]
    UnknownName {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
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

    /// Returns them page by page, each with its event: for however many there are. Those that wait for a retry are among them
    /// only if they are asked for by their state.
    pub fn pages(&self) -> LetterPages {
        LetterPages::new(self.clone())
    }

    /// Returns all of them, by stream and position, each with its event; not those that wait for a retry.
    pub async fn list(&self) -> Result<Vec<Letter>, DeadLetterError> {
        let mut letters = Vec::new();
        let dead = |letter: &DeadLetter| letter.state.is_dead();
        for letter in self.kept().await?.into_iter().filter(dead) {
            let event = event_of(&**self.application.store(), &letter).await?;
            letters.push(Letter { letter, event });
        }
        Ok(letters)
    }

    async fn kept(&self) -> Result<Vec<DeadLetter>, DeadLetterError> {
        self.refuse_unknown().await?;
        let mut letters = Vec::new();
        for name in self.names() {
            letters.extend(self.application.store().dead_letters(&name).await?);
        }
        letters.sort_by(|one, other| {
            (&one.key.stream, one.key.position).cmp(&(&other.key.stream, other.key.position))
        });
        Ok(letters)
    }

    /// A name that nothing has would have no letters, however it is spelt. One that a former program has left is known.
    async fn refuse_unknown(&self) -> Result<(), DeadLetterError> {
        let name = self.subscription.clone();
        let running = self.application.0.all_subscribed();
        let mut known: Vec<_> =
            running.iter().map(|running| running.status.borrow().name.to_owned()).collect();
        if known.contains(&name) || self.application.store().subscription(&name).await?.is_some() {
            return Ok(());
        }
        known.sort_unstable();
        Err(DeadLetterError::UnknownName { name, known })
    }

    /// The subscription, and its partitions if it is a projection that is divided.
    fn names(&self) -> Vec<String> {
        let running = self.application.0.all_subscribed();
        let parts = running.iter().find(|running| running.status.borrow().name == self.subscription);
        let parts = parts.into_iter().flat_map(|running| &running.parts);
        let parts = parts.map(|part| part.borrow().name.to_owned());
        std::iter::once(self.subscription.clone()).chain(parts).collect()
    }

    /// Asks for an event to be handled again, decoded afresh; also for one that waits for a retry. Whichever process runs the subscription does so, and
    /// then with those that wait behind it. Resolves once the request is recorded; handling happens afterwards.
    pub async fn retry(&self, position: Position) -> Result<(), DeadLetterError> {
        let key = self.first_at(position).await?.key;
        self.found(self.application.store().retry_dead_letter(&key).await?, position)
    }

    /// Gives an event up; those that wait behind it are handled. Resolves once the request is recorded; handling happens
    /// afterwards.
    ///
    /// Of a step of a process, whose commands are sent by `process/<name>/sender`, it is the command that holds it up which is given up:
    /// it is refused for good, as [skipped](crate::store::RefusalReason::Skipped), and its process hears of that as of any
    /// refusal. The other commands of the step are sent.
    pub async fn skip(&self, position: Position) -> Result<(), DeadLetterError> {
        let letter = self.first_at(position).await?;
        self.found(self.give_up(&letter).await?, position)
    }

    async fn give_up(&self, letter: &DeadLetter) -> Result<bool, StoreError> {
        let store = self.application.store();
        if self.skip_command(letter).await? {
            return store.retry_dead_letter(&letter.key).await;
        }
        store.remove_dead_letter(&letter.key).await
    }

    /// Whether a letter is one of a sender, and the command that it is of is refused now.
    async fn skip_command(&self, letter: &DeadLetter) -> Result<bool, StoreError> {
        let DeadLetterKey { handler, stream, .. } = &letter.key;
        let is_sender =
            |entry: &ProcessEntry| entry.category == stream.category() && handler.starts_with(entry.sender);
        if !self.application.registry().process_managers().iter().any(is_sender) {
            return Ok(false);
        }
        match event_of(&**self.application.store(), letter).await? {
            Ok(event) => skip_command(&self.application.0.core, &event, &letter.error).await,
            Err(_) => Ok(false),
        }
    }

    /// Asks for many events to be handled again: the first of each stream that a filter lets pass, and then those that
    /// wait behind it. Returns how many were first. Resolves once the requests are recorded; handling happens afterwards.
    pub async fn retry_all(&self, filter: &LetterFilter) -> Result<u64, DeadLetterError> {
        self.for_all(filter, Verdict::Retry).await
    }

    /// Gives up many events: the first of each stream that a filter lets pass; those that wait behind it are handled. Returns
    /// how many were given up. Resolves once that is recorded; handling happens afterwards.
    pub async fn skip_all(&self, filter: &LetterFilter) -> Result<u64, DeadLetterError> {
        self.for_all(filter, Verdict::Skip).await
    }

    /// In pages, so that a million letters take no more memory than a hundred. What fails again meanwhile stands before where
    /// this is, and is not met twice.
    async fn for_all(&self, filter: &LetterFilter, verdict: Verdict) -> Result<u64, DeadLetterError> {
        self.refuse_unknown().await?;
        let (store, mut count) = (self.application.store(), 0);
        for state in [DeadLetterState::Failed, DeadLetterState::Waiting] {
            let mut pages = Kept::of(self.names(), Some(state));
            while let Some(page) = pages.next(&**store).await? {
                for letter in page.iter().filter(|letter| filter.passes(letter)) {
                    let done = match verdict {
                        Verdict::Retry => store.retry_dead_letter(&letter.key).await?,
                        Verdict::Skip => self.give_up(letter).await?,
                    };
                    count += u64::from(done);
                }
            }
        }
        self.nudge();
        Ok(count)
    }

    /// The dead letter, if it is the first of its stream: anything else would break the order.
    async fn first_at(&self, position: Position) -> Result<DeadLetter, DeadLetterError> {
        let letters = self.kept().await?;
        let letter = letters.iter().find(|letter| letter.key.position == position);
        let stream = match letter {
            Some(letter) => Some(letter.key.stream.clone()),
            None => self.stream_at(position).await?,
        };
        let same_stream = letters.iter().filter(|other| Some(&other.key.stream) == stream.as_ref());
        match same_stream.map(|other| other.key.position).min() {
            Some(first) if first < position => Err(DeadLetterError::Behind { position, first }),
            _ => letter.cloned().ok_or_else(|| DeadLetterError::NotFound {
                subscription: self.subscription.clone(),
                position,
            }),
        }
    }

    /// The stream of an event that has no letter: it may wait in the log, behind one.
    async fn stream_at(&self, position: Position) -> Result<Option<StreamId>, StoreError> {
        let event = event_at(&**self.application.store(), position).await?;
        Ok(event.ok().map(|event| event.envelope.stream))
    }

    fn found(&self, found: bool, position: Position) -> Result<(), DeadLetterError> {
        if !found {
            return Err(DeadLetterError::NotFound { subscription: self.subscription.clone(), position });
        }
        self.nudge();
        Ok(())
    }

    /// Tells whoever runs the subscription in this process; those in others look for themselves.
    fn nudge(&self) {
        for running in self.application.0.all_subscribed() {
            if running.status.borrow().name == self.subscription {
                // One that has ended needs no nudge: the next to run it looks for itself.
                let _ = running.requests.send(Request::DeadLetters);
            }
        }
    }
}

/// What is to become of letters.
#[derive(Clone, Copy)]
enum Verdict {
    Retry,
    Skip,
}
