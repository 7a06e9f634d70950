//! Dead letters, an entry for all of one subscription and one stream.
//!
//! Invariant: the letters of a stream change together, by compare-and-set; so none is queued behind one that is removed at
//! the same time. An entry is a message, which bounds how many letters can wait in it: some thousands. A subscription
//! that cannot park any more stops at that event, and loses none.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    message::{Position, StreamId, Version},
    store::{DeadLetter, DeadLetterKey, DeadLetterState, LetterChange, LetterQueue, StoreError},
};

use super::{store::Shared, subject};

const LETTERS: &str = "dead-letters";

/// A longer error is cut: all letters of a stream share one entry.
const LONGEST_ERROR: usize = 16 * 1024;

/// The letters of one stream, by position.
#[derive(Serialize, Deserialize)]
struct Kept {
    handler: String,
    stream: StreamId,
    letters: Vec<Letter>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Letter {
    position: Position,
    version: Version,
    #[serde(with = "State")]
    state: DeadLetterState,
    attempts: u32,
    error: String,
    time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "LetterQueue::is_letters")]
    queue: LetterQueue,
}

/// How states are written.
#[derive(Serialize, Deserialize)]
#[serde(remote = "DeadLetterState", rename_all = "snake_case")]
enum State {
    Failed,
    Queued,
    Retrying,
    Waiting,
    Resuming,
}

impl Kept {
    fn of(key: &DeadLetterKey) -> Self {
        Self { handler: key.handler.clone(), stream: key.stream.clone(), letters: Vec::new() }
    }

    fn find(&self, position: Position) -> Result<usize, usize> {
        self.letters.binary_search_by_key(&position, |letter| letter.position)
    }

    fn park(&mut self, mut new: Letter) {
        match self.find(new.position) {
            Ok(index) if new.state == DeadLetterState::Failed => {
                let Letter { state, attempts, error, .. } = new;
                let kept = &mut self.letters[index];
                (kept.state, kept.attempts, kept.error) = (state, attempts, error);
            }
            Ok(_) => {}
            Err(index) => {
                // A stream that was freed in the meantime has nothing to queue behind.
                if index == 0 && new.state == DeadLetterState::Queued {
                    new.state = DeadLetterState::Retrying;
                }
                self.letters.insert(index, new);
            }
        }
    }

    fn retry(&mut self, position: Position) -> bool {
        let Ok(index) = self.find(position) else { return false };
        let letter = &mut self.letters[index];
        if letter.state == DeadLetterState::Resuming {
            return false;
        }
        (letter.state, letter.retry_at) = (DeadLetterState::Retrying, None);
        true
    }

    fn settle(&mut self, change: &LetterChange) {
        match (self.find(change.key().position), change) {
            (Ok(index), LetterChange::Keep(new)) => {
                let present = &mut self.letters[index];
                if new.may_replace(present.state) {
                    *present = Letter { time: present.time, ..new.clone().into() };
                }
            }
            (Err(index), LetterChange::Keep(new)) => self.letters.insert(index, new.clone().into()),
            (Ok(index), LetterChange::Remove(_)) => drop(self.letters.remove(index)),
            (Err(_), LetterChange::Remove(_)) => {}
        }
    }

    fn remove(&mut self, position: Position) -> bool {
        let Ok(index) = self.find(position) else { return false };
        let letter = &mut self.letters[index];
        if letter.queue == LetterQueue::Log {
            // Its owner has to know where the queue begins.
            (letter.state, letter.retry_at) = (DeadLetterState::Resuming, None);
            return true;
        }
        self.letters.remove(index);
        // What waits behind another goes on waiting.
        if index == 0
            && let Some(next) = self.letters.first_mut()
        {
            next.state = DeadLetterState::Retrying;
        }
        true
    }

    fn into_letters(self) -> impl Iterator<Item = DeadLetter> {
        let Self { handler, stream, letters } = self;
        letters.into_iter().map(move |letter| DeadLetter {
            key: DeadLetterKey {
                handler: handler.clone(),
                stream: stream.clone(),
                position: letter.position,
            },
            version: letter.version,
            state: letter.state,
            attempts: letter.attempts,
            error: letter.error,
            time: letter.time,
            retry_at: letter.retry_at,
            queue: letter.queue,
        })
    }
}

