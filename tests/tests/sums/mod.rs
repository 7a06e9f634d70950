//! A projection and an event handler that several processes run on one file, and the proof of what they did.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use cqrs::prelude::*;
use cqrs_tests::{audit::all_events, bank::*};

const SCHEMA: &str = "CREATE TABLE seen (position INTEGER NOT NULL, account TEXT NOT NULL);
    CREATE TABLE sums (account TEXT NOT NULL PRIMARY KEY, balance INTEGER NOT NULL)";

/// A row for each event, without a key that would hide a double, and a sum that a double would falsify.
#[derive(Projection, Debug)]
#[projection(name = "sums-in-sqlite", schema = SCHEMA)]
pub struct SumsTable;

#[event_handler]
impl SumsTable {
    fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        position: Position,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        tx.execute("INSERT INTO seen VALUES (?1, ?2)", (position.get().cast_signed(), &account.0))?;
        let sum =
            "INSERT INTO sums VALUES (?1, ?2) ON CONFLICT DO UPDATE SET balance = balance + excluded.balance";
        tx.execute(sum, (&account.0, event.amount)).map(drop)
    }
}

/// The positions this process's event handler saw.
#[derive(Debug, Default)]
pub struct Seen(pub Mutex<BTreeSet<u64>>);

#[event_handler(from = start)]
fn watch(_: &MoneyCredited, position: Position, seen: Inject<Arc<Seen>>) {
    seen.0.lock().unwrap().insert(position.get());
    println!("seen {position}");
}

/// The positions that children said they saw. A line cut short by a kill does not count.
pub fn seen_in(said: &str) -> impl Iterator<Item = u64> {
    said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')?.strip_prefix("seen ")?.parse().ok())
}

/// The credits of the log: position, account, amount.
pub async fn credits(store: &SqliteStore) -> Vec<(u64, String, i64)> {
    let events = all_events(store).await.into_iter().filter(|event| event.envelope.name == "money-credited");
    let told = events.map(|event| {
        let amount = event.decode::<MoneyCredited>().unwrap().amount;
        (event.position.get(), event.envelope.stream.key().to_owned(), amount)
    });
    told.collect()
}

/// Checks that the projection's rows are those of the log up to its checkpoint: each once, none more.
pub async fn verify_rows(store: &SqliteStore, credits: &[(u64, String, i64)]) {
    let (checkpoint, seen, sums) = store.query(read_rows).await.unwrap();
    let done: Vec<_> = credits.iter().filter(|credit| credit.0 <= checkpoint).collect();
    assert_eq!(seen, done.iter().map(|credit| credit.0).collect::<Vec<_>>(), "a row for each event, once");
    let mut expected = BTreeMap::new();
    for (_, account, amount) in done {
        *expected.entry(account.clone()).or_default() += amount;
    }
    assert_eq!(sums, expected);
}

type Rows = (u64, Vec<u64>, BTreeMap<String, i64>);

/// In one transaction: the checkpoint and the rows that belong to it.
fn read_rows(connection: &rusqlite::Connection) -> rusqlite::Result<Rows> {
    let transaction = connection.unchecked_transaction()?;
    let exists = transaction.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'seen'")?.exists([])?;
    if !exists {
        return Ok(Rows::default());
    }
    let checkpoint = "SELECT position FROM subscriptions WHERE name = 'sums-in-sqlite'";
    let checkpoint = transaction.query_row(checkpoint, [], |row| row.get::<_, i64>(0))?.unsigned_abs();
    let seen = transaction
        .prepare("SELECT position FROM seen ORDER BY position")?
        .query_map([], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))?
        .collect::<Result<_, _>>()?;
    let sums = transaction
        .prepare("SELECT account, balance FROM sums")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok((checkpoint, seen, sums))
}
