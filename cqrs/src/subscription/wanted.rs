//! Which events a subscription wants, by their stored names.

use smol_str::SmolStr;

use crate::{
    event::{EventKind, EventKinds},
    message::Position,
    store::EventQuery,
};

/// The stored names of the events wanted; `None` means all there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(Option<Vec<SmolStr>>);

impl Wanted {
    /// No event at all.
    pub(crate) const NOTHING: Self = Self(Some(Vec::new()));

    /// Every event there is.
    #[cfg(test)]
    pub(crate) const ALL: Self = Self(None);

    #[cfg(test)]
    pub(crate) fn named<const N: usize>(names: [&'static str; N]) -> Self {
        Self(Some(names.map(SmolStr::new_static).to_vec()))
    }

    /// Events of these kinds, under any name they ever had; `None` means all.
    pub(crate) fn of(kinds: Option<EventKinds>) -> Self {
        let names = |kinds: EventKinds| kinds.to_vec().into_iter().flat_map(EventKind::names);
        Self(kinds.map(|kinds| names(kinds).map(SmolStr::new_static).collect()))
    }

    /// Events of these names, the library's own among them.
    pub(crate) fn these(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(Some(names.into_iter().map(SmolStr::new_static).collect()))
    }

    /// Whether an event of this name is wanted. Whoever wants all there are does not want the library's own.
    pub(crate) fn includes(&self, name: &str) -> bool {
        match &self.0 {
            Some(names) => names.iter().any(|wanted| wanted == name),
            None => !is_internal(name),
        }
    }

    /// The query for everything wanted after `position`; for whoever wants all there are, it gives the library's own, too.
    pub(crate) fn after(&self, position: Position) -> EventQuery {
        EventQuery { names: self.0.clone(), ..EventQuery::all().after(position) }
    }

    /// What either of two wants.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let (Some(names), Some(others)) = (&self.0, &other.0) else { return Self(None) };
        let new = others.iter().filter(|name| !names.contains(name));
        Self(Some(names.iter().chain(new).cloned().collect()))
    }
}

/// Whether an event of this stored name is the library's own.
pub(crate) fn is_internal(name: &str) -> bool {
    name.contains('/')
}
