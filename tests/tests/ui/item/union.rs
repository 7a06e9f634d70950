use cqrs::prelude::*;

#[derive(Event)]
union Opened {
    number: u64,
}

#[derive(Command)]
union Open {
    number: u64,
}

#[derive(AggregateId)]
union AccountId {
    number: u64,
}

#[derive(Aggregate)]
#[aggregate(id = u64)]
union Account {
    number: u64,
}

#[derive(Projection)]
union Accounts {
    number: u64,
}

fn main() {}
