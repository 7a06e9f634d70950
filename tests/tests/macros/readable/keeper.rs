//! An event with any content, an aggregate that keeps the last one, and what becomes of a value on its way through both.

use std::sync::Arc;

use cqrs::{
    Location,
    aggregate::Aggregate,
    event::{
        Content, DecodeError, DecodeReason, Event, EventKind, EventKinds, JsonCodec, JsonError, Payload,
        StoredEvent, decode,
    },
    handler::{EventContext, EventHandlerInfo, EventHandlers, Fold, FoldError, InMemory, Lifecycle},
    repository::{DecisionError, Repository},
    store::memory::MemoryStore,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What an event may hold.
pub trait Any: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Any for T {}

#[derive(Serialize, Deserialize, Clone)]
#[serde(transparent, bound = "")]
pub struct Kept<T: Any>(pub T);

impl<T: Any> Event for Kept<T> {
    const KINDS: EventKinds = EventKinds::These(&[EventKind {
        name: "kept",
        version: 1,
        aliases: &[],
        type_name: "Kept",
        location: Location::new(file!(), line!()),
    }]);

    fn kind(&self) -> &'static EventKind {
        Self::KINDS.find("kept").unwrap()
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        Payload::encode(self)
    }

    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        decode(stored)
    }

    fn content(&self) -> Option<&dyn Content> {
        Some(self)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Keeper<T: Any>(T);

impl<T: Any> EventHandlers for Keeper<T> {
    type Event = Kept<T>;
    type Kind = InMemory;

    const HANDLERS: &'static [EventHandlerInfo] = &[];
    const FINGERPRINT: u64 = 1;
}

impl<T: Any> Fold for Keeper<T> {
    fn initial() -> Lifecycle<Self> {
        Lifecycle::Absent
    }

    fn fold(state: &mut Lifecycle<Self>, event: &Kept<T>, _: &EventContext<'_>) -> Result<(), FoldError> {
        *state = Lifecycle::Live(Self(event.0.clone()));
        Ok(())
    }
}

impl<T: Any> Aggregate for Keeper<T> {
    type Id = u32;

    const CATEGORY: &'static str = "keeper";
    const SNAPSHOT_EVERY: Option<u64> = None;
    const SHAPE: u64 = 1;
    const CODEC: JsonCodec<Self> = JsonCodec::serde();
    const LOCATION: Location = Location::new(file!(), line!());
}

/// The value as the state has it after the update, and as a reader has it that loads the stream; or why it was refused.
pub fn kept<T: Any>(value: T) -> Result<[T; 2], DecisionError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let repository = Repository::<Keeper<T>>::new(Arc::new(MemoryStore::new()));
        let mut root = repository.create(1);
        root.record(Kept(value))?;
        repository.save(&mut root).await.unwrap();
        let loaded = repository.load(&1).await.expect("what was stored is readable");
        Ok([root.state().unwrap().0.clone(), loaded.state().unwrap().0.clone()])
    })
}

/// Why an event is refused: the path, and the reason.
pub fn reason(refusal: &DecisionError) -> &JsonError {
    match refusal {
        DecisionError::Encode { reason, .. }
        | DecisionError::Unreadable { reason: DecodeReason::Payload(reason), .. } => reason,
        other => panic!("refused for another reason: {other:?}"),
    }
}
