//! Everything at random, by seeds: events, refusals, failures of the store, crashes, redeliveries, a clock that moves, and
//! operators; held against a plain model of the processes. `CQRS_TEST_SEED=17` runs one seed alone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cqrs::{
    prelude::*,
    process::{Ending, ProcessPages, Standing},
    store::{Settlement, Store},
    subscription::SubscriptionSettings,
    testing::ManualClock,
};
use cqrs_tests::{
    faulty::{Fault, FaultyStore},
    process_audit::audit_processes,
};
use fastrand::Rng;

use crate::{
    model::{Model, Seen},
    ringing::{AskForRinging, Clapper, Ringing, StopRinging, registry, shut},
    world::{clock, noon},
};

const SEEDS: u64 = 150;
const AT_ONCE: usize = 8;
const LIVES: usize = 4;
const DEEDS: usize = 5;
const STEPS: &str = "process/ringing/steps";
const SENDER: &str = "process/ringing/sender";
/// So long after each deed whatever failed is tried again.
const TICK: Duration = Duration::from_millis(200);

#[test]
fn whatever_happens_processes_come_out_as_the_model_says() {
    if let Some(seed) = std::env::var("CQRS_TEST_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return Run::of(seed).all();
    }
    let next = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < SEEDS)
                {
                    Run::of(seed).all();
                }
            });
        }
    });
}

/// What one seed comes to.
struct Run {
    seed: u64,
    random: Rng,
    faulty: FaultyStore,
    store: Arc<dyn Store>,
    clock: ManualClock,
    clapper: Arc<Clapper>,
    model: Model,
    commands: u64,
}

/// Says which seed it was.
impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}: {:#?}", self.seed, self.model);
        }
    }
}

impl Run {
    fn of(seed: u64) -> Self {
        let faulty = FaultyStore::around(MemoryStore::new());
        let store = Arc::new(faulty.clone());
        let (clock, clapper, model) = (clock(), Arc::default(), Model::at(noon()));
        Self { seed, random: Rng::with_seed(seed), faulty, store, clock, clapper, model, commands: 0 }
    }

