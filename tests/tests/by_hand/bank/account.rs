//! The write model.

use cqrs::{
    Location,
    aggregate::Aggregate,
    event::JsonCodec,
    handler::{Ended, EventContext, EventHandlerInfo, EventHandlers, Fold, FoldError, InMemory, Lifecycle},
};
use serde::{Deserialize, Serialize};

use super::{HERE, events::AccountEvent};

#[derive(Serialize, Deserialize)]
pub struct Account {
    pub owner: String,
    pub balance: u64,
}

impl EventHandlers for Account {
    type Event = AccountEvent;
    type Kind = InMemory;

    const HANDLERS: &'static [EventHandlerInfo] = &[];
    const FINGERPRINT: u64 = 1;
}

impl Fold for Account {
    fn initial() -> Lifecycle<Self> {
        Lifecycle::Absent
    }

    fn fold(
        state: &mut Lifecycle<Self>,
        event: &AccountEvent,
        _: &EventContext<'_>,
    ) -> Result<(), FoldError> {
        match event {
            AccountEvent::Opened(event) => state.build(|| Self { owner: event.owner.clone(), balance: 0 }),
            AccountEvent::Credited(event) => state.change(|account| account.balance += event.amount),
            AccountEvent::Debited(event) => {
                state.change(|account| account.balance -= event.amount + event.fee)
            }
            AccountEvent::Closed(_) => state.change(|_| Ended),
        }
    }
}

impl Aggregate for Account {
    type Id = u32;

    const CATEGORY: &'static str = "account";
    const SNAPSHOT_EVERY: Option<u64> = None;
    const SHAPE: u64 = 1;
    const CODEC: JsonCodec<Self> = JsonCodec::serde();
    const LOCATION: Location = HERE;
}
