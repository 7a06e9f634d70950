//! States built, changed, moved on and ended by events.

use cqrs::{
    Metadata, Position, StreamId, Uuid, Version,
    aggregate::Aggregate,
    event::{Envelope, Event, Payload, RecordedEvent},
    handler::{
        ArgumentInfo, EventContext, EventHandlers, EventOf, Fold, FoldError, InMemory, InTransaction,
        Lifecycle,
    },
    projection::{OnFailure, Projection},
    store::sqlite::Sqlite,
};

use crate::domain::*;

/// Applies `event` to `state` as one of the stream `category/key`.
fn fold<A: Fold, E: EventOf<A>>(
    state: &mut Lifecycle<A>,
    stream: &StreamId,
    event: E,
) -> Result<(), FoldError> {
    let event = event.into();
    let recorded = RecordedEvent {
        position: Position::new(1),
        envelope: Envelope {
            id: cqrs::EventId::generate(),
            stream: stream.clone(),
            version: Version::new(1),
            name: event.kind().name.into(),
            schema_version: event.kind().version,
            metadata: Metadata::new(),
        },
        payload: event.encode().unwrap_or_else(|_| Payload::from_json("")),
    };
    A::fold(state, &event, &EventContext::recorded(&recorded))
}

#[derive(cqrs::event::Event, serde::Serialize, serde::Deserialize)]
pub struct Hit(u32);

#[derive(cqrs::event::Event, serde::Serialize, serde::Deserialize)]
pub struct Drunk(u32);

/// It lives for as long as there is something left.
#[derive(cqrs::aggregate::Aggregate, serde::Serialize, serde::Deserialize, Debug, PartialEq)]
#[aggregate(id = u32)]
pub struct Barrel {
    left: u32,
}

#[cqrs::event_handler]
impl Barrel {
    fn filled(event: &OrderShipped) -> Self {
        Self { left: u32::try_from(event.0).unwrap() }
    }

    fn drunk(&mut self, event: &Drunk) -> Option<cqrs::handler::Ended> {
        self.left -= event.0;
        (self.left == 0).then_some(cqrs::handler::Ended)
    }

    fn hit(self, event: &Hit) -> Option<Self> {
        (self.left > event.0).then(|| Self { left: self.left - event.0 })
    }
}

#[test]
fn a_handler_may_end_the_state_or_not() {
    let (barrel, full) = (StreamId::new("barrel", "1"), OrderShipped(5));
    let mut state = Barrel::initial();
    fold(&mut state, &barrel, full.clone()).unwrap();
    fold(&mut state, &barrel, Drunk(2)).unwrap();
    fold(&mut state, &barrel, Hit(1)).unwrap();
    assert_eq!(state, Lifecycle::Live(Barrel { left: 2 }));
    fold(&mut state, &barrel, Hit(2)).unwrap();
    assert_eq!(state, Lifecycle::Ended);
    let mut state = Barrel::initial();
    fold(&mut state, &barrel, full).unwrap();
    fold(&mut state, &barrel, Drunk(5)).unwrap();
    assert_eq!(state, Lifecycle::Ended);
    assert!(Barrel::HANDLERS[1..].iter().all(|handler| handler.ends));
}

fn account() -> StreamId {
    Account::stream(&AccountId(Uuid::nil()))
}

fn opened() -> AccountOpened {
    AccountOpened { owner: "ann".into(), balance: 10 }
}

#[test]
fn an_aggregate_is_built_changed_and_ended() {
    let mut state = Account::initial();
    assert_eq!(state, Lifecycle::Absent);
    let mut apply = |event: AccountEvent| match event {
        AccountEvent::Opened(event) => fold(&mut state, &account(), event),
        AccountEvent::Debited(event) => fold(&mut state, &account(), event),
        AccountEvent::Moved(event) => fold(&mut state, &account(), event),
        AccountEvent::Closed(event) => fold(&mut state, &account(), event),
    };
    assert!(matches!(apply(AccountEvent::Debited(MoneyDebited { amount: 3 })), Err(FoldError::NotBuilt)));
    apply(AccountEvent::Opened(opened())).unwrap();
    assert!(matches!(apply(AccountEvent::Opened(opened())), Err(FoldError::AlreadyBuilt)));
    apply(AccountEvent::Debited(MoneyDebited { amount: 3 })).unwrap();
    apply(AccountEvent::Moved(Address::Changed { city: "Brno".into(), zip: 1 })).unwrap();
    let expected = Account { owner: "ann".into(), balance: 7, city: Some("Brno".into()) };
    assert_eq!(state.live(), Some(&expected));
    fold(&mut state, &account(), AccountClosed).unwrap();
    assert_eq!(state, Lifecycle::Ended);
    assert!(matches!(fold(&mut state, &account(), AccountClosed), Err(FoldError::Ended)));
}

