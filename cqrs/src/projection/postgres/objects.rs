//! What the SQL of a projection creates: remembered, so that it can be dropped or moved without being told how.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::store::postgres::PostgresError;

type Outcome<T> = Result<T, PostgresError>;

/// A kind and a name, as `DROP` takes them.
pub(super) type Object = (String, String);

/// Whether a schema can hold only one of the two.
pub(super) fn collide((kind, name): &Object, (other_kind, other_name): &Object) -> bool {
    name == other_name && (kind == "ROUTINE") == (other_kind == "ROUTINE")
}

/// An identifier as it is written in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Has unqualified names looked up in these schemas, in this order, until the transaction ends.
pub(super) async fn look_in(connection: &mut PgConnection, schemas: &[&str]) -> Outcome<()> {
    let path: Vec<_> = schemas.iter().map(|schema| quoted(schema)).collect();
    let look = sqlx::query("SELECT set_config('search_path', $1, true)").bind(path.join(", "));
    look.execute(connection).await.map(drop)
}

/// Runs the SQL of a projection and remembers, for the subscription `name`, what was not there before.
pub(super) async fn create(
    connection: &mut PgConnection,
    name: &str,
    sql: Option<&'static str>,
) -> Outcome<()> {
    let Some(sql) = sql else { return Ok(()) };
    let before = all(connection).await?;
    sqlx::raw_sql(sql).execute(&mut *connection).await?;
    for (kind, created) in all(connection).await?.into_iter().filter(|object| !before.contains(object)) {
        let remember =
            sqlx::query(include_str!("sql/remember_object.sql")).bind(name).bind(kind).bind(created);
        remember.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Drops what was created for a subscription, and forgets it.
pub(super) async fn drop_created(connection: &mut PgConnection, name: &str) -> Outcome<()> {
    let created = created(connection, name).await?;
    // What was created later may need what was created before.
    for (kind, name) in all(connection).await?.into_iter().rev().filter(|object| created.contains(object)) {
        run(connection, format!("DROP {kind} {name}")).await?;
    }
    forget(connection, name).await
}

/// Moves what was created for a subscription from the schema `from`, which is looked in first, to the schema `to`.
pub(super) async fn move_created(
    connection: &mut PgConnection,
    name: &str,
    from: &str,
    to: &str,
) -> Outcome<()> {
    let (from, to) = (quoted(from), quoted(to));
    for (kind, name) in created(connection, name).await? {
        run(connection, format!("ALTER {kind} {from}.{name} SET SCHEMA {to}")).await?;
    }
    Ok(())
}

/// Forgets what was created for a subscription.
pub(super) async fn forget(connection: &mut PgConnection, name: &str) -> Outcome<()> {
    let forget = sqlx::query(include_str!("sql/forget_objects.sql")).bind(name);
    forget.execute(connection).await.map(drop)
}

/// What was created for a subscription.
pub(super) async fn created(connection: &mut PgConnection, name: &str) -> Outcome<Vec<Object>> {
    let created = sqlx::query_as(include_str!("sql/created_objects.sql")).bind(name);
    created.fetch_all(connection).await
}

/// What there is in the schema that is looked in first, in the order of creation.
pub(super) async fn all(connection: &mut PgConnection) -> Outcome<Vec<Object>> {
    sqlx::query_as(include_str!("sql/all_objects.sql")).fetch_all(connection).await
}

/// Runs a statement with names in it, which cannot be parameters. They are quoted.
pub(super) async fn run(connection: &mut PgConnection, sql: String) -> Outcome<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}
