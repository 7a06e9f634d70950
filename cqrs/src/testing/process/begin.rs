//! The beginning: what the process has been through.

use std::{convert::Infallible, fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    aggregate::IntoEvents,
    command::Command,
    handler::EventOf,
    message::{Metadata, StreamId},
    process::ProcessManager,
    store::RefusalReason,
};

use super::{Processed, bench::Bench};

/// A process, and what it has been through; see [`process`].
#[must_use = "without a trigger nothing is tested: call `when`"]
pub struct Processing<P> {
    bench: Bench<P>,
}

/// Begins a test of a process manager.
///
/// What follows are the real steps: an event finds its process as it would in the log, its handler is called with the state as it is
/// stored and read back, and what it sends and sets is the step's. Nothing waits, and nobody is asked: a command that is sent is
/// refused if the test says so, and what it leads to, the test gives as the next event. Commands and timers are compared as they are
/// stored, so that they need neither `Debug` nor `PartialEq`.
///
/// ```
/// use std::time::Duration;
/// use cqrs::{prelude::*, store::RefusalReason, testing::process};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct OrderPlaced { order: u32, seats: u32 }
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct RegistrationExpired;
/// # #[derive(Event, Serialize, Deserialize)]
/// # pub struct SeatsReserved;
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct ReserveSeats { #[command(id)] order: u32, seats: u32 }
/// # #[derive(Aggregate, Serialize, Deserialize)]
/// # #[aggregate(id = u32)]
/// # pub struct Seats;
/// # #[event_handler]
/// # impl Seats {
/// #     fn reserved(_: &SeatsReserved) -> Self { Self }
/// # }
/// # #[command_handler]
/// # impl Seats {
/// #     fn reserve(_: Option<&Self>, _: ReserveSeats) -> Option<SeatsReserved> { None }
/// # }
///
/// #[derive(ProcessManager, Serialize, Deserialize)]
/// #[process_manager(id = u32, from = now)]
/// pub struct Registration { order: u32, wanted: u32 }
///
/// #[event_handler]
/// impl Registration {
///     #[correlate(event.order)]
///     fn placed(event: &OrderPlaced, mut outbox: Outbox<'_, Self>) -> Self {
///         outbox.send(ReserveSeats { order: event.order, seats: event.seats });
///         outbox.schedule(RegistrationExpired).after(Duration::from_secs(900));
///         Self { order: event.order, wanted: event.seats }
///     }
///
///     fn no_seats(&mut self, _: &Refused<ReserveSeats>, mut outbox: Outbox<'_, Self>) {
///         self.wanted -= 1;
///         outbox.send(ReserveSeats { order: self.order, seats: self.wanted });
///     }
///
///     #[timer]
///     fn expired(self, _: &RegistrationExpired) -> Ended { Ended }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// process::<Registration>()
///     .at("2026-01-01T12:00:00Z".parse()?)
///     .when(OrderPlaced { order: 7, seats: 2 })
///     .then_sends(ReserveSeats { order: 7, seats: 2 })
///     .then_schedules(RegistrationExpired, "2026-01-01T12:15:00Z".parse()?)
///     .when_refused::<ReserveSeats>(RefusalReason::Rejected, "one is left")
///     .then_sends(ReserveSeats { order: 7, seats: 1 })
///     .then_state(|registration| assert_eq!(registration.wanted, 1))
///     .when_time_passes(Duration::from_secs(900))
///     .then_sends_nothing()
///     .then_ends();
/// # Ok(()) }
/// ```
pub fn process<P: ProcessManager>() -> Processing<P> {
    Processing { bench: Bench::new() }
}

impl<P: ProcessManager> Processing<P> {
    /// Sets the time, which the events that follow have. Without it the test begins with the year 2000.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.bench.now = time;
        self
    }

    /// Gives the events that follow this metadata; the time stays the test's.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.bench.metadata = metadata;
        self
    }

    /// Adds what has happened: one event, a tuple or a `Vec` of them. A timer comes before its time, if it is pending.
    ///
    /// An event is in a stream of the process's own key, and of the aggregate whose `Id` its handler takes; one that finds the process
    /// by its cause was caused by it. What starts a process that is found by the stream is given by [`given_in`](Self::given_in).
    ///
    /// # Panics
    ///
    /// If an event leads to no step.
    #[track_caller]
    pub fn given(mut self, events: impl IntoEvents<P, Error = Infallible>) -> Self {
        let mut all = Vec::new();
        let Ok(()) = events.into_events(&mut all);
        for event in &all {
            let trigger = self.bench.trigger(None, event);
            self.bench.given(&trigger);
        }
        self
    }

    /// Adds an event of whatever stream.
    ///
    /// # Panics
    ///
    /// If it leads to no step.
    #[track_caller]
    pub fn given_in<E: EventOf<P>>(mut self, stream: StreamId, event: &E) -> Self {
        let trigger = self.bench.trigger(Some(stream), event);
        self.bench.given(&trigger);
        self
    }

    /// Hands an event to the process that it is for.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub fn when<E: EventOf<P>>(self, event: E) -> Processed<P> {
        Processed::from(self.bench).when(event)
    }

    /// Hands an event of whatever stream to the process that it is for.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub fn when_in<E: EventOf<P>>(self, stream: StreamId, event: &E) -> Processed<P> {
        Processed::from(self.bench).when_in(stream, event)
    }

    /// Refuses the command of this type that the process has sent last.
    ///
    /// # Panics
    ///
    /// If it has sent none.
    #[track_caller]
    pub fn when_refused<C: Command>(self, reason: RefusalReason, text: &str) -> Processed<P> {
        Processed::from(self.bench).when_refused::<C>(reason, text)
    }

    /// Lets time pass: the timers that fall due by then come, one after the other.
    pub fn when_time_passes(self, time: Duration) -> Processed<P> {
        Processed::from(self.bench).when_time_passes(time)
    }
}

impl<P: ProcessManager> fmt::Debug for Processing<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Processing({})", P::NAME)
    }
}
