//! What is due, and waits for somebody who knows it.

use std::time::Duration;

use crate::store::{DueKind, DueQuery, StoreError};

use super::{super::inner::Inner, Verdict, verdict::Finding};

/// How long is waited for a store that has to read much before it can tell, as that on NATS has when it was just opened.
const PATIENCE: Duration = Duration::from_secs(2);

/// What [`unknown`] finds, if that does not take too long.
pub(super) async fn for_others(inner: &Inner) -> Result<Vec<Finding>, StoreError> {
    tokio::time::timeout(PATIENCE, unknown(inner)).await.unwrap_or_else(|_| {
        let text = format!("what is due has not been looked through within {PATIENCE:?}");
        Ok(vec![(Verdict::Degraded, text)])
    })
}

/// Commands that are due and whose names this program does not know. They cost the others nothing; whoever knows them may
/// have been taken out of service by mistake.
async fn unknown(inner: &Inner) -> Result<Vec<Finding>, StoreError> {
    let (core, mut findings) = (&inner.core, Vec::new());
    if !core.store().capabilities().schedules {
        return Ok(findings);
    }
    for owner in core.store().due_owners(DueKind::Command).await? {
        if core.commands().find(&owner).is_some() {
            continue;
        }
        let due = DueQuery::of(DueKind::Command, [&owner]).until(core.clock().now());
        if let Some(first) = core.store().due(&due, 1).await?.first() {
            let text = format!(
                "commands `{owner}` are due since {}, and this program does not know them",
                first.due
            );
            findings.push((Verdict::Degraded, text));
        }
    }
    Ok(findings)
}
