//! Commands by their names, from JSON: for buses and for HTTP.

use std::{any::TypeId, collections::HashMap, fmt};

use futures_util::future::{BoxFuture, FutureExt};
use serde::de::Error as _;

use crate::{
    Location,
    command::{Command, CommandHandlerInfo},
};

use super::{
    AnyRejection, CommandHandler, DispatchError, Dispatcher, HandledCommand, Receipt, Request,
    dispatcher::ShutDown,
};

/// A command by its stored name, with its content as JSON.
#[derive(Clone, Debug)]
pub struct NamedCommand {
    pub(super) name: String,
    pub(super) json: String,
}

impl NamedCommand {
    /// The command `name` with this content.
    pub fn new(name: impl Into<String>, json: impl Into<String>) -> Self {
        Self { name: name.into(), json: json.into() }
    }
}

type DispatchNamed = for<'a> fn(
    &'a Dispatcher,
    Request<NamedCommand>,
) -> BoxFuture<'a, Result<Receipt, DispatchError<AnyRejection>>>;

/// A command and its handler, as a registry keeps them.
#[derive(Clone, Copy)]
pub struct CommandEntry {
    /// The command's name.
    pub name: &'static str,
    /// Its former names.
    pub aliases: &'static [&'static str],
    /// Its Rust type.
    pub type_name: fn() -> &'static str,
    /// Where it is declared.
    pub location: Location,
    /// What its handler declares.
    pub handler: CommandHandlerInfo,
    type_id: fn() -> TypeId,
    dispatch: DispatchNamed,
}

impl CommandEntry {
    /// Whether both are entries of one Rust type.
    pub(crate) fn is_same_type(&self, other: &Self) -> bool {
        (self.type_id)() == (other.type_id)()
    }

    /// The entry of a command.
    pub const fn of<C: HandledCommand>() -> Self {
        Self {
            name: C::NAME,
            aliases: C::ALIASES,
            type_name: std::any::type_name::<C>,
            location: C::LOCATION,
            handler: <C::Handler as CommandHandler<C>>::INFO,
            type_id: TypeId::of::<C>,
            dispatch: dispatch_named::<C>,
        }
    }
}

impl fmt::Debug for CommandEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CommandEntry({})", self.name)
    }
}

/// All commands, by name and former name.
#[derive(Clone, Debug, Default)]
pub struct CommandTable(HashMap<&'static str, CommandEntry>);

impl CommandTable {
    /// The table of these commands.
    pub fn new(entries: impl IntoIterator<Item = CommandEntry>) -> Self {
        let mut table = HashMap::new();
        for entry in entries {
            table.extend(entry.aliases.iter().chain([&entry.name]).map(|name| (*name, entry)));
        }
        Self(table)
    }

    /// The command that has, or had, this name.
    pub fn find(&self, name: &str) -> Option<CommandEntry> {
        self.0.get(name).copied()
    }
}

impl Dispatcher {
    pub(super) async fn execute_named(
        &self,
        request: Request<NamedCommand>,
    ) -> Result<Receipt, DispatchError<AnyRejection>> {
        match self.named(&request.command.name) {
            Ok(Some(entry)) => (entry.dispatch)(self, request).await,
            Ok(None) => Err(DispatchError::UnknownCommand(request.command.name)),
            Err(ShutDown) => Err(DispatchError::ShuttingDown),
        }
    }
}

fn dispatch_named<C: HandledCommand>(
    dispatcher: &Dispatcher,
    request: Request<NamedCommand>,
) -> BoxFuture<'_, Result<Receipt, DispatchError<AnyRejection>>> {
    async move {
        let command = decode::<C>(&request.command.json)
            .map_err(|reason| DispatchError::Malformed { name: C::NAME.to_owned(), reason })?;
        let outcome = dispatcher.execute(request.with_command(command)).await;
        outcome.map_err(|error| error.map_rejection(AnyRejection::new))
    }
    .boxed()
}

/// A missing field is an error, and so is one too many: a sender that misspells an optional field must hear of it.
fn decode<C: Command>(json: &str) -> Result<C, serde_json::Error> {
    let mut surplus = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let command = serde_ignored::deserialize(&mut deserializer, |path| surplus.push(path.to_string()))?;
    deserializer.end()?;
    match surplus.first() {
        None => Ok(command),
        Some(field) => Err(serde_json::Error::custom(format!("unknown field `{field}`"))),
    }
}
