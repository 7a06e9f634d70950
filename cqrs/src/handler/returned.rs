//! What event handlers may return.

use super::BoxError;

/// Returned by an event handler of an aggregate, it ends the aggregate for good: later commands are refused. Returned by one of
/// a process manager, it ends the process: its timers are cancelled, and what comes for it is skipped.
///
/// A handler that ends it only sometimes returns `Option<Ended>` and takes `&mut self`, or takes `self` and returns `Option<Self>`, where
/// `None` is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// What a handler that changes a state may return: nothing, [`Ended`], an `Option` of that, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "an event handler cannot return `{Self}`",
    label = "not a result of an event handler",
    note = "an event handler that changes a state returns nothing, `Ended` or `Option<Ended>` (in an aggregate), or `Result<(), E>` (not in an aggregate)"
)]
pub trait Change {
    /// Whether the handler may fail.
    const FALLIBLE: bool;

    /// Whether the handler ends the state.
    const ENDS: bool = false;

    /// Returns whether the state has ended, or why the handler failed.
    fn settle(self) -> Result<bool, BoxError>;
}

impl Change for () {
    const FALLIBLE: bool = false;

    #[inline]
    fn settle(self) -> Result<bool, BoxError> {
        Ok(false)
    }
}

impl Change for Ended {
    const FALLIBLE: bool = false;
    const ENDS: bool = true;

    #[inline]
    fn settle(self) -> Result<bool, BoxError> {
        Ok(true)
    }
}

/// A handler that may end the state, or leave it as it has changed it.
impl Change for Option<Ended> {
    const FALLIBLE: bool = false;
    const ENDS: bool = true;

    #[inline]
    fn settle(self) -> Result<bool, BoxError> {
        Ok(self.is_some())
    }
}

/// What a handler that takes the state by value may return in place of the next state: [`Ended`].
#[diagnostic::on_unimplemented(
    message = "an event handler that takes `self` cannot return `{Self}`: return `Self`, `Option<Self>` or `Ended`",
    label = "neither `Self` nor `Ended`"
)]
pub trait End {}

impl End for Ended {}

impl<E: Into<BoxError>> Change for Result<(), E> {
    const FALLIBLE: bool = true;

    #[inline]
    fn settle(self) -> Result<bool, BoxError> {
        self.map(|()| false).map_err(Into::into)
    }
}

/// What a handler with an effect outside itself may return: nothing, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "an event handler cannot return `{Self}`",
    label = "not a result of an event handler",
    note = "return nothing or `Result<(), E>`, where `E` is an error that is `Send + Sync + 'static`"
)]
pub trait HandlerResult {
    /// Whether the handler may fail.
    const FALLIBLE: bool;

    /// Returns the result with the error boxed.
    fn into_result(self) -> Result<(), BoxError>;
}

impl HandlerResult for () {
    const FALLIBLE: bool = false;

    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> HandlerResult for Result<(), E> {
    const FALLIBLE: bool = true;

    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}
