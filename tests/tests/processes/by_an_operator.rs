//! The end by an operator's hand, letters that are skipped, and letters that are handled again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs::{
    prelude::*,
    process::{Ending, ProcessEnded, Standing, Was},
    registry::Registry,
    store::{DueKind, DueQuery, ProcessCounts, Store},
    testing::ManualClock,
};
use cqrs_tests::process_audit::audit_processes;
use registration::{OrderId, Registration};

use crate::{
    ringing::{
        AskForRinging, Bell, Clapper, Ring, Ringer, Ringing, RingingAsked, SetShut, ask, registry, shut,
    },
    world::{MINUTE, builder, clock, note, pay, place, places, told},
};

const STEPS: &str = "process/ringing/steps";
const SENDER: &str = "process/ringing/sender";

async fn started(store: &Arc<dyn Store>, clock: &ManualClock, clapper: &Arc<Clapper>) -> Application {
    let builder = builder(store).registry(registry()).clock(clock.clone());
    builder.provide(Arc::clone(clapper)).start().await.unwrap()
}

#[tokio::test]
async fn a_process_is_ended_with_a_reason_and_its_timers_are_cancelled() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        let processes = app.process::<Registration>();
        assert_eq!(processes.end(&OrderId(7), "never was").await.unwrap(), Ending::NotStarted);
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let ended = processes.end(&OrderId(7), "a double").actor("alice").await.unwrap();
        assert!(matches!(ended, Ending::Ended(_)));
        assert_eq!(processes.end(&OrderId(7), "again").await.unwrap(), Ending::HadEnded);
        app.dispatch(pay(7)).await.unwrap();
        clock.advance(&app, 20 * MINUTE).await;
        assert_eq!(
            told::<Registration>(&*here.store, &OrderId(7)).await,
            ["order-placed: reserve-seats", "seats-reserved: ", "ended by an operator: a double"],
            "no timer has come, and the payment is passed over"
        );
        assert_eq!(processes.state(&OrderId(7)).await.unwrap(), Standing::Ended);
        let past = processes.history(&OrderId(7)).await.unwrap().pop().unwrap();
        assert_eq!(past.envelope.metadata.actor.as_deref(), Some("alice"));
        let Was::Ended(ProcessEnded { reason, cancelled }) = past.was else { panic!("{past:?}") };
        assert_eq!((reason.as_str(), cancelled.len()), ("a double", 1));
        let timers = DueQuery::of(DueKind::Timer, ["registration"]);
        assert_eq!(here.store.due(&timers, 9).await.unwrap(), []);
        assert_eq!(processes.count().await.unwrap(), ProcessCounts { running: 0, ended: 1 });
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn no_letter_holds_it_up_and_what_waits_behind_is_passed_over() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        app.dispatch(note(7, "panic")).await.unwrap();
        app.dispatch(pay(7)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(app.dead_letters("process/registration/steps").list().await.unwrap().len(), 1);
        app.process::<Registration>().end(&OrderId(7), "it cannot go on").await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(app.dead_letters("process/registration/steps").list().await.unwrap().is_empty());
        let told = told::<Registration>(&*here.store, &OrderId(7)).await;
        assert_eq!(told.last().unwrap(), "ended by an operator: it cannot go on");
        app.shutdown().await.unwrap();
    }
}

