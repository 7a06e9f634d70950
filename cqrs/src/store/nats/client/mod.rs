//! What the store and the buses ask of JetStream.

mod connection;
pub(crate) mod cursor;
pub(crate) mod fault;
mod opening;
mod refusals;
mod servers;
pub(crate) mod stream;
pub(crate) mod subject;
pub(crate) mod table;

pub(crate) use connection::Connection;
pub(crate) use opening::{Opening, base, bucket};
pub(crate) use refusals::Refusals;
pub(crate) use servers::Servers;
pub(crate) use stream::Stream;
pub(crate) use table::Table;
