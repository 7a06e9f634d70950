//! The real dispatcher, for a test of a part.

use std::sync::Arc;

use crate::{
    clock::SystemClock,
    dispatch::{CommandTable, Core, DispatchSettings},
    registry::Registry,
    services::Services,
    store::Store,
};

/// What dispatches the commands of a registry on a store, and remembers nothing.
pub(super) fn core_on(store: &Arc<dyn Store>, services: Services, registry: &Registry) -> Arc<Core> {
    let commands = CommandTable::new(registry.commands().iter().copied());
    let settings = DispatchSettings { cached_aggregates: 0, ..DispatchSettings::default() };
    Core::new(Arc::clone(store), services, commands, settings, Arc::new(SystemClock))
}
