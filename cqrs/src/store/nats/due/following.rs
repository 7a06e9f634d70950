//! Bringing the index up to date.

use crate::store::StoreError;

use super::{
    super::cursor::{Cursor, Start},
    DueTable, READ,
    index::{Entry, Index},
    row::Message,
};

/// How many sequence numbers may lie ahead until they are read in bulk: a consumer is three requests.
const IN_BULK: u64 = 16;

impl DueTable {
    /// Reads what was stored before this began, as the leader of the stream has it: so whoever was told that his row is stored
    /// finds it here.
    pub(super) async fn catch_up(&self, index: &mut Index) -> Result<(), StoreError> {
        let last = self.stream.last_sequence(READ).await?;
        if last < index.reached {
            // It is another stream of the same name.
            *index = Index::default();
        }
        for entry in self.take_gone() {
            index.leave(&entry);
        }
        if last - index.reached > IN_BULK {
            self.read_in_bulk(index).await?;
        }
        while index.reached < last {
            // Messages that have gone have left gaps: only the leader knows that there is nothing up to the end.
            match self.stream.next(READ, ">", index.reached).await? {
                Some(message) => {
                    let (sequence, headers) = (message.sequence, Some(&message.headers));
                    self.note(index, sequence, &message.subject, headers)?;
                }
                None => index.reached = last,
            }
        }
        Ok(())
    }

    /// As far as the consumer says that there is something: what it does not see yet is read from the leader.
    async fn read_in_bulk(&self, index: &mut Index) -> Result<(), StoreError> {
        let start = Start::After(index.reached);
        let mut cursor = Cursor::of_headers(self.stream.clone(), READ, start).await?;
        while let Some(delivered) = cursor.front(usize::MAX, 0).await? {
            let message = &delivered.message;
            self.note(index, delivered.sequence, &message.subject, message.headers.as_ref())?;
            cursor.pop();
        }
        cursor.retire().await;
        Ok(())
    }

    fn note(
        &self,
        index: &mut Index,
        sequence: u64,
        subject: &str,
        headers: Option<&async_nats::HeaderMap>,
    ) -> Result<(), StoreError> {
        let message = Message { sequence, subject, root: &self.root, headers };
        if let Some(spot) = message.spot()? {
            index.enter(Entry { spot, sequence });
        }
        index.reached = sequence;
        Ok(())
    }
}
