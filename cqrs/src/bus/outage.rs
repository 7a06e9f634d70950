//! Which errors of what carries messages are outages: the fault of the broker, or of the way to it.

use std::{
    error::Error,
    io::{self, ErrorKind},
};

use crate::store::StoreError;

/// Whether an error, or a cause of it, says that the broker is not there at present.
pub(super) fn is_outage(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(is_one)
}

fn is_one(error: &(dyn Error + 'static)) -> bool {
    is_of_the_way(error) || is_of_a_store(error) || is_of_rabbitmq(error) || is_of_nats(error)
}

/// Refused, reset, cut off, no such host, or no answer. A certificate that is not trusted is reported as data that is not
/// valid, and stays untrusted.
fn is_of_the_way(error: &(dyn Error + 'static)) -> bool {
    error.is::<tokio::time::error::Elapsed>()
        || error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() != ErrorKind::InvalidData)
}

/// A bus on NATS is made of the same streams as the store. Whoever publishes again what may be there already does no harm.
fn is_of_a_store(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<StoreError>()
        .is_some_and(|error| error.is_outage() || matches!(error, StoreError::OutcomeUnknown(_)))
}

#[cfg(feature = "rabbitmq")]
use super::rabbitmq::is_outage as is_of_rabbitmq;

#[cfg(not(feature = "rabbitmq"))]
fn is_of_rabbitmq(_: &(dyn Error + 'static)) -> bool {
    false
}

#[cfg(feature = "nats")]
use crate::store::nats::client::fault::is_unreached as is_of_nats;

#[cfg(not(feature = "nats"))]
fn is_of_nats(_: &(dyn Error + 'static)) -> bool {
    false
}
