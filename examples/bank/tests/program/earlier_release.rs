//! A file that an earlier release of the framework made.

use cqrs_tests::fixtures;

use crate::support::{Place, SAMPLE};

#[test]
fn what_release_0_1_0_imported_agrees_and_is_not_imported_again() {
    let place = Place::new();
    fixtures::copy("0.1.0", "bank-sample.db", &place.db());
    place.check(SAMPLE).clean().says("6 of 6 accounts agree");
    place.import(SAMPLE).clean().says("0 rows booked\n").says("93 rows booked before");
    place.check(SAMPLE).clean().says("6 of 6 accounts agree");
    place.report(&[]).clean().says("6 accounts, 93 bookings, total of all balances 117,668.56");
}
