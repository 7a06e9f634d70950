//! The tables in PostgreSQL hold what those in SQLite hold.

use bank::{
    Account, AccountId, Date, EmailAddress, Money, Password, PasswordHasher,
    account::{ChangeEmailAddress, ChangePassword, CreditAccount, DebitAccount, OpenAccount},
    read_models::{postgres, sqlite},
};
use cqrs::{prelude::*, registry::Registry, store::Store};
use cqrs_tests::{postgres::Schema, services::Service};

fn money(text: &str) -> Money {
    text.parse().expect("money")
}

/// The bank alone: linked in are also the tests' tools, which have a bank of their own.
fn bank() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<ChangeEmailAddress>();
    registry.command::<ChangePassword>();
    registry.projection::<sqlite::AccountsTable>();
    registry.projection::<sqlite::MonthsTable>();
    registry.projection::<sqlite::UsersTable>();
    registry.projection::<postgres::AccountsTable>();
    registry.projection::<postgres::MonthsTable>();
    registry.projection::<postgres::UsersTable>();
    registry
}

/// The bank on a store, after a few commands; all tables show them.
async fn bank_on(store: impl Store) -> Application {
    let builder = Application::builder().store(store).registry(bank()).provide(PasswordHasher::default());
    let app = builder.start().await.expect("the bank starts");
    for (number, owner) in [(1, "Alice"), (2, "Bob")] {
        let (account, email) = (AccountId::new(number), format!("{owner}@example.org"));
        let email = EmailAddress::new(&email).expect("an address");
        let open = OpenAccount { account, owner: owner.into(), email, overdraft: money("100.00") };
        app.dispatch(open).await.expect("the account opens");
        for (month, amount) in [(1, "1500.00"), (2, "24.90")] {
            let booked_on = Date::constant(2025, month, 3);
            let (amount, operation) = (money(amount), "salary".to_owned());
            app.dispatch(CreditAccount { account, amount, booked_on, operation }).await.expect("a credit");
        }
        let (amount, operation) = (money("1600.00"), "rent".to_owned());
        let booked_on = Date::constant(2025, 2, 4);
        app.dispatch(DebitAccount { account, amount, booked_on, operation }).await.expect("a debit");
    }
    let account = AccountId::new(1);
    let email = EmailAddress::new("alice@example.net").expect("an address");
    app.dispatch(ChangeEmailAddress { account, email }).await.expect("another address");
    let password = Password::new("correct horse").expect("a password");
    app.dispatch(ChangePassword { account, password }).await.expect("a password");
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_in_postgres_are_those_in_sqlite() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = SqliteStore::open(folder.path().join("bank.db")).expect("the file opens");
    let one = bank_on(file.clone()).await;
    let head = one.store().head().await.expect("a head");
    one.wait_for_position::<sqlite::AccountsTable>(head).await.expect("accounts");
    one.wait_for_position::<sqlite::MonthsTable>(head).await.expect("months");
    one.wait_for_position::<sqlite::UsersTable>(head).await.expect("users");

    let schema = Schema::new();
    let database = schema.store().await;
    let other = bank_on(database.clone()).await;
    let head = other.store().head().await.expect("a head");
    other.wait_for_position::<postgres::AccountsTable>(head).await.expect("accounts");
    other.wait_for_position::<postgres::MonthsTable>(head).await.expect("months");
    other.wait_for_position::<postgres::UsersTable>(head).await.expect("users");

    let accounts = postgres::AccountsTable::first(&database, 10).await.expect("accounts");
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts, sqlite::AccountsTable::first(&file, 10).await.expect("accounts"));
    let balances = postgres::AccountsTable::balances(&database).await.expect("balances");
    assert_eq!(balances, sqlite::AccountsTable::balances(&file).await.expect("balances"));
    let totals = postgres::AccountsTable::totals(&database).await.expect("totals");
    assert_eq!(totals, sqlite::AccountsTable::totals(&file).await.expect("totals"));
    assert_eq!((totals.balance, totals.bookings), (money("-150.20"), 6));
    let months = postgres::MonthsTable::all(&database).await.expect("months");
    assert_eq!(months, sqlite::MonthsTable::all(&file).await.expect("months"));
    let mut users = postgres::UsersTable::first(&database, 10).await.expect("users");
    let mut others = sqlite::UsersTable::first(&file, 10).await.expect("users");
    // The hash of a password begins with a random salt.
    let passwords = users.iter_mut().chain(&mut others).map(|user| user.password.take().is_some());
    assert_eq!(passwords.collect::<Vec<_>>(), [true, false, true, false]);
    assert_eq!(users, others);
    one.shutdown().await.expect("an end");
    other.shutdown().await.expect("an end");
}
