//! What long work shows of itself on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over the messages of a feed; nothing in a pipe.
pub(crate) fn bar(messages: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} messages, {per_sec}, {eta} left");
    let bar = ProgressBar::new(messages);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
