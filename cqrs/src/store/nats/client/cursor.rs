//! Reading messages in order, some at a time.
//!
//! Invariant: messages come without gap and overlap. A cursor is a consumer of the server, which lives in the memory of
//! one server and may vanish with it; every message says which of the consumer's it is, and after the first one that
//! is missing, or when the consumer does not answer, another is made that goes on after the last message seen.

use std::{collections::VecDeque, time::Duration};

use async_nats::{
    Message, Subscriber,
    client::Request,
    jetstream::{
        self,
        consumer::{AckPolicy, DeliverPolicy, pull},
    },
};
use futures_util::StreamExt;
use serde_json::json;
use uuid::Uuid;

use crate::store::StoreError;

use super::{fault, stream::Stream};

/// How many messages, and how many bytes of them, are asked for at a time.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 8 << 20;

/// After how long the server forgets a consumer that nobody asks.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(2);

/// How long the server holds a request.
const LONGEST_WAIT_NANOSECONDS: u64 = 1_000_000_000;

/// How often in a row a consumer is made anew without getting a message.
const RENEWALS: u32 = 3;

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

/// Whether the server holds a request until there is a message.
#[derive(Clone, Copy)]
enum Waiting {
    No,
    Yes,
}

/// How a request for messages ended.
enum Fetched {
    Messages,
    /// The consumer is gone, or messages were lost on the way.
    Broken,
}

impl Cursor {
    pub(crate) async fn open(
        stream: Stream,
        operation: &'static str,
        filter: String,
        start: Start,
    ) -> Result<Self, StoreError> {
        let mut cursor = Self {
            stream,
            operation,
            filter,
            start,
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
                _ => (wanted.clamp(1, BATCH), Waiting::No),
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

    async fn make_consumer(&mut self) -> Result<(), StoreError> {
        let name = Uuid::now_v7().simple().to_string();
        let config = pull::Config {
            name: Some(name.clone()),
            filter_subject: self.filter.clone(),
            deliver_policy: match self.start {
                Start::After(_) => DeliverPolicy::ByStartSequence { start_sequence: self.reached + 1 },
                Start::LastOfEach => DeliverPolicy::LastPerSubject,
            },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let made =
            self.stream.connection.context().create_consumer_on_stream(config, &self.stream.name).await;
        let made = made.map_err(|error| fault::request(self.operation, error))?;
        self.pending = Some(made.cached_info().num_pending);
        (self.consumer, self.received) = (name, 0);
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), StoreError> {
        self.renewals += 1;
        if self.renewals > RENEWALS || self.start == Start::LastOfEach {
            return Err(StoreError::unavailable(
                self.operation,
                "the server stopped answering in the middle",
            ));
        }
        self.make_consumer().await
    }

    /// Asks for messages, and waits until the server has sent as many or says that it sends no more. What it sends of a
    /// request that nobody waits for any more is lost to the consumer.
    async fn fetch(&mut self, batch: usize, waiting: Waiting) -> Result<Fetched, StoreError> {
        let mut answers = self.request(batch, waiting).await?;
        for _ in 0..batch {
            let Ok(Some(answer)) = tokio::time::timeout(self.stream.timeout, answers.next()).await else {
                return Ok(Fetched::Broken);
            };
            match answer.status.map(|status| status.as_u16()) {
                None => {
                    if let Fetched::Broken = self.receive(answer)? {
                        return Ok(Fetched::Broken);
                    }
                }
                // There are no more, or none came in time.
                Some(404 | 408) => {
                    self.pending = Some(0);
                    break;
                }
                // What came was as much as was asked for, in bytes.
                Some(409) if answer.description.as_deref().is_some_and(|text| text.contains("MaxBytes")) => {
                    self.pending = None;
                    break;
                }
                Some(_) => return Ok(Fetched::Broken),
            }
        }
        Ok(Fetched::Messages)
    }

    async fn request(&self, batch: usize, waiting: Waiting) -> Result<Subscriber, StoreError> {
        let context = self.stream.connection.context();
        let inbox = context.client().new_inbox();
        let subscribing = context.client().subscribe(inbox.clone()).await;
        let answers = subscribing.map_err(|error| fault::request(self.operation, error))?;
        let body = match waiting {
            Waiting::No => json!({ "batch": batch, "max_bytes": BATCH_BYTES, "no_wait": true }),
            Waiting::Yes => json!({ "batch": batch, "expires": LONGEST_WAIT_NANOSECONDS }),
        };
        let request = Request { inbox: Some(inbox), ..Request::new().payload(body.to_string().into()) };
        let subject = format!("CONSUMER.MSG.NEXT.{}.{}", self.stream.name, self.consumer);
        let sending = context.send_request(subject, request).await;
        sending.map_err(|error| fault::request(self.operation, error))?;
        Ok(answers)
    }

    fn receive(&mut self, message: Message) -> Result<Fetched, StoreError> {
        let message = jetstream::Message { message, context: self.stream.connection.context() };
        let info = message.info().map_err(|error| StoreError::engine(self.operation, error))?;
        if info.consumer_sequence != self.received + 1 {
            return Ok(Fetched::Broken);
        }
        self.received += 1;
        self.pending = Some(info.pending);
        let sequence = info.stream_sequence;
        self.reached = sequence;
        self.buffer.push_back(Delivered { sequence, message: message.message });
        Ok(Fetched::Messages)
    }
}
