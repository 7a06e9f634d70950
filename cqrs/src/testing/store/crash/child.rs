//! The process that appends until it is killed.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    process,
    sync::Arc,
    thread,
};

use crate::{
    message::{CommandId, Metadata},
    store::{Append, Expected, Store},
};

use super::{
    super::fixtures::{append, claim, events, write},
    verify::{Acknowledgement, COUNT},
};

const TASKS: u64 = 8;

/// Appends from several tasks, and says what was acknowledged. It ends with the process: when that is killed, or when
/// nobody is there any more to kill it.
pub(super) async fn append_for_ever(store: Arc<dyn Store>) -> ! {
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        process::exit(0);
    });
    for task in 0..TASKS {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0.. {
                let append = some(task, number, store.capabilities().several_streams);
                let id = append.metadata.correlation_id;
                let appended = store.append(append).await.expect("an append should be stored");
                say(&Acknowledgement { id, count: appended.count(), position: appended.last_position() });
            }
        });
    }
    std::future::pending().await
}

/// Appends of every kind: one and several events, one and two streams, with and without a command.
fn some(task: u64, number: u64, several_streams: bool) -> Append {
    let mut writes = vec![write(&format!("{task}"), Expected::Any, 0)];
    writes[0].events = events(1 + number % 3);
    if several_streams && number.is_multiple_of(4) {
        writes.push(write(&format!("{task}-{}", number % 5), Expected::Any, 2));
    }
    let count: usize = writes.iter().map(|write| write.events.len()).sum();
    let command = number.is_multiple_of(2).then(|| claim(CommandId::generate(), "{}"));
    let metadata = Metadata {
        causation_id: command.as_ref().map(|claim| claim.id.into()),
        headers: BTreeMap::from([(COUNT.into(), count.to_string())]),
        ..Metadata::new()
    };
    Append { command, metadata, ..append(writes) }
}

fn say(acknowledgement: &Acknowledgement) {
    let mut out = io::stdout().lock();
    // It fails if nobody listens any more.
    if writeln!(out, "{acknowledgement}").and_then(|()| out.flush()).is_err() {
        process::exit(0);
    }
}
