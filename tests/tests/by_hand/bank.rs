//! A small bank, written by hand from the first line to the last: no macro, no inventory. It is what the macros
//! would write, and the proof that nobody needs them.

use std::{collections::HashMap, convert::Infallible};

use cqrs::{
    Location,
    aggregate::{Aggregate, Id, IntoEvents},
    command::{
        Command, CommandContext, CommandHandlerInfo, Decide, Existence, HandlerError, decided, existing,
    },
    dispatch::{AggregateHandler, HandledCommand},
    event::{DecodeError, Event, EventKind, EventKinds, Payload, StoredEvent, decode, kind_of},
    handler::{
        ArgumentInfo, Ended, EventContext, EventHandlerInfo, EventHandlers, EventOf, Fold, FoldError,
        InMemory, Lifecycle,
    },
    projection::{OnFailure, Projection},
    services::{Inject, ServiceType},
};
use serde::{Deserialize, Serialize};

const HERE: Location = Location::new(file!(), line!());

// ---- Events ------------------------------------------------------------------------------------

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

            fn encode(&self) -> Result<Payload, serde_json::Error> {
                Payload::encode(self)
            }

            fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
                decode(stored)
            }
        }

        impl EventOf<Account> for $type {
            fn into_event(self) -> AccountEvent {
                AccountEvent::$variant(self)
            }
        }

        impl IntoEvents<Account> for $type {
            type Error = Infallible;

            const EMITS: EventKinds = Self::KINDS;

            fn into_events(self, events: &mut Vec<AccountEvent>) -> Result<(), Infallible> {
                events.push(self.into_event());
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

    fn encode(&self) -> Result<Payload, serde_json::Error> {
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
}

// ---- The write model ---------------------------------------------------------------------------

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
            AccountEvent::Opened(event) => {
                state.build(|| Ok(Self { owner: event.owner.clone(), balance: 0 }))
            }
            AccountEvent::Credited(event) => state.change(|account| Ok(account.balance += event.amount)),
            AccountEvent::Debited(event) => {
                state.change(|account| Ok(account.balance -= event.amount + event.fee))
            }
            AccountEvent::Closed(_) => state.change(|_| Ok(Ended)),
        }
    }
}

impl Aggregate for Account {
    type Id = u32;

    const CATEGORY: &'static str = "account";
    const SNAPSHOT_EVERY: Option<u64> = None;
    const SHAPE: u64 = 1;
    const LOCATION: Location = HERE;
}

// ---- Commands ----------------------------------------------------------------------------------

#[derive(Serialize, Deserialize)]
pub struct OpenAccount {
    pub account: u32,
    pub owner: String,
}

#[derive(Serialize, Deserialize)]
pub struct CreditAccount {
    pub account: u32,
    pub amount: u64,
}

#[derive(Serialize, Deserialize)]
pub struct DebitAccount {
    pub account: u32,
    pub amount: u64,
}

#[derive(Serialize, Deserialize)]
pub struct CloseAccount {
    pub account: u32,
}

/// Makes a mistake of the domain's: it opens an account that is open.
#[derive(Serialize, Deserialize)]
pub struct ReopenAccount {
    pub account: u32,
}

#[derive(Debug, PartialEq)]
pub enum BankError {
    NotEnough { balance: u64 },
}

impl std::fmt::Display for BankError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::NotEnough { balance } = self;
        write!(formatter, "only {balance} is there")
    }
}

impl std::error::Error for BankError {}

/// What a debit costs.
pub struct Fees {
    pub debit: u64,
}

macro_rules! command {
    ($type:ident, $name:literal) => {
        impl Command for $type {
            type Id = u32;

            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const LOCATION: Location = HERE;

            fn aggregate_id(&self) -> &u32 {
                &self.account
            }
        }

        impl HandledCommand for $type {
            type Handler = AggregateHandler<Account>;
        }
    };
}

command!(OpenAccount, "open-account");
command!(CreditAccount, "credit-account");
command!(DebitAccount, "debit-account");
command!(CloseAccount, "close-account");
command!(ReopenAccount, "reopen-account");

const fn handler(name: &'static str, existence: Existence, emits: EventKinds) -> CommandHandlerInfo {
    CommandHandlerInfo { name, existence, emits, arguments: &[], location: HERE }
}

type Decision<E> = Result<Vec<AccountEvent>, HandlerError<E>>;

impl Decide<OpenAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("open", Existence::Absent, AccountOpened::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        command: OpenAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(AccountOpened { owner: command.owner })
    }
}

impl Decide<CreditAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("credit", Existence::Existing, MoneyCredited::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        command: CreditAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(MoneyCredited { amount: command.amount })
    }
}

impl Decide<DebitAccount> for Account {
    type Error = BankError;

    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        arguments: &[ArgumentInfo::Service(ServiceType::of::<Fees>())],
        ..handler("debit", Existence::Existing, MoneyDebited::KINDS)
    };

    async fn decide<'a>(
        this: Option<&'a Self>,
        command: DebitAccount,
        context: CommandContext<'a>,
    ) -> Decision<BankError> {
        let (account, fees) = (existing(this)?, cqrs::command::argument::<Inject<Fees>>(context)?);
        decided::<Self, _>(account.debit(&command, fees.debit))
    }
}

impl Account {
    /// What the user would write.
    fn debit(&self, command: &DebitAccount, fee: u64) -> Result<Option<MoneyDebited>, BankError> {
        let amount = command.amount;
        if self.balance < amount + fee {
            return Err(BankError::NotEnough { balance: self.balance });
        }
        Ok((amount > 0).then_some(MoneyDebited { amount, fee }))
    }
}

impl Decide<CloseAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("close", Existence::Existing, AccountClosed::KINDS);

    async fn decide<'a>(_: Option<&'a Self>, _: CloseAccount, _: CommandContext<'a>) -> Decision<Infallible> {
        decided::<Self, _>(AccountClosed)
    }
}

impl Decide<ReopenAccount> for Account {
    type Error = Infallible;

    const HANDLER: CommandHandlerInfo = handler("reopen", Existence::Either, AccountOpened::KINDS);

    async fn decide<'a>(
        _: Option<&'a Self>,
        _: ReopenAccount,
        _: CommandContext<'a>,
    ) -> Decision<Infallible> {
        decided::<Self, _>(AccountOpened { owner: "nobody".to_owned() })
    }
}

// ---- A read model ------------------------------------------------------------------------------

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

    fn encode(&self) -> Result<Payload, serde_json::Error> {
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
            Ok(())
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
