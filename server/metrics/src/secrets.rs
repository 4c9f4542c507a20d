//! Secrets at rest: sealed with ChaCha20-Poly1305 under a random key in a file of its own, so that a copy of the database alone
//! gives none away.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// Name of the key's file in the data directory; only its owner may read it.
pub const KEY_FILE: &str = "secret.key";
const KEY_BYTES: usize = 32;

/// The key. Shows nothing of itself.
pub struct Secrets {
    key: LessSafeKey,
    random: SystemRandom,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file does not hold 32 bytes.
    #[error(
        "{path} holds {found} bytes where the key has 32; put the right file back, or remove it and enter the secrets again"
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes in it.
        found: usize,
    },
    /// The machine has no randomness.
    #[error("cannot make a key")]
    Random,
}

/// A secret that cannot be opened: it was sealed under another key, for something else, or is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret cannot be opened; enter it again")]
pub struct Unopened;

impl Secrets {
    /// Reads the key in `dir`, or makes it.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(KEY_FILE);
        let bytes = match read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make(dir, &path)?,
            Err(source) => return Err(KeyError::File { path, source }),
            Ok(bytes) => bytes,
        };
        let length = KeyError::Length {
            path,
            found: bytes.len(),
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| length)?;
        Ok(Self {
            key: LessSafeKey::new(key),
            random: SystemRandom::new(),
        })
    }

    /// Seals `text` for `place`, e.g. `channel 3`: only there can it be opened.
    pub fn seal(&self, place: &str, text: &[u8]) -> Result<Vec<u8>, Unopened> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| Unopened)?;
        let mut sealed = text.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::from(place.as_bytes()), &mut sealed)
            .map_err(|_| Unopened)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for `place`.
    pub fn unseal(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(Unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened)?;
        let mut bytes = sealed.to_vec();
        let opened = self
            .key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut bytes);
        opened.map(|text| text.to_vec()).map_err(|_| Unopened)
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than the key shows a longer file without reading it all.
    std::fs::File::open(path)?
        .take(KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whole or not at all: half a key would be the end of every secret.
fn make(dir: &Path, path: &Path) -> Result<Vec<u8>, KeyError> {
    let mut key = [0; KEY_BYTES];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| KeyError::Random)?;
    let written = || -> std::io::Result<()> {
        let new = dir.join("secret.key.new");
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&key)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        std::fs::File::open(dir)?.sync_all()
    };
    written().map_err(|source| KeyError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(key.to_vec())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_sealed_is_opened_where_it_belongs_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(dir.path()).unwrap();
        let sealed = secrets.seal("channel 1", b"hunter2 hunter2").unwrap();
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        // After a restart, too.
        let again = Secrets::open(dir.path()).unwrap();
        assert_eq!(
            again.unseal("channel 1", &sealed).unwrap(),
            b"hunter2 hunter2"
        );
        assert_eq!(again.unseal("channel 2", &sealed), Err(Unopened));
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(again.unseal("channel 1", &bent), Err(Unopened));
            assert_eq!(again.unseal("channel 1", &sealed[..at]), Err(Unopened));
        }
        assert_ne!(
            sealed,
            secrets.seal("channel 1", b"hunter2 hunter2").unwrap()
        );
    }

    #[test]
    fn only_the_owner_reads_the_key_and_a_wrong_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(dir.path()).unwrap();
        let path = dir.path().join(KEY_FILE);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let sealed = secrets.seal("x", b"y").unwrap();
        std::fs::remove_file(&path).unwrap();
        let other = Secrets::open(dir.path()).unwrap();
        assert_eq!(other.unseal("x", &sealed), Err(Unopened));
        for bytes in [&b""[..], &[0; 31], &[0; 33]] {
            std::fs::write(&path, bytes).unwrap();
            let error = Secrets::open(dir.path()).unwrap_err().to_string();
            assert!(error.contains(&bytes.len().to_string()), "{error}");
        }
    }
}
