//! Every macro under another name of the crate: nothing here, nor in what the macros write, can mean `::cqrs`.

use serde::{Deserialize, Serialize};
use sourcing::prelude::*;

/// The id of an account.
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
#[aggregate_id(crate = ::sourcing)]
pub struct AccountId(sourcing::Uuid);

/// An account was opened.
#[derive(Event, Serialize, Deserialize, Debug)]
#[event(crate = ::sourcing)]
pub struct Opened {
    /// Whose it is.
    #[event(tag)]
    pub owner: String,
}

/// Where the owner lives.
#[derive(Event, Serialize, Deserialize, Debug)]
#[event(crate = sourcing)]
pub enum Address {
    /// The owner moved.
    Changed {
        /// To there.
        #[event(tag)]
        city: String,
    },
}

/// Opens an account.
#[derive(Command, Serialize, Deserialize, Debug)]
#[command(crate = ::sourcing)]
pub struct Open(#[command(id)] pub AccountId);

/// Moves the owners of two accounts together.
#[derive(Command, Serialize, Deserialize, Debug)]
#[command(crate = ::sourcing)]
pub struct MoveTogether(#[command(id)] pub AccountId);

/// An account.
#[derive(Aggregate, Serialize, Deserialize, Debug)]
#[aggregate(crate = ::sourcing, id = AccountId)]
pub struct Account {
    city: String,
}

#[event_handler(crate = ::sourcing)]
impl Account {
    fn opened(event: &Opened, _: &Envelope) -> Self {
        Self { city: event.owner.clone() }
    }

    fn moved(&mut self, event: &Address) {
        let Address::Changed { city } = event;
        self.city.clone_from(city);
    }
}

#[command_handler(crate = ::sourcing)]
impl Account {
    fn open(command: Open, _: &Metadata) -> Opened {
        Opened { owner: command.0.to_string() }
    }
}

#[command_handler(crate = ::sourcing)]
fn move_together(_: MoveTogether, _: Repository<Account>) -> Option<Root<Account>> {
    None
}

/// How many accounts there are.
#[derive(Projection, Default, Debug)]
#[projection(crate = ::sourcing)]
pub struct Count {
    accounts: u64,
}

#[event_handler(crate = ::sourcing)]
impl Count {
    fn opened(&mut self, _: &Opened) {
        self.accounts += 1;
    }
}

/// The owners, in the database.
#[derive(Projection, Debug)]
#[projection(crate = ::sourcing)]
pub struct Owners;

#[event_handler(crate = ::sourcing)]
impl Owners {
    fn opened(event: &Opened, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        tx.execute("INSERT INTO owners VALUES (?1)", [&event.owner]).map(drop)
    }
}

#[event_handler(crate = ::sourcing, from = now)]
async fn welcome(_: &Opened, _: Inject<String>) {
    std::future::ready(()).await;
}

/// Somebody waits for an account.
#[derive(Event, Serialize, Deserialize, Debug)]
#[event(crate = ::sourcing)]
pub struct Waited;

/// From the account to the welcome.
#[derive(ProcessManager, Serialize, Deserialize, Debug)]
#[process_manager(crate = ::sourcing, id = AccountId, from = now, correlate = stream, unmatched = park)]
pub struct Welcoming {
    waited: u64,
}

#[event_handler(crate = ::sourcing)]
impl Welcoming {
    fn opened(_: &Opened, account: Id<Account>, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.send(Open((*account).clone()));
        outbox.schedule(Waited).after(std::time::Duration::from_mins(1));
        Self { waited: 0 }
    }

    #[timer]
    fn waited(&mut self, _: &Waited) {
        self.waited += 1;
    }

    fn not_opened(self, _: &Refused<Open>) -> Ended {
        Ended
    }
}
