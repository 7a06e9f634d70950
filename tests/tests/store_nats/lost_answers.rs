//! The server stores, and its answer does not arrive.

use std::time::Duration;

use cqrs::{
    Application, CommandId, Version,
    dispatch::{DispatchError, Scheduled},
    registry::Registry,
    store::{Due, DueKey, DueKind, EventStore, Expected, ScheduleStore, StoreError, nats::NatsStore},
};
use cqrs_tests::{
    bank::{Account, AccountId, CreditAccount},
    nats::{Prefix, server_answers},
    proxy::Proxy,
    services::Service,
};

use crate::requests::{answering, append, landed, version};

/// A store behind a connection that can lose answers, and the prefix beside it.
async fn store_behind_a_proxy() -> (Proxy, Prefix, NatsStore) {
    let address = Service::Nats.address();
    let host = address.trim_start_matches("nats://").trim_end_matches('/');
    let proxy = Proxy::before(host).await;
    let options = NatsStore::builder().timeout(Duration::from_millis(500));
    let prefix = Prefix::new();
    let store = options.connect(&format!("nats://{}/{}", proxy.address(), prefix.name())).await.unwrap();
    (proxy, prefix, store)
}

/// Asks until the connection is there again.
async fn find(store: &NatsStore, id: CommandId) -> Option<cqrs::store::RecordedCommand> {
    for _ in 0..50 {
        if let Ok(found) = store.command(id).await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the connection does not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_unknown_fate_is_found_by_its_command_and_not_stored_again() {
    if !server_answers() {
        return;
    }
    let (proxy, prefix, store) = store_behind_a_proxy().await;
    for round in 1..=3 {
        let id = CommandId::generate();
        let before = version(&store, "a").await;
        proxy.lose_answers_to(&format!("PUB {}.events.", prefix.name()));
        let request = || answering(append("a", Expected::Exactly(before), 2), id);
        let outcome = store.append(request()).await;
        assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "round {round}: {outcome:?}");
        proxy.cut();
        let found = find(&store, id).await.expect("the server had stored it");
        let again = store.append(request()).await;
        assert!(matches!(again, Err(StoreError::AlreadyHandled(_))), "{again:?}");
        assert_eq!(landed(again), Some(found.appended));
        assert_eq!(version(&store, "a").await, Version::new(round * 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_not_sent_is_not_there_and_its_retry_is_stored() {
    if !server_answers() {
        return;
    }
    let (proxy, prefix, store) = store_behind_a_proxy().await;
    let id = CommandId::generate();
    // The announcement is stored, and no append follows.
    proxy.lose_answers_to(&format!("PUB $KV.{}_commands.", prefix.name()));
    let request = || answering(append("a", Expected::NoStream, 1), id);
    store.append(request()).await.expect_err("no answer arrives");
    proxy.cut();
    assert_eq!(find(&store, id).await, None);
    store.append(request()).await.unwrap();
    assert_eq!(version(&store, "a").await, Version::new(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_wait_is_entered_again_after_its_answer_was_lost() {
    if !server_answers() {
        return;
    }
    let (proxy, prefix, store) = store_behind_a_proxy().await;
    let beside = prefix.store().await;
    let due = Due {
        key: DueKey::new(DueKind::Command, "a"),
        due: cqrs::Timestamp::UNIX_EPOCH,
        owner: "open".into(),
        payload: "{}".into(),
    };
    proxy.lose_answers_to(&format!("PUB {}.due.", prefix.name()));
    let entering = tokio::spawn({
        let (store, due) = (store.clone(), due.clone());
        async move { store.set_due(due).await }
    });
    while beside.find_due(&due.key).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    proxy.cut();
    assert_eq!(entering.await.unwrap().unwrap(), None, "it waits, as was wanted");
    assert_eq!(beside.find_due(&due.key).await.unwrap(), Some(due));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_may_wait_is_told_with_its_id() {
    if !server_answers() {
        return;
    }
    let (proxy, prefix, store) = store_behind_a_proxy().await;
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<CreditAccount>();
    let app = Application::builder().store(store).registry(registry).start().await.unwrap();
    let credit = || app.dispatch(CreditAccount { account: AccountId::new(1), amount: 1 });
    let hour = Duration::from_hours(1);
    proxy.lose_answers_to(&format!("PUB {}.due.", prefix.name()));
    let error = credit().after(hour).await.unwrap_err();
    let DispatchError::OutcomeUnknown { id, .. } = error else { panic!("{error:?}") };
    proxy.cut();
    let again = loop {
        // The connection may take a moment to come back.
        match credit().command_id(id).after(hour).await {
            Ok(again) => break again,
            Err(error) => assert!(error.is_outage() || error.code() == "outcome-unknown", "{error:?}"),
        }
    };
    assert!(matches!(again, Scheduled::Waiting { command_id, .. } if command_id == id), "{again:?}");
    assert_eq!(app.scheduled().all().next_page().await.unwrap().map(|page| page.len()), Some(1));
    app.shutdown().await.unwrap();
}
