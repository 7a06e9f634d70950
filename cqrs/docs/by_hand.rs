use cqrs::{
    aggregate::{Aggregate, IntoEvents},
    command::{Command, CommandContext, CommandHandlerInfo, Decide, Existence, FunctionArgument, HandlerError, Roots, decided, existing},
    dispatch::{AggregateHandler, Change, CommandFunction, CommandHandler, FunctionHandler, HandledCommand, Returning},
    event::{Content, DecodeError, Event, EventKind, EventKinds, JsonCodec, JsonError, Payload, StoredEvent, decode},
    handler::{
        BoxError, BoxFuture, EventContext, EventHandler, EventHandlerInfo, EventHandlers, EventOf, EventSet, Fold, FoldError, HeldEvent,
        InMemory, InTransaction, Lifecycle, Member, StartFrom, SynchronousBackend, TransactionalHandlers, argument, held,
    },
    projection::{OnFailure, Projection},
    registry::Registry,
    repository::{DecisionError, LoadError, Repository, Root},
    store::sqlite::{Sqlite, SqliteTransaction},
    Application, Location,
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, convert::Infallible};

const HERE: Location = Location::new(file!(), line!());

// Two events.

#[derive(Serialize, Deserialize)]
struct Credited { amount: i64 }
#[derive(Serialize, Deserialize)]
struct Debited { amount: i64 }

macro_rules! event {
    ($type:ident, $name:literal) => {
        impl Event for $type {
            const KINDS: EventKinds = EventKinds::These(&[EventKind {
                name: $name, version: 1, aliases: &[], type_name: stringify!($type), location: HERE,
            }]);
            fn kind(&self) -> &'static EventKind { const { &Self::KINDS }.find($name).unwrap() }
            fn encode(&self) -> Result<Payload, JsonError> { Payload::encode(self) }
            fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> { decode(stored) }
            fn content(&self) -> Option<&dyn Content> { Some(self) }
        }

        /// Whatever handles the event can decide it.
        impl<A: EventHandlers> IntoEvents<A> for $type where $type: EventOf<A> {
            type Error = Infallible;
            const EMITS: EventKinds = <Self as Event>::KINDS;
            fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), Infallible> {
                events.push(self.into());
                Ok(())
            }
        }
    };
}
event!(Credited, "credited");
event!(Debited, "debited");

// An aggregate, the enum of its events, and its event handlers.

#[derive(Serialize, Deserialize, Default)]
struct Account { balance: i64 }

impl Aggregate for Account {
    type Id = u32;
    const CATEGORY: &'static str = "account";
    const SNAPSHOT_EVERY: Option<u64> = None;
    const SHAPE: u64 = 1;
    const CODEC: JsonCodec<Self> = JsonCodec::serde();
    const LOCATION: Location = HERE;
}

enum AccountEvent { Credited(Credited), Debited(Debited) }

const MEMBERS: &[Member<AccountEvent>; 2] = &[Member::of::<Account, Credited>(), Member::of::<Account, Debited>()];

impl EventSet for AccountEvent {
    const KINDS: EventKinds = EventKinds::AllOf(&Member::kinds(MEMBERS));
    const MEMBERS: &'static [Member<Self>] = MEMBERS;
    fn held(&self) -> &dyn HeldEvent {
        match self {
            Self::Credited(event) => held::<Account, _>(event),
            Self::Debited(event) => held::<Account, _>(event),
        }
    }
}

impl From<Credited> for AccountEvent { fn from(event: Credited) -> Self { Self::Credited(event) } }
impl From<Debited> for AccountEvent { fn from(event: Debited) -> Self { Self::Debited(event) } }

impl EventHandlers for Account {
    type Event = AccountEvent;
    type Kind = InMemory;
    const HANDLERS: &'static [EventHandlerInfo] = &[
        EventHandlerInfo::of::<Account, Credited>("credited"),
        EventHandlerInfo::of::<Account, Debited>("debited"),
    ];
    const FINGERPRINT: u64 = 1;
}

impl Fold for Account {
    /// There is an account before the first event. `Lifecycle::Absent`, where an event builds it by `state.build(..)`.
    fn initial() -> Lifecycle<Self> { Lifecycle::Live(Self::default()) }

    fn fold(state: &mut Lifecycle<Self>, event: &AccountEvent, _: &EventContext<'_>) -> Result<(), FoldError> {
        match event {
            AccountEvent::Credited(event) => state.change(|account| account.balance += event.amount),
            AccountEvent::Debited(event) => state.change(|account| account.balance -= event.amount),
        }
    }
}

// A command that the account decides, and one that a function decides over two of them.

#[derive(Serialize, Deserialize)]
struct Credit { account: u32, amount: i64 }
#[derive(Serialize, Deserialize)]
struct Transfer { from: u32, to: u32, amount: i64 }

macro_rules! command {
    ($type:ident, $name:literal, $id:ident, $handler:ty) => {
        impl Command for $type {
            type Id = u32;
            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const SHAPE: u64 = 1;
            const CODEC: JsonCodec<Self> = JsonCodec::serde();
            const LOCATION: Location = HERE;
            fn aggregate_id(&self) -> &u32 { &self.$id }
        }
        impl HandledCommand for $type {
            type Error = <$handler as CommandHandler<$type>>::Error;
            type Handler = $handler;
        }
    };
}
command!(Credit, "credit", account, AggregateHandler<Account>);
command!(Transfer, "transfer", from, FunctionHandler<TransferHandler>);

