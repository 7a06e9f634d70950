use cqrs::prelude::*;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
struct Registration;

fn main() {}
