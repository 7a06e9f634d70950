//! What there is: every event, aggregate, command, projection, process manager and event handler of the program.
//!
//! The macros submit a [`Registration`] for each, which `inventory` collects from every crate that is linked
//! into the program; [`Registry::collect`] runs them. The same calls made by hand give the same registry. A library
//! crate that nothing of the program mentions is not linked, and registers nothing.

mod check;
mod entries;
mod leaving_out;
mod problem;
mod process_entry;

use crate::{
    aggregate::Aggregate,
    dispatch::{CommandEntry, HandledCommand},
    event::{Event, EventKind},
    handler::EventHandler,
    process::ProcessManager,
    projection::{Projection, RunProjection},
};

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
use crate::store::{CheckReport, StoredType};

pub use entries::{AggregateEntry, EventHandlerEntry, ProjectionEntry};
pub use problem::Problem;
pub use process_entry::ProcessEntry;

/// One declaration, submitted by a macro: a call that enters it into a registry.
#[derive(Clone, Copy, Debug)]
pub struct Registration(fn(&mut Registry));

impl Registration {
    /// Creates a registration made of a call such as `|registry| registry.event::<MoneyDebited>()`.
    pub const fn new(register: fn(&mut Registry)) -> Self {
        Self(register)
    }
}

inventory::collect!(Registration);

/// Everything the dispatcher and the subscriptions know about the program.
///
/// Entering the same type twice is the same as entering it once.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::{registry::Registry, store::memory::MemoryStore};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // The parts that this process is to run, by hand:
/// let mut registry = Registry::empty();
/// registry.aggregate::<Account>();
/// registry.command::<OpenAccount>();
/// // Or everything that is linked, less one of them:
/// let registry = Registry::collect().without::<Account>();
/// let app = Application::builder().store(MemoryStore::new()).registry(registry).start().await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    events: Vec<&'static EventKind>,
    aggregates: Vec<AggregateEntry>,
    commands: Vec<CommandEntry>,
    projections: Vec<ProjectionEntry>,
    event_handlers: Vec<EventHandlerEntry>,
    process_managers: Vec<ProcessEntry>,
    /// What was to be left out and is not there.
    in_vain: Vec<String>,
}

impl Registry {
    /// Creates an empty registry, for registering by hand.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Collects everything the macros submitted, in every crate linked into the program.
    pub fn collect() -> Self {
        let mut registry = Self::default();
        inventory::iter::<Registration>().for_each(|registration| (registration.0)(&mut registry));
        registry
    }

    /// Enters a type of event.
    pub fn event<E: Event>(&mut self) {
        self.kinds(E::KINDS.to_vec());
    }

    fn kinds(&mut self, kinds: impl IntoIterator<Item = &'static EventKind>) {
        for kind in kinds {
            let known =
                |other: &&EventKind| other.location == kind.location && other.type_name == kind.type_name;
            if !self.events.iter().any(known) {
                self.events.push(kind);
            }
        }
    }

    /// Enters an aggregate, with the events it handles.
    pub fn aggregate<A: Aggregate>(&mut self) {
        self.event::<A::Event>();
        let entry = AggregateEntry::of::<A>();
        if !self.aggregates.iter().any(|known| known.type_id == entry.type_id) {
            self.aggregates.push(entry);
        }
    }

    /// Enters a command with its handler.
    pub fn command<C: HandledCommand>(&mut self) {
        let entry = CommandEntry::of::<C>();
        if !self.commands.iter().any(|known| known.is_same_type(&entry)) {
            self.commands.push(entry);
        }
    }

    /// Enters a projection, with the events it handles.
    pub fn projection<P: Projection<Kind: RunProjection<P>>>(&mut self) {
        self.event::<P::Event>();
        let entry = ProjectionEntry::of::<P>();
        if !self.projections.iter().any(|known| known.type_id == entry.type_id) {
            self.projections.push(entry);
        }
    }

    /// Enters an event handler.
    pub fn event_handler<H: EventHandler>(&mut self) {
        let entry = EventHandlerEntry::of::<H>();
        if !self.event_handlers.iter().any(|known| known.type_id == entry.type_id) {
            self.event_handlers.push(entry);
        }
    }

    /// Enters a process manager, with the events it handles.
    pub fn process_manager<P: ProcessManager>(&mut self) {
        let entry = ProcessEntry::of::<P>();
        // Refusals of what it sends are stored in the library's own form, and not under these names.
        self.kinds(entry.kinds.to_vec().into_iter().filter(|kind| !kind.name.contains('/')));
        if !self.process_managers.iter().any(|known| known.type_id == entry.type_id) {
            self.process_managers.push(entry);
        }
    }

    /// Returns all kinds of event.
    pub fn events(&self) -> &[&'static EventKind] {
        &self.events
    }

    /// Returns the types of events in a store that this program cannot read: no kind has the name, or it is of another schema
    /// version than the kind.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
    pub fn unknown<'r>(&self, report: &'r CheckReport) -> Vec<&'r StoredType> {
        let knows = |stored: &StoredType| {
            self.events
                .iter()
                .any(|kind| kind.is_named(&stored.name) && stored.schema_version == kind.version)
        };
        report.types.iter().filter(|stored| !knows(stored)).collect()
    }

    /// Returns all aggregates.
    pub fn aggregates(&self) -> &[AggregateEntry] {
        &self.aggregates
    }

    /// Returns all commands.
    pub fn commands(&self) -> &[CommandEntry] {
        &self.commands
    }

    /// Returns all projections.
    pub fn projections(&self) -> &[ProjectionEntry] {
        &self.projections
    }

    /// The event handler that is this function.
    #[cfg(feature = "testing")]
    pub(crate) fn event_handler_of<F: 'static>(&self) -> Option<EventHandlerEntry> {
        let function = std::any::TypeId::of::<F>();
        self.event_handlers.iter().find(|entry| entry.function == function).copied()
    }

    /// Returns all process managers.
    pub fn process_managers(&self) -> &[ProcessEntry] {
        &self.process_managers
    }

    /// Returns all event handlers.
    pub fn event_handlers(&self) -> &[EventHandlerEntry] {
        &self.event_handlers
    }
}
