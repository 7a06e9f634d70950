//! given / when / then.

use cqrs::testing::{given, given_nothing, project};

use super::{
    bank::{
        Account, AccountClosed, Balances, BankError, CloseAccount, DebitAccount, Fees, MoneyCredited,
        MoneyDebited, OpenAccount,
    },
    opened,
};

#[tokio::test]
async fn a_command_on_nothing_builds_the_aggregate() {
    given_nothing::<Account>()
        .when(OpenAccount { account: 7, owner: "alice".to_owned() })
        .await
        .then(opened())
        .then_state(|account| assert_eq!((account.owner.as_str(), account.balance), ("alice", 0)));
}

#[tokio::test]
async fn a_decision_rests_on_the_history_and_the_services() {
    given::<Account>((opened(), MoneyCredited { amount: 10 }))
        .with_service(Fees { debit: 1 })
        .when(DebitAccount { account: 7, amount: 5 })
        .await
        .then(MoneyDebited { amount: 5, fee: 1 })
        .then_state(|account| assert_eq!(account.balance, 4));
}

#[tokio::test]
async fn the_domain_may_refuse() {
    given::<Account>((opened(), MoneyCredited { amount: 10 }))
        .with_service(Fees { debit: 1 })
        .when(DebitAccount { account: 7, amount: 10 })
        .await
        .then_rejected(BankError::NotEnough { balance: 10 })
        .then_rejected_with(|error| assert_eq!(error.to_string(), "only 10 is there"))
        .then_state(|account| assert_eq!(account.balance, 10));
}

#[tokio::test]
async fn nothing_may_happen() {
    given::<Account>((opened(), MoneyCredited { amount: 10 }))
        .with_service(Fees { debit: 1 })
        .when(DebitAccount { account: 7, amount: 0 })
        .await
        .then_nothing()
        .then(());
}

#[tokio::test]
async fn an_aggregate_may_end() {
    given::<Account>(vec![opened()])
        .when(CloseAccount { account: 7 })
        .await
        .then(AccountClosed)
        .then_has_ended();
}

#[test]
fn a_projection_hears_what_it_handles() {
    project::<Balances>()
        .given::<Account>(&7, (opened(), MoneyCredited { amount: 10 }, MoneyDebited { amount: 3, fee: 1 }))
        .given::<Account>(&8, (opened(), MoneyCredited { amount: 5 }, AccountClosed))
        .given_event(cqrs::StreamId::of("account", 8), &MoneyCredited { amount: 1 })
        .then(|balances| assert_eq!(balances.by_account, [(7, 6), (8, 6)].into()));
}
