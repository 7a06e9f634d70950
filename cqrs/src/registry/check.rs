//! Finding what is wrong with a program as a whole.

use std::collections::HashMap;

use crate::{
    Location,
    handler::ArgumentInfo,
    services::{ServiceType, Services},
};

use super::{Problem, ProjectionEntry, Registry};

/// A declaration under one of its names.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Named {
    name: &'static str,
    declared: &'static str,
    location: Location,
}

impl Registry {
    /// Everything that is wrong with the program on a store of this name, with these services.
    pub fn problems(&self, store: &'static str, services: &Services) -> Vec<Problem> {
        let mut problems = Vec::new();
        same_names("events", self.event_names(), &mut problems);
        same_names("aggregates", self.categories(), &mut problems);
        same_names("commands", self.command_names(), &mut problems);
        same_names("subscriptions", self.subscriptions(store), &mut problems);
        self.other_stores(store, &mut problems);
        self.missing_services(store, services, &mut problems);
        problems
    }

    /// The names of all checkpoints on a store of this name.
    pub(crate) fn subscription_names(&self, store: &'static str) -> Vec<&'static str> {
        self.subscriptions(store).map(|subscription| subscription.name).collect()
    }

    fn event_names(&self) -> impl Iterator<Item = Named> {
        self.events.iter().flat_map(|kind| {
            kind.names().map(|name| Named { name, declared: kind.type_name, location: kind.location })
        })
    }

    fn categories(&self) -> impl Iterator<Item = Named> {
        self.aggregates.iter().map(|aggregate| Named {
            name: aggregate.category,
            declared: aggregate.type_name,
            location: aggregate.location,
        })
    }

    fn command_names(&self) -> impl Iterator<Item = Named> {
        self.commands.iter().flat_map(|command| {
            let declared = (command.type_name)();
            let names = std::iter::once(command.name).chain(command.aliases.iter().copied());
            names.map(move |name| Named { name, declared, location: command.location })
        })
    }

    /// The projections that run on a store of this name. Of several that share a name, it is the one for this store; one in
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

    /// Projections and event handlers share one space of names, that of their checkpoints.
    fn subscriptions(&self, store: &'static str) -> impl Iterator<Item = Named> {
        let projections = self.projections_on(store).map(|projection| Named {
            name: projection.name,
            declared: projection.type_name,
            location: projection.location,
        });
        projections.chain(self.event_handlers.iter().map(|handler| Named {
            name: handler.name,
            declared: handler.handler.name,
            location: handler.handler.location,
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

    fn missing_services(&self, store: &'static str, services: &Services, problems: &mut Vec<Problem>) {
        let commands = self
            .commands
            .iter()
            .map(|command| (command.handler.name, command.handler.arguments, command.handler.location));
        let events = self
            .projections_on(store)
            .flat_map(|projection| projection.event_handlers)
            .chain(self.event_handlers.iter().map(|entry| &entry.handler))
            .map(|handler| (handler.name, handler.arguments, handler.location));
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

fn asked_for(arguments: &'static [ArgumentInfo]) -> impl Iterator<Item = &'static ServiceType> {
    arguments.iter().filter_map(|argument| match argument {
        ArgumentInfo::Service(service) => Some(service),
        ArgumentInfo::Message | ArgumentInfo::Store => None,
    })
}

fn same_names(what: &'static str, all: impl Iterator<Item = Named>, problems: &mut Vec<Problem>) {
    let mut first_of = HashMap::new();
    for second in all {
        let first = *first_of.entry(second.name).or_insert(second);
        if (first.declared, first.location) != (second.declared, second.location) {
            problems.push(Problem::SameName {
                what,
                name: second.name,
                first: first.declared,
                first_location: first.location,
                second: second.declared,
                second_location: second.location,
            });
        }
    }
}
