//! What waits, as the server has it, and as several processes change it.

use async_nats::HeaderMap;
use cqrs::{
    Timestamp,
    store::{
        Damage, Due, DueKey, DueKind, DueQuery, KeptSchedule, ScheduleStore, StoreError, nats::NatsStore,
    },
};
use cqrs_tests::nats::{Prefix, server_answers};

fn due(key: &str, second: i64, owner: &str) -> Due {
    let key = DueKey::new(DueKind::Command, key);
    Due { key, due: Timestamp::from_second(second).unwrap(), owner: owner.into(), payload: "{}".into() }
}

fn all() -> DueQuery {
    DueQuery::of(DueKind::Command, ["open", "close", "é\n"])
}

async fn publish(prefix: &Prefix, subject: &str, header: Option<&str>, body: &'static [u8]) {
    let mut headers = HeaderMap::new();
    if let Some(header) = header {
        headers.insert("Cqrs-Due", header);
    }
    let subject = format!("{}.due.{subject}", prefix.name());
    let jetstream = prefix.jetstream().await;
    jetstream.publish_with_headers(subject, headers, body.into()).await.unwrap().await.unwrap();
}

#[tokio::test]
async fn a_row_is_a_message_that_a_person_can_read_and_nothing_once_it_is_removed() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    store.set_due(due("a.b", 0, "open")).await.unwrap();
    let jetstream = prefix.jetstream().await;
    let mut rows = jetstream.get_stream(format!("{}_due", prefix.name())).await.unwrap();
    let message = rows.get_raw_message(1).await.unwrap();
    assert_eq!(message.subject.as_str(), format!("{}.due.command.a=2eb", prefix.name()));
    let head = message.headers.get("Cqrs-Due").unwrap().as_str();
    assert_eq!(head, r#"{"kind":"command","key":"a.b","due":"1970-01-01T00:00:00Z","owner":"open"}"#);
    assert_eq!(&*message.payload, b"{}");
    assert_eq!(store.remove_due(&[DueKey::new(DueKind::Command, "a.b")]).await.unwrap(), 1);
    assert_eq!(rows.info().await.unwrap().state.messages, 0);
}

#[tokio::test]
async fn any_text_can_be_a_key_or_an_owner() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let long = "x".repeat(5_000);
    let id = "0192f0c1-2345-7000-8000-00000000000a";
    let mut rows: Vec<_> = ["", "a b", "*", ">", "é\u{7f}\r\n", " ", id, &id.to_uppercase(), &long]
        .map(|key| due(key, 1, "é\n"))
        .into();
    for row in &rows {
        assert_eq!(store.set_due(row.clone()).await.unwrap(), None);
        assert_eq!(store.find_due(&row.key).await.unwrap().as_ref(), Some(row));
    }
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    assert_eq!(store.due(&all(), 100).await.unwrap(), rows);
    assert_eq!(store.due_owners(DueKind::Command).await.unwrap(), ["é\n"]);
    assert!(store.check().await.unwrap().is_sound());
}

/// Three processes do whatever they like, and each of them sees what a table in memory has.
#[tokio::test]
async fn whoever_changes_it_everybody_sees_the_same_at_once() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let stores = [prefix.store().await, prefix.store().await, prefix.store().await];
    let mut kept = KeptSchedule::default();
    for _ in 0..600 {
        let store = fastrand::choice(&stores).unwrap();
        let owner = *fastrand::choice(&["open", "close"]).unwrap();
        let row = due(&fastrand::u32(0..40).to_string(), fastrand::i64(0..5), owner);
        match fastrand::u32(0..10) {
            0..4 => assert_eq!(store.set_due(row.clone()).await.unwrap(), kept.set(row)),
            4..6 => {
                store.replace_due(row.clone()).await.unwrap();
                kept.replace(row);
            }
            6 => {
                let read = kept.find(&row.key).cloned().unwrap_or_else(|| row.clone());
                assert_eq!(store.move_due(&read, row.clone()).await.unwrap(), kept.change(&read, row));
            }
            _ => {
                let removed = usize::from(kept.remove(&row.key));
                assert_eq!(store.remove_due(&[row.key]).await.unwrap(), removed);
            }
        }
        if fastrand::u32(0..4) == 0 {
            let (reader, limit) = (fastrand::choice(&stores).unwrap(), fastrand::usize(1..50));
            assert_eq!(reader.due(&all(), limit).await.unwrap(), kept.page(&all(), limit));
            assert_eq!(reader.due_owners(DueKind::Command).await.unwrap(), kept.owners(DueKind::Command));
        }
    }
}

