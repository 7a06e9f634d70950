//! Three servers that keep every message, of which one is killed.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::{
    CommandId,
    event::RecordedEvent,
    store::{EventQuery, EventStore, Expected, StoreError, nats::NatsStore, read_page},
};
use cqrs_tests::{
    nats_server::{NatsServer, can_start},
    ports::free_ports,
};

use crate::{crash::request, requests::append};

/// How many leaders are killed at most, until one failure was noticed.
const KILLS: usize = 5;

/// How long a cluster may take to agree on its leaders.
const PATIENCE: Duration = Duration::from_mins(1);

/// A cluster of three servers, named by their numbers.
struct Cluster {
    servers: [NatsServer; 3],
}

impl Cluster {
    fn start() -> Self {
        let ports: [u16; 6] = free_ports();
        let (clients, routes) = ports.split_at(3);
        let known: Vec<_> = routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let servers = [0, 1, 2].map(|number| {
            let arguments = [
                "--name",
                &number.to_string(),
                "--cluster_name",
                "three",
                "--cluster",
                &known[number],
                "--routes",
                &known.join(","),
            ];
            let mut server = NatsServer::stopped(clients[number], arguments.map(String::from).to_vec());
            server.launch();
            server
        });
        Self { servers }
    }

    fn address(&self, prefix: &str) -> String {
        let servers: Vec<_> = self.servers.iter().map(NatsServer::address).collect();
        format!("{}/{prefix}", servers.join(","))
    }

    /// A store that three servers keep, once the cluster has leaders.
    async fn store(&self) -> NatsStore {
        let options = NatsStore::builder().require_replicas(3).timeout(Duration::from_secs(2));
        let options = options.busy_timeout(Duration::from_secs(20));
        let start = Instant::now();
        loop {
            match options.clone().connect(&self.address("three")).await {
                Ok(store) => return store,
                Err(error) => assert!(start.elapsed() < PATIENCE, "the cluster does not start: {error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Kills the server that leads the log, and gives its number.
    async fn kill_leader(&mut self) -> usize {
        let servers: Vec<async_nats::ServerAddr> =
            self.servers.iter().map(|server| server.address().parse().unwrap()).collect();
        let jetstream = async_nats::jetstream::new(async_nats::connect(servers).await.unwrap());
        let log = jetstream.get_stream("three_events").await.unwrap();
        let leader = log.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
        let leader: usize = leader.expect("the log has a leader").parse().unwrap();
        self.servers[leader].kill();
        leader
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_killed_under_load_costs_time_and_nothing_else() {
    if !can_start() {
        return;
    }
    let mut cluster = Cluster::start();
    let store = cluster.store().await;
    let load = Arc::new(Load::default());
    let writers: Vec<_> =
        (0..6).map(|number| tokio::spawn(write(store.clone(), number, Arc::clone(&load)))).collect();
    let mut head = cqrs::Position::START;
    // A leader may be killed at a moment when nothing is on its way to it.
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let killed = cluster.kill_leader().await;
        head = head_after(&store).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        cluster.servers[killed].launch();
        tokio::time::sleep(Duration::from_secs(1)).await;
        if load.unclear.load(Ordering::SeqCst) > 0 {
            break;
        }
    }
    load.is_over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(load.unclear.load(Ordering::SeqCst) > 0, "no failure was noticed");

    let mut stored: HashMap<CommandId, usize> = HashMap::new();
    let mut last = head;
    for event in whole_log(&store).await {
        last = event.position;
        let Some(cause) = event.envelope.metadata.causation_id else { continue };
        *stored.entry(cause.as_uuid().into()).or_default() += 1;
    }
    assert!(stored.values().all(|count| *count == 3), "each command is there once, as a whole");
    assert_eq!(stored.len(), load.commands.load(Ordering::SeqCst));
    assert!(last > head, "what was acknowledged after the failure is read");
}

/// The log, read as often as it takes: while servers agree on leaders, a read may fail, and is then tried again.
async fn whole_log(store: &NatsStore) -> Vec<RecordedEvent> {
    let start = Instant::now();
    loop {
        match read_page(store, &EventQuery::all(), usize::MAX).await {
            Ok((events, end)) => {
                assert!(end.complete);
                return events;
            }
            Err(error) => assert!(start.elapsed() < PATIENCE, "the log is not read: {error:?}"),
        }
    }
}

/// The head of the log once the others have agreed on a leader: an append that was acknowledged after the failure.
async fn head_after(store: &NatsStore) -> cqrs::Position {
    let start = Instant::now();
    loop {
        match store.append(append("after", Expected::Any, 1)).await {
            Ok(appended) => return appended.last_position(),
            Err(error) => assert!(start.elapsed() < PATIENCE, "nobody takes over: {error:?}"),
        }
    }
}

/// What the writers do.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    /// How many commands were settled.
    commands: AtomicUsize,
    /// How many tries said that it is not known whether, or that it could not be.
    unclear: AtomicUsize,
}

/// Sends commands, each as often as it takes until it is settled.
async fn write(store: NatsStore, number: usize, load: Arc<Load>) {
    while !load.is_over.load(Ordering::SeqCst) {
        let id = CommandId::generate();
        let mut tries = 0;
        loop {
            match store.append(request(id, number)).await {
                Ok(_) => break,
                Err(StoreError::AlreadyHandled(_)) if tries > 0 => break,
                Err(StoreError::AlreadyHandled(_)) => panic!("nobody else has this id"),
                Err(StoreError::Conflict { .. }) => panic!("nothing in particular is expected"),
                Err(_) => tries += 1,
            }
            load.unclear.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        load.commands.fetch_add(1, Ordering::SeqCst);
    }
}
