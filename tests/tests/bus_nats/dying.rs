//! Listeners in processes of their own, which are killed, or sleep until others have taken over.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use cqrs::bus::{
    CommandBus, CommandMessage,
    nats::{NatsBus, NatsBusOptions},
};
use cqrs_tests::{child, nats::server_answers, services::Service};
use tokio::process::Child;

use crate::place::{LEASE, PARTITIONS, Place};

const KEYS: u32 = 12;
const PATIENCE: Duration = Duration::from_mins(1);

/// A line that a listener writes when it has handled a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    key: String,
    number: u32,
    process: u32,
}

fn lines(journal: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("a line has three words");
        Line { key: word().into(), number: word().parse().unwrap(), process: word().parse().unwrap() }
    };
    // The last one may be half written.
    text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|text| line(text.trim_end())).collect()
}

/// Listens to the bus of a prefix until it is killed. The prefix is the name of the folder that the journal is in.
async fn listen(journal: PathBuf) {
    listen_as(journal, |options| options.lease(LEASE)).await;
}

async fn listen_as(journal: PathBuf, who: impl Fn(NatsBusOptions) -> NatsBusOptions) {
    let prefix = journal.parent().and_then(Path::file_name).and_then(|name| name.to_str()).expect("a prefix");
    let options = NatsBus::builder(Service::Nats.address()).prefix(prefix).partitions(PARTITIONS);
    let bus = who(options).connect().await.expect("the bus opens").commands();
    let listening = bus.listen().prefetch(16).start(move |command: CommandMessage| {
        let journal = journal.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let mut file = OpenOptions::new().create(true).append(true).open(journal).expect("a journal");
            let line = format!("{} {} {}\n", command.key, command.payload.as_json(), std::process::id());
            file.write_all(line.as_bytes()).expect("a line is written");
            Ok(())
        }
    });
    let _listening = listening.await.expect("the bus is listened to");
    std::future::pending::<()>().await;
}

/// A place, a journal, and a bus to publish to.
struct World {
    place: Place,
    folder: tempfile::TempDir,
    bus: CommandBus,
}

impl World {
    async fn new() -> Self {
        let place = Place::new();
        let bus = place.broker().await.commands();
        Self { place, folder: tempfile::tempdir().unwrap(), bus }
    }

    fn journal(&self) -> PathBuf {
        let folder = self.folder.path().join(self.place.prefix().name());
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("journal")
    }

    fn start(&self, test: &str) -> Child {
        child::start(test, &self.journal(), 0)
    }

    async fn publish(&self, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let command =
                |key| CommandMessage::from_json("numbered", format!("key-{key}"), number.to_string());
            self.bus.publish_all(&(0..KEYS).map(command).collect::<Vec<_>>()).await.unwrap();
        }
    }

    /// Waits until the journal is as wanted.
    async fn until(&self, what: &str, wanted: impl Fn(&[Line]) -> bool) -> Vec<Line> {
        let start = Instant::now();
        loop {
            let lines = lines(&self.journal());
            if wanted(&lines) {
                return lines;
            }
            assert!(start.elapsed() < PATIENCE, "it did not come to pass that {what}: {} lines", lines.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Whether every key was handled up to its last message.
fn complete(lines: &[Line], count: u32) -> bool {
    (0..KEYS).all(|key| {
        let key = format!("key-{key}");
        lines.iter().any(|line| line.key == key && line.number == count - 1)
    })
}

fn by_key(lines: &[Line]) -> BTreeMap<String, Vec<u32>> {
    let mut by_key: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in lines {
        by_key.entry(line.key.clone()).or_default().push(line.number);
    }
    by_key
}

#[tokio::test(flavor = "multi_thread")]
async fn order_is_kept_when_listeners_are_killed() {
    const TEST: &str = "dying::order_is_kept_when_listeners_are_killed";
    if let Some(orders) = child::orders(TEST) {
        return listen(orders.file).await;
    }
    if !server_answers() {
        return;
    }
    let world = World::new().await;
    let mut listeners = vec![world.start(TEST), world.start(TEST)];
    world.publish(0..20).await;
    for round in 1..=3 {
        let victim = listeners.remove(0);
        let id = victim.id().expect("the listener runs");
        world.until("the victim works", |lines| lines.iter().any(|line| line.process == id)).await;
        let mut victim = victim;
        victim.kill().await.unwrap();
        listeners.push(world.start(TEST));
        world.publish(round * 20..(round + 1) * 20).await;
    }
    let lines = world.until("everything is handled", |lines| complete(lines, 80)).await;
    for (key, numbers) in by_key(&lines) {
        assert_eq!(numbers[0], 0, "{key}: {numbers:?}");
        // What a listener had handled and not settled when it died comes again, and nothing else does.
        assert!(numbers.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{key}: {numbers:?}");
    }
    assert_eq!(world.bus.dead_letters(1).await.unwrap(), []);
}

/// Longer than anybody waits.
const LONG_LEASE: Duration = Duration::from_mins(5);

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_is_killed_and_started_again_does_not_wait_for_its_own_lease() {
    const TEST: &str = "dying::an_instance_that_is_killed_and_started_again_does_not_wait_for_its_own_lease";
    if let Some(orders) = child::orders(TEST) {
        return listen_as(orders.file, |options| options.lease(LONG_LEASE).instance("one")).await;
    }
    if !server_answers() {
        return;
    }
    let world = World::new().await;
    for round in 0..3 {
        let mut listener = world.start(TEST);
        world.publish(round * 20..(round + 1) * 20).await;
        let id = listener.id().expect("the listener runs");
        world.until("it works", |lines| lines.iter().filter(|line| line.process == id).count() > 50).await;
        listener.kill().await.unwrap();
    }
    let _last = world.start(TEST);
    let lines = world.until("everything is handled", |lines| complete(lines, 60)).await;
    for (key, numbers) in by_key(&lines) {
        assert_eq!(numbers[0], 0, "{key}: {numbers:?}");
        assert!(numbers.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{key}: {numbers:?}");
    }
}

fn signal(listener: &Child, signal: &str) {
    let id = listener.id().expect("the listener runs").to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_slept_settles_nothing_of_what_others_took_over() {
    const TEST: &str = "dying::a_listener_that_slept_settles_nothing_of_what_others_took_over";
    if let Some(orders) = child::orders(TEST) {
        return listen(orders.file).await;
    }
    if !server_answers() {
        return;
    }
    let world = World::new().await;
    let sleeper = world.start(TEST);
    let id = sleeper.id().expect("the listener runs");
    world.publish(0..40).await;
    world.until("the first works", |lines| lines.len() > 50).await;
    signal(&sleeper, "-STOP");
    let slept_at = lines(&world.journal()).iter().filter(|line| line.process == id).count();
    let _successor = world.start(TEST);
    world.until("the successor has handled everything", |lines| complete(lines, 40)).await;
    signal(&sleeper, "-CONT");
    world.publish(40..60).await;
    let lines = world.until("everything is handled", |lines| complete(lines, 60)).await;

    // It ends what it had begun, one message for each of its four workers, and gets only new ones then.
    let late: Vec<_> = lines.iter().filter(|line| line.process == id).skip(slept_at).collect();
    let stale = late.iter().filter(|line| line.number < 40).count();
    assert!(stale <= 4, "it went on with what was no longer its own: {late:?}");
    for (key, numbers) in by_key(&lines) {
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct, (0..60).collect::<Vec<_>>(), "{key}");
    }
    assert_eq!(world.bus.dead_letters(1).await.unwrap(), []);
}
