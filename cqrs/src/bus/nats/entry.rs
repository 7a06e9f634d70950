//! The entry about a group and a partition, and the pages beside it, as they are stored.
//!
//! Invariant: a page is written before an entry names it, and removed after the last one that did; so whoever reads an
//! entry finds its pages, or finds that the entry has changed. A page that no entry names harms nobody.

use async_nats::HeaderMap;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    bus::bounded::bounded,
    json,
    store::{
        StoreError,
        nats::client::{fault, stream::Publication},
    },
};

use super::{
    layout::{Layout, partition_key},
    letters::{Letter, Letters},
    partition::{self, Partition, Taken},
};

/// How many pages are asked for at a time.
const AT_A_TIME: usize = 16;

/// An entry as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    owner: Option<Uuid>,
    read: u64,
    taken: Vec<Taken>,
    letters: StoredLetters,
}

/// Dead letters as they are stored. Release 0.1.0 knows the first form only, and must not overlook the rest of the other.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredLetters {
    All(Vec<Letter>),
    WithPages { pages: Vec<u64>, loose: Vec<Letter> },
}

/// An entry as it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// `None` if there is none yet.
    pub(super) partition: Option<Partition>,
    pub(super) revision: u64,
}

impl Stored {
    fn of(partition: &Partition) -> Self {
        let Partition { owner, read, taken, letters } = partition;
        let pages: Vec<_> = letters.pages().into_iter().collect();
        let loose: Vec<_> = letters.loose().cloned().collect();
        let in_parts = loose.iter().any(|letter| !letter.parts.is_empty())
            || taken
                .iter()
                .filter_map(|taken| taken.released.as_ref())
                .any(|letter| !letter.parts.is_empty());
        let letters = if pages.is_empty() && !in_parts {
            StoredLetters::All(loose)
        } else {
            StoredLetters::WithPages { pages, loose }
        };
        Self { owner: *owner, read: *read, taken: taken.clone(), letters }
    }

    /// The sequence number below which the group needs nothing any more.
    pub(super) fn floor(&self) -> u64 {
        partition::floor(self.read, &self.taken)
    }
}

impl Layout {
    /// The entry about a partition. Of what is known of it already, nothing is read again.
    pub(super) async fn read_entry(
        &self,
        operation: &'static str,
        (group, number): (&str, usize),
        known: &Entry,
    ) -> Result<Entry, StoreError> {
        let key = partition_key(number, group);
        let mut missed = None;
        loop {
            let found = self.entries.get::<Stored>(operation, &key).await?;
            let revision = found.revision;
            if known.partition.is_some() && known.revision == revision {
                return Ok(known.clone());
            }
            let Some(stored) = found.value else { return Ok(Entry { partition: None, revision }) };
            match self.with_pages(operation, stored, known).await? {
                Ok(partition) => return Ok(Entry { partition: Some(partition), revision }),
                // Whoever has changed the entry has removed the page.
                Err(page) if missed.replace(revision) == Some(revision) => {
                    let what = format!("entry `{key}` of {}: its page {page} is gone", self.letters.name);
                    return Err(StoreError::Damaged { what, source: None });
                }
                Err(_) => {}
            }
        }
    }

    /// The partition with all its letters, or the number of a page that is not there.
    async fn with_pages(
        &self,
        operation: &'static str,
        stored: Stored,
        known: &Entry,
    ) -> Result<Result<Partition, u64>, StoreError> {
        let Stored { owner, read, taken, letters } = stored;
        let (pages, loose) = match letters {
            StoredLetters::All(loose) => (Vec::new(), loose),
            StoredLetters::WithPages { pages, loose } => (pages, loose),
        };
        let mut here = known.partition.as_ref().map(|known| known.letters.by_page()).unwrap_or_default();
        let known = pages.iter().filter_map(|page| Some((*page, here.remove(page)?)));
        let mut all: Vec<_> = known.collect();
        let missing = pages.iter().copied().filter(|page| !all.iter().any(|(known, _)| known == page));
        let missing: Vec<_> = missing.collect();
        for some in missing.chunks(AT_A_TIME) {
            let read = try_join_all(some.iter().map(|page| self.page(operation, *page))).await?;
            for (page, letters) in some.iter().zip(read) {
                let Some(letters) = letters else { return Ok(Err(*page)) };
                all.push((*page, letters));
            }
        }
        let letters = Letters::of(loose.into_iter().map(whose_key_is_bounded).collect(), all);
        Ok(Ok(Partition { owner, read, taken: taken.into_iter().map(bounded_as_well).collect(), letters }))
    }

    async fn page(&self, operation: &'static str, page: u64) -> Result<Option<Vec<Letter>>, StoreError> {
        let Some(found) = self.letters.at(operation, page).await? else { return Ok(None) };
        let letters = json::parse(&found.payload).map_err(|error| {
            fault::damaged(format!("message {page} of {}, a page of dead letters", self.letters.name), error)
        });
        letters.map(Some)
    }

    /// Replaces the entry; `false`, and nothing is changed, if it is not what it was before. Letters that have no room in it
    /// go to a page first.
    pub(super) async fn write_entry(
        &self,
        operation: &'static str,
        (group, number): (&str, usize),
        before: &mut Entry,
        mut new: Partition,
    ) -> Result<bool, StoreError> {
        let mut written = Vec::new();
        while let Some(surplus) = new.letters.surplus() {
            let payload = serde_json::to_vec(&surplus).map_err(|error| fault::engine(operation, error))?;
            let subject = format!("{}.pages", self.letters_subject(group));
            let publication = Publication { subject, headers: HeaderMap::new(), payload, expected: None };
            let page = self.stored(operation, publication).await?;
            new.letters.file(&surplus, page);
            written.push(page);
        }
        let key = partition_key(number, group);
        let put = self.entries.put(operation, &key, &Stored::of(&new), before.revision).await?;
        let Some(revision) = put else {
            self.forget_all(written).await;
            return Ok(false);
        };
        let former = before.partition.as_ref().map(|before| before.letters.pages()).unwrap_or_default();
        let gone: Vec<_> = former.difference(&new.letters.pages()).copied().collect();
        *before = Entry { partition: Some(new), revision };
        self.forget_all(gone).await;
        Ok(true)
    }
}

/// Release 0.1.0 kept keys as they are.
fn whose_key_is_bounded(mut letter: Letter) -> Letter {
    letter.key = bounded(&letter.key);
    letter
}

fn bounded_as_well(mut taken: Taken) -> Taken {
    if let Some(released) = &mut taken.released {
        released.key = bounded(&released.key);
    }
    taken
}
