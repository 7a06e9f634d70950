//! How much a step may be.

/// How much a step may be, and how long a chain of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many commands a step sends at most, and how many timers it sets. What is to be sent to many is the work of a process,
    /// or of an aggregate, for each of them.
    pub commands: usize,
    /// How many bytes a step has at most, as it is stored. The default is what the brokers take as one message.
    pub bytes: usize,
    /// How many steps follow on one first cause at most, without a pause of at least a second between them. Whoever comes to more
    /// answers his own events.
    pub chain: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { commands: 1_000, bytes: 900 * 1_024, chain: 1_000 }
    }
}
