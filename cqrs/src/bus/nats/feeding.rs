//! Taking messages of a partition: first those that an owner before had taken, then what follows, as there is room.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{
    bus::reconnect::Backoff,
    error_chain::chain,
    store::{
        StoreError,
        nats::client::cursor::{Cursor, Delivered, Start},
    },
};

use super::{
    owned::{Item, Lost, Owned},
    partition::Taken,
    publishing,
};

const TAKE: &str = "take messages";

/// How many messages are asked for at a time.
const BATCH: usize = 64;

/// What a partition is fed with.
#[derive(Clone)]
pub(super) struct Feed {
    /// What the prefetch leaves.
    pub(super) room: Arc<Semaphore>,
    /// Whether the bus was closed.
    pub(super) closed: watch::Receiver<bool>,
}

/// Why taking stopped for a while.
enum Pause {
    /// The partition is given up or lost.
    Ending,
    /// There are messages to be taken that were taken before.
    Missing,
}

impl Owned {
    /// Takes messages until the partition is given up.
    pub(super) async fn feed(self: Arc<Self>, feed: Feed) {
        let mut backoff = Backoff::default();
        while !self.is_ending() {
            match self.feed_once(&feed).await {
                Ok(Pause::Ending) => return,
                Ok(Pause::Missing) => backoff = Backoff::default(),
                Err(error) => {
                    tracing::warn!(group = %self.group, partition = self.number, error = chain(&error),
                        "messages are not reached");
                    tokio::time::sleep(backoff.next_pause()).await;
                }
            }
        }
    }

    async fn feed_once(&self, feed: &Feed) -> Result<Pause, StoreError> {
        let (read, missing) = self.missing();
        for taken in missing {
            let Some(room) = self.unless_changed(feed.room()).await else { return Ok(self.pause()) };
            if let Some(item) = self.again(&taken, room).await? {
                self.put([(taken.sequence, item)]);
            }
        }
        let (messages, subject) = (self.layout.messages.clone(), self.layout.subject(self.number));
        // It is not used again after a wait that was cut off, which may have cost messages on their way.
        let mut cursor = Cursor::open(messages, TAKE, subject, Start::After(read)).await?;
        let pause = loop {
            let Some(arrived) = self.unless_changed(cursor.arrived(BATCH)).await else { break self.pause() };
            let Some(first) = arrived? else {
                if *feed.closed.borrow() {
                    self.reached_end();
                }
                continue;
            };
            let Some(room) = self.unless_changed(feed.room()).await else { break self.pause() };
            if self.take(feed, &mut cursor, first, room).await.is_err() {
                break Pause::Ending;
            }
        };
        cursor.retire().await;
        Ok(pause)
    }

    /// Takes a message and those behind it that are here already, as there is room, in one change.
    async fn take(
        &self,
        feed: &Feed,
        cursor: &mut Cursor,
        first: Delivered,
        room: OwnedSemaphorePermit,
    ) -> Result<(), Lost> {
        let mut items = vec![item(first, room)];
        while cursor.has_more()
            && let Ok(room) = Arc::clone(&feed.room).try_acquire_owned()
            && let Some(next) = cursor.pop()
        {
            items.push(item(next, room));
        }
        self.change(|entry| items.iter().for_each(|(sequence, _)| entry.take(*sequence))).await?;
        self.put(items);
        Ok(())
    }

    /// A message that was taken before; `None` if it is not on the server any more, and then it is let go.
    async fn again(&self, taken: &Taken, room: OwnedSemaphorePermit) -> Result<Option<Item>, StoreError> {
        let found = if let Some(released) = &taken.released {
            self.layout.carried(TAKE, &released.carried()).await?.map(|(message, _)| message)
        } else {
            let found = self.layout.messages.at(TAKE, taken.sequence).await?;
            found.map(|found| publishing::message(Some(&found.headers), &found.payload))
        };
        let Some(found) = found else {
            tracing::error!(group = %self.group, partition = self.number, sequence = taken.sequence,
                "a message is not on the server any more, which somebody else must have removed");
            // Whoever has lost the partition has nothing to let go.
            let _ = self.change(|entry| entry.settle(taken.sequence, None)).await;
            return Ok(None);
        };
        let released = taken.released.is_some();
        Ok(Some(Item::new(found, room).again(taken.redeliveries, released)))
    }

    /// What comes of a wait, unless there is a reason to do something else.
    async fn unless_changed<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.changed.notified() => None,
            found = wait => Some(found),
        }
    }

    fn pause(&self) -> Pause {
        if self.is_ending() { Pause::Ending } else { Pause::Missing }
    }
}

impl Feed {
    async fn room(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.room).acquire_owned().await {
            Ok(room) => room,
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }
}

fn item(delivered: Delivered, room: OwnedSemaphorePermit) -> (u64, Item) {
    let Delivered { sequence, message } = delivered;
    (sequence, Item::new(publishing::message(message.headers.as_ref(), &message.payload), room))
}
