//! The owner of the lease at work: it reads, calls, and stores what came of it.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, OptionFuture},
    stream::FuturesUnordered,
};
use tracing::debug;

use crate::{
    event::RecordedEvent,
    message::Position,
    store::{DeadLetterQuery, DeadLetterState, Lease, PageEnd, Settlement, Store, StoreError, Subscription},
};

use super::{
    super::{
        Environment, LAG, Source, StatusSender, Turn,
        environment::Request,
        leased::{self, Owner},
        parking::is_placed,
        source::Woken,
    },
    calls::{Calls, News},
    desk::{Desk, ToSettle},
    drain::{Behind, read_behind},
    facts::Facts,
    settings::Settings,
    stream::Item,
};

/// What is done is stored so often, while there is something new; letters at once.
const SETTLE_EVERY: Duration = Duration::from_millis(10);

/// So many letters are read at a time.
const LETTERS: usize = 1_000;

type Page = Result<(Vec<RecordedEvent>, PageEnd), StoreError>;
type Boxed<T> = BoxFuture<'static, T>;

/// Runs an event handler until the application shuts down.
pub(crate) async fn run(source: Source, status: StatusSender, facts: Arc<Facts>) {
    let environment = source.environment();
    let settings = Settings::of(facts.settings, environment.settings);
    let calls = Calls::new(Arc::clone(&facts), environment, settings.time_limit);
    leased::run(source, status, Handling { facts, settings, calls }).await;
}

/// An event handler, whoever has its lease.
struct Handling {
    facts: Arc<Facts>,
    settings: Settings,
    calls: Calls,
}

impl Owner for Handling {
    fn start(&self) -> crate::store::SubscriptionStart {
        self.facts.start
    }

    fn own<'a>(
        &'a mut self,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: Subscription,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let store = Arc::clone(&source.environment().store);
            let mut owning = Owning::begin(self, source, status, lease, &subscription).await?;
            let outcome = owning.work().await;
            let lease = owning.lease;
            self.calls.abandon();
            debug!(subscription = lease.name, "giving the lease back");
            store.release_lease(&lease).await?;
            outcome.map(|_| ())
        }
        .boxed()
    }
}

/// What goes on while the lease is held.
struct Owning<'a> {
    facts: Arc<Facts>,
    settings: Settings,
    calls: &'a mut Calls,
    source: &'a mut Source,
    status: &'a StatusSender,
    environment: Environment,
    lease: Lease,
    renewed: Instant,
    desk: Desk,
    /// The page that is being read.
    page: Option<Boxed<Page>>,
    /// Whether everything there is was read.
    at_end: bool,
    behind: FuturesUnordered<Boxed<Result<Behind, StoreError>>>,
    /// The settlement that is being stored, and the checkpoint in it.
    settling: Option<Boxed<Result<bool, StoreError>>>,
    settled: Instant,
    stored: Position,
    /// Whether something was done since the last settlement.
    unsettled: bool,
    /// When letters were looked at that somebody asked for.
    looked: Option<Instant>,
    ending: bool,
}

/// What happened.
enum Happened {
    Settled(Result<bool, StoreError>),
    Call(News),
    Page(Page),
    Behind(Result<Behind, StoreError>),
    Woken(Woken),
    Time,
}

impl<'a> Owning<'a> {
    async fn begin(
        handling: &'a mut Handling,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: &Subscription,
    ) -> Result<Self, StoreError> {
        let (facts, settings) = (Arc::clone(&handling.facts), handling.settings);
        let environment = source.environment().clone();
        let (checkpoint, done_above) = (subscription.position, &subscription.done_above);
        let mut desk = Desk::new(facts.name(), settings, checkpoint, done_above);
        load(&mut desk, facts.name(), &*environment.store).await?;
        handling.calls.left_streams().for_each(|stream| desk.block(stream));
        let now = Instant::now();
        Ok(Self {
            facts,
            settings,
            calls: &mut handling.calls,
            source,
            status,
            environment,
            lease,
            renewed: now,
            desk,
            page: None,
            at_end: false,
            behind: FuturesUnordered::new(),
            settling: None,
            settled: now,
            stored: subscription.position,
            unsettled: false,
            looked: Some(now),
            ending: false,
        })
    }

