//! The list of all checks.

use super::{
    Check, Needs, appends, closing, commands, contention, dead_letters, dropping, failures, groups, inbox,
    leases, pages, queries, reopening, several_streams, sizes, snapshots, subscriptions,
};

/// The one list: it is made into [`CHECKS`], and into tests by `store_conformance_tests!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_checks {
    ($make:ident $argument:tt) => {
        $crate::$make! { $argument
            appends::a_fresh_store_is_empty: Nothing,
            appends::an_event_comes_back_as_it_was: Nothing,
            appends::the_versions_of_a_stream_have_no_gaps: Nothing,
            appends::every_expectation_is_checked: Nothing,
            appends::a_conflict_stores_nothing: Nothing,
            appends::an_append_without_events_is_refused: Nothing,
            appends::names_may_hold_any_text: Nothing,
            appends::readers_are_woken: Nothing,
            several_streams::several_streams_are_written_together: SeveralStreams,
            several_streams::one_conflict_stops_all_streams: SeveralStreams,
            several_streams::a_write_without_events_only_checks: SeveralStreams,
            several_streams::a_stream_named_twice_is_refused: SeveralStreams,
            several_streams::a_command_finds_its_events_in_all_streams: SeveralStreams,
            commands::a_command_is_found_again: Nothing,
            commands::a_double_is_told_the_first_outcome: Nothing,
            commands::a_double_does_not_look_like_a_conflict: Nothing,
            commands::an_id_with_another_fingerprint_is_refused: Nothing,
            commands::a_refused_append_claims_no_command: Nothing,
            groups::neighbours_of_bad_appends_are_unharmed: Nothing,
            groups::of_equal_expectations_one_wins: Nothing,
            groups::of_equal_commands_one_is_written: Nothing,
            groups::of_equal_commands_for_different_streams_one_is_written: IdempotencyAcrossStreams,
            contention::sixty_four_tasks_share_four_streams: Nothing,
            pages::pages_join_without_gap_or_overlap: Nothing,
            pages::a_complete_page_reaches_the_head: Nothing,
            pages::a_filtered_page_reaches_the_head: Nothing,
            pages::a_page_ends_where_its_visitor_stops: Nothing,
            pages::a_page_of_a_stream_tells_its_version: Nothing,
            queries::each_condition_excludes_what_it_says: Nothing,
            queries::conditions_hold_together: Nothing,
            queries::a_stream_can_be_read_as_of_a_version: Nothing,
            queries::contents_alone_are_the_same_contents: Nothing,
            snapshots::a_snapshot_comes_back: Nothing,
            snapshots::a_later_snapshot_replaces_an_earlier_one: Nothing,
            snapshots::a_snapshot_of_another_shape_replaces_any: Nothing,
            subscriptions::a_subscription_begins_where_it_says: Nothing,
            subscriptions::a_known_subscription_keeps_its_place: Nothing,
            subscriptions::an_alias_hands_its_checkpoint_over: Nothing,
            subscriptions::a_checkpoint_moves_by_compare_and_set: Nothing,
            subscriptions::of_many_that_move_a_checkpoint_one_wins: Nothing,
            leases::a_lease_has_one_owner: Nothing,
            leases::a_lease_that_ran_out_can_be_taken: Nothing,
            leases::a_lease_given_back_can_be_taken: Nothing,
            leases::an_owner_that_slept_moves_no_checkpoint: Nothing,
            dead_letters::dead_letters_stand_by_stream_and_position: Nothing,
            dead_letters::a_letter_with_nothing_before_it_is_up_at_once: Nothing,
            dead_letters::a_letter_that_is_there_stays: Nothing,
            dead_letters::a_letter_can_be_retried: Nothing,
            dead_letters::the_next_letter_follows_a_removed_one: Nothing,
            failures::failures_are_found_by_correlation_id: Nothing,
            failures::the_latest_failures_come_in_order_of_time: Nothing,
            inbox::what_was_handled_is_kept_by_group_and_stream: Nothing,
            inbox::what_was_handled_never_goes_back: Nothing,
            inbox::of_many_that_handled_an_event_one_notes_it: Nothing,
            closing::a_closed_store_refuses_every_call: Nothing,
            closing::what_was_accepted_before_closing_is_written: Nothing,
            sizes::ten_thousand_events_are_one_append: LargeAppends,
            sizes::the_largest_append_is_kept_and_a_larger_refused: Nothing,
            sizes::a_huge_payload_is_kept_or_refused: Nothing,
            dropping::a_dropped_append_is_wholly_there_or_not_at_all: Nothing,
            dropping::a_dropped_read_harms_nobody: Nothing,
            reopening::everything_outlives_closing: Durability,
            reopening::positions_go_on_after_reopening: Durability,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_check_list {
    ([] $($module:ident :: $check:ident : $needs:ident),* $(,)?) => {
        /// Every check of the suite.
        pub const CHECKS: &[Check] = &[$(Check {
            name: stringify!($check),
            needs: Needs::$needs,
            run: |opened| Box::pin($module::$check(opened)),
        }),*];
    };
}

__store_checks! { __store_check_list [] }
