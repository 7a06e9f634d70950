//! How far groups of listeners have come in each stream, an entry for each pair, changed by compare-and-set.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    message::{StreamId, Version},
    store::{InboxStore, StoreError},
};

use super::{NatsStore, subject};

/// What a group has handled of a stream.
#[derive(Serialize, Deserialize)]
struct Handled {
    group: String,
    stream: StreamId,
    version: Version,
}

impl InboxStore for NatsStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let entry = inside.inbox.get::<Handled>("read the inbox", &key(group, stream)).await?;
            Ok(entry.value.map_or(Version::NONE, |handled| handled.version))
        })
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        const NOTE: &str = "write the inbox";
        Box::pin(async move {
            let inside = self.enter().await?;
            let key = key(group, stream);
            let entry = inside.inbox.get::<Handled>(NOTE, &key).await?;
            let at = entry.value.map_or(Version::NONE, |handled| handled.version);
            if at != from || to <= from {
                return Ok(false);
            }
            let handled = Handled { group: group.to_owned(), stream: stream.clone(), version: to };
            // Nobody writes an entry but to move it on, so that a changed revision is another version.
            Ok(inside.inbox.put(NOTE, &key, &handled, entry.revision).await?.is_some())
        })
    }
}

fn key(group: &str, stream: &StreamId) -> String {
    format!("{}.{}", subject::token(group), subject::of_stream(stream))
}
