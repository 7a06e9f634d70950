//! What goes wrong on the way: redeliveries, failures half-way, and kills. What came of it is read from the log alone.

mod checker;
mod half_way;
mod killed;
#[cfg(feature = "postgres")]
mod on_postgresql;
mod program;
mod redelivery;
mod world;
