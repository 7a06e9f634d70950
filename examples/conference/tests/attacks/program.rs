//! The program, run as a person runs it.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use conference::{
    OrderId,
    registration::{
        Order,
        order::{PlaceOrder, Standing},
    },
};
use cqrs::prelude::*;

use crate::world::registry;

/// The program on a file.
pub(crate) fn program(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conference"));
    command.arg("--db").arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Its exit status, and what it says.
fn run(file: &Path) -> (Option<i32>, String) {
    let output = program(file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Somebody of whom the program knows nothing asks for a seat, and gets none.
async fn one_more_asks(file: &Path) {
    let store = SqliteStore::open(file).unwrap();
    let app = Application::builder().store(store).registry(registry()).start().await.unwrap();
    let (order, conference) = (OrderId::new(1_000), "two-types".into());
    let (seats, hold) = ([("A", 1)].into(), Duration::from_hours(24));
    app.dispatch(PlaceOrder { order, conference, seats, hold }).await.unwrap();
    let mut glances = tokio::time::interval(Duration::from_millis(5));
    let orders = app.repository::<Order>();
    while orders.load(&order).await.unwrap().state().unwrap().standing() == Standing::Placed {
        glances.tick().await;
    }
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn it_checks_its_own_outcome_and_says_by_its_status_whether_a_number_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conference.db");
    let first = run(&file);
    assert_eq!(first.0, Some(0), "{}", first.1);
    assert!(first.1.contains("no seat is sold twice, and none is lost"), "{}", first.1);
    assert_eq!(run(&file), first, "on a file that was kept it finds what it left");
    one_more_asks(&file).await;
    let (status, said) = run(&file);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("partial: 151") && said.contains("AND MUST BE"), "{said}");
}
