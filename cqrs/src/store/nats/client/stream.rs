//! A stream of the server, and what is asked of it.

use std::time::{Duration, Instant};

use async_nats::{
    HeaderMap,
    jetstream::{
        self,
        context::{PublishError, PublishErrorKind},
        message::{PublishMessage, StreamMessage},
        response::Response,
        stream::{DeleteStatus, Info, LastRawMessageErrorKind, Stream as Handle},
    },
};
use serde_json::json;

pub(crate) use async_nats::jetstream::stream::State;

use crate::store::StoreError;

use super::{
    Connection,
    fault::{self, Unanswered},
};

/// How long to wait before a server is asked again that knew no leader of the stream.
const PAUSE: Duration = Duration::from_millis(50);

/// A stream of the server.
#[derive(Clone)]
pub(crate) struct Stream {
    pub(crate) connection: Connection,
    pub(crate) name: String,
    /// How long to wait for an answer.
    pub(crate) timeout: Duration,
    /// How long to wait for somebody to answer.
    pub(crate) busy_timeout: Duration,
}

/// A message to be stored.
pub(crate) struct Publication {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Vec<u8>,
    /// The sequence number of the last message on its subject, 0 for none; `None` for whatever it is.
    pub(crate) expected: Option<u64>,
}

/// No server answers for the stream.
#[derive(Debug, thiserror::Error)]
#[error(
    "no server leads the stream: it was waited for for {waited:.1?}, and for {limit:.1?} is it waited at most"
)]
struct NoLeader {
    waited: Duration,
    limit: Duration,
}

/// What the client adds to the headers of a message that is expected somewhere.
const EXPECTATION: usize = 64;

impl Publication {
    /// How many bytes it has on its way, headers and all.
    pub(crate) fn size(&self) -> usize {
        self.payload.len() + size(&self.headers)
    }
}

/// How many bytes headers take on their way.
pub(crate) fn size(headers: &HeaderMap) -> usize {
    let line = |name: &str, value: &str| name.len() + ": ".len() + value.len() + "\r\n".len();
    let lines = headers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| line(name.as_ref(), value.as_str())));
    "NATS/1.0\r\n\r\n".len() + lines.sum::<usize>() + EXPECTATION
}

impl Stream {
    /// How many bytes a message has at most.
    pub(crate) fn limit(&self) -> usize {
        self.connection.client().max_payload()
    }

    /// Stores a message and gives its sequence number; `None` if the last one on its subject is not the expected one,
    /// and nothing was stored.
    ///
    /// Where no server leads the stream, as while it starts or another takes over, nothing was stored, and it is tried
    /// again for a while.
    pub(crate) async fn publish(
        &self,
        operation: &'static str,
        publication: Publication,
    ) -> Result<Option<u64>, StoreError> {
        if publication.size() > self.limit() {
            return Err(self.too_large(&publication));
        }
        let started = Instant::now();
        loop {
            match self.publish_once(&publication).await {
                Ok(sequence) => return Ok(Some(sequence)),
                Err(error) => match error.kind() {
                    PublishErrorKind::WrongLastSequence => return Ok(None),
                    PublishErrorKind::StreamNotFound if started.elapsed() < self.busy_timeout => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    PublishErrorKind::StreamNotFound => {
                        let (waited, limit) = (started.elapsed(), self.busy_timeout);
                        return Err(StoreError::unavailable(operation, NoLeader { waited, limit }));
                    }
                    PublishErrorKind::MaxPayloadExceeded => return Err(self.too_large(&publication)),
                    _ => {
                        let failed = fault::publish(operation, error);
                        let refusals = self.connection.refusals();
                        return Err(refusals.explain(operation, &publication.subject, failed));
                    }
                },
            }
        }
    }

    async fn publish_once(&self, publication: &Publication) -> Result<u64, PublishError> {
        let publish = PublishMessage::build()
            .payload(publication.payload.clone().into())
            .headers(publication.headers.clone());
        let publish = match publication.expected {
            Some(sequence) => publish.expected_last_subject_sequence(sequence),
            None => publish,
        };
        let ack = self.connection.context().send_publish(publication.subject.clone(), publish).await?.await?;
        Ok(ack.sequence)
    }

    fn too_large(&self, publication: &Publication) -> StoreError {
        let limit = self.limit();
        let actual = publication.size().max(limit + 1);
        StoreError::TooLarge { what: "the message in bytes", actual, limit }
    }

