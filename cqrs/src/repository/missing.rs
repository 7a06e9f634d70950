//! An aggregate that was looked for in vain.

use std::{
    error::Error,
    fmt,
    ops::Deref,
    sync::{Arc, Weak},
};

use crate::{handler::BoxError, message::StreamId};

/// An aggregate that was looked for, and whose stream has no events.
///
/// It is as good as the stream's id. Where a command handler answered with an error of its own because the aggregate is
/// not there, that error is the [`source`](Error::source).
#[derive(Debug)]
pub struct Missing {
    stream: StreamId,
    carried: Arc<Carried>,
    rejection: Option<BoxError>,
}

/// Lives as long as the error, wherever it is carried.
#[derive(Debug)]
pub(super) struct Carried;

impl Missing {
    /// Says that nothing is in this stream.
    pub fn new(stream: StreamId) -> Self {
        Self { stream, carried: Arc::new(Carried), rejection: None }
    }

    /// Nothing is in this stream, and a command handler returned this error for it.
    pub(crate) fn rejecting(stream: StreamId, rejection: BoxError) -> Self {
        Self { rejection: Some(rejection), ..Self::new(stream) }
    }

    /// Returns the stream that has no events.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    pub(super) fn carried(&self) -> Weak<Carried> {
        Arc::downgrade(&self.carried)
    }
}

impl Deref for Missing {
    type Target = StreamId;

    fn deref(&self) -> &StreamId {
        &self.stream
    }
}

impl From<StreamId> for Missing {
    fn from(stream: StreamId) -> Self {
        Self::new(stream)
    }
}

impl PartialEq<StreamId> for Missing {
    fn eq(&self, stream: &StreamId) -> bool {
        self.stream == *stream
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} does not exist", self.stream)
    }
}

impl Error for Missing {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.rejection.as_deref().map(|rejection| rejection as _)
    }
}
