//! The committed copies of the emitted Verilog, in `hdl/golden`.

use super::{BLOCKS, EmitError, Size, emit, sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// Sizes of which a block has a golden file: `small`, and `top` also `sim`, of which only the digest is kept.
fn sizes(block: &str) -> &'static [Size] {
    if block == "top" {
        &[Size::Small, Size::Sim]
    } else {
        &[Size::Small]
    }
}

fn file(block: &str, size: Size, text: String) -> Golden {
    if text.len() <= TEXT_BYTES_MAX && matches!(size, Size::Small) {
        Golden {
            file: format!("{block}.v"),
            text,
        }
    } else {
        digest(block, size, &text)
    }
}

/// The golden files of one block.
///
/// # Errors
/// Whatever [`emit`] finds.
pub fn of(block: &str) -> Result<Vec<Golden>, EmitError> {
    sizes(block)
        .iter()
        .map(|size| Ok(file(block, *size, emit(block, *size)?)))
        .collect()
}

/// The golden files of every block.
///
/// # Errors
/// Whatever [`emit`] finds.
pub fn all() -> Result<Vec<Golden>, EmitError> {
    let wanted: Vec<(&str, Size)> = BLOCKS
        .iter()
        .flat_map(|block| sizes(block.name).iter().map(|size| (block.name, *size)))
        .collect();
    let texts = emit_each(&wanted)?;
    Ok(wanted
        .into_iter()
        .zip(texts)
        .map(|((block, size), text)| file(block, size, text))
        .collect())
}

/// The Verilog of these blocks, in their order, emitted by all cores.
///
/// # Errors
/// Whatever [`emit`] finds.
pub fn emit_each(wanted: &[(&str, Size)]) -> Result<Vec<String>, EmitError> {
    let waiting = AtomicUsize::new(wanted.len());
    let made = Mutex::new(BTreeMap::new());
    // From the end: the whole card, which takes longest, is there.
    let work = || {
        while let Ok(left) =
            waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
        {
            let (block, size) = wanted[left - 1];
            let text = emit(block, size);
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(left, text);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    made.into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
        .collect()
}

fn digest(block: &str, size: Size, text: &str) -> Golden {
    Golden {
        file: format!("{block}.{size}.sha256"),
        text: format!("{}\n", sha256(text)),
    }
}
