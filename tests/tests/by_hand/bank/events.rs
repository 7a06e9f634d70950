//! The events, and the enum of all of them.

use std::convert::Infallible;

use cqrs::{
    aggregate::{Decision, IntoEvents},
    event::{
        Content, DecodeError, Event, EventKind, EventKinds, JsonError, Payload, StoredEvent, decode, kind_of,
    },
};
use serde::{Deserialize, Serialize};

use super::{Account, HERE};

/// Deliberately neither `Debug` nor `PartialEq`: comparing needs neither.
#[derive(Serialize, Deserialize)]
pub struct AccountOpened {
    pub owner: String,
}

#[derive(Serialize, Deserialize)]
pub struct MoneyCredited {
    pub amount: u64,
}

#[derive(Serialize, Deserialize)]
pub struct MoneyDebited {
    pub amount: u64,
    pub fee: u64,
}

#[derive(Serialize, Deserialize)]
pub struct AccountClosed;

/// All events of an account: what `#[event_handler]` would write.
pub enum AccountEvent {
    Opened(AccountOpened),
    Credited(MoneyCredited),
    Debited(MoneyDebited),
    Closed(AccountClosed),
}

macro_rules! event {
    ($type:ident, $name:literal, $variant:ident) => {
        impl Event for $type {
            const KINDS: EventKinds = EventKinds::These(&[EventKind {
                name: $name,
                version: 1,
                aliases: &[],
                type_name: stringify!($type),
                location: HERE,
            }]);

            fn kind(&self) -> &'static EventKind {
                const { &Self::KINDS }.find($name).unwrap()
            }

            fn encode(&self) -> Result<Payload, JsonError> {
                Payload::encode(self)
            }

            fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
                decode(stored)
            }

            fn content(&self) -> Option<&dyn Content> {
                Some(self)
            }
        }

        impl From<$type> for AccountEvent {
            fn from(event: $type) -> Self {
                Self::$variant(event)
            }
        }

        impl Decision for $type {
            type Error = Infallible;
        }

        impl IntoEvents<Account> for $type {
            type Error = Infallible;

            const EMITS: EventKinds = Self::KINDS;

            fn into_events(self, events: &mut Vec<AccountEvent>) -> Result<(), Infallible> {
                events.push(self.into());
                Ok(())
            }
        }
    };
}

event!(AccountOpened, "account-opened", Opened);
event!(MoneyCredited, "money-credited", Credited);
event!(MoneyDebited, "money-debited", Debited);
event!(AccountClosed, "account-closed", Closed);

impl Event for AccountEvent {
    const KINDS: EventKinds = EventKinds::AllOf(&[
        AccountOpened::KINDS,
        MoneyCredited::KINDS,
        MoneyDebited::KINDS,
        AccountClosed::KINDS,
    ]);

    fn kind(&self) -> &'static EventKind {
        match self {
            Self::Opened(event) => event.kind(),
            Self::Credited(event) => event.kind(),
            Self::Debited(event) => event.kind(),
            Self::Closed(event) => event.kind(),
        }
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        match self {
            Self::Opened(event) => event.encode(),
            Self::Credited(event) => event.encode(),
            Self::Debited(event) => event.encode(),
            Self::Closed(event) => event.encode(),
        }
    }

    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        Ok(match kind_of::<Self>(stored)?.name {
            "account-opened" => Self::Opened(decode(stored)?),
            "money-credited" => Self::Credited(decode(stored)?),
            "money-debited" => Self::Debited(decode(stored)?),
            _ => Self::Closed(decode(stored)?),
        })
    }
    fn content(&self) -> Option<&dyn Content> {
        match self {
            Self::Opened(event) => event.content(),
            Self::Credited(event) => event.content(),
            Self::Debited(event) => event.content(),
            Self::Closed(event) => event.content(),
        }
    }
}
