//! How far each listener of an event bus has come.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    message::{StreamId, Version},
    store::{InboxStore, StoreError},
};

use super::MemoryStore;

/// By group and stream.
pub(super) type Inbox = HashMap<(String, StreamId), Version>;

impl InboxStore for MemoryStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        let place = (group.to_owned(), stream.clone());
        async move { Ok(self.open()?.inbox.get(&place).copied().unwrap_or(Version::NONE)) }.boxed()
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let last = content.inbox.entry((group.to_owned(), stream.clone())).or_insert(Version::NONE);
            let moves = *last == from && from < to;
            if moves {
                *last = to;
            }
            Ok(moves)
        }
        .boxed()
    }
}
