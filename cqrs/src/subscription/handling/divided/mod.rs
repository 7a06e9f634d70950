//! What handles events one by one, divided into slots that several processes share.
//!
//! A slot is an event handler of its own, by checkpoint, lease and letters: all that is said of [handling](super) is true of each. What is
//! in a slot is a matter of the lane alone, by a function that never changes. What the slots have in common, in one process, is
//! what it would be waste to do for each:
//!
//! ```text
//! log ─▶ Pages: read once, each event goes to its slot ─▶ 16 × handling ─▶ Settler: checkpoints, moved together
//!                                                            ▲
//!              Sharing: takes slots, gives them up ──────────┴── Tenures: leases, kept together
//! ```
//!
//! The other way would be one desk with a checkpoint for each slot. It would read once by itself; but a slot that comes is at
//! another place in the log than those that are there, and one that goes takes a part of every queue along. So each slot stays
//! whole, and only reading and writing are put together.
//!
//! When a slot moves from one process to another:
//!
//! - *Nothing is lost.* The new owner begins at the stored checkpoint of the slot, with its letters; before the checkpoint all is done
//!   or left to a letter, in that slot as in any event handler.
//! - *Nothing is done twice for being moved.* What is done after the checkpoint is stored with it, under the epoch; taking a slot raises the
//!   epoch, so that a former owner stores nothing any more. What it had begun may still end: one call a lane.
//! - *Nothing is reordered.* A lane is in one slot, for ever, and so are its letters. No call begins after the time has passed
//!   for which the lease was last known to be held ([`Tenures`]): an owner that slept does nothing until it knows.

mod in_slot;
mod pages;
mod settler;
mod tenures;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    handler::Concern,
    message::Position,
    store::{Lease, PartitionStore, Store, StoreError, SubscriptionStart, shared_out},
};

use super::{
    super::{
        Environment, Request, Running, Source, Wanted,
        sharing::{Divided, Taken, prepare},
    },
    Facts, Handle,
    calls::Calls,
    owner::Handling,
    settings::Settings,
    terms::{SlotTerms, Terms},
};

use in_slot::InSlot;
pub(in crate::subscription) use pages::Pages;
use settler::Settler;
use tenures::Tenures;

pub(super) use settler::Settler as SlotSettler;
pub(super) use tenures::Tenures as SlotTenures;

/// Makes what handles the events of a slot: anew whenever the slot is taken, so that what it remembers is of one epoch.
pub(super) type MakeHandle = Box<dyn Fn() -> Box<dyn Handle> + Send + Sync>;

/// A handler, divided into slots.
struct Slots {
    name: &'static str,
    starts: Vec<SubscriptionStart>,
    names: &'static [&'static str],
    wanted: Wanted,
    knows: u32,
    make: MakeHandle,
    pages: Arc<Pages>,
    settler: OnceLock<Arc<Settler>>,
    tenures: Arc<Tenures>,
}

/// Divides a handler into slots of these names.
pub(crate) fn run_divided(
    make: MakeHandle,
    names: &'static [&'static str],
    wanted: Wanted,
    environment: &Environment,
) -> Running {
    let handle = make();
    let name = handle.start().name;
    let (starts, knows) = (starts(handle.start(), names).collect(), handle.knows());
    let pages = Arc::new(Pages::new(Arc::clone(&environment.tail), handle, names.len()));
    let (settler, tenures) = (OnceLock::new(), Arc::new(Tenures::new(names)));
    let source = Source::of(environment, wanted.clone());
    prepare(Arc::new(Slots { name, starts, names, wanted, knows, make, pages, settler, tenures }), source)
}

/// How each slot begins: as the whole would.
pub(crate) fn starts(
    whole: SubscriptionStart,
    names: &'static [&'static str],
) -> impl Iterator<Item = SubscriptionStart> {
    names.iter().map(move |name| SubscriptionStart { name, aliases: &[], ..whole })
}

impl Slots {
    fn settler(&self, store: &Arc<dyn Store>) -> Arc<Settler> {
        Arc::clone(self.settler.get_or_init(|| Arc::new(Settler::start(Arc::clone(store)))))
    }
}

impl Divided for Slots {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parts(&self) -> &'static [&'static str] {
        self.names
    }

    fn store<'a>(&self, store: &'a Arc<dyn Store>) -> Result<&'a dyn PartitionStore, StoreError> {
        shared_out(&**store).ok_or(StoreError::Unsupported("share slots out"))
    }

    fn knows(&self) -> Option<u32> {
        Some(self.knows)
    }

    /// They are there since the application began to start.
    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<(), StoreError>> {
        async move { self.store(store).map(drop) }.boxed()
    }

    fn rebuild<'a>(&'a self, _: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Position, StoreError>> {
        async { Err(StoreError::Unsupported("rebuild what is not a projection")) }.boxed()
    }

    fn renew<'a>(
        &'a self,
        store: &'a dyn PartitionStore,
        leases: &'a [Lease],
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.tenures.renew(store, leases, duration).boxed()
    }

    fn work(&self, index: usize, taken: Taken) -> (BoxFuture<'static, ()>, UnboundedSender<Request>) {
        let Taken { environment, status, lease, since, .. } = taken;
        self.tenures.begin(index, &lease, since);
        let slot = InSlot::new((self.make)(), self.starts[index], (index, self.names.len()));
        let facts = Facts::new(Box::new(slot), self.wanted.clone(), Concern::default());
        let (source, requests) = Source::of(&environment, self.wanted.clone());
        let mut source = source.of_slot(Arc::clone(&self.pages), index);
        let settings = Settings::of(facts.settings, environment.settings);
        let calls = Calls::new(Arc::clone(&facts), &environment, settings.time_limit);
        let (settler, tenures) = (self.settler(&environment.store), Arc::clone(&self.tenures));
        let terms = Terms::Slot(SlotTerms { index, settler, tenures });
        let mut handling = Handling { facts, settings, calls, terms };
        let work = async move {
            if let Err(error) = handling.own_slot(&mut source, &status, lease).await {
                // The lease stays until then: else it would be taken, and fail, again and again.
                source.fail(&status, &error).await;
            }
        };
        (work.boxed(), requests)
    }
}
