//! What goes on while the lease is held: read, call, and store what came of it.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use futures_util::stream::FuturesUnordered;

use crate::{
    message::{Position, StreamId},
    store::{KeptProcesses, Lease, StoreError, Subscription},
};

use super::{
    super::{Environment, Source, StatusSender, Turn},
    calls::Calls,
    desk::Desk,
    drain::{Behind, read_behind},
    facts::Facts,
    happening::{Happened, Page},
    keeping::load,
    letters::Target,
    owner::Handling,
    settings::Settings,
    settling::SETTLE_EVERY,
    spawned::Spawned,
    terms::Terms,
};

/// What goes on while the lease is held.
pub(super) struct Owning<'a> {
    pub(super) facts: Arc<Facts>,
    pub(super) settings: Settings,
    pub(super) terms: Terms,
    pub(super) calls: &'a mut Calls,
    pub(super) source: &'a mut Source,
    pub(super) status: &'a StatusSender,
    pub(super) environment: Environment,
    pub(super) lease: Lease,
    pub(super) renewed: Instant,
    pub(super) desk: Desk,
    /// The page that is being read.
    pub(super) page: Option<Spawned<Page>>,
    /// Whether everything there is was read.
    pub(super) at_end: bool,
    pub(super) behind: FuturesUnordered<Spawned<Result<Behind, StoreError>>>,
    /// The settlement that is being stored, and the checkpoint in it.
    pub(super) settling: Option<Spawned<Result<bool, StoreError>>>,
    pub(super) settled: Instant,
    pub(super) stored: Position,
    /// Where processes stand after what was done since the last settlement.
    pub(super) rows: KeptProcesses,
    /// Whether something was done since the last settlement.
    pub(super) unsettled: bool,
    /// When letters were looked at that somebody asked for.
    pub(super) looked: Option<Instant>,
    pub(super) ending: bool,
}

impl<'a> Owning<'a> {
    pub(super) async fn begin(
        handling: &'a mut Handling,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: &Subscription,
    ) -> Result<Self, StoreError> {
        let (facts, settings, terms) =
            (Arc::clone(&handling.facts), handling.settings, handling.terms.clone());
        facts.handle.gained(&lease, subscription);
        let environment = source.environment().clone();
        let (checkpoint, done_above) = (subscription.position, &subscription.done_above);
        let mut desk = Desk::new(facts.name(), settings, checkpoint, done_above);
        load(&mut desk, facts.name(), &*environment.store).await?;
        handling.calls.left_streams().for_each(|stream| desk.block(stream));
        let now = Instant::now();
        Ok(Self {
            facts,
            settings,
            terms,
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
            rows: KeptProcesses::default(),
            unsettled: false,
            looked: Some(now),
            ending: false,
        })
    }

    /// Works until the lease is lost or the application shuts down.
    pub(super) async fn work(&mut self) -> Result<Turn, StoreError> {
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
        if !self.ending && self.may_begin() {
            while let Some(first) = self.desk.next_call(self.environment.clock.now()) {
                self.begin_slot(first);
            }
            self.begin_reading();
        }
        let due = self.desk.has_letters() || self.settled.elapsed() >= SETTLE_EVERY;
        if self.settling.is_none() && due && self.is_unsettled() {
            let settle = self.settle();
            self.settling = Some(settle);
        }
    }

    /// Begins a call. Where calls may block, and are short, others follow on the same thread.
    fn begin_slot(&mut self, first: (StreamId, Target)) {
        let mut slot = VecDeque::from([first]);
        let most = if self.facts.handle.blocking() { self.calls.slot() } else { 1 };
        while slot.len() < most
            && let Some((last, Target::Item(_))) = slot.back()
            && let Some(next) = self.desk.next_in_slot(last)
        {
            slot.push_back(next);
        }
        self.calls.begin(slot);
    }

    fn begin_reading(&mut self) {
        while let Some((stream, after)) = self.desk.next_read() {
            let (facts, environment) = (Arc::clone(&self.facts), self.environment.clone());
            let places = (after, self.desk.read());
            let read = async move { read_behind(&facts, &environment, stream, places).await };
            self.behind.push(Spawned::new(read));
        }
        if self.page.is_none() && !self.at_end && self.desk.wants_more() {
            self.page = Some(Spawned::new(self.source.begin_page(self.desk.read())));
        }
    }
}
