//! Commands by their names, from JSON: for buses and for HTTP.

use std::{any::TypeId, collections::HashMap, fmt};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    Location,
    command::{Command, CommandHandlerInfo},
    message::{Cause, CommandId},
};

use super::{
    AnyRejection, CommandHandler, DispatchError, Dispatcher, HandledCommand, Receipt,
    dispatcher::ShutDown,
    prepared::Prepared,
    rejection::{Failure, Finding},
    schedule::prepared,
    sent::Pending,
    waiting::Terms,
};

/// A command by its stored name, with its content as JSON.
///
/// A struct in it is an object; no field may be missing, stand there twice, or be one that the type does not have.
#[derive(Clone)]
pub struct NamedCommand {
    pub(super) name: String,
    pub(super) json: String,
}

impl NamedCommand {
    /// Returns the command `name` with this content.
    pub fn new(name: impl Into<String>, json: impl Into<String>) -> Self {
        Self { name: name.into(), json: json.into() }
    }
}

/// The content may be anybody's secret, and stays out of logs.
impl fmt::Debug for NamedCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NamedCommand({}, {} bytes)", self.name, self.json.len())
    }
}

type DispatchNamed = for<'a> fn(
    &'a Dispatcher,
    Pending<NamedCommand>,
) -> BoxFuture<'a, Result<Receipt, DispatchError<AnyRejection>>>;

type PrepareNamed = fn(Pending<NamedCommand>) -> Result<(Prepared, Terms), DispatchError<AnyRejection>>;

/// A command and its handler, as a registry keeps them.
#[derive(Clone, Copy)]
pub struct CommandEntry {
    /// The command's name.
    pub name: &'static str,
    /// Its former names.
    pub aliases: &'static [&'static str],
    /// The version of its form.
    pub(crate) version: u32,
    /// Its Rust type.
    pub type_name: fn() -> &'static str,
    /// Where it is declared.
    pub location: Location,
    /// What its handler declares.
    pub handler: CommandHandlerInfo,
    type_id: fn() -> TypeId,
    aggregate: fn() -> Option<TypeId>,
    dispatch: DispatchNamed,
    /// For a command that is to wait.
    pub(super) prepare: PrepareNamed,
    /// The aggregate that such a command is for, if it can be read.
    aggregate_id: fn(&NamedCommand) -> Option<String>,
    error: fn() -> TypeId,
    finding: Finding,
}

impl CommandEntry {
    /// Whether both are entries of one Rust type.
    pub(crate) fn is_same_type(&self, other: &Self) -> bool {
        self.type_id() == other.type_id()
    }

    /// The command's Rust type.
    pub(crate) fn type_id(&self) -> TypeId {
        (self.type_id)()
    }

    /// The Rust type of the aggregate that handles it; `None` where a function does.
    pub(crate) fn aggregate(&self) -> Option<TypeId> {
        (self.aggregate)()
    }

    /// Returns the entry of a command.
    pub const fn of<C: HandledCommand>() -> Self {
        Self::handled_by::<C, C::Handler>()
    }

    const fn handled_by<C: Command, H: CommandHandler<C>>() -> Self {
        Self {
            name: C::NAME,
            aliases: C::ALIASES,
            version: C::VERSION,
            type_name: std::any::type_name::<C>,
            location: C::LOCATION,
            handler: H::INFO,
            type_id: TypeId::of::<C>,
            aggregate: H::aggregate,
            dispatch: dispatch_named::<C, H>,
            prepare: prepare_named::<C, H>,
            aggregate_id: |command| Some(decoded::<C>(command).ok()?.aggregate_id().to_string()),
            error: TypeId::of::<H::Error>,
            finding: Failure::of_dispatch::<H::Error>,
        }
    }
}

impl fmt::Debug for CommandEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CommandEntry({})", self.name)
    }
}

/// All commands, by name and former name.
#[derive(Clone, Debug)]
pub struct CommandTable {
    by_name: HashMap<&'static str, CommandEntry>,
    /// One for each type of error that dispatching gives.
    findings: Vec<Finding>,
}

impl CommandTable {
    /// Returns the table of these commands.
    pub fn new(entries: impl IntoIterator<Item = CommandEntry>) -> Self {
        let mut by_name = HashMap::new();
        let mut findings =
            HashMap::from([(TypeId::of::<AnyRejection>(), Failure::of_dispatch::<AnyRejection> as Finding)]);
        for entry in entries {
            by_name.extend(entry.aliases.iter().chain([&entry.name]).map(|name| (*name, entry)));
            findings.insert((entry.error)(), entry.finding);
        }
        Self { by_name, findings: findings.into_values().collect() }
    }

    /// Whether the command is one of them.
    pub(super) fn has<C: Command>(&self) -> bool {
        self.by_name.values().any(|entry| entry.type_id() == TypeId::of::<C>())
    }

    /// Returns the command that has, or had, this name.
    pub fn find(&self, name: &str) -> Option<CommandEntry> {
        self.by_name.get(name).copied()
    }

    /// Returns the former names of the command that has, or had, this name.
    pub(crate) fn aliases_of(&self, name: &str) -> &'static [&'static str] {
        self.by_name.get(name).map_or(&[], |entry| entry.aliases)
    }

    /// Returns every name and former name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.by_name.keys().copied()
    }

    /// What finds failures in the errors of dispatching.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Dispatcher {
    /// The id of the next such command that follows from an event; none for a command that will be refused.
    pub(super) fn next_id_of(&self, cause: &Cause, command: &NamedCommand) -> Option<CommandId> {
        let entry = self.named(&command.name).ok().flatten()?;
        Some(cause.next_id(entry.name, &(entry.aggregate_id)(command)?))
    }

    pub(crate) async fn execute_named(
        &self,
        request: Pending<NamedCommand>,
    ) -> Result<Receipt, DispatchError<AnyRejection>> {
        let name = &request.command()?.name;
        match self.named(name) {
            Ok(Some(entry)) => (entry.dispatch)(self, request).await,
            Ok(None) => Err(DispatchError::UnknownCommand(name.clone())),
            Err(ShutDown) => Err(DispatchError::ShuttingDown),
        }
    }
}

fn decoded<C: Command>(command: &NamedCommand) -> Result<C, DispatchError<AnyRejection>> {
    let command = C::CODEC.decode_strictly(&command.json);
    command.map_err(|reason| DispatchError::Malformed { name: C::NAME.to_owned(), reason })
}

fn prepare_named<C: Command, H: CommandHandler<C>>(
    request: Pending<NamedCommand>,
) -> Result<(Prepared, Terms), DispatchError<AnyRejection>> {
    let command = decoded::<C>(request.command()?)?;
    prepared::<C, H, _>(request.with_command(command))
}

fn dispatch_named<C: Command, H: CommandHandler<C>>(
    dispatcher: &Dispatcher,
    request: Pending<NamedCommand>,
) -> BoxFuture<'_, Result<Receipt, DispatchError<AnyRejection>>> {
    async move {
        let command = decoded::<C>(request.command()?)?;
        let mut request = request.with_command(command);
        let outcome = dispatcher.execute::<C, H>(&mut request).await;
        outcome.map_err(|error| error.map_rejection(AnyRejection::new))
    }
    .boxed()
}
