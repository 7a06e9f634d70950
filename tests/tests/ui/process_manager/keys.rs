use cqrs::prelude::*;

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
