//! A library that lends books: another domain, for mistakes that were made after the messages had been mended.

use std::collections::BTreeMap;

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct BookId(u64);
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReaderId(String);

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct BookBought { title: String, shelf: u32 }
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[event(name = "book-lent", alias = "book-borrowed")]
pub struct BookLent { #[event(tag)] reader: ReaderId, days: u32 }
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct BookReturned { late_days: u32 }
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub enum Loss { Reported, Confirmed { fee: u64 } }

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct BuyBook { #[command(id)] pub book: BookId, pub title: String, pub shelf: u32 }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct LendBook { #[command(id)] pub book: BookId, pub reader: ReaderId, pub days: u32 }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct ReturnBook { #[command(id)] pub book: BookId }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct ReportLoss { #[command(id)] pub book: BookId }

#[derive(Debug, thiserror::Error)]
pub enum LendingError {
    #[error("the book is lent to {0} already")]
    Lent(ReaderId),
    #[error("the book is on its shelf")]
    NotLent,
}

pub trait Calendar: Send + Sync {
    fn today(&self) -> u32;
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = BookId, snapshot_every = 50)]
pub enum Book {
    OnShelf { title: String },
    Lent { title: String, reader: ReaderId },
}

#[event_handler]
impl Book {
    fn bought(event: &BookBought) -> Self {
        Self::OnShelf { title: event.title.clone() }
    }
    fn lent(self, event: &BookLent) -> Self {
        let (Self::OnShelf { title } | Self::Lent { title, .. }) = self;
        Self::Lent { title, reader: event.reader.clone() }
    }
    fn returned(self, _event: &BookReturned) -> Self {
        let (Self::OnShelf { title } | Self::Lent { title, .. }) = self;
        Self::OnShelf { title }
    }
    fn lost(&mut self, _event: &Loss) -> Ended {
        Ended
    }
}

#[command_handler]
impl Book {
    fn buy(command: BuyBook) -> BookBought {
        BookBought { title: command.title, shelf: command.shelf }
    }
    fn lend(&self, command: LendBook) -> Result<BookLent, LendingError> {
        match self {
            Self::OnShelf { .. } => Ok(BookLent { reader: command.reader, days: command.days }),
            Self::Lent { reader, .. } => Err(LendingError::Lent(reader.clone())),
        }
    }
    async fn give_back(
        &self,
        _command: ReturnBook,
        calendar: Inject<std::sync::Arc<dyn Calendar>>,
    ) -> Result<BookReturned, LendingError> {
        let Self::Lent { .. } = self else { return Err(LendingError::NotLent) };
        Ok(BookReturned { late_days: calendar.today() })
    }
    fn report(&self, _command: ReportLoss, _book: Id<Book>) -> Option<Loss> {
        Some(Loss::Reported)
    }
}

#[derive(Projection, Default)]
#[projection(name = "loans")]
pub struct Loans { by_reader: BTreeMap<ReaderId, Vec<BookId>> }

#[event_handler]
impl Loans {
    fn lent(&mut self, event: &BookLent, book: Id<Book>, _envelope: &Envelope) {
        self.by_reader.entry(event.reader.clone()).or_default().push(book.clone());
    }
    fn returned(&mut self, _event: &BookReturned, book: Id<Book>) {
        for books in self.by_reader.values_mut() {
            books.retain(|other| *other != *book);
        }
    }
}

#[event_handler(from = start, name = "log")]
fn log(event: &RecordedEvent) {
    println!("{}", event.envelope.name);
}

pub async fn lend_two(app: &Application, reader: ReaderId) -> Result<(), DispatchError<LendingError>> {
    for book in [1, 2] {
        app.dispatch(LendBook { book: BookId(book), reader: reader.clone(), days: 14 }).await?;
    }
    Ok(())
}

pub async fn take_back(app: &Application, book: BookId) -> bool {
    app.dispatch(ReturnBook { book }).actor("desk").await.is_ok()
}

fn main() {}
