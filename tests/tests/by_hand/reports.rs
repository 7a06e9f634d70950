//! A check that fails says what was there instead.

use cqrs::{
    StreamId,
    testing::{Outcome, Rule, given, given_nothing, project},
};

use super::{
    bank::{
        Account, AccountClosed, Balances, BankError, CloseAccount, DebitAccount, Fees, MoneyCredited,
        MoneyDebited, OpenAccount,
    },
    opened,
};

/// What a check says when it panics, which it must.
async fn report<F: Future<Output = ()> + Send + 'static>(check: F) -> String {
    let panic = tokio::spawn(check).await.expect_err("the check must fail").into_panic();
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a panic says something")
}

async fn debit(amount: u64) -> Outcome<Account, BankError> {
    given::<Account>((opened(), MoneyCredited { amount: 10 }))
        .with_service(Fees { debit: 1 })
        .when(DebitAccount { account: 7, amount })
        .await
}

fn debited(amount: u64) -> MoneyDebited {
    MoneyDebited { amount, fee: 1 }
}

#[tokio::test]
async fn another_event_is_shown_line_by_line() {
    let shown = report(async { _ = debit(5).await.then(debited(6)) }).await;
    let difference = r#"  money-debited (schema version 1) {
-   "amount": 6,
+   "amount": 5,
    "fee": 1
  }
"#;
    assert!(shown.contains(difference), "{shown}");
}

#[tokio::test]
async fn missing_and_surplus_events_are_shown() {
    let missing = report(async { _ = debit(5).await.then((debited(5), AccountClosed)) }).await;
    assert!(missing.contains("- account-closed (schema version 1) null"), "{missing}");
    let surplus = report(async { _ = debit(5).await.then(()) }).await;
    assert!(surplus.contains("+ money-debited (schema version 1)"), "{surplus}");
    let something = report(async { _ = debit(5).await.then_nothing() }).await;
    assert!(something.contains("money-debited"), "{something}");
}

#[tokio::test]
async fn a_refusal_in_place_of_events_is_told_with_its_cause() {
    let shown = report(async { _ = debit(50).await.then(debited(50)) }).await;
    assert!(shown.contains("`rejected`") && shown.contains("only 10 is there"), "{shown}");
    let shown = report(async { _ = debit(50).await.then_nothing() }).await;
    assert!(shown.contains("only 10 is there"), "{shown}");
}

#[tokio::test]
async fn another_refusal_is_told() {
    let other =
        report(async { _ = debit(50).await.then_rejected(BankError::NotEnough { balance: 9 }) }).await;
    assert!(other.contains("balance: 9") && other.contains("balance: 10"), "{other}");
    let accepted = report(async { _ = debit(5).await.then_rejected_with(|_| ()) }).await;
    assert!(accepted.contains("it was accepted"), "{accepted}");
    let ended = report(async { _ = debit(50).await.then_not_allowed(Rule::Ended) }).await;
    assert!(ended.contains("Ended") && ended.contains("`rejected`"), "{ended}");
    let failed = report(async { _ = debit(5).await.then_failed_with(|_| ()) }).await;
    assert!(failed.contains("expected the command to fail"), "{failed}");
}

#[tokio::test]
async fn an_absent_and_an_ended_state_are_told_apart() {
    let close = |history| async { given::<Account>(history).when(CloseAccount { account: 7 }).await };
    let absent = report(async move { _ = close(vec![]).await.then_state(|_| ()) }).await;
    assert!(absent.contains("account/7 does not exist"), "{absent}");
    let ended = report(async move { _ = close(vec![opened()]).await.then_state(|_| ()) }).await;
    assert!(ended.contains("account/7 has ended"), "{ended}");
    let lives = report(async { _ = debit(5).await.then_has_ended() }).await;
    assert!(lives.contains("it has not"), "{lives}");
}

#[tokio::test]
async fn an_impossible_history_is_told() {
    let impossible = report(async {
        _ = given::<Account>((opened(), opened())).when(CloseAccount { account: 7 }).await;
    });
    let impossible = impossible.await;
    assert!(impossible.contains("no `account` can have the given history"), "{impossible}");
    assert!(impossible.contains("account-opened") && impossible.contains("exists already"), "{impossible}");
}

#[tokio::test]
async fn a_projection_that_fails_is_named_with_the_event() {
    let shown = report(async {
        _ = project::<Balances>().given_event(StreamId::of("user", 7), &MoneyCredited { amount: 1 });
    });
    let shown = shown.await;
    assert!(shown.contains("projection `balances` failed on event `money-credited`"), "{shown}");
    assert!(shown.contains("user/7"), "{shown}");
}

#[tokio::test]
async fn a_panicking_check_of_the_users_is_a_failure() {
    let shown = report(async {
        let open = OpenAccount { account: 7, owner: "alice".to_owned() };
        _ = given_nothing::<Account>()
            .when(open)
            .await
            .then_state(|account| assert_eq!(account.owner, "bob"));
    });
    assert!(shown.await.contains("bob"));
}
