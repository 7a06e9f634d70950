//! Leaving out what is linked: for tests, which have not every service of every crate, and for programs that run a part.

use std::any::{TypeId, type_name};

use super::Registry;

impl Registry {
    /// Leaves out a projection, a process manager, an aggregate with all commands it handles, a single command, or an event handler written
    /// by hand. What a program has left out asks for no services, and a command that nobody here handles is refused with
    /// [`DispatchError::NotRegistered`](crate::dispatch::DispatchError::NotRegistered). Events stay: they can be read
    /// whoever handles them.
    ///
    /// What is not there cannot be left out: the application does not start, and says so.
    ///
    /// ```standalone_crate
    /// use cqrs::{prelude::*, registry::Registry, store::memory::MemoryStore};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Event, Serialize, Deserialize)] pub struct AccountOpened;
    /// # pub struct Mailer;
    /// # #[derive(Projection, Default)] pub struct Openings(u64);
    /// # #[event_handler] impl Openings { fn opened(&mut self, _: &AccountOpened) { self.0 += 1 } }
    /// #[event_handler(from = now)]
    /// async fn welcome(_: &AccountOpened, mailer: Inject<Mailer>) {
    ///     // ..
    /// #   let _ = mailer;
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Without a `Mailer`.
    /// let registry = Registry::collect().without::<Openings>().without_function(welcome);
    /// let app = Application::builder().store(MemoryStore::new()).registry(registry).start().await?;
    /// # app.shutdown().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn without<H: 'static>(self) -> Self {
        self.without_type(TypeId::of::<H>(), type_name::<H>())
    }

    /// Leaves out the event handler that is this function. One that is private in another crate is left out by its name:
    /// [`without_named`](Self::without_named).
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the type of a function is named by the function itself"
    )]
    pub fn without_function<F: 'static>(self, function: F) -> Self {
        let _ = function;
        self.without_type(TypeId::of::<F>(), type_name::<F>())
    }

    /// Leaves out the projections, the process manager or the event handler of this name.
    #[must_use]
    pub fn without_named(mut self, name: &str) -> Self {
        let before = self.count();
        self.projections.retain(|projection| projection.name != name);
        self.event_handlers.retain(|handler| handler.name != name);
        self.process_managers.retain(|manager| manager.name != name);
        self.note_if_unchanged(before, name)
    }

    fn without_type(mut self, left_out: TypeId, name: &str) -> Self {
        let before = self.count();
        self.aggregates.retain(|aggregate| aggregate.type_id != left_out);
        self.commands
            .retain(|command| command.type_id() != left_out && command.aggregate() != Some(left_out));
        self.projections.retain(|projection| projection.type_id != left_out);
        self.event_handlers.retain(|handler| handler.type_id != left_out && handler.function != left_out);
        self.process_managers.retain(|manager| manager.type_id != left_out);
        self.note_if_unchanged(before, name)
    }

    fn count(&self) -> usize {
        let folds = self.aggregates.len() + self.projections.len() + self.process_managers.len();
        folds + self.commands.len() + self.event_handlers.len()
    }

    fn note_if_unchanged(mut self, before: usize, name: &str) -> Self {
        if self.count() == before {
            self.in_vain.push(name.to_owned());
        }
        self
    }
}
