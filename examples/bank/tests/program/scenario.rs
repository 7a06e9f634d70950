//! The scenario, as a newcomer runs it.

use crate::support::{Place, run};

#[test]
fn the_scenario_shows_read_models_history_and_that_they_agree() {
    let run = run([] as [&str; 0]).clean();
    let run = run.says("Alice  alice@example.net   password set").says("Bob      1,200.00  overdraft 0.00");
    let run = run.says("account/1 v1  account-opened").says("account/1 v8  money-debited");
    let run = run.says("rejected      debit-account").says("exceeds the balance of -75.10");
    let run = run.says("account 1: -75.10 written, -75.10 read, they agree");
    let run = run.says("Alice's former password is refused, her present one is good");
    assert!(!run.out.contains("account/2"), "the history is that of one correlation id: {}", run.out);
    assert!(!run.out.contains("argon2"), "a hash is shown: {}", run.out);
}

#[test]
fn the_scenario_needs_a_fresh_file_and_leaves_it_for_a_report() {
    let place = Place::new();
    let db = place.db();
    let arguments = ["--db", db.to_str().unwrap()];
    run(arguments).clean();
    run(arguments).failed(2).complains("exists; the scenario needs a fresh file");
    place.report(&[]).clean().says("2 accounts, 5 bookings, total of all balances 1,124.90");
}
