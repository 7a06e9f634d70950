//! The application: a store, a registry, services, and everything that runs on them.

mod builder;
mod dead_letters;
#[cfg(feature = "testing")]
mod due;
mod error;
mod health;
mod health_settings;
mod history;
mod inner;
mod reading;
mod shutdown;
mod start;
mod waiting;

use std::sync::Arc;

use crate::{
    aggregate::Aggregate,
    dispatch::{AnyRejection, Dispatch, Dispatcher, HandledCommand, NamedCommand},
    process::{Names, ProcessManager, Processes},
    registry::Registry,
    repository::{Repository, SaveError, Unsaved, save_together},
    schedule::ScheduledCommands,
    store::{Appended, Store},
};

pub use builder::ApplicationBuilder;
pub use dead_letters::{DeadLetterError, DeadLetters, Letter, LetterFilter, LetterPages};
pub use error::{RebuildError, StartError};
pub use health::{Health, StoreHealth, SubscriptionHealth, Verdict};
pub use health_settings::HealthSettings;
pub use history::{History, HistoryEntry, Pages};
pub use waiting::Waiting;

/// A running application. Clones are the same application.
///
/// It ends with [`shutdown`](Self::shutdown), which finishes what was accepted; dropping the last clone stops it
/// without waiting, which loses nothing either, since everything acknowledged is in the store.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let app = Application::builder().store(SqliteStore::open("bank.db")?).start().await?;
/// let account = AccountId("4711".into());
/// app.dispatch(OpenAccount { account: account.clone(), owner: "Alice".into() }).await?;
/// let receipt = app.dispatch(CreditAccount { account, amount: 100 }).actor("alice").await?;
/// println!("stored at position {}", receipt.position());
/// app.shutdown().await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Application(Arc<inner::Inner>);

impl Application {
    /// Begins an application of everything that is linked into the program.
    pub fn builder() -> ApplicationBuilder {
        ApplicationBuilder::new()
    }

    /// Dispatches a command to its handler; await it for the receipt.
    pub fn dispatch<C: HandledCommand>(&self, command: C) -> Dispatch<C, C::Error> {
        self.dispatcher().dispatch(command)
    }

    /// Dispatches a command by its stored name, from JSON.
    pub fn dispatch_json(
        &self,
        name: impl Into<String>,
        json: impl Into<String>,
    ) -> Dispatch<NamedCommand, AnyRejection> {
        self.dispatcher().dispatch_json(name, json)
    }

    /// Returns the dispatcher, for handing on.
    pub fn dispatcher(&self) -> Dispatcher {
        self.0.core.dispatcher()
    }

    /// Aggregates of one kind, in the imperative style.
    pub fn repository<A: Aggregate>(&self) -> Repository<A> {
        Repository::new(Arc::clone(self.0.core.store()))
    }

    /// Saves the pending events of several roots in one atomic write: all of them, or none. Gives `None`, and does
    /// nothing, if nothing is pending.
    pub async fn save_together(&self, roots: &mut [&mut dyn Unsaved]) -> Result<Option<Appended>, SaveError> {
        save_together(&**self.0.core.store(), roots).await
    }

    /// Returns the store.
    pub fn store(&self) -> &Arc<dyn Store> {
        self.0.core.store()
    }

    /// Returns what the program consists of.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Returns what has happened: events, and commands that failed.
    pub fn history(&self) -> History {
        History::new(Arc::clone(self.0.core.store()))
    }

    /// Returns the commands that wait until they are due.
    pub fn scheduled(&self) -> ScheduledCommands {
        ScheduledCommands::new(&self.0.core)
    }

    /// Returns the processes of a process manager: where one stands, and its past.
    pub fn process<P: ProcessManager>(&self) -> Processes<P> {
        let steps = self.0.subscribed(inner::Key::Worker(Names::<P>::STEPS));
        Processes::new(&self.0.core, steps.map(|steps| steps.each()).unwrap_or_default())
    }

    /// Returns the events an event handler, projection or relay could not handle, by its name.
    pub fn dead_letters(&self, subscription: impl Into<String>) -> DeadLetters {
        DeadLetters::new(self.clone(), subscription.into())
    }
}
