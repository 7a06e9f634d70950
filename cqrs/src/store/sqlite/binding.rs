//! The framework's values as parameters of statements and columns of rows, in the form in which the store's own tables
//! keep them: ordinals are integers, ids of messages and of aggregates are text.

use std::{fmt::Display, str::FromStr};

use rusqlite::{
    Error, Result,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef},
};

use crate::{
    aggregate::{Aggregate, Id},
    message::{CausationId, CommandId, CorrelationId, EventId, Position, Version},
};

macro_rules! ordinals {
    ($($type:ty),*) => { $(
        /// An integer. One beyond the integers of SQLite is refused.
        impl ToSql for $type {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                let number = i64::try_from(self.get());
                number.map(ToSqlOutput::from).map_err(|error| Error::ToSqlConversionFailure(error.into()))
            }
        }

        /// An integer that is not negative.
        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = value.as_i64()?;
                u64::try_from(number).map(Self::new).map_err(|_| FromSqlError::OutOfRange(number))
            }
        }
    )* };
}

macro_rules! ids {
    ($($type:ty),*) => { $(
        /// The text form.
        impl ToSql for $type {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
                id_to_parameter(self)
            }
        }

        /// The text form.
        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                id_from_column(value)
            }
        }
    )* };
}

ordinals!(Position, Version);
ids!(EventId, CommandId, CorrelationId, CausationId);

/// As the id itself.
impl<A: Aggregate<Id: ToSql>> ToSql for Id<A> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        A::Id::to_sql(self)
    }
}

/// Returns the parameter of an id whose text form is its key.
pub fn id_to_parameter(id: &impl Display) -> Result<ToSqlOutput<'static>> {
    Ok(ToSqlOutput::Owned(Value::Text(id.to_string())))
}

/// Returns the id that a column holds, as text, or as an integer where the column makes integers of digits.
pub fn id_from_column<T: FromStr<Err: Display>>(value: ValueRef<'_>) -> FromSqlResult<T> {
    let parsed = match value {
        ValueRef::Integer(number) => number.to_string().parse(),
        _ => value.as_str()?.parse(),
    };
    parsed.map_err(|error: T::Err| FromSqlError::Other(error.to_string().into()))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn there_and_back<T: ToSql + FromSql>(value: &T) -> (String, T) {
        let connection = Connection::open_in_memory().unwrap();
        connection.query_row("SELECT typeof(?1), ?1", [value], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    #[test]
    fn values_come_back_from_a_column_in_the_form_of_the_stores_own_tables() {
        let (position, version) = (Position::new(7), Version::new(3));
        assert_eq!(there_and_back(&position), ("integer".into(), position));
        assert_eq!(there_and_back(&version), ("integer".into(), version));
        let (event, command) = (EventId::generate(), CommandId::generate());
        assert_eq!(there_and_back(&event), ("text".into(), event));
        assert_eq!(there_and_back(&command), ("text".into(), command));
        let time = crate::Timestamp::now();
        assert_eq!(there_and_back(&time), ("text".into(), time));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_bent() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(connection.execute("SELECT ?1", [Position::new(u64::MAX)]).is_err());
        let read = |sql| connection.query_row(sql, [], |row| row.get::<_, Position>(0));
        assert!(matches!(read("SELECT -1"), Err(Error::IntegralValueOutOfRange(0, -1))));
        assert!(connection.query_row("SELECT 'a'", [], |row| row.get::<_, EventId>(0)).is_err());
    }
}
