//! Who asks for what.

use bank::{
    AccountId, Date, EmailAddress, Money, Password,
    account::{ChangeEmailAddress, ChangePassword, CreditAccount, DebitAccount, OpenAccount},
};
use cqrs::{CorrelationId, bus::CommandMessage, command::Command};

/// The accounts of the scenario.
pub(super) const ALICE: AccountId = AccountId::new(1);
pub(super) const BOB: AccountId = AccountId::new(2);

/// Alice's passwords: the one she begins with, and the one she changes it to.
pub(super) const FORMER_PASSWORD: &str = "correct horse";
pub(super) const PASSWORD: &str = "battery staple";

/// Opening, password, email address, credits and debits, the last of them too much.
pub(super) fn of_alice(correlation_id: CorrelationId) -> anyhow::Result<Vec<CommandMessage>> {
    let message = |message: CommandMessage| message.correlation_id(correlation_id).actor("alice");
    let messages = vec![
        open(ALICE, "Alice", "alice@example.org", "100.00")?,
        password(FORMER_PASSWORD)?,
        password(PASSWORD)?,
        of(&ChangeEmailAddress { account: ALICE, email: EmailAddress::new("alice@example.net")? })?,
        credit(ALICE, "1500.00", "salary", 1)?,
        credit(ALICE, "24.90", "interest", 2)?,
        debit(ALICE, "1200.00", "rent", 3)?,
        debit(ALICE, "400.00", "cash withdrawal", 4)?,
        debit(ALICE, "400.00", "cash withdrawal", 5)?,
    ];
    Ok(messages.into_iter().map(message).collect())
}

/// Opening and a credit.
pub(super) fn of_bob(correlation_id: CorrelationId) -> anyhow::Result<Vec<CommandMessage>> {
    let message = |message: CommandMessage| message.correlation_id(correlation_id).actor("bob");
    let messages =
        vec![open(BOB, "Bob", "bob@example.org", "0.00")?, credit(BOB, "1200.00", "transfer in", 3)?];
    Ok(messages.into_iter().map(message).collect())
}

fn open(account: AccountId, owner: &str, email: &str, overdraft: &str) -> anyhow::Result<CommandMessage> {
    let (owner, email, overdraft) = (owner.to_owned(), EmailAddress::new(email)?, overdraft.parse()?);
    of(&OpenAccount { account, owner, email, overdraft })
}

fn password(password: &str) -> anyhow::Result<CommandMessage> {
    of(&ChangePassword { account: ALICE, password: Password::new(password)? })
}

fn credit(account: AccountId, amount: &str, operation: &str, day: i8) -> anyhow::Result<CommandMessage> {
    let (amount, booked_on, operation) = booking(amount, operation, day)?;
    of(&CreditAccount { account, amount, booked_on, operation })
}

fn debit(account: AccountId, amount: &str, operation: &str, day: i8) -> anyhow::Result<CommandMessage> {
    let (amount, booked_on, operation) = booking(amount, operation, day)?;
    of(&DebitAccount { account, amount, booked_on, operation })
}

fn booking(amount: &str, operation: &str, day: i8) -> anyhow::Result<(Money, Date, String)> {
    Ok((amount.parse()?, Date::new(2025, 1, day)?, operation.to_owned()))
}

fn of(command: &impl Command) -> anyhow::Result<CommandMessage> {
    Ok(CommandMessage::of(command)?)
}
