use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

macro_rules! started {
    ($($manager:ident)*) => { $(
        #[event_handler]
        impl $manager {
            #[correlate(event.order)]
            fn placed(event: &Placed) -> Self {
                Self
            }
        }
    )* };
}

started!(Starting Correlating Dropping Retrying Renamed Reserved);

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = today)]
struct Starting;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, correlate = value)]
struct Correlating;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, unmatched = drop)]
struct Dropping;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, unmatched = retry)]
struct Retrying;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, alias = "old")]
struct Renamed;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, name = "process/old")]
struct Reserved;

fn main() {}
