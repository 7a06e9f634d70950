//! Waiting for what happens next.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::OptionFuture};

use crate::{
    event::RecordedEvent,
    store::{PageEnd, StoreError},
};

use super::{
    super::source::Woken, calls::News, drain::Behind, owning::Owning, settling::SETTLE_EVERY,
    spawned::Spawned,
};

pub(super) type Page = Result<(Vec<RecordedEvent>, PageEnd), StoreError>;

/// How soon one who does not know whether he holds the lease looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What happened.
pub(super) enum Happened {
    Settled(Result<bool, StoreError>),
    Call(News),
    Page(Page),
    Behind(Result<Behind, StoreError>),
    Woken(Woken),
    Time,
}

impl Owning<'_> {
    pub(super) async fn next(&mut self) -> Happened {
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
    pub(super) fn rest(&self) -> Duration {
        let keep = self.third_of_lease().saturating_sub(self.renewed.elapsed());
        let settle = SETTLE_EVERY.saturating_sub(self.settled.elapsed());
        let keep = if self.may_begin() { keep } else { keep.min(LOOK_AGAIN) };
        if self.settling.is_none() && self.is_unsettled() { keep.min(settle) } else { keep }
    }

    pub(super) fn third_of_lease(&self) -> Duration {
        self.settings.subscription.lease / 3
    }
}

/// Resolves with what was begun, if something was.
async fn ready<T>(begun: &mut Option<Spawned<T>>) -> T {
    match begun {
        Some(begun) => Pin::new(begun).await,
        None => std::future::pending().await,
    }
}
