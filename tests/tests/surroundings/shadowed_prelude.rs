//! Every name of the prelude, and others the macros could mean, is the user's.
#![allow(dead_code, unused_macros)]

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Vec;
struct Box;
struct String;
struct Event;
struct Command;
struct Tag;
struct Registry;
struct Infallible;
struct A;
trait From {}
trait Into {}
trait Iterator {}
trait Send {}
trait Sync {}
trait Sized {}
trait Display {}
trait FromStr {}
trait IntoFuture {}
mod core {}
mod std {}
mod cqrs {}
mod inventory {}
macro_rules! vec {
    ($($token:tt)*) => {
        compile_error!("the user's")
    };
}
macro_rules! file {
    () => {
        compile_error!("the user's")
    };
}
macro_rules! line {
    () => {
        compile_error!("the user's")
    };
}

#[derive(
    ::cqrs::AggregateId, ::serde::Serialize, ::serde::Deserialize, Debug, Clone, PartialEq, Eq, Hash,
)]
pub struct AccountId(::cqrs::Uuid);

#[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
pub struct Opened {
    #[event(tag)]
    owner: ::std::string::String,
}

#[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
pub enum Address {
    Changed {
        #[event(tag)]
        city: ::std::string::String,
    },
    Confirmed,
}

#[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
pub struct Closed;

#[derive(::cqrs::Command, ::serde::Serialize, ::serde::Deserialize)]
pub struct Open {
    #[command(id)]
    account: AccountId,
}

#[derive(::cqrs::Command, ::serde::Serialize, ::serde::Deserialize)]
pub struct Confirm(#[command(id)] AccountId);

#[derive(::cqrs::Command, ::serde::Serialize, ::serde::Deserialize)]
pub struct Close(#[command(id)] AccountId);

#[derive(::cqrs::Aggregate, ::serde::Serialize, ::serde::Deserialize)]
#[aggregate(id = AccountId, snapshot_every = 10)]
pub struct Account {
    owner: ::std::string::String,
}

#[::cqrs::event_handler]
impl Account {
    fn opened(event: &Opened, _: &::cqrs::event::Envelope) -> Self {
        Self { owner: ::std::clone::Clone::clone(&event.owner) }
    }

    fn moved(self, _: &Address, _: ::cqrs::aggregate::Id<Self>) -> Self {
        self
    }

    fn closed(&mut self, _: &Closed) -> ::cqrs::handler::Ended {
        ::cqrs::handler::Ended
    }
}

#[::cqrs::command_handler]
impl Account {
    fn open(command: Open, _: &::cqrs::Metadata) -> ::std::result::Result<Opened, ::std::fmt::Error> {
        ::std::result::Result::Ok(Opened { owner: ::std::string::ToString::to_string(&command.account) })
    }

    async fn confirm(&self, _: Confirm, _: ::cqrs::services::Inject<u64>) -> ::std::option::Option<Address> {
        ::std::option::Option::Some(Address::Confirmed)
    }
}

#[::cqrs::command_handler]
async fn close(
    _: Close,
    _: ::cqrs::repository::Repository<Account>,
) -> ::std::result::Result<::std::option::Option<::cqrs::repository::Root<Account>>, ::std::fmt::Error> {
    ::std::result::Result::Ok(::std::option::Option::None)
}

#[derive(::cqrs::Projection, Default)]
#[projection(version = 2)]
pub struct Owners {
    count: u64,
}

#[::cqrs::event_handler]
impl Owners {
    fn opened(&mut self, _: &Opened, _: ::cqrs::Position) -> ::std::result::Result<(), ::std::fmt::Error> {
        self.count += 1;
        ::std::result::Result::Ok(())
    }
}

#[derive(::cqrs::Projection)]
#[projection(schema = "CREATE TABLE owners (name TEXT)")]
pub struct OwnersTable;

#[::cqrs::event_handler]
impl OwnersTable {
    fn opened(_: &Opened, _: &mut ::cqrs::store::sqlite::SqliteTransaction<'_>) {}
}

#[::cqrs::event_handler(from = now)]
async fn welcome(_: &Opened, _: ::cqrs::services::Inject<u64>) {}

#[::cqrs::event_handler(from = start)]
fn audit(_: &::cqrs::event::RecordedEvent) {}

/// An event named like the type parameter the macro writes.
mod parameter {
    #[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
    pub struct A;
}

#[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
pub struct Asked {
    account: AccountId,
}

#[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
pub struct Reminded;

#[derive(::cqrs::process::ProcessManager, ::serde::Serialize, ::serde::Deserialize)]
#[process_manager(id = AccountId, from = now, unmatched = retry(::std::time::Duration::from_mins(1)))]
pub struct Opening {
    confirmed: bool,
}

#[::cqrs::event_handler]
impl Opening {
    #[correlate(event.account)]
    fn asked(event: &Asked, mut outbox: ::cqrs::process::Outbox<'_, Self>) -> Self {
        outbox.send(Open { account: ::std::clone::Clone::clone(&event.account) });
        outbox.schedule(Reminded).after(::std::time::Duration::from_mins(1));
        Self { confirmed: false }
    }

    #[correlate(stream)]
    fn opened(&mut self, _: &Opened, _: ::cqrs::aggregate::Id<Account>) {}

    #[correlate(cause)]
    fn moved(self, _: &Address, _: ::cqrs::process::Outbox<'_, Opening>) -> Self {
        self
    }

    #[correlate(cause)]
    fn closed(self, _: &Closed) -> ::cqrs::handler::Ended {
        ::cqrs::handler::Ended
    }

    #[timer]
    fn reminded(&mut self, _: &Reminded) -> ::cqrs::handler::Ended {
        ::cqrs::handler::Ended
    }

    fn not_opened(&mut self, refusal: &::cqrs::process::Refused<Open>) {
        self.confirmed = ::std::primitive::str::is_empty(refusal.text());
    }
}
