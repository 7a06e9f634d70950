//! Commands and their handlers, called as the dispatcher does.

use std::convert::Infallible;

use cqrs::{
    CommandId, Metadata, Uuid,
    aggregate::AggregateId,
    command::{Command, CommandContext, CommandFor, CommandHandlerInfo, Decide, Existence, HandlerError},
    dispatch::{CommandHandler, HandledCommand},
    handler::ArgumentInfo,
    services::Services,
};

use crate::domain::*;

async fn decide<A: Decide<C>, C: CommandFor<A> + Command<Id = A::Id>>(
    this: Option<&A>,
    command: C,
    services: &Services,
) -> Result<Vec<A::Event>, HandlerError<A::Error>> {
    let stream = A::stream(command.aggregate_id());
    let metadata = Metadata::new();
    let context = CommandContext {
        command_id: CommandId::generate(),
        metadata: &metadata,
        stream: Some(&stream),
        services,
        repositories: None,
    };
    A::decide(this, command, context).await
}

fn account(balance: i64) -> Account {
    Account { owner: "ann".into(), balance, city: None }
}

fn id() -> AccountId {
    AccountId::generate()
}

#[tokio::test]
async fn no_receiver_means_that_the_aggregate_is_not_there() {
    let command = OpenAccount { account: id(), owner: "ann".into() };
    let events = decide::<Account, _>(None, command, &Services::default()).await.unwrap();
    assert!(matches!(&events[..], [AccountEvent::Opened(AccountOpened { owner, .. })] if owner == "ann"));
}

#[tokio::test]
async fn a_handler_gets_its_services_and_may_refuse() {
    let (this, mut services) = (account(5), Services::default());
    let debit = |amount| DebitAccount { account: id(), amount };
    let missing = decide(Some(&this), debit(5), &services).await;
    assert!(matches!(missing, Err(HandlerError::Argument(_))));
    services.provide(1_i64);
    let events = decide(Some(&this), debit(6), &services).await.unwrap();
    assert!(matches!(events[..], [AccountEvent::Debited(MoneyDebited { amount: 6 })]));
    let refused = decide(Some(&this), debit(7), &services).await;
    assert!(matches!(refused, Err(HandlerError::Rejected(NotEnough))));
    let absent = decide::<Account, _>(None, debit(1), &services).await;
    assert!(matches!(absent, Err(HandlerError::Absent)));
}

#[tokio::test]
async fn a_handler_may_take_the_aggregate_either_way_and_return_the_generated_enum() {
    let services = Services::default();
    let events = decide::<Account, _>(None, EnsureAccount(id()), &services).await.unwrap();
    assert!(matches!(&events[..], [AccountEvent::Opened(_)]));
    let none = decide(Some(&account(1)), EnsureAccount(id()), &services).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_tuple_gives_its_events_in_order() {
    let events = decide(Some(&account(4)), CloseAccount(id()), &Services::default()).await.unwrap();
    assert!(matches!(
        &events[..],
        [AccountEvent::Debited(MoneyDebited { amount: 4 }), AccountEvent::Closed(AccountClosed)]
    ));
}

fn names(info: &CommandHandlerInfo) -> Vec<&'static str> {
    info.emits.to_vec().iter().map(|kind| kind.name).collect()
}

#[test]
fn a_signature_is_a_declaration() {
    let open = <Account as Decide<OpenAccount>>::HANDLER;
    assert_eq!((open.name, open.existence), ("open", Existence::Absent));
    assert_eq!(names(&open), ["account-opened"]);
    let debit = <Account as Decide<DebitAccount>>::HANDLER;
    assert_eq!((debit.name, debit.existence), ("debit", Existence::Existing));
    assert!(matches!(debit.arguments, [ArgumentInfo::Service(service)] if service.name() == "i64"));
    let ensure = <Account as Decide<EnsureAccount>>::HANDLER;
    assert_eq!((ensure.existence, names(&ensure).len()), (Existence::Either, 7));
    assert_eq!(names(&<Account as Decide<CloseAccount>>::HANDLER), ["money-debited", "account-closed"]);
    assert!(open.location.file.ends_with("macros/domain.rs") && open.location.line < debit.location.line);
}

/// What is known of the handler of `C`, whose error is `E`.
fn handler<C: HandledCommand<Handler: CommandHandler<C, Error = E>>, E>() -> CommandHandlerInfo {
    <C::Handler as CommandHandler<C>>::INFO
}

#[test]
fn a_command_knows_its_name_its_aggregate_and_its_handler() {
    assert_eq!((OpenAccount::NAME, OpenAccount::ALIASES), ("open-account", ["create-account"].as_slice()));
    let account = id();
    assert_eq!(EnsureAccount(account.clone()).aggregate_id(), &account);
    assert_eq!(handler::<OpenAccount, Infallible>().name, "open");
    assert_eq!(handler::<DebitAccount, NotEnough>().name, "debit");
    let transfer = handler::<Transfer, NotEnough>();
    assert_eq!((transfer.name, transfer.existence), ("transfer", Existence::Either));
    assert!(matches!(transfer.arguments, [ArgumentInfo::Store]));
}

#[test]
fn an_id_is_its_one_field() {
    let uuid = Uuid::now_v7();
    let id: AccountId = uuid.to_string().parse().unwrap();
    assert_eq!((id.to_string(), id.0), (uuid.to_string(), uuid));
    assert_eq!(AccountId::from(uuid), id);
    assert!("x".parse::<AccountId>().is_err());
    assert_ne!(AccountId::generate(), AccountId::generate());
}
