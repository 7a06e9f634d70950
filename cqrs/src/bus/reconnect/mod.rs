//! Finding a broker again: the address asked anew each time, and pauses that grow.

mod address;
mod backoff;

#[cfg(feature = "rabbitmq")]
use std::fmt::Display;
use std::time::Duration;

#[cfg(feature = "rabbitmq")]
use crate::error_chain::chain;
use crate::handler::BoxError;

pub use address::Address;
pub(super) use backoff::Backoff;

/// An attempt to connect that takes longer has failed: a network that swallows packets says nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for the address and connects to it, again and again until it succeeds. Whoever waits no longer drops the
/// future.
#[cfg(feature = "rabbitmq")]
pub(super) async fn connect<T, E, R>(
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

/// Asks for the address and connects to it, once.
pub(super) async fn connect_once<T, E, R>(
    address: &Address,
    attempt: &impl Fn(String) -> R,
) -> Result<T, BoxError>
where
    R: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    let connecting = async { attempt(address.resolve().await?).await.map_err(Into::into) };
    tokio::time::timeout(PATIENCE, connecting).await?
}
