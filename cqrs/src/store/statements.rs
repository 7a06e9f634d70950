//! The statements that both SQL stores run, in the folder `sql`.
//!
//! Invariant: the first `$1` of a statement comes before its first `$2`, and so on. To PostgreSQL they are numbers, to SQLite
//! names, which it numbers in the order in which they come.

#[test]
fn parameters_come_in_the_order_of_their_numbers() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/sql");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let statement = std::fs::read_to_string(&file).unwrap();
        let numbers = statement.split('$').skip(1).map(|rest| rest[..1].parse::<usize>().unwrap());
        let mut last = 0;
        for number in numbers {
            assert!(number <= last + 1, "{}: ${number} comes after ${last}", file.display());
            last = last.max(number);
        }
        assert!(!statement.contains('?'), "{}: PostgreSQL has no `?`", file.display());
    }
}
