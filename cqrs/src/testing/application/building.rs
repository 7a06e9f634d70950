//! An application under test in the making.

use std::{convert::Infallible, fmt, sync::Arc};

use crate::{
    Application,
    aggregate::{Aggregate, IntoEvents},
    application::ApplicationBuilder,
    event::Event,
    message::{Metadata, StreamId},
    registry::Registry,
    store::{Store, memory::MemoryStore},
    testing::log::Log,
};

use super::running::{Place, TestApplication};

/// A [`TestApplication`] in the making.
#[must_use = "an application runs once it is started"]
pub struct TestApplicationBuilder {
    registry: Registry,
    builder: ApplicationBuilder,
    store: Arc<dyn Store>,
    place: Place,
    log: Log,
    metadata: Metadata,
}

impl TestApplication {
    /// Begins an application of everything that is linked into the test.
    pub fn builder() -> TestApplicationBuilder {
        TestApplicationBuilder {
            registry: Registry::collect(),
            builder: Application::builder(),
            store: Arc::new(MemoryStore::new()),
            place: Place::default(),
            log: Log::default(),
            metadata: Metadata::new(),
        }
    }
}

impl TestApplicationBuilder {
    /// Leaves out a projection, an aggregate with its commands, a command, or an event handler written by hand; see
    /// [`Registry::without`].
    pub fn without<H: 'static>(mut self) -> Self {
        self.registry = self.registry.without::<H>();
        self
    }

    /// Leaves out the event handler that is this function.
    pub fn without_function<F: 'static>(mut self, function: F) -> Self {
        self.registry = self.registry.without_function(function);
        self
    }

    /// Leaves out the projections or the event handler of this name.
    pub fn without_named(mut self, name: &str) -> Self {
        self.registry = self.registry.without_named(name);
        self
    }

    /// Another registry than that of everything linked. What was left out before is forgotten.
    pub fn registry(self, registry: Registry) -> Self {
        Self { registry, ..self }
    }

    /// Makes a service available to handlers.
    pub fn provide<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.builder = self.builder.provide(service);
        self
    }

    /// Sets whatever else an [`ApplicationBuilder`] takes: time limits, relays, how subscriptions behave.
    pub fn with(mut self, set: impl FnOnce(ApplicationBuilder) -> ApplicationBuilder) -> Self {
        self.builder = set(self.builder);
        self
    }

    /// Keeps the events in a SQLite file, where projections in tables run.
    ///
    /// # Panics
    ///
    /// If there is no room for a temporary file.
    #[cfg(feature = "sqlite")]
    pub fn on_file(mut self) -> Self {
        let (folder, store) = crate::testing::tables::temporary_store();
        self.store = Arc::new(store);
        self.place.folder = Some(folder);
        self
    }

    /// Gives an aggregate events before the application starts: history, for event handlers that begin now.
    pub fn given<A: Aggregate>(mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        self.log.add::<A>(id, events);
        self
    }

    /// Adds one event of whatever stream before the application starts.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub fn given_event<E: Event>(mut self, stream: StreamId, event: &E) -> Self {
        self.log.add_event(stream, event);
        self
    }

    /// Gives the history this metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// With all problems, if it does not start, or if no aggregate can have the history that was given.
    pub async fn start(self) -> TestApplication {
        let Self { registry, builder, store, place, log, metadata } = self;
        log.store(&store, &metadata).await;
        match builder.shared_store(store).registry(registry).start().await {
            Ok(application) => TestApplication { application, place },
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Debug for TestApplicationBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TestApplicationBuilder({}, {} given)", self.store.name(), self.log.len())
    }
}
