//! How a NATS store is opened.

use std::time::Duration;

use async_nats::{Client, ConnectOptions};

use crate::store::StoreError;

use super::{
    NatsStore,
    client::{Opening, Refusals, Servers},
    fault,
};

/// How a store is opened; every option has a default.
///
/// ```no_run
/// use cqrs::store::nats::NatsStore;
///
/// # async {
/// let store = NatsStore::builder().require_replicas(3).connect("nats://localhost:4222/bank").await?;
/// # Ok::<_, cqrs::store::StoreError>(store)
/// # };
/// ```
#[derive(Clone, Debug)]
pub struct NatsStoreOptions {
    pub(super) replicas: usize,
    pub(super) timeout: Duration,
    pub(super) busy_timeout: Duration,
    pub(super) poll_interval: Duration,
}

impl Default for NatsStoreOptions {
    fn default() -> Self {
        Self {
            replicas: 1,
            timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(10),
            poll_interval: Duration::from_secs(1),
        }
    }
}

impl NatsStoreOptions {
    /// Sets on how many servers each message must be kept; 1 by default. The store is made so, and one that is there
    /// already and kept on fewer is refused.
    #[must_use]
    pub fn require_replicas(self, servers: usize) -> Self {
        Self { replicas: servers.max(1), ..self }
    }

    /// Sets how long to wait for the answer of a server; five seconds by default. An append that was sent and not answered
    /// fails with [`StoreError::OutcomeUnknown`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets how long to try again while no server leads the log, as after the failure of one; ten seconds by default. Then
    /// an append fails with [`StoreError::Busy`].
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout, ..self }
    }

    /// Sets how often readers look for what other processes have written, should no wake-up reach them; once a second by
    /// default.
    #[must_use]
    pub fn poll_interval(self, interval: Duration) -> Self {
        Self { poll_interval: interval, ..self }
    }

    /// Opens the store at an address such as `nats://user:password@host:4222/prefix`, and makes it if it is not there.
    /// Several servers of a cluster are given as `nats://one:4222,nats://two:4222/prefix`. The prefix is of letters,
    /// digits, `-` and `_`; it is `cqrs` if there is none. What lets one in is never logged; a user without a password is a
    /// token.
    ///
    /// Fails with [`StoreError::Damaged`] if a stream of the server has the name of one of the store's and is set in
    /// another way.
    pub async fn connect(self, address: &str) -> Result<NatsStore, StoreError> {
        let (servers, prefix) = split(address);
        let servers = Servers::read(servers).map_err(|error| fault::engine("read the address", error))?;
        let places = servers.addresses.iter().map(|server| format!("{}:{}", server.host(), server.port()));
        let places = places.collect::<Vec<_>>().join(", ");
        let refusals = Refusals::default();
        let heard = refusals.clone();
        let options = servers.let_in(ConnectOptions::new()).event_callback(move |event| {
            heard.hear(&event);
            std::future::ready(())
        });
        let connecting = options.connect(servers.addresses).await;
        let client = connecting.map_err(|error| fault::connect(error).at(&places))?;
        self.open_heard(client, prefix, refusals).await
    }

    /// Opens the store of this prefix through a client of `async_nats`, with credentials and TLS as one needs them.
    pub async fn connect_with(self, client: Client, prefix: &str) -> Result<NatsStore, StoreError> {
        self.open_heard(client, prefix, Refusals::default()).await
    }

    async fn open_heard(
        self,
        client: Client,
        prefix: &str,
        refusals: Refusals,
    ) -> Result<NatsStore, StoreError> {
        if prefix.is_empty() || !prefix.bytes().all(is_plain) {
            return Err(StoreError::engine("read the prefix", BadPrefix(prefix.to_owned())));
        }
        NatsStore::connect_at(client, refusals, prefix, self).await
    }

    pub(super) fn opening(&self) -> Opening {
        let Self { replicas, timeout, busy_timeout, .. } = *self;
        Opening { replicas, timeout, busy_timeout }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The servers and the prefix of an address.
fn split(address: &str) -> (&str, &str) {
    let last_host = address.rfind("://").map_or(0, |scheme| scheme + 3);
    // A password may hold a slash, a prefix holds no `@`.
    let last_host = address.rfind('@').map_or(last_host, |access| last_host.max(access));
    match address[last_host..].split_once('/') {
        Some((host, prefix)) if !prefix.is_empty() => (&address[..last_host + host.len()], prefix),
        Some((host, _)) => (&address[..last_host + host.len()], "cqrs"),
        None => (address, "cqrs"),
    }
}

/// A prefix that cannot be the name of a stream.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no prefix: letters, digits, `-` and `_` make one")]
struct BadPrefix(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_servers_and_a_prefix() {
        assert_eq!(split("nats://a:1/bank"), ("nats://a:1", "bank"));
        assert_eq!(split("nats://a:1,nats://b:2/bank"), ("nats://a:1,nats://b:2", "bank"));
        assert_eq!(split("nats://a:1/"), ("nats://a:1", "cqrs"));
        assert_eq!(split("a:1"), ("a:1", "cqrs"));
        assert_eq!(split("a:1/bank"), ("a:1", "bank"));
        assert_eq!(split("nats://u:p/w@a:1/bank"), ("nats://u:p/w@a:1", "bank"));
    }
}
