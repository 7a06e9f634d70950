//! Prefixes on a NATS server to test with.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_nats::{Client, jetstream};
use cqrs::{
    store::{
        Store, StoreError,
        nats::{NatsStore, NatsStoreOptions},
    },
    testing::store::{BoxFuture, StorePlace},
};
use futures_util::TryStreamExt;

use crate::services::{Service, aside};

/// Whether there is a server to test with. If not, it says so, or panics if one is required.
pub fn server_answers() -> bool {
    Service::Nats.answers()
}

/// A prefix whose streams go with the test.
pub struct Prefix {
    name: String,
    server: String,
    options: NatsStoreOptions,
}

impl Default for Prefix {
    fn default() -> Self {
        Self::with(NatsStore::builder())
    }
}

impl Prefix {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(options: NatsStoreOptions) -> Self {
        Self::on(&Service::Nats.address(), options)
    }

    /// A prefix on another server than that of all tests.
    pub fn on(server: &str, options: NatsStoreOptions) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{number}-{}", std::process::id(), fastrand::u32(..));
        Self { name, server: server.to_owned(), options }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of a store here.
    pub fn address(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    pub async fn store(&self) -> NatsStore {
        self.open().await.expect("the store should open")
    }

    pub async fn open(&self) -> Result<NatsStore, StoreError> {
        self.options.clone().connect(&self.address()).await
    }

    /// The server as any program sees it.
    pub async fn client(&self) -> Client {
        async_nats::connect(&self.server).await.expect("the server should answer")
    }

    /// JetStream as any program sees it.
    pub async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.client().await)
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        if let Err(error) = aside(remove(&self.server, &self.name)) {
            eprintln!("streams of `{}` stay: {error}", self.name);
        }
    }
}

async fn remove(server: &str, prefix: &str) -> Result<(), async_nats::Error> {
    let jetstream = jetstream::new(async_nats::connect(server).await?);
    let names: Vec<String> = jetstream.stream_names().try_collect().await?;
    for name in names.iter().filter(|name| name.trim_start_matches("KV_").starts_with(prefix)) {
        jetstream.delete_stream(name).await?;
    }
    Ok(())
}

impl StorePlace for Prefix {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(self.store().await) as _ })
    }
}
