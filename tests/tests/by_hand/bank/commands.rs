//! The commands.

use cqrs::{
    Location,
    command::{Command, Decide},
    dispatch::{AggregateHandler, HandledCommand},
    event::JsonCodec,
};
use serde::{Deserialize, Serialize};

use super::{Account, HERE};

#[derive(Serialize, Deserialize)]
pub struct OpenAccount {
    pub account: u32,
    pub owner: String,
}

#[derive(Serialize, Deserialize)]
pub struct CreditAccount {
    pub account: u32,
    pub amount: u64,
}

#[derive(Serialize, Deserialize)]
pub struct DebitAccount {
    pub account: u32,
    pub amount: u64,
}

#[derive(Serialize, Deserialize)]
pub struct CloseAccount {
    pub account: u32,
}

/// Makes a mistake of the domain's: it opens an account that is open.
#[derive(Serialize, Deserialize)]
pub struct ReopenAccount {
    pub account: u32,
}

macro_rules! command {
    ($type:ident, $name:literal) => {
        impl Command for $type {
            type Id = u32;

            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const CODEC: JsonCodec<Self> = JsonCodec::serde();
            const LOCATION: Location = HERE;

            fn aggregate_id(&self) -> &u32 {
                &self.account
            }
        }

        impl HandledCommand for $type {
            type Error = <Account as Decide<Self>>::Error;
            type Handler = AggregateHandler<Account>;
        }
    };
}

command!(OpenAccount, "open-account");
command!(CreditAccount, "credit-account");
command!(DebitAccount, "debit-account");
command!(CloseAccount, "close-account");
command!(ReopenAccount, "reopen-account");
