//! The caches of all kinds of aggregate.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use foldhash::fast::RandomState;

use crate::aggregate::Aggregate;

use super::cache::AggregateCache;

/// One cache a kind, made when the first command for it comes.
#[derive(Debug)]
pub(super) struct Caches {
    capacity: usize,
    by_kind: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>, RandomState>>,
}

impl Caches {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, by_kind: RwLock::default() }
    }

    pub(super) fn of<A: Aggregate>(&self) -> Arc<AggregateCache<A>> {
        let known =
            self.by_kind.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<A>()).cloned();
        let cache = known.unwrap_or_else(|| self.make::<A>());
        cache.downcast().unwrap_or_else(|_| Arc::new(AggregateCache::new(self.capacity)))
    }

    fn make<A: Aggregate>(&self) -> Arc<dyn Any + Send + Sync> {
        let mut by_kind = self.by_kind.write().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(AggregateCache::<A>::new(self.capacity)) as Arc<dyn Any + Send + Sync>;
        Arc::clone(by_kind.entry(TypeId::of::<A>()).or_insert_with(made))
    }
}
