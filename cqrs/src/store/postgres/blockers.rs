//! Who holds up readers: transactions that hold the fence and do not end.

use std::time::Duration;

use sqlx::{PgPool, Row, postgres::PgRow};

use crate::{
    message::Position,
    store::{Blocker, EventStore, HorizonReport, StoreError},
};

use super::{PostgresStore, faults};

/// One that holds the fence, and the name the server gives its transaction.
struct Holder {
    transaction: String,
    blocker: Blocker,
}

impl PostgresStore {
    /// Returns the transactions that have added events, or are about to, and have not ended since `longer_than`; the oldest
    /// first. Readers see nothing that was appended after one of them began to.
    ///
    /// No special right is needed. Of sessions of other users the server hides the age: each is looked at twice,
    /// `longer_than` apart, and reported if it still holds readers up, with what is not hidden.
    pub async fn blockers(&self, longer_than: Duration) -> Result<Vec<Blocker>, StoreError> {
        let found = holders(self.pool()).await?;
        let (hidden, known): (Vec<_>, Vec<_>) = found.into_iter().partition(|holder| holder.blocker.hidden);
        let known = known.into_iter().map(|holder| holder.blocker);
        let mut stuck: Vec<_> = known.filter(|blocker| blocker.age >= Some(longer_than)).collect();
        if !hidden.is_empty() {
            tokio::time::sleep(longer_than).await;
            let is_hidden =
                |holder: &Holder| hidden.iter().any(|other| other.transaction == holder.transaction);
            let later = holders(self.pool()).await?.into_iter().filter(is_hidden);
            stuck.extend(later.map(|holder| holder.blocker));
        }
        Ok(stuck)
    }

    /// All that hold readers up at this moment, however briefly.
    pub(super) async fn holders(&self) -> Result<Vec<Blocker>, StoreError> {
        Ok(holders(self.pool()).await?.into_iter().map(|holder| holder.blocker).collect())
    }

    /// See [`Store::horizon`](crate::store::Store::horizon).
    pub(super) async fn horizon_report(&self, longer_than: Duration) -> Result<HorizonReport, StoreError> {
        let drawn = sqlx::query_scalar::<_, i64>("SELECT drawn FROM horizon()").fetch_one(self.pool()).await;
        let drawn = drawn.map_err(|error| faults::engine("look at the fence", error))?;
        let blockers = self.blockers(longer_than).await?;
        let head = EventStore::head(self).await?;
        Ok(HorizonReport { head, drawn: Position::new(drawn.unsigned_abs()).max(head), blockers })
    }
}

async fn holders(pool: &PgPool) -> Result<Vec<Holder>, StoreError> {
    let holders = async {
        let rows = sqlx::query(include_str!("sql/blockers.sql")).fetch_all(pool).await?;
        rows.iter().map(holder).collect::<sqlx::Result<_>>()
    };
    holders.await.map_err(|error| faults::engine("look for who holds up readers", error))
}

fn holder(row: &PgRow) -> sqlx::Result<Holder> {
    let age: Option<f64> = row.try_get("age")?;
    let blocker = Blocker {
        pid: row.try_get("pid")?,
        prepared: row.try_get("prepared")?,
        age: age.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()),
        state: row.try_get("state")?,
        query: row.try_get("query")?,
        user: row.try_get("owner")?,
        application: row.try_get("application")?,
        client: row.try_get("client")?,
        waits_for: row.try_get("waits_for")?,
        hidden: age.is_none(),
    };
    Ok(Holder { transaction: row.try_get("transaction")?, blocker })
}
