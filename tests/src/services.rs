//! The servers that tests talk to: where they are, and what becomes of a test when one is not there.
//!
//! `tests/services up` starts those that are missing. A test that needs one begins with
//! `if !Service::Nats.answers() { return; }`.

use std::{
    env,
    error::Error,
    fmt,
    io::{self, Write},
    sync::OnceLock,
    thread,
    time::Duration,
};

#[cfg(feature = "postgres")]
use sqlx::{Connection, PgConnection};

type BoxError = Box<dyn Error + Send + Sync>;

/// How long a server may take to answer before it counts as missing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that tests talk to.
#[derive(Clone, Copy, Debug)]
pub enum Service {
    /// PostgreSQL 15 or later.
    PostgreSql,
    /// RabbitMQ 3.10 or later.
    RabbitMq,
    /// NATS 2.9 or later, with JetStream.
    Nats,
}

impl Service {
    /// What it is called, the variable of the environment that says where it is, and where it is by default.
    fn facts(self) -> [&'static str; 3] {
        match self {
            Self::PostgreSql => {
                ["PostgreSQL", "CQRS_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/test"]
            }
            Self::RabbitMq => ["RabbitMQ", "CQRS_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672"],
            Self::Nats => ["NATS", "CQRS_TEST_NATS", "nats://127.0.0.1:4222"],
        }
    }

    /// Where it is, whether it answers or not.
    pub fn address(self) -> String {
        let [_, variable, default] = self.facts();
        env::var(variable).unwrap_or_else(|_| default.into())
    }

    /// Whether it answers, asked once a process. If not, that is said on the terminal, once.
    ///
    /// # Panics
    /// If it does not answer while `CQRS_TEST_REQUIRE_SERVICES` is 1.
    pub fn answers(self) -> bool {
        static ANSWERS: [OnceLock<Result<(), BoxError>>; 3] = [const { OnceLock::new() }; 3];
        let answer = ANSWERS[self as usize].get_or_init(|| {
            let answer = aside(self.ask());
            if let Err(error) = &answer
                && !are_required()
            {
                report_missing(&self.missing(error));
            }
            answer
        });
        let Err(error) = answer else { return true };
        assert!(!are_required(), "{}; `tests/services up` starts one", self.missing(error));
        false
    }

    fn missing(self, error: &BoxError) -> String {
        let ([_, variable, _], address) = (self.facts(), self.address());
        format!("no {self} was found at {address} ({variable}): {error}")
    }

    async fn ask(self) -> Result<(), BoxError> {
        let asking = async {
            let address = self.address();
            match self {
                #[cfg(feature = "postgres")]
                Self::PostgreSql => postgres(&address).await,
                #[cfg(feature = "rabbitmq")]
                Self::RabbitMq => rabbitmq(&address).await,
                #[cfg(feature = "nats")]
                Self::Nats => nats(&address).await,
                #[cfg(not(all(feature = "nats", feature = "postgres", feature = "rabbitmq")))]
                _ => Err(format!("these tests were built without its engine, so not for {address}").into()),
            }
        };
        tokio::time::timeout(PATIENCE, asking).await?
    }
}

#[cfg(feature = "postgres")]
async fn postgres(address: &str) -> Result<(), BoxError> {
    Ok(PgConnection::connect(address).await?.close().await?)
}

#[cfg(feature = "rabbitmq")]
async fn rabbitmq(address: &str) -> Result<(), BoxError> {
    let connection = lapin::Connection::connect(address, lapin::ConnectionProperties::default()).await?;
    Ok(connection.close(200, "it answers".into()).await?)
}

#[cfg(feature = "nats")]
async fn nats(address: &str) -> Result<(), BoxError> {
    let client = async_nats::connect(address).await?;
    // Nobody answers to this name unless the server has JetStream.
    client.request("$JS.API.INFO", "".into()).await?;
    Ok(())
}

/// Whether a service that is missing is a failure.
pub fn are_required() -> bool {
    env::var("CQRS_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1")
}

/// Says on the terminal what is not there, and so not tested.
///
/// # Panics
/// If services are required.
pub fn report_missing(what: &str) {
    assert!(!are_required(), "{what}");
    // A test harness keeps what a test that passes prints; what is written is seen.
    let _ = writeln!(io::stderr(), "not tested: {what}");
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.facts()[0])
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
