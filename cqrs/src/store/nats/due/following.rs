//! Bringing the index up to date.

use async_nats::HeaderMap;
use futures_util::future::try_join;
use tokio::sync::mpsc;

use crate::store::StoreError;

use super::{
    super::{
        cursor::{Cursor, Delivered, Start},
        stream::State,
    },
    DueTable, READ,
    index::{Entry, Index},
    reading::Reader,
    row::Message,
};

/// How many sequence numbers may lie ahead until they are read in bulk: a consumer is three requests.
const IN_BULK: u64 = 16;

impl DueTable {
    /// Reads what was stored before this began, as the leader of the stream has it: so whoever was told that his row is stored
    /// finds it here. Returns whether all entries were there then, too.
    ///
    /// That is so if they are as many as the stream has messages, as every message has its entry.
    pub(super) async fn catch_up(&self, reader: &mut Reader) -> Result<bool, StoreError> {
        // What is taken out was removed before the messages are counted.
        for entry in self.take_gone() {
            reader.index.leave(&entry);
        }
        let state = self.stream.state(READ).await?;
        // Or it is another stream of the same name.
        if reader.is_worn(&state) || state.last_sequence < reader.index.reached {
            reader.forget();
        }
        self.read_to(&mut reader.index, &state).await?;
        Ok(reader.index.len() == state.messages)
    }

    async fn read_to(&self, index: &mut Index, state: &State) -> Result<(), StoreError> {
        if state.last_sequence - index.reached > IN_BULK && state.messages > IN_BULK {
            self.read_in_bulk(index).await?;
        }
        while index.reached < state.last_sequence {
            // Messages that have gone have left gaps: only the leader knows that there is nothing up to the end.
            match self.stream.next(READ, ">", index.reached).await? {
                Some(message) => {
                    let (sequence, headers) = (message.sequence, Some(&message.headers));
                    self.note(index, sequence, &message.subject, headers)?;
                }
                None => index.reached = state.last_sequence,
            }
        }
        Ok(())
    }

    /// As far as the consumer says that there is something: what it does not see yet is read from the leader. While headers are
    /// noted, the next ones are on their way.
    async fn read_in_bulk(&self, index: &mut Index) -> Result<(), StoreError> {
        let start = Start::After(index.reached);
        let mut cursor = Cursor::of_headers(self.stream.clone(), READ, start).await?;
        let (batches, mut arriving) = mpsc::channel(1);
        let reading = async {
            // Whoever notes them has met an error if he takes no more.
            while let Some(batch) = cursor.batch().await?
                && batches.send(batch).await.is_ok()
            {}
            drop(batches);
            cursor.retire().await;
            Ok(())
        };
        let noting = async {
            while let Some(batch) = arriving.recv().await {
                for Delivered { sequence, message } in batch {
                    self.note(index, sequence, &message.subject, message.headers.as_ref())?;
                }
            }
            Ok(())
        };
        try_join(reading, noting).await.map(drop)
    }

    fn note(
        &self,
        index: &mut Index,
        sequence: u64,
        subject: &str,
        headers: Option<&HeaderMap>,
    ) -> Result<(), StoreError> {
        let message = Message { sequence, subject, root: &self.root, headers };
        match message.spot()? {
            Some(spot) => index.enter(Entry { spot, sequence }),
            None => index.pass(),
        }
        index.reached = sequence;
        Ok(())
    }
}
