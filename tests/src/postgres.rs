//! Schemas of PostgreSQL to test with.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use cqrs::{
    store::{
        Store, StoreError,
        postgres::{PostgresOptions, PostgresStore},
    },
    testing::store::{BoxFuture, StorePlace},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use crate::services::{Service, aside};

/// Where the server is.
fn address() -> String {
    Service::PostgreSql.address()
}

/// Whether there is a server to test with. If not, it says so, or panics if one is required.
pub fn server_answers() -> bool {
    Service::PostgreSql.answers()
}

/// A schema that goes with the test.
pub struct Schema {
    name: String,
    options: PostgresOptions,
}

impl Default for Schema {
    fn default() -> Self {
        Self::with(PostgresStore::builder())
    }
}

impl Schema {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(options: PostgresOptions) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // A name that has to be quoted.
        let name = format!("cqrs test {}-{number}", std::process::id());
        let options = options.schema(&name);
        aside(drop_schema(&name)).expect("the schema of an earlier test should go");
        Self { name, options }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub async fn store(&self) -> PostgresStore {
        self.open().await.expect("the store should open")
    }

    pub async fn open(&self) -> Result<PostgresStore, StoreError> {
        self.options.clone().connect(&address()).await
    }

    /// The same, as another role of the server.
    pub async fn open_as(&self, role: &str) -> Result<PostgresStore, StoreError> {
        let address: PgConnectOptions = address().parse().expect("the address should be one");
        self.options.clone().connect_with(address.username(role)).await
    }

    /// The schema as any program sees it.
    pub async fn connection(&self) -> PgConnection {
        let mut connection = PgConnection::connect(&address()).await.expect("the server should answer");
        let search = sqlx::query("SELECT set_config('search_path', quote_ident($1), false)").bind(&self.name);
        search.execute(&mut connection).await.expect("the schema should be there");
        connection
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Err(error) = aside(drop_schema(&self.name)) {
            eprintln!("schema `{}` stays: {error}", self.name);
        }
    }
}

async fn drop_schema(name: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(&address()).await?;
    // Beside it may be what a projection builds.
    let schemas =
        "SELECT nspname::text FROM pg_namespace WHERE nspname = $1 OR starts_with(nspname::text, $1 || '@')";
    let schemas: Vec<String> = sqlx::query_scalar(schemas).bind(name).fetch_all(&mut connection).await?;
    for schema in schemas {
        let sql = format!("SET client_min_messages = warning; DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    connection.close().await
}

impl StorePlace for Schema {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(self.store().await) as _ })
    }
}
