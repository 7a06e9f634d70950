//! A real bank's history, which does not belong to the project. It takes too long to go in after each edit of the bank, so
//! it does only if the variable says where it is, as it does in `.ci/run`.

use std::path::PathBuf;

use crate::support::Place;

fn real_file() -> Option<PathBuf> {
    std::env::var_os("BANK_TRANSACTIONS").map(PathBuf::from)
}

#[test]
fn a_real_history_goes_in_once_and_agrees_with_what_the_bank_printed() {
    let Some(file) = real_file() else { return };
    let place = Place::new();
    let run = place.import(&file).clean().says("989 accounts opened").says("37646 rows booked\n");
    run.says("0 bad rows");
    let report = place.check(&file).clean().says("989 of 989 accounts agree");
    let report = report.says("989 accounts, 37646 bookings, total of all balances 31,355,496.10");
    place.import(&file).clean().says("0 accounts opened").says("37646 rows booked before");
    assert_eq!(place.check(&file).clean().out, report.out);
}
