//! Waiting for a lock that another process holds.

use std::{
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

/// The longest sleep between two tries.
const LONGEST: Duration = Duration::from_millis(4);

/// Makes a connection wait up to `timeout` for a lock, in short sleeps of random length: a fixed schedule lets one
/// of two busy processes miss every gap the other leaves.
pub(super) fn wait_for_locks(connection: &mut Connection, timeout: Duration) -> rusqlite::Result<()> {
    let mut since = Instant::now();
    connection.busy_handler(Some(move |tries: i32| {
        if tries == 0 {
            since = Instant::now();
        }
        if since.elapsed() >= timeout {
            return false;
        }
        thread::sleep(pause(tries));
        true
    }))
}

/// A random time that grows with the number of tries, from about 50 µs up to [`LONGEST`].
pub(super) fn pause(tries: i32) -> Duration {
    let longest = Duration::from_micros(100 << tries.clamp(0, 5)).min(LONGEST);
    longest.mul_f64(0.25 + 0.75 * fastrand::f64())
}
