//! Loading and saving aggregates of one kind.

use std::{fmt, marker::PhantomData, sync::Arc};

use crate::{
    aggregate::Aggregate,
    message::Metadata,
    store::{Appended, Store},
};

use super::{Ledger, LoadError, Loaded, Missing, Root, SaveError, load, save_together};

/// Loads and saves aggregates of one kind: the imperative style.
///
/// It works on the store alone: it knows nothing of the dispatcher's cache, and needs to know nothing, since
/// the cache never trusts itself.
///
/// As an argument of a command handler function it carries the command's metadata, and accounts for the roots it gives
/// (see [`Root`]): what is recorded on them and not returned refuses the command, and they cannot be
/// [saved](Self::save) but by returning them. That holds for its clones, too, wherever they go.
///
/// As an argument of an event handler function it reads the store as it is when it is asked. To change an aggregate there, dispatch
/// a command: what is saved is saved again when the function is called again.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let accounts = app.repository::<Account>();
/// let mut account = accounts.load(&AccountId("1".into())).await?;
/// account.record(MoneyCredited { amount: 100 })?;
/// accounts.save(&mut account).await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
pub struct Repository<A> {
    store: Arc<dyn Store>,
    metadata: Option<Metadata>,
    ledger: Option<Arc<Ledger>>,
    kind: PhantomData<fn() -> A>,
}

/// The store of the application, among its services: what the repositories of event handler functions read.
pub(crate) struct OwnStore(pub(crate) Arc<dyn Store>);

/// Where the repositories of one attempt at a command come from: the store, and the ledger in which all of their roots are
/// accounted for.
pub struct Repositories {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ledger: Arc<Ledger>,
}

impl Repositories {
    /// The repositories of a new attempt.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, ledger: Arc::default() }
    }
}

/// Nothing is recorded for an attempt that is over, whichever way it ended.
impl Drop for Repositories {
    fn drop(&mut self) {
        self.ledger.close();
    }
}

impl fmt::Debug for Repositories {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Repositories({}, {:?})", self.store.name(), self.ledger)
    }
}

impl Repositories {
    /// One for aggregates of this kind, whose commands are caused as this one is.
    pub(crate) fn of<A: Aggregate>(&self, metadata: &Metadata) -> Repository<A> {
        Repository {
            store: Arc::clone(&self.store),
            metadata: Some(metadata.clone()),
            ledger: Some(Arc::clone(&self.ledger)),
            kind: PhantomData,
        }
    }
}

impl<A: Aggregate> Repository<A> {
    /// Creates a repository over a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, metadata: None, ledger: None, kind: PhantomData }
    }

    /// One for an event handler function: what is saved by it follows from the event.
    pub(crate) fn caused(store: &OwnStore, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), ..Self::new(Arc::clone(&store.0)) }
    }

    /// Loads the aggregate; [`LoadError::NotFound`] if its stream has no events.
    pub async fn load(&self, id: &A::Id) -> Result<Root<A>, LoadError>
    where
        A::Id: Clone,
    {
        match self.find(id).await? {
            Some(root) => Ok(root),
            None => Err(self.noted(LoadError::NotFound(Missing::new(A::stream(id))))),
        }
    }

    /// Loads the aggregate; `None` if its stream has no events. Nothing guards that it stays so: where the decision rests on it,
    /// use [`load_or_create`](Self::load_or_create) and return or [guard](Root::guard) the root.
    pub async fn find(&self, id: &A::Id) -> Result<Option<Root<A>>, LoadError>
    where
        A::Id: Clone,
    {
        let root = self.load_or_create(id).await?;
        Ok((root.version() != crate::Version::NONE).then_some(root))
    }

    /// Loads the aggregate, or creates it if its stream has no events.
    pub async fn load_or_create(&self, id: &A::Id) -> Result<Root<A>, LoadError>
    where
        A::Id: Clone,
    {
        let loaded = load::<A>(&*self.store, &A::stream(id)).await.map_err(|error| self.noted(error))?;
        Ok(self.root(id.clone(), loaded))
    }

    /// Creates the aggregate, without a look at the store: saving it is a conflict if its stream has events.
    pub fn create(&self, id: A::Id) -> Root<A> {
        self.root(id, Loaded::initial())
    }

    /// Stores what is pending on the root, and clears it. Gives `None`, and does nothing, if nothing is pending.
    ///
    /// A command handler function saves by returning its roots. To save one within it is [`SaveError::InHandler`]: it
    /// would stay stored if the command is refused after all, and be stored again when the command is decided again.
    pub async fn save(&self, root: &mut Root<A>) -> Result<Option<Appended>, SaveError> {
        save_together(&*self.store, &mut [root]).await
    }

    fn root(&self, id: A::Id, loaded: Loaded<A>) -> Root<A> {
        let root = Root::new(id, loaded, self.metadata.clone().unwrap_or_default());
        match &self.ledger {
            Some(ledger) => root.entered(ledger),
            None => root,
        }
    }

    fn noted(&self, error: LoadError) -> LoadError {
        if let Some(ledger) = &self.ledger {
            ledger.note(&error);
        }
        error
    }
}

impl<A: Aggregate> Clone for Repository<A> {
    fn clone(&self) -> Self {
        let Self { store, metadata, ledger, kind: _ } = self;
        Self {
            store: Arc::clone(store),
            metadata: metadata.clone(),
            ledger: ledger.clone(),
            kind: PhantomData,
        }
    }
}

impl<A: Aggregate> fmt::Debug for Repository<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Repository({})", A::CATEGORY)
    }
}
