//! Looking over what waits.

use crate::{
    error_chain::chain,
    json,
    store::{CheckReport, Damage, StoreError},
};

use super::{
    super::cursor::{Cursor, Delivered, Start},
    DueTable,
    row::Message,
};

const CHECK: &str = "check the store";

/// How many rows are asked for at a time.
const BATCH: usize = 256;

impl DueTable {
    /// Reports what cannot be read. Rows of kinds that this release does not know are left alone.
    pub(in super::super) async fn check(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let mut cursor = Cursor::open(self.stream.clone(), CHECK, String::new(), Start::After(0)).await?;
        while let Some(delivered) = cursor.front(BATCH, 0).await? {
            if let Err(what) = self.check_row(delivered) {
                let row = delivered.message.subject.to_string();
                report.add(Damage::Row { table: "due", row, what });
            }
            cursor.pop();
        }
        cursor.retire().await;
        Ok(())
    }

    fn check_row(&self, delivered: &Delivered) -> Result<(), String> {
        let Delivered { sequence, message } = delivered;
        let (subject, headers) = (&*message.subject, message.headers.as_ref());
        let found = Message { sequence: *sequence, subject, root: &self.root, headers };
        let row = found.row(&message.payload).map_err(|error| chain(&error))?;
        let payload = row.map_or_else(|| "null".into(), |row| row.payload);
        json::parse::<serde::de::IgnoredAny>(payload.as_bytes())
            .map(drop)
            .map_err(|error| format!("what is to be done is not JSON: {error}"))
    }
}
