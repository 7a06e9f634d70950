//! Who may log in.

use cqrs::{prelude::*, store::StoreError};

use crate::{
    Account, AccountId, PasswordHash,
    account::{AccountOpened, EmailAddressChanged, PasswordChanged},
    read_models::rows::UserRow,
};

use super::row::exactly_one;

/// The owners of accounts with what they log in with, in the table `users`.
#[derive(Projection)]
#[projection(name = "users", schema = include_str!("users.sql"))]
pub struct UsersTable;

#[event_handler]
impl UsersTable {
    fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let sql = "INSERT INTO users (account, owner, email) VALUES (?1, ?2, ?3)";
        exactly_one(tx.prepare_cached(sql)?.execute((
            account.number(),
            &event.owner,
            event.email.as_str(),
        ))?)
    }

    fn email_changed(
        event: &EmailAddressChanged,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let sql = "UPDATE users SET email = ?2 WHERE account = ?1";
        exactly_one(tx.prepare_cached(sql)?.execute((account.number(), event.email.as_str()))?)
    }

    fn password_changed(
        event: &PasswordChanged,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let sql = "UPDATE users SET password_hash = ?2 WHERE account = ?1";
        exactly_one(tx.prepare_cached(sql)?.execute((account.number(), event.hash.expose()))?)
    }
}

impl UsersTable {
    /// The first users by account, at most `limit`.
    pub async fn first(store: &SqliteStore, limit: u32) -> Result<Vec<UserRow>, StoreError> {
        let query = store.query(move |connection| {
            let sql = "SELECT account, owner, email, password_hash FROM users ORDER BY account LIMIT ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([limit], |row| {
                let hash: Option<String> = row.get(3)?;
                Ok(UserRow {
                    account: AccountId::new(row.get(0)?),
                    owner: row.get(1)?,
                    email: row.get(2)?,
                    password: hash.map(PasswordHash::from_stored),
                })
            })?;
            rows.collect()
        });
        query.await
    }
}
