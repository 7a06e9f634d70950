//! Connecting as often as it takes.

use std::fmt::Display;

use crate::{error_chain::chain, handler::BoxError};

use super::{Address, Backoff, connect_once};

/// Asks for the address and connects to it, again and again until it succeeds. Whoever waits no longer drops the
/// future.
pub(in crate::bus) async fn connect<T, E, R>(
    address: &Address,
    whom: impl Display,
    attempt: impl Fn(String) -> R,
) -> T
where
    R: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    let mut backoff = Backoff::default();
    loop {
        match connect_once(address, &attempt).await {
            Ok(connected) => return connected,
            Err(error) => {
                let pause = backoff.next_pause();
                metrics::counter!("cqrs_bus_reconnects_failed_total").increment(1);
                tracing::warn!(%whom, ?pause, error = chain(&*error), "the broker is not reached");
                tokio::time::sleep(pause).await;
            }
        }
    }
}
