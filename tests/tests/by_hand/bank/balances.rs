//! A read model in memory.

use std::collections::HashMap;

use cqrs::{
    Location,
    aggregate::Id,
    event::{DecodeError, Event, EventKind, EventKinds, Payload, StoredEvent, decode, kind_of},
    handler::{EventContext, EventHandlerInfo, EventHandlers, Fold, FoldError, InMemory, Lifecycle},
    projection::{OnFailure, Projection},
};

use super::{Account, HERE, MoneyCredited, MoneyDebited};

#[derive(Default)]
pub struct Balances {
    pub by_account: HashMap<u32, u64>,
}

/// The events the balances are made of; they do not care about the others.
pub enum BalancesEvent {
    Credited(MoneyCredited),
    Debited(MoneyDebited),
}

impl Event for BalancesEvent {
    const KINDS: EventKinds = EventKinds::AllOf(&[MoneyCredited::KINDS, MoneyDebited::KINDS]);

    fn kind(&self) -> &'static EventKind {
        match self {
            Self::Credited(event) => event.kind(),
            Self::Debited(event) => event.kind(),
        }
    }

    fn encode(&self) -> Result<Payload, cqrs::event::JsonError> {
        match self {
            Self::Credited(event) => event.encode(),
            Self::Debited(event) => event.encode(),
        }
    }

    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        Ok(match kind_of::<Self>(stored)?.name {
            "money-credited" => Self::Credited(decode(stored)?),
            _ => Self::Debited(decode(stored)?),
        })
    }
}

impl EventHandlers for Balances {
    type Event = BalancesEvent;
    type Kind = InMemory;

    const HANDLERS: &'static [EventHandlerInfo] = &[];
    const FINGERPRINT: u64 = 1;
}

impl Fold for Balances {
    fn initial() -> Lifecycle<Self> {
        Lifecycle::Live(Self::default())
    }

    fn fold(
        state: &mut Lifecycle<Self>,
        event: &BalancesEvent,
        context: &EventContext<'_>,
    ) -> Result<(), FoldError> {
        let account: Id<Account> = cqrs::handler::argument(context)?;
        state.change(|balances| {
            let balance = balances.by_account.entry(*account).or_default();
            match event {
                BalancesEvent::Credited(event) => *balance += event.amount,
                BalancesEvent::Debited(event) => *balance -= event.amount + event.fee,
            }
        })
    }
}

impl Projection for Balances {
    const NAME: &'static str = "balances";
    const ALIASES: &'static [&'static str] = &[];
    const VERSION: u32 = 1;
    const ON_FAILURE: OnFailure = OnFailure::Stop;
    const SCHEMA: Option<&'static str> = None;
    const RESET: Option<&'static str> = None;
    const LOCATION: Location = HERE;
}
