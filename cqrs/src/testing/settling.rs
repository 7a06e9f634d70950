//! Waiting until everything that reads the log has read it.

use std::time::Duration;

use crate::{
    Application, error_chain,
    message::Position,
    subscription::{State, Status},
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Resolves once every projection, event handler and relay has dealt with all events, those included that came of
/// commands which event handlers dispatched meanwhile and by retries, and nothing that waited is due.
///
/// # Panics
///
/// If one of them cannot go on, or takes too long.
pub(super) async fn settled(application: &Application) {
    let waiting = tokio::time::timeout(PATIENCE, async {
        while !is_settled(application).await {
            tokio::time::sleep(PAUSE).await;
        }
    });
    if waiting.await.is_err() {
        let behind: Vec<_> = application.status().iter().map(|status| format!("{status:?}")).collect();
        panic!("not all that reads the log came to its end within {PATIENCE:?}:\n{}", behind.join("\n"));
    }
}

async fn is_settled(application: &Application) -> bool {
    let head = head(application).await;
    let statuses = application.status();
    for Status { name, state, .. } in &statuses {
        if let State::Stopped(error) | State::Superseded(error) | State::Stalled(error) = state {
            panic!("`{name}` cannot go on: {error}");
        }
    }
    statuses.iter().all(|status| status.position >= head)
        && !has_letters(application).await
        && !has_due(application).await
        && self::head(application).await == head
}

async fn has_due(application: &Application) -> bool {
    let next = application.next_due().await;
    let next =
        next.unwrap_or_else(|error| panic!("what waits cannot be read: {}", error_chain::chain(&error)));
    next.is_some_and(|next| next <= application.now())
}

/// Whether an event is to be called again, or waits behind one that is.
async fn has_letters(application: &Application) -> bool {
    let letters = application.unsettled_letters().await;
    letters.unwrap_or_else(|error| panic!("the letters cannot be read: {}", error_chain::chain(&error)))
}

async fn head(application: &Application) -> Position {
    let head = application.store().head().await;
    head.unwrap_or_else(|error| panic!("the store cannot be read: {}", error_chain::chain(&error)))
}
