//! What can be wrong with a program as a whole, found before anything of it runs.

use crate::Location;

/// Something wrong with the program as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Two declarations of one kind share a name, or one has a name that the other had before.
    #[error(
        "two {what} are named `{name}`: {first} at {first_location}, and {second} at {second_location}; give one another name"
    )]
    SameName {
        /// What they are: `events`, `commands`, …
        what: &'static str,
        /// The name.
        name: &'static str,
        /// The one type or function.
        first: &'static str,
        /// Where it is declared.
        first_location: Location,
        /// The other type or function.
        second: &'static str,
        /// Where it is declared.
        second_location: Location,
    },
    /// A handler asks for a service that was not provided.
    #[error(
        "handler `{handler}` at {location} asks for the service `{service}`, which nobody provided; add `.provide(..)` to the builder"
    )]
    MissingService {
        /// The handler.
        handler: &'static str,
        /// The service's type.
        service: &'static str,
        /// Where the handler is written.
        location: Location,
    },
    /// No projection of this name runs on the store in use.
    #[error(
        "projection `{name}` at {location} needs {needs}, but the store is {store}; open such a store, or write it for this one, under the same name"
    )]
    OtherStore {
        /// The projection's name.
        name: &'static str,
        /// The kind of store it needs.
        needs: &'static str,
        /// The store in use.
        store: &'static str,
        /// Where the projection is declared.
        location: Location,
    },
    /// A command handler function may change several aggregates, and the store writes one stream at a time.
    #[error(
        "command handler `{handler}` at {location} may return several roots, but {store} writes one stream at a time: return one `Root`, or open a store that writes several"
    )]
    SeveralStreams {
        /// The function.
        handler: &'static str,
        /// The store in use.
        store: &'static str,
        /// Where the function is written.
        location: Location,
    },
    /// The SQL of a projection does not run.
    #[error("{error}; the projection is declared at {location}")]
    ProjectionSql {
        /// Which SQL of which projection, and what the engine says.
        error: String,
        /// Where the projection is declared.
        location: Location,
    },
    /// A relay has the name of a projection, event handler or other relay, whose checkpoint it would share.
    #[error(
        "the relay `{name}` at {location} has the name of a projection, event handler or other relay; give it another name"
    )]
    RelayName {
        /// The name.
        name: &'static str,
        /// Where the relay is added to the builder.
        location: Location,
    },
    /// A stored name contains `/`, or that of a subscription `@` on PostgreSQL: such names are the library's own, as those of
    /// partitions, of what is built beside what is read, and of what comes later.
    #[error("{what} `{name}` at {location} has a name of the library's own: leave the `{reserved}` out")]
    ReservedName {
        /// What has the name: `event`, `command`, …
        what: &'static str,
        /// The name, or former name.
        name: &'static str,
        /// What makes it the library's.
        reserved: char,
        /// Where it is declared.
        location: Location,
    },
    /// A handler takes the id of an aggregate that never has its event, so that it would never be called.
    #[error(
        "handler `{handler}` at {location} takes the id of `{aggregate}`, which has no event handler for its event; take the id of an aggregate that has, or `&Envelope`"
    )]
    NotItsEvent {
        /// The handler.
        handler: &'static str,
        /// The type of the aggregate.
        aggregate: &'static str,
        /// Where the handler is written.
        location: Location,
    },
    /// A handler takes the ids of two kinds of aggregate, and no event is of both.
    #[error(
        "handler `{handler}` at {location} takes the ids of `{first}` and `{second}`, but an event belongs to one aggregate; take one of them, or `&Envelope`"
    )]
    TwoIds {
        /// The handler.
        handler: &'static str,
        /// The type of the one aggregate.
        first: &'static str,
        /// The type of the other.
        second: &'static str,
        /// Where the handler is written.
        location: Location,
    },
    /// An event handler of a process manager finds its process by the key of the event's stream, and the keys of an aggregate that has
    /// this event are ids of another type.
    #[error(
        "event handler `{handler}` at {location} finds its process by the stream, but the streams of `{aggregate}`, which has its event, are not named by a `{id}`; write `#[correlate(event.field)]`, or take the `Id<..>` of the aggregate whose streams are"
    )]
    OtherKey {
        /// The handler.
        handler: &'static str,
        /// The type of the aggregate.
        aggregate: &'static str,
        /// The type of the process's id.
        id: &'static str,
        /// Where the handler is written.
        location: Location,
    },
    /// A process manager sets timers, and the store keeps nothing that waits for a time.
    #[error(
        "process manager `{name}` at {location} has timers, but {store} keeps nothing that waits for a time; open a store that does"
    )]
    Timers {
        /// The name of the process manager.
        name: &'static str,
        /// The store.
        store: &'static str,
        /// Where the process manager is declared.
        location: Location,
    },
    /// Something was to be left out of the registry that is not in it.
    #[error("`{0}` is to be left out, but nothing registered is that; leave `without` out, or correct it")]
    NothingLeftOut(String),
    /// A type that the builder expects is not registered: its crate is not linked, or it lacks its macro.
    #[error(
        "`{0}` is expected, but not registered; mention its crate in the program, such as with `use its_crate as _;`"
    )]
    NotRegistered(&'static str),
}
