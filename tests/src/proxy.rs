//! A connection that loses answers: it hands everything on, until it is told to keep what the server says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

/// Stands between clients and a server.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::AbortHandle,
}

#[derive(Default)]
struct Shared {
    /// After which words of a client the server is not heard any more.
    last_words: Mutex<Option<Vec<u8>>>,
    /// How often the connections were cut.
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// Before the server at this address of host and port.
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::<Shared>::default();
        let (server, sharing) = (server.to_owned(), Arc::clone(&shared));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, server.clone(), Arc::clone(&sharing)));
            }
        });
        Self { address, shared, accepting: accepting.abort_handle() }
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hands on what a client says up to and including these words, and nothing that the server says after them.
    pub fn lose_answers_to(&self, words: &str) {
        *self.last_words() = Some(words.into());
    }

    /// Cuts all connections; new ones lose nothing.
    pub fn cut(&self) {
        *self.last_words() = None;
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn last_words(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.shared.last_words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Shared {
    fn are_last_words(&self, said: &[u8]) -> bool {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.as_ref().is_some_and(|words| said.windows(words.len()).any(|part| part == words))
    }
}

async fn hand_on(client: TcpStream, server: String, shared: Arc<Shared>) {
    let mut cut = shared.cuts.subscribe();
    let Ok(server) = TcpStream::connect(&server).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let deaf = watch::Sender::new(false);
    let listen = deaf.subscribe();
    tokio::select! {
        () = speak(from_client, to_server, &shared, &deaf) => {}
        () = answer(from_server, to_client, listen) => {}
        _ = cut.changed() => {}
    }
}

async fn speak(
    mut client: tcp::OwnedReadHalf,
    mut server: tcp::OwnedWriteHalf,
    shared: &Shared,
    deaf: &watch::Sender<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer).await {
        if shared.are_last_words(&buffer[..count]) {
            deaf.send_replace(true);
        }
        if server.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn answer(
    mut server: tcp::OwnedReadHalf,
    mut client: tcp::OwnedWriteHalf,
    deaf: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = server.read(&mut buffer).await {
        if !*deaf.borrow() && client.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
