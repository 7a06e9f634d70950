//! Where a page is read from, and what is kept for the next.

use std::time::{Duration, Instant};

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

/// How long to wait before a consumer is asked again for what it should have by now.
const PAUSE: Duration = Duration::from_millis(1);

impl Shared {
    pub(super) async fn read(&self, mut page: Page<'_>) -> Result<PageEnd, StoreError> {
        if page.is_vain() {
            return Ok(page.complete(self.head().await?));
        }
        let mut cursor = self.cursor(page.query()).await?;
        let progress = self.fill(&mut page, &mut cursor).await?;
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
    async fn fill(&self, page: &mut Page<'_>, cursor: &mut Cursor) -> Result<Progress, StoreError> {
        let started = Instant::now();
        let mut last = None;
        loop {
            let Some(delivered) = cursor.front(page.wanted()).await? else {
                let last = match last {
                    Some(last) => last,
                    None => *last.insert(self.known_last(page.query()).await?),
                };
                if last <= page.reached() || started.elapsed() > self.options.timeout {
                    return Ok(Progress::Next);
                }
                tokio::time::sleep(PAUSE).await;
                cursor.look_again();
                continue;
            };
            match page.show(delivered)? {
                Progress::Next => cursor.pop(),
                ended => return Ok(ended),
            }
        }
    }

    /// A position that the query has events up to, although a consumer may not have heard of them yet: the server tells
    /// consumers a moment after it has answered the publisher, and one of several servers may be behind that which
    /// leads.
    async fn known_last(&self, query: &EventQuery) -> Result<Position, StoreError> {
        let led_elsewhere = self.events.replicas > 1;
        match &query.stream {
            Some(stream) if led_elsewhere => {
                Ok(sequence::position(self.appends.end(stream).await?.sequence, 0))
            }
            None if query.category.is_none() => {
                let heard = *self.wake_ups.borrow();
                Ok(if led_elsewhere { self.head().await?.max(heard) } else { heard })
            }
            _ => Ok(Position::START),
        }
    }

    async fn cursor(&self, query: &EventQuery) -> Result<Cursor, StoreError> {
        let filter = self.filter(query);
        if let Some(mut kept) = self.cursors.take(&filter, query.after) {
            kept.look_again();
            return Ok(kept);
        }
        let start = Start::At(sequence::first_after(self.known_start(query)));
        Cursor::open(self.events.clone(), "read events", filter, start).await
    }

    async fn keep(&self, position: Position, cursor: Cursor) {
        if let Some(surplus) = self.cursors.keep(position, cursor) {
            surplus.retire().await;
        }
    }

    /// After which position the first event of the query stands, as far as is known. A version tells it only where the
    /// stream's snapshot was taken at that version.
    fn known_start(&self, query: &EventQuery) -> Position {
        let stream = query.stream.as_ref().filter(|_| query.after_version > Version::NONE);
        let mark = stream.and_then(|stream| self.snapshot_ends.get(stream));
        match mark.filter(|mark| mark.version == query.after_version) {
            Some(mark) => query.after.max(sequence::position(mark.sequence, 0)),
            None => query.after,
        }
    }

    /// The subjects of the query.
    fn filter(&self, query: &EventQuery) -> String {
        let root = &self.appends.commands.root;
        match (&query.stream, &query.category) {
            (Some(stream), _) => self.appends.subject(stream),
            (None, Some(category)) => format!("{root}{}.*", subject::token(category)),
            (None, None) => format!("{root}>"),
        }
    }
}

/// Whether the query reads all messages.
fn follows_the_log(query: &EventQuery) -> bool {
    query.stream.is_none() && query.category.is_none()
}
