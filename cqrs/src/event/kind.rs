//! What an event is called in the store.

use crate::Location;

/// How one kind of event is stored: its name and schema version, fixed in the source and never a module
/// path, and the names it was stored under before.
#[derive(Clone, Copy, Debug)]
pub struct EventKind {
    /// The stored name; in kebab-case unless the source says otherwise.
    pub name: &'static str,
    /// The version of the payload's schema, from 1.
    pub version: u32,
    /// Former names; events stored under them are read as this kind.
    pub aliases: &'static [&'static str],
    /// The Rust type (and variant), for messages.
    pub type_name: &'static str,
    /// Where it is declared.
    pub location: Location,
}

impl EventKind {
    /// Returns whether an event stored under `name` is of this kind.
    #[inline]
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// Returns every name events of this kind are stored under, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// The kinds a type stands for: one for a struct, one for each variant of an enum, and for the
/// set of events a block handles the kinds of all its members.
#[derive(Clone, Copy, Debug)]
pub enum EventKinds {
    /// The kinds themselves.
    These(&'static [EventKind]),
    /// The kinds of several types together.
    AllOf(&'static [EventKinds]),
}

impl EventKinds {
    /// Returns the kind with the stored name or alias `name`.
    pub fn find(&self, name: &str) -> Option<&'static EventKind> {
        match self {
            Self::These(kinds) => kinds.iter().find(|kind| kind.is_named(name)),
            Self::AllOf(sets) => sets.iter().find_map(|set| set.find(name)),
        }
    }

    /// Returns all kinds, in the order of the source.
    pub fn to_vec(self) -> Vec<&'static EventKind> {
        match self {
            Self::These(kinds) => kinds.iter().collect(),
            Self::AllOf(sets) => sets.iter().flat_map(|set| set.to_vec()).collect(),
        }
    }
}
