//! One connection to the broker.
//!
//! The client may leave a request unanswered if the connection is lost while it is made. So whoever waits for an answer
//! waits for the loss as well.

use std::time::Duration;

use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ConfirmSelectOptions, QueueDeclareOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    tcp::OwnedTLSConfig,
    types::{FieldTable, ShortString},
    uri::AMQPUri,
};

use crate::{bus::BusError, handler::BoxError};

use super::outlet::Outlet;

/// Seconds after which a silent broker, or a silent process, is held to be gone, unless the address says otherwise.
const HEARTBEAT: u16 = 10;

/// How long requests that wait are left to fail by themselves once the connection is lost.
const GRACE: Duration = Duration::from_secs(1);

/// How often one looks whether the connection is up.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the broker has to agree to the end of a connection.
const FAREWELL: Duration = Duration::from_secs(5);

/// The connection is gone.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection was lost")]
pub(super) struct ConnectionLost;

/// One connection to the broker. What it owns there, it owns until its end.
pub(super) struct Link {
    connection: Connection,
}

impl Link {
    pub(super) async fn open(address: String, tls: OwnedTLSConfig) -> Result<Self, BoxError> {
        let mut uri: AMQPUri = address.parse()?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let properties = ConnectionProperties::default().with_connection_name("cqrs".into());
        let runtime = lapin::runtime::default_runtime()?;
        let connection = Connection::connect_uri_with_config(uri, properties, tls, runtime).await?;
        Ok(Self { connection })
    }

    pub(super) fn is_up(&self) -> bool {
        self.connection.status().connected()
    }

    /// Resolves some time after the connection was lost.
    pub(super) fn lost(&self) -> impl Future<Output = ConnectionLost> + Send + use<> {
        let status = self.connection.status().clone();
        async move {
            while status.connected() {
                tokio::time::sleep(PAUSE).await;
            }
            tokio::time::sleep(GRACE).await;
            ConnectionLost
        }
    }

    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        self.connection.create_channel().await
    }

    /// A channel on which every publish is confirmed.
    pub(super) async fn confirming_channel(&self) -> lapin::Result<Outlet> {
        let channel = self.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Outlet::new(channel, self.connection.configuration().frame_max()))
    }

    /// Takes a lock: an empty queue that belongs to this connection. `false` if another has it.
    pub(super) async fn lock(&self, name: ShortString) -> lapin::Result<bool> {
        let channel = self.channel().await?;
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        match channel.queue_declare(name, options, FieldTable::default()).await {
            Ok(_) => Ok(true),
            Err(error) if is(&error, AMQPSoftError::RESOURCELOCKED) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn unlock(&self, name: ShortString) -> lapin::Result<()> {
        self.channel()
            .await?
            .queue_delete(name, lapin::options::QueueDeleteOptions::default())
            .await
            .map(drop)
    }

    /// Closes the connection in order; one that is lost needs none.
    pub(super) async fn close(&self) {
        match tokio::time::timeout(FAREWELL, self.connection.close(200, "OK".into())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a connection was not closed in order"),
            Err(error) => tracing::debug!(%error, "the broker did not agree to the end of a connection"),
        }
    }
}

/// Whether the broker refused something for this reason.
pub(super) fn is(error: &lapin::Error, reason: AMQPSoftError) -> bool {
    matches!(error.kind(), lapin::ErrorKind::ProtocolError(error) if *error.kind() == AMQPErrorKind::Soft(reason))
}

/// Whether the broker refused a consumer since there is one that wants to be alone. A missing permission has the same code.
pub(super) fn is_taken(error: &lapin::Error) -> bool {
    is(error, AMQPSoftError::ACCESSREFUSED) && error.to_string().contains("in exclusive use")
}

/// The error of a bus for what the client says.
pub(super) fn failed(operation: &'static str) -> impl Fn(lapin::Error) -> BusError {
    move |error| BusError::transport(operation, error)
}
