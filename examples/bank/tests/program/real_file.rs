//! A real bank's history, where it is at hand. It does not belong to the project.

use std::path::PathBuf;

use crate::support::Place;

/// Beside the workspace, or where the variable says.
fn real_file() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bank-transactions.csv");
    std::env::var_os("BANK_TRANSACTIONS").map_or_else(|| beside.into(), PathBuf::from)
}

#[test]
fn a_real_history_goes_in_once_and_agrees_with_what_the_bank_printed() {
    let file = real_file();
    if !file.exists() {
        return;
    }
    let place = Place::new();
    let run = place.import(&file).clean().says("989 accounts opened").says("37646 rows booked\n");
    run.says("0 bad rows");
    let report = place.check(&file).clean().says("989 of 989 accounts agree");
    let report = report.says("989 accounts, 37646 bookings, total of all balances 31,355,496.10");
    place.import(&file).clean().says("0 accounts opened").says("37646 rows booked before");
    assert_eq!(place.check(&file).clean().out, report.out);
}
