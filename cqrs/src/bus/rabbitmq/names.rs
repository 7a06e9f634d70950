//! What everything is called on the broker.

use lapin::types::ShortString;

use crate::bus::{BusError, CommandBus, EncodedMessage};

/// Room for what follows the name of a group, within the 255 bytes of a name.
const LONGEST_GROUP: usize = 230;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commands,
    Events,
}

/// A bus on the broker.
#[derive(Debug)]
pub(super) struct Bus {
    pub(super) kind: Kind,
    pub(super) partitions: u16,
    base: String,
}

impl Bus {
    pub(super) fn new(kind: Kind, prefix: &str, partitions: u16) -> Result<Self, BusError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if prefix.is_empty() || prefix.len() > 100 || !prefix.bytes().all(fits) {
            return Err(BusError::Name { name: prefix.to_owned() });
        }
        let bus = if kind == Kind::Commands { "commands" } else { "events" };
        Ok(Self { kind, partitions, base: format!("{prefix}.{bus}") })
    }

    pub(super) fn exchange(&self) -> ShortString {
        short(self.base.clone())
    }

    /// The queue whose limit is the number of partitions.
    pub(super) fn partitions(&self) -> ShortString {
        short(format!("{}.partitions", self.base))
    }

    /// The partition a message belongs to.
    pub(super) fn partition_of(&self, message: &EncodedMessage) -> u16 {
        // The remainder of a small number is small.
        u16::try_from(message.partition(self.partitions.into())).unwrap_or_default()
    }

    /// A group by its name; the only one of a command bus has none.
    pub(super) fn group(&self, name: Option<&str>) -> Result<Group, BusError> {
        let base = match (self.kind, name) {
            (Kind::Commands, None | Some(CommandBus::GROUP)) => self.base.clone(),
            (Kind::Events, Some(name)) => format!("{}.{name}", self.base),
            (_, name) => {
                return Err(BusError::UnknownGroup { group: name.unwrap_or_default().to_owned() });
            }
        };
        if base.len() > LONGEST_GROUP {
            return Err(BusError::Name { name: base });
        }
        let name = name.unwrap_or(CommandBus::GROUP).to_owned();
        Ok(Group { name, base })
    }
}

/// A group of consumers.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    base: String,
}

impl Group {
    pub(super) fn partition(&self, partition: u16) -> ShortString {
        short(format!("{}.{partition}", self.base))
    }

    pub(super) fn owner(&self, partition: u16) -> ShortString {
        short(format!("{}.{partition}.owner", self.base))
    }

    pub(super) fn members(&self) -> ShortString {
        short(format!("{}.members", self.base))
    }

    pub(super) fn dead(&self) -> ShortString {
        short(format!("{}.dead", self.base))
    }

    pub(super) fn reader(&self) -> ShortString {
        short(format!("{}.dead.reader", self.base))
    }
}

/// A name, whose length was checked where its parts came in.
fn short(name: String) -> ShortString {
    name.into()
}
