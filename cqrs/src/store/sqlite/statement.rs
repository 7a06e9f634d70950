//! The statement that a connection ran last, for the errors of those who run several.

use std::cell::RefCell;

use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};

/// How much of a statement is kept.
const LONGEST: usize = 1_000;

thread_local! {
    /// SQLite tells of a statement on the thread that runs it.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs something with a connection, and gives the last statement it ran: its text, without the values of its parameters.
pub(crate) fn last_statement<T>(connection: &Connection, work: impl FnOnce() -> T) -> (T, String) {
    LAST.with_borrow_mut(String::clear);
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    let outcome = work();
    connection.trace_v2(TraceEventCodes::empty(), None);
    (outcome, LAST.with_borrow(String::clone))
}

#[expect(clippy::needless_pass_by_value, reason = "that is how it is called")]
fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event
        // That is what a trigger is told by.
        && !sql.starts_with("--")
    {
        LAST.with_borrow_mut(|last| {
            last.clear();
            last.push_str(&sql[..sql.floor_char_boundary(LONGEST)]);
        });
    }
}
