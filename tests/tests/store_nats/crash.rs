//! A server that is killed under load, and comes back.

use std::{collections::HashMap, time::Duration};

use cqrs::{
    CommandId,
    store::{EventQuery, EventStore, Expected, StoreError, nats::NatsStore},
};
use cqrs_tests::{
    nats::Prefix,
    nats_server::{NatsServer, can_start},
};

use crate::requests::{answering, append, events, landed};

/// Commands, each with the number of its stream, and whether it was acknowledged.
type Commands = HashMap<CommandId, (usize, bool)>;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_under_load_loses_nothing_acknowledged_and_repeats_nothing() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let options = NatsStore::builder().timeout(Duration::from_millis(500));
    let prefix = Prefix::on(&server.address(), options.busy_timeout(Duration::from_secs(1)));
    let store = prefix.store().await;
    let mut commands = Commands::new();
    for _ in 0..3 {
        let writers: Vec<_> = (0..8).map(|number| tokio::spawn(write(store.clone(), number))).collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        for writer in writers {
            commands.extend(writer.await.unwrap());
        }
        server.start_again().await;
    }
    assert!(commands.values().any(|(_, acknowledged)| *acknowledged), "some were acknowledged");
    assert!(commands.values().any(|(_, acknowledged)| !acknowledged), "some were not");
    settle(&store, &commands).await;

    let mut stored: HashMap<CommandId, usize> = HashMap::new();
    for event in events(&store, EventQuery::all()).await {
        let Some(cause) = event.envelope.metadata.causation_id else { panic!("an event of no command") };
        *stored.entry(cause.as_uuid().into()).or_default() += 1;
    }
    assert_eq!(stored.len(), commands.len());
    assert!(stored.values().all(|count| *count == 3), "each command is there once, as a whole");
}

/// Writes until the server does not answer any more, and tells which commands were acknowledged.
async fn write(store: NatsStore, number: usize) -> Commands {
    let mut commands = Commands::new();
    loop {
        let id = CommandId::generate();
        match store.append(request(id, number)).await {
            Ok(_) => commands.insert(id, (number, true)),
            Err(StoreError::Conflict { .. } | StoreError::AlreadyHandled(_)) => {
                panic!("nobody else has this id")
            }
            Err(_) => {
                commands.insert(id, (number, false));
                return commands;
            }
        };
    }
}

pub fn request(id: CommandId, number: usize) -> cqrs::store::Append {
    let mut request = answering(append(&number.to_string(), Expected::Any, 3), id);
    request.metadata.causation_id = Some(id.into());
    request
}

/// Sends every command once more: what was acknowledged is known, and all the others are there afterwards.
async fn settle(store: &NatsStore, commands: &Commands) {
    for (id, (number, acknowledged)) in commands {
        let again = loop {
            // The connection may take a moment to come back.
            match store.append(request(*id, *number)).await {
                again @ (Ok(_) | Err(StoreError::AlreadyHandled(_))) => break again,
                Err(StoreError::Conflict { .. }) => panic!("nothing in particular is expected"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        assert!(again.is_err() || !acknowledged, "an acknowledged command was lost");
        assert_eq!(landed(again).map(|appended| appended.count()), Some(3));
    }
}
