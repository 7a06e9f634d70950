//! Panics of the user's handlers, as text.

use std::any::Any;

use crate::handler::BoxError;

/// A panic as a failure like any other.
pub(crate) fn failure(panic: &(dyn Any + Send)) -> BoxError {
    format!("panicked: {}", message(panic)).into()
}

/// What a panic says.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
