//! Waiting for a store that is away.

use std::time::{Duration, Instant};

use super::StoreError;

/// How long to wait before it is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// What the store answers; while it is away it is asked again, within `limit`. A store that was closed does not come back.
pub(super) async fn within<T, F>(limit: Duration, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let began = Instant::now();
    loop {
        match ask().await {
            Err(StoreError::Closed) => return Err(StoreError::Closed),
            Err(error) if error.is_outage() && began.elapsed() < limit => {
                tracing::debug!(%error, "somebody waits for the store");
                tokio::time::sleep(PAUSE.min(limit.saturating_sub(began.elapsed()))).await;
            }
            answer => return answer,
        }
    }
}