/// A process that reads seldom, while others enter and remove much.
#[tokio::test]
async fn what_others_have_removed_is_not_seen_and_costs_nothing_for_long() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (store, other) = (prefix.store().await, prefix.store().await);
    for number in 0..500 {
        other.set_due(due(&format!("{number:03}"), number, "open")).await.unwrap();
    }
    assert_eq!(store.due(&all(), 10).await.unwrap().len(), 10);
    let keys: Vec<_> = (0..499).map(|number| due(&format!("{number:03}"), 0, "").key).collect();
    assert_eq!(other.remove_due(&keys).await.unwrap(), 499);
    assert_eq!(store.due(&all(), 10).await.unwrap(), [due("499", 499, "open")]);
    assert_eq!(other.remove_due(&[due("499", 0, "").key]).await.unwrap(), 1);
    assert_eq!(store.due_owners(DueKind::Command).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn what_a_later_release_lets_wait_holds_up_nothing() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let header = r#"{"kind":"dream","key":"a","due":"1970-01-01T00:00:00Z","owner":"open"}"#;
    publish(&prefix, "dream.a", Some(header), b"\xff").await;
    store.set_due(due("a", 1, "open")).await.unwrap();
    assert_eq!(store.due(&all(), 10).await.unwrap(), [due("a", 1, "open")]);
    assert_eq!(store.due_owners(DueKind::Command).await.unwrap(), ["open"]);
    assert!(store.check().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_can_be_removed() {
    if !server_answers() {
        return;
    }
    let of = |key: &str| {
        format!(r#"{{"kind":"command","key":"{key}","due":"1970-01-01T00:00:00Z","owner":"open"}}"#)
    };
    let (sound, other) = (of("a"), of("b"));
    let cases: [(Option<&str>, &[u8], &str); 5] = [
        (None, b"{}", "no header `Cqrs-Due`"),
        (Some("hello"), b"{}", "its header `Cqrs-Due`"),
        (Some(&other), b"{}", "another subject"),
        (Some(&sound), b"\xff", "utf-8"),
        (Some(&sound), b"hello", "not JSON"),
    ];
    for (header, body, told) in cases {
        let prefix = Prefix::new();
        let store = prefix.store().await;
        publish(&prefix, "command.a", header, body).await;
        let subject = format!("{}.due.command.a", prefix.name());
        let damage = store.check().await.unwrap().damage;
        let [Damage::Row { table: "due", row, what }] = &damage[..] else { panic!("{damage:?}") };
        assert!(*row == subject && what.contains(told), "`{what}` should say {told}");
        // What is not JSON is whoever's who knows the owner.
        if told != "not JSON" {
            let key = due("a", 0, "").key;
            for error in [store.due(&all(), 1).await.unwrap_err(), store.find_due(&key).await.unwrap_err()] {
                is_told_of(&error, &subject);
            }
        }
        assert_eq!(store.remove_due(&[due("a", 0, "").key]).await.unwrap(), 1);
        works(&store).await;
    }
}

fn is_told_of(error: &StoreError, subject: &str) {
    let StoreError::Damaged { what, .. } = error else { panic!("it is damaged: {error:?}") };
    assert!(what.contains("message 1 ") && what.contains(subject), "{what}");
}

async fn works(store: &NatsStore) {
    store.set_due(due("a", 1, "open")).await.unwrap();
    assert_eq!(store.due(&all(), 10).await.unwrap(), [due("a", 1, "open")]);
}
