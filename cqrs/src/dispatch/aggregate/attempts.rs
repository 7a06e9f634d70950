//! Deciding until it is settled: again after each conflict.

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
    dispatch::{
        DispatchError, Receipt,
        append::{Attempts, Written},
    },
    event::Event,
    message::Version,
    repository::Loaded,
    store::{Expected, StreamWrite},
};

use super::{
    handling::Handling,
    verdict::{Answer, Verdict},
};

impl<A: Aggregate> Handling<'_, A> {
    pub(super) async fn run<C>(&mut self, first: &mut Option<C>) -> Result<Receipt, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let mut attempts = Attempts::new(self.core.settings.conflict_retries);
        loop {
            let mut from_cache = true;
            let mut loaded = if let Some(loaded) = self.cached() {
                loaded
            } else {
                from_cache = false;
                Box::pin(self.load()).await?
            };
            let before = loaded.version;
            let confirming = match self.attempt(&mut loaded, first, &mut attempts).await {
                Verdict::Again => continue,
                Verdict::Settled(outcome) => return outcome,
                Verdict::Stored(receipt) => {
                    self.keep(loaded);
                    return Ok(receipt);
                }
                Verdict::Unwritten(answer) if !from_cache => return self.answer(answer, loaded),
                Verdict::Unwritten(answer) => Box::pin(self.confirm(before, answer)),
            };
            if let Some(answer) = confirming.await? {
                return self.answer(answer, loaded);
            }
        }
    }

    /// What is answered without an append rests on the state alone: an old one must not answer.
    async fn confirm<E>(
        &self,
        before: Version,
        answer: Answer<DispatchError<E>>,
    ) -> Result<Option<Answer<DispatchError<E>>>, DispatchError<E>> {
        Ok(self.is_at(before).await?.then_some(answer))
    }

    fn answer<E>(&self, answer: Answer<E>, loaded: Loaded<A>) -> Result<Receipt, E> {
        if answer.unchanged {
            self.keep(loaded);
        }
        answer.outcome
    }

    async fn attempt<C>(
        &self,
        loaded: &mut Loaded<A>,
        first: &mut Option<C>,
        attempts: &mut Attempts,
    ) -> Verdict<DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        if let Err(refusal) = self.admit(loaded, A::HANDLER.existence) {
            return Verdict::unchanged(Err(refusal));
        }
        let events = match self.decide(loaded, first).await {
            // Under an id that the caller gave, a decision that nothing happens is kept like others.
            Ok(events) if events.is_empty() && !self.prepared.given => {
                return Verdict::unchanged(Ok(self.nothing()));
            }
            Ok(events) => events,
            Err(error @ DispatchError::Rejected(_)) => return Verdict::unchanged(Err(error)),
            Err(error) => return Verdict::failed(error),
        };
        let expected = Expected::Exactly(loaded.version);
        let new = match self.record(loaded, &events) {
            Ok(new) => new,
            Err(error) => return Verdict::failed(error),
        };
        let write = StreamWrite { stream: self.stream.clone(), expected, events: new };
        match self.core.append(self.prepared, vec![write], attempts).await {
            Ok(Written::Again) => Verdict::Again,
            Ok(Written::Repeated(receipt)) => Verdict::Settled(Ok(receipt)),
            Ok(Written::Stored(receipt)) => {
                for event in &events {
                    self.core.meters.appended(event.kind().name);
                }
                self.snapshot(loaded);
                Verdict::Stored(receipt)
            }
            Err(error) => Verdict::Settled(Err(error)),
        }
    }
}
