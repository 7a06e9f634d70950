//! What the store and the buses ask of JetStream.

mod connection;
pub(crate) mod cursor;
pub(crate) mod fault;
mod opening;
pub(crate) mod stream;
pub(crate) mod subject;
pub(crate) mod table;

pub(crate) use connection::Connection;
pub(crate) use opening::{Opening, base, bucket};
pub(crate) use stream::Stream;
pub(crate) use table::Table;
