//! An application under test, running.

use std::{fmt, ops::Deref};

use crate::{
    Application,
    aggregate::Rejection,
    dispatch::HandledCommand,
    error_chain,
    testing::{Happened, settled},
};

/// A running application of what is linked into the test, on a store of its own that is gone with it. It reads like the
/// [`Application`] it is.
///
/// The store is in memory; with [`on_file`](super::TestApplicationBuilder::on_file) it is a SQLite file. What needs a service
/// that the test does not have is left out, which is checked as in [`Registry::without`](crate::registry::Registry::without).
///
/// ```standalone_crate
/// use cqrs::{prelude::*, testing::TestApplication};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct DoorOpened;
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct OpenDoor { #[command(id)] door: u32 }
///
/// #[derive(Aggregate, Serialize, Deserialize, Default)]
/// #[aggregate(id = u32)]
/// pub struct Door { open: bool }
///
/// #[event_handler]
/// impl Door {
///     fn opened(&mut self, _: &DoorOpened) { self.open = true }
/// }
///
/// #[command_handler]
/// impl Door {
///     fn open(this: Option<&Self>, _: OpenDoor) -> Option<DoorOpened> {
///         (!this.is_some_and(|door| door.open)).then_some(DoorOpened)
///     }
/// }
///
/// #[derive(Projection, Default)]
/// pub struct OpenDoors(std::collections::BTreeSet<u32>);
///
/// #[event_handler]
/// impl OpenDoors {
///     fn opened(&mut self, _: &DoorOpened, door: Id<Door>) { self.0.insert(*door); }
/// }
///
/// pub struct Alarm;
///
/// #[event_handler(from = now)]
/// async fn alarm(_: &DoorOpened, alarm: Inject<Alarm>) {
///     // ..
/// #   let _ = alarm;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let app = TestApplication::builder()
///     .without_function(alarm)
///     .given::<Door>(&7, DoorOpened)
///     .start()
///     .await;
/// app.when(OpenDoor { door: 7 }).await.then_nothing();
/// app.when(OpenDoor { door: 9 }).await.then::<Door>(&9, DoorOpened).then_nothing_else();
/// app.settled().await;
/// assert_eq!(app.projection::<OpenDoors>().read().0, [7, 9].into());
/// # }
/// ```
pub struct TestApplication {
    pub(super) application: Application,
    /// What goes with it: the folder of its file.
    pub(super) place: Place,
}

/// Where the store is.
#[derive(Default)]
pub(super) struct Place {
    #[cfg(feature = "sqlite")]
    pub(super) folder: Option<tempfile::TempDir>,
}

impl TestApplication {
    /// Dispatches a command, and reads back what came of it. What else came of it, by event handlers, is not of this
    /// command.
    pub async fn when<C: HandledCommand<Error: Rejection>>(&self, command: C) -> Happened<C::Error> {
        Happened::of(&**self.application.store(), self.application.dispatch(command)).await
    }

    /// Resolves once every projection, event handler and relay has dealt with all events, those included that came of
    /// commands which event handlers dispatched meanwhile, and no command that waited is due. It waits for retries, too, unless
    /// the clock stands still.
    ///
    /// # Panics
    ///
    /// If one of them cannot go on, or if it takes longer than half a minute.
    pub async fn settled(&self) -> &Self {
        settled(&self.application).await;
        self
    }

    /// Ends it, once what was accepted is finished.
    ///
    /// # Panics
    ///
    /// If the store cannot keep what there is to keep.
    pub async fn shutdown(self) {
        let Self { application, place: _place } = self;
        let ended = application.shutdown().await;
        ended.unwrap_or_else(|error| panic!("the application does not end: {}", error_chain::chain(&error)));
    }
}

impl Deref for TestApplication {
    type Target = Application;

    fn deref(&self) -> &Application {
        &self.application
    }
}

impl fmt::Debug for TestApplication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TestApplication({})", self.application.store().name())
    }
}
