//! What an application finds in a store of parcels, whichever store it is.

use std::time::Duration;

use cqrs::{
    Application, CommandId, Position, StreamId, Tag,
    dispatch::{DispatchError, Receipt},
    projection::Projection,
    store::{EventQuery, Store},
};

use crate::domain::{Announced, Parcel, ParcelId, SendParcel, WeighParcel};

/// The sum of all grams when the stores were written.
pub const GRAMS: i64 = 19_020;

/// How many events there were.
pub const EVENTS: u64 = 430;

pub async fn application(store: impl Store, announced: &Announced) -> Application {
    let application = Application::builder().store(store).provide(announced.clone());
    application.start().await.expect("an application of today starts on the store")
}

fn parcel(number: u32) -> ParcelId {
    ParcelId(format!("P-{number:02}"))
}

/// Each parcel folds to the state it had.
pub async fn parcels_fold(application: &Application) {
    let parcels = application.repository::<Parcel>();
    for number in 0..20 {
        let root = parcels.load(&parcel(number)).await.expect("the parcel is there");
        let state = root.state().expect("the parcel was sent");
        assert_eq!((state.grams, state.moves), (100 * number + 1, number));
        assert_eq!(state.delivered, number % 2 == 0);
    }
}

/// The log is read, by tag and by stream, too.
pub async fn the_log_is_read(application: &Application) {
    let history = application.history();
    let all = history.all().collect().await.unwrap();
    assert_eq!((all.len() as u64, all.last().unwrap().position), (EVENTS, Position::new(EVENTS)));
    let nowhere = EventQuery::all().tag(Tag::new("city", "Nowhere")).names(["parcel-sent"]);
    let sent = history.query(nowhere).collect().await.unwrap();
    assert_eq!(sent.iter().map(|event| event.envelope.stream.key()).collect::<Vec<_>>(), ["P-07"]);
}

/// A parcel is not sent twice: the command gives its first receipt, whatever it would say today.
pub async fn commands_are_not_handled_again(application: &Application) {
    for number in 0..20 {
        let id = CommandId::derived("fixture", format!("send {number}"));
        let stream = StreamId::of("parcel", parcel(number).0);
        let first = application.history().stream(stream).collect().await.unwrap().swap_remove(0);
        let command = SendParcel { parcel: parcel(number), city: "Elsewhere".into(), grams: 1 };
        let again = application.dispatch(command).command_id(id).actor("fixture").await.unwrap();
        assert!(again.repeated);
        let [only] = &again.appended.streams[..] else { panic!("it sent one parcel: {again:?}") };
        assert_eq!(only.stream, first.envelope.stream);
        assert_eq!((only.first_position, only.last_position), (first.position, first.position));
        let other = WeighParcel { parcel: parcel(number), grams: 1 };
        match application.dispatch(other).command_id(id).await {
            Err(DispatchError::CommandIdReused { name, .. }) => assert_eq!(name, "send-parcel"),
            other => panic!("the id is of another command: {other:?}"),
        }
    }
}

/// What was refused is still known.
pub async fn failures_are_known(application: &Application) {
    let failures = application.history().failures(100).await.unwrap();
    assert_eq!(failures.len(), 20);
    assert!(failures.iter().all(|failure| failure.error.contains("31000")), "{failures:?}");
}

/// The one dead letter is retried by a handler that was mended, and goes.
pub async fn the_dead_letter_is_retried(application: &Application, announced: &Announced) {
    let letters = application.dead_letters("announce");
    let found = letters.list().await.unwrap();
    let [letter] = &found[..] else { panic!("one parcel was sent to Nowhere: {found:?}") };
    assert_eq!(letter.key.stream, StreamId::of("parcel", "P-07"));
    letters.retry(letter.key.position).await.unwrap();
    let gone = async {
        while !letters.list().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("the handler is mended");
    assert_eq!(*announced.0.lock().unwrap(), ["Nowhere"], "nobody else is announced again");
}

/// A parcel is weighed anew, and the table has it.
pub async fn the_projection_goes_on<P: Projection>(application: &Application) -> Receipt {
    let command = WeighParcel { parcel: parcel(3), grams: 1_301 };
    let receipt = application.dispatch(command).await.expect("the log goes on");
    assert_eq!(receipt.appended.last_position(), Position::new(EVENTS + 1));
    application.wait_for::<P>(&receipt).await.expect("the projection follows");
    receipt
}
