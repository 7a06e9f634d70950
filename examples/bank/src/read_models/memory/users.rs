//! Who may log in.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{
    Account, AccountId,
    account::{AccountOpened, EmailAddressChanged, PasswordChanged},
    read_models::rows::UserRow,
};

/// What the table `users` holds elsewhere.
#[derive(Projection, Debug, Default)]
#[projection(name = "users")]
pub struct Users {
    rows: BTreeMap<AccountId, UserRow>,
}

#[event_handler]
impl Users {
    fn opened(&mut self, event: &AccountOpened, account: Id<Account>) {
        let (owner, email) = (event.owner.clone(), event.email.to_string());
        self.rows.insert(*account, UserRow { account: *account, owner, email, password: None });
    }

    fn email_changed(&mut self, event: &EmailAddressChanged, account: Id<Account>) {
        if let Some(user) = self.rows.get_mut(&account) {
            user.email = event.email.to_string();
        }
    }

    fn password_changed(&mut self, event: &PasswordChanged, account: Id<Account>) {
        if let Some(user) = self.rows.get_mut(&account) {
            user.password = Some(event.hash.clone());
        }
    }
}

impl Users {
    /// All users by number of the account.
    pub fn all(&self) -> impl Iterator<Item = &UserRow> {
        self.rows.values()
    }
}
