//! Where a page is read from, and what is kept for the next.

use futures_util::future::try_join;

use crate::{
    message::{Position, Version},
    store::{EventQuery, PageEnd, StoreError},
};

use super::{
    cursor::{Cursor, Start},
    page::{Page, Progress},
    sequence,
    store::Shared,
    subject,
};

const READ: &str = "read events";

impl Shared {
    pub(super) async fn read(&self, mut page: Page<'_>) -> Result<PageEnd, StoreError> {
        if page.is_vain() {
            return Ok(page.complete(self.head().await?));
        }
        let (mut cursor, last) = try_join(self.cursor(page.query()), self.last(page.query())).await?;
        let progress = self.fill(&mut page, &mut cursor, last).await?;
        if let Some(stream) = &page.query().stream
            && page.mark().sequence > 0
        {
            self.appends.marks.saw(stream, page.mark());
        }
        let follows = follows_the_log(page.query());
        let reached = page.reached();
        let end = if progress == Progress::Full { page.full() } else { page.complete(reached) };
        // Whoever has read a stream to its end seldom comes back; a follower of the log does.
        if progress == Progress::Full || (progress == Progress::Next && follows) {
            self.keep(end.position, cursor).await;
        } else {
            cursor.retire().await;
        }
        Ok(end)
    }

    /// Shows messages until there are no more, which is [`Progress::Next`], or the page ends.
    async fn fill(
        &self,
        page: &mut Page<'_>,
        cursor: &mut Cursor,
        last: u64,
    ) -> Result<Progress, StoreError> {
        while let Some(delivered) = cursor.front(page.wanted(), last).await? {
            match page.show(delivered)? {
                Progress::Next => drop(cursor.pop()),
                ended => return Ok(ended),
            }
            if page.is_full() {
                return Ok(Progress::Full);
            }
        }
        Ok(Progress::Next)
    }

    /// The sequence number up to which a page has to read at least, so that it shows whatever was acknowledged before it
    /// began.
    async fn last(&self, query: &EventQuery) -> Result<u64, StoreError> {
        if !follows_the_log(query) {
            return self.events.last_sequence_of(READ, &self.filter(query)).await;
        }
        let heard = sequence::done_at(*self.wake_ups.borrow());
        if heard > sequence::done_at(query.after) { Ok(heard) } else { self.events.last_sequence(READ).await }
    }

    async fn cursor(&self, query: &EventQuery) -> Result<Cursor, StoreError> {
        let filter = self.filter(query);
        if let Some(mut kept) = self.cursors.take(&filter, query.after) {
            kept.look_again();
            return Ok(kept);
        }
        let start = Start::After(sequence::done_at(self.known_start(query)));
        Cursor::open(self.events.clone(), READ, filter, start).await
    }

    async fn keep(&self, position: Position, cursor: Cursor) {
        if let Some(surplus) = self.cursors.keep(position, cursor) {
            surplus.retire().await;
        }
    }

    /// After which position the first event of the query stands, as far as is known. A version tells it only where the
    /// stream's snapshot was taken at that version, or at the next: whoever believes a snapshot asks for its last event.
    fn known_start(&self, query: &EventQuery) -> Position {
        let stream = query.stream.as_ref().filter(|_| query.after_version > Version::NONE);
        let mark = stream.and_then(|stream| self.snapshot_ends.get(stream));
        let done = mark.and_then(|mark| match mark.version.get().checked_sub(query.after_version.get())? {
            0 => Some(mark.sequence),
            1 => mark.sequence.checked_sub(1),
            _ => None,
        });
        done.map_or(query.after, |done| query.after.max(sequence::position(done, 0)))
    }

    /// The subjects of the query; empty for all there are, whose number the server knows without counting.
    fn filter(&self, query: &EventQuery) -> String {
        let root = &self.appends.commands.root;
        match (&query.stream, &query.category) {
            (Some(stream), _) => self.appends.subject(stream),
            (None, Some(category)) => format!("{root}{}.>", subject::token(category)),
            (None, None) => String::new(),
        }
    }
}

/// Whether the query reads all messages.
fn follows_the_log(query: &EventQuery) -> bool {
    query.stream.is_none() && query.category.is_none()
}
