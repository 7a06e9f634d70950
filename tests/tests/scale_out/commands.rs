//! The commands: to each account an opening, then credits and debits by turns.

use std::collections::BTreeMap;

use cqrs::{
    CommandId,
    bus::{CommandBus, CommandMessage},
};
use cqrs_tests::bank::{AccountId, CreditAccount, DebitAccount, OpenAccount};

const ACCOUNTS: u16 = 50;
/// To each account; odd, so that the last is a credit.
const PAYMENTS: u16 = 399;
/// With the openings.
pub const COMMANDS: usize = ACCOUNTS as usize * (PAYMENTS as usize + 1);

/// How many are published at a time.
const BATCH: usize = 400;

/// What was published to each account, in order.
pub fn published() -> BTreeMap<String, Vec<CommandId>> {
    let ids = |account| (0..=PAYMENTS).map(move |step| id(account, step));
    (0..ACCOUNTS).map(|account| (account.to_string(), ids(account).collect())).collect()
}

/// What remains of an account: its last credit.
pub fn balances() -> BTreeMap<String, i64> {
    (0..ACCOUNTS).map(|account| (account.to_string(), amount(account, PAYMENTS))).collect()
}

/// Publishes them all, the accounts side by side.
pub async fn publish(bus: CommandBus) {
    let steps = (0..=PAYMENTS).flat_map(|step| (0..ACCOUNTS).map(move |account| message(account, step)));
    let messages: Vec<_> = steps.collect();
    for batch in messages.chunks(BATCH) {
        bus.publish_all(batch).await.expect("the broker confirms");
    }
}

fn message(number: u16, step: u16) -> CommandMessage {
    let account = AccountId::new(number);
    let message = match step {
        0 => CommandMessage::of(&OpenAccount { account, owner: "everybody".into() }),
        odd if odd % 2 == 1 => CommandMessage::of(&CreditAccount { account, amount: amount(number, step) }),
        _ => CommandMessage::of(&DebitAccount { account, amount: amount(number, step - 1) }),
    };
    message.expect("a command is JSON").id(id(number, step))
}

fn id(account: u16, step: u16) -> CommandId {
    CommandId::derived("scale-out", format!("{account}-{step}"))
}

/// No two credits of an account are alike.
fn amount(account: u16, step: u16) -> i64 {
    1_000 * (i64::from(account) + 1) + i64::from(step)
}
