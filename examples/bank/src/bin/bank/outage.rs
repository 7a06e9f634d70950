//! Waiting for what is away: a store or a broker that comes back by itself.

use std::time::Duration;

use cqrs::{bus::BusError, store::StoreError, subscription::WaitError};
use tokio::time::sleep;

/// How long to wait before what was away is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Does something as often as it takes while what it needs is away, and says once that it waits.
pub(crate) async fn ride_out<T>(mut attempt: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut waits = false;
    loop {
        match attempt().await {
            Err(error) if is_outage(&error) => {
                if !std::mem::replace(&mut waits, true) {
                    eprintln!("waiting: {error:#}");
                }
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let store = cause.downcast_ref().is_some_and(StoreError::is_outage);
        let bus = cause.downcast_ref().is_some_and(BusError::is_outage);
        // The store fails the read model, which goes on by itself.
        let model = matches!(cause.downcast_ref(), Some(WaitError::Stalled { .. }));
        store || bus || model
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_waited_for_and_anything_else_ends_the_wait() {
        let mut times = 0;
        let failed: anyhow::Result<()> = ride_out(async || {
            times += 1;
            let away = Err(StoreError::unavailable("read", "nobody is there")).context("cannot look");
            if times < 3 { away } else { anyhow::bail!("no such file") }
        })
        .await;
        assert_eq!((times, failed.unwrap_err().to_string()), (3, "no such file".into()));
    }
}
