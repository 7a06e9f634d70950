//! A read model in memory, as its readers see it.

use std::{
    ops::Deref,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use crate::handler::Lifecycle;

/// A read model in memory. Clones show the same model.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # #[derive(Projection, Default)] pub struct Balances { by_account: std::collections::HashMap<String, i64> }
/// # #[event_handler] impl Balances {
/// #     fn credited(&mut self, event: &MoneyCredited, account: Id<Account>) {
/// #         *self.by_account.entry(account.to_string()).or_default() += event.amount;
/// #     }
/// # }
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let balances = app.projection::<Balances>();
/// let balance = balances.read().by_account.get("4711").copied(); // the guard is gone at the end of the line
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Model<P>(pub(super) Arc<RwLock<Lifecycle<P>>>);

impl<P> Clone for Model<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Default> Default for Model<P> {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Lifecycle::Live(P::default()))))
    }
}

impl<P> Model<P> {
    /// Returns the model as it is now. While it is read, no event is applied: keep the guard for a moment, and never
    /// across an await.
    pub fn read(&self) -> ReadGuard<'_, P> {
        // A handler that panicked left the model as it was before the panic, or half changed by its own code; the
        // projection has stopped, and says so to whoever waits for it.
        ReadGuard(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A read model while it is read.
#[derive(Debug)]
pub struct ReadGuard<'a, P>(RwLockReadGuard<'a, Lifecycle<P>>);

impl<P> Deref for ReadGuard<'_, P> {
    type Target = P;

    fn deref(&self) -> &P {
        match &*self.0 {
            Lifecycle::Live(model) => model,
            // Whoever changes the model leaves a live one, even where a handler ends it.
            Lifecycle::Absent | Lifecycle::Ended => {
                unreachable!("a read model is neither built nor ended by events")
            }
        }
    }
}
