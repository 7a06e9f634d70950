//! The domain's error where its type is not known.

use std::{error::Error, ops::Deref};

use crate::handler::BoxError;

/// The domain's error of a command that was dispatched by its name, so that its type is not known here.
///
/// It reads as the domain's error does, and gives it back: `is` and `downcast_ref` through [`Deref`], and
/// [`downcast`](Self::downcast) by value. Unlike a box it is an error itself, so `?` turns a
/// [`DispatchError`](super::DispatchError) with it into `Box<dyn Error>` or another error type.
///
/// ```
/// # use cqrs::dispatch::AnyRejection;
/// #[derive(Debug, thiserror::Error)]
/// #[error("not covered")]
/// struct NotCovered;
///
/// let rejection = AnyRejection::new(NotCovered);
/// assert_eq!(rejection.to_string(), "not covered");
/// assert!(rejection.downcast_ref::<NotCovered>().is_some());
/// assert!(rejection.downcast::<NotCovered>().is_ok());
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct AnyRejection(BoxError);

impl AnyRejection {
    /// Returns the domain's error, its type forgotten.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }

    /// Returns the domain's error, if it is an `E`, else what this was before.
    pub fn downcast<E: Error + 'static>(self) -> Result<E, Self> {
        self.0.downcast().map(|error| *error).map_err(Self)
    }

    /// Returns the domain's error in its box.
    pub fn into_inner(self) -> BoxError {
        self.0
    }
}

impl Deref for AnyRejection {
    type Target = dyn Error + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
