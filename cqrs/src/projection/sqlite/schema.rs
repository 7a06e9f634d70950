//! The tables of a projection: created when it first runs, and anew when it is rebuilt or its version raised.

use rusqlite::ErrorCode;

use crate::{
    message::Position,
    projection::{
        Facts,
        batch::{newer, start},
    },
    store::{
        StoreError, Subscription,
        sqlite::{SqliteError, SqliteTransaction, engine_error},
    },
};

use super::objects;

/// The projection's checkpoint, with its tables as this version of the program wants them.
pub(super) fn begin(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<Subscription, StoreError> {
    let known = is_known(facts, tx)?;
    let subscription = tx.subscribe(&start(facts))?;
    match subscription.version {
        _ if !known => {
            create(facts, tx)?;
            Ok(subscription)
        }
        found if found == facts.version => Ok(subscription),
        found if found > facts.version => Err(newer(facts, found)),
        _ => start_over(facts, tx, subscription),
    }
}

/// The projection's checkpoint, back at the first event, and its tables empty.
pub(super) fn rebuild(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<Subscription, StoreError> {
    let subscription = tx.subscribe(&start(facts))?;
    if subscription.version > facts.version {
        return Err(newer(facts, subscription.version));
    }
    start_over(facts, tx, subscription)
}

fn is_known(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<bool, StoreError> {
    for name in std::iter::once(&facts.name).chain(facts.aliases) {
        if tx.subscription(name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn start_over(
    facts: &Facts,
    tx: &mut SqliteTransaction<'_>,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    empty(facts, tx)?;
    for letter in tx.dead_letters(facts.name)? {
        tx.remove_dead_letter(&letter.key)?;
    }
    tx.restart(&subscription, facts.version, Position::START)?;
    Ok(Subscription { version: facts.version, position: Position::START, ..subscription })
}

fn empty(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<(), StoreError> {
    if let Some(reset) = facts.reset {
        return tx.execute_batch(reset).map_err(|error| wrong(facts, "reset", error));
    }
    if facts.schema.is_none() {
        return Err(StoreError::Unsupported(
            "rebuild a projection that says neither `schema = ..` nor `reset = ..`",
        ));
    }
    objects::drop_created(tx, facts.name)?;
    create(facts, tx)?;
    objects::refuse_references(tx, facts.name)
}

fn create(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<(), StoreError> {
    let Some(schema) = facts.schema else { return Ok(()) };
    objects::create(tx, facts.name, schema).map_err(|error| wrong(facts, "schema", error))
}

/// What an error means that came of a projection's own SQL: the SQL is wrong, unless the engine had no place or time for
/// it.
fn wrong(facts: &Facts, key: &'static str, error: SqliteError) -> StoreError {
    let code = match &error {
        SqliteError::SqlInputError { error, .. } => Some(error.code),
        error => error.sqlite_error_code(),
    };
    match code {
        Some(ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => {
            StoreError::ProjectionSql { name: facts.name, key, source: error.into() }
        }
        _ => engine_error("create the tables of a projection", error),
    }
}
