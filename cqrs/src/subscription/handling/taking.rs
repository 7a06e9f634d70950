//! What becomes of what happened.

use std::time::Instant;

use crate::store::StoreError;

use super::{
    super::{Turn, environment::Request, parking::is_placed, source::Woken},
    calls::News,
    drain::Behind,
    happening::Page,
    owning::Owning,
    slot::Come,
    stream::Item,
};

impl Owning<'_> {
    pub(super) fn after_settling(&mut self, settled: bool) -> Turn {
        (self.settling, self.settled) = (None, Instant::now());
        self.report();
        if settled { Turn::Done } else { Turn::Interrupted }
    }

    pub(super) fn after_calls(&mut self, news: News) -> Result<Turn, StoreError> {
        let mut next = Some(news);
        while let Some(news) = next {
            match news {
                News::CameBack(stream) => self.desk.unblock(&stream),
                News::Ended(come, still_runs) => {
                    self.take_slot(come)?;
                    if let Some(stream) = still_runs {
                        self.desk.block(stream);
                    }
                }
            }
            next = self.calls.news_at_once();
        }
        self.report();
        Ok(Turn::Done)
    }

    fn take_slot(&mut self, come: Come) -> Result<(), StoreError> {
        let now = self.environment.clock.now();
        for (stream, ended) in come.ended {
            if let Some(row) = self.facts.handle.process_row(&stream) {
                self.rows.keep(row);
            }
            self.desk.ended(&stream, ended?, now);
        }
        for (stream, item) in come.not_called.into_iter().rev() {
            self.desk.uncalled(&stream, item);
        }
        self.desk.slot_is_free();
        self.unsettled = true;
        Ok(())
    }

    /// Says how far it has come. Whoever knows may look for the letters and the processes up to there, so they are stored by then.
    pub(super) fn report(&self) {
        if self.settling.is_none() && !self.desk.has_letters() && self.rows.is_empty() {
            self.status.reached(self.desk.checkpoint());
        }
    }

    pub(super) fn take(&mut self, page: Page) -> Result<Turn, StoreError> {
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
                let is_ours = self.facts.handle.takes(&error.stream);
                self.desk.take(is_ours.then(|| Item::unreadable(error)), read);
            }
            Err(error) => return Err(error),
        }
        self.report();
        Ok(Turn::Done)
    }

    pub(super) fn take_behind(&mut self, behind: Behind) -> Turn {
        let Behind { stream, items, read } = behind;
        self.desk.take_behind(&stream, items, read);
        self.unsettled = true;
        Turn::Done
    }

    pub(super) fn woken(&mut self, woken: Woken) -> Turn {
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
}
