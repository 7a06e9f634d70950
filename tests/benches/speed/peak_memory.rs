//! Peak memory of folding a stream of a million events, over the process's start.

use std::{path::Path, process::Command, sync::Arc};

use cqrs::{repository::Repository, store::sqlite::SqliteStore};
use cqrs_tests::bank::{Account, AccountId};

use crate::{
    domain, raw,
    table::{Row, Target},
};

const EVENTS: usize = 1_000_000;

pub fn row() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("million.db");
    raw::fill(&mut raw::create(&path, "OFF"), 0, EVENTS);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["child:peak-memory", path.to_str().unwrap()])
        .output()
        .unwrap();
    let grown: f64 = String::from_utf8(child.stdout).unwrap().trim().parse().unwrap();
    Row {
        name: "peak memory of folding a stream of 1,000,000 events, over the process's start",
        ours: format!("{grown:.1} MiB"),
        other: "1 MiB".into(),
        ratio: grown,
        target: Target::AtMost(64.0),
    }
}

/// In the child: folds the stream, and prints by how many MiB the peak has grown.
pub fn child(path: &str) {
    let before = peak();
    let runtime = domain::runtime();
    runtime.block_on(async {
        let store = SqliteStore::open(Path::new(path)).unwrap();
        let accounts = Repository::<Account>::new(Arc::new(store));
        let account = accounts.load(&AccountId::new(0)).await.unwrap();
        assert_eq!(account.state().unwrap().balance, 999_999);
    });
    println!("{}", (peak() - before) / 1024.0);
}

/// The process's peak resident memory, in KiB.
pub fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
