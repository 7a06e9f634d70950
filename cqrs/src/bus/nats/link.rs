//! The connection of a bus, to wherever the server is now.
//!
//! The client comes back by itself to the servers it knows. When it has lost them, the address is asked anew, and once
//! it is another one the client is replaced; what was on its way through the old one fails and is tried again, as after
//! any failure.

use async_nats::{Client, ConnectOptions, Event, connection::State, jetstream};
use tokio::sync::watch;

use crate::{
    bus::{Address, BusError, reconnect, reconnect::Backoff},
    error_chain::chain,
    handler::BoxError,
    store::nats::client::{Connection, Opening, Refusals, Servers},
};

/// Where the server is, and how to speak to it.
struct Link {
    address: Address,
    /// The address of the present connection.
    present: String,
    client: Client,
    opening: Opening,
    connection: watch::Sender<jetstream::Context>,
    heard: Heard,
    options: ConnectOptions,
}

/// What is heard of the connections.
#[derive(Clone, Default)]
struct Heard {
    /// How often one was lost.
    losses: watch::Sender<u64>,
    refusals: Refusals,
}

/// Connects, and goes on to look after the connection until nobody uses it any more.
pub(super) async fn connect(
    address: Address,
    options: ConnectOptions,
    opening: Opening,
) -> Result<Connection, BusError> {
    let heard = Heard::default();
    let attempt = |address: String| open(address, options.clone(), heard.clone());
    let connected = reconnect::connect_once(&address, &attempt).await;
    let (present, client) = connected.map_err(|error| BusError::transport("connect", error))?;
    let (sender, connection) = Connection::new(opening.context(client.clone()), heard.refusals.clone());
    let link = Link { address, present, client, opening, connection: sender, heard, options };
    tokio::spawn(link.look_after());
    Ok(connection)
}

/// Connects with the client's options, and takes note of what becomes of the connection.
async fn open(address: String, options: ConnectOptions, heard: Heard) -> Result<(String, Client), BoxError> {
    let servers = Servers::read(&address)?;
    let options = servers.let_in(options).event_callback(move |event| {
        heard.refusals.hear(&event);
        if let Event::Disconnected = event {
            heard.losses.send_modify(|losses| *losses += 1);
        }
        std::future::ready(())
    });
    let client = options.connect(servers.addresses).await?;
    Ok((address, client))
}

impl Link {
    async fn look_after(mut self) {
        let mut losses = self.heard.losses.subscribe();
        loop {
            tokio::select! {
                () = self.connection.closed() => return,
                _ = losses.changed() => {}
            }
            let mut backoff = Backoff::default();
            while self.client.connection_state() != State::Connected && !self.connection.is_closed() {
                if let Err(error) = self.follow().await {
                    tracing::warn!(error = chain(&*error), "the server is not reached");
                }
                tokio::time::sleep(backoff.next_pause()).await;
            }
        }
    }

    /// Connects to where the server is now, if that is somewhere else.
    async fn follow(&mut self) -> Result<(), BoxError> {
        let found = self.address.resolve().await?;
        if found == self.present {
            return Ok(());
        }
        let (present, client) = open(found, self.options.clone(), self.heard.clone()).await?;
        self.connection.send_replace(self.opening.context(client.clone()));
        let old = std::mem::replace(&mut self.client, client);
        self.present = present;
        // Whoever still waits for something through it learns that nothing comes.
        old.drain().await?;
        Ok(())
    }
}
