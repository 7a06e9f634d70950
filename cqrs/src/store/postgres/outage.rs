//! Which errors are outages: the fault of the server, or of the way to it, whatever it was asked.
//!
//! Invariant: what waits for an outage to pass waits for ever if it is none. So nothing is one that a statement can bring
//! about by itself, unless the server says so while it lets nobody in.

use std::io::ErrorKind;

use sqlx::Error;

use super::faults::code;

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// The server has no room for data.
    Full,
    /// The server is not reached, lets nobody in, goes down, or ended this session or transaction on its own.
    Away,
    /// Perhaps that of what was asked.
    Asked,
}

/// SQLSTATEs, or their beginnings; the first that fits counts.
const CODES: [(&str, Judged); 19] = [
    // Disk full.
    ("53100", Judged::Full),
    // Out of memory, or of locks, or beyond a configured limit: a statement may ask for more than there will ever be.
    ("53200", Judged::Asked),
    ("53400", Judged::Asked),
    // Too many connections, and what else the server is short of.
    ("53", Judged::Away),
    // The connection was refused, broken, or never made.
    ("08", Judged::Away),
    // The database is not there; it is being restored, perhaps.
    ("3D000", Judged::Away),
    // The database takes no connections at present. A statement gets this code only for what the library never does, such
    // as `lastval()` before any `nextval()`; what an event handler does is judged by `is_passing`.
    ("55000", Judged::Away),
    // Shut down by its administrator, crashed, starting up or recovering.
    ("57P01", Judged::Away),
    ("57P02", Judged::Away),
    ("57P03", Judged::Away),
    // The database was dropped: whoever waits finds it restored, or is told 3D000 until then.
    ("57P04", Judged::Away),
    // The server ended a session that was idle for long; the next one is as good as this.
    ("57P05", Judged::Away),
    // It ended a transaction that was idle, or lasted, for too long: the process was stopped, or starved.
    ("25P03", Judged::Away),
    ("25P04", Judged::Away),
    // Whoever answers is a standby, or writes nothing while its disk is full.
    ("25006", Judged::Away),
    // A deadlock or a conflict that the server ended at somebody's cost, or a lock that was not to be had.
    ("40001", Judged::Away),
    ("40P01", Judged::Away),
    ("55P03", Judged::Away),
    // The server could not read or write its own files.
    ("58", Judged::Away),
];

/// Whose fault an error of the library's own statements is.
pub(super) fn judge(error: &Error) -> Judged {
    match (code(error), error) {
        (Some(code), _) => of_code(&code),
        // A certificate that is not trusted is reported so, and stays untrusted.
        (None, Error::Io(error)) if error.kind() == ErrorKind::InvalidData => Judged::Asked,
        // Refused, reset, cut off, no route, no such host; and a proxy that takes a connection and then has no server for it
        // answers with nothing, or with what is no answer ("unexpected response from SSLRequest"). A pool that has no connection
        // has waited for one, or the store was closed.
        (
            None,
            Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::BeginFailed
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed,
        ) => Judged::Away,
        (None, _) => Judged::Asked,
    }
}

fn of_code(code: &str) -> Judged {
    let found = CODES.iter().find(|(beginning, _)| code.starts_with(beginning));
    found.map_or(Judged::Asked, |(_, judged)| *judged)
}

/// Whether an error of an event handler's own SQL is the server's, so that the event is to be handled again.
///
/// Its connection is open by then: the server has let it in, and what is no answer is the answer to a statement that cannot
/// be sent, such as one with too many arguments. That the server is out of memory is not held against an event handler,
/// which would stop for good.
pub(crate) fn is_passing(error: &Error) -> bool {
    match code(error).as_deref() {
        Some("55000") => false,
        Some(code) if code.starts_with("53") => true,
        Some(code) => of_code(code) != Judged::Asked,
        None => !matches!(error, Error::Protocol(_)) && judge(error) != Judged::Asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_beginning_that_fits_counts() {
        for (code, judged) in [
            ("53100", Judged::Full),
            ("53200", Judged::Asked),
            ("53300", Judged::Away),
            ("08006", Judged::Away),
            // A password that is wrong stays so until somebody changes it, as on every other engine.
            ("28P01", Judged::Asked),
            ("55000", Judged::Away),
            ("57P03", Judged::Away),
            // A statement that took too long, or was cancelled, may do so again.
            ("57014", Judged::Asked),
            ("23505", Judged::Asked),
            ("42P01", Judged::Asked),
        ] {
            assert_eq!(of_code(code), judged, "{code}");
        }
    }

    #[test]
    fn what_is_no_answer_of_the_server_is_an_outage_and_what_the_client_refuses_is_none() {
        assert_eq!(judge(&Error::Protocol("unexpected response from SSLRequest: 0x00".into())), Judged::Away);
        assert_eq!(judge(&Error::Io(ErrorKind::ConnectionReset.into())), Judged::Away);
        assert_eq!(judge(&Error::Io(ErrorKind::InvalidData.into())), Judged::Asked);
        assert_eq!(judge(&Error::RowNotFound), Judged::Asked);
        assert_eq!(judge(&Error::InvalidArgument("it is none".into())), Judged::Asked);
    }
}
