//! How one gets to the broker: where it is, and whom one trusts there.

use std::fmt;

use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};

use crate::{
    bus::{Address, reconnect},
    handler::BoxError,
};

use super::connection::Link;

/// Where the broker is, and what a connection over TLS needs besides.
#[derive(Clone)]
pub(super) struct Access {
    address: Address,
    tls: OwnedTLSConfig,
}

impl Access {
    pub(super) fn new(address: Address) -> Self {
        Self { address, tls: OwnedTLSConfig::default() }
    }

    /// Trusts these authorities, in PEM, beside those of the system.
    pub(super) fn trust(&mut self, certificates: String) {
        self.tls.cert_chain = Some(certificates);
    }

    /// Shows the broker this certificate, in PEM as its key is.
    pub(super) fn identify(&mut self, certificate: String, key: String) {
        self.tls.identity =
            Some(OwnedIdentity::PKCS8 { pem: certificate.into_bytes(), key: key.into_bytes() });
    }

    /// Connects, once.
    pub(super) async fn connect(&self) -> Result<Link, BoxError> {
        reconnect::connect_once(&self.address, &|address| Link::open(address, self.tls.clone())).await
    }

    /// Connects as often as it takes until `use_it` has what it wants of the connection.
    pub(super) async fn insist<T, R>(&self, use_it: impl Fn(Link) -> R) -> T
    where
        R: Future<Output = Result<T, BoxError>>,
    {
        let attempt = async |address| use_it(Link::open(address, self.tls.clone()).await?).await;
        reconnect::connect(&self.address, "RabbitMQ", attempt).await
    }
}

/// It may hold a password and a key, so it shows nothing.
impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Access")
    }
}
