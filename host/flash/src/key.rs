//! Keys: ed25519, a line of hexadecimal digits a file.
//!
//! A secret key's file holds its 32 bytes and is readable by its owner alone; it belongs to whoever releases images, and on no machine with a card. The
//! public key's file (`.pub`) goes to every such machine.

use crate::FlashError;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal digits as bytes.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim();
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Makes a pair of keys: the secret one at `path`, the public one beside it; neither must exist.
///
/// # Errors
/// [`FlashError::File`]; [`FlashError::Unreadable`] for a name that is the public key's.
pub fn make(path: &Path) -> Result<PathBuf, FlashError> {
    let public = path.with_extension("pub");
    if public == path {
        return Err(FlashError::unreadable(
            path.display().to_string(),
            "the public key beside it would have this name; give the secret key another, such as release.key",
        ));
    }
    // Whether the secret key exists the system says below, with its name.
    if public.exists() && !path.exists() {
        return Err(FlashError::unreadable(
            public.display().to_string(),
            "there is a public key of this name already; name the new pair otherwise, or move the old one",
        ));
    }
    let mut secret = [0; 32];
    let random = Path::new("/dev/urandom");
    fs::File::open(random)
        .and_then(|mut file| file.read_exact(&mut secret))
        .map_err(FlashError::file(random))?;
    let key = SigningKey::from_bytes(&secret);
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| writeln!(file, "{}", hex(&secret)))
        .map_err(FlashError::file(path))?;
    let written = fs::write(&public, hex(key.verifying_key().as_bytes()) + "\n");
    if written.is_err() {
        // A secret key without its public one is of no use; one that cannot be removed harms nobody either.
        let _removed = fs::remove_file(path);
    }
    written.map_err(FlashError::file(&public))?;
    Ok(public)
}

/// Signs with the secret key of a file; the signature in hexadecimal digits.
///
/// # Errors
/// [`FlashError::Unreadable`] for a file that is no key, or that others may read.
pub fn sign(secret: &Path, text: &str) -> Result<String, FlashError> {
    let name = || secret.display().to_string();
    let mode = fs::metadata(secret)
        .map_err(FlashError::file(secret))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        let said = format!(
            "others may read this secret key (mode {:o}); chmod 600 it, or make a new one",
            mode & 0o777
        );
        return Err(FlashError::unreadable(name(), said));
    }
    let digits = fs::read_to_string(secret).map_err(FlashError::file(secret))?;
    let bytes = unhex(&digits)
        .ok_or_else(|| FlashError::unreadable(name(), "no secret key: 64 hexadecimal digits"))?;
    Ok(hex(&SigningKey::from_bytes(&bytes)
        .sign(text.as_bytes())
        .to_bytes()))
}

/// Public keys that images may be signed with.
#[derive(Debug, Clone, Default)]
pub struct Trusted(Vec<VerifyingKey>);

impl Trusted {
    /// Reads the files of public keys.
    ///
    /// # Errors
    /// [`FlashError::File`], [`FlashError::Unreadable`].
    pub fn read(files: &[PathBuf]) -> Result<Self, FlashError> {
        let read = |path: &PathBuf| {
            let digits = fs::read_to_string(path).map_err(FlashError::file(path))?;
            let key = unhex(&digits).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            key.ok_or_else(|| {
                FlashError::unreadable(path.display().to_string(), "no public key: 64 hexadecimal digits")
            })
        };
        files.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the keys made the signature of a text.
    pub fn accept(&self, text: &str, signature: &str) -> bool {
        let Some(signature) = unhex(signature).map(|bytes| Signature::from_bytes(&bytes)) else {
            return false;
        };
        self.0
            .iter()
            .any(|key| key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}
