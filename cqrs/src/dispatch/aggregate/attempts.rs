//! Deciding until it is settled: again after each conflict.

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
    dispatch::{
        DispatchError, Receipt,
        append::{Attempts, Written},
    },
    event::Event,
    repository::Loaded,
    store::{Expected, StreamWrite},
};

use super::{handling::Handling, verdict::Verdict};

impl<A: Aggregate> Handling<'_, A> {
    pub(super) async fn run<C>(
        &mut self,
        first: &mut Option<C>,
    ) -> Result<Receipt, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let mut attempts = Attempts::new(self.core.settings.conflict_retries);
        loop {
            let command = match first.take() {
                Some(command) => command,
                None => self.prepared.command_again()?,
            };
            let cached = self.cached();
            let from_cache = cached.is_some();
            let mut loaded = match cached {
                Some(loaded) => loaded,
                None => Box::pin(self.load()).await?,
            };
            let before = loaded.version;
            let verdict = self.attempt(&mut loaded, command, &mut attempts).await;
            // What is answered without an append rests on the state alone: an old one must not answer.
            if from_cache && !verdict.is_confirmed_by_append() && !Box::pin(self.is_at(before)).await? {
                continue;
            }
            match verdict {
                Verdict::Again => {}
                Verdict::Settled(result) => return result,
                Verdict::Failed(error) => return Err(error),
                Verdict::Stored(receipt) => {
                    self.keep(loaded);
                    return Ok(receipt);
                }
                Verdict::Unchanged(result) => {
                    self.keep(loaded);
                    return result;
                }
            }
        }
    }

    async fn attempt<C>(
        &self,
        loaded: &mut Loaded<A>,
        command: C,
        attempts: &mut Attempts,
    ) -> Verdict<DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        if let Err(refusal) = self.admit(loaded, A::HANDLER.existence) {
            return Verdict::Unchanged(Err(refusal));
        }
        let events = match self.decide(loaded, command).await {
            // Under an id that the caller gave, a decision that nothing happens is kept like others.
            Ok(events) if events.is_empty() && !self.prepared.given => {
                return Verdict::Unchanged(Ok(self.nothing()));
            }
            Ok(events) => events,
            Err(error @ DispatchError::Rejected(_)) => return Verdict::Unchanged(Err(error)),
            Err(error) => return Verdict::Failed(error),
        };
        let expected = Expected::Exactly(loaded.version);
        let new = match self.record(loaded, &events) {
            Ok(new) => new,
            Err(error) => return Verdict::Failed(error),
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
