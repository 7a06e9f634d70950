//! The streams that the members of a group guard, as columns.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::store::Append;

use super::{expectation::expectation, guarded};

#[derive(Default)]
pub(super) struct Guards<'a> {
    members: Vec<i32>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    expectations: Vec<i64>,
}

impl<'a> Guards<'a> {
    /// What a member guards; it has this number.
    pub(super) fn add(&mut self, append: &'a Append, member: i32) {
        for guard in guarded(append) {
            self.members.push(member);
            self.categories.push(guard.stream.category());
            self.keys.push(guard.stream.key());
            self.expectations.push(expectation(guard.expected));
        }
    }

    /// As the last arguments of a function.
    pub(super) fn bind(self, query: Query<'a, Postgres, PgArguments>) -> Query<'a, Postgres, PgArguments> {
        query.bind(self.members).bind(self.categories).bind(self.keys).bind(self.expectations)
    }
}
