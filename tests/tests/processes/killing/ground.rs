//! Where the events of a test are that several processes of the operating system work on.

use std::{
    any::Any,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cqrs::{prelude::*, store::Store};

/// A kind of store.
#[derive(Clone, Copy, Debug)]
pub enum Ground {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "nats")]
    Nats,
}

/// A place on it, which goes with the test.
pub struct Plot {
    pub ground: Ground,
    /// What a child is told, to find it.
    pub place: PathBuf,
    _goes_with_it: Box<dyn Any + Send>,
}

impl Ground {
    /// A place on it; `None` where there is no server.
    pub fn plot(self) -> Option<Plot> {
        if !self.answers() {
            return None;
        }
        let (place, goes_with_it): (PathBuf, Box<dyn Any + Send>) = match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (folder.path().join("store.db"), Box::new(folder))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                let schema = cqrs_tests::postgres::Schema::new();
                (schema.name().into(), Box::new(schema))
            }
            #[cfg(feature = "nats")]
            Self::Nats => {
                let prefix = cqrs_tests::nats::Prefix::new();
                (prefix.address().into(), Box::new(prefix))
            }
        };
        Some(Plot { ground: self, place, _goes_with_it: goes_with_it })
    }

    fn answers(self) -> bool {
        match self {
            Self::Sqlite => true,
            #[cfg(feature = "postgres")]
            Self::Postgres => cqrs_tests::postgres::server_answers(),
            #[cfg(feature = "nats")]
            Self::Nats => cqrs_tests::nats::server_answers(),
        }
    }

    /// How long leases last: a dead owner must not hold the next one up for long, but one that is alive must be able to keep sixteen
    /// slots while several processes keep a machine busy.
    pub fn lease(self) -> Duration {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => Duration::from_millis(400),
            _ => Duration::from_millis(60),
        }
    }

    /// The store in a place, as every process opens it for itself.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "nats")),
        expect(clippy::unused_async, reason = "only a server is waited for")
    )]
    pub async fn open(self, place: &Path) -> Arc<dyn Store> {
        match self {
            Self::Sqlite => Arc::new(SqliteStore::open(place).unwrap()),
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                let schema = place.to_str().unwrap();
                let options = PostgresStore::builder().schema(schema);
                let address = cqrs_tests::services::Service::PostgreSql.address();
                Arc::new(options.connect(&address).await.unwrap())
            }
            #[cfg(feature = "nats")]
            Self::Nats => {
                let address = place.to_str().unwrap();
                Arc::new(cqrs::store::nats::NatsStore::builder().connect(address).await.unwrap())
            }
        }
    }
}

impl Plot {
    /// # Panics
    /// If the store says that something in it is damaged.
    pub async fn check(&self) {
        match self.ground {
            Ground::Sqlite => {
                let sound = SqliteStore::open(&self.place).unwrap().check().await.unwrap();
                assert!(sound.is_sound(), "{sound:?}");
            }
            #[cfg(feature = "postgres")]
            Ground::Postgres => {
                let store = self.open().await;
                let store = store.as_any().downcast_ref::<PostgresStore>().unwrap();
                let sound = store.check().await.unwrap();
                assert!(sound.is_sound(), "{sound:?}");
            }
            #[cfg(feature = "nats")]
            Ground::Nats => {}
        }
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        self.ground.open(&self.place).await
    }
}
