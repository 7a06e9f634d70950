//! What dead letters carry: the message with the reason, in one message of the server or in several.
//!
//! Invariant: the parts of a content are stored before the message that is made of them, and that before any entry refers
//! to it. What no entry refers to harms nobody.

use std::sync::Arc;

use crate::{
    bus::{DeadLetter, EncodedMessage, wire},
    store::{
        StoreError,
        nats::client::stream::{Publication, size},
    },
};

use super::{layout::Layout, letters::Carried, publishing};

const KEEP: &str = "keep a dead letter";

/// What is left free beside a part of a content.
const BESIDE: usize = 512;

impl Layout {
    /// Keeps what a dead letter carries.
    pub(super) async fn carry(&self, group: &str, letter: &DeadLetter) -> Result<Carried, StoreError> {
        let limit = self.letters.limit();
        let mut headers = publishing::headers(&letter.message);
        headers.insert(wire::DEAD_LETTER, wire::dead_letter_header(letter, limit / 4));
        let subject = self.letters_subject(group);
        let body = &letter.message.body;
        let fits = body.len() + size(&headers) <= limit;
        let (payload, parts) =
            if fits { (body.to_vec(), Vec::new()) } else { (Vec::new(), self.parts(group, body).await?) };
        let publication = Publication { subject, headers, payload, expected: None };
        match self.stored(KEEP, publication).await {
            Ok(copy) => Ok(Carried { copy, parts }),
            Err(error) => {
                self.forget_all(parts).await;
                Err(error)
            }
        }
    }

    /// Keeps a content in parts.
    async fn parts(&self, group: &str, body: &[u8]) -> Result<Vec<u64>, StoreError> {
        let subject = format!("{}.parts", self.letters_subject(group));
        let mut parts = Vec::new();
        for part in body.chunks(self.letters.limit().saturating_sub(BESIDE).max(1)) {
            let (headers, payload) = (async_nats::HeaderMap::new(), part.to_vec());
            let publication = Publication { subject: subject.clone(), headers, payload, expected: None };
            match self.stored(KEEP, publication).await {
                Ok(part) => parts.push(part),
                Err(error) => {
                    self.forget_all(parts).await;
                    return Err(error);
                }
            }
        }
        Ok(parts)
    }

    /// Stores a message beside the entries.
    pub(super) async fn stored(
        &self,
        operation: &'static str,
        publication: Publication,
    ) -> Result<u64, StoreError> {
        let stored = self.letters.publish(operation, publication).await?;
        stored.ok_or_else(|| StoreError::unavailable(operation, "the server has stored nothing"))
    }

    /// The message that a dead letter carries, and the header that says why; `None` if it is not there any more.
    pub(super) async fn carried(
        &self,
        operation: &'static str,
        carried: &Carried,
    ) -> Result<Option<(EncodedMessage, Option<String>)>, StoreError> {
        let Some(copy) = self.letters.at(operation, carried.copy).await? else { return Ok(None) };
        let mut body = copy.payload.to_vec();
        for part in &carried.parts {
            let Some(part) = self.letters.at(operation, *part).await? else { return Ok(None) };
            body.extend_from_slice(&part.payload);
        }
        let header = |name: &str| copy.headers.get(name).map(|header| header.as_str().to_owned());
        let message = wire::message(header(wire::MESSAGE).as_deref(), Arc::from(body));
        Ok(Some((message, header(wire::DEAD_LETTER))))
    }
}
