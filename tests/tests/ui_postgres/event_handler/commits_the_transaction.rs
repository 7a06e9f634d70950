use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection)]
struct Accounts;

#[event_handler]
impl Accounts {
    async fn opened(_: &Opened, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError> {
        tx.commit().await
    }
}

fn main() {}
