//! What the fence costs those who write.

use super::{place::Schema, raw};
use crate::{
    domain,
    table::{Row, Target, compare},
};

const ROWS: usize = 16_000;

/// Both sides are raw inserts; one side's table has the fence's trigger.
pub fn row() -> Row {
    let (fenced, free, ratio) = compare(|| microseconds(true), || microseconds(false));
    Row {
        name: "the fence's cost for raw writers on 16 PostgreSQL connections, time for an insert with and without",
        ours: format!("{fenced:.0} µs"),
        other: format!("{free:.0} µs"),
        ratio,
        target: Target::AtMost(1.1),
    }
}

fn microseconds(fenced: bool) -> f64 {
    let schema = Schema::new();
    domain::runtime().block_on(async {
        if fenced {
            schema.fenced().await;
        } else {
            schema.plain().await;
        }
        1e6 / raw::inserts(&schema, 16, ROWS).await
    })
}
