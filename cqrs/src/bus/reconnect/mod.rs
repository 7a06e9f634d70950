//! Finding a broker again: the address asked anew each time, and pauses that grow.

mod address;
mod backoff;
#[cfg(feature = "rabbitmq")]
mod insisting;

use std::time::Duration;

use crate::handler::BoxError;

pub use address::Address;
pub(super) use backoff::Backoff;
#[cfg(feature = "rabbitmq")]
pub(super) use insisting::connect;

/// An attempt to connect that takes longer has failed: a network that swallows packets says nothing.
const PATIENCE: Duration = Duration::from_secs(10);

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
