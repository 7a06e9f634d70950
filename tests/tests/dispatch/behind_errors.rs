//! A failure of the store behind a command handler's own error reaches the caller as what it is.

use std::{error::Error, fmt, time::Duration};

use cqrs::{
    bus::{CommandBus, CommandMessage, RetryPolicy},
    dispatch::AnyRejection,
    prelude::*,
    repository::LoadError,
    store::memory::MemoryStore,
};
use cqrs_tests::{audit::all_events, faulty::FaultyStore};
use serde::{Deserialize, Serialize};

use super::app_on;

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct RoomBooked;

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = u32)]
pub struct Room {
    booked: u32,
}

#[event_handler]
impl Room {
    fn booked(&mut self, _: &RoomBooked) {
        self.booked += 1;
    }
}

/// How the domain's error holds what a read gave.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq)]
pub enum Wrapping {
    Source,
    Transparent,
    TwiceTransparent,
    Boxed,
    /// An error written by hand, which has no source.
    NoSource,
    Text,
    Nothing,
}

const ALL: [Wrapping; 7] = [
    Wrapping::Source,
    Wrapping::Transparent,
    Wrapping::TwiceTransparent,
    Wrapping::Boxed,
    Wrapping::NoSource,
    Wrapping::Text,
    Wrapping::Nothing,
];

#[derive(Debug, thiserror::Error)]
pub enum Inner {
    #[error(transparent)]
    Load(#[from] LoadError),
}

#[derive(Debug)]
pub struct NoSource(#[expect(dead_code, reason = "it keeps the error and never says so")] pub LoadError);

impl fmt::Display for NoSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("by hand")
    }
}

impl Error for NoSource {}

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error("the room cannot be read")]
    Source(#[source] LoadError),
    #[error(transparent)]
    Transparent(LoadError),
    #[error(transparent)]
    TwiceTransparent(Inner),
    #[error(transparent)]
    Boxed(Box<dyn Error + Send + Sync>),
    #[error("{0}")]
    NoSource(NoSource),
    #[error("{0}")]
    Text(String),
    #[error("no booking")]
    Nothing,
}

impl Wrapping {
    fn wrap(self, error: LoadError) -> BookingError {
        match self {
            Self::Source => BookingError::Source(error),
            Self::Transparent => BookingError::Transparent(error),
            Self::TwiceTransparent => BookingError::TwiceTransparent(error.into()),
            Self::Boxed => BookingError::Boxed(error.into()),
            Self::NoSource => BookingError::NoSource(NoSource(error)),
            Self::Text => BookingError::Text(error.to_string()),
            Self::Nothing => BookingError::Nothing,
        }
    }

    /// Whether the domain's error still has the library's in it.
    fn keeps_the_error(self) -> bool {
        !matches!(self, Self::Text | Self::Nothing)
    }
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct BookRoom {
    #[command(id)]
    pub room: u32,
    pub wrapping: Wrapping,
}

#[command_handler]
async fn book(command: BookRoom, rooms: Repository<Room>) -> Result<Root<Room>, BookingError> {
    let mut room = rooms.load(&command.room).await.map_err(|error| command.wrapping.wrap(error))?;
    room.record(RoomBooked).map_err(|_| BookingError::Nothing)?;
    Ok(room)
}

/// Books a room from within another aggregate, which hands on what comes of it.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct AskForRoom(#[command(id)] pub u32);

#[derive(Debug, thiserror::Error)]
pub enum AskingError {
    #[error(transparent)]
    Booking(#[from] DispatchError<BookingError>),
}

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct GuestCame;

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = u32)]
pub struct Guest;

#[event_handler]
impl Guest {
    fn came(&mut self, _: &GuestCame) {}
}

#[command_handler]
impl Guest {
    async fn ask(
        _: Option<&Self>,
        command: AskForRoom,
        dispatcher: Inject<Dispatcher>,
    ) -> Result<GuestCame, AskingError> {
        let book = BookRoom { room: command.0, wrapping: Wrapping::Transparent };
        dispatcher.dispatch(book).await?;
        Ok(GuestCame)
    }
}

/// How a command is dispatched that cannot succeed.
#[derive(Serialize, Deserialize, Debug, Clone, Copy)]
pub enum Failing {
    Conflict,
    TimeLimit,
    Refusal,
}

/// Dispatches another command from within a function, and hands on what comes of it.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Visit {
    #[command(id)]
    pub guest: u32,
    pub failing: Failing,
}

#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    #[error("nobody came")]
    Coming(#[from] DispatchError<ComingError>),
}

#[derive(Debug, thiserror::Error)]
#[error("the guest stays at home")]
pub struct ComingError;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Come {
    #[command(id)]
    pub guest: u32,
    pub failing: Failing,
}

#[command_handler]
impl Guest {
    async fn come(_: Option<&Self>, command: Come) -> Result<GuestCame, ComingError> {
        match command.failing {
            Failing::Conflict => Ok(GuestCame),
            Failing::TimeLimit => std::future::pending().await,
            Failing::Refusal => Err(ComingError),
        }
    }
}

#[command_handler]
async fn visit(
    command: Visit,
    rooms: Repository<Room>,
    dispatcher: Inject<Dispatcher>,
) -> Result<Root<Room>, VisitError> {
    let Visit { guest, failing } = command;
    let come = dispatcher.dispatch(Come { guest, failing }).time_limit(Duration::from_millis(20));
    match failing {
        Failing::Conflict => come.expected_version(Version::new(7)).await?,
        Failing::TimeLimit | Failing::Refusal => come.await?,
    };
    Ok(rooms.create(guest))
}