/// One that fails, one behind it, and one that waits for its time.
#[tokio::test]
async fn its_commands_without_an_outcome_are_withdrawn_for_good() {
    for here in places().await {
        let (clock, clapper) = (clock(), Arc::<Clapper>::default());
        let app = started(&here.store, &clock, &clapper).await;
        app.dispatch(AskForRinging { again: 1, pause: 300_000, ..ask(1, &[5]) }).await.unwrap();
        clock.advance(&app, Duration::from_mins(5)).await;
        clapper.sticks(6, 1_000);
        app.dispatch(ask(2, &[7, 6, 7])).await.unwrap();
        clock.advance(&app, Duration::from_mins(1)).await;
        assert_eq!(app.dead_letters(SENDER).list().await.unwrap().len(), 1);
        assert_eq!(app.scheduled().all().next_page().await.unwrap().unwrap().len(), 1);
        for ringing in [1, 2] {
            app.process::<Ringing>().end(&ringing, "it is night").await.unwrap();
        }
        clock.advance(&app, Duration::from_hours(1)).await;
        assert!(app.scheduled().all().next_page().await.unwrap().is_none());
        for letters in [SENDER, STEPS] {
            assert!(app.dead_letters(letters).list().await.unwrap().is_empty(), "{letters}");
        }
        let audited = audit_processes(&*here.store).await;
        assert_eq!((audited.accepted, audited.refused), (3, 3));
        assert!(audited.are_settled(), "{audited:?}");
        let past = app.process::<Ringing>().history(&2).await.unwrap();
        let refused = past.into_iter().find_map(|past| match past.was {
            Was::Refusal(refused) => Some(refused.command),
            _ => None,
        });
        clapper.sticks(6, 0);
        let again = app.dispatch(Ring { bell: 6, by: 2 }).command_id(refused.unwrap().id).await.unwrap_err();
        assert_eq!(again.to_string(), "the command was refused: withdrawn: it is night");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_skipped_command_is_refused_and_the_rest_of_its_step_is_sent() {
    for here in places().await {
        let (clock, clapper) = (clock(), Arc::<Clapper>::default());
        let app = started(&here.store, &clock, &clapper).await;
        clapper.sticks(6, 1_000);
        app.dispatch(ask(1, &[5, 6, 7])).await.unwrap();
        clock.advance(&app, Duration::from_mins(1)).await;
        let letter = app.dead_letters(SENDER).list().await.unwrap().remove(0);
        assert!(letter.error.starts_with("the command `ring` ("), "{}", letter.error);
        app.dead_letters(SENDER).skip(letter.key.position).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(app.dead_letters(SENDER).list().await.unwrap().is_empty());
        let audited = audit_processes(&*here.store).await;
        assert_eq!((audited.accepted, audited.refused), (2, 1));
        let standing = app.process::<Ringing>().state(&1).await.unwrap();
        let ringing = standing.state().unwrap();
        assert_eq!((ringing.rung, ringing.refused), (2, 1), "its process has heard of it");
        let told = told::<Ringing>(&*here.store, &1).await;
        assert!(told.iter().any(|text| text.contains("somebody skipped it")), "{told:?}");
        app.shutdown().await.unwrap();
    }
}

/// Whether the code does not know yet what to do about a refusal.
static IS_BROKEN: AtomicBool = AtomicBool::new(true);

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u32, from = now)]
pub struct Mending {
    refused: u32,
}

#[event_handler]
impl Mending {
    #[correlate(event.ringing)]
    fn asked(event: &RingingAsked, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.send(Ring { bell: 5, by: event.ringing });
        Self { refused: 0 }
    }

    fn not_rung(&mut self, _: &Refused<Ring>) {
        assert!(!IS_BROKEN.load(Ordering::Relaxed), "nobody has thought of that");
        self.refused += 1;
    }
}

#[tokio::test]
async fn a_refusal_whose_letter_is_retried_is_handled_again() {
    for here in places().await {
        IS_BROKEN.store(true, Ordering::Relaxed);
        let mut registry = Registry::empty();
        registry.aggregate::<Ringer>();
        registry.aggregate::<Bell>();
        registry.command::<AskForRinging>();
        registry.command::<Ring>();
        registry.command::<SetShut>();
        registry.process_manager::<Mending>();
        let clock = clock();
        let builder = builder(&here.store).registry(registry).clock(clock.clone());
        let app = builder.provide(Arc::<Clapper>::default()).start().await.unwrap();
        app.dispatch(shut(5, true)).await.unwrap();
        app.dispatch(ask(1, &[])).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let letters = app.dead_letters("process/mending/steps");
        let letter = letters.list().await.unwrap().remove(0);
        assert!(letter.error.contains("nobody has thought of that"), "{}", letter.error);
        IS_BROKEN.store(false, Ordering::Relaxed);
        letters.retry(letter.key.position).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(letters.list().await.unwrap().is_empty());
        let standing = app.process::<Mending>().state(&1).await.unwrap();
        assert_eq!(standing.state().unwrap().refused, 1);
        app.shutdown().await.unwrap();
    }
}
