//! Passwords: taken in, hashed, forgotten.

mod hash;
mod hasher;
mod secret;

pub use hash::PasswordHash;
pub use hasher::{HashingError, PasswordHasher};
pub use secret::{InvalidPassword, Password};
