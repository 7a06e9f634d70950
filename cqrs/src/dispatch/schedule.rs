//! A command that is to be dispatched later.

use std::{convert::Infallible, future::IntoFuture, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;

use crate::{
    clock::later,
    command::Command,
    message::CommandId,
    store::{Due, StoreError},
};

use super::{
    AnyRejection, CommandHandler, Dispatch, DispatchError, Dispatcher, NamedCommand, Receipt, Request,
    dispatcher::{Core, ShutDown},
    prepared::Prepared,
    sent::{Origin, Pending},
    waiting::{self, Terms, Waiting},
};

/// A command about to be put where it waits until it is due; awaiting it does so.
///
/// Made by [`Dispatch::after`] and [`Dispatch::at`]. It resolves once the command is as durable as an event; from then on some
/// process of the application dispatches it when it is due, or as soon as one runs again.
///
/// - It is handled once, like every command: under its id.
/// - The same command scheduled again under the same id waits once, at the time that was said first. Another command under
///   the id is [`DispatchError::CommandIdReused`].
/// - Nobody waits for what the domain says of it then. If it is refused, that is kept among the
///   [failures](crate::application::History::failures), and under its id: dispatched or scheduled again, it is
///   [`DispatchError::Refused`].
/// - While the store, or what its handler needs, is away, it waits. What fails in another way is tried again as an event
///   handler is ([`SubscriptionSettings`](crate::subscription::SubscriptionSettings)), and then refused.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::dispatch::Scheduled;
/// # use std::time::Duration;
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let interest = CreditAccount { account: AccountId("1".into()), amount: 3 };
/// let scheduled = app.dispatch(interest).after(Duration::from_secs(24 * 60 * 60)).await?;
/// if let Scheduled::Waiting { command_id, due } = scheduled {
///     println!("{command_id} is due at {due}");
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
#[must_use = "a command is scheduled by awaiting it"]
#[derive(Debug)]
pub struct Schedule<T, E> {
    dispatch: Dispatch<T, E>,
    when: When,
}

/// What has become of a command that was to be dispatched later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheduled {
    /// It waits.
    Waiting {
        /// Its id, by which it is cancelled.
        command_id: CommandId,
        /// When it is due.
        due: Timestamp,
    },
    /// It was handled before, under the id that the caller gave it.
    Handled(Receipt),
}

#[derive(Clone, Copy, Debug)]
enum When {
    After(Duration),
    At(Timestamp),
}

/// Makes a command ready; it is the one part that needs the command's type.
pub(super) type Prepare<T, E> = fn(&Dispatcher, Pending<T>) -> Result<(Prepared, Terms), DispatchError<E>>;

impl<T, E> Schedule<T, E> {
    /// Lets the command expire if it is not begun within a time after it is due: then it is refused
    /// ([`RefusalReason::Expired`](crate::store::RefusalReason::Expired)).
    pub fn expires_after(self, limit: Duration) -> Self {
        Self { dispatch: self.dispatch.expires_after(limit), ..self }
    }
}

impl<T, E> Dispatch<T, E> {
    /// Dispatches the command so much later, instead of now.
    pub fn after(self, delay: Duration) -> Schedule<T, E> {
        Schedule { dispatch: self, when: When::After(delay) }
    }

    /// Dispatches the command at a time, instead of now; at once if that has passed.
    pub fn at(self, time: Timestamp) -> Schedule<T, E> {
        Schedule { dispatch: self, when: When::At(time) }
    }
}

pub(super) fn prepare<C: Command, H: CommandHandler<C>>(
    dispatcher: &Dispatcher,
    request: Pending<C>,
) -> Result<(Prepared, Terms), DispatchError<H::Error>> {
    dispatcher.must_know::<C, _>()?;
    prepared::<C, H, _>(request)
}

