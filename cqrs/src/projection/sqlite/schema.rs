//! The tables of a projection: created when it first runs, and anew when it is rebuilt or its version raised.
//!
//! What a projection's SQL created is remembered, so that a rebuild can drop it without being told how.

use rusqlite::Connection;

use crate::{
    message::Position,
    projection::{
        Projection,
        batch::{newer, start},
    },
    store::{StoreError, Subscription, sqlite::SqliteTransaction},
};

/// The projection's checkpoint, with its tables as this version of the program wants them.
pub(super) fn begin<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<Subscription, StoreError> {
    let known = is_known::<P>(tx)?;
    let subscription = tx.subscribe(&start::<P>())?;
    match subscription.version {
        _ if !known => {
            create::<P>(tx).map_err(failed)?;
            Ok(subscription)
        }
        found if found == P::VERSION => Ok(subscription),
        found if found > P::VERSION => Err(newer::<P>(found)),
        _ => start_over::<P>(tx, subscription),
    }
}

/// The projection's checkpoint, back at the first event, and its tables empty.
pub(super) fn rebuild<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<Subscription, StoreError> {
    let subscription = tx.subscribe(&start::<P>())?;
    if subscription.version > P::VERSION {
        return Err(newer::<P>(subscription.version));
    }
    start_over::<P>(tx, subscription)
}

fn is_known<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<bool, StoreError> {
    for name in std::iter::once(&P::NAME).chain(P::ALIASES) {
        if tx.subscription(name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn start_over<P: Projection>(
    tx: &mut SqliteTransaction<'_>,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    empty::<P>(tx)?;
    for letter in tx.dead_letters(P::NAME)? {
        tx.remove_dead_letter(&letter.key)?;
    }
    tx.restart(&subscription, P::VERSION, Position::START)?;
    Ok(Subscription { version: P::VERSION, position: Position::START, ..subscription })
}

fn empty<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<(), StoreError> {
    if let Some(reset) = P::RESET {
        return tx.execute_batch(reset).map_err(failed);
    }
    if P::SCHEMA.is_none() {
        return Err(StoreError::Unsupported(
            "rebuild a projection that says neither `schema = ..` nor `reset = ..`",
        ));
    }
    drop_created::<P>(tx).and_then(|()| create::<P>(tx)).map_err(failed)
}

/// Runs the projection's SQL and remembers the tables and views that were not there before.
fn create<P: Projection>(tx: &Connection) -> rusqlite::Result<()> {
    let Some(schema) = P::SCHEMA else { return Ok(()) };
    let before = objects(tx)?;
    tx.execute_batch(schema)?;
    for (kind, name) in objects(tx)?.into_iter().filter(|object| !before.contains(object)) {
        tx.execute(include_str!("sql/remember_object.sql"), (P::NAME, kind, name))?;
    }
    Ok(())
}

fn drop_created<P: Projection>(tx: &Connection) -> rusqlite::Result<()> {
    let created = pairs(tx, include_str!("sql/created_objects.sql"), &[&P::NAME])?;
    for (kind, name) in created {
        // A name cannot be a parameter; quoted this way it can hold anything.
        tx.execute_batch(&format!("DROP {kind} IF EXISTS \"{}\"", name.replace('"', "\"\"")))?;
    }
    tx.execute(include_str!("sql/forget_objects.sql"), [P::NAME]).map(drop)
}

fn objects(tx: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    pairs(tx, include_str!("sql/all_objects.sql"), &[])
}

fn pairs(
    tx: &Connection,
    sql: &'static str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<(String, String)>> {
    tx.prepare_cached(sql)?.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::engine("create the tables of a projection", error)
}
