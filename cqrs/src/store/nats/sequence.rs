//! Positions of events, and sequence numbers of the messages that hold them.
//!
//! The last event of message s has position s × 4,096, and those before it the positions before that. So positions
//! increase with sequence numbers, have gaps, and the head of the log follows from the last sequence number alone.

use crate::message::Position;

/// How many events a message holds at most. 2^51 messages have positions that fit a signed number of 64 bits.
pub(super) const MOST_EVENTS: usize = 4_096;

const STEP: u64 = MOST_EVENTS as u64;

/// The position of an event that is followed by so many others in its message.
pub(super) fn position(sequence: u64, following: u64) -> Position {
    Position::new(sequence.saturating_mul(STEP).saturating_sub(following))
}

/// The sequence number of the last message whose events all stand at or before `position`.
pub(super) fn done_at(position: Position) -> u64 {
    position.get() / STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_increase_from_message_to_message() {
        let largest_first = position(2, STEP - 1);
        assert!(position(1, 0) < largest_first);
        assert!(largest_first < position(2, 0));
    }

    #[test]
    fn reading_goes_on_in_the_message_that_is_not_done() {
        assert_eq!(done_at(Position::START), 0);
        assert_eq!(done_at(position(7, 0)), 7);
        assert_eq!(done_at(position(7, 1)), 6);
        assert_eq!(done_at(position(7, STEP - 1)), 6);
    }
}
