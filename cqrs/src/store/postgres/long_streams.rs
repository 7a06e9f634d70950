//! A page of a stream that is long: its first events row by row, the others in bundles.

use std::ops::ControlFlow;

use futures_util::TryStreamExt;
use sqlx::{Either, Executor, PgConnection};

use crate::{message::Version, store::StoreError};

use super::{
    bundles::{self, Bundle},
    faults,
    read::{OPERATION, Page},
};

impl Page<'_> {
    /// The first events row by row; if there are more, and they are small, those after them in bundles; and row by row what these
    /// leave.
    pub(super) async fn show_long_stream(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<ControlFlow<()>, StoreError> {
        let limit = std::mem::replace(&mut self.limit, bundles::FIRST);
        let flow = self.show(connection).await?;
        self.limit = limit;
        if flow.is_continue() || self.stopped {
            return Ok(flow);
        }
        if self.bytes <= bundles::SMALL
            && let Some(flow) = self.show_bundles(connection).await?
        {
            return Ok(flow);
        }
        self.query.after_version = self.end.version;
        self.show(connection).await
    }

    /// Shows events in bundles, as long as these are whole; says how that ended, unless there may be more for this page.
    async fn show_bundles(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<Option<ControlFlow<()>>, StoreError> {
        let Some(stream) = &self.query.stream else { return Ok(None) };
        let mut head = Version::NONE;
        let mut found =
            connection.fetch_many(bundles::select(stream, self.end.version, self.limit - self.end.count));
        loop {
            let row = match found.try_next().await {
                Ok(Some(Either::Right(row))) => row,
                Ok(_) => break,
                Err(error) if bundles::is_too_much(&error) => return Ok(None),
                Err(error) => return Err(faults::engine(OPERATION, error)),
            };
            let Ok(Some(bundle)) = Bundle::of(&row, self.end.version) else { return Ok(None) };
            head = bundle.head;
            for event in bundle.events(stream) {
                let Some(event) = event else { return Ok(None) };
                self.end.count += 1;
                (self.end.position, self.end.version) = (event.position, event.version);
                if (self.visit)(&event).is_break() {
                    self.stopped = true;
                    return Ok(Some(ControlFlow::Break(())));
                }
            }
        }
        if self.end.version == head {
            return Ok(Some(ControlFlow::Continue(())));
        }
        Ok((self.end.count == self.limit).then_some(ControlFlow::Break(())))
    }
}
