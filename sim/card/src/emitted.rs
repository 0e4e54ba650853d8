//! The card's Verilog, kept beside the built models.
//!
//! Emission takes seconds, and what it gives depends on nothing but this program and the size: the text is kept under
//! the digest of the program's own file.

use crate::CardError;
use gateware::emit::{Size, emit};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Verilog of `top`.
///
/// # Errors
/// What emission finds. A folder that cannot be written costs time, nothing else.
pub(crate) fn top(size: Size) -> Result<String, CardError> {
    let Some(kept) = place(size) else {
        return Ok(emit("top", size)?);
    };
    if let Ok(text) = fs::read_to_string(&kept) {
        return Ok(text);
    }
    let text = emit("top", size)?;
    // Losing the copy is harmless; half a copy is never under the final name.
    let _ = keep(&kept, &text);
    Ok(text)
}

fn place(size: Size) -> Option<PathBuf> {
    // A large file, and the same one for as long as the program runs: many cards may be built in one.
    static PROGRAM: OnceLock<Option<String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(digest).as_ref()?;
    Some(verilated::cache().join(format!("emitted-{program}-{size}.v")))
}

/// Digest of this program's own file, in hex.
fn digest() -> Option<String> {
    let program = fs::read(std::env::current_exe().ok()?).ok()?;
    let mut text = String::new();
    for byte in Sha256::digest(&program) {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let partial = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&partial, text)?;
    fs::rename(&partial, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_text_is_the_emitted_one() {
        let emitted = emit("top", Size::Small).expect("emits");
        for _ in 0..2 {
            assert_eq!(top(Size::Small).expect("emits or is kept"), emitted);
        }
        assert!(place(Size::Small).expect("a program with a file").exists());
    }
}
