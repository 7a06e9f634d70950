//! A test of a handler alone: what it loads was given, and what it sends is handled for real.

use cqrs::{prelude::*, repository::LoadError, testing::handler};
use cqrs_tests::bank::*;

#[derive(Debug, thiserror::Error)]
enum NotMatched {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Credit(#[from] DispatchError<BankError>),
}

/// Whoever has a hundred is given as much again.
#[event_handler(from = now)]
async fn double(
    _: &MoneyCredited,
    account: Id<Account>,
    accounts: Repository<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), NotMatched> {
    let loaded = accounts.load(&account).await?;
    if loaded.state().is_some_and(|account| account.balance == 100) {
        dispatcher.dispatch(CreditAccount { account: account.into_inner(), amount: 100 }).await?;
    }
    Ok(())
}

fn opened() -> AccountOpened {
    AccountOpened { owner: "alice".into() }
}

#[tokio::test]
async fn it_sees_what_was_given_and_the_event_and_sends_for_real() {
    let id = AccountId::new("a");
    let handled = handler(double)
        .given::<Account>(&id, (opened(), MoneyCredited { amount: 60 }))
        .when::<Account>(&id, MoneyCredited { amount: 40 })
        .await;
    handled.then_handled();
    handled.then::<Account>(&id, MoneyCredited { amount: 100 });
}

#[tokio::test]
async fn nothing_comes_of_a_handler_that_sends_nothing() {
    let id = AccountId::new("a");
    let handled = handler(double)
        .given::<Account>(&id, opened())
        .when::<Account>(&id, MoneyCredited { amount: 40 })
        .await;
    handled.then_handled();
    handled.then_nothing_came_of_it();
}

#[tokio::test]
async fn what_was_not_given_is_not_there() {
    let id = AccountId::new("a");
    let handled =
        handler(double).at_version(Version::new(7)).when::<Account>(&id, MoneyCredited { amount: 40 }).await;
    handled.then_failed_with(|error| assert!(matches!(error, NotMatched::Load(LoadError::NotFound(_)))));
    handled.then_nothing_came_of_it();
}
