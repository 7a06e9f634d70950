//! Expectations, as the functions of the schema take them.

use crate::store::Expected;

/// What the function takes an expectation as.
pub(super) fn expectation(expected: Expected) -> i64 {
    match expected {
        Expected::Any => -1,
        Expected::Exists => -2,
        Expected::NoStream => 0,
        Expected::Exactly(version) => i64::try_from(version.get()).unwrap_or(i64::MAX),
    }
}
