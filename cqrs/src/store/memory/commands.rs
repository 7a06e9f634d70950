//! The commands that were handled.

use std::collections::{HashMap, hash_map};

use foldhash::fast::RandomState;
use smol_str::SmolStr;

use crate::{
    message::{CommandId, Position},
    store::CommandForm,
};

/// They stand in the order in which they came, and are found by a map of small entries: a map is met in another place each
/// time, and what has to be loaded from there is most of what it costs.
#[derive(Debug, Default)]
pub(super) struct Commands {
    handled: Vec<Handled>,
    by_id: HashMap<CommandId, usize, RandomState>,
}

/// A command that was handled. Its events stand next to each other, and say the rest; without any, `last` is before `first`.
#[derive(Debug)]
pub(super) struct Handled {
    pub(super) name: SmolStr,
    pub(super) form: CommandForm,
    pub(super) first: Position,
    pub(super) last: Position,
}

/// The place for a command whose id nobody has had.
pub(super) struct Place<'a> {
    handled: &'a mut Vec<Handled>,
    by_id: hash_map::VacantEntry<'a, CommandId, usize>,
}

impl Commands {
    pub(super) fn find(&self, id: CommandId) -> Option<&Handled> {
        self.by_id.get(&id).map(|&index| &self.handled[index])
    }

    /// The place for a command, or the one that had its id before.
    pub(super) fn place(&mut self, id: CommandId) -> Result<Place<'_>, &Handled> {
        match self.by_id.entry(id) {
            hash_map::Entry::Vacant(by_id) => Ok(Place { handled: &mut self.handled, by_id }),
            hash_map::Entry::Occupied(known) => Err(&self.handled[*known.get()]),
        }
    }
}

impl Place<'_> {
    pub(super) fn take(self, handled: Handled) {
        self.by_id.insert(self.handled.len());
        self.handled.push(handled);
    }
}
