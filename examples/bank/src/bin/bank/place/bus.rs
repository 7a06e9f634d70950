//! Over what commands go.

use std::str::FromStr;

#[cfg(any(feature = "nats", feature = "rabbitmq"))]
use anyhow::Context;
use anyhow::bail;
use cqrs::bus::CommandBus;
#[cfg(feature = "nats")]
use cqrs::bus::nats::NatsBus;
#[cfg(feature = "rabbitmq")]
use cqrs::bus::rabbitmq::RabbitMqBus;

use super::option;

/// What the names on a broker begin with, unless the address has another `prefix`.
const PREFIX: &str = "bank";

/// Over what the bank's commands go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BusAddress {
    /// Within this process.
    Memory,
    /// A RabbitMQ broker.
    RabbitMq { address: String, prefix: String },
    /// A NATS server, and the name that this process keeps when it is started again.
    Nats { address: String, prefix: String, instance: Option<String> },
}

/// A bus, and whether commands that are sent over it are handled elsewhere.
pub(crate) struct OpenBus {
    pub(crate) commands: CommandBus,
    pub(crate) is_shared: bool,
}

impl BusAddress {
    /// Connects, making what is not there yet.
    #[cfg_attr(
        not(any(feature = "nats", feature = "rabbitmq")),
        expect(clippy::unused_async, reason = "nothing else waits")
    )]
    pub(crate) async fn open(&self) -> anyhow::Result<OpenBus> {
        let commands = match self {
            Self::Memory => CommandBus::in_memory(),
            #[cfg(feature = "rabbitmq")]
            Self::RabbitMq { address, prefix } => {
                let broker = RabbitMqBus::builder(address.as_str()).prefix(prefix).connect().await;
                broker.context("cannot use the RabbitMQ broker")?.commands()
            }
            #[cfg(not(feature = "rabbitmq"))]
            Self::RabbitMq { .. } => return Err(super::not_built_in("RabbitMQ", "rabbitmq")),
            #[cfg(feature = "nats")]
            Self::Nats { address, prefix, instance } => {
                let options = NatsBus::builder(address.as_str()).prefix(prefix);
                let options = match instance {
                    Some(name) => options.instance(name),
                    None => options,
                };
                options.connect().await.context("cannot use the NATS server")?.commands()
            }
            #[cfg(not(feature = "nats"))]
            Self::Nats { .. } => return Err(super::not_built_in("NATS", "nats")),
        };
        Ok(OpenBus { commands, is_shared: *self != Self::Memory })
    }
}

impl FromStr for BusAddress {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("amqp" | "amqps", _)) => {
                let (address, prefix) = option::take(text, "prefix");
                Ok(Self::RabbitMq { address, prefix: prefix.unwrap_or_else(|| PREFIX.to_owned()) })
            }
            Some(("nats", _)) => {
                let (address, instance) = option::take(text, "instance");
                let (address, prefix) = match address.trim_start_matches("nats://").split_once('/') {
                    Some((host, prefix)) => (format!("nats://{host}"), prefix.to_owned()),
                    None => (address, PREFIX.to_owned()),
                };
                Ok(Self::Nats { address, prefix, instance })
            }
            _ => bail!("a bus is `memory`, `amqp://USER:PASSWORD@HOST` or `nats://HOST/PREFIX`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_nats_may_name_a_prefix_and_an_instance() {
        let read = |text: &str| text.parse::<BusAddress>().unwrap();
        let nats = |prefix: &str, instance: Option<&str>| BusAddress::Nats {
            address: "nats://host:4222".into(),
            prefix: prefix.into(),
            instance: instance.map(Into::into),
        };
        assert_eq!(read("nats://host:4222"), nats(PREFIX, None));
        assert_eq!(read("nats://host:4222/shop"), nats("shop", None));
        assert_eq!(read("nats://host:4222?instance=one"), nats(PREFIX, Some("one")));
        assert_eq!(read("nats://host:4222/shop?instance=one"), nats("shop", Some("one")));
    }
}
