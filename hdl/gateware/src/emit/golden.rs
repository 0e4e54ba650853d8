//! The committed copies of the emitted Verilog, in `hdl/golden`.

use super::{BLOCKS, EmitError, Size, emit, sha256};
use std::path::{Path, PathBuf};

/// Texts above this many bytes are kept as a digest only.
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// One golden file: name within `hdl/golden` and the content it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// `<block>.v`, or `<block>.<size>.sha256`.
    pub file: String,
    /// The whole content.
    pub text: String,
}

/// Where the golden files live in this source tree.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden")
}

/// The golden files of one block: its Verilog in size `small`, and for `top` the digest in size `sim`.
///
/// # Errors
/// Whatever [`emit`] finds.
pub fn of(block: &str) -> Result<Vec<Golden>, EmitError> {
    let small = emit(block, Size::Small)?;
    let first = if small.len() <= TEXT_BYTES_MAX {
        Golden {
            file: format!("{block}.v"),
            text: small,
        }
    } else {
        digest(block, Size::Small, &small)
    };
    let mut files = vec![first];
    if block == "top" {
        files.push(digest(block, Size::Sim, &emit(block, Size::Sim)?));
    }
    Ok(files)
}

/// The golden files of every block.
///
/// # Errors
/// Whatever [`emit`] finds.
pub fn all() -> Result<Vec<Golden>, EmitError> {
    let mut files = Vec::new();
    for block in BLOCKS {
        files.extend(of(block.name)?);
    }
    Ok(files)
}

fn digest(block: &str, size: Size, text: &str) -> Golden {
    Golden {
        file: format!("{block}.{size}.sha256"),
        text: format!("{}\n", sha256(text)),
    }
}
