//! Publishing: partitions at the same time, the messages of one after the other.
//!
//! Invariant: a message is sent only after the one before it in its partition was stored. So whatever fails in the middle,
//! publishing again from the first unconfirmed message keeps the order of every key.

use async_nats::HeaderMap;
use futures_util::future::join_all;

use crate::{
    bus::{BusError, EncodedMessage, PublishError, cloud_event::CONTENT_TYPE, wire},
    store::{
        StoreError,
        nats::client::stream::{Publication, size},
    },
};

use super::layout::{Layout, failed};

const PUBLISH: &str = "publish";

impl Layout {
    /// Publishes messages up to the first that is too large, behind which nothing is sent.
    pub(super) async fn publish(&self, messages: &[EncodedMessage]) -> Result<(), PublishError> {
        let too_large = (0..).zip(messages).find_map(|(confirmed, message)| {
            Some(PublishError { confirmed, source: self.check(message).err()? })
        });
        let fit = too_large.as_ref().map_or(messages.len(), |error| error.confirmed);
        self.publish_all(&messages[..fit]).await?;
        too_large.map_or(Ok(()), Err)
    }

    async fn publish_all(&self, messages: &[EncodedMessage]) -> Result<(), PublishError> {
        let mut partitions: Vec<Vec<usize>> = vec![Vec::new(); self.partitions];
        for (index, message) in messages.iter().enumerate() {
            partitions[self.partition_of(message)].push(index);
        }
        let publishing = partitions.iter().map(|indices| self.publish_each(messages, indices));
        let failures = join_all(publishing).await.into_iter().filter_map(Result::err);
        // The first that is not confirmed; others behind it may be.
        match failures.min_by_key(|error| error.confirmed) {
            None => Ok(()),
            Some(first) => Err(first),
        }
    }

    async fn publish_each(&self, messages: &[EncodedMessage], indices: &[usize]) -> Result<(), PublishError> {
        for index in indices {
            let published = self.publish_one(&messages[*index]).await;
            published.map_err(|source| PublishError { confirmed: *index, source })?;
        }
        Ok(())
    }

    pub(super) async fn publish_one(&self, message: &EncodedMessage) -> Result<(), BusError> {
        let published = self.messages.publish(PUBLISH, self.publication(message)).await;
        published.map(drop).map_err(|error| match error {
            StoreError::TooLarge { actual, limit, .. } => too_large(message, actual, limit),
            error => failed(PUBLISH, error),
        })
    }

    fn publication(&self, message: &EncodedMessage) -> Publication {
        let subject = self.subject(self.partition_of(message));
        let (headers, payload) = (headers(message), message.body.to_vec());
        Publication { subject, headers, payload, expected: None }
    }

    /// Refuses what the server never takes.
    fn check(&self, message: &EncodedMessage) -> Result<(), BusError> {
        let (actual, limit) = (message.body.len() + size(&headers(message)), self.messages.limit());
        if actual > limit { Err(too_large(message, actual, limit)) } else { Ok(()) }
    }
}

fn too_large(message: &EncodedMessage, actual: usize, limit: usize) -> BusError {
    BusError::too_large(message, "with its headers it is", actual, limit)
}

/// The headers that say which message it is, and, as `CloudEvents` over NATS want it, what its content is.
pub(super) fn headers(message: &EncodedMessage) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(wire::MESSAGE, wire::message_header(message));
    headers.insert("Content-Type", CONTENT_TYPE);
    headers
}

/// A message as it comes from the server.
pub(super) fn message(headers: Option<&HeaderMap>, payload: &[u8]) -> EncodedMessage {
    let header = headers.and_then(|headers| headers.get(wire::MESSAGE));
    wire::message(header.map(async_nats::HeaderValue::as_str), payload.into())
}
