//! Many dead letters, a page at a time.

use crate::{
    store::{DeadLetter, DeadLetterQuery, DeadLetterState, Store, StoreError},
    subscription::event_of,
};

use super::{DeadLetterError, DeadLetters, Letter};

/// How many letters a page has.
pub(super) const PAGE: usize = 100;

/// Dead letters, page by page: of each subscription by stream and position.
///
/// Made by [`DeadLetters::pages`].
#[derive(Debug)]
#[must_use = "a page is read by asking for it"]
pub struct LetterPages {
    letters: DeadLetters,
    state: Option<DeadLetterState>,
    kept: Option<Kept>,
}

impl LetterPages {
    pub(super) fn new(letters: DeadLetters) -> Self {
        Self { letters, state: None, kept: None }
    }

    /// Restricts them to a state: [`Failed`](DeadLetterState::Failed) are those that park their streams.
    pub fn state(self, state: DeadLetterState) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Returns the next page, each letter with its event; `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Letter>>, DeadLetterError> {
        let store = &**self.letters.application.store();
        if self.kept.is_none() {
            self.letters.refuse_unknown().await?;
            self.kept = Some(Kept::of(self.letters.names(), self.state));
        }
        let Some(kept) = &mut self.kept else { return Ok(None) };
        let Some(page) = kept.next(store).await? else { return Ok(None) };
        let mut letters = Vec::with_capacity(page.len());
        for letter in page {
            let event = event_of(store, &letter).await?;
            letters.push(Letter { letter, event });
        }
        Ok(Some(letters))
    }
}

/// The letters as they are kept, of several subscriptions one after the other.
#[derive(Debug)]
pub(super) struct Kept {
    /// Those not read to the end, the next as the last.
    left: Vec<DeadLetterQuery>,
}

impl Kept {
    pub(super) fn of(names: Vec<String>, state: Option<DeadLetterState>) -> Self {
        let query = |name| DeadLetterQuery { state, ..DeadLetterQuery::of(name) };
        Self { left: names.into_iter().rev().map(query).collect() }
    }

    pub(super) async fn next(&mut self, store: &dyn Store) -> Result<Option<Vec<DeadLetter>>, StoreError> {
        while let Some(query) = self.left.pop() {
            let mut page = store.dead_letter_page(&query, PAGE).await?;
            if let Some(last) = page.last() {
                let any_state = query.state.is_none();
                self.left.push(query.after(last));
                page.retain(|letter| letter.state.is_dead() || !any_state);
                if !page.is_empty() {
                    return Ok(Some(page));
                }
            }
        }
        Ok(None)
    }
}