/// The id will come again, when the command is due: so it is as if the caller had given it.
pub(super) fn prepared<C: Command, H: CommandHandler<C>, E>(
    request: Pending<C>,
) -> Result<(Prepared, Terms), DispatchError<E>> {
    let origin = if request.origin == Origin::Derived { Origin::Derived } else { Origin::Given };
    let request = Request { origin, ..request };
    let prepared = Prepared::new(&request, H::stream)?;
    let Request { expected, time_limit, expiry, inherited, .. } = request;
    if expected.is_some() && prepared.stream.is_none() {
        return Err(DispatchError::NoSingleAggregate);
    }
    let sent = inherited.and_then(|inherited| inherited.sent);
    Ok((prepared, Terms { expected, time_limit, expiry, sent }))
}

pub(super) fn prepare_named(
    dispatcher: &Dispatcher,
    request: Pending<NamedCommand>,
) -> Result<(Prepared, Terms), DispatchError<AnyRejection>> {
    let name = &request.command()?.name;
    match dispatcher.named(name) {
        Ok(Some(entry)) => (entry.prepare)(request),
        Ok(None) => Err(DispatchError::UnknownCommand(name.clone())),
        Err(ShutDown) => Err(DispatchError::ShuttingDown),
    }
}

impl<T: Send + 'static, E: Send + 'static> IntoFuture for Schedule<T, E> {
    type Output = Result<Scheduled, DispatchError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { dispatch, when } = self;
        let (dispatcher, mut request, prepare) = dispatch.into_parts();
        async move {
            let given = request.origin.may_come_again();
            request.complete_headers().map_err(DispatchError::ReservedHeader)?;
            let (prepared, terms) = prepare(&dispatcher, *request)?;
            let core = dispatcher.core().ok_or(DispatchError::ShuttingDown)?;
            let entered = core.enter(&prepared, &terms, when, given).await;
            entered.map_err(|error| error.map_rejection(|never| match never {}))
        }
        .boxed()
    }
}

impl Core {
    /// Puts a command where it waits, unless it was handled or waits already.
    async fn enter(
        &self,
        prepared: &Prepared,
        terms: &Terms,
        when: When,
        given: bool,
    ) -> Result<Scheduled, DispatchError<Infallible>> {
        let Some(_inside) = self.gate.enter() else { return Err(DispatchError::ShuttingDown) };
        if given && let Some(receipt) = self.first_outcome(prepared).await? {
            return Ok(Scheduled::Handled(receipt));
        }
        let due = match when {
            When::At(time) => time,
            When::After(delay) => later(self.clock.now(), delay),
        };
        let row = Waiting::row(prepared, terms, due).map_err(DispatchError::Store)?;
        let entered = self.store.set_due(row).await;
        if let Some(waiting) = entered.map_err(|error| not_entered(prepared.claim.id, error))? {
            return already_waits(prepared, &waiting);
        }
        self.scheduled.notify_one();
        Ok(Scheduled::Waiting { command_id: prepared.claim.id, due })
    }
}

/// It may wait for all that is known: whoever schedules it again under its id is told.
fn not_entered(id: CommandId, error: StoreError) -> DispatchError<Infallible> {
    match error {
        source @ StoreError::OutcomeUnknown(_) => DispatchError::OutcomeUnknown { id, source },
        error => DispatchError::Store(error),
    }
}

/// What waits under the id of a command: the same command, or another.
fn already_waits(prepared: &Prepared, row: &Due) -> Result<Scheduled, DispatchError<Infallible>> {
    let failed = DispatchError::Store;
    let waiting = Waiting::of(row).map_err(failed)?;
    let recorded = waiting.as_record(row).map_err(failed)?;
    match recorded.refusal_of(&prepared.claim) {
        StoreError::CommandIdReused { id, name } => Err(DispatchError::CommandIdReused { id, name }),
        _ => Ok(Scheduled::Waiting { command_id: waiting::id(row).map_err(failed)?, due: row.due }),
    }
}