    /// The last message on a subject.
    pub(crate) async fn last(
        &self,
        operation: &'static str,
        subject: &str,
    ) -> Result<Option<StreamMessage>, StoreError> {
        let found = self.handle(operation).await?.raw_message_builder().last_by_subject(subject).send().await;
        self.found(operation, found)
    }

    /// The sequence number of the last message on subjects; 0 if there is none.
    pub(crate) async fn last_sequence_of(
        &self,
        operation: &'static str,
        subjects: &str,
    ) -> Result<u64, StoreError> {
        Ok(self.last(operation, subjects).await?.map_or(0, |last| last.sequence))
    }

    /// The first message on a subject with a sequence number after `after`.
    pub(crate) async fn next(
        &self,
        operation: &'static str,
        subject: &str,
        after: u64,
    ) -> Result<Option<StreamMessage>, StoreError> {
        let get = self
            .handle(operation)
            .await?
            .raw_message_builder()
            .sequence(after.saturating_add(1))
            .next_by_subject(subject);
        self.found(operation, get.send().await)
    }

    /// The message with this sequence number.
    pub(crate) async fn at(
        &self,
        operation: &'static str,
        sequence: u64,
    ) -> Result<Option<StreamMessage>, StoreError> {
        let get = self.handle(operation).await?.raw_message_builder().sequence(sequence);
        self.found(operation, get.send().await)
    }

    /// Removes the messages on a subject up to this sequence number.
    pub(crate) async fn purge(
        &self,
        operation: &'static str,
        subject: &str,
        up_to: u64,
    ) -> Result<(), StoreError> {
        let purge = self.handle(operation).await?.purge().filter(subject).sequence(up_to + 1).await;
        purge.map(drop).map_err(|error| self.failed(operation, error))
    }

    /// Removes a message.
    pub(crate) async fn remove(&self, operation: &'static str, sequence: u64) -> Result<(), StoreError> {
        let removed = self.handle(operation).await?.delete_message(sequence).await;
        removed.map(drop).map_err(|error| self.failed(operation, error))
    }

    /// Removes the message with this sequence number from a stream that allows it; `false` if it is not there.
    pub(crate) async fn delete(&self, operation: &'static str, sequence: u64) -> Result<bool, StoreError> {
        let subject = format!("STREAM.MSG.DELETE.{}", self.name);
        let request = json!({ "seq": sequence, "no_erase": true });
        let answer = self.connection.context().request(subject, &request).await;
        match answer.map_err(|error| self.failed(operation, error))? {
            Response::Ok::<DeleteStatus>(deleted) => Ok(deleted.success),
            // For a message that is not there servers have several answers.
            Response::Err { error } => match self.at(operation, sequence).await? {
                None => Ok(false),
                Some(_) => Err(fault::answer(operation, error)),
            },
        }
    }

    /// What it means that a request about the stream failed.
    pub(super) fn failed<K: Unanswered>(
        &self,
        operation: &'static str,
        error: async_nats::error::Error<K>,
    ) -> StoreError {
        self.connection.refusals().explain(operation, &self.name, fault::request(operation, error))
    }

    /// It asks the server nothing.
    async fn handle(&self, operation: &'static str) -> Result<Handle<()>, StoreError> {
        let handle = self.connection.context().get_stream_no_info(&self.name).await;
        handle.map_err(|error| self.failed(operation, error))
    }

    fn found(
        &self,
        operation: &'static str,
        found: Result<StreamMessage, jetstream::stream::LastRawMessageError>,
    ) -> Result<Option<StreamMessage>, StoreError> {
        match found {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(self.failed(operation, error)),
        }
    }

    /// The sequence number of the last message.
    pub(crate) async fn last_sequence(&self, operation: &'static str) -> Result<u64, StoreError> {
        Ok(self.state(operation).await?.last_sequence)
    }

    /// What there is of it, as the server has it that leads.
    pub(crate) async fn state(&self, operation: &'static str) -> Result<State, StoreError> {
        let subject = format!("STREAM.INFO.{}", self.name);
        let answer = self.connection.context().request(subject, &()).await;
        match answer.map_err(|error| self.failed(operation, error))? {
            Response::Ok::<Info>(info) => Ok(info.state),
            Response::Err { error } => Err(fault::answer(operation, error)),
        }
    }
}
