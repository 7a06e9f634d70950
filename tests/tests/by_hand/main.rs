//! A bank written by hand: tested by given, when, then, and run as an application.
#![allow(missing_docs, reason = "the bank is a test's")]

mod application;
mod bank;
mod refusals;
mod reports;
mod scenarios;

use bank::AccountOpened;

fn opened() -> AccountOpened {
    AccountOpened { owner: "alice".to_owned() }
}
