//! Waiting for a lock that another process holds.

use std::{
    cell::Cell,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

/// The longest sleep between two tries.
const LONGEST: Duration = Duration::from_millis(4);

thread_local! {
    /// How long this thread waits for a lock, and since when it does. SQLite calls the handler on the thread that wants the
    /// lock, and the handler is a function that holds nothing itself.
    static WAIT: Cell<Wait> = const { Cell::new(Wait { limit: Duration::ZERO, since: None }) };
}

#[derive(Clone, Copy)]
struct Wait {
    limit: Duration,
    since: Option<Instant>,
}

/// Makes a connection wait for locks, in short sleeps of random length: a fixed schedule lets one of two busy processes
/// miss every gap the other leaves. How long, whoever uses it says by [`up_to`]; without, it does not wait.
pub(super) fn wait_for_locks(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait))
}

/// Works with connections, each of which waits up to `limit` for a lock.
pub(super) fn up_to<T>(limit: Duration, work: impl FnOnce() -> T) -> T {
    let _restore = Restore(WAIT.replace(Wait { limit, since: None }));
    work()
}

/// How long a connection waits for a lock at most, on this thread and now.
pub(super) fn limit() -> Duration {
    WAIT.get().limit
}

/// Puts back what held before, even if the work panics: the thread is somebody else's.
struct Restore(Wait);

impl Drop for Restore {
    fn drop(&mut self) {
        WAIT.set(self.0);
    }
}

fn wait(tries: i32) -> bool {
    let Wait { limit, since } = WAIT.get();
    let since = since.filter(|_| tries > 0).unwrap_or_else(Instant::now);
    WAIT.set(Wait { limit, since: Some(since) });
    if since.elapsed() >= limit {
        return false;
    }
    thread::sleep(pause(tries));
    true
}

/// A random time that grows with the number of tries, from about 50 µs up to [`LONGEST`].
pub(super) fn pause(tries: i32) -> Duration {
    let longest = Duration::from_micros(100 << tries.clamp(0, 5)).min(LONGEST);
    longest.mul_f64(0.25 + 0.75 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a connection waits for a lock that stays.
    fn waited(connection: &Connection) -> Duration {
        let started = Instant::now();
        assert!(connection.execute_batch("BEGIN IMMEDIATE").is_err());
        started.elapsed()
    }

    #[test]
    fn a_connection_waits_as_long_as_its_user_says_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let [holder, waiter] = [(); 2].map(|()| Connection::open(directory.path().join("a.db")).unwrap());
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        wait_for_locks(&waiter).unwrap();
        let limit = Duration::from_millis(80);
        let (first, within, again) =
            up_to(limit, || (waited(&waiter), up_to(Duration::ZERO, || waited(&waiter)), waited(&waiter)));
        assert!(first >= limit && again >= limit, "{first:?}, {again:?}");
        assert!(within < limit, "{within:?}");
        assert!(waited(&waiter) < limit, "nobody said how long");
    }
}
