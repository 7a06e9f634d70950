//! What a block of event handlers is for.

use crate::{aggregate::Aggregate, process::ProcessManager, projection::Projection};

/// What a block of event handlers is for. `R` is inferred: it tells the kinds apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an aggregate nor a projection nor a process manager, so nobody would call its event handlers",
    label = "write `#[derive(Aggregate)]`, `#[derive(Projection)]` or `#[derive(ProcessManager)]` on `{Self}`"
)]
pub trait Role<R> {}

#[derive(Debug)]
pub struct AsAggregate;

#[derive(Debug)]
pub struct AsProjection;

#[diagnostic::do_not_recommend]
impl<T: Aggregate> Role<AsAggregate> for T {}

#[derive(Debug)]
pub struct AsProcessManager;

#[diagnostic::do_not_recommend]
impl<T: ProcessManager> Role<AsProcessManager> for T {}

#[diagnostic::do_not_recommend]
impl<T: Projection> Role<AsProjection> for T {}

/// Compiles only where the type has a role.
pub const fn assert_role<T: Role<R>, R>() {}
