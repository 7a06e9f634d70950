//! What the server does not allow.
//!
//! It answers nothing to who publishes or asks what he may not: it says so beside, and he waits in vain. So what it says is
//! kept for a while, and told with the error of the one who has waited.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_nats::{Event, ServerError};

use crate::{
    error_chain::because,
    store::{SharedError, StoreError},
};

/// For how long a refusal explains why there was no answer. Nobody waits longer for one.
const RECENT: Duration = Duration::from_mins(1);

/// How many are kept: those that were heard last.
const KEPT: usize = 64;

/// What the server has lately refused on a connection.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<VecDeque<(Instant, String)>>>);

/// The server does not allow something.
#[derive(Debug, thiserror::Error)]
#[error("the server does not allow it: {said}{}", because(&**.unanswered))]
struct NotAllowed {
    said: String,
    #[source]
    unanswered: SharedError,
}

impl Refusals {
    /// Takes note of what happens on the connection.
    pub(crate) fn hear(&self, event: &Event) {
        if let Event::ServerError(ServerError::Other(said)) = event
            && said.to_lowercase().starts_with("permissions violation")
        {
            let mut kept = self.kept();
            kept.truncate(KEPT - 1);
            kept.push_front((Instant::now(), said.clone()));
        }
    }

    /// The same error, or that the server does not allow it, if that is why it has not answered about a subject or a stream
    /// of this name. It has done nothing then.
    pub(crate) fn explain(&self, operation: &'static str, about: &str, error: StoreError) -> StoreError {
        let (StoreError::Unavailable { source, .. } | StoreError::OutcomeUnknown(source)) = &error else {
            return error;
        };
        let kept = self.kept();
        let mut recent = kept.iter().take_while(|(heard, _)| heard.elapsed() < RECENT);
        match recent.find(|(_, said)| is_about(said, about)) {
            Some((_, said)) => {
                let (said, unanswered) = (said.clone(), source.clone());
                StoreError::engine(operation, NotAllowed { said, unanswered })
            }
            None => error,
        }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Instant, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a refusal is of this subject, or of one that names this stream; or of the answers to whatever is asked.
fn is_about(said: &str, name: &str) -> bool {
    let subject = said.split('"').nth(1).unwrap_or_default();
    subject == name || subject.split('.').any(|token| token == name) || subject.starts_with("_INBOX.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(subject: &str) -> Refusals {
        let refusals = Refusals::default();
        let said = format!("Permissions Violation for Publish to \"{subject}\"");
        refusals.hear(&Event::ServerError(ServerError::Other(said)));
        refusals
    }

    fn unanswered() -> StoreError {
        StoreError::unavailable("ask", "timed out")
    }

    fn is_explained(refusals: &Refusals, about: &str) -> bool {
        matches!(refusals.explain("ask", about, unanswered()), StoreError::Engine { .. })
    }

    #[test]
    fn a_refusal_explains_what_it_is_about_and_nothing_else() {
        let refusals = refused("$JS.API.STREAM.INFO.bank_events");
        assert!(is_explained(&refusals, "bank_events"));
        assert!(is_explained(&refused("$JS.API.CONSUMER.CREATE.bank_events.0"), "bank_events"));
        assert!(!is_explained(&refusals, "events"));
        assert!(!is_explained(&refusals, "bank_failures"));
        assert!(is_explained(&refused("bank.events.account.7"), "bank.events.account.7"));
        assert!(!is_explained(&Refusals::default(), "bank_events"));
        assert!(is_explained(&refused("_INBOX.a.b"), "bank_events"));
    }

    #[test]
    fn an_error_that_came_as_an_answer_stays_what_it_is() {
        let conflict = StoreError::engine("ask", "wrong last sequence");
        let said = refused("bank_events").explain("ask", "bank_events", conflict).to_string();
        assert!(said.contains("wrong last sequence"), "{said}");
    }

    #[test]
    fn a_bounded_number_is_kept() {
        let refusals = Refusals::default();
        for number in 0..1_000 {
            let said = format!("Permissions Violation for Publish to \"a.{number}\"");
            refusals.hear(&Event::ServerError(ServerError::Other(said)));
        }
        assert_eq!(refusals.kept().len(), KEPT);
        assert!(is_explained(&refusals, "999") && !is_explained(&refusals, "1"));
    }
}
