//! Reading messages in order, some at a time.
//!
//! Invariant: messages come without gap and overlap. A cursor is a consumer of the server, which lives in the memory of
//! one server and may vanish with it; every message says which of the consumer's it is, and after the first one that
//! is missing, or when the consumer does not answer, another is made that goes on after the last message seen.

mod asking;
mod consumer;

use std::collections::VecDeque;

use async_nats::{Message, client::Request};

use crate::store::StoreError;

use super::stream::Stream;

use asking::{BATCH, BATCH_OF_HEADERS, Fetched, Waiting};

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// After this sequence number.
    After(u64),
    /// At the last message of each subject, and no others.
    LastOfEach,
}

/// A message and its sequence number.
pub(crate) struct Delivered {
    pub(crate) sequence: u64,
    pub(crate) message: Message,
}

/// A place in a stream of the server.
pub(crate) struct Cursor {
    stream: Stream,
    operation: &'static str,
    filter: String,
    start: Start,
    /// Whether messages come without their bodies.
    headers_only: bool,
    /// The sequence number of the last message seen, or that before the start.
    reached: u64,
    consumer: String,
    /// How many messages came from the present consumer.
    received: u64,
    /// How many are left at the server, if that is known.
    pending: Option<u64>,
    buffer: VecDeque<Delivered>,
    renewals: u32,
}

impl Cursor {
    pub(crate) async fn open(
        stream: Stream,
        operation: &'static str,
        filter: String,
        start: Start,
    ) -> Result<Self, StoreError> {
        Self::make(stream, operation, filter, start, false).await
    }

    /// A cursor over all messages of a stream, which come without their bodies.
    pub(crate) async fn of_headers(
        stream: Stream,
        operation: &'static str,
        start: Start,
    ) -> Result<Self, StoreError> {
        Self::make(stream, operation, String::new(), start, true).await
    }

    async fn make(
        stream: Stream,
        operation: &'static str,
        filter: String,
        start: Start,
        headers_only: bool,
    ) -> Result<Self, StoreError> {
        let mut cursor = Self {
            stream,
            operation,
            filter,
            start,
            headers_only,
            reached: if let Start::After(sequence) = start { sequence } else { 0 },
            consumer: String::new(),
            received: 0,
            pending: None,
            buffer: VecDeque::new(),
            renewals: 0,
        };
        cursor.make_consumer().await?;
        Ok(cursor)
    }

    /// What it reads.
    pub(crate) fn filter(&self) -> &str {
        &self.filter
    }

    /// There may be more than when it was last asked.
    pub(crate) fn look_again(&mut self) {
        self.pending = None;
    }

    /// The next message; `None` if there is none now, which after `last` was seen the server is believed. About `wanted`
    /// messages are asked for at a time.
    ///
    /// What the server says of a consumer's end is no proof: it counts for it a moment after it has answered the
    /// publisher, and a server that follows may be behind the one that leads.
    pub(crate) async fn front(&mut self, wanted: usize, last: u64) -> Result<Option<&Delivered>, StoreError> {
        while self.buffer.is_empty() {
            let (batch, waiting) = match self.pending {
                Some(0) if self.reached >= last => return Ok(None),
                Some(0) => (1, Waiting::Yes),
                _ => (wanted.clamp(1, self.longest_batch()), Waiting::No),
            };
            let fetched = self.fetch(batch, waiting).await?;
            let came = !self.buffer.is_empty();
            match (fetched, waiting) {
                (Fetched::Messages, _) if came => self.renewals = 0,
                (Fetched::Messages, Waiting::No) => {}
                _ => self.renew().await?,
            }
        }
        Ok(self.buffer.front())
    }

    /// The next messages, as many as are asked for at a time; `None` if the server says that there are none now.
    pub(crate) async fn batch(&mut self) -> Result<Option<VecDeque<Delivered>>, StoreError> {
        let is_there = self.front(usize::MAX, 0).await?.is_some();
        Ok(is_there.then(|| std::mem::take(&mut self.buffer)))
    }

    fn longest_batch(&self) -> usize {
        if self.headers_only { BATCH_OF_HEADERS } else { BATCH }
    }

    /// The next message, for which it waits a while; `None` if none came. A cursor whose wait was cut off may have lost
    /// messages on their way, and finds that out only if more come.
    pub(crate) async fn arrived(&mut self, wanted: usize) -> Result<Option<Delivered>, StoreError> {
        if self.front(wanted, 0).await?.is_none()
            && let Fetched::Broken = self.fetch(1, Waiting::Yes).await?
        {
            self.renew().await?;
        }
        Ok(self.pop())
    }

    /// Whether the next message is here already.
    pub(crate) fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Goes on to the next message, and gives the one that was the next so far.
    pub(crate) fn pop(&mut self) -> Option<Delivered> {
        self.buffer.pop_front()
    }

    /// Tells the server that the consumer is not needed any more.
    pub(crate) async fn retire(self) {
        let subject = format!("CONSUMER.DELETE.{}.{}", self.stream.name, self.consumer);
        // If it does not arrive, the server forgets the consumer by itself.
        let _ = self.stream.connection.context().send_request(subject, Request::new()).await;
    }
}
