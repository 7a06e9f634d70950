#![doc = include_str!("../docs/guide.md")]
//!
//! ```standalone_crate
#![doc = include_str!("../docs/bank.rs")]
//! # fn main() {}
//! ```
#![doc = include_str!("../docs/guide_running.md")]
// A page is shown whatever features are on; its programs are compiled where those that they need are.
#![cfg_attr(
    not(all(feature = "nats", feature = "postgres", feature = "rabbitmq", feature = "testing")),
    allow(rustdoc::broken_intra_doc_links, reason = "what a link leads to may need another feature")
)]

#[doc = include_str!("../docs/evolving.md")]
pub mod evolving {}

#[doc = include_str!("../docs/web.md")]
pub mod web {}

#[cfg(any(not(doctest), feature = "postgres"))]
#[doc = include_str!("../docs/querying.md")]
pub mod querying {}

#[cfg(any(not(doctest), feature = "testing"))]
#[doc = include_str!("../docs/processes.md")]
///
/// ```standalone_crate
#[doc = include_str!("../docs/processes.rs")]
/// # fn main() {}
/// ```
#[doc = include_str!("../docs/processes_running.md")]
pub mod processes {}

#[cfg(any(not(doctest), feature = "testing"))]
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/operating.md")]
pub mod operating {}

#[cfg(any(not(doctest), all(feature = "nats", feature = "postgres", feature = "rabbitmq")))]
#[doc = include_str!("../docs/growing_up.md")]
pub mod growing_up {}

#[doc = include_str!("../docs/by_hand.md")]
///
/// ```standalone_crate
#[doc = include_str!("../docs/by_hand.rs")]
/// ```
pub mod by_hand {}

#[cfg(any(not(doctest), feature = "testing"))]
#[doc = include_str!("../docs/own_store.md")]
///
/// ```no_run
#[doc = include_str!("../docs/own_store.rs")]
/// ```
pub mod own_store {}

#[doc = include_str!("../docs/words.md")]
pub mod words {}