impl From<DeadLetter> for Letter {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { key, version, state, attempts, mut error, time, retry_at, queue } = letter;
        error.truncate(error.floor_char_boundary(LONGEST_ERROR));
        Self { position: key.position, version, state, attempts, error, time, retry_at, queue }
    }
}

impl Shared {
    pub(super) async fn park(&self, letter: DeadLetter) -> Result<(), StoreError> {
        let key = letter.key.clone();
        let new = Letter::from(letter);
        self.change("keep a dead letter", &key, |kept| kept.park(new.clone())).await
    }

    /// Changes letters of one stream as the owner of the lease says.
    pub(super) async fn change_letters(&self, changes: &[&LetterChange]) -> Result<(), StoreError> {
        let Some(first) = changes.first() else { return Ok(()) };
        let settle = |kept: &mut Kept| changes.iter().for_each(|change| kept.settle(change));
        self.change("change a dead letter", first.key(), settle).await
    }

    pub(super) async fn dead_letters(&self, handler: &str) -> Result<Vec<DeadLetter>, StoreError> {
        let mut kept = self.letters_of("read dead letters", handler).await?;
        kept.sort_by(|one, other| one.stream.cmp(&other.stream));
        Ok(kept.into_iter().flat_map(Kept::into_letters).collect())
    }

    pub(super) async fn retry_dead_letter(&self, key: &DeadLetterKey) -> Result<bool, StoreError> {
        self.change("retry a dead letter", key, |kept| kept.retry(key.position)).await
    }

    pub(super) async fn remove_dead_letter(&self, key: &DeadLetterKey) -> Result<bool, StoreError> {
        self.change("remove a dead letter", key, |kept| kept.remove(key.position)).await
    }

    /// A handler under a new name keeps its dead letters. It can be repeated if it did not come to its end.
    pub(super) async fn rename_letters(&self, from: &str, to: &str) -> Result<(), StoreError> {
        const RENAME: &str = "rename dead letters";
        for kept in self.letters_of(RENAME, from).await? {
            let key = |handler: &str| DeadLetterKey {
                handler: handler.to_owned(),
                stream: kept.stream.clone(),
                position: Position::START,
            };
            self.change(RENAME, &key(to), |renamed| {
                for letter in &kept.letters {
                    if renamed.find(letter.position).is_err() {
                        renamed.park(letter.clone());
                    }
                }
            })
            .await?;
            self.change(RENAME, &key(from), |renamed| renamed.letters.clear()).await?;
        }
        Ok(())
    }

    async fn letters_of(&self, operation: &'static str, handler: &str) -> Result<Vec<Kept>, StoreError> {
        let part = format!("{LETTERS}.{}", subject::token(handler));
        self.subscriptions.list::<Kept>(operation, &part).await
    }

    /// Changes the letters of a stream, as often as it takes until nobody else did meanwhile. An entry without letters
    /// is not kept.
    async fn change<T>(
        &self,
        operation: &'static str,
        key: &DeadLetterKey,
        mut change: impl FnMut(&mut Kept) -> T,
    ) -> Result<T, StoreError> {
        let entry_key =
            format!("{LETTERS}.{}.{}", subject::token(&key.handler), subject::of_stream(&key.stream));
        loop {
            let entry = self.subscriptions.get::<Kept>(operation, &entry_key).await?;
            let was_there = entry.value.is_some();
            let mut kept = entry.value.unwrap_or_else(|| Kept::of(key));
            let changed = change(&mut kept);
            let done = if !kept.letters.is_empty() {
                self.subscriptions.put(operation, &entry_key, &kept, entry.revision).await?.is_some()
            } else if was_there {
                self.subscriptions.remove(operation, &entry_key, entry.revision).await?
            } else {
                true
            };
            if done {
                return Ok(changed);
            }
        }
    }
}
