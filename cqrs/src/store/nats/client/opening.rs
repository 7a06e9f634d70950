//! Streams of the server: made where they are not there, and refused where they are another's.

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{
        self, ContextBuilder, ErrorCode,
        context::{CreateStreamErrorKind, GetStreamErrorKind},
        stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
    },
};

use crate::store::StoreError;

use super::{Connection, Stream, fault};

/// How many messages of one process wait for the server's answer at the same time; more wait their turn.
const IN_FLIGHT: usize = 1_024;

/// How often a stream is made that the server could not make for a passing reason, and how long to wait in between.
const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(50);

const OPEN: &str = "open a stream";

/// A stream that keeps everything, and refuses what it has no room for.
pub(crate) fn base(name: String) -> Config {
    Config {
        name,
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_bytes: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

/// A key-value bucket as other programs know it, which keeps the last value of each key. Its values are read from the
/// server that leads: any other may be behind.
pub(crate) fn bucket(name: &str) -> Config {
    Config {
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        deny_delete: true,
        allow_rollup: true,
        ..base(format!("KV_{name}"))
    }
}

/// How streams are opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// On how many servers each message is kept, at least.
    pub(crate) replicas: usize,
    /// How long to wait for an answer.
    pub(crate) timeout: Duration,
    /// How long to wait for somebody to answer.
    pub(crate) busy_timeout: Duration,
}

impl Opening {
    /// JetStream through a connection.
    pub(crate) fn context(&self, client: Client) -> jetstream::Context {
        ContextBuilder::new()
            .timeout(self.timeout)
            .max_ack_inflight(IN_FLIGHT)
            .backpressure_on_inflight(true)
            .build(client)
    }

    /// The stream, made if it is not there, and refused if it is set in another way.
    pub(crate) async fn open(self, connection: &Connection, wanted: Config) -> Result<Stream, StoreError> {
        let wanted = Config { num_replicas: self.replicas, ..wanted };
        let context = connection.context();
        let found = match context.get_stream(&wanted.name).await {
            Ok(stream) => Ok(stream),
            Err(error) if is_not_found(&error.kind()) => make(&context, &wanted).await,
            Err(error) => Err(fault::request(OPEN, error)),
        };
        let found = found.map_err(|error| connection.refusals().explain(OPEN, &wanted.name, error))?;
        check(&found.cached_info().config, &wanted)?;
        Ok(Stream {
            connection: connection.clone(),
            name: wanted.name,
            timeout: self.timeout,
            busy_timeout: self.busy_timeout,
        })
    }
}

fn is_not_found(kind: &GetStreamErrorKind) -> bool {
    matches!(kind, GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Makes a stream. Several that make the same at once all succeed; of another that was made meanwhile the check tells.
async fn make(
    context: &jetstream::Context,
    wanted: &Config,
) -> Result<jetstream::stream::Stream, StoreError> {
    let mut made = context.create_stream(wanted.clone()).await;
    for _ in 1..TRIES {
        // A server takes a folder away with the last stream in it, and may do so under one that is being made.
        if !made.as_ref().is_err_and(|error| lost_its_folder(&error.kind())) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        made = context.create_stream(wanted.clone()).await;
    }
    match made {
        Err(error) if taken(&error.kind()) => {
            context.get_stream(&wanted.name).await.map_err(|error| fault::request(OPEN, error))
        }
        made => made.map_err(|error| fault::request("make a stream", error)),
    }
}

fn lost_its_folder(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_CREATE)
}

fn taken(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

/// Refuses a stream that is not kept as this store must be.
fn check(found: &Config, wanted: &Config) -> Result<(), StoreError> {
    let differences = [
        ("subjects", found.subjects == wanted.subjects),
        ("retention", found.retention == wanted.retention),
        ("storage", found.storage == wanted.storage),
        ("discard", found.discard == wanted.discard),
        ("max_msgs", found.max_messages == wanted.max_messages),
        ("max_msgs_per_subject", found.max_messages_per_subject == wanted.max_messages_per_subject),
        ("max_bytes", found.max_bytes == wanted.max_bytes),
        ("max_age", found.max_age == wanted.max_age),
        ("deny_delete", found.deny_delete == wanted.deny_delete),
        ("deny_purge", found.deny_purge == wanted.deny_purge),
        ("allow_direct", found.allow_direct == wanted.allow_direct),
        ("no_ack", found.no_ack == wanted.no_ack),
        ("sealed", found.sealed == wanted.sealed),
        ("mirror", found.mirror.is_none()),
        ("sources", found.sources.as_ref().is_none_or(Vec::is_empty)),
        ("num_replicas", found.num_replicas >= wanted.num_replicas),
    ];
    let differing: Vec<_> = differences.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
    if differing.is_empty() {
        return Ok(());
    }
    let what = format!("stream `{}` is not set as a store needs it: {}", found.name, differing.join(", "));
    Err(StoreError::Damaged { what, source: None })
}
