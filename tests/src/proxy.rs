//! A way to a server that can be cut, also in the middle of what goes over it, and that can lose answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Which way bytes go.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    ToServer,
    ToClient,
}

/// Passes on every connection made to it, until it is told to cut them. It goes with the test.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    /// How many more bytes go each way before the next cut.
    left: [Mutex<Option<usize>>; 2],
    /// After which words of a client it hears nothing more of the server.
    last_words: Mutex<Option<Vec<u8>>>,
    cuts: AtomicUsize,
    refuses: AtomicBool,
    /// Changes with each cut.
    cut: watch::Sender<usize>,
}

impl Proxy {
    /// A way to the server at `host:port`.
    pub async fn before(server: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            server: server.into(),
            left: Default::default(),
            last_words: Mutex::default(),
            cuts: AtomicUsize::new(0),
            refuses: AtomicBool::new(false),
            cut: watch::Sender::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, accepting }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts all connections; new ones lose nothing.
    pub fn cut(&self) {
        *lock(&self.shared.last_words) = None;
        self.shared.cut();
    }

    /// Passes on what a client says up to and including these words, and nothing that the server says after them.
    pub fn lose_answers_to(&self, words: &str) {
        *lock(&self.shared.last_words) = Some(words.into());
    }

    /// Cuts all connections once so many more bytes have gone that way, and passes on none after them.
    pub fn cut_after(&self, way: Way, bytes: usize) {
        *self.shared.left(way) = Some(bytes);
    }

    /// Whether connections are refused from now on.
    pub fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }

    /// How often connections were cut.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Shared {
    fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    fn left(&self, way: Way) -> MutexGuard<'_, Option<usize>> {
        lock(&self.left[way as usize])
    }

    fn are_last_words(&self, way: Way, said: &[u8]) -> bool {
        let words = lock(&self.last_words);
        let is_said = |words: &Vec<u8>| said.windows(words.len()).any(|part| part == words);
        matches!(way, Way::ToServer) && words.as_ref().is_some_and(is_said)
    }

    /// How many of so many bytes may go, and whether to cut then.
    fn allow(&self, way: Way, bytes: usize) -> (usize, bool) {
        let mut left = self.left(way);
        match *left {
            Some(allowed) if allowed <= bytes => {
                *left = None;
                (allowed, true)
            }
            Some(allowed) => {
                *left = Some(allowed - bytes);
                (bytes, false)
            }
            None => (bytes, false),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if !shared.refuses.load(Ordering::SeqCst) {
            tokio::spawn(pass_on(client, Arc::clone(&shared)));
        }
    }
}

async fn pass_on(client: TcpStream, shared: Arc<Shared>) {
    let mut cut = shared.cut.subscribe();
    let Ok(server) = TcpStream::connect(&shared.server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let deaf = AtomicBool::new(false);
    tokio::select! {
        _ = cut.changed() => {}
        () = pump(from_client, to_server, Way::ToServer, &shared, &deaf) => {}
        () = pump(from_server, to_client, Way::ToClient, &shared, &deaf) => {}
    }
}

/// Passes bytes on until one side has enough, or it is time to cut.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Way, shared: &Shared, deaf: &AtomicBool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        if shared.are_last_words(way, &buffer[..bytes]) {
            deaf.store(true, Ordering::SeqCst);
        }
        if matches!(way, Way::ToClient) && deaf.load(Ordering::SeqCst) {
            continue;
        }
        let (allowed, cut) = shared.allow(way, bytes);
        if to.write_all(&buffer[..allowed]).await.is_err() {
            return;
        }
        if cut {
            return shared.cut();
        }
    }
}
