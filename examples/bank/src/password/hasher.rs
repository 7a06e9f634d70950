//! From a password to what is kept of it.

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher as _, PasswordVerifier as _},
};
use tokio::task::spawn_blocking;

use super::{Password, PasswordHash};

/// Hashes passwords with Argon2id: a service, which command handlers ask for as `Inject<PasswordHasher>`.
///
/// A hash costs 19 MiB and tens of milliseconds by default, which is spent on a thread for work that blocks.
#[derive(Debug, Clone, Default)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
}

/// Why a password was not hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashingError {
    /// Argon2 failed.
    #[error(transparent)]
    Argon2(#[from] password_hash::Error),
    /// The thread ended before its work did.
    #[error("hashing was interrupted: {0}")]
    Interrupted(String),
}

impl PasswordHasher {
    /// A hasher with costs of one's own.
    pub fn new(argon2: Argon2<'static>) -> Self {
        Self { argon2 }
    }

    /// The hash of a password, under a new salt.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashingError> {
        let argon2 = self.argon2.clone();
        let hashed = spawn_blocking(move || argon2.hash_password(password.as_bytes()));
        let hash = hashed.await.map_err(|error| HashingError::Interrupted(error.to_string()))??;
        Ok(PasswordHash::from_stored(hash.to_string()))
    }

    /// Whether the hash is that of the password.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool, HashingError> {
        let argon2 = self.argon2.clone();
        let verified = spawn_blocking(move || argon2.verify_password(password.as_bytes(), hash.expose()));
        match verified.await.map_err(|error| HashingError::Interrupted(error.to_string()))? {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_no_other_is() {
        let hasher = PasswordHasher::default();
        let password = |text: &str| Password::new(text).unwrap();
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hasher.verify(password("correct horse"), hash.clone()).await.unwrap());
        assert!(!hasher.verify(password("battery staple"), hash.clone()).await.unwrap());
        assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let damaged = PasswordHash::from_stored("damaged");
        let verified =
            PasswordHasher::default().verify(Password::new("correct horse").unwrap(), damaged).await;
        assert!(matches!(verified, Err(HashingError::Argon2(_))));
    }
}
