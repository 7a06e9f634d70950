//! Accepted or refused, and never both.

use std::{sync::Arc, time::Duration};

use cqrs::{prelude::*, process::Was, store::Store, testing::ManualClock};
use cqrs_tests::{
    faulty::{Fault, FaultyStore},
    process_audit::audit_processes,
};

use crate::{
    ringing::{AskForRinging, Clapper, Ring, Ringing, StopRinging, ask, registry, shut},
    world::{builder, clock, places, told},
};

async fn started(store: &Arc<dyn Store>, clock: &ManualClock, clapper: &Arc<Clapper>) -> Application {
    let builder = builder(store).registry(registry()).clock(clock.clone());
    builder.provide(Arc::clone(clapper)).start().await.unwrap()
}

async fn settle(clock: &ManualClock, app: &Application) {
    clock.advance(app, Duration::ZERO).await;
}

async fn story(store: &Arc<dyn Store>) -> Vec<String> {
    told::<Ringing>(&**store, &1).await
}

#[tokio::test]
async fn a_command_that_was_refused_is_refused_to_whoever_sends_it_again() {
    for here in places().await {
        let clock = clock();
        let app = started(&here.store, &clock, &Arc::default()).await;
        app.dispatch(shut(5, true)).await.unwrap();
        app.dispatch(ask(1, &[5])).await.unwrap();
        settle(&clock, &app).await;
        let past = app.process::<Ringing>().history(&1).await.unwrap();
        let Was::Refusal(refused) = &past[1].was else { panic!("{past:?}") };
        app.dispatch(shut(5, false)).await.unwrap();
        let again = app.dispatch(Ring { bell: 5, by: 1 }).command_id(refused.command.id).await.unwrap_err();
        assert_eq!(
            again.to_string(),
            "the command was refused: rejected: the command was rejected: the bell is shut"
        );
        assert_eq!(audit_processes(&*here.store).await.accepted, 0);
        app.shutdown().await.unwrap();
    }
}

