//! A store in PostgreSQL, a bus on RabbitMQ.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqrs::{Application, bus::rabbitmq::RabbitMqBus, store::postgres::PostgresStore};
use cqrs_tests::{
    postgres::Schema,
    rabbitmq::{self, PARTITIONS},
    services::Service,
};

use super::{
    balances_table::{BalancesTable, rows},
    place::{Place, Site, bank},
};

pub struct OnRabbitMq {
    schema: Schema,
    broker: rabbitmq::Place,
}

impl Place for OnRabbitMq {
    fn new() -> Self {
        Self { schema: Schema::new(), broker: rabbitmq::Place::new() }
    }

    fn address(&self) -> PathBuf {
        Path::new(self.schema.name()).join(self.broker.prefix())
    }

    async fn join(address: &Path) -> Site {
        let mut names = address.iter().map(|name| name.to_str().expect("names are text"));
        let (schema, prefix) = (names.next().expect("a schema"), names.next().expect("a prefix"));
        let store = PostgresStore::builder().schema(schema).connect(&Service::PostgreSql.address()).await;
        let broker = RabbitMqBus::builder(Service::RabbitMq.address().as_str()).prefix(prefix);
        let broker = broker.partitions(PARTITIONS).connect().await.expect("the broker answers");
        let mut registry = bank();
        registry.projection::<BalancesTable>();
        Site { store: Arc::new(store.expect("the store opens")), bus: broker.commands(), registry }
    }

    async fn table(app: &Application) -> Option<BTreeMap<String, i64>> {
        Some(rows(app).await)
    }
}
