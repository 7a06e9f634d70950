//! Which events of a kind are a handler's: those of one aggregate, where it takes the `Id` of this aggregate.

use crate::event::{EventKinds, RecordedEvent};

use super::EventHandlerInfo;

/// What the handlers of one subscription say about the streams of their events.
///
/// The log may hold one type of event in streams of several aggregates, also of such as the program no longer has. So
/// what a signature declares is heeded event by event, and not only checked at start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concern(Vec<OfCategory>);

/// The handlers that take the id of one kind of aggregate.
#[derive(Clone, Debug)]
struct OfCategory {
    category: &'static str,
    /// What they handle; `None` means every event there is.
    events: Vec<Option<EventKinds>>,
}

impl Concern {
    pub(crate) fn of(handlers: &[EventHandlerInfo]) -> Self {
        let mut concern = Self::default();
        for handler in handlers {
            for id in handler.ids() {
                concern.category(id.category).events.push(handler.events);
            }
        }
        concern
    }

    fn category(&mut self, category: &'static str) -> &mut OfCategory {
        let known = self.0.iter().position(|known| known.category == category);
        let index = known.unwrap_or_else(|| {
            self.0.push(OfCategory { category, events: Vec::new() });
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    /// Whether the event is one for its handler.
    pub(crate) fn holds(&self, event: &RecordedEvent) -> bool {
        let (category, name) = (event.envelope.stream.category(), &event.envelope.name);
        self.0.iter().all(|only| {
            let handles = |kinds: &Option<EventKinds>| kinds.is_none_or(|kinds| kinds.find(name).is_some());
            only.category == category || !only.events.iter().any(handles)
        })
    }
}
