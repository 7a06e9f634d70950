//! Who may log in.

use cqrs::{prelude::*, store::StoreError};
use sqlx::{Row, postgres::PgRow};

use crate::{
    Account, PasswordHash,
    account::{AccountOpened, EmailAddressChanged, PasswordChanged},
    read_models::rows::UserRow,
};

use super::row::{account, all, exactly_one};

/// The owners of accounts with what they log in with, in the table `users`.
#[derive(Projection)]
#[projection(name = "users", schema = include_str!("users.sql"))]
pub struct UsersTable;

#[event_handler]
impl UsersTable {
    async fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let insert = sqlx::query("INSERT INTO users (account, owner, email) VALUES ($1, $2, $3)")
            .bind(i64::from(account.number()))
            .bind(&event.owner)
            .bind(event.email.as_str());
        exactly_one(&insert.execute(&mut **tx).await?)
    }

    async fn email_changed(
        event: &EmailAddressChanged,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let update = sqlx::query("UPDATE users SET email = $2 WHERE account = $1")
            .bind(i64::from(account.number()))
            .bind(event.email.as_str());
        exactly_one(&update.execute(&mut **tx).await?)
    }

    async fn password_changed(
        event: &PasswordChanged,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let update = sqlx::query("UPDATE users SET password_hash = $2 WHERE account = $1")
            .bind(i64::from(account.number()))
            .bind(event.hash.expose());
        exactly_one(&update.execute(&mut **tx).await?)
    }
}

impl UsersTable {
    /// The first users by account, at most `limit`.
    pub async fn first(store: &PostgresStore, limit: u32) -> Result<Vec<UserRow>, StoreError> {
        let sql = "SELECT account, owner, email, password_hash FROM users ORDER BY account LIMIT $1";
        let query = sqlx::query(sql).bind(i64::from(limit));
        let read = |row: &PgRow| {
            Ok(UserRow {
                account: account(row, 0)?,
                owner: row.try_get(1)?,
                email: row.try_get(2)?,
                password: row.try_get::<Option<String>, _>(3)?.map(PasswordHash::from_stored),
            })
        };
        all(store, query, read).await
    }
}
