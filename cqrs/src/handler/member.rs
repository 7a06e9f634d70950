//! The enum of all events a block handles, as generated code describes it: a list of its members, and which of
//! them a value holds. Everything else about it follows, here.

use crate::{
    event::{Content, DecodeError, Event, EventKind, EventKinds, JsonError, Payload, StoredEvent},
    message::Tag,
};

use super::{EventHandlers, EventOf};

/// The enum of all events a type handles. Such an enum is an [`Event`] itself.
pub trait EventSet: Sized + Send + Sync + 'static {
    /// Their kinds: [`Member::kinds`] of the members.
    const KINDS: EventKinds;

    /// One for each variant.
    const MEMBERS: &'static [Member<Self>];

    /// The event in the variant at hand: [`held`].
    fn held(&self) -> &dyn HeldEvent;
}

/// One of the types of event in the set `S`.
#[derive(Debug)]
pub struct Member<S> {
    kinds: EventKinds,
    decode: fn(&StoredEvent<'_>) -> Result<S, DecodeError>,
}

impl<S> Member<S> {
    /// Returns the type of event `E`, which `A` handles.
    pub const fn of<A: EventHandlers<Event = S>, E: Event + Into<S>>() -> Self {
        Self { kinds: E::KINDS, decode: |stored| E::decode(stored).map(Into::into) }
    }

    /// The kinds of all members, in their order.
    pub const fn kinds<const N: usize>(members: &[Self; N]) -> [EventKinds; N] {
        let mut kinds = [EventKinds::These(&[]); N];
        let mut index = 0;
        while index < N {
            kinds[index] = members[index].kinds;
            index += 1;
        }
        kinds
    }
}

/// An event of any type.
pub trait HeldEvent {
    /// See [`Event::kind`].
    fn kind(&self) -> &'static EventKind;

    /// See [`Event::encode`].
    fn encode(&self) -> Result<Payload, JsonError>;

    /// See [`Event::tags`].
    fn tags(&self) -> Vec<Tag>;

    /// See [`Event::content`].
    fn content(&self) -> Option<&dyn Content>;
}

impl<E: Event> HeldEvent for E {
    fn kind(&self) -> &'static EventKind {
        Event::kind(self)
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        Event::encode(self)
    }

    fn tags(&self) -> Vec<Tag> {
        Event::tags(self)
    }

    fn content(&self) -> Option<&dyn Content> {
        Event::content(self)
    }
}

/// An event that `A` handles as an event of any type.
pub fn held<A: EventHandlers, E: EventOf<A>>(event: &E) -> &dyn HeldEvent {
    event
}

#[diagnostic::do_not_recommend]
impl<S: EventSet> Event for S {
    const KINDS: EventKinds = S::KINDS;

    fn kind(&self) -> &'static EventKind {
        self.held().kind()
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        self.held().encode()
    }

    fn tags(&self) -> Vec<Tag> {
        self.held().tags()
    }

    fn content(&self) -> Option<&dyn Content> {
        self.held().content()
    }

    #[inline]
    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        let member = S::MEMBERS.iter().find(|member| stored.is_of(&member.kinds));
        member.map_or_else(|| Err(stored.unknown()), |member| (member.decode)(stored))
    }
}
