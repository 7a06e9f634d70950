//! Commands from many tasks while the server fails, and what became of each.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use cqrs::{
    Application, CommandId,
    dispatch::{DispatchError, Receipt},
};
use cqrs_tests::{
    audit::all_events,
    bank::{AccountId, BankError, CreditAccount, Transfer},
};
use tokio::{sync::watch, task::JoinSet};

use super::world::PATIENCE;

pub const ACCOUNTS: u64 = 8;
const TASKS: usize = 8;

/// Tasks that dispatch one command after the other, each with a number of its own, until they are stopped.
pub struct Load {
    app: Application,
    tasks: JoinSet<()>,
    record: Arc<Record>,
}

/// What became of the commands.
#[derive(Default)]
struct Record {
    next: AtomicU64,
    stopping: std::sync::atomic::AtomicBool,
    /// Where those that were acknowledged landed.
    acknowledged: Mutex<BTreeMap<u64, u64>>,
    /// Those that failed, so that their senders do not know.
    unsettled: Mutex<Vec<u64>>,
    count: watch::Sender<usize>,
}

impl Load {
    pub fn on(app: &Application) -> Self {
        let (record, mut tasks) = (Arc::<Record>::default(), JoinSet::new());
        for _ in 0..TASKS {
            tasks.spawn(dispatch_on(app.clone(), Arc::clone(&record)));
        }
        Self { app: app.clone(), tasks, record }
    }

    /// Waits until so many more commands have been acknowledged.
    pub async fn until_acknowledged(&self, more: usize) {
        let mut count = self.record.count.subscribe();
        let enough = *count.borrow() + more;
        let waiting = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= enough)).await;
        assert!(waiting.is_ok(), "commands are not acknowledged any more");
    }

    /// Ends the load, and dispatches again what failed, under the same ids: then each command is there once, where it was
    /// acknowledged, as a whole. Gives how many were acknowledged at first, and how many were not.
    pub async fn settle(mut self) -> (usize, usize) {
        self.record.stopping.store(true, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no task panics");
        }
        let mut acknowledged = std::mem::take(&mut *self.record.acknowledged.lock().unwrap());
        let unsettled = std::mem::take(&mut *self.record.unsettled.lock().unwrap());
        let counts = (acknowledged.len(), unsettled.len());
        for number in unsettled {
            let receipt = dispatch(&self.app, number).await.expect("the server is there again");
            acknowledged.insert(number, receipt.position().get());
        }
        verify(&self.app, &acknowledged).await;
        counts
    }
}

async fn dispatch_on(app: Application, record: Arc<Record>) {
    while !record.stopping.load(Ordering::SeqCst) {
        let number = record.next.fetch_add(1, Ordering::SeqCst);
        match dispatch(&app, number).await {
            Ok(receipt) => {
                record.acknowledged.lock().unwrap().insert(number, receipt.position().get());
                record.count.send_modify(|count| *count += 1);
            }
            Err(DispatchError::Rejected(error)) if !matches!(error, BankError::NotLoaded(_)) => {
                panic!("command {number} was rejected: {error}")
            }
            Err(_) => record.unsettled.lock().unwrap().push(number),
        }
    }
}

/// Every fourth is a transfer: two events, to two streams.
async fn dispatch(app: &Application, number: u64) -> Result<Receipt, DispatchError<BankError>> {
    let account = AccountId::new(number % ACCOUNTS);
    if is_transfer(number) {
        let to = AccountId::new((number + 1) % ACCOUNTS);
        app.dispatch(Transfer { from: account, to, amount: 1 }).command_id(id_of(number)).await
    } else {
        app.dispatch(CreditAccount { account, amount: 1 }).command_id(id_of(number)).await
    }
}

fn is_transfer(number: u64) -> bool {
    number % 4 == 3
}

fn id_of(number: u64) -> CommandId {
    CommandId::derived("outages", number)
}

async fn verify(app: &Application, acknowledged: &BTreeMap<u64, u64>) {
    let mut events_of = HashMap::<_, Vec<u64>>::new();
    for event in all_events(&**app.store()).await {
        let command = event.envelope.metadata.causation_id.expect("a command caused it").as_uuid();
        events_of.entry(command).or_default().push(event.position.get());
    }
    for (number, position) in acknowledged {
        let landed = events_of.remove(&id_of(*number).as_uuid()).unwrap_or_default();
        let whole = if is_transfer(*number) { 2 } else { 1 };
        assert_eq!((landed.len(), landed.last()), (whole, Some(position)), "command {number}");
    }
    // What is left is from before the load.
    assert_eq!(events_of.len(), 2 * usize::try_from(ACCOUNTS).expect("a few"));
}
