//! How to use a server.

use std::{sync::Arc, time::Duration};

use async_nats::ConnectOptions;

use crate::{
    bus::{Address, BusError},
    store::nats::client::Opening,
};

use super::{
    NatsBus,
    instance::Instance,
    layout::{Kind, Layout},
    link,
    transport::NatsTransport,
};

/// How to use a server; every option has a default.
#[derive(Clone, Debug)]
pub struct NatsBusOptions {
    address: Address,
    client: ConnectOptions,
    prefix: String,
    partitions: usize,
    replicas: usize,
    lease: Duration,
    instance: Option<Instance>,
}

impl NatsBusOptions {
    pub(super) fn new(address: Address) -> Self {
        let (prefix, lease) = ("cqrs".to_owned(), Duration::from_secs(2));
        Self {
            address,
            client: ConnectOptions::new(),
            prefix,
            partitions: 16,
            replicas: 1,
            lease,
            instance: None,
        }
    }

    /// Sets what the names of everything on the server begin with; `cqrs` unless said otherwise. Letters, digits, `-` and `_`.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Sets into how many partitions the messages are divided, 16 unless said otherwise, at least 1. No more listeners than
    /// that share the messages of a group. It is fixed with the first `open`; opening with another number is
    /// [`BusError::PartitionsDiffer`].
    #[must_use]
    pub fn partitions(self, partitions: u16) -> Self {
        Self { partitions: usize::from(partitions.max(1)), ..self }
    }

    /// Sets on how many servers each message must be kept; 1 unless said otherwise. Buses that are there already and kept on
    /// fewer are refused.
    #[must_use]
    pub fn require_replicas(self, servers: usize) -> Self {
        Self { replicas: servers.max(1), ..self }
    }

    /// Sets after how long a silent listener is taken for dead, and its messages go to others; two seconds unless said
    /// otherwise. It renews its lease three times as often.
    ///
    /// Who watches counts the whole lease by a clock of his own, from when he first saw the silent one: where listeners live for
    /// less than a lease, nobody is ever taken for dead. A listener that could not renew for so long, because its process was
    /// stopped or starved, gives up what it had; that is handled again.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Says who this process is, by a name that it keeps when it is started again, and that no other process has: that of a pod
    /// of a stateful set, or an id in a file of its own. Nobody has a name unless it is said: what a killed listener
    /// had in its hands is then free after its [`lease`](Self::lease).
    ///
    /// With a name, it is free as soon as a listener of the same name joins the group again: a process
    /// that is killed and started again does not wait for its own ghost. Two processes of one name that run at the same time lose
    /// nothing and keep each key in order, but each takes the other for dead when it starts: what that has begun is handled again.
    #[must_use]
    pub fn instance(self, name: impl Into<String>) -> Self {
        Self { instance: Some(Instance::named(name.into())), ..self }
    }

    /// Connects with these options of `async_nats`: a token, an nkey or a credentials file, certificates for TLS. A user, a
    /// password or a token in the address goes before. The event callback is the bus's own.
    #[must_use]
    pub fn client_options(self, options: ConnectOptions) -> Self {
        Self { client: options, ..self }
    }

    /// Connects, and makes what is not there yet. It fails if the server is not reached. A connection that is lost later
    /// comes back by itself, to the same server or another of its cluster, or to where the address is by then.
    pub async fn connect(self) -> Result<NatsBus, BusError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if self.prefix.is_empty() || !self.prefix.bytes().all(plain) {
            return Err(BusError::Name { name: self.prefix });
        }
        let opening = Opening {
            replicas: self.replicas,
            timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(10),
        };
        let connection = link::connect(self.address, self.client, opening).await?;
        let open = async |kind| {
            let layout = Layout::open(&connection, &self.prefix, kind, self.partitions, opening).await?;
            Ok::<_, BusError>(Arc::new(NatsTransport::new(layout, self.lease, self.instance.clone())))
        };
        Ok(NatsBus { commands: open(Kind::Commands).await?, events: open(Kind::Events).await? })
    }
}
