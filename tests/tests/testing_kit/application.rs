//! given / when / then for a whole application.

use cqrs::{prelude::*, testing::TestApplication};

use crate::{
    aggregates::{Account, AccountOpened, DebitAccount, MoneyDebited, OpenAccount, Overdraft, Turnover},
    commands::Transfer,
    handlers::write,
    parts::TurnoverTable,
    report,
    tables::BalancesTable,
    whose_events::thank,
};

/// It opens a second account for everybody who opens one.
#[event_handler(from = now)]
async fn open_another(
    event: &AccountOpened,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), DispatchError<std::convert::Infallible>> {
    if *account < 100 {
        let open = OpenAccount { account: *account + 100, owner: event.owner.clone() };
        dispatcher.dispatch(open).await?;
    }
    Ok(())
}

/// Everything but what writes letters.
async fn bank() -> TestApplication {
    TestApplication::builder()
        .on_file()
        .without_function(thank)
        .without_function(write)
        .without_named("watch")
        .without::<Transfer>()
        .without::<BalancesTable>()
        .without::<TurnoverTable>()
        .provide(Overdraft(5))
        .given::<Account>(&1, AccountOpened { owner: "alice".to_owned() })
        .start()
        .await
}

#[tokio::test]
async fn a_command_has_its_events_and_what_follows_from_them() {
    let app = bank().await;
    app.when(DebitAccount { account: 1, amount: 3 })
        .await
        .then::<Account>(&1, MoneyDebited { amount: 3 })
        .then_nothing_else()
        .then_state::<Account>(&1, |account| assert_eq!(account.owner, "alice"));
    app.when(OpenAccount { account: 2, owner: "bob".to_owned() })
        .await
        .then::<Account>(&2, AccountOpened { owner: "bob".to_owned() })
        .then_nothing_else();
    app.settled().await;
    assert_eq!(app.projection::<Turnover>().read().by_account, [(1, 3)].into());
    // What was there before the start is history for a handler that begins now.
    let accounts = app.repository::<Account>();
    assert!(accounts.find(&102).await.unwrap().is_some());
    assert!(accounts.find(&101).await.unwrap().is_none());
    app.shutdown().await;
}

#[tokio::test]
async fn what_is_left_out_is_refused() {
    let app = bank().await;
    app.when(Transfer { from: 1, to: 2, amount: 1 }).await.then_failed_with(|error| {
        assert!(matches!(error, DispatchError::NotRegistered { command: "transfer", .. }), "{error}");
    });
}

#[tokio::test]
async fn one_that_does_not_start_says_why() {
    let shown = report(async { _ = TestApplication::builder().start().await }).await;
    for part in ["asks for the service", "needs SQLite, but the store is memory"] {
        assert!(shown.contains(part), "{shown}");
    }
}
