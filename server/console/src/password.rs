//! The rule for passwords, hashing and random passwords.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, Params};
use rand::Rng;
use rand::seq::IndexedRandom;
use tokio::sync::Semaphore;

use crate::StoreError;

/// Shortest password, in characters.
pub const LENGTH_MIN: usize = 12;
/// Longest password, in characters; bounds what is hashed.
pub const LENGTH_MAX: usize = 128;
/// Different characters at least.
pub const DISTINCT_MIN: usize = 5;
/// Hashes computed at once; each takes 19 MiB and a core for some 30 ms.
const HASHES_AT_ONCE: usize = 2;

/// Which part of the rule a new password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleBroken {
    /// Fewer than [`LENGTH_MIN`] characters.
    #[error("it has {found} characters; at least {LENGTH_MIN} are needed")]
    TooShort {
        /// Characters given.
        found: usize,
    },
    /// More than [`LENGTH_MAX`] characters.
    #[error("it has {found} characters; at most {LENGTH_MAX} are taken")]
    TooLong {
        /// Characters given.
        found: usize,
    },
    /// Fewer than [`DISTINCT_MIN`] different characters.
    #[error("it uses {found} different characters; at least {DISTINCT_MIN} are needed")]
    TooUniform {
        /// Different characters given.
        found: usize,
    },
    /// Contains the account's name.
    #[error("it contains the user name")]
    ContainsName,
    /// Equals the password it replaces.
    #[error("it is the present password")]
    Unchanged,
}

/// Checks a new password of `account` against the rule: 12 to 128 characters, at least 5 different ones, not containing the
/// user name. Length beats composition rules (NIST SP 800-63B, 5.1.1).
pub fn check(account: &str, password: &str) -> Result<(), RuleBroken> {
    let found = password.chars().count();
    if found < LENGTH_MIN {
        return Err(RuleBroken::TooShort { found });
    }
    if found > LENGTH_MAX {
        return Err(RuleBroken::TooLong { found });
    }
    let distinct = password
        .chars()
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    if distinct < DISTINCT_MIN {
        return Err(RuleBroken::TooUniform { found: distinct });
    }
    if password.to_lowercase().contains(&account.to_lowercase()) {
        return Err(RuleBroken::ContainsName);
    }
    Ok(())
}

/// A random password of 20 characters (over 100 bits) without look-alikes, in groups that can be read aloud.
#[must_use]
pub fn random() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut rng = rand::rng();
    let group = |rng: &mut rand::rngs::ThreadRng| -> String {
        (0..5)
            .filter_map(|_| LETTERS.choose(rng))
            .map(|b| char::from(*b))
            .collect()
    };
    (0..4)
        .map(|_| group(&mut rng))
        .collect::<Vec<_>>()
        .join("-")
}

/// A random token of 128 bits in hexadecimal, for forms and cookies.
#[must_use]
pub fn token() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

/// Hashes on blocking threads, [`HASHES_AT_ONCE`] at a time, so that a storm of logins leaves the machine to the broker.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    permits: Arc<Semaphore>,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String, StoreError> {
        self.run(move || {
            let salt =
                SaltString::encode_b64(&rand::rng().random::<[u8; 16]>()).map_err(hash_error)?;
            Ok(argon2id()
                .hash_password(password.as_bytes(), &salt)
                .map_err(hash_error)?
                .to_string())
        })
        .await
    }

    /// Whether `password` matches. Without a hash (no such account) a dummy is computed and the answer is no, so that both take
    /// the same time.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, StoreError> {
        self.run(move || {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16]).map_err(hash_error)?;
                argon2id()
                    .hash_password(password.as_bytes(), &salt)
                    .map_err(hash_error)?;
                return Ok(false);
            };
            let parsed = PasswordHash::new(&hash).map_err(hash_error)?;
            Ok(argon2id()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(hash_error)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(hash_error)?
    }
}

/// argon2id with 19 MiB, two passes, one lane: the OWASP minimum, and the crate's default.
fn argon2id() -> Argon2<'static> {
    Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::default(),
    )
}

fn hash_error(error: impl std::fmt::Display) -> StoreError {
    StoreError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_names_what_is_broken() {
        assert_eq!(
            check("admin", "short"),
            Err(RuleBroken::TooShort { found: 5 })
        );
        assert_eq!(
            check("admin", &"ab".repeat(65)),
            Err(RuleBroken::TooLong { found: 130 })
        );
        assert_eq!(
            check("admin", "aaaabbbbcccc"),
            Err(RuleBroken::TooUniform { found: 3 })
        );
        assert_eq!(
            check("admin", "my-ADMIN-words-1"),
            Err(RuleBroken::ContainsName)
        );
        assert_eq!(check("admin", "twelve chars"), Ok(()));
        // Characters are counted, not bytes.
        assert_eq!(
            check("admin", "水车水轮转动不停息石磨"),
            Err(RuleBroken::TooShort { found: 11 })
        );
        assert_eq!(check("admin", "水车水轮转动不停息石磨坊"), Ok(()));
    }

    #[test]
    fn random_passwords_keep_the_rule_and_differ() {
        let (a, b) = (random(), random());
        assert_ne!(a, b);
        assert_eq!(check("admin", &a), Ok(()));
        assert_eq!(a.len(), 23);
    }

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_only() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            hasher
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("correct house".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!hasher.verify("correct horse".into(), None).await.unwrap());
    }
}
