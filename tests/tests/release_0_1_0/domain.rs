//! The parcels of release 0.1.0, with every kind of row: snapshots, tags, dead letters, failures, records, projections.

use std::sync::{Arc, Mutex};

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParcelId(pub String);

#[derive(Event, Serialize, Deserialize)]
pub struct ParcelSent {
    #[event(tag)]
    pub city: String,
    pub grams: u32,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "parcel-weighed", alias = "weighed")]
pub struct ParcelWeighed {
    pub grams: u32,
}

#[derive(Event, Serialize, Deserialize)]
pub enum Journey {
    Arrived {
        #[event(tag)]
        city: String,
    },
    Left {
        #[event(tag)]
        city: String,
    },
    Delivered,
}

#[derive(Command, Serialize, Deserialize)]
pub struct SendParcel {
    #[command(id)]
    pub parcel: ParcelId,
    pub city: String,
    pub grams: u32,
}

#[derive(Command, Serialize, Deserialize)]
pub struct WeighParcel {
    #[command(id)]
    pub parcel: ParcelId,
    pub grams: u32,
}

#[derive(Command, Serialize, Deserialize)]
pub struct MoveParcel {
    #[command(id)]
    pub parcel: ParcelId,
    pub to: String,
}

#[derive(Command, Serialize, Deserialize)]
pub struct DeliverParcel {
    #[command(id)]
    pub parcel: ParcelId,
}

#[derive(Debug, thiserror::Error)]
#[error("a parcel of {0} g is too heavy")]
pub struct TooHeavy(u32);

#[derive(Aggregate, Serialize, Deserialize, Debug, PartialEq, Clone)]
#[aggregate(id = ParcelId, snapshot_every = 5)]
pub struct Parcel {
    pub city: String,
    pub grams: u32,
    pub moves: u32,
    pub delivered: bool,
}

#[event_handler]
impl Parcel {
    fn sent(event: &ParcelSent) -> Self {
        Self { city: event.city.clone(), grams: event.grams, moves: 0, delivered: false }
    }

    fn weighed(&mut self, event: &ParcelWeighed) {
        self.grams = event.grams;
    }

    fn travelled(&mut self, event: &Journey) {
        match event {
            Journey::Arrived { city } => {
                self.city.clone_from(city);
                self.moves += 1;
            }
            Journey::Left { .. } => {}
            Journey::Delivered => self.delivered = true,
        }
    }
}

#[command_handler]
impl Parcel {
    fn send(command: SendParcel) -> ParcelSent {
        ParcelSent { city: command.city, grams: command.grams }
    }

    fn weigh(&self, command: WeighParcel) -> Result<ParcelWeighed, TooHeavy> {
        if command.grams > 30_000 {
            return Err(TooHeavy(command.grams));
        }
        Ok(ParcelWeighed { grams: command.grams })
    }

    fn carry(&self, command: MoveParcel) -> (Journey, Journey) {
        (Journey::Left { city: self.city.clone() }, Journey::Arrived { city: command.to })
    }

    fn deliver(&self, _: DeliverParcel) -> Option<Journey> {
        (!self.delivered).then_some(Journey::Delivered)
    }
}

/// The cities that were announced.
#[derive(Clone, Default)]
pub struct Announced(pub Arc<Mutex<Vec<String>>>);

/// It failed for Nowhere when the stores were written.
#[event_handler(from = start)]
pub fn announce(event: &ParcelSent, announced: Inject<Announced>) {
    announced.0.lock().unwrap().push(event.city.clone());
}

#[derive(Projection)]
#[projection(
    name = "parcels",
    schema = "CREATE TABLE parcels (parcel TEXT PRIMARY KEY, grams INTEGER NOT NULL);"
)]
pub struct ParcelsTable;

#[event_handler]
impl ParcelsTable {
    fn sent(
        event: &ParcelSent,
        parcel: Id<Parcel>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let row = (parcel.to_string(), event.grams);
        tx.execute("INSERT INTO parcels VALUES (?1, ?2)", row).map(drop)
    }

    fn weighed(
        event: &ParcelWeighed,
        parcel: Id<Parcel>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let row = (parcel.to_string(), event.grams);
        tx.execute("UPDATE parcels SET grams = ?2 WHERE parcel = ?1", row).map(drop)
    }
}

#[cfg(feature = "postgres")]
#[derive(Projection)]
#[projection(
    name = "parcels",
    schema = "CREATE TABLE parcels (parcel TEXT PRIMARY KEY, grams BIGINT NOT NULL);"
)]
pub struct PgParcelsTable;

#[cfg(feature = "postgres")]
#[event_handler]
impl PgParcelsTable {
    async fn sent(
        event: &ParcelSent,
        parcel: Id<Parcel>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let insert = sqlx::query("INSERT INTO parcels VALUES ($1, $2)").bind(parcel.to_string());
        insert.bind(i64::from(event.grams)).execute(&mut **tx).await.map(drop)
    }

    async fn weighed(
        event: &ParcelWeighed,
        parcel: Id<Parcel>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let update = sqlx::query("UPDATE parcels SET grams = $2 WHERE parcel = $1").bind(parcel.to_string());
        update.bind(i64::from(event.grams)).execute(&mut **tx).await.map(drop)
    }
}
