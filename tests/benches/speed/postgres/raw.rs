//! Raw tokio-postgres on tables of the same columns and indexes.

use std::{sync::OnceLock, time::Instant};

use cqrs::{EventId, Metadata};
use tokio_postgres::{Client, Statement, types::Json};
use uuid::Uuid;

use super::place::Schema;

const EVENT: &str = "INSERT INTO events \
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time) \
    VALUES ('account', $1, $2, $3, 'money-credited', 1, $4, $5, $6, NULL, $7)";

/// What is the same in every row is made once, outside of what is measured.
struct Same {
    payload: Json<serde_json::Value>,
    metadata: Json<serde_json::Value>,
    correlation: Uuid,
    time: String,
}

fn same() -> &'static Same {
    static SAME: OnceLock<Same> = OnceLock::new();
    SAME.get_or_init(|| {
        let metadata = Metadata::new();
        Same {
            payload: Json(serde_json::json!({ "amount": 1 })),
            correlation: metadata.correlation_id.as_uuid(),
            time: format!("{:.9}", metadata.time),
            metadata: Json(serde_json::to_value(&metadata).unwrap()),
        }
    })
}

/// Inserts one event in a transaction of its own.
async fn insert(client: &Client, statement: &Statement, key: &str, version: usize) {
    let same = same();
    let (version, id) = (i64::try_from(version).unwrap(), EventId::generate().as_uuid());
    let inserted = client
        .execute(
            statement,
            &[&key, &version, &id, &same.payload, &same.metadata, &same.correlation, &same.time],
        )
        .await;
    assert_eq!(inserted.unwrap(), 1);
}

/// A connection that inserts.
pub struct Insert {
    client: Client,
    statement: Statement,
}

impl Insert {
    pub async fn prepare(client: Client) -> Self {
        let statement = client.prepare(EVENT).await.unwrap();
        Self { client, statement }
    }

    pub async fn row(&self, key: usize, version: usize) {
        insert(&self.client, &self.statement, &key.to_string(), version).await;
    }
}

/// Single-row inserts from so many connections, each to keys of its own; rows a second.
pub async fn inserts(schema: &Schema, connections: usize, rows: usize) -> f64 {
    let mut ready = Vec::new();
    for _ in 0..connections {
        ready.push(Insert::prepare(schema.connect().await).await);
    }
    let each = rows / connections;
    let started = Instant::now();
    let running: Vec<_> = ready
        .into_iter()
        .enumerate()
        .map(|(number, connection)| {
            tokio::spawn(async move {
                for row in 0..each {
                    // Four accounts a connection, as our side has for its tasks.
                    connection.row(number * 4 + row % 4, row / 4 + 1).await;
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let rows = (each * connections) as f64;
    rows / started.elapsed().as_secs_f64()
}
