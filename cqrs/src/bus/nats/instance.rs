//! Who a process is, and was before it was started again.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

/// This run of this process. Its listeners and buses have it in common, so that none of them takes another for the dead.
static RUN: LazyLock<Uuid> = LazyLock::new(Uuid::now_v7);

/// One run of an instance. Whoever has its name and another run is dead: an instance runs once at a time, which its user has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) name: SmolStr,
    pub(super) run: Uuid,
}

impl Instance {
    /// The present run.
    pub(super) fn named(name: impl Into<SmolStr>) -> Self {
        Self { name: name.into(), run: *RUN }
    }
}
