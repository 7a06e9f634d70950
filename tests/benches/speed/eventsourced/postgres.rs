//! Folding one long stream with eventsourced-postgres.

use std::{num::NonZeroUsize, time::Instant};

use eventsourced::{
    EventSourcedExt, binarize::serde_json::SerdeJsonBinarize, snapshot_store::noop::NoopSnapshotStore,
};
use eventsourced_postgres::{PostgresEventLog, PostgresEventLogConfig};
use uuid::Uuid;

use crate::postgres::place::{ADDRESS, Schema};

use super::{Account, Balance};

const EVENTS: i64 = 100_000;

const FILL: &str = r#"
    INSERT INTO events (seq_no, type, id, event)
    SELECT step, 'account', $1,
        convert_to(CASE step WHEN 1 THEN '{"Opened":{"owner":"alice"}}' ELSE '{"Credited":{"amount":1}}' END, 'UTF8')
    FROM generate_series(1, 100000) AS step
"#;

/// A log with one account.
#[derive(Clone)]
pub struct Log {
    log: PostgresEventLog<Uuid>,
    id: Uuid,
}

impl Log {
    /// Makes its table in a schema, and fills it.
    pub async fn fill(schema: &Schema) -> Self {
        let client = schema.connect().await;
        client.batch_execute(&format!("CREATE SCHEMA {}", schema.name)).await.unwrap();
        let (log, id) = (PostgresEventLog::new(config(schema)).await.unwrap(), Uuid::now_v7());
        client.execute(FILL, &[&id]).await.unwrap();
        client.batch_execute("ANALYZE events").await.unwrap();
        Self { log, id }
    }

    /// Events a second.
    pub async fn fold(self) -> f64 {
        let started = Instant::now();
        let (entity, buffer) = (Account::default().entity(), NonZeroUsize::MIN);
        let (log, snapshots) = (self.log, NoopSnapshotStore::new());
        let account = entity.spawn(self.id, None, buffer, log, snapshots, SerdeJsonBinarize).await.unwrap();
        assert_eq!(account.handle_command(Balance).await.unwrap().unwrap(), EVENTS - 1);
        #[allow(clippy::cast_precision_loss, reason = "counts are small")]
        let events = EVENTS as f64;
        events / started.elapsed().as_secs_f64()
    }
}

/// The schema goes with the name of the database, since the crate has no other place for it.
fn config(schema: &Schema) -> PostgresEventLogConfig {
    let address: tokio_postgres::Config = ADDRESS.parse().unwrap();
    let [tokio_postgres::config::Host::Tcp(host)] = address.get_hosts() else { panic!("a host is named") };
    let password = String::from_utf8_lossy(address.get_password().unwrap_or_default());
    PostgresEventLogConfig {
        host: host.clone(),
        port: address.get_ports().first().copied().unwrap_or(5432),
        user: address.get_user().unwrap_or("postgres").to_owned(),
        password: format!("'{password}'"),
        dbname: format!(
            "{} options='-c search_path={}'",
            address.get_dbname().unwrap_or("test"),
            schema.name
        ),
        sslmode: "disable".to_owned(),
        setup: true,
        ..PostgresEventLogConfig::default()
    }
}