/// The domain's error, somewhere beneath.
fn original<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(<dyn Error>::downcast_ref)
}

async fn with_room(app: &Application) {
    let rooms = app.repository::<Room>();
    let mut room = rooms.create(1);
    room.record(RoomBooked).unwrap();
    rooms.save(&mut room).await.unwrap();
}

fn book_one(wrapping: Wrapping) -> BookRoom {
    BookRoom { room: 1, wrapping }
}

#[tokio::test]
async fn an_aggregate_that_is_not_there_is_not_found_unless_the_handler_makes_something_else_of_it() {
    let app = app_on(MemoryStore::new()).await;
    for wrapping in ALL {
        let error = app.dispatch(book_one(wrapping)).await.unwrap_err();
        if wrapping.keeps_the_error() {
            let found = matches!(&error, DispatchError::NotFound(missing) if missing.to_string() == "room/1 does not exist");
            assert!(found, "{wrapping:?}: {error:?}");
        } else {
            assert!(matches!(error, DispatchError::Rejected(_)), "{wrapping:?}: {error:?}");
        }
        assert!(original::<BookingError>(&error).is_some(), "{wrapping:?}: {error:?}");
        assert!(!error.is_outage());
    }
    let codes: Vec<_> =
        app.history().failures(10).await.unwrap().into_iter().map(|failure| failure.code).collect();
    assert_eq!(codes.iter().filter(|code| *code == "not-found").count(), 5, "{codes:?}");
}

#[tokio::test]
async fn a_store_that_is_away_is_an_outage_whatever_the_handler_makes_of_it() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = app_on(store.clone()).await;
    // For everybody who reads, for as long as it takes.
    store.next_reads_fail(usize::MAX);
    for wrapping in ALL {
        let error = app.dispatch(book_one(wrapping)).await.unwrap_err();
        assert!(error.is_outage() && error.is_transient(), "{wrapping:?}: {error:?}");
        assert!(matches!(error, DispatchError::Load(_)), "{wrapping:?}: {error:?}");
        assert!(original::<BookingError>(&error).is_some(), "{wrapping:?}: {error:?}");
        assert_eq!(error.code(), "load");
    }
}

#[tokio::test]
async fn what_a_method_hands_on_is_what_it_is() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = app_on(store.clone()).await;
    let error = app.dispatch(AskForRoom(1)).await.unwrap_err();
    assert!(matches!(&error, DispatchError::NotFound(missing) if missing.category() == "room"), "{error:?}");
    assert!(original::<AskingError>(&error).is_some(), "{error:?}");
    with_room(&app).await;
    app.dispatch(AskForRoom(1)).await.unwrap();
    // The guest is in the cache, and the room is not.
    store.next_reads_fail(usize::MAX);
    let error = app.dispatch(AskForRoom(1)).await.unwrap_err();
    assert!(error.is_outage(), "{error:?}");
    assert!(original::<AskingError>(&error).is_some(), "{error:?}");
}

#[tokio::test]
async fn what_another_command_met_is_what_it_is() {
    let app = app_on(MemoryStore::new()).await;
    for failing in [Failing::Conflict, Failing::TimeLimit, Failing::Refusal] {
        let error = app.dispatch(Visit { guest: 1, failing }).await.unwrap_err();
        let code = match failing {
            Failing::Conflict => "conflict",
            Failing::TimeLimit => "timed-out",
            Failing::Refusal => "rejected",
        };
        assert_eq!(error.code(), code, "{error:?}");
        let by_name = app.dispatch_json("visit", format!(r#"{{"guest":1,"failing":"{failing:?}"}}"#));
        assert_eq!(by_name.await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn by_name_it_is_the_same_and_the_value_stays() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = app_on(store.clone()).await;
    let book =
        |wrapping: &str| app.dispatch_json("book-room", format!(r#"{{"room":1,"wrapping":"{wrapping}"}}"#));
    let error: DispatchError<AnyRejection> = book("Transparent").await.unwrap_err();
    assert!(matches!(error, DispatchError::NotFound(_)), "{error:?}");
    assert!(original::<BookingError>(&error).is_some(), "{error:?}");
    store.next_reads_fail(usize::MAX);
    let error = book("Nothing").await.unwrap_err();
    assert!(error.is_outage(), "{error:?}");
}

#[tokio::test]
async fn commands_from_a_bus_wait_for_the_store_that_their_handler_reads() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = app_on(store.clone()).await;
    with_room(&app).await;
    let bus = CommandBus::in_memory();
    bus.publish(&CommandMessage::of(&book_one(Wrapping::Nothing)).unwrap()).await.unwrap();
    store.next_reads_fail(5);
    let (first_delay, longest_delay) = (Duration::from_millis(1), Duration::from_millis(2));
    let policy = RetryPolicy { attempts: 2, first_delay, longest_delay, ..RetryPolicy::default() };
    let listening = bus.listen().retry(policy).dispatch_to(app.dispatcher()).await.unwrap();
    bus.close().await.unwrap();
    listening.ended().await;
    assert_eq!(bus.dead_letters(10).await.unwrap(), []);
    assert_eq!(all_events(&**app.store()).await.len(), 2, "the room is booked after all");
}
