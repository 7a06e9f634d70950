//! Processes of the operating system that are killed, or stopped for longer than their leases, while process managers run in them.

mod ground;
mod scenario;

use cqrs_tests::child;

use ground::Ground;

/// A test that starts itself anew as its children.
macro_rules! with_children {
    ($name:ident, $ground:expr, $scenario:ident $(, $others:expr)?) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let test = module_path!().split_once("::").map_or("", |(_, module)| module).to_owned();
            let test = format!("{test}::{}", stringify!($name));
            if let Some(orders) = child::orders(&test) {
                let ringings = u32::try_from(orders.number).unwrap();
                return scenario::run_child($ground, &orders.file, ringings).await;
            }
            scenario::$scenario(&test, $ground $(, $others)?).await;
        }
    };
}

with_children!(
    killed_at_any_moment_every_command_is_accepted_once_or_refused_once_and_every_timer_comes_once,
    Ground::Sqlite,
    killed
);
with_children!(stopped_past_its_lease_it_overtakes_nobody, Ground::Sqlite, stopped, 1);

#[cfg(feature = "postgres")]
mod on_postgresql {
    use super::*;

    with_children!(killed_at_any_moment_everything_happens_once, Ground::Postgres, killed);
    with_children!(one_of_two_that_sleeps_past_its_leases_overtakes_nobody, Ground::Postgres, stopped, 1);
    with_children!(one_of_three_that_sleeps_past_its_leases_overtakes_nobody, Ground::Postgres, stopped, 2);
}

#[cfg(feature = "nats")]
mod on_nats {
    use super::*;

    with_children!(one_of_two_that_sleeps_past_its_lease_overtakes_nobody, Ground::Nats, stopped, 1);
}
