//! How to use a broker.

use std::sync::Arc;

use crate::bus::{Address, BusError};

use super::{
    RabbitMqBus,
    access::Access,
    names::{Bus, Kind},
    topology,
    transport::RabbitTransport,
};

/// How to use a broker; every option has a default.
#[derive(Clone, Debug)]
pub struct RabbitMqBusOptions {
    access: Access,
    prefix: String,
    partitions: u16,
    only_events: bool,
}

impl RabbitMqBusOptions {
    pub(super) fn new(address: Address) -> Self {
        Self { access: Access::new(address), prefix: "cqrs".to_owned(), partitions: 16, only_events: false }
    }

    /// Sets what the names of everything on the broker begin with; `cqrs` unless said otherwise. Letters, digits, `-` and `_`.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Sets into how many queues the messages of a group are divided, 16 unless said otherwise, at least 1. No more
    /// listeners than that share a group. It is fixed with the first `open`.
    #[must_use]
    pub fn partitions(self, partitions: u16) -> Self {
        Self { partitions: partitions.max(1), ..self }
    }

    /// Leaves the queues of commands to whoever listens to commands: for a broker that carries events only, which has a quorum queue
    /// a partition less then. Without it they are declared by [`connect`](Self::connect), so that a command is kept though no listener has
    /// ever come; with it such a command is not confirmed, since no queue takes it.
    #[must_use]
    pub fn only_events(self) -> Self {
        Self { only_events: true, ..self }
    }

    /// Trusts brokers whose certificate one of these authorities has signed, in PEM, beside those that the system trusts.
    /// A connection is encrypted where the address begins with `amqps://`.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<String>) -> Self {
        self.access.trust(pem.into());
        self
    }

    /// Shows the broker a certificate, should it ask for one; it and its key are in PEM.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.access.identify(certificate.into(), key.into());
        self
    }

    /// Connects, and declares what is not there yet. It fails if the broker is not reached; connections that are lost
    /// later come back by themselves.
    pub async fn connect(self) -> Result<RabbitMqBus, BusError> {
        let Self { access, prefix, partitions, only_events } = self;
        let commands = Arc::new(Bus::new(Kind::Commands, &prefix, partitions)?);
        let events = Arc::new(Bus::new(Kind::Events, &prefix, partitions)?);
        let link = access.connect().await.map_err(|error| BusError::transport("connect", error))?;
        topology::declare_bus(&link, &commands).await?;
        topology::declare_bus(&link, &events).await?;
        if !only_events {
            topology::declare_group(&link, &commands, &commands.group(None)?).await?;
        }
        link.close().await;
        let transport = |bus| Arc::new(RabbitTransport::new(access.clone(), bus));
        Ok(RabbitMqBus { commands: transport(commands), events: transport(events) })
    }
}
