//! What an id needs beside its text form: to be kept in maps, commands and events, and bound as a parameter or column of
//! the stores' drivers.

use std::hash::Hash;

use serde::{Serialize, de::DeserializeOwned};

/// What is derived for an id beside `AggregateId`.
#[diagnostic::on_unimplemented(
    message = "the id `{Self}` lacks a derive: write `#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]`",
    label = "needs `Serialize`, `Deserialize`, `Clone`, `Eq` and `Hash`"
)]
pub trait CompleteId {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Clone + Eq + Hash> CompleteId for T {}

/// Compiles only where the id has what is derived for one.
pub const fn assert_id<T: CompleteId>() {}

/// Makes a mistaken `Id<AccountId>` a type, and an id with a text form a parameter and a column of the stores' drivers.
#[doc(hidden)]
#[macro_export]
macro_rules! bind_id {
    ($id:ty) => {
        #[automatically_derived]
        impl $crate::aggregate::Identified for $id {
            type Key = Self;
        }
        $crate::bind_id_to_sqlite! { $id }
        $crate::bind_id_to_postgres! { $id }
    };
}

#[doc(hidden)]
#[cfg(feature = "sqlite")]
#[macro_export]
macro_rules! bind_id_to_sqlite {
    ($id:ty) => {
        #[automatically_derived]
        impl $crate::rusqlite::types::ToSql for $id {
            fn to_sql(&self) -> $crate::rusqlite::Result<$crate::rusqlite::types::ToSqlOutput<'_>> {
                $crate::__private::id_to_parameter(self)
            }
        }
        #[automatically_derived]
        impl $crate::rusqlite::types::FromSql for $id {
            fn column_result(
                value: $crate::rusqlite::types::ValueRef<'_>,
            ) -> $crate::rusqlite::types::FromSqlResult<Self> {
                $crate::__private::id_from_column(value)
            }
        }
    };
}

#[doc(hidden)]
#[cfg(not(feature = "sqlite"))]
#[macro_export]
macro_rules! bind_id_to_sqlite {
    ($id:ty) => {};
}

#[doc(hidden)]
#[cfg(feature = "postgres")]
#[macro_export]
macro_rules! bind_id_to_postgres {
    ($id:ty) => {
        #[automatically_derived]
        impl $crate::sqlx::Type<$crate::sqlx::Postgres> for $id {
            fn type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <::std::string::String as $crate::sqlx::Type<$crate::sqlx::Postgres>>::type_info()
            }
            fn compatible(info: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <::std::string::String as $crate::sqlx::Type<$crate::sqlx::Postgres>>::compatible(info)
            }
        }
        #[automatically_derived]
        impl $crate::sqlx::postgres::PgHasArrayType for $id {
            fn array_type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <::std::string::String as $crate::sqlx::postgres::PgHasArrayType>::array_type_info()
            }
        }
        #[automatically_derived]
        impl $crate::sqlx::Encode<'_, $crate::sqlx::Postgres> for $id {
            fn encode_by_ref(
                &self,
                buffer: &mut $crate::sqlx::postgres::PgArgumentBuffer,
            ) -> ::core::result::Result<$crate::sqlx::encode::IsNull, $crate::sqlx::error::BoxDynError> {
                $crate::__private::id_to_argument(self, buffer)
            }
        }
        #[automatically_derived]
        impl $crate::sqlx::Decode<'_, $crate::sqlx::Postgres> for $id {
            fn decode(
                value: $crate::sqlx::postgres::PgValueRef<'_>,
            ) -> ::core::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                $crate::__private::id_from_value(value)
            }
        }
    };
}

#[doc(hidden)]
#[cfg(not(feature = "postgres"))]
#[macro_export]
macro_rules! bind_id_to_postgres {
    ($id:ty) => {};
}
