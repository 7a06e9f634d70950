//! A process manager without macros: what they write can be written by hand.

use cqrs::{
    Location, StreamId,
    event::{EventKinds, JsonCodec, Payload},
    handler::{
        EventArgument, EventContext, EventHandlerInfo, EventHandlers, EventOf, EventSet, Fold, FoldError,
        HeldEvent, InMemory, Lifecycle, Member, StartFrom, held,
    },
    prelude::*,
    process::{Correlation, Found, Limits, Outcome, Standing, TimerOf, Trigger, Unmatched, find, step},
    registry::Registry,
    services::Services,
};
use registration::{OrderPlaced, ReminderDue};

use crate::recorded::{noon, order, placed, recorded, trigger};

/// How often an order was remembered.
#[derive(Serialize, Deserialize)]
pub struct Remembering {
    times: u32,
}

/// What it handles.
pub enum RememberingEvent {
    Placed(OrderPlaced),
    Due(ReminderDue),
}

impl From<OrderPlaced> for RememberingEvent {
    fn from(event: OrderPlaced) -> Self {
        Self::Placed(event)
    }
}

impl From<ReminderDue> for RememberingEvent {
    fn from(event: ReminderDue) -> Self {
        Self::Due(event)
    }
}

impl EventSet for RememberingEvent {
    const KINDS: EventKinds = EventKinds::AllOf(&[OrderPlaced::KINDS, ReminderDue::KINDS]);
    const MEMBERS: &'static [Member<Self>] =
        &[Member::of::<Remembering, OrderPlaced>(), Member::of::<Remembering, ReminderDue>()];

    fn held(&self) -> &dyn HeldEvent {
        match self {
            Self::Placed(event) => held::<Remembering, _>(event),
            Self::Due(event) => held::<Remembering, _>(event),
        }
    }
}

impl EventHandlers for Remembering {
    type Event = RememberingEvent;
    type Kind = InMemory;

    const HANDLERS: &'static [EventHandlerInfo] = &[
        EventHandlerInfo::of::<Self, OrderPlaced>("placed")
            .taking(&[<Outbox<'_, Self> as EventArgument<'_, OrderPlaced>>::INFO])
            .building()
            .correlated(Correlation::Value),
        EventHandlerInfo::of::<Self, ReminderDue>("due").correlated(Correlation::Timer),
    ];
    const FINGERPRINT: u64 = 1;
}

impl Fold for Remembering {
    fn initial() -> Lifecycle<Self> {
        Lifecycle::Absent
    }

    fn fold(
        state: &mut Lifecycle<Self>,
        event: &RememberingEvent,
        context: &EventContext<'_>,
    ) -> Result<(), FoldError> {
        match event {
            RememberingEvent::Placed(event) => {
                let mut outbox: Outbox<'_, Self> = <_ as EventArgument<'_, OrderPlaced>>::extract(context)?;
                outbox.schedule(ReminderDue { number: event.seats }).at(event.until);
                state.build(|| Self { times: 0 })
            }
            RememberingEvent::Due(event) => state.change(|this| this.times += event.number),
        }
    }

    fn correlated(event: &RememberingEvent) -> Option<String> {
        match event {
            RememberingEvent::Placed(event) => Some(event.conference.to_string()),
            RememberingEvent::Due(_) => None,
        }
    }
}

impl TimerOf<Remembering> for ReminderDue {}

impl ProcessManager for Remembering {
    type Id = u32;

    const NAME: &'static str = "remembering";
    const CATEGORY: &'static str = "process/remembering";
    const FROM: StartFrom = StartFrom::Now;
    const VERSION: u32 = 1;
    const CORRELATION: Option<Correlation> = None;
    const UNMATCHED: Unmatched = Unmatched::Ignore;
    const CODEC: JsonCodec<Self> = JsonCodec::serde();
    const LOCATION: Location = Location::here();
}

fn is_event_of<E: EventOf<Remembering>>(event: E) -> E {
    event
}

#[test]
fn it_is_found_and_makes_steps_as_one_of_the_macros_does() {
    let event = recorded(order(), &is_event_of(placed()));
    let process = StreamId::new("process/remembering", "1");
    assert_eq!(find::<Remembering>(&trigger(&event)).unwrap(), Found::Process(process.clone()));
    let (outcome, standing) =
        step::<Remembering>(&process, Standing::Absent, &trigger(&event), &Limits::default()).unwrap();
    let Outcome::Step(first) = outcome else { panic!("no step") };
    assert_eq!((first.timers.len(), standing.state().unwrap().times), (1, 0));

    let mut due = recorded(
        process.clone(),
        &cqrs::process::TimerDue {
            name: "reminder-due".into(),
            schema_version: 1,
            payload: Payload::from_json(r#"{"number":2}"#),
            due: noon(),
        },
    );
    due.envelope.id = first.timers[0].id;
    let due = Trigger::of(&due).unwrap().unwrap();
    let (_, standing) = step::<Remembering>(&process, standing, &due, &Limits::default()).unwrap();
    assert_eq!((standing.state().unwrap().times, standing.pending().len()), (2, 0));
}

#[test]
fn it_is_registered_by_hand_too() {
    let mut registry = Registry::empty();
    registry.process_manager::<Remembering>();
    assert_eq!(registry.problems("memory", &Services::default()), []);
    assert_eq!(
        registry.process_managers()[0].triggers(),
        ["order-placed", "process/timer", "process/refused", "process/ended"]
    );
}
