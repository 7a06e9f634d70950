//! Rows that are no bookings, and bookings the bank refuses.

use crate::support::{HEADER, Place, SAMPLE, run};

/// Bad rows with what is said of each; the good ones around them go in.
const BAD: [(&str, &str); 14] = [
    ("2,1,2024-01-02,credit,cash deposit,1.00", "has 6 columns, not 7"),
    ("2,1,2024-01-02,credit,cash deposit,1.00,1.00,1.00", "has 8 columns, not 7"),
    ("x,1,2024-01-02,credit,cash deposit,1.00,1.00", "transaction_id: `x` is not a whole number in range"),
    ("2,-1,2024-01-02,credit,cash deposit,1.00,1.00", "account_id: `-1` is not a whole number in range"),
    ("2,1,2024-02-30,credit,cash deposit,1.00,1.00", "date: `2024-02-30` is not a day"),
    ("2,1,02/01/2024,credit,cash deposit,1.00,1.00", "date: `02/01/2024` is not a day"),
    ("2,1,2024-01-02,loan,cash deposit,1.00,1.00", "kind: `loan` is neither credit nor debit"),
    ("2,1,2024-01-02,credit,cash deposit,much,1.00", "amount: `much` is not an amount of money"),
    ("2,1,2024-01-02,credit,cash deposit,1.005,1.00", "amount: `1.005` has more than two decimals"),
    ("2,1,2024-01-02,credit,cash deposit,99999999999999999999,1.00", "is more than can be expressed"),
    ("2,1,2024-01-02,credit,cash deposit,-1.00,1.00", "amount: `-1.00` is not above zero"),
    ("2,1,2024-01-02,credit,cash deposit,1.00,", "balance: `` is not an amount of money"),
    ("2,1,2024-01-02,debit,cash withdrawal,6500.01,0.00", "a debit of 6500.01 exceeds the balance of 500.00"),
    ("1,1,2024-01-02,credit,cash deposit,9.00,9.00", "was used before, for another command"),
];

#[test]
fn each_bad_row_is_reported_and_the_good_ones_go_in() {
    for (bad, reason) in BAD {
        let place = Place::new();
        let first = "1,1,2024-01-01,credit,cash deposit,500.00,500.00";
        let last = "3,1,2024-01-03,debit,cash withdrawal,0.50,499.50";
        let file = place.file("rows.csv", format!("{HEADER}{first}\n{bad}\n{last}\n"));
        let run = place.import(&file).failed(1).says("2 rows booked\n").says("1 bad rows");
        run.complains(&format!("{}:3: ", file.display())).complains(reason);
        place.report(&[]).clean().says("1 accounts, 2 bookings, total of all balances 499.50");
    }
}

#[test]
fn bytes_that_are_no_text_a_line_without_end_and_a_lonely_quote_harm_no_other_row() {
    let place = Place::new();
    let mut content = HEADER.as_bytes().to_vec();
    content.extend(b"1,1,2024-01-01,credit,\xff\xfe,1.00,1.00\n");
    content.extend(b"2,1,2024-01-01,credit,\"cash deposit,2.00,2.00\n");
    content.extend("3,1,2024-01-01,credit,".as_bytes());
    content.extend("x".repeat(100_000).as_bytes());
    content.extend(b"\n4,1,2024-01-01,credit,\"cash, deposit\",4.00,4.00");
    let run = place.import(place.file("rows.csv", content)).failed(1);
    let run = run.says("1 rows booked\n").says("3 bad rows").complains("rows.csv:2: is not UTF-8");
    run.complains("rows.csv:3: has 5 columns, not 7").complains("rows.csv:4: is longer than 4096 bytes");
}

#[test]
fn a_refused_row_leaves_the_file_for_a_later_run_to_go_on_with() {
    let place = Place::new();
    let bad = "1,1,2024-01-02,debit,cash withdrawal,7000.00,0.00\n";
    let file = place.file("rows.csv", format!("{HEADER}{bad}"));
    for _ in 0..2 {
        place.import(&file).failed(1).says("0 rows booked\n").says("1 bad rows");
    }
    place.import(SAMPLE).clean();
    place.check(SAMPLE).clean();
}

#[test]
fn arguments_that_mean_nothing_are_refused() {
    run(["import", SAMPLE]).failed(2).complains("--db");
    run(["export"]).failed(2).complains("export");
}