    /// Some lives of the program, each of which ends by a crash; then everything goes on to its end.
    fn all(mut self) {
        for life in 0..=LIVES {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                self.go_back().await;
                let app = self.start().await;
                self.advance(&app, TICK).await;
                if life < LIVES { self.live(&app).await } else { self.end(&app).await }
            });
            // Whatever was under way is no more, wherever it was.
            drop(runtime);
        }
    }

    async fn start(&self) -> Application {
        let settings = SubscriptionSettings {
            first_delay: Duration::from_millis(5),
            longest_delay: Duration::from_millis(20),
            lease: Duration::from_millis(30),
            ..SubscriptionSettings::default()
        };
        let builder = Application::builder().shared_store(Arc::clone(&self.store)).registry(registry());
        let builder = builder.provide(Arc::clone(&self.clapper)).clock(self.clock.clone());
        builder.subscription_settings(settings).start().await.unwrap()
    }

    /// Now and then all that was handled is delivered again.
    async fn go_back(&mut self) {
        for worker in [STEPS, SENDER] {
            let kept = self.store.subscription(worker).await.unwrap();
            if let Some(kept) = kept.filter(|_| self.random.u8(..3) == 0) {
                let back = Settlement::new(worker, kept.epoch, kept.position, Position::START);
                assert!(self.store.settle(&back).await.unwrap());
            }
        }
    }

    async fn live(&mut self, app: &Application) {
        for deed in 0..DEEDS {
            if self.random.bool() {
                let fault = [Fault::LostReply, Fault::NeverSent, Fault::Late, Fault::Busy, Fault::Conflict];
                let pause = std::iter::repeat_n(Fault::None, self.random.usize(..4));
                self.faulty.next_appends(pause.chain([fault[self.random.usize(..fault.len())]]));
            }
            let settled = self.deed(app).await;
            if deed + 1 == DEEDS && !settled {
                for _ in 0..self.random.usize(..60) {
                    tokio::task::yield_now().await;
                }
                return;
            }
            let by = TICK + Duration::from_secs(self.random.u64(..3));
            self.advance(app, by).await;
        }
    }

    async fn advance(&mut self, app: &Application, by: Duration) {
        self.clock.advance(app, by).await;
        self.model.advance(by);
    }

    /// Does something, in the program and in the model; says whether everything that follows at once has happened.
    async fn deed(&mut self, app: &Application) -> bool {
        let ringing = self.random.u32(..4);
        match self.random.u8(..10) {
            0..4 => self.ask(app, ringing, None).await,
            4 => {
                self.dispatch(app, StopRinging { ringing }).await;
                self.model.stop(ringing);
            }
            5 | 6 => {
                let (bell, is_shut) = (self.random.u32(..3), self.random.bool());
                self.dispatch(app, shut(bell, is_shut)).await;
                self.model.shut(bell, is_shut);
            }
            7 => self.end_one(app, ringing).await,
            8 => return self.get_stuck(app, ringing).await,
            _ => {}
        }
        false
    }

    async fn ask(&mut self, app: &Application, ringing: u32, stuck: Option<u32>) {
        let mut bells: Vec<_> = (0..self.random.usize(..3)).map(|_| self.random.u32(..3)).collect();
        bells.extend(stuck);
        bells.extend((0..self.random.usize(..2)).map(|_| self.random.u32(..3)));
        // Never at the end of a deed's time: what fails then is tried again before the next one.
        let (again, pause) = (self.random.u32(..4), 1_000 * self.random.u64(1..3) + 40);
        let ask = AskForRinging { ringing, bells: bells.clone(), again, pause };
        self.dispatch(app, ask).await;
        self.model.ask(ringing, &bells, again, pause, stuck);
    }

    /// A command that always fails, until an operator sees to it.
    async fn get_stuck(&mut self, app: &Application, ringing: u32) -> bool {
        if !self.model.is_absent(ringing) {
            return false;
        }
        let bell = 100 + ringing;
        self.clapper.sticks(bell, u32::MAX);
        self.ask(app, ringing, Some(bell)).await;
        self.advance(app, TICK).await;
        self.clapper.sticks(bell, 0);
        let letters = app.dead_letters(SENDER);
        let stuck = letters.list().await.unwrap();
        let [letter] = stuck.as_slice() else { panic!("{stuck:?}") };
        match self.random.u8(..3) {
            0 => {
                letters.retry(letter.key.position).await.unwrap();
                self.model.unstick(ringing, true);
            }
            1 => {
                while letters.skip(letter.key.position).await.is_err() {}
                self.model.unstick(ringing, false);
            }
            _ => self.end_one(app, ringing).await,
        }
        self.advance(app, TICK).await;
        true
    }

    async fn end_one(&mut self, app: &Application, ringing: u32) {
        let mut tries = 0;
        let ending = loop {
            match app.process::<Ringing>().end(&ringing, "enough").await {
                Ok(ending) => break ending,
                Err(_) => tries += 1,
            }
            assert!(tries < 20);
        };
        let expected = self.model.end(ringing);
        let is_expected = match (ending, expected) {
            (Ending::Ended(_), Standing::Live { .. })
            | (Ending::HadEnded, Standing::Ended)
            | (Ending::NotStarted, Standing::Absent) => true,
            // The reply was lost.
            (Ending::HadEnded, Standing::Live { .. }) => tries > 0,
            _ => false,
        };
        assert!(is_expected, "{ending:?}");
    }

    /// Until it is accepted, as whoever has a command's id does.
    async fn dispatch<C: cqrs::dispatch::HandledCommand + Clone>(&mut self, app: &Application, command: C)
    where
        C::Error: std::error::Error,
    {
        self.commands += 1;
        let id = CommandId::derived("at-random", self.commands);
        for _ in 0..20 {
            if app.dispatch(command.clone()).command_id(id).await.is_ok() {
                return;
            }
        }
        panic!("the command is not accepted");
    }

    async fn end(&mut self, app: &Application) {
        self.advance(app, Duration::from_mins(1)).await;
        let processes = app.process::<Ringing>();
        for ringing in 0..4 {
            let seen = processes.state(&ringing).await.unwrap();
            assert_eq!(seen, self.model.standing(ringing), "process {ringing}");
        }
        let (running, ended) = (ids(processes.running()).await, ids(processes.ended()).await);
        let audited = audit_processes(&*self.store).await;
        assert!(audited.are_settled(), "{audited:?}");
        let letters = app.dead_letters(STEPS).list().await.unwrap();
        let letters = letters.iter().map(|letter| letter.key.stream.key().parse().unwrap()).collect();
        let (accepted, refused) = (audited.accepted, audited.refused);
        assert_eq!(Seen { running, ended, letters, accepted, refused }, self.model.seen());
        assert!(app.dead_letters(SENDER).list().await.unwrap().is_empty());
    }
}

async fn ids(mut pages: ProcessPages<Ringing>) -> Vec<u32> {
    let mut ids = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        ids.extend(page.into_iter().map(|process| process.id));
    }
    ids
}
