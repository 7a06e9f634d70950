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
        &self,
        command: C,
        mut cached: Option<Loaded<A>>,
    ) -> Result<Receipt, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let mut attempts = Attempts::new(self.core.settings.conflict_retries);
        let mut first = Some(command);
        loop {
            let command = match first.take() {
                Some(command) => command,
                None => self.prepared.command_again()?,
            };
            let from_cache = cached.is_some();
            let loaded = match cached.take() {
                Some(loaded) => loaded,
                None => Box::pin(self.load()).await?,
            };
            let before = loaded.version;
            let verdict = self.attempt(loaded, command, &mut attempts).await;
            // What is answered without an append rests on the state alone: an old one must not answer.
            if from_cache && !verdict.is_confirmed_by_append() && !Box::pin(self.is_at(before)).await? {
                continue;
            }
            match verdict {
                Verdict::Again => {}
                Verdict::Stored(result) | Verdict::Failed(result) => return result,
                Verdict::Unchanged(result, loaded) => {
                    self.keep(loaded);
                    return result;
                }
            }
        }
    }

    async fn attempt<C>(
        &self,
        mut loaded: Loaded<A>,
        command: C,
        attempts: &mut Attempts,
    ) -> Verdict<A, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        if let Err(refusal) = self.admit(&loaded, A::HANDLER.existence) {
            return Verdict::Unchanged(Err(refusal), loaded);
        }
        let events = match self.decide(&loaded, command).await {
            // Under an id that the caller gave, a decision that nothing happens is kept like others.
            Ok(events) if events.is_empty() && !self.prepared.given => {
                return Verdict::Unchanged(Ok(self.nothing()), loaded);
            }
            Ok(events) => events,
            Err(error @ DispatchError::Rejected(_)) => return Verdict::Unchanged(Err(error), loaded),
            Err(error) => return Verdict::Failed(Err(error)),
        };
        let expected = Expected::Exactly(loaded.version);
        let new = match self.record(&mut loaded, &events) {
            Ok(new) => new,
            Err(error) => return Verdict::Failed(Err(error)),
        };
        let write = StreamWrite { stream: self.stream.clone(), expected, events: new };
        match self.core.append(self.prepared, vec![write], attempts).await {
            Ok(Written::Again) => Verdict::Again,
            Ok(Written::Repeated(receipt)) => Verdict::Stored(Ok(receipt)),
            Ok(Written::Stored(receipt)) => {
                for event in &events {
                    self.core.meters.appended(event.kind().name);
                }
                self.snapshot(&mut loaded);
                self.keep(loaded);
                Verdict::Stored(Ok(receipt))
            }
            Err(error) => Verdict::Stored(Err(error)),
        }
    }
}
