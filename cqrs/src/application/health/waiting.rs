//! What is due, and waits for somebody who knows it.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::{DueKind, DueQuery, StoreError};

use super::{super::inner::Inner, Verdict, verdict::Finding};

/// How long is waited for a store that has to read much before it can tell, as that on NATS has when it was just opened.
const PATIENCE: Duration = Duration::from_secs(2);

/// What [`findings`] gives, if that does not take too long.
pub(super) async fn for_others(inner: &Inner) -> Result<Vec<Finding>, StoreError> {
    tokio::time::timeout(PATIENCE, findings(inner)).await.unwrap_or_else(|_| {
        let text = format!("what is due has not been looked through within {PATIENCE:?}");
        Ok(vec![(Verdict::Degraded, text)])
    })
}

/// Commands and timers that are due, and that this program does not know by their names or by those of their process managers. They cost
/// the others nothing; whoever knows them may have been taken out of service by mistake.
async fn findings(inner: &Inner) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    if !inner.core.store().capabilities().schedules {
        return Ok(findings);
    }
    let knows_command = |name: &str| inner.core.commands().find(name).is_some();
    for (name, since) in unknown(inner, DueKind::Command, knows_command).await? {
        let text = format!("commands `{name}` are due since {since}, and this program does not know them");
        findings.push((Verdict::Degraded, text));
    }
    let managers = inner.registry.process_managers();
    let knows_process = |name: &str| managers.iter().any(|manager| manager.name == name);
    for (name, since) in unknown(inner, DueKind::Timer, knows_process).await? {
        let text = format!(
            "timers of process manager `{name}` are due since {since}, and this program does not have it"
        );
        findings.push((Verdict::Degraded, text));
    }
    Ok(findings)
}

/// For whom something of a kind is due that is not known, and since when.
async fn unknown(
    inner: &Inner,
    kind: DueKind,
    knows: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let (core, mut found) = (&inner.core, Vec::new());
    for owner in core.store().due_owners(kind).await?.into_iter().filter(|owner| !knows(owner)) {
        let due = DueQuery::of(kind, [&owner]).until(core.clock().now());
        if let Some(first) = core.store().due(&due, 1).await?.first() {
            found.push((owner, first.due));
        }
    }
    Ok(found)
}
