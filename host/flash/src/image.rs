//! An image that has been looked at: for this board, of this contract, whole, and signed by someone who is trusted.

use crate::key::{Trusted, hex};
use crate::{FlashError, Manifest};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Whose images are taken.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Of these keys.
    Keys(Trusted),
    /// Anybody's, signed or not.
    Anyone,
}

/// An image that may be written: the bytes that were looked at, whatever becomes of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// The file it came from.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    bytes: Vec<u8>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("path", &self.path)
            .field("manifest", &self.manifest)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Image {
    /// Looks at an image and its manifest.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn verify(
        path: &Path,
        manifest: &Path,
        board: &str,
        host: u32,
        trust: &Trust,
    ) -> Result<Self, FlashError> {
        let manifest = Manifest::read(manifest)?;
        if manifest.board != board {
            return Err(FlashError::OtherBoard {
                image: manifest.board,
                board: board.into(),
            });
        }
        // The signature first: what an unsigned manifest says of contract and digest is worth nothing.
        if let Trust::Keys(keys) = trust {
            let signature = manifest.signature.as_ref().ok_or(FlashError::Unsigned)?;
            if keys.is_empty() {
                return Err(FlashError::NoKey);
            }
            if !keys.accept(&manifest.signed_text(), signature) {
                return Err(FlashError::BadSignature { keys: keys.len() });
            }
        }
        let bytes = fs::read(path).map_err(FlashError::file(path))?;
        let found = sha256(&bytes);
        if !found.eq_ignore_ascii_case(&manifest.sha256) {
            return Err(FlashError::OtherDigest {
                path: path.into(),
                found,
                expected: manifest.sha256,
            });
        }
        let image = manifest.contract_hash().unwrap_or_default();
        if image != host {
            return Err(FlashError::OtherContract {
                image,
                host,
                commit: manifest.commit,
            });
        }
        Ok(Self {
            path: path.into(),
            manifest,
            bytes,
        })
    }

    /// Puts what was looked at into a folder, under the name of its file: a programmer that read the file itself might find another one there.
    ///
    /// # Errors
    /// [`FlashError::File`].
    pub fn stage(&self, folder: &Path) -> Result<PathBuf, FlashError> {
        let path = folder.join(self.path.file_name().unwrap_or_default());
        fs::write(&path, &self.bytes).map_err(FlashError::file(&path))?;
        Ok(path)
    }

    /// Keeps the image as the one to return to; neither file is ever half there under its name.
    ///
    /// # Errors
    /// [`FlashError::File`].
    pub fn keep(&self, folder: &Path) -> Result<(), FlashError> {
        fs::create_dir_all(folder).map_err(FlashError::file(folder))?;
        let (image, manifest) = golden(folder);
        let partial = image.with_extension("partial");
        fs::write(&partial, &self.bytes).map_err(FlashError::file(&partial))?;
        // Without a manifest there is no golden image: so it goes first and comes last.
        match fs::remove_file(&manifest) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(FlashError::file(&manifest)(error));
            }
            _ => {}
        }
        fs::rename(&partial, &image).map_err(FlashError::file(&image))?;
        self.manifest.write(&manifest)
    }
}

/// Where the image to return to is kept in a folder, and its manifest.
pub fn golden(folder: &Path) -> (PathBuf, PathBuf) {
    let image = folder.join("golden.bit");
    let manifest = Manifest::beside(&image);
    (image, manifest)
}
