//! Saving roots, one or several, in one atomic write.

use futures_util::future::BoxFuture;

use crate::{
    aggregate::Aggregate,
    message::Metadata,
    store::{Append, Appended, Store, StreamWrite},
};

use super::{Root, SaveError, snapshots, take_snapshot};

/// A [`Root`] of any aggregate, for saving several of different kinds together. Only roots are.
pub trait Unsaved: sealed::Sealed + Send {
    #[doc(hidden)]
    fn write(&self) -> Result<Option<StreamWrite>, SaveError>;

    #[doc(hidden)]
    fn metadata(&self) -> &Metadata;

    #[doc(hidden)]
    fn saved<'a>(&'a mut self, store: &'a dyn Store) -> BoxFuture<'a, ()>;
}

impl<A: Aggregate> Unsaved for Root<A> {
    fn write(&self) -> Result<Option<StreamWrite>, SaveError> {
        self.to_save()
    }

    fn metadata(&self) -> &Metadata {
        self.stored_metadata()
    }

    fn saved<'a>(&'a mut self, store: &'a dyn Store) -> BoxFuture<'a, ()> {
        self.settle();
        let stream = self.stream().clone();
        let snapshot = self.snapshot_due().and_then(|loaded| take_snapshot(&stream, loaded));
        Box::pin(async move {
            if let Some(snapshot) = snapshot {
                snapshots::save(store, snapshot).await;
                self.snapshot_taken();
            }
        })
    }
}

/// Saves the pending events of several roots in one atomic write: all of them are stored, or none. Gives
/// `None`, and does nothing, if nothing is pending. The metadata is that of the first root with pending events.
///
/// Of a root without pending events the version is checked if it is [guarded](Root::guard). Roots that a command handler
/// function loaded are not saved: the function returns them.
pub async fn save_together(
    store: &dyn Store,
    roots: &mut [&mut dyn Unsaved],
) -> Result<Option<Appended>, SaveError> {
    let mut writes = Vec::with_capacity(roots.len());
    let mut metadata = None;
    for root in roots.iter() {
        let Some(write) = root.write()? else { continue };
        if !write.events.is_empty() {
            metadata.get_or_insert_with(|| root.metadata().clone());
        }
        writes.push(write);
    }
    let Some(metadata) = metadata else { return Ok(None) };
    metadata.check_headers()?;
    let appended = store.append(Append { writes, command: None, metadata }).await?;
    for root in roots {
        root.saved(store).await;
    }
    Ok(Some(appended))
}

mod sealed {
    pub trait Sealed {}

    impl<A: super::Aggregate> Sealed for super::Root<A> {}
}
