//! A row as a message: what it is found by in a header, what is to be done as the body.
//!
//! | header | holds |
//! |---|---|
//! | `Cqrs-Due` | as JSON: `kind` and `key`, when it is `due`, and its `owner` |
//!
//! So whoever derives the index is sent headers only. Nothing is believed of a message whose subject is another's.

use std::borrow::Cow;

use async_nats::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    json,
    store::{Due, DueKey, DueKind, StoreError},
};

use super::{
    super::{fault, subject},
    index::Spot,
    place::Place,
};

const HEADER: &str = "Cqrs-Due";

/// What a row is found by.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    due: Timestamp,
    #[serde(borrow)]
    owner: Cow<'a, str>,
}

/// The part of a subject that names a key.
pub(super) fn subject_of(key: &DueKey) -> String {
    subject_in(key.kind.as_str(), &key.key)
}

fn subject_in(kind: &str, key: &str) -> String {
    format!("{}.{}", subject::token(kind), subject::token(key))
}

pub(super) fn headers(due: &Due) -> Result<HeaderMap, StoreError> {
    let Due { key: DueKey { kind, key }, due, owner, .. } = due;
    let head = Head { kind: kind.as_str().into(), key: key.into(), due: *due, owner: owner.into() };
    let head = serde_json::to_string(&head).map_err(|error| fault::engine("encode what waits", error))?;
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, head);
    Ok(headers)
}

/// A message of the table.
pub(super) struct Message<'a> {
    pub(super) sequence: u64,
    pub(super) subject: &'a str,
    /// What all subjects begin with.
    pub(super) root: &'a str,
    pub(super) headers: Option<&'a HeaderMap>,
}

impl<'a> Message<'a> {
    /// The row; `None` if it is of a kind that this release does not know.
    pub(super) fn row(&self, body: &[u8]) -> Result<Option<Due>, StoreError> {
        let head = self.head()?;
        let Some(kind) = kind(&head.kind) else { return Ok(None) };
        let payload =
            std::str::from_utf8(body).map_err(|error| fault::damaged(self.place(), error))?.to_owned();
        let Head { key, due, owner, .. } = head;
        Ok(Some(Due { key: DueKey::new(kind, key), due, owner: owner.into(), payload }))
    }

    /// Where the row stands; `None` if it is of a kind that this release does not know.
    pub(super) fn spot(&self) -> Result<Option<Spot>, StoreError> {
        let Head { kind: named, key, due, owner } = self.head()?;
        Ok(kind(&named).map(|kind| Spot { kind, owner: owner.into(), place: Place::new(due, &key) }))
    }

    fn head(&self) -> Result<Head<'a>, StoreError> {
        let text = self.headers.and_then(|headers| headers.get(HEADER));
        let text = text.ok_or_else(|| self.contradicts(&format!("it has no header `{HEADER}`")))?;
        let head: Head<'a> = json::parse(text.as_str().as_bytes())
            .map_err(|error| fault::damaged(format!("{}: its header `{HEADER}`", self.place()), error))?;
        if !self.is_of(&head.kind, &head.key) {
            let what = format!("its header is of {} `{}`, which has another subject", head.kind, head.key);
            return Err(self.contradicts(&what));
        }
        Ok(head)
    }

    fn is_of(&self, kind: &str, key: &str) -> bool {
        let named = self.subject.strip_prefix(self.root);
        // As a rule both stand for themselves, and a million subjects need not be made to be compared.
        let stands_for_itself =
            named.and_then(|named| named.strip_prefix(kind)?.strip_prefix('.')) == Some(key);
        (stands_for_itself && key.bytes().all(subject::is_plain)) || named == Some(&subject_in(kind, key))
    }

    fn contradicts(&self, what: &str) -> StoreError {
        StoreError::Damaged { what: format!("{}: {what}", self.place()), source: None }
    }

    fn place(&self) -> String {
        format!("message {} on subject `{}`, of what waits", self.sequence, self.subject)
    }
}

fn kind(name: &str) -> Option<DueKind> {
    DueKind::ALL.iter().copied().find(|kind| kind.as_str() == name)
}