    /// Works until the lease is lost or the application shuts down.
    async fn work(&mut self) -> Result<Turn, StoreError> {
        loop {
            self.begin_what_can_begin();
            if self.ending && !self.desk.is_calling() && self.settling.is_none() {
                return self.settle_all().await;
            }
            let turn = match self.next().await {
                Happened::Settled(settled) => self.after_settling(settled?),
                Happened::Call(news) => self.after_calls(news)?,
                Happened::Page(page) => self.take(page)?,
                Happened::Behind(behind) => self.take_behind(behind?),
                Happened::Woken(woken) => self.woken(woken),
                Happened::Time => Turn::Done,
            };
            if turn == Turn::Interrupted || self.keep().await? == Turn::Interrupted {
                return Ok(Turn::Interrupted);
            }
        }
    }

    fn begin_what_can_begin(&mut self) {
        if !self.ending {
            while let Some((stream, target)) = self.desk.next_call(self.environment.clock.now()) {
                self.calls.begin(stream, target);
            }
            self.begin_reading();
        }
        let due = self.desk.has_letters() || self.settled.elapsed() >= SETTLE_EVERY;
        if self.settling.is_none() && due && self.is_unsettled() {
            let settle = self.settle();
            self.settling = Some(settle);
        }
    }

    fn begin_reading(&mut self) {
        while let Some((stream, after)) = self.desk.next_read() {
            let (facts, environment) = (Arc::clone(&self.facts), self.environment.clone());
            let places = (after, self.desk.read());
            let read = async move { read_behind(&facts, &environment, stream, places).await };
            self.behind.push(read.boxed());
        }
        if self.page.is_none() && !self.at_end && self.desk.wants_more() {
            self.page = Some(self.source.begin_page(self.desk.read()).boxed());
        }
    }

    /// Whether there is something to be stored. Events that do not concern the handler are worth a write only now and then.
    fn is_unsettled(&self) -> bool {
        let moved = self.desk.checkpoint().get().saturating_sub(self.stored.get());
        self.unsettled || self.desk.has_letters() || moved >= LAG || self.desk.is_closing() && moved > 0
    }

    fn settle(&mut self) -> Boxed<Result<bool, StoreError>> {
        let ToSettle { checkpoint, done_above, letters } = self.desk.settle();
        let to = checkpoint.max(self.stored);
        let settlement = Settlement { done_above, letters, ..Settlement::of(&self.lease, self.stored, to) };
        (self.stored, self.unsettled) = (to, false);
        let store = Arc::clone(&self.environment.store);
        async move { store.settle(&settlement).await }.boxed()
    }

    async fn settle_all(&mut self) -> Result<Turn, StoreError> {
        if !self.is_unsettled() && self.desk.checkpoint() == self.stored {
            return Ok(Turn::Done);
        }
        let settled = self.settle().await?;
        Ok(self.after_settling(settled))
    }

    async fn next(&mut self) -> Happened {
        let rest = self.rest();
        let clock = Arc::clone(&self.environment.clock);
        let due = self.desk.next_time().filter(|_| !self.ending);
        let due = OptionFuture::from(due.map(|time| clock.sleep_until(time)));
        let (listens, reading) = (self.page.is_none() && !self.ending, self.page.is_some());
        let mut shutdown = self.environment.shutdown.clone();
        tokio::select! {
            biased;
            settled = ready(&mut self.settling) => Happened::Settled(settled),
            news = self.calls.news() => Happened::Call(news),
            Some(behind) = self.behind.next() => Happened::Behind(behind),
            page = ready(&mut self.page) => Happened::Page(page),
            woken = self.source.wait(), if listens => Happened::Woken(woken),
            _ = shutdown.wait_for(|down| *down), if reading && !self.ending => Happened::Woken(Woken::ShutDown),
            Some(()) = due => Happened::Time,
            () = tokio::time::sleep(rest) => Happened::Time,
        }
    }

    /// How long at most until there is something to do without anything having happened.
    fn rest(&self) -> Duration {
        let keep = self.third_of_lease().saturating_sub(self.renewed.elapsed());
        let settle = SETTLE_EVERY.saturating_sub(self.settled.elapsed());
        if self.settling.is_none() && self.is_unsettled() { keep.min(settle) } else { keep }
    }

