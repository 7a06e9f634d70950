//! Finding what is wrong with a program as a whole.

use std::collections::HashMap;

use crate::{
    Location,
    command::Roots,
    event::{EventKind, EventKinds},
    handler::{ArgumentInfo, Correlation, EventHandlerInfo, IdType},
    services::{ServiceType, Services},
};

use super::{AggregateEntry, Problem, ProjectionEntry, Registry};

/// A declaration under one of its names.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Named {
    /// What it is, in one word.
    what: &'static str,
    name: &'static str,
    declared: &'static str,
    location: Location,
}

impl Registry {
    /// Returns everything that is wrong with the program on a store of this name, with these services.
    pub fn problems(&self, store: &'static str, services: &Services) -> Vec<Problem> {
        let mut problems = Vec::new();
        // What is built of a projection beside what is read has the projection's name, `@`, and the version.
        let of_subscriptions: &[char] = if store == "PostgreSQL" { &['/', '@'] } else { &['/'] };
        names("events", self.event_names(), &['/'], &mut problems);
        names("categories of streams", self.categories(), &['/'], &mut problems);
        names("commands", self.command_names(), &['/'], &mut problems);
        names("subscriptions", self.subscriptions(store), of_subscriptions, &mut problems);
        self.other_stores(store, &mut problems);
        self.unreachable_handlers(store, &mut problems);
        self.other_keys(&mut problems);
        self.missing_services(store, services, &mut problems);
        problems.extend(self.in_vain.iter().map(|name| Problem::NothingLeftOut(name.clone())));
        problems
    }

    /// The command handler functions that may change several aggregates, for a store that cannot.
    pub(crate) fn over_several_streams(&self, store: &'static str) -> impl Iterator<Item = Problem> {
        let functions = self.commands.iter().map(|command| command.handler);
        functions.filter(|function| function.roots == Roots::Many).map(move |function| {
            Problem::SeveralStreams { handler: function.name, store, location: function.location }
        })
    }

    /// The process managers that set timers, for a store that keeps nothing that waits for a time.
    pub(crate) fn with_timers(&self, store: &'static str) -> impl Iterator<Item = Problem> {
        let timed = self.process_managers.iter().filter(|manager| manager.has_timers());
        timed.map(move |manager| Problem::Timers { name: manager.name, store, location: manager.location })
    }

