//! Looking at what was imported.

use std::{ffi::OsStr, fs};

use crate::support::{Place, SAMPLE, made_up, run};

#[test]
fn a_report_shows_accounts_months_and_the_total() {
    let place = Place::new();
    place.import(SAMPLE).clean();
    let report = place.report(&[]).clean().says("106  Owner of account 106         -1,184.59");
    let report = report.says("2024-02  +        66,518.50 ████████████████████████████████████████\n");
    report.says("=        96,548.03").says("6 accounts, 93 bookings, total of all balances 117,668.56");
}

#[test]
fn a_report_on_many_accounts_shows_some_unless_asked_for_all() {
    let place = Place::new();
    place.import(place.file("many.csv", made_up(300, 100))).clean();
    let some = place.report(&[]).clean().says("and 80 more; --all shows them");
    assert_eq!(some.out.matches("Owner of account").count(), 20);
    let all = place.report(&[OsStr::new("--all")]).clean();
    assert_eq!(all.out.matches("Owner of account").count(), 100);
}

#[test]
fn a_check_allows_for_rounded_interest_and_nothing_else() {
    let place = Place::new();
    place.import(SAMPLE).clean();
    place.check(SAMPLE).clean().says("6 of 6 accounts agree");
    // Account 106 has one row of interest, its last one; another ten hundredths are one too many.
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let near = place.file("near.csv", sample.replace(",15.10,-1184.59", ",15.10,-1184.49"));
    place.check(near).clean();
    let off = place.file("off.csv", sample.replace(",15.10,-1184.59", ",15.10,-1184.29"));
    let run = place.check(off).failed(1).says("5 of 6 accounts agree");
    run.says("account 106: -1,184.29 printed, -1,184.59 here; 0.20 may be rounding");
}

#[test]
fn a_check_names_accounts_that_are_not_there_and_rows_it_cannot_read() {
    let place = Place::new();
    place.import(SAMPLE).clean();
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let more = format!("{sample}9001,999,2024-04-30,credit,interest,0.10,0.10\n");
    let run = place.check(place.file("more.csv", more)).failed(1);
    run.says("account 999: 0.10 printed, but there is no such account");
    let run = place.check(place.file("bad.csv", format!("{sample}what is this\n"))).failed(1);
    run.complains("bad.csv:95: has 1 columns, not 7").says("1 bad rows could not be compared");
}

#[test]
fn a_report_on_nothing_says_so_and_makes_no_file() {
    let place = Place::new();
    place.report(&[]).failed(2).complains("there is no file");
    assert!(!place.db().exists());
    run(["report", "--db", SAMPLE]).failed(2).complains("sample.csv");
}
