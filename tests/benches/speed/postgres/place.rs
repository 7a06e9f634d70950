//! A schema of its own for each measurement, gone afterwards.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use cqrs::store::postgres::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio_postgres::{Client, NoTls};

use crate::domain;

/// Where the server is.
pub static ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let named = std::env::var("CQRS_TEST_POSTGRES");
    named.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".into())
});

/// A schema that goes with the measurement.
pub struct Schema {
    pub name: String,
}

impl Schema {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("cqrs_speed_{}_{number}", std::process::id()) }
    }

    /// The library's store in it. Without TLS, as the other side: `sqlx` would use it wherever the server offers it.
    pub async fn store(&self) -> PostgresStore {
        let address: PgConnectOptions = ADDRESS.parse().unwrap();
        let address = address.ssl_mode(PgSslMode::Disable);
        PostgresStore::builder().schema(&self.name).connect_with(address).await.unwrap()
    }

    /// A connection that sees its tables.
    pub async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&ADDRESS, NoTls).await.unwrap();
        tokio::spawn(async move { connection.await.unwrap() });
        client.batch_execute(&format!("SET search_path = {}", self.name)).await.unwrap();
        client
    }

    /// The library's tables as somebody without the library would have them: the same columns and indexes, no fence.
    pub async fn plain(&self) {
        self.fenced().await;
        self.connect().await.batch_execute("DROP TRIGGER events_are_fenced ON events").await.unwrap();
    }

    /// The same, with the fence.
    pub async fn fenced(&self) {
        drop(self.store().await);
        self.connect().await.batch_execute("DROP TRIGGER events_are_kept ON events").await.unwrap();
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql = format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let drop = || domain::runtime().block_on(async { self.connect().await.batch_execute(&sql).await });
        std::thread::scope(|scope| scope.spawn(drop).join().unwrap()).unwrap();
    }
}
