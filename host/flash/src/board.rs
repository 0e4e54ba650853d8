//! The boards there are, by the `board.toml` of their folders in `bitstreams`, as built in.

use crate::FlashError;

const KEPT: &[(&str, &str)] = &[("ecp5-85", include_str!("../../../bitstreams/ecp5-85/board.toml"))];

/// `board.toml` of a board.
///
/// # Errors
/// [`FlashError::Unreadable`] with the names there are.
pub fn text(name: &str) -> Result<&'static str, FlashError> {
    let kept = KEPT.iter().find(|(known, _)| *known == name);
    kept.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = KEPT.iter().map(|(known, _)| *known).collect();
        FlashError::unreadable(name, format!("no such board; there are: {}", names.join(", ")))
    })
}
