//! Whether an event is one of those that a query wants, for stores whose engine cannot say.

use crate::{
    event::{DecodeError, StoredEvent, StoredMetadata},
    message::{Metadata, Tag},
};

use super::EventQuery;

impl EventQuery {
    /// Returns whether the query wants an event, by every condition it has. Stores keep tags apart from their events: `has_tag` says
    /// whether the event has one.
    ///
    /// It fails if the query asks for something of the metadata, and that cannot be read.
    pub fn matches(
        &self,
        event: &StoredEvent<'_>,
        has_tag: impl FnOnce(&Tag) -> bool,
    ) -> Result<bool, DecodeError> {
        let wanted = self.matches_place(event)
            && self.names.as_ref().is_none_or(|names| names.iter().any(|name| name == event.name))
            && self.tag.as_ref().is_none_or(has_tag);
        Ok(wanted && self.matches_metadata(event)?)
    }

    fn matches_place(&self, event: &StoredEvent<'_>) -> bool {
        let position = event.position;
        position > self.after
            && self.up_to.is_none_or(|up_to| position <= up_to)
            && self.category.as_ref().is_none_or(|category| category == event.category)
            && self.matches_stream(event)
    }

    fn matches_stream(&self, event: &StoredEvent<'_>) -> bool {
        let Some(stream) = &self.stream else { return true };
        stream.category() == event.category
            && stream.key() == event.key
            && event.version > self.after_version
            && self.up_to_version.is_none_or(|up_to| event.version <= up_to)
    }

    fn matches_metadata(&self, event: &StoredEvent<'_>) -> Result<bool, DecodeError> {
        if self.correlation_id.is_none() && self.since.is_none() && self.until.is_none() {
            return Ok(true);
        }
        let wanted = |Metadata { correlation_id, time, .. }: &Metadata| {
            self.correlation_id.is_none_or(|id| id == *correlation_id)
                && self.since.is_none_or(|since| *time >= since)
                && self.until.is_none_or(|until| *time < until)
        };
        match event.metadata {
            StoredMetadata::Value(metadata) => Ok(wanted(metadata)),
            StoredMetadata::Json(_) | StoredMetadata::LeftOut => Ok(wanted(&event.metadata()?)),
        }
    }
}
