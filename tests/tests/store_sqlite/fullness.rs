//! A store, or a disk, without room.

use std::process::Command;

use cqrs::{
    CommandId, StreamId, Version,
    store::{
        CommandClaim, CommandForm, EventQuery, EventStore, Expected, StoreError, read_page,
        sqlite::SqliteStore,
    },
};

use crate::place::{File, append};

/// About as much as fits a small store.
fn kilobytes(count: usize) -> String {
    format!("\"{}\"", "x".repeat(count * 1024))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_fit_fails_alone_and_small_appends_go_on() {
    let file = File::with(SqliteStore::builder().max_size(400 << 10));
    let store = file.store();
    for round in 0..5 {
        let appends: Vec<_> = (0..16)
            .map(|index| {
                let (store, large) = (store.clone(), kilobytes(if index == 7 { 500 } else { 1 }));
                let key = format!("{round}-{index}");
                tokio::spawn(async move { store.append(append(&key, Expected::NoStream, &[&large])).await })
            })
            .collect();
        for (index, outcome) in appends.into_iter().enumerate() {
            match (index, outcome.await.unwrap()) {
                (7, Err(StoreError::Full(_))) => {}
                (7, other) => panic!("500 KB do not fit: {other:?}"),
                (_, outcome) => drop(outcome.expect("a small append fits")),
            }
        }
    }
    let (events, _) = read_page(&store, &EventQuery::all(), 1_000).await.unwrap();
    assert_eq!(events.len(), 5 * 15);
    assert!(store.check().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fills_up_keeps_what_it_acknowledged_and_nothing_else() {
    let file = File::with(SqliteStore::builder().max_size(300 << 10));
    let store = file.store();
    let appends: Vec<_> = (0..100)
        .map(|index: usize| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut append = append(&index.to_string(), Expected::NoStream, &[&kilobytes(5), "2"]);
                let form = CommandForm { version: 1, shape: 0, digest: None };
                append.command = Some(CommandClaim {
                    id: CommandId::derived("fill", index),
                    name: "fill".into(),
                    aliases: &[],
                    form,
                });
                store.append(append).await
            })
        })
        .collect();
    let mut stored = 0;
    for (index, outcome) in appends.into_iter().enumerate() {
        let version = match outcome.await.unwrap() {
            Ok(_) => Version::new(2),
            Err(StoreError::Full(_)) => Version::NONE,
            Err(other) => panic!("a write fits or does not: {other:?}"),
        };
        stored += usize::from(version != Version::NONE);
        assert_eq!(store.version(&StreamId::new("thing", index.to_string())).await.unwrap(), version);
        let known = store.command(CommandId::derived("fill", index)).await.unwrap();
        assert_eq!(known.is_some(), version != Version::NONE);
    }
    assert!((10..90).contains(&stored), "{stored} of 100 fitted");
    store.close().await.unwrap();

    let larger = SqliteStore::builder().max_size(10 << 20).open(file.path()).unwrap();
    larger.append(append("more", Expected::NoStream, &[&kilobytes(100)])).await.unwrap();
    assert!(larger.check().await.unwrap().is_sound());
}

/// The part of the next test that runs in a process of its own, which may not write files beyond a size.
#[tokio::test]
async fn limited_process() {
    let Ok(path) = std::env::var("CQRS_TEST_LIMITED") else { return };
    let store = SqliteStore::open(path).unwrap();
    let mut acknowledged = 0_u64;
    for _ in 0..1_000 {
        match store.append(append("a", Expected::Exactly(Version::new(acknowledged)), &[&kilobytes(8)])).await
        {
            Ok(_) => acknowledged += 1,
            Err(StoreError::Full(_) | StoreError::OutcomeUnknown(_) | StoreError::Engine { .. }) => break,
            Err(other) => panic!("the disk is full: {other:?}"),
        }
    }
    // The store is still there for reading.
    let seen = store.version(&StreamId::new("thing", "a")).await.unwrap();
    println!("acknowledged={acknowledged} seen={seen}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fills_up_loses_nothing_that_was_acknowledged() {
    let file = File::new();
    drop(file.store());
    let this = std::env::current_exe().unwrap();
    // Without the trap the process would be killed instead of told.
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$0\" --exact fullness::limited_process --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(this)
        .env("CQRS_TEST_LIMITED", file.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let number = |name: &str| -> u64 {
        let after = text.split(&format!("{name}=")).nth(1).unwrap_or_else(|| panic!("no {name} in {text}"));
        after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let (acknowledged, seen) = (number("acknowledged"), number("seen"));
    assert!(acknowledged > 10 && acknowledged < 1_000, "{acknowledged} writes of 8 KB below 1 MB");
    assert_eq!(acknowledged, seen);

    let store = file.store();
    let version = store.version(&StreamId::new("thing", "a")).await.unwrap().get();
    assert!(
        version == acknowledged || version == acknowledged + 1,
        "{version}, of {acknowledged} acknowledged"
    );
    store.append(append("a", Expected::Exactly(Version::new(version)), &["1"])).await.unwrap();
    assert!(store.check().await.unwrap().is_sound());
}
