//! The promises of a bus, as checks that any [`Transport`](crate::bus::Transport) can run.
//!
//! Tell [`Buses`] how to make fresh buses over yours, and let [`bus_conformance!`](crate::bus_conformance) write one
//! test for each check:
//!
//! ```
//! use cqrs::{bus::{CommandBus, EventBus}, testing::bus::Buses};
//!
//! struct InMemory;
//!
//! impl Buses for InMemory {
//!     async fn command_bus(&self) -> CommandBus { CommandBus::in_memory() }
//!     async fn event_bus(&self) -> EventBus { EventBus::in_memory() }
//!     fn capacity(&self) -> Option<usize> { Some(1024) }
//! }
//!
//! // One `#[tokio::test]` for each check: put it into a module or test file of its own.
//! cqrs::bus_conformance!(InMemory);
//! ```
//!
//! A check panics where a promise is broken.
#![allow(
    clippy::missing_panics_doc,
    reason = "a check panics where a promise is broken; that is its whole use"
)]

mod dead_letters;
mod delivering;
mod ending;
mod events;
mod failing;
mod ordering;
mod parking;
mod sharing;
mod tools;

use crate::bus::{CommandBus, EventBus};

pub use dead_letters::{
    a_dead_letter_can_be_retried_and_removed, a_message_may_come_back_any_number_of_times,
    a_message_that_is_never_settled_becomes_a_dead_letter, an_undecodable_message_is_a_dead_letter_at_once,
    an_unknown_message_is_a_dead_letter_at_once,
};
pub use delivering::{
    a_dropped_consumer_gives_everything_back, a_dropped_delivery_comes_again_in_its_place,
    a_full_bus_makes_publishers_wait, commands_wait_until_somebody_listens,
    no_more_than_the_prefetch_is_handed_out,
};
pub use ending::{
    a_closed_bus_hands_out_what_waits_and_ends, a_stop_does_not_wait_for_retries,
    a_stop_drains_what_was_taken, a_stop_gives_back_in_order_what_came_over_a_while,
    a_stuck_handler_does_not_hang_the_stop,
};
pub use events::{
    a_group_without_listeners_is_unknown, a_retried_event_is_for_its_group_alone,
    every_group_gets_every_event_in_order, members_of_a_group_share_its_events,
};
pub use failing::{
    a_failing_key_does_not_hold_up_others, a_key_that_waits_for_long_does_not_starve_others,
    a_panicking_handler_loses_nothing, an_outage_counts_as_no_attempt, retries_are_bounded_and_ever_slower,
};
pub use ordering::{order_is_kept_across_competing_listeners, order_is_kept_per_key_through_failures};
pub use parking::{
    a_message_that_keeps_failing_parks_its_key, a_parked_key_stays_parked_for_the_next_listener,
    a_retried_key_is_handled_in_order, a_retry_that_fails_parks_the_key_again,
    a_retry_waits_for_the_next_listener, removing_the_failed_message_frees_its_key,
};
pub use sharing::{
    a_listener_that_comes_and_goes_takes_nothing_with_it, an_exclusive_listener_is_the_only_one,
    competing_listeners_share,
};

/// Makes buses to check.
pub trait Buses: Send + Sync {
    /// A command bus that is empty and that nobody else uses.
    fn command_bus(&self) -> impl Future<Output = CommandBus> + Send;

    /// An event bus that is empty and that nobody else uses.
    fn event_bus(&self) -> impl Future<Output = EventBus> + Send;

    /// How many unsettled messages of one group make publishers of the command bus wait; `None` if only the size of
    /// a disk does.
    fn capacity(&self) -> Option<usize>;
}

/// Writes one `#[tokio::test]` for each check of [`testing::bus`](crate::testing::bus), against an expression of a type
/// that implements [`Buses`](crate::testing::bus::Buses). The crate that uses it needs `tokio` with the features
/// `macros` and `rt-multi-thread`.
///
/// A second argument tells whether the bus can be tested at all, such as `if broker_answers()`; where it cannot, the
/// tests pass without having done anything, so it should say on the terminal what is missing.
#[macro_export]
macro_rules! bus_conformance {
    ($buses:expr) => {
        $crate::bus_conformance!($buses, if true);
    };
    ($buses:expr, if $available:expr) => {
        $crate::bus_conformance! { @each $buses, $available;
            a_closed_bus_hands_out_what_waits_and_ends
            a_dead_letter_can_be_retried_and_removed
            a_dropped_consumer_gives_everything_back
            a_dropped_delivery_comes_again_in_its_place
            a_failing_key_does_not_hold_up_others
            a_full_bus_makes_publishers_wait
            a_group_without_listeners_is_unknown
            a_key_that_waits_for_long_does_not_starve_others
            a_listener_that_comes_and_goes_takes_nothing_with_it
            a_message_may_come_back_any_number_of_times
            a_message_that_is_never_settled_becomes_a_dead_letter
            a_message_that_keeps_failing_parks_its_key
            a_panicking_handler_loses_nothing
            a_parked_key_stays_parked_for_the_next_listener
            a_retried_event_is_for_its_group_alone
            a_retried_key_is_handled_in_order
            a_retry_that_fails_parks_the_key_again
            a_retry_waits_for_the_next_listener
            a_stop_does_not_wait_for_retries
            a_stop_gives_back_in_order_what_came_over_a_while
            a_stop_drains_what_was_taken
            a_stuck_handler_does_not_hang_the_stop
            an_exclusive_listener_is_the_only_one
            an_outage_counts_as_no_attempt
            an_undecodable_message_is_a_dead_letter_at_once
            an_unknown_message_is_a_dead_letter_at_once
            commands_wait_until_somebody_listens
            competing_listeners_share
            every_group_gets_every_event_in_order
            members_of_a_group_share_its_events
            no_more_than_the_prefetch_is_handed_out
            order_is_kept_across_competing_listeners
            order_is_kept_per_key_through_failures
            removing_the_failed_message_frees_its_key
            retries_are_bounded_and_ever_slower
        }
    };
    (@each $buses:expr, $available:expr; $($check:ident)*) => {
        $(
            #[::tokio::test(flavor = "multi_thread")]
            async fn $check() {
                if $available {
                    $crate::testing::bus::$check(&$buses).await;
                }
            }
        )*
    };
}
