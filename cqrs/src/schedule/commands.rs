//! Looking at what waits, and taking it back.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    dispatch::{CommandTable, Core, Receipt, Waiting, id_of_row, key_of_row},
    message::{CommandId, Metadata},
    process::refusal_of,
    store::{Due, DueKind, DueQuery, RecordedCommand, Refusal, RefusalReason, Store, StoreError},
};

use super::refusing::refuse_waiting;

/// The commands that wait until they are due.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::schedule::Cancellation;
/// # async fn example(app: Application, id: CommandId) -> Result<(), Box<dyn std::error::Error>> {
/// let mut pages = app.scheduled().all();
/// while let Some(page) = pages.next_page().await? {
///     for command in page {
///         println!("{} {} {}", command.due, command.name, command.id);
///     }
/// }
/// match app.scheduled().cancel(id, "the customer has changed his mind").await? {
///     Cancellation::Cancelled => println!("it will not happen"),
///     Cancellation::Handled(receipt) => println!("too late: it has happened, at {}", receipt.position()),
///     Cancellation::Refused(refusal) => println!("it was refused before: {refusal}"),
///     Cancellation::Unknown => println!("nothing waits under this id"),
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct ScheduledCommands {
    store: Arc<dyn Store>,
    commands: CommandTable,
}

/// A command that waits until it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCommand {
    /// Its identity.
    pub id: CommandId,
    /// Its stored name.
    pub name: String,
    /// When it is due. After a failed attempt that is later than was asked for.
    pub due: Timestamp,
    /// By when it is refused if it was not begun.
    pub expires: Option<Timestamp>,
    /// Who scheduled it, when, and in what context.
    pub metadata: Metadata,
    /// How often it was begun, and failed in a way that may pass.
    pub attempts: u32,
}

/// What has become of a command that was to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// It was taken back, and is never handled: its id is refused from now on.
    Cancelled,
    /// It has been handled.
    Handled(Receipt),
    /// It has been refused, or taken back before.
    Refused(Refusal),
    /// Nothing waits under the id, and nothing was handled under it.
    Unknown,
}

/// The commands that wait, page by page.
#[must_use = "a page is read by asking for it"]
pub struct ScheduledPages {
    store: Arc<dyn Store>,
    query: Option<DueQuery>,
}

/// How many a page has.
const PAGE: usize = 256;

impl ScheduledCommands {
    pub(crate) fn new(core: &Core) -> Self {
        Self { store: Arc::clone(core.store()), commands: core.commands().clone() }
    }

    /// Returns all commands that wait, the next first, page by page. Those of names that this program does not know are among
    /// them.
    pub fn all(&self) -> ScheduledPages {
        ScheduledPages { store: Arc::clone(&self.store), query: None }
    }

    /// Returns the command that waits under an id; `None` if none does.
    pub async fn find(&self, id: CommandId) -> Result<Option<ScheduledCommand>, StoreError> {
        let row = self.store.find_due(&key_of_row(id)).await?;
        row.as_ref().map(ScheduledCommand::of).transpose()
    }

    /// Takes a command back. What is said is true for good: of a cancellation and the command's own events, one is stored.
    pub async fn cancel(&self, id: CommandId, reason: impl Into<String>) -> Result<Cancellation, StoreError> {
        let key = key_of_row(id);
        let Some(row) = self.store.find_due(&key).await? else {
            let recorded = self.store.command(id).await?;
            return self.found(recorded, Cancellation::Unknown).await;
        };
        let waiting = Waiting::of(&row)?;
        let refusal = Refusal::new(RefusalReason::Cancelled, reason);
        let recorded = refuse_waiting(&*self.store, &self.commands, &row, &waiting, refusal, None).await?;
        self.found(recorded, Cancellation::Cancelled).await
    }

    async fn found(
        &self,
        recorded: Option<RecordedCommand>,
        otherwise: Cancellation,
    ) -> Result<Cancellation, StoreError> {
        let Some(recorded) = recorded else { return Ok(otherwise) };
        if let Some(refusal) = refusal_of(&*self.store, &recorded).await? {
            return Ok(Cancellation::Refused(refusal));
        }
        let RecordedCommand { id, appended, .. } = recorded;
        Ok(Cancellation::Handled(Receipt { command_id: id, appended, repeated: true }))
    }
}

impl ScheduledCommand {
    fn of(row: &Due) -> Result<Self, StoreError> {
        let Waiting { metadata, expires, attempts, .. } = Waiting::of(row)?;
        Ok(Self { id: id_of_row(row)?, name: row.owner.clone(), due: row.due, expires, metadata, attempts })
    }
}

impl ScheduledPages {
    /// Returns the next page; `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<ScheduledCommand>>, StoreError> {
        let query = match self.query.take() {
            Some(query) => query,
            None => DueQuery::of(DueKind::Command, self.store.due_owners(DueKind::Command).await?),
        };
        let rows = self.store.due(&query, PAGE).await?;
        let Some(last) = rows.last() else {
            self.query = Some(query);
            return Ok(None);
        };
        self.query = Some(query.after(last));
        rows.iter().map(ScheduledCommand::of).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

impl std::fmt::Debug for ScheduledCommands {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ScheduledCommands({})", self.store.name())
    }
}

impl std::fmt::Debug for ScheduledPages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ScheduledPages({})", self.store.name())
    }
}
