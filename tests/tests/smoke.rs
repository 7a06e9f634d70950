//! The shortest way through everything.
use cqrs::{prelude::*, store::memory::MemoryStore};
use cqrs_tests::bank::*;

#[tokio::test]
async fn a_command_becomes_events_and_a_read_model() {
    let app = Application::builder().store(MemoryStore::new()).start().await.unwrap();
    let (a, b) = (AccountId::new("a"), AccountId::new("b"));
    for account in [&a, &b] {
        app.dispatch(OpenAccount { account: account.clone(), owner: "alice".into() }).await.unwrap();
    }
    app.dispatch(CreditAccount { account: a.clone(), amount: 100 }).await.unwrap();
    app.dispatch(DebitAccount { account: a.clone(), amount: 30 }).await.unwrap();
    let receipt = app.dispatch(Transfer { from: a.clone(), to: b.clone(), amount: 20 }).await.unwrap();
    app.wait_for::<Balances>(&receipt).await.unwrap();
    assert_eq!(app.projection::<Balances>().read().by_account[&a], 50);
    assert_eq!(app.projection::<Balances>().read().by_account[&b], 20);
    let error = app.dispatch(DebitAccount { account: a, amount: 60 }).await.unwrap_err();
    assert!(matches!(error, DispatchError::Rejected(BankError::NotCovered { balance: 50, amount: 60 })));
    app.shutdown().await.unwrap();
}
