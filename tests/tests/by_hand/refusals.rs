//! The rules every aggregate lives by hold as in the real dispatcher.

use cqrs::{
    dispatch::DispatchError,
    testing::{Rule, given, given_nothing},
};

use super::{
    bank::{Account, AccountClosed, CloseAccount, DebitAccount, OpenAccount, ReopenAccount},
    opened,
};

#[tokio::test]
async fn a_handler_without_a_receiver_needs_that_nothing_is_there() {
    given::<Account>(opened())
        .when(OpenAccount { account: 7, owner: "bob".to_owned() })
        .await
        .then_not_allowed(Rule::AlreadyExists)
        .then_state(|account| assert_eq!(account.owner, "alice"));
}

#[tokio::test]
async fn a_handler_with_a_receiver_needs_the_aggregate() {
    given_nothing::<Account>().when(CloseAccount { account: 7 }).await.then_not_allowed(Rule::NotFound);
}

#[tokio::test]
async fn an_ended_aggregate_refuses_everything() {
    let history = || given::<Account>((opened(), AccountClosed));
    history().when(CloseAccount { account: 7 }).await.then_not_allowed(Rule::Ended).then_has_ended();
    history().when(ReopenAccount { account: 7 }).await.then_not_allowed(Rule::Ended);
    history().when(OpenAccount { account: 7, owner: "bob".to_owned() }).await.then_not_allowed(Rule::Ended);
}

#[tokio::test]
async fn what_does_not_fit_the_state_is_no_decision() {
    given::<Account>(opened())
        .when(ReopenAccount { account: 7 })
        .await
        .then_not_allowed(Rule::InvalidDecision)
        .then_state(|account| assert_eq!(account.owner, "alice"));
}

#[tokio::test]
async fn a_service_nobody_provides_is_named() {
    given::<Account>(opened()).when(DebitAccount { account: 7, amount: 1 }).await.then_failed_with(|error| {
        let DispatchError::Argument(cause) = error else { panic!("{error}") };
        assert!(cause.to_string().contains("Fees"), "{cause}");
    });
}