    fn third_of_lease(&self) -> Duration {
        self.settings.subscription.lease / 3
    }

    fn after_settling(&mut self, settled: bool) -> Turn {
        (self.settling, self.settled) = (None, Instant::now());
        self.report();
        if settled { Turn::Done } else { Turn::Interrupted }
    }

    fn after_calls(&mut self, news: News) -> Result<Turn, StoreError> {
        let mut next = Some(news);
        while let Some(news) = next {
            match news {
                News::CameBack(stream) => self.desk.unblock(&stream),
                News::Ended(stream, ended, still_runs) => {
                    self.desk.ended(&stream, ended?, self.environment.clock.now());
                    self.unsettled = true;
                    if still_runs {
                        self.desk.block(stream);
                    }
                }
            }
            next = self.calls.news_at_once();
        }
        self.report();
        Ok(Turn::Done)
    }

    /// Says how far it has come. Whoever knows may look for the letters up to there, so they are stored by then.
    fn report(&self) {
        if self.settling.is_none() && !self.desk.has_letters() {
            self.status.reached(self.desk.checkpoint());
        }
    }

    fn take(&mut self, page: Page) -> Result<Turn, StoreError> {
        self.page = None;
        match page {
            Ok((events, end)) => {
                self.at_end = end.complete;
                self.unsettled |= !events.is_empty();
                let facts = &self.facts;
                let item = |event| Some(Item { lane: facts.lane(&event)?, event: Ok(event) });
                self.desk.take(events.into_iter().filter_map(item), end.position);
            }
            Err(StoreError::Decode(error)) if is_placed(&error, self.desk.read()) => {
                let read = error.position;
                self.desk.take([Item::unreadable(error)], read);
            }
            Err(error) => return Err(error),
        }
        self.report();
        Ok(Turn::Done)
    }

    fn take_behind(&mut self, behind: Behind) -> Turn {
        let Behind { stream, items, read } = behind;
        self.desk.take_behind(&stream, items, read);
        self.unsettled = true;
        Turn::Done
    }

    fn woken(&mut self, woken: Woken) -> Turn {
        match woken {
            Woken::Look => self.at_end = false,
            Woken::ShutDown => self.ending = true,
            Woken::Asked(Request::DeadLetters) => self.looked = None,
            Woken::Asked(Request::Rebuild(answer)) => {
                let _ = answer.send(Err(StoreError::Unsupported("rebuild what is not a projection")));
            }
        }
        Turn::Done
    }

    /// Keeps the lease, and looks at what somebody, perhaps in another process, asked of the letters.
    async fn keep(&mut self) -> Result<Turn, StoreError> {
        let store = Arc::clone(&self.environment.store);
        if self.renewed.elapsed() >= self.third_of_lease() {
            self.renewed = Instant::now();
            if !store.renew_lease(&self.lease, self.settings.subscription.lease).await? {
                return Ok(Turn::Interrupted);
            }
        }
        if self.looked.is_none_or(|looked| looked.elapsed() >= self.third_of_lease()) && !self.ending {
            self.looked = Some(Instant::now());
            for state in [DeadLetterState::Retrying, DeadLetterState::Resuming] {
                let query = DeadLetterQuery::of(self.facts.name()).state(state);
                each_letter(&*store, query, |letter| self.desk.asked(letter)).await?;
            }
        }
        Ok(Turn::Done)
    }
}

async fn load(desk: &mut Desk, handler: &str, store: &dyn Store) -> Result<(), StoreError> {
    each_letter(store, DeadLetterQuery::of(handler), |letter| desk.load(letter)).await
}

async fn each_letter(
    store: &dyn Store,
    mut query: DeadLetterQuery,
    mut each: impl FnMut(&crate::store::DeadLetter),
) -> Result<(), StoreError> {
    loop {
        let page = store.dead_letter_page(&query, LETTERS).await?;
        page.iter().for_each(&mut each);
        match page.last() {
            Some(last) if page.len() == LETTERS => query = query.after(last),
            _ => return Ok(()),
        }
    }
}

/// Resolves with what was begun, if something was.
async fn ready<T>(begun: &mut Option<Boxed<T>>) -> T {
    match begun {
        Some(begun) => Pin::new(begun).await,
        None => std::future::pending().await,
    }
}
