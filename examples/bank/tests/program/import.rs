//! Importing, once and again.

use std::{fs, thread};

use crate::support::{Place, SAMPLE, made_up, program};

#[test]
fn the_sample_goes_in_once_however_often_it_is_imported() {
    let place = Place::new();
    place.import(SAMPLE).clean().says("93 rows booked").says("6 accounts opened").says("0 bad rows");
    let before = place.report(&[]).clean().says("6 accounts, 93 bookings, total of all balances 117,668.56");
    let again = place.import(SAMPLE).clean().says("0 accounts opened");
    again.says("0 rows booked\n").says("93 rows booked before").says("0 bad rows");
    assert_eq!(place.report(&[]).clean().out, before.out);
}

#[test]
fn a_file_that_has_grown_adds_what_is_new() {
    let place = Place::new();
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let half: String = sample.split_inclusive('\n').take(50).collect();
    place.import(place.file("half.csv", half)).clean().says("49 rows booked\n");
    place.import(SAMPLE).clean().says("44 rows booked\n").says("49 rows booked before");
    place.check(SAMPLE).clean().says("6 of 6 accounts agree");
}

#[test]
fn two_imports_of_one_file_at_a_time_book_each_row_once() {
    let place = Place::new();
    let file = place.file("made-up.csv", made_up(2_000, 40));
    thread::scope(|scope| {
        for import in [0, 1].map(|_| scope.spawn(|| place.import(&file))) {
            import.join().unwrap().clean();
        }
    });
    place.check(&file).clean().says("40 accounts, 2000 bookings");
}

#[test]
fn what_cannot_be_imported_leaves_nothing_behind() {
    let place = Place::new();
    place.import(place.path("nowhere.csv")).failed(2).complains("nowhere.csv");
    place.import(place.file("other.csv", "name,amount\nAlice,1.00\n")).failed(2).complains("not the header");
    place.import(place.file("empty.csv", "")).failed(2).complains("not the header");
    assert!(!place.db().exists());
    let file = place.file("notes.txt", "this is no bank, and it is long enough to tell\n".repeat(100));
    let run: crate::support::Run =
        program(["import", SAMPLE, "--db", file.to_str().unwrap()]).output().unwrap().into();
    run.failed(2).complains("notes.txt");
}