#[test]
fn an_enum_of_states_moves_on() {
    let stream = Order::stream(&9);
    assert_eq!(stream.to_string(), "order-v1/9");
    let mut state = Order::initial();
    fold(&mut state, &stream, OrderPlaced).unwrap();
    fold(&mut state, &stream, OrderShipped(4)).unwrap();
    assert_eq!(state, Lifecycle::Live(Order::Shipped { parcel: 4 }));
    assert_eq!(parcel(&OrderFact::from(OrderShipped(4))), Some(4));
    fold(&mut state, &stream, OrderDelivered).unwrap();
    assert_eq!(state, Lifecycle::Ended);
    assert!(Order::HANDLERS[2].ends && !Order::HANDLERS[1].ends);
    assert!(matches!(fold(&mut state, &stream, OrderShipped(5)), Err(FoldError::Ended)));
}

#[test]
fn a_projection_starts_from_its_default_and_may_fail() {
    let mut state = Balances::initial();
    let id = AccountId(Uuid::nil());
    fold(&mut state, &account(), MoneyDebited { amount: 3 }).unwrap();
    assert_eq!(state.live().unwrap().by_account[&id], -3);
    let failed = fold(&mut state, &account(), MoneyDebited { amount: 2_000 });
    assert!(matches!(failed, Err(FoldError::Handler(cause)) if cause.is::<NotEnough>()));
    assert_eq!(state.live().unwrap().debits, 2);
}

#[test]
fn the_id_of_a_stream_is_checked() {
    let mut state = Balances::initial();
    let other = fold(&mut state, &StreamId::new("user", "1"), MoneyDebited { amount: 3 });
    assert_eq!(
        other.unwrap_err().to_string(),
        "stream user/1 is not of category `account`, whose id the handler asks for"
    );
    let damaged = fold(&mut state, &StreamId::new("account", "x"), MoneyDebited { amount: 3 }).unwrap_err();
    assert!(damaged.to_string().starts_with("the key of stream account/x is not an id of its aggregate: "));
    assert_eq!(state.live().unwrap().debits, 0);
}

#[test]
fn handlers_are_described_by_their_signatures() {
    let names: Vec<_> = Account::HANDLERS.iter().map(|handler| handler.name).collect();
    assert_eq!(names, ["opened", "debited", "moved", "closed"]);
    assert!(Account::HANDLERS.iter().all(cqrs::handler::EventHandlerInfo::is_pure));
    let [debited] = Balances::HANDLERS else { panic!("one handler") };
    assert!(debited.fallible && !debited.is_pure());
    assert!(matches!(debited.arguments, [ArgumentInfo::Id(_), ArgumentInfo::Store]));
    let [opened] = AccountsTable::HANDLERS else { panic!("one handler") };
    assert!(opened.fallible);
    assert!(matches!(opened.arguments, [ArgumentInfo::Id(_)]), "the transaction is none of them");
}

#[test]
fn the_kind_of_a_block_follows_from_its_transactions() {
    fn in_memory<T: EventHandlers<Kind = InMemory>>() {}
    fn in_sqlite<T: EventHandlers<Kind = InTransaction<Sqlite>>>() {}
    in_memory::<Account>();
    in_memory::<Balances>();
    in_sqlite::<AccountsTable>();
}

#[test]
fn aggregates_and_projections_say_what_their_attributes_say() {
    assert_eq!((Account::CATEGORY, Account::SNAPSHOT_EVERY), ("account", Some(100)));
    assert_eq!((Order::CATEGORY, Order::SNAPSHOT_EVERY), ("order-v1", None));
    assert_ne!(Account::SHAPE, Order::SHAPE);
    assert_ne!(Account::FINGERPRINT, Order::FINGERPRINT);
    assert_eq!((Balances::NAME, Balances::VERSION), ("balances", 4));
    assert_eq!((Balances::ALIASES, Balances::ON_FAILURE), (["sums"].as_slice(), OnFailure::Park));
    assert_eq!((Balances::SCHEMA, Balances::RESET), (None, None));
    assert_eq!((AccountsTable::NAME, AccountsTable::VERSION), ("accounts", 1));
    assert_eq!((AccountsTable::SCHEMA, AccountsTable::ON_FAILURE), (Some(SCHEMA), OnFailure::Stop));
    assert_eq!(AccountsTable::RESET, Some("DELETE FROM accounts"));
}
