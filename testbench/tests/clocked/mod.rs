//! What the benches with several clocks share.

/// Ratios of the clocks that are tried, a seed each: a slice in every run, hundreds in the soak.
pub(crate) fn seeds() -> u64 {
    if std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1") {
        400
    } else {
        20
    }
}
