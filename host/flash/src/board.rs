//! The boards there are, by the `board.toml` of their folders in `bitstreams`, as built in.

use crate::FlashError;

const KEPT: &[(&str, &str)] = &[
    (
        "acorn-cle215",
        include_str!("../../../bitstreams/acorn-cle215/board.toml"),
    ),
    (
        "alveo-u50",
        include_str!("../../../bitstreams/alveo-u50/board.toml"),
    ),
    (
        "alveo-u55c",
        include_str!("../../../bitstreams/alveo-u55c/board.toml"),
    ),
    (
        "de5a-net",
        include_str!("../../../bitstreams/de5a-net/board.toml"),
    ),
    ("ecp5-85", include_str!("../../../bitstreams/ecp5-85/board.toml")),
];

/// Names of all boards.
pub fn names() -> impl Iterator<Item = &'static str> {
    KEPT.iter().map(|(name, _)| *name)
}

/// `board.toml` of a board.
///
/// # Errors
/// [`FlashError::Unreadable`] with the names there are.
pub fn text(name: &str) -> Result<&'static str, FlashError> {
    let kept = KEPT.iter().find(|(known, _)| *known == name);
    kept.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = names().collect();
        FlashError::unreadable(name, format!("no such board; there are: {}", names.join(", ")))
    })
}
