//! Process managers on PostgreSQL: sixteen slots, shared out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs::{
    prelude::*,
    process::Standing,
    registry::Registry,
    store::{Store, Subscription},
    subscription::State,
};
use cqrs_tests::{
    postgres::{Schema, server_answers},
    process_audit::audit_processes,
};

use crate::{
    ringing::{AskForRinging, Clapper, RingingAsked, RingingStopped, StopRinging, ask, domain, registry},
    world::builder,
};

async fn start(schema: &Schema, registry: Registry) -> Application {
    let store: Arc<dyn Store> = Arc::new(schema.store().await);
    let builder = builder(&store).registry(registry).provide(Arc::<Clapper>::default());
    builder.start().await.unwrap()
}

/// How many slots of a worker an application works on, and how many it must leave to newer programs.
fn slots(app: &Application, worker: &str) -> (usize, usize) {
    let slots: Vec<_> =
        app.status().into_iter().filter(|status| status.name.starts_with(&format!("{worker}/"))).collect();
    assert_eq!(slots.len(), 16, "{slots:?}");
    let count = |is: fn(&State) -> bool| slots.iter().filter(|status| is(&status.state)).count();
    (count(|state| *state == State::Running), count(|state| matches!(state, State::Superseded(_))))
}

async fn until(what: impl AsyncFn() -> bool, or: impl AsyncFn() -> String) {
    let started = std::time::Instant::now();
    while !what().await {
        assert!(started.elapsed() < Duration::from_mins(1), "{}", or().await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn has(app: &Application, worker: &str, wanted: (usize, usize)) {
    until(async || slots(app, worker) == wanted, async || format!("{:?}", slots(app, worker))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_slots_begin_at_one_place_whatever_is_stored_meanwhile() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let asking = start(&schema, domain()).await;
    let asked = tokio::spawn(async move {
        for ringing in 0..200 {
            asking.dispatch(ask(ringing, &[ringing])).await.unwrap();
        }
        asking
    });
    let app = start(&schema, registry()).await;
    let kept = app.store().subscriptions().await.unwrap();
    let of = |worker: &str| -> Vec<&Subscription> {
        kept.iter().filter(|kept| kept.name.starts_with(&format!("process/ringing/{worker}/"))).collect()
    };
    let (steps, sender) = (of("steps"), of("sender"));
    assert_eq!((steps.len(), sender.len()), (16, 16));
    let begin = steps[0].started_at;
    assert!(steps.iter().all(|slot| slot.started_at == begin), "{steps:?}");
    assert!(sender.iter().all(|slot| slot.started_at == cqrs::Position::START), "{sender:?}");
    let asking = asked.await.unwrap();
    until(
        async || {
            let told = audit_processes(&**app.store()).await;
            told.are_settled() && told.steps > 0
        },
        async || format!("{:?}", app.health().await),
    )
    .await;
    // Each that was asked for after the beginning has started, in whichever slot it is.
    let mut started = 0;
    for ringing in 0..200 {
        let standing = app.process::<crate::ringing::Ringing>().state(&ringing).await.unwrap();
        started += u64::from(standing != Standing::Absent);
    }
    let after = cqrs::store::EventQuery::all().after(begin).names(["ringing-asked"]);
    let (events, _) = cqrs::store::read_page(&**app.store(), &after, 1_000).await.unwrap();
    assert_eq!(started, events.len() as u64);
    app.shutdown().await.unwrap();
    asking.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_share_the_slots_and_those_of_one_that_leaves_go_to_the_others() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let first = start(&schema, registry()).await;
    for worker in ["process/ringing/steps", "process/ringing/sender"] {
        has(&first, worker, (16, 0)).await;
    }
    let second = start(&schema, registry()).await;
    let third = start(&schema, registry()).await;
    let ask_more = async |from: u32| {
        for ringing in from..from + 40 {
            let again = AskForRinging { again: 2, pause: 10, ..ask(ringing, &[ringing % 3, ringing % 4]) };
            second.dispatch(again).await.unwrap();
        }
    };
    ask_more(0).await;
    for worker in ["process/ringing/steps", "process/ringing/sender"] {
        let all = async || {
            let mut each = [&first, &second, &third].map(|app| slots(app, worker).0);
            each.sort_unstable();
            each
        };
        until(async || all().await == [5, 5, 6], async || format!("{:?}", all().await)).await;
    }
    ask_more(40).await;
    first.shutdown().await.unwrap();
    third.shutdown().await.unwrap();
    has(&second, "process/ringing/steps", (16, 0)).await;
    has(&second, "process/ringing/sender", (16, 0)).await;
    until(
        async || {
            let told = audit_processes(&**second.store()).await;
            told.are_settled() && told.timers == 160
        },
        async || format!("{:?}", second.health().await),
    )
    .await;
    second.shutdown().await.unwrap();
}

macro_rules! keeping {
    ($type:ident, $version:literal) => {
        #[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
        #[process_manager(id = u32, from = now, name = "keeping", version = $version)]
        pub struct $type {
            asked: u32,
        }

        #[event_handler]
        impl $type {
            #[correlate(event.ringing)]
            fn asked(event: &RingingAsked) -> Self {
                Self { asked: event.again }
            }

            #[correlate(event.ringing)]
            fn stopped(self, _: &RingingStopped) -> Ended {
                Ended
            }
        }
    };
}

keeping!(Keeping, 1);
keeping!(Newer, 2);

fn keeping<P: cqrs::process::ProcessManager>() -> Registry {
    let mut registry = domain();
    registry.process_manager::<P>();
    registry
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_in_which_a_newer_state_is_written_is_for_newer_programs() {
    const STEPS: &str = "process/keeping/steps";
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let old = start(&schema, keeping::<Keeping>()).await;
    has(&old, STEPS, (16, 0)).await;
    let new = start(&schema, keeping::<Newer>()).await;
    has(&new, STEPS, (8, 0)).await;
    let ask_and_wait = async |app: &Application, from: u32| {
        for ringing in from..from + 40 {
            app.dispatch(ask(ringing, &[])).await.unwrap();
        }
        let steps = usize::try_from(from).unwrap() + 40;
        let told = async || audit_processes(&**app.store()).await.steps;
        until(async || told().await == steps, async || format!("{} {:?}", told().await, app.status())).await;
    };
    ask_and_wait(&new, 0).await;
    // What the newer one has written in is dealt out among those who know it, and the rest among both: so it has more.
    let both = async || (slots(&old, STEPS).0, slots(&new, STEPS).0);
    let are_dealt = async || {
        let (old, new) = both().await;
        old + new == 16 && old < 8
    };
    until(are_dealt, async || format!("{:?}", both().await)).await;
    new.shutdown().await.unwrap();
    let are_left = async || {
        let (works, leaves) = slots(&old, STEPS);
        works + leaves == 16 && leaves >= 8
    };
    until(are_left, async || format!("{:?}", slots(&old, STEPS))).await;
    let health = old.health().await;
    assert!(
        health.findings.iter().any(|finding| finding.contains("a state of version 2 was written in")),
        "{:?}",
        health.findings
    );
    // Those wait for a newer one, and nothing of them is lost.
    for ringing in 0..40 {
        old.dispatch(StopRinging { ringing }).await.unwrap();
    }
    let new = start(&schema, keeping::<Newer>()).await;
    let told = async || audit_processes(&**new.store()).await.steps;
    until(async || told().await == 80, async || format!("{} {:?}", told().await, new.status())).await;
    assert!(old.dead_letters(STEPS).list().await.unwrap().is_empty());
    old.shutdown().await.unwrap();
    new.shutdown().await.unwrap();
}

static NOBODY_KNOWS: AtomicBool = AtomicBool::new(true);

/// Whose an event is, once one knows.
fn owner(event: &RingingAsked) -> u32 {
    assert!(!NOBODY_KNOWS.load(Ordering::Relaxed), "nobody knows");
    event.again
}

#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[process_manager(id = u32, from = now, name = "knowing")]
pub struct Knowing {
    ringing: u32,
}

#[event_handler]
impl Knowing {
    #[correlate(owner(event))]
    fn asked(event: &RingingAsked) -> Self {
        Self { ringing: event.ringing }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_an_event_that_was_nobodys_is_handled_when_it_is_known_whose_it_is() {
    const STEPS: &str = "process/knowing/steps";
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let app = start(&schema, keeping::<Knowing>()).await;
    // The event's own stream is in another slot than the process.
    app.dispatch(AskForRinging { again: 2, ..ask(1, &[]) }).await.unwrap();
    let letters = async || app.dead_letters(STEPS).list().await.unwrap();
    until(async || letters().await.len() == 1, async || format!("{:?}", app.status())).await;
    NOBODY_KNOWS.store(false, Ordering::Relaxed);
    let letter = letters().await.remove(0);
    assert!(letter.error.contains("nobody knows"), "{letter:?}");
    app.dead_letters(STEPS).retry(letter.key.position).await.unwrap();
    let standing = async || app.process::<Knowing>().state(&2).await.unwrap();
    let is_there = async || standing().await.state() == Some(&Knowing { ringing: 1 });
    until(is_there, async || format!("{:?}", letters().await)).await;
    app.shutdown().await.unwrap();
}
