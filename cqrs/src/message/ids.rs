//! The identities a message carries. Generated ones are `UUIDv7`, so they sort by the time they were made;
//! derived ones are `UUIDv5`, so the same foreign key gives the same id on every run.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::generator;

/// The root of every derived id of this framework; a constant of ours, made once.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_0c5e_6a0b_4a5e_9d0e_c9a5_7a11_ed01);

fn derive(namespace: &str, key: &str) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&NAMESPACE, namespace.as_bytes()), key.as_bytes())
}

macro_rules! message_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates a new id, unique and later in order than those made before it.
            pub fn generate() -> Self {
                Self(generator::at(Timestamp::now()))
            }

            /// Returns the id that belongs to `key` within `namespace`: the same pair gives the same id, everywhere
            /// and for ever. Use it to name a message after a foreign record, such as a row of a file.
            pub fn derived(namespace: &str, key: impl fmt::Display) -> Self {
                Self(derive(namespace, &key.to_string()))
            }

            /// Returns the id as a UUID.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

message_id! {
    /// The identity of one event.
    EventId
}

message_id! {
    /// The identity of one command. Dispatching the same id twice changes nothing the second time.
    ///
    /// ```
    /// use cqrs::CommandId;
    ///
    /// let first = CommandId::derived("bank-transactions", 171_812);
    /// assert_eq!(first, CommandId::derived("bank-transactions", 171_812));
    /// assert_ne!(first, CommandId::derived("bank-openings", 171_812));
    /// ```
    CommandId
}

message_id! {
    /// What one piece of business has in common: every command and event that follows from the same first
    /// cause carries the same correlation id.
    CorrelationId
}

message_id! {
    /// The message that directly caused this one: for an event its command, for a command the event it
    /// answers.
    CausationId
}

impl CommandId {
    /// A new id, made by whoever knows the time already.
    pub(crate) fn generate_at(time: Timestamp) -> Self {
        Self(generator::at(time))
    }
}

impl EventId {
    /// A new id that follows the one made last, without a look at the clock: right after an id was made that had one.
    pub(crate) fn generate_next() -> Self {
        Self(generator::next())
    }
}

impl From<CommandId> for CausationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

impl From<EventId> for CausationId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_sort_by_the_time_they_were_made() {
        let id = |number| if number % 3 == 0 { EventId::generate() } else { EventId::generate_next() };
        let ids: Vec<_> = (0..10_000).map(id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_survives_its_text_form() {
        let id = CommandId::generate();
        assert_eq!(id.to_string().parse::<CommandId>().unwrap(), id);
    }
}
