//! What is asked of a consumer, and how that ends.

/// How many messages, and how many bytes of them, are asked for at a time.
pub(super) const BATCH: usize = 256;
pub(super) const BATCH_OF_HEADERS: usize = 2_048;
pub(super) const BATCH_BYTES: usize = 8 << 20;

/// Whether the server holds a request until there is a message.
#[derive(Clone, Copy)]
pub(super) enum Waiting {
    No,
    Yes,
}

/// How a request for messages ended.
pub(super) enum Fetched {
    Messages,
    /// The consumer is gone, or messages were lost on the way.
    Broken,
}
