//! What a handler reads: the event's metadata, and aggregates.

use std::sync::Arc;

use cqrs::{prelude::*, registry::Registry, repository::LoadError, store::memory::MemoryStore};
use cqrs_tests::bank::*;

use super::world::*;

#[event_handler(from = start)]
async fn thank(
    event: &MoneyCredited,
    account: Id<Account>,
    metadata: &Metadata,
    accounts: Repository<Account>,
    script: Inject<Arc<Script>>,
) -> Result<(), LoadError> {
    let loaded = accounts.load(&account).await?;
    let owner = loaded.state().map_or("nobody", |account| &account.owner);
    let actor = metadata.actor.as_deref().unwrap_or("nobody");
    script.note(format!("{owner} got {} from {actor}", event.amount));
    Ok(())
}

#[tokio::test]
async fn an_aggregate_is_loaded_from_the_store() {
    for number in 0..2 {
        let script = Script::failing([]);
        let app = applications(&["thank"], &script).await.remove(number);
        app.dispatch(credit("a", 7)).actor("alice").await.unwrap();
        app.settled().await;
        assert_eq!(script.notes(), ["owner of a got 7 from alice"]);
        app.shutdown().await;
    }
}

/// What it reads needs nobody to provide it.
#[tokio::test]
async fn a_repository_and_a_dispatcher_are_always_there() {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.event_handler::<ReadsAndSends>();
    Application::builder().store(MemoryStore::new()).registry(registry).start().await.unwrap();
}

/// By hand, as the macro writes it.
struct ReadsAndSends;

mod by_hand {
    use cqrs::{
        handler::{
            ArgumentInfo, BoxError, BoxFuture, EventArgument, EventContext, EventHandler, EventHandlerInfo,
            HandledEvent, StartFrom, argument,
        },
        prelude::*,
    };
    use cqrs_tests::bank::{Account, MoneyCredited};

    use super::ReadsAndSends;

    const ARGUMENTS: [ArgumentInfo; 2] =
        [<Repository<Account> as EventArgument<'_>>::INFO, <Inject<Dispatcher> as EventArgument<'_>>::INFO];

    impl EventHandler for ReadsAndSends {
        type Event = MoneyCredited;

        const NAME: &'static str = "reads-and-sends";
        const ALIASES: &'static [&'static str] = &[];
        const FROM: StartFrom = StartFrom::Now;
        const INFO: EventHandlerInfo =
            EventHandlerInfo::new("reads_and_sends", <MoneyCredited as HandledEvent>::KINDS)
                .taking(&ARGUMENTS)
                .fallible(true);

        fn handle<'a>(
            _: &'a MoneyCredited,
            context: &'a EventContext<'a>,
        ) -> BoxFuture<'a, Result<(), BoxError>> {
            Box::pin(async move {
                argument::<Repository<Account>>(context)?;
                argument::<Inject<Dispatcher>>(context)?;
                Ok(())
            })
        }
    }
}
