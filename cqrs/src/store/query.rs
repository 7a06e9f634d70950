//! Which events a reader wants.

use jiff::Timestamp;
use smol_str::SmolStr;

use crate::message::{CorrelationId, Position, StreamId, Tag, Version};

/// Which events to read: all of them, less what each given condition excludes.
///
/// ```
/// use cqrs::store::EventQuery;
/// use cqrs::{StreamId, Version};
///
/// let all = EventQuery::all();
/// let history = EventQuery::stream(StreamId::new("account", "7")).up_to_version(Version::new(10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only of this stream, in order of version.
    pub stream: Option<StreamId>,
    /// Only later versions; it needs a stream.
    pub after_version: Version,
    /// Only versions up to this; it needs a stream.
    pub up_to_version: Option<Version>,
    /// Only of streams of this category.
    pub category: Option<SmolStr>,
    /// Only at later positions.
    pub after: Position,
    /// Only at positions up to this.
    pub up_to: Option<Position>,
    /// Only of these stored names.
    pub names: Option<Vec<SmolStr>>,
    /// Only of this piece of business.
    pub correlation_id: Option<CorrelationId>,
    /// Only with this tag.
    pub tag: Option<Tag>,
    /// Only at this time or later.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// Whether the reader has no use for the id and the metadata of the events, as most that fold. A store may then
    /// leave them out: the id is nil, and asking for the metadata is an error.
    pub contents_only: bool,
}

impl EventQuery {
    /// Creates a query for every event there is.
    pub fn all() -> Self {
        Self::default()
    }

    /// Creates a query for the events of one stream.
    pub fn stream(stream: StreamId) -> Self {
        Self { stream: Some(stream), ..Self::default() }
    }

    /// Leaves out the id and the metadata of the events, where the store can save the effort.
    #[must_use]
    pub fn contents_only(self) -> Self {
        Self { contents_only: true, ..self }
    }

    /// Takes only streams of this category.
    #[must_use]
    pub fn category(self, category: impl Into<SmolStr>) -> Self {
        Self { category: Some(category.into()), ..self }
    }

    /// Takes only events with these stored names.
    #[must_use]
    pub fn names<N: Into<SmolStr>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { names: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Takes only events of this piece of business.
    #[must_use]
    pub fn correlation_id(self, id: CorrelationId) -> Self {
        Self { correlation_id: Some(id), ..self }
    }

    /// Takes only events with this tag.
    #[must_use]
    pub fn tag(self, tag: Tag) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// Takes only events at later positions.
    #[must_use]
    pub fn after(self, position: Position) -> Self {
        Self { after: position, ..self }
    }

    /// Takes only events at positions up to this.
    #[must_use]
    pub fn up_to(self, position: Position) -> Self {
        Self { up_to: Some(position), ..self }
    }

    /// Takes only later versions.
    #[must_use]
    pub fn after_version(self, version: Version) -> Self {
        Self { after_version: version, ..self }
    }

    /// Takes only versions up to this: the stream as of then.
    #[must_use]
    pub fn up_to_version(self, version: Version) -> Self {
        Self { up_to_version: Some(version), ..self }
    }

    /// Takes only events of this time or later.
    #[must_use]
    pub fn since(self, time: Timestamp) -> Self {
        Self { since: Some(time), ..self }
    }

    /// Takes only events before this time.
    #[must_use]
    pub fn until(self, time: Timestamp) -> Self {
        Self { until: Some(time), ..self }
    }
}
