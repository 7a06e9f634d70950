//! What the SQL of a projection creates: remembered, so that it can be dropped without being told how.
//!
//! Invariant: what is dropped, the projection's own SQL has made. The library's tables are there before any projection, so
//! none of them is ever remembered; a row that names one all the same, or no kind of object, is damage, and drops nothing.

use rusqlite::Connection;

use crate::store::{
    StoreError,
    sqlite::{engine_error, own_objects},
};

const DROP: &str = "drop what a projection has made";

/// The kinds of objects, in the order in which they can be dropped.
const KINDS: [&str; 4] = ["trigger", "index", "view", "table"];

/// A kind and a name.
type Object = (String, String);

/// A table of somebody else's refers to one that was dropped and made anew, without the rows that were in it.
#[derive(Debug, thiserror::Error)]
#[error(
    "rows of the table `{child}`, which the projection has not made, refer to rows of its table `{parent}`; \
     leave the reference out, or say by `reset` how the projection is emptied"
)]
struct ReferredTo {
    child: String,
    parent: String,
}

/// Runs the projection's SQL, and remembers what was not there before.
pub(super) fn create(tx: &Connection, projection: &str, sql: &str) -> rusqlite::Result<()> {
    let before = all(tx)?;
    tx.execute_batch(sql)?;
    for (kind, name) in all(tx)?.into_iter().filter(|object| !before.contains(object)) {
        tx.execute(include_str!("sql/remember_object.sql"), (projection, kind, name))?;
    }
    Ok(())
}

/// Drops what the projection's SQL made, whatever refers to what: references are looked at when all is gone. Whoever calls
/// it makes the objects anew, and then [refuses](refuse_references) what refers to rows that are gone.
pub(super) fn drop_created(tx: &Connection, projection: &str) -> Result<(), StoreError> {
    let mut created = created(tx, projection).map_err(|error| engine_error(DROP, error))?;
    refuse_own(projection, &created)?;
    // By name, too: a virtual table goes before the tables it is made of, which go with it.
    created.sort_by_key(|(kind, name)| (KINDS.iter().position(|known| known == kind), name.clone()));
    drop_all(tx, projection, &created).map_err(|error| engine_error(DROP, error))
}

fn drop_all(tx: &Connection, projection: &str, created: &[Object]) -> rusqlite::Result<()> {
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    for (kind, name) in created {
        // A name cannot be a parameter; quoted this way it can hold anything.
        tx.execute_batch(&format!("DROP {kind} IF EXISTS \"{}\"", name.replace('"', "\"\"")))?;
    }
    tx.execute(include_str!("sql/forget_objects.sql"), [projection]).map(drop)
}

fn refuse_own(projection: &str, created: &[Object]) -> Result<(), StoreError> {
    let own = own_objects()?;
    for (kind, name) in created {
        let what = match kind {
            kind if !KINDS.contains(&kind.as_str()) => "which is no kind of object",
            _ if own.iter().any(|own| own.eq_ignore_ascii_case(name)) => "which is the store's own",
            _ => continue,
        };
        let what =
            format!("`projection_objects` says that `{projection}` has made the {kind} `{name}`, {what}");
        return Err(StoreError::Damaged { what, source: None });
    }
    Ok(())
}

/// Refuses what was dropped and made anew if rows of somebody else's refer to it: they would refer to nothing.
pub(super) fn refuse_references(tx: &Connection, projection: &str) -> Result<(), StoreError> {
    let failed = |error| engine_error(DROP, error);
    let sql = include_str!("sql/references.sql");
    let referring = pairs(tx, sql, &[&projection]).map_err(failed)?;
    match referring.into_iter().next() {
        Some((child, parent)) => Err(StoreError::engine(DROP, ReferredTo { child, parent })),
        // What is left was looked at: the commit need not.
        None => tx.pragma_update(None, "defer_foreign_keys", false).map_err(failed),
    }
}

fn created(tx: &Connection, projection: &str) -> rusqlite::Result<Vec<Object>> {
    pairs(tx, include_str!("sql/created_objects.sql"), &[&projection])
}

fn all(tx: &Connection) -> rusqlite::Result<Vec<Object>> {
    pairs(tx, include_str!("sql/all_objects.sql"), &[])
}

fn pairs(
    tx: &Connection,
    sql: &'static str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<(String, String)>> {
    tx.prepare_cached(sql)?.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
