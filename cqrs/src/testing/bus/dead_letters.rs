//! What cannot be handled is kept aside, at once where no retry would help.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::bus::{CommandBus, CommandMessage, DeadLetterReason, HandlingError, Listening, RetryPolicy};

use super::{
    Buses,
    tools::{
        Journal, command, commands, consumer, dead_letters, failure, next, no_dead_letters, number, publish,
        quick, undecodable,
    },
};

/// A message that does not decode never reaches a handler, and holds up nothing.
pub async fn an_undecodable_message_is_a_dead_letter_at_once(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let listening = listen(&bus, &journal, |_| Ok(())).await;
    let damaged = undecodable("key");
    bus.transport().publish(vec![damaged.clone()]).await.unwrap();
    publish(&bus, &[command("key", 0)]).await;
    journal.until_done(1).await;
    let letters = dead_letters(&bus, 1).await;
    listening.stop().await.unwrap();
    assert_eq!((letters[0].reason, letters[0].attempts), (DeadLetterReason::Undecodable, 0));
    assert_eq!(letters[0].message, damaged, "the message is kept as it came");
    assert_eq!(journal.started(), 1, "no handler saw it");
}

/// A message nobody knows, and one that is refused for good, are tried once.
pub async fn an_unknown_message_is_a_dead_letter_at_once(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let listening = listen(&bus, &journal, |command| match number(command) {
        0 => Err(HandlingError::UnknownType { name: command.name.to_string() }),
        1 => Err(HandlingError::permanent("never")),
        _ => Ok(()),
    });
    let listening = listening.await;
    publish(&bus, &[command("key", 0), command("key", 1), command("key", 2)]).await;
    journal.until_done(1).await;
    let letters = dead_letters(&bus, 2).await;
    listening.stop().await.unwrap();
    assert_eq!((letters[0].reason, letters[0].attempts), (DeadLetterReason::UnknownType, 1));
    assert!(letters[0].error.contains("numbered"), "the error names it: {}", letters[0].error);
    assert_eq!((letters[1].reason, letters[1].attempts), (DeadLetterReason::Refused, 1));
    assert_eq!(journal.started(), 3);
}

/// A message that comes back unsettled too often is taken to be what kills its listeners, and is not tried again.
pub async fn a_message_that_is_never_settled_becomes_a_dead_letter(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &[command("deadly", 0), command("deadly", 1)]).await;
    for _ in 0..3 {
        drop(next(&mut *consumer(&bus, 1).await).await);
    }
    let journal = Journal::default();
    let policy = RetryPolicy { redeliveries: Some(2), ..quick(1) };
    let seen = journal.clone();
    let listening = bus.listen().retry(policy).start(move |command| {
        seen.finish(&command.key, number(&command));
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    journal.until_done(1).await;
    let letters = dead_letters(&bus, 1).await;
    listening.stop().await.unwrap();
    assert_eq!((letters[0].reason, letters[0].attempts), (DeadLetterReason::Undeliverable, 0));
    assert_eq!(journal.done(), [("deadly".to_owned(), 1)], "the one behind it is handled");
}

/// How often a message comes back makes no dead letter of it, unless somebody has set a bound: a killed listener, or a lost
/// connection, gives back all it had.
pub async fn a_message_may_come_back_any_number_of_times(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &commands(1, 2)).await;
    let mut lost = consumer(&bus, 1).await;
    for _ in 0..150 {
        drop(next(&mut *lost).await);
    }
    drop(lost);
    let journal = Journal::default();
    let seen = journal.clone();
    let listening = bus.listen().start(move |command| {
        seen.finish(&command.key, number(&command));
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    journal.until_done(2).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(1, 2);
    no_dead_letters(&bus).await;
}

/// A dead letter that is retried is handled like a new message; one that is removed is gone.
pub async fn a_dead_letter_can_be_retried_and_removed(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let failures = Arc::new(AtomicUsize::new(2));
    let listening = listen(&bus, &journal, move |_| {
        let failed = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        failed.map_or(Ok(()), |_| Err(failure("the first two times")))
    });
    let listening = listening.await;
    publish(&bus, &[command("mended", 0), command("hopeless", 1)]).await;
    let letters = dead_letters(&bus, 2).await;
    let id_of = |key| letters.iter().find(|letter| letter.message.key == key).unwrap().message.id;
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, id_of("mended")).await.unwrap());
    assert!(bus.remove_dead_letter_of(CommandBus::GROUP, id_of("hopeless")).await.unwrap());
    assert!(!bus.remove_dead_letter_of(CommandBus::GROUP, id_of("hopeless")).await.unwrap());
    journal.until_done(1).await;
    listening.stop().await.unwrap();
    assert_eq!(journal.done(), [("mended".to_owned(), 0)]);
    no_dead_letters(&bus).await;
}

/// Listens with one attempt for each message, and notes each call and each success.
async fn listen(
    bus: &CommandBus,
    journal: &Journal,
    decide: impl Fn(&CommandMessage) -> Result<(), HandlingError> + Send + Sync + 'static,
) -> Listening {
    let journal = journal.clone();
    let listening = bus.listen().retry(quick(1)).start(move |command| {
        journal.begin(&command.key);
        let outcome = decide(&command);
        match outcome {
            Ok(()) => journal.finish(&command.key, number(&command)),
            Err(_) => journal.fail(&command.key),
        }
        async { outcome }
    });
    listening.await.unwrap()
}
