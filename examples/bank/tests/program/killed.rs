//! An import that is killed again and again.

use std::{
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::support::{Place, made_up, program};

/// Lets an import run for so long, then kills it with SIGKILL; whether it was still at work.
fn kill_after(mut import: Child, time: Duration) -> bool {
    thread::sleep(time);
    let at_work = import.try_wait().unwrap().is_none();
    import.kill().unwrap();
    import.wait().unwrap();
    at_work
}

#[test]
fn an_import_that_is_killed_and_run_again_loses_and_doubles_nothing() {
    let place = Place::new();
    let file = place.file("made-up.csv", made_up(6_000, 50));
    let db = place.db();
    let arguments = ["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()];
    let mut killed = 0;
    for round in 0..12 {
        let mut import = program(arguments);
        let import = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        killed += u32::from(kill_after(import, Duration::from_millis(20 + 35 * round)));
    }
    assert!(killed >= 3, "the import is too fast for this test: killed {killed} times");
    place.import(&file).clean().says("6000 rows in");
    place.check(&file).clean().says("50 accounts, 6000 bookings").says("50 of 50 accounts agree");
    place.import(&file).clean().says("0 rows booked\n").says("6000 rows booked before");
}
