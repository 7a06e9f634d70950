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
    /// A handler asks for a service that nobody provided.
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
    /// A relay has the name of a projection, event handler or other relay, whose checkpoint it would share.
    #[error(
        "the relay `{0}` has the name of a projection, event handler or other relay; give it another name"
    )]
    RelayName(&'static str),
    /// A type that the builder expects is not registered: its crate is not linked, or it lacks its macro.
    #[error(
        "`{0}` is expected, but not registered; mention its crate in the program, such as with `use its_crate as _;`"
    )]
    NotRegistered(&'static str),
}
