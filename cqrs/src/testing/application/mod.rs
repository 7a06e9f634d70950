//! given / when / then for a whole application, or most of it.

mod building;
mod running;

pub use building::TestApplicationBuilder;
pub use running::TestApplication;
