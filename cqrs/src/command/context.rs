//! What a command handler may ask about the command at hand.

use crate::{
    message::{CommandId, Metadata, StreamId},
    repository::Repositories,
    services::Services,
};

/// The surroundings of one command while its handler runs; handlers see it through their arguments.
#[derive(Clone, Copy)]
pub struct CommandContext<'a> {
    /// The identity of the command.
    pub command_id: CommandId,
    /// Who sent it, when, and in what context.
    pub metadata: &'a Metadata,
    /// The stream of the aggregate it is for; a command handled by a function may be for several.
    pub stream: Option<&'a StreamId>,
    /// The application's services.
    pub services: &'a Services,
    /// Where the repositories come from that a function asks for.
    pub repositories: Option<&'a Repositories>,
}