impl Decide<Credit> for Account {
    type Error = Infallible;
    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        name: "credit", existence: Existence::Either, emits: <Credited as Event>::KINDS, roots: Roots::One, arguments: &[], location: HERE,
    };

    async fn decide<'a>(_: Option<&'a Self>, command: Credit, _: CommandContext<'a>) -> Result<Vec<AccountEvent>, HandlerError<Infallible>> {
        decided::<Self, _>(Credited { amount: command.amount })
    }
}

#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error(transparent)] Load(#[from] LoadError),
    #[error(transparent)] Decision(#[from] DecisionError),
    #[error("the account does not cover it")] NotCovered,
}

struct TransferHandler;

impl TransferHandler {
    /// What the user would write.
    async fn transfer(command: Transfer, accounts: Repository<Account>) -> Result<(Root<Account>, Root<Account>), TransferError> {
        let mut from = accounts.load(&command.from).await?;
        let mut to = accounts.load_or_create(&command.to).await?;
        let account = existing::<_, Infallible>(from.state()).map_err(|_| TransferError::NotCovered)?;
        if account.balance < command.amount { return Err(TransferError::NotCovered) }
        from.record(Debited { amount: command.amount })?;
        to.record(Credited { amount: command.amount })?;
        Ok((from, to))
    }
}

impl CommandFunction for TransferHandler {
    type Command = Transfer;
    type Error = TransferError;
    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        name: "transfer", existence: Existence::Either, emits: <AccountEvent as Event>::KINDS, roots: Roots::Many,
        arguments: &[<Repository<Account> as FunctionArgument>::INFO], location: HERE,
    };

    async fn decide(command: Transfer, context: CommandContext<'_>) -> Result<Vec<Change>, HandlerError<TransferError>> {
        Returning::of_type().changed(Self::transfer(command, FunctionArgument::extract(context)?).await)
    }
}

// A projection in memory. It handles one type of event, which is an event as it is: no enum is needed.

#[derive(Default)]
struct Credits { by_account: HashMap<String, i64> }

impl EventHandlers for Credits {
    type Event = Credited;
    type Kind = InMemory;
    const HANDLERS: &'static [EventHandlerInfo] = &[EventHandlerInfo::of::<Credits, Credited>("credited")];
    const FINGERPRINT: u64 = 1;
}

impl Fold for Credits {
    fn initial() -> Lifecycle<Self> { Lifecycle::Live(Self::default()) }
    fn fold(state: &mut Lifecycle<Self>, event: &Credited, context: &EventContext<'_>) -> Result<(), FoldError> {
        let account = context.event().key.to_owned();
        state.change(|credits| *credits.by_account.entry(account).or_default() += event.amount)
    }
}

macro_rules! projection {
    ($type:ident, $name:literal, $schema:expr) => {
        impl Projection for $type {
            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const VERSION: u32 = 1;
            const ON_FAILURE: OnFailure = OnFailure::Stop;
            const SCHEMA: Option<&'static str> = $schema;
            const RESET: Option<&'static str> = None;
            const LOCATION: Location = HERE;
        }
    };
}
projection!(Credits, "credits", None);

// One in SQLite tables.

struct CreditsTable;
projection!(CreditsTable, "credits-table", Some("CREATE TABLE credits (amount INTEGER NOT NULL)"));

impl EventHandlers for CreditsTable {
    type Event = Credited;
    type Kind = InTransaction<Sqlite>;
    const HANDLERS: &'static [EventHandlerInfo] = &[EventHandlerInfo::of::<CreditsTable, Credited>("credited").fallible(true)];
    const FINGERPRINT: u64 = 1;
}

impl TransactionalHandlers for CreditsTable {
    type Backend = Sqlite;
    fn handle<'a>(event: &'a Credited, _: &'a EventContext<'a>, tx: &'a mut SqliteTransaction<'_>) -> Result<(), BoxError> {
        Sqlite::handled(|| Ok(tx.execute("INSERT INTO credits VALUES (?1)", [event.amount]).map(drop)?))
    }
}

// An event handler with a side effect.

struct Tell;

impl EventHandler for Tell {
    type Event = Debited;
    const NAME: &'static str = "tell";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Now;
    const INFO: EventHandlerInfo = EventHandlerInfo::new("tell", Some(<Debited as Event>::KINDS));

    fn handle<'a>(event: &'a Debited, context: &'a EventContext<'a>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let account = argument::<cqrs::aggregate::Id<Account>>(context)?;
            println!("{} went out of account {account}", event.amount);
            Ok(())
        })
    }
}

// The application.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<Credit>();
    registry.command::<Transfer>();
    registry.projection::<Credits>();
    registry.projection::<CreditsTable>();
    registry.event_handler::<Tell>();

    let folder = tempfile::tempdir()?;
    let store = cqrs::store::sqlite::SqliteStore::open(folder.path().join("bank.db"))?;
    let app = Application::builder().store(store.clone()).registry(registry).start().await?;
    app.dispatch(Credit { account: 1, amount: 100 }).await?;
    let receipt = app.dispatch(Transfer { from: 1, to: 2, amount: 30 }).await?;
    assert_eq!(receipt.event_count(), 2);

    app.wait_for::<Credits>(&receipt).await?;
    assert_eq!(app.projection::<Credits>().read().by_account["2"], 30);
    app.wait_for::<CreditsTable>(&receipt).await?;
    let sum: i64 = store.query(|db| db.query_row("SELECT sum(amount) FROM credits", [], |row| row.get(0))).await?;
    assert_eq!(sum, 130);
    Ok(app.shutdown().await?)
}
