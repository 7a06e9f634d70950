//! given / when / then for projections in SQLite tables.

use cqrs::{StreamId, prelude::*, testing::project_table};

use crate::{
    aggregates::{Account, AccountOpened, MoneyCredited, MoneyDebited},
    report,
    whose_events::{Deposited, Purse, PurseTable, Vault},
};

/// By how much a balance must not sink.
pub struct Floor(i64);

#[derive(Projection)]
#[projection(
    schema = "CREATE TABLE balances (account INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL)"
)]
pub struct BalancesTable;

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    #[error("a balance below the floor")]
    TooLow,
}

#[event_handler]
impl BalancesTable {
    fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), TableError> {
        tx.execute("INSERT INTO balances VALUES (?1, ?2, 0)", (*account, &event.owner))?;
        Ok(())
    }

    fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), TableError> {
        let sql = "UPDATE balances SET balance = balance + ?2 WHERE account = ?1";
        tx.execute(sql, (*account, i64::try_from(event.amount).unwrap_or(i64::MAX)))?;
        Ok(())
    }

    fn debited(
        event: &MoneyDebited,
        account: Id<Account>,
        floor: Inject<Floor>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), TableError> {
        let sql = "UPDATE balances SET balance = balance - ?2 WHERE account = ?1 RETURNING balance";
        let amount = i64::try_from(event.amount).unwrap_or(i64::MAX);
        let balance: i64 = tx.query_row(sql, (*account, amount), |row| row.get(0))?;
        if balance < floor.0 { Err(TableError::TooLow) } else { Ok(()) }
    }
}

const SELECT: &str = "SELECT account, owner, balance FROM balances ORDER BY account";

fn opened(owner: &str) -> AccountOpened {
    AccountOpened { owner: owner.to_owned() }
}

#[tokio::test]
async fn a_query_sees_the_rows() {
    let table = project_table::<BalancesTable>()
        .given::<Account>(&7, (opened("alice"), MoneyCredited { amount: 10 }))
        .given::<Account>(&8, opened("bob"))
        .given::<Account>(&7, MoneyDebited { amount: 3 })
        .with_service(Floor(0))
        .when_projected()
        .await;
    table
        .then_rows(SELECT, [(7, "alice".to_owned(), 7_i64), (8, "bob".to_owned(), 0)])
        .await
        .then_rows("SELECT count(*) FROM balances", [(2_u32,)])
        .await;
    table
        .then(|db| {
            let owner: String =
                db.query_row("SELECT owner FROM balances WHERE balance > 5", [], |row| row.get(0))?;
            assert_eq!(owner, "alice");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn events_of_other_aggregates_pass_it_by() {
    project_table::<PurseTable>()
        .given::<Purse>(&7, Deposited { amount: 1 })
        .given::<Vault>(&"north".to_owned(), Deposited { amount: 10 })
        .given_event(StreamId::new("box", "1"), &Deposited { amount: 100 })
        .when_projected()
        .await
        .then_rows("SELECT purse, amount FROM deposits", [(7_i64, 1_i64)])
        .await;
}

#[tokio::test]
async fn a_check_that_fails_says_what_was_there_instead() {
    let shown = report(async {
        let table =
            project_table::<BalancesTable>().given::<Account>(&7, opened("alice")).with_service(Floor(0));
        let expected = [(7, "bob".to_owned(), 0_i64), (8, "carol".to_owned(), 0)];
        table.when_projected().await.then_rows(SELECT, expected).await;
    });
    let shown = shown.await;
    assert!(shown.starts_with("projection `balances-table` has other rows for `SELECT account"), "{shown}");
    let difference = "- (7, \"bob\", 0)\n- (8, \"carol\", 0)\n+ (7, \"alice\", 0)\n";
    assert!(shown.ends_with(difference), "{shown}");

    let shown = report(async {
        let table = project_table::<BalancesTable>().with_service(Floor(0)).when_projected().await;
        table.then_rows("SELECT colour FROM balances", [(1_i64,)]).await;
    });
    assert!(shown.await.contains("no such column: colour"));

    let shown = report(async { _ = project_table::<BalancesTable>().when_projected().await });
    let shown = shown.await;
    assert!(shown.contains("asks for the service `testing_kit::tables::Floor`"), "{shown}");

    let shown = report(async {
        let table = project_table::<BalancesTable>().given::<Account>(&7, opened("alice"));
        let table = table.given::<Account>(&7, MoneyDebited { amount: 1 }).with_service(Floor(0));
        _ = table.when_projected().await;
    });
    let shown = shown.await;
    assert!(
        shown.starts_with("`balances-table` cannot go on: ") && shown.contains("below the floor"),
        "{shown}"
    );
}
