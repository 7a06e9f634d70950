//! What each fault of the memory store is held against.

use std::sync::Arc;

use cqrs::{
    store::{Store, memory::MemoryStore},
    testing::store::{BoxFuture, StorePlace},
};

struct Memory;

impl StorePlace for Memory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(MemoryStore::new()) as _ })
    }
}

cqrs::store_conformance_tests!(Memory);
