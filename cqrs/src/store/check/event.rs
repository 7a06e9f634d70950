//! One event.

use crate::{error_chain::chain, event::StoredEvent, json, message::Metadata, store::time};

/// The columns that repeat a part of the metadata, to be found by.
pub(crate) struct Copies<'a> {
    pub(crate) correlation_id: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) time: Option<&'a str>,
}

impl Copies<'_> {
    /// What is wrong with an event, if anything: its JSON, its metadata, and the columns that must agree with it.
    pub(crate) fn check(&self, event: &StoredEvent<'_>) -> Result<(), String> {
        let place = format!("event `{}`, version {} of stream {}", event.name, event.version, event.stream());
        json::parse::<serde::de::IgnoredAny>(event.payload.as_bytes())
            .map_err(|error| format!("{place}: the payload is not JSON: {error}"))?;
        let metadata = event.metadata().map_err(|error| chain(&error))?;
        self.agree(&metadata)
            .map_err(|column| format!("{place}: column `{column}` differs from the metadata"))
    }

    fn agree(&self, metadata: &Metadata) -> Result<(), &'static str> {
        if self.correlation_id != Some(metadata.correlation_id.to_string().as_str()) {
            return Err("correlation_id");
        }
        if self.tenant != metadata.tenant.as_deref() {
            return Err("tenant");
        }
        if self.time != Some(time::text(metadata.time).as_str()) {
            return Err("time");
        }
        Ok(())
    }
}
