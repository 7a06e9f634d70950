//! Which answers of the client and the broker are outages.

use std::error::Error;

use lapin::{
    ErrorKind,
    protocol::{AMQPErrorKind, AMQPHardError},
};

use super::{connection::ConnectionLost, publishing::PublishRefusal};

/// Whether an error says that the broker is not there at present, or has no room.
///
/// Invariant: what waits for an outage to pass waits for ever if it is none. So that the broker does not know who comes, that
/// something is not there or was made in another way is none.
pub(in crate::bus) fn is_outage(error: &(dyn Error + 'static)) -> bool {
    error.is::<ConnectionLost>()
        // A queue is full, or too few of its brokers are there.
        || error.downcast_ref() == Some(&PublishRefusal::Refused)
        || error.downcast_ref().is_some_and(is_of_client)
}

fn is_of_client(error: &lapin::Error) -> bool {
    match error.kind() {
        // Not reached, cut off, or silent for longer than the heartbeat.
        ErrorKind::IOError(error) => error.kind() != std::io::ErrorKind::InvalidData,
        ErrorKind::MissingHeartbeatError
        // The connection was lost before the request went out, or while it waited.
        | ErrorKind::InvalidConnectionState(_)
        | ErrorKind::InvalidChannelState(..)
        | ErrorKind::InvalidChannel(_)
        // Whoever answers is no broker: a proxy without one, perhaps.
        | ErrorKind::ParsingError(_)
        | ErrorKind::InvalidProtocolVersion(_) => true,
        ErrorKind::ProtocolError(error) => is_of_broker(error.kind()),
        _ => false,
    }
}

/// It closes the connections when it is stopped; something inside it failed; it has too little of something.
fn is_of_broker(kind: &AMQPErrorKind) -> bool {
    use AMQPHardError::{CONNECTIONFORCED, INTERNALERROR, RESOURCEERROR};
    matches!(kind, AMQPErrorKind::Hard(CONNECTIONFORCED | INTERNALERROR | RESOURCEERROR))
}
