//! The application's own services, as handlers ask for them.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    ops::Deref,
    sync::Arc,
};

use crate::message::Cause;

/// A service of the application, asked for by a handler as an argument.
///
/// It is provided once, with `Application::builder().provide(..)`; a service that a handler asks for and that
/// was not provided is an error at start. It reads like a reference to the service.
///
/// The [`Dispatcher`](crate::dispatch::Dispatcher) is always there. What an event handler function dispatches by it follows from the
/// event, and is sent once, however often the function is called with the event.
#[derive(Debug)]
pub struct Inject<T: ?Sized>(Arc<T>);

impl<T> Inject<T> {
    /// Creates a service, for calling a handler by hand.
    pub fn new(service: T) -> Self {
        Self(Arc::new(service))
    }
}

impl<T: ?Sized> Clone for Inject<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for Inject<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

type AnyService = Arc<dyn Any + Send + Sync>;

/// Everything that was provided, one service a type.
#[derive(Clone, Default)]
pub struct Services {
    by_type: HashMap<TypeId, Provided>,
}

#[derive(Clone)]
struct Provided {
    service: AnyService,
    /// For a service that is another in each call of an event handler.
    caused: Option<Arc<Caused>>,
}

/// Makes the service for one call.
type Caused = dyn Fn(&Arc<Cause>) -> AnyService + Send + Sync;

impl Services {
    /// Adds a service; one of the same type that was there before is replaced.
    pub fn provide<T: Send + Sync + 'static>(&mut self, service: T) {
        let provided = Provided { service: Arc::new(service), caused: None };
        self.by_type.insert(TypeId::of::<T>(), provided);
    }

    /// Adds a service of which each call of an event handler has its own.
    pub(crate) fn provide_caused<T: Send + Sync + 'static>(
        &mut self,
        service: T,
        caused: fn(&T, &Arc<Cause>) -> T,
    ) {
        let service = Arc::new(service);
        let shared = Arc::clone(&service);
        let caused = move |cause: &Arc<Cause>| Arc::new(caused(&shared, cause)) as AnyService;
        self.by_type.insert(TypeId::of::<T>(), Provided { service, caused: Some(Arc::new(caused)) });
    }

    /// Returns the service of type `T`, if it was provided.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Inject<T>> {
        let provided = self.by_type.get(&TypeId::of::<T>())?;
        Arc::clone(&provided.service).downcast().ok().map(Inject)
    }

    /// The service of type `T` for one call of an event handler, whose cause is asked for if the service is of the call.
    pub(crate) fn get_caused<T: Send + Sync + 'static, E>(
        &self,
        cause: impl FnOnce() -> Result<Arc<Cause>, E>,
    ) -> Result<Option<Inject<T>>, E> {
        let Some(caused) = self.by_type.get(&TypeId::of::<T>()).and_then(|found| found.caused.as_ref())
        else {
            return Ok(self.get());
        };
        Ok(caused(&cause()?).downcast().ok().map(Inject))
    }

    /// Returns whether the service an argument asks for was provided.
    pub fn has(&self, service: &ServiceType) -> bool {
        self.by_type.contains_key(&(service.id)())
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Services({})", self.by_type.len())
    }
}

/// The type of a service, as a constant that a registry can keep.
#[derive(Clone, Copy, Debug)]
pub struct ServiceType {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl ServiceType {
    /// Returns the type `T`.
    pub const fn of<T: Send + Sync + 'static>() -> Self {
        Self { id: TypeId::of::<T>, name: type_name::<T> }
    }

    /// Returns the type's name, for messages.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_by_its_type_only() {
        let mut services = Services::default();
        services.provide(7_u32);
        assert_eq!(*services.get::<u32>().unwrap(), 7);
        assert!(services.get::<u64>().is_none());
        assert!(services.has(&ServiceType::of::<u32>()) && !services.has(&ServiceType::of::<u64>()));
    }
}
