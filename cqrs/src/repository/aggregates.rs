//! Loading and saving aggregates of one kind.

use std::{fmt, marker::PhantomData, sync::Arc};

use crate::{
    aggregate::Aggregate,
    command::{CommandArgument, CommandContext},
    handler::{ArgumentError, ArgumentInfo},
    message::Metadata,
    store::{Appended, Store},
};

use super::{LoadError, Loaded, Root, SaveError, load, save_together};

/// Loads and saves aggregates of one kind: the imperative style.
///
/// It works on the store alone: it knows nothing of the dispatcher's cache, and needs to know nothing, since
/// the cache never trusts itself. As an argument of a command handler function it carries the command's metadata.
pub struct Repository<A: Aggregate> {
    store: Arc<dyn Store>,
    metadata: Option<Metadata>,
    kind: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Repository<A> {
    /// A repository over a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, metadata: None, kind: PhantomData }
    }

    /// The aggregate; [`LoadError::NotFound`] if its stream has no events.
    pub async fn load(&self, id: &A::Id) -> Result<Root<A>, LoadError> {
        self.find(id).await?.ok_or_else(|| LoadError::NotFound(A::stream(id)))
    }

    /// The aggregate; `None` if its stream has no events.
    pub async fn find(&self, id: &A::Id) -> Result<Option<Root<A>>, LoadError> {
        let root = self.load_or_create(id).await?;
        Ok((root.version() != crate::Version::NONE).then_some(root))
    }

    /// The aggregate, or a new one if its stream has no events.
    pub async fn load_or_create(&self, id: &A::Id) -> Result<Root<A>, LoadError> {
        let loaded = load::<A>(&*self.store, &A::stream(id)).await?;
        Ok(Root::new(id.clone(), loaded, self.metadata()))
    }

    /// A new aggregate, without a look at the store: saving it is a conflict if its stream has events.
    pub fn create(&self, id: A::Id) -> Root<A> {
        Root::new(id, Loaded::initial(), self.metadata())
    }

    /// Stores what is pending on the root, and clears it. Gives `None`, and does nothing, if nothing is pending.
    pub async fn save(&self, root: &mut Root<A>) -> Result<Option<Appended>, SaveError> {
        save_together(&*self.store, &mut [root]).await
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone().unwrap_or_default()
    }
}

impl<A: Aggregate> Clone for Repository<A> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), metadata: self.metadata.clone(), kind: PhantomData }
    }
}

impl<A: Aggregate> fmt::Debug for Repository<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Repository({})", A::CATEGORY)
    }
}

impl<A: Aggregate> CommandArgument<'_> for Repository<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Store;

    fn extract(context: CommandContext<'_>) -> Result<Self, ArgumentError> {
        let store = context.store.cloned().ok_or(ArgumentError::MissingService("Repository"))?;
        Ok(Self { store, metadata: Some(context.metadata.clone()), kind: PhantomData })
    }
}
