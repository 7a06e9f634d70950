//! Where the servers are, as the other tests know it; without asking for those that no store lives on.

use std::thread;

/// A server that a store lives on.
#[allow(dead_code, reason = "each store has its own")]
#[derive(Clone, Copy)]
pub enum Service {
    PostgreSql,
    Nats,
}

impl Service {
    pub fn address(self) -> String {
        let (variable, default) = match self {
            Self::PostgreSql => ("CQRS_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/test"),
            Self::Nats => ("CQRS_TEST_NATS", "nats://127.0.0.1:4222"),
        };
        std::env::var(variable).unwrap_or_else(|_| default.into())
    }

    /// A fault that is held against no server would count as caught, or as missed.
    pub fn answers(self) -> bool {
        !self.address().is_empty()
    }
}

/// Runs something asynchronous to its end, from wherever one is.
pub fn aside<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("the runtime starts").block_on(future)
    };
    thread::scope(|scope| scope.spawn(run).join().expect("what runs aside ends well"))
}
