//! Where a broker is.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;

use crate::handler::BoxError;

/// Where a broker is: an address, or a function that finds it out anew each time a connection is made.
///
/// ```
/// use cqrs::bus::Address;
///
/// let fixed = Address::from("amqp://guest:guest@127.0.0.1:5672");
/// let found = Address::found_by(|| async { Ok(std::env::var("BROKER")?) });
/// # let _ = (fixed, found);
/// ```
#[derive(Clone)]
pub struct Address(Arc<dyn Fn() -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync>);

impl Address {
    /// Creates an address that `find` tells, each time a connection is made. An error of it is a failed attempt to connect.
    pub fn found_by<F, R>(find: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<String, BoxError>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(find())))
    }

    pub(in crate::bus) async fn resolve(&self) -> Result<String, BoxError> {
        self.0().await
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Self {
        Self::from(address.to_owned())
    }
}

impl From<String> for Address {
    fn from(address: String) -> Self {
        Self::found_by(move || std::future::ready(Ok(address.clone())))
    }
}

/// It may hold a password, so it shows nothing.
impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Address")
    }
}
