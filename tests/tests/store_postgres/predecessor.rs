//! Processes of earlier versions of the library, as far as they append.

use cqrs::{CommandId, EventId, Metadata};
use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};

use cqrs_tests::postgres::Schema;

use crate::raw::run;

/// The statements of version 1, as it was published.
const VERSION_1: [&str; 3] = [
    include_str!("version_1/tables.sql"),
    include_str!("version_1/append_function.sql"),
    include_str!("version_1/horizon.sql"),
];

/// Those of version 2, which is release 0.1.0.
const VERSION_2: [&str; 2] = [include_str!("version_2/steps.sql"), include_str!("version_2/functions.sql")];

/// A connection of a process of version 1, which has made the schema.
pub async fn of_version_1(schema: &Schema) -> PgConnection {
    let mut connection = schema.connection().await;
    let make = AssertSqlSafe(format!("CREATE SCHEMA \"{}\"", schema.name()));
    sqlx::raw_sql(make).execute(&mut connection).await.unwrap();
    for part in VERSION_1 {
        run(&mut connection, part).await;
    }
    run(&mut connection, "INSERT INTO schema_versions (version) VALUES (1)").await;
    connection
}

/// A connection of a process of version 2, which has made the schema.
pub async fn of_version_2(schema: &Schema) -> PgConnection {
    let mut connection = of_version_1(schema).await;
    for part in VERSION_2 {
        run(&mut connection, part).await;
    }
    run(&mut connection, "INSERT INTO schema_versions (version) VALUES (2)").await;
    connection
}

/// An append to the stream `thing/key`, as version 1 calls it: the position it gets.
pub async fn append_as_version_1(connection: &mut PgConnection, key: &str) -> i64 {
    let id = || vec![EventId::generate().to_string()];
    let (one, none) = (vec![1_i32], Vec::<i32>::new());
    let call = sqlx::query(include_str!("version_1/append.sql"))
        .bind(id())
        .bind(vec!["do-something"])
        .bind(vec![vec![7_u8; 16]])
        .bind(vec![serde_json::to_string(&Metadata::new()).unwrap()])
        .bind(id())
        .bind(vec![None::<&str>])
        .bind(vec!["2026-01-01T00:00:00.000000000Z"]);
    let call = call.bind(&one).bind(vec!["thing"]).bind(vec![key]).bind(vec![0_i64]).bind(&one);
    let call = call.bind(&one).bind(&one).bind(id()).bind(vec!["happened"]).bind(vec![1_i64]).bind(vec!["1"]);
    let call = call.bind(&none).bind(&none).bind(Vec::<&str>::new());
    call.fetch_one(connection).await.unwrap().get("last_position")
}

/// What version 2 is told of an append.
pub struct Told {
    /// None if it was refused.
    pub position: Option<i64>,
    /// The version the stream had.
    pub version: i64,
    /// The name of the command, if it was handled before.
    pub command: Option<String>,
}

/// An append of one event to the stream `thing/key`, which is to be at a version, as version 2 calls it.
pub async fn append_as_version_2(
    connection: &mut PgConnection,
    (key, expected): (&str, i64),
    command: CommandId,
) -> Told {
    let metadata = Metadata { time: "2026-01-01T00:00:00Z".parse().unwrap(), ..Metadata::new() };
    let call = sqlx::query(include_str!("version_2/append_one.sql"))
        .bind(command.to_string())
        .bind("do-something")
        .bind(vec![7_u8; 16])
        .bind(serde_json::to_string(&metadata).unwrap())
        .bind(metadata.correlation_id.to_string())
        .bind(None::<&str>)
        .bind("2026-01-01T00:00:00.000000000Z")
        .bind("thing")
        .bind(key)
        .bind(expected)
        .bind(vec![EventId::generate().to_string()])
        .bind(vec!["thing-happened"])
        .bind(vec![1_i64])
        .bind(vec!["{}"]);
    told(&call.fetch_one(connection).await.unwrap())
}

fn told(row: &PgRow) -> Told {
    Told { position: row.get("last_position"), version: row.get("version"), command: row.get("command_name") }
}
