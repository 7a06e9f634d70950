//! What cannot be handled, however often it is tried, parks its key and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::bus::{CommandBus, DeadLetter, DeadLetterReason, Listening};

use super::{
    Buses,
    tools::{Journal, command, commands, dead_letters, failure, no_dead_letters, number, publish, quick},
};

/// A key whose handlers fail until it is mended.
#[derive(Clone, Default)]
struct World {
    mended: Arc<AtomicBool>,
    journal: Journal,
}

const BROKEN: &str = "broken";

impl World {
    fn mend(&self) {
        self.mended.store(true, Ordering::SeqCst);
    }

    /// Listens with two attempts for each message; the first message of the broken key fails.
    async fn listen(&self, bus: &CommandBus) -> Listening {
        let this = self.clone();
        let listening = bus.listen().workers(4).retry(quick(2)).start(move |command| {
            let this = this.clone();
            async move {
                if command.key == BROKEN && number(&command) == 0 && !this.mended.load(Ordering::SeqCst) {
                    return Err(failure("not mended"));
                }
                this.journal.finish(&command.key, number(&command));
                Ok(())
            }
        });
        listening.await.unwrap()
    }

    /// Parks the broken key with messages 0, 1 and 2, and returns their dead letters.
    async fn park(&self, bus: &CommandBus) -> Vec<DeadLetter> {
        publish_broken(bus, 0..3).await;
        let letters = dead_letters(bus, 3).await;
        assert_eq!(reasons(&letters), PARKED);
        letters
    }
}

const PARKED: [(u32, DeadLetterReason); 3] =
    [(0, DeadLetterReason::Exhausted), (1, DeadLetterReason::Queued), (2, DeadLetterReason::Queued)];

async fn publish_broken(bus: &CommandBus, numbers: std::ops::Range<u32>) {
    let commands: Vec<_> = numbers.map(|number| command(BROKEN, number)).collect();
    publish(bus, &commands).await;
}

fn reasons(letters: &[DeadLetter]) -> Vec<(u32, DeadLetterReason)> {
    let number = |letter: &DeadLetter| {
        let command = crate::bus::Message::decode(&letter.message);
        number(&command.expect("a dead letter is kept as it was"))
    };
    letters.iter().map(|letter| (number(letter), letter.reason)).collect()
}

/// After the last try the messages behind the failed one queue as dead letters, untried; other keys go on.
pub async fn a_message_that_keeps_failing_parks_its_key(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let listening = world.listen(&bus).await;
    let letters = world.park(&bus).await;
    publish(&bus, &commands(10, 3)).await;
    world.journal.until_done(30).await;
    listening.stop().await.unwrap();
    world.journal.assert_in_order(10, 3);
    assert_eq!(letters.iter().map(|letter| letter.attempts).collect::<Vec<_>>(), [2, 0, 0]);
    assert!(letters[0].error.contains("not mended"), "the error is kept: {}", letters[0].error);
}

/// Parked is a matter of the bus, not of a listener: the next one queues what comes, too.
pub async fn a_parked_key_stays_parked_for_the_next_listener(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let first = world.listen(&bus).await;
    world.park(&bus).await;
    first.stop().await.unwrap();
    let second = world.listen(&bus).await;
    publish_broken(&bus, 3..5).await;
    let letters = dead_letters(&bus, 5).await;
    second.stop().await.unwrap();
    assert_eq!(reasons(&letters)[3..], [(3, DeadLetterReason::Queued), (4, DeadLetterReason::Queued)]);
    assert_eq!(world.journal.done(), [], "nothing of the key was handled");
}

/// A retry gives everything back, in order, what arrives in the meantime behind it; then the key is free.
pub async fn a_retried_key_is_handled_in_order(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let listening = world.listen(&bus).await;
    let letters = world.park(&bus).await;
    world.mend();
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, letters[0].message.id).await.unwrap());
    publish_broken(&bus, 3..20).await;
    world.journal.until_done(20).await;
    no_dead_letters(&bus).await;
    listening.stop().await.unwrap();
    world.journal.assert_in_order(1, 20);
}

/// A retry that nobody is there for is not forgotten.
pub async fn a_retry_waits_for_the_next_listener(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let listening = world.listen(&bus).await;
    let letters = world.park(&bus).await;
    listening.stop().await.unwrap();
    world.mend();
    publish_broken(&bus, 3..6).await;
    // Which one is named does not matter: the key begins with its first.
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, letters[2].message.id).await.unwrap());
    let listening = world.listen(&bus).await;
    world.journal.until_done(6).await;
    listening.stop().await.unwrap();
    world.journal.assert_in_order(1, 6);
}

/// A retry that fails leaves everything as it was, in the same order.
pub async fn a_retry_that_fails_parks_the_key_again(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let listening = world.listen(&bus).await;
    let letters = world.park(&bus).await;
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, letters[0].message.id).await.unwrap());
    publish_broken(&bus, 3..4).await;
    let letters = dead_letters(&bus, 4).await;
    listening.stop().await.unwrap();
    let mut expected = PARKED.to_vec();
    expected.push((3, DeadLetterReason::Queued));
    assert_eq!(reasons(&letters), expected);
    assert_eq!(world.journal.done(), [], "nothing of the key was handled");
}

/// Whoever removes the message that parks its key lets the others go on.
pub async fn removing_the_failed_message_frees_its_key(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let world = World::default();
    let listening = world.listen(&bus).await;
    let letters = world.park(&bus).await;
    assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letters[1].message.id).await.unwrap());
    assert_eq!(reasons(&dead_letters(&bus, 2).await), [PARKED[0], PARKED[2]], "it was not the first");
    assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letters[0].message.id).await.unwrap());
    publish_broken(&bus, 3..4).await;
    world.journal.until_done(2).await;
    no_dead_letters(&bus).await;
    listening.stop().await.unwrap();
    assert_eq!(world.journal.done(), [(BROKEN.to_owned(), 2), (BROKEN.to_owned(), 3)]);
}
