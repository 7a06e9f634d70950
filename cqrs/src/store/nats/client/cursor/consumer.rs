//! The consumer of a cursor: made, asked, and made anew.

use std::time::Duration;

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

use super::{
    Cursor, Delivered, Start,
    asking::{BATCH_BYTES, Fetched, Waiting},
};

/// After how long the server forgets a consumer that nobody asks.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(2);

/// How long the server holds a request.
const LONGEST_WAIT_NANOSECONDS: u64 = 1_000_000_000;

/// How often in a row a consumer is made anew without getting a message.
const RENEWALS: u32 = 3;

impl Cursor {
    pub(super) async fn make_consumer(&mut self) -> Result<(), StoreError> {
        let name = Uuid::now_v7().simple().to_string();
        let config = pull::Config {
            name: Some(name.clone()),
            filter_subject: self.filter.clone(),
            deliver_policy: match self.start {
                Start::After(_) => DeliverPolicy::ByStartSequence { start_sequence: self.reached + 1 },
                Start::LastOfEach => DeliverPolicy::LastPerSubject,
            },
            headers_only: self.headers_only,
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let made =
            self.stream.connection.context().create_consumer_on_stream(config, &self.stream.name).await;
        let made = made.map_err(|error| self.stream.failed(self.operation, error))?;
        self.pending = Some(made.cached_info().num_pending);
        (self.consumer, self.received) = (name, 0);
        Ok(())
    }

    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
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
    pub(super) async fn fetch(&mut self, batch: usize, waiting: Waiting) -> Result<Fetched, StoreError> {
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
        let answers = subscribing.map_err(|error| self.stream.failed(self.operation, error))?;
        let body = match waiting {
            Waiting::No => json!({ "batch": batch, "max_bytes": BATCH_BYTES, "no_wait": true }),
            Waiting::Yes => json!({ "batch": batch, "expires": LONGEST_WAIT_NANOSECONDS }),
        };
        let request = Request { inbox: Some(inbox), ..Request::new().payload(body.to_string().into()) };
        let subject = format!("CONSUMER.MSG.NEXT.{}.{}", self.stream.name, self.consumer);
        let sending = context.send_request(subject, request).await;
        sending.map_err(|error| self.stream.failed(self.operation, error))?;
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
