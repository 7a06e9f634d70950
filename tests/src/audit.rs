//! The log told again, by a fold that shares no code with the library's.

use std::collections::BTreeMap;

use cqrs::{
    event::RecordedEvent,
    store::{EventQuery, Store, read_page},
};

/// What the log says of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    pub balance: i64,
    pub events: u64,
    pub closed: bool,
}

/// Every event there is.
pub async fn all_events(store: &dyn Store) -> Vec<RecordedEvent> {
    let (mut all, mut query) = (Vec::new(), EventQuery::all());
    loop {
        let (page, end) = read_page(store, &query, 1_000).await.expect("the log can be read");
        all.extend(page);
        if end.complete {
            return all;
        }
        query.after = end.position;
    }
}

/// The accounts as the log tells them, after checking that positions grow and that versions have no gaps.
pub async fn audit(store: &dyn Store) -> BTreeMap<String, Told> {
    let mut accounts = BTreeMap::<String, Told>::new();
    let mut last = 0;
    for event in all_events(store).await {
        assert!(event.position.get() > last, "position {} follows {last}", event.position);
        last = event.position.get();
        let told = accounts.entry(event.envelope.stream.key().to_owned()).or_default();
        told.events += 1;
        assert_eq!(event.envelope.version.get(), told.events, "a gap in {}", event.envelope.stream);
        let payload: serde_json::Value = serde_json::from_str(event.payload.as_json()).expect("JSON");
        let amount = payload["amount"].as_i64().unwrap_or(0);
        match event.envelope.name.as_str() {
            "money-credited" => told.balance += amount,
            "money-debited" => told.balance -= amount,
            "account-closed" => told.closed = true,
            _ => {}
        }
    }
    accounts
}
