//! Several processes on one file, one of them killed.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use cqrs::{
    StreamId, Version,
    store::{EventStore, Expected, sqlite::SqliteStore},
};

use crate::place::{File, append};

const APPENDS: u64 = 300;

/// The part of the tests that runs in a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn writing_process() {
    let Ok(path) = std::env::var("CQRS_TEST_WRITER") else { return };
    let name = std::env::var("CQRS_TEST_NAME").unwrap();
    let store = SqliteStore::open(path).unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let (store, key) = (store.clone(), format!("{name}-{task}"));
            tokio::spawn(async move {
                let start = store.version(&StreamId::new("thing", &*key)).await.unwrap().get();
                for version in start..APPENDS {
                    let expected = Expected::Exactly(Version::new(version));
                    store.append(append(&key, expected, &["1", "2"][..1])).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn spawn(file: &File, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::writing_process", "--nocapture"])
        .env("CQRS_TEST_WRITER", file.path())
        .env("CQRS_TEST_NAME", name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn check(file: &File, names: &[&str]) {
    let store = file.store();
    for name in names {
        for task in 0..4 {
            let stream = StreamId::new("thing", format!("{name}-{task}"));
            assert_eq!(store.version(&stream).await.unwrap(), Version::new(APPENDS), "{stream}");
        }
    }
    let report = store.check().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.events, names.len() as u64 * 4 * APPENDS);
}

#[tokio::test]
async fn two_processes_open_a_new_file_at_once_and_fill_it_together() {
    let file = File::new();
    let processes = ["one", "other"].map(|name| spawn(&file, name));
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    check(&file, &["one", "other"]).await;
}

#[tokio::test]
async fn a_process_killed_at_any_moment_leaves_a_sound_store() {
    let file = File::new();
    for round in 0..8 {
        let mut process = spawn(&file, "killed");
        tokio::time::sleep(Duration::from_millis(30 + 25 * round)).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let report = file.store().check().await.unwrap();
        assert!(report.is_sound(), "{report:?}");
    }
    assert!(spawn(&file, "killed").wait().unwrap().success());
    check(&file, &["killed"]).await;
}
