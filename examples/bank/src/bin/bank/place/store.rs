//! Where events are kept.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

use anyhow::{Context, bail};
#[cfg(feature = "nats")]
use cqrs::store::nats::NatsStore;
#[cfg(feature = "postgres")]
use cqrs::store::postgres::PostgresStore;
use cqrs::store::{Store, sqlite::SqliteStore};

use crate::tables::Tables;

use super::option;

/// The schema of PostgreSQL that holds the bank, unless the address names another.
const SCHEMA: &str = "bank";

/// Where the bank's events are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreAddress {
    /// A file.
    Sqlite(PathBuf),
    /// A schema of a database.
    Postgres { address: String, schema: String },
    /// The streams of a prefix.
    Nats(String),
}

impl StoreAddress {
    /// Opens the store, making it if there is none; and what reads its tables.
    #[cfg_attr(
        not(any(feature = "nats", feature = "postgres")),
        expect(clippy::unused_async, reason = "nothing else waits")
    )]
    pub(crate) async fn open(&self) -> anyhow::Result<(Arc<dyn Store>, Tables)> {
        match self {
            Self::Sqlite(path) => {
                let store =
                    SqliteStore::open(path).with_context(|| format!("cannot open {}", path.display()))?;
                Ok((Arc::new(store.clone()), Tables::Sqlite(store)))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { address, schema } => {
                let store = PostgresStore::builder().schema(schema).connect(address).await;
                let store = store.with_context(|| format!("cannot open {self}"))?;
                Ok((Arc::new(store.clone()), Tables::Postgres(store)))
            }
            #[cfg(not(feature = "postgres"))]
            Self::Postgres { .. } => Err(super::not_built_in("PostgreSQL", "postgres")),
            #[cfg(feature = "nats")]
            Self::Nats(address) => {
                let store =
                    NatsStore::connect(address).await.with_context(|| format!("cannot open {self}"))?;
                Ok((Arc::new(store), Tables::None))
            }
            #[cfg(not(feature = "nats"))]
            Self::Nats(_) => Err(super::not_built_in("NATS", "nats")),
        }
    }

    /// Whether there may be something; only a file that is not there is known to be empty.
    pub(crate) fn may_exist(&self) -> anyhow::Result<bool> {
        match self {
            Self::Sqlite(path) => Ok(path.try_exists()?),
            Self::Postgres { .. } | Self::Nats(_) => Ok(true),
        }
    }
}

impl FromStr for StoreAddress {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => {
                let (address, schema) = option::take(text, "schema");
                Ok(Self::Postgres { address, schema: schema.unwrap_or_else(|| SCHEMA.to_owned()) })
            }
            Some(("nats", _)) => Ok(Self::Nats(text.to_owned())),
            _ => bail!("a store is `sqlite:PATH`, `postgres://HOST/DATABASE` or `nats://HOST/PREFIX`"),
        }
    }
}

/// It says which store it is, but not what may be a password.
impl fmt::Display for StoreAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without_user = |address: &str| {
            let place = address.split_once("//").map_or(address, |(_, place)| place);
            place.rsplit_once('@').map_or(place, |(_, place)| place).to_owned()
        };
        match self {
            Self::Sqlite(path) => write!(formatter, "{}", path.display()),
            Self::Postgres { address, schema } => {
                write!(formatter, "schema {schema} of PostgreSQL at {}", without_user(address))
            }
            Self::Nats(address) => write!(formatter, "NATS at {}", without_user(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_their_scheme() {
        let parse = |text: &str| text.parse::<StoreAddress>();
        assert_eq!(parse("sqlite:bank.db").unwrap(), StoreAddress::Sqlite("bank.db".into()));
        assert_eq!(parse("nats://host/bank").unwrap(), StoreAddress::Nats("nats://host/bank".into()));
        let postgres = parse("postgres://me:secret@host/db?schema=a").unwrap();
        assert_eq!(postgres.to_string(), "schema a of PostgreSQL at host/db");
        assert!(parse("bank.db").is_err() && parse("sqlite:").is_err() && parse("mysql://host").is_err());
    }
}