/// Rejected, and the sender dies before the refusal is stored, or does not hear that it is; meanwhile the bell is opened (C1).
#[tokio::test]
async fn between_a_rejection_and_its_refusal_the_command_may_become_acceptable() {
    for (fault, accepted) in
        [(Fault::Busy, 1), (Fault::NeverSent, 1), (Fault::LostReply, 0), (Fault::Conflict, 1)]
    {
        let faulty = FaultyStore::around(MemoryStore::new());
        let store: Arc<dyn Store> = Arc::new(faulty.clone());
        let clock = clock();
        let app = started(&store, &clock, &Arc::default()).await;
        app.dispatch(shut(5, true)).await.unwrap();
        // The question, its step, the refusal.
        faulty.next_appends([Fault::None, Fault::None, fault]);
        app.dispatch(ask(1, &[5])).await.unwrap();
        while faulty.faults_left() > 0 {
            tokio::task::yield_now().await;
        }
        // The clock stands, so that the sender does not try again before.
        app.dispatch(shut(5, false)).await.unwrap();
        clock.advance(&app, Duration::from_mins(1)).await;
        let told = audit_processes(&*store).await;
        assert_eq!(
            (told.accepted, told.refused),
            (accepted, 1 - accepted),
            "{fault:?}: {:?}",
            story(&store).await
        );
        assert!(told.are_settled(), "{told:?}");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_step_whose_reply_is_lost_is_made_once_and_its_timer_set() {
    for fault in [Fault::Busy, Fault::NeverSent, Fault::LostReply, Fault::Late, Fault::Conflict] {
        let faulty = FaultyStore::around(MemoryStore::new());
        let store: Arc<dyn Store> = Arc::new(faulty.clone());
        let clock = clock();
        let app = started(&store, &clock, &Arc::default()).await;
        faulty.next_appends([Fault::None, fault]);
        app.dispatch(AskForRinging { again: 1, pause: 1_000, ..ask(1, &[5]) }).await.unwrap();
        clock.advance(&app, Duration::from_mins(1)).await;
        let told = audit_processes(&*store).await;
        assert_eq!((told.timers, told.accepted), (1, 3), "{fault:?}: {:?}", story(&store).await);
        assert!(told.are_settled(), "{told:?}");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_command_that_fails_holds_the_rest_of_its_step_and_nothing_is_sent_twice() {
    for here in places().await {
        let (clock, clapper) = (clock(), Arc::<Clapper>::default());
        let app = started(&here.store, &clock, &clapper).await;
        clapper.sticks(6, 2);
        app.dispatch(ask(1, &[5, 6, 7])).await.unwrap();
        settle(&clock, &app).await;
        let rung = |told: &[String]| told.iter().filter(|text| text.starts_with("rung")).count();
        assert_eq!(rung(&story(&here.store).await), 1, "the second waits, and the third behind it");
        clock.advance(&app, Duration::from_mins(1)).await;
        assert_eq!(rung(&story(&here.store).await), 3);
        assert_eq!(audit_processes(&*here.store).await.accepted, 3);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_command_that_fails_for_good_parks_the_sending_of_its_process_alone() {
    for here in places().await {
        let (clock, clapper) = (clock(), Arc::<Clapper>::default());
        let app = started(&here.store, &clock, &clapper).await;
        clapper.sticks(6, 5);
        app.dispatch(ask(1, &[6])).await.unwrap();
        app.dispatch(ask(2, &[7])).await.unwrap();
        clock.advance(&app, Duration::from_mins(1)).await;
        let letters = app.dead_letters("process/ringing/sender").list().await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!(told::<Ringing>(&*here.store, &2).await, ["ringing-asked: ring", "rung: "]);
        app.dead_letters("process/ringing/sender").retry(letters[0].key.position).await.unwrap();
        settle(&clock, &app).await;
        assert_eq!(story(&here.store).await, ["ringing-asked: ring", "rung: "]);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_refusal_that_meets_an_ended_process_is_its_dead_letter() {
    for here in places().await {
        let clock = clock();
        let app = started(&here.store, &clock, &Arc::default()).await;
        app.dispatch(ask(1, &[5])).await.unwrap();
        settle(&clock, &app).await;
        app.dispatch(shut(5, true)).await.unwrap();
        app.dispatch(StopRinging { ringing: 1 }).await.unwrap();
        settle(&clock, &app).await;
        let letters = app.dead_letters("process/ringing/steps").list().await.unwrap();
        assert_eq!(
            letters[0].error,
            "the command `ring` was refused after process/ringing/1 had ended: rejected: the command was rejected: the bell is shut"
        );
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_command_with_a_time_of_its_own_that_is_refused_or_taken_back_comes_back_to_its_process() {
    for here in places().await {
        let clock = clock();
        let app = started(&here.store, &clock, &Arc::default()).await;
        app.dispatch(AskForRinging { again: 1, pause: 1_000, ..ask(1, &[5]) }).await.unwrap();
        app.dispatch(AskForRinging { again: 1, pause: 1_000, ..ask(2, &[6]) }).await.unwrap();
        clock.advance(&app, Duration::from_secs(1)).await;
        app.dispatch(shut(5, true)).await.unwrap();
        let waiting = app.scheduled().all().next_page().await.unwrap().unwrap();
        let of_second =
            waiting.iter().find(|command| command.metadata.headers["cqrs-process"].ends_with("/2"));
        let id = of_second.unwrap().id;
        let cancelled = app.scheduled().cancel(id, "it is late").await.unwrap();
        assert_eq!(cancelled, cqrs::schedule::Cancellation::Cancelled);
        clock.advance(&app, Duration::from_secs(1)).await;
        let last = |told: Vec<String>| told.last().cloned().unwrap();
        assert_eq!(last(story(&here.store).await), "ring/refused: ");
        assert_eq!(last(told::<Ringing>(&*here.store, &2).await), "ring/refused: ");
        let told = audit_processes(&*here.store).await;
        assert_eq!((told.accepted, told.refused), (4, 2));
        let again = app.scheduled().cancel(id, "again").await.unwrap();
        assert!(matches!(again, cqrs::schedule::Cancellation::Refused(_)), "{again:?}");
        app.shutdown().await.unwrap();
    }
}
