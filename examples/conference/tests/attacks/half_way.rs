//! A batch of commands of which one fails.

use std::{sync::Arc, time::Duration};

use conference::registration::CreateSeatAssignments;
use cqrs::{prelude::*, store::Store};
use cqrs_tests::faulty::{Fault, FaultyStore};

use crate::{
    checker::check,
    world::{ORDER, World},
};

#[tokio::test]
async fn when_a_command_fails_half_way_through_a_batch_the_rest_is_sent_and_nothing_twice() {
    for fault in [Fault::Busy, Fault::NeverSent, Fault::LostReply, Fault::Late, Fault::Conflict] {
        let faulty = FaultyStore::around(MemoryStore::new());
        let store: Arc<dyn Store> = Arc::new(faulty.clone());
        let world = World::to_be_paid(&store).await;
        // The payment, the step, the first of its three commands, the second.
        faulty.next_appends([Fault::None, Fault::None, Fault::None, fault]);
        world.pay().await;
        world.pass(Duration::from_mins(1)).await;
        assert_eq!(faulty.faults_left(), 0);
        let told = check(&*store).await;
        assert_eq!(told.count("rust", "confirmed"), (1, 2), "{fault:?}");
        assert_eq!((told.processes.accepted, told.processes.refused), (5, 0), "{fault:?}");
        assert!(told.processes.are_settled(), "{fault:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_command_that_was_lost_is_sent_again_after_a_restart() {
    let faulty = FaultyStore::around(MemoryStore::new());
    let store: Arc<dyn Store> = Arc::new(faulty.clone());
    let world = World::to_be_paid(&store).await;
    // The payment, the step, the first of its commands; the clock stands, so that it is not tried again.
    faulty.next_appends([Fault::None, Fault::None, Fault::Busy]);
    world.pay().await;
    world.pass(Duration::ZERO).await;
    assert_eq!(check(&*store).await.processes.unanswered.len(), 3);
    drop(world);
    let world = World::started(&store).await;
    world.pass(Duration::from_mins(1)).await;
    let told = check(&*store).await;
    assert_eq!(told.count("rust", "confirmed"), (1, 2));
    assert!(told.processes.are_settled() && told.processes.accepted == 5, "{told:?}");
}

#[tokio::test]
async fn when_a_command_is_refused_half_way_through_a_batch_the_rest_is_sent_and_somebody_is_told() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let world = World::to_be_paid(&store).await;
    // Somebody has made the assignments before: the process is refused what it asks for.
    let create = CreateSeatAssignments { order: ORDER, seats: [("A", 2)].into() };
    world.app.dispatch(create).await.unwrap();
    world.pay().await;
    world.pass(Duration::from_mins(1)).await;
    let told = check(&*store).await;
    assert_eq!(told.count("rust", "confirmed"), (1, 2));
    assert_eq!((told.processes.accepted, told.processes.refused), (4, 1));
    let letters = world.app.dead_letters("process/registration/steps").list().await.unwrap();
    let [letter, ..] = letters.as_slice() else { panic!("nobody is told") };
    assert!(letter.letter.error.contains("create-seat-assignments"), "{}", letter.letter.error);
}
