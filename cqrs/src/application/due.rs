//! What is due, for the testing kit.

use jiff::Timestamp;

use crate::store::{DueKind, DueQuery, StoreError};

use super::Application;

impl Application {
    /// When the next command is due that this application knows; it may have been due for long.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let core = &self.0.core;
        if !core.store().capabilities().schedules {
            return Ok(None);
        }
        let query = DueQuery::of(DueKind::Command, core.commands().names());
        Ok(core.store().due(&query, 1).await?.first().map(|row| row.due))
    }

    /// The time, by the application's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.core.clock().now()
    }
}