    /// The names of all checkpoints on a store of this name.
    pub(crate) fn subscription_names(&self, store: &'static str) -> Vec<&'static str> {
        self.subscriptions(store).map(|subscription| subscription.name).collect()
    }

    fn event_names(&self) -> impl Iterator<Item = Named> {
        self.events.iter().flat_map(|kind| {
            kind.names().map(|name| Named {
                what: "event",
                name,
                declared: kind.type_name,
                location: kind.location,
            })
        })
    }

    /// One namespace for everything whose events are in streams of its own: whatever kinds there will be beside
    /// aggregates, they join here.
    fn categories(&self) -> impl Iterator<Item = Named> {
        let aggregates = self.aggregates.iter().map(|aggregate| Named {
            what: "aggregate",
            name: aggregate.category,
            declared: aggregate.type_name,
            location: aggregate.location,
        });
        aggregates.chain(self.process_managers.iter().map(|manager| Named {
            what: "process manager",
            name: manager.name,
            declared: manager.type_name,
            location: manager.location,
        }))
    }

    fn command_names(&self) -> impl Iterator<Item = Named> {
        self.commands.iter().flat_map(|command| {
            let declared = (command.type_name)();
            let names = std::iter::once(command.name).chain(command.aliases.iter().copied());
            names.map(move |name| Named { what: "command", name, declared, location: command.location })
        })
    }

    /// Returns the projections that run on a store of this name. Of several that share a name, it is the one for this store; one in
    /// memory runs where there is none.
    pub fn projections_on(&self, store: &str) -> impl Iterator<Item = &ProjectionEntry> {
        self.projections.iter().filter(move |projection| match projection.backend {
            Some(backend) => backend == store,
            None => !self
                .projections
                .iter()
                .any(|other| other.name == projection.name && other.backend == Some(store)),
        })
    }

    /// The projections that do not run on a store of this name, each after the one that runs in its place.
    pub(crate) fn sleeping_projections(
        &self,
        store: &str,
    ) -> impl Iterator<Item = (&ProjectionEntry, &ProjectionEntry)> {
        self.projections_on(store).flat_map(|running| {
            let same_name = self.projections.iter().filter(|other| other.name == running.name);
            same_name.filter(|other| other.backend != running.backend).map(move |other| (running, other))
        })
    }

    /// Projections and event handlers share one space of names, that of their checkpoints; whoever has a former name
    /// takes the checkpoint of this name over.
    fn subscriptions(&self, store: &'static str) -> impl Iterator<Item = Named> {
        let projections = self.projections_on(store).flat_map(|projection| {
            let names = std::iter::once(projection.name).chain(projection.aliases.iter().copied());
            let (declared, location) = (projection.type_name, projection.location);
            names.map(move |name| Named { what: "projection", name, declared, location })
        });
        projections.chain(self.event_handlers.iter().flat_map(|entry| {
            let names = std::iter::once(entry.name).chain(entry.start.aliases.iter().copied());
            let (declared, location) = (entry.handler.name, entry.handler.location);
            names.map(move |name| Named { what: "event handler", name, declared, location })
        }))
    }

    fn other_stores(&self, store: &'static str, problems: &mut Vec<Problem>) {
        for projection in &self.projections {
            let same_name = |other: &&ProjectionEntry| other.name == projection.name;
            let Some(needs) = projection.backend else { continue };
            if !self.projections_on(store).any(|other| same_name(&other)) {
                let (name, location) = (projection.name, projection.location);
                problems.push(Problem::OtherStore { name, needs, store, location });
            }
        }
    }

    /// The event handlers that read the log.
    fn readers(&self, store: &'static str) -> impl Iterator<Item = &EventHandlerInfo> {
        let projections = self.projections_on(store).flat_map(|projection| projection.event_handlers);
        let managers = self.process_managers.iter().flat_map(|manager| manager.event_handlers);
        projections.chain(managers).chain(self.event_handlers.iter().map(|entry| &entry.handler))
    }

    /// Handlers that no event can reach: the aggregate whose id they take has no such event, or they take the ids of two.
    fn unreachable_handlers(&self, store: &'static str, problems: &mut Vec<Problem>) {
        for reader in self.readers(store) {
            let (handler, location) = (reader.name, reader.location);
            for id in reader.ids().filter(|id| self.never_has(id, reader.events)) {
                problems.push(Problem::NotItsEvent { handler, aggregate: (id.type_name)(), location });
            }
            if let (Some(first), Some(second)) = (reader.ids().next(), reader.ids().last())
                && first.category != second.category
            {
                let (first, second) = ((first.type_name)(), (second.type_name)());
                problems.push(Problem::TwoIds { handler, first, second, location });
            }
        }
    }

    /// Process managers that find a process by the key of a stream whose keys are ids of another type.
    fn other_keys(&self, problems: &mut Vec<Problem>) {
        for manager in &self.process_managers {
            for handler in manager.event_handlers {
                let by_stream = handler.correlation.or(manager.correlation) == Some(Correlation::Stream);
                let Some(events) = handler.events.filter(|_| by_stream) else { continue };
                let other = self.aggregates.iter().find(|aggregate| {
                    (aggregate.id)() != (manager.id)()
                        && handles_any(aggregate, events)
                        && takes(handler, aggregate)
                });
                problems.extend(other.map(|aggregate| Problem::OtherKey {
                    handler: handler.name,
                    aggregate: aggregate.type_name,
                    id: (manager.id_name)(),
                    location: handler.location,
                }));
            }
        }
    }

    /// Whether the aggregate has no event handler for any of these. Of one that is not registered nothing is known.
    fn never_has(&self, id: &IdType, events: Option<EventKinds>) -> bool {
        let known = self.aggregates.iter().find(|aggregate| aggregate.type_id == (id.type_id)());
        let (Some(aggregate), Some(events)) = (known, events) else { return false };
        !handles_any(aggregate, events)
    }

    fn missing_services(&self, store: &'static str, services: &Services, problems: &mut Vec<Problem>) {
        let commands = self
            .commands
            .iter()
            .map(|command| (command.handler.name, command.handler.arguments, command.handler.location));
        let events = self.readers(store).map(|handler| (handler.name, handler.arguments, handler.location));
        for (handler, arguments, location) in commands.chain(events) {
            let missing = asked_for(arguments).filter(|service| !services.has(service));
            problems.extend(missing.map(|service| Problem::MissingService {
                handler,
                service: service.name(),
                location,
            }));
        }
    }
}

/// Whether the aggregate has an event handler for one of these.
fn handles_any(aggregate: &AggregateEntry, events: EventKinds) -> bool {
    let names: Vec<_> = events.to_vec().into_iter().flat_map(EventKind::names).collect();
    let has = |kinds: EventKinds| names.iter().any(|name| kinds.find(name).is_some());
    aggregate.event_handlers.iter().filter_map(|handler| handler.events).any(has)
}

/// Whether the handler takes events of the aggregate: of all, unless it takes the id of one.
fn takes(handler: &EventHandlerInfo, aggregate: &AggregateEntry) -> bool {
    handler.ids().all(|id| id.category == aggregate.category)
}

fn asked_for(arguments: &'static [ArgumentInfo]) -> impl Iterator<Item = &'static ServiceType> {
    arguments.iter().filter_map(|argument| match argument {
        ArgumentInfo::Service(service) => Some(service),
        _ => None,
    })
}

/// Every name is one that a program may give, and stands for one thing.
fn names(
    plural: &'static str,
    all: impl Iterator<Item = Named>,
    reserved: &[char],
    problems: &mut Vec<Problem>,
) {
    let mut first_of = HashMap::new();
    for second in all {
        let Named { what, name, declared, location } = second;
        if let Some(reserved) = name.chars().find(|letter| reserved.contains(letter)) {
            problems.push(Problem::ReservedName { what, name, reserved, location });
        }
        let first = *first_of.entry(name).or_insert(second);
        if (first.declared, first.location) != (declared, location) {
            problems.push(Problem::SameName {
                what: plural,
                name,
                first: first.declared,
                first_location: first.location,
                second: declared,
                second_location: location,
            });
        }
    }
}
