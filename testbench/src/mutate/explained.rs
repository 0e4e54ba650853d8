//! The lists of equivalent mutants, and quiet panics.

use super::Mutation;
use std::cell::Cell;
use std::path::Path;
use std::sync::Once;

/// `testbench/mutants/<block>.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    equivalent: Vec<Entry>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The statement as emitted.
    line: String,
    /// What the mutation makes of it.
    change: String,
    /// Why no bench can see it.
    reason: String,
}

/// Whether the block's list names the mutation.
pub(super) fn is_listed(block: &str, mutation: &Mutation) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("mutants/{block}.toml"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        return false;
    };
    let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for entry in &file.equivalent {
        assert!(
            entry.reason.len() >= 20,
            "{}: `{}` needs a reason",
            path.display(),
            entry.line
        );
    }
    file.equivalent
        .iter()
        .any(|e| e.line == mutation.original && e.change == mutation.change)
}

/// A survivor as an entry of the list.
pub(super) fn entry(mutation: &Mutation) -> String {
    let Mutation {
        id,
        line,
        original,
        change,
    } = mutation;
    format!(
        "\n# line {line}, mutant {id}\n[[equivalent]]\nline = '{original}'\nchange = '{change}'\nreason = ''\n"
    )
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Panics of this thread print nothing until the guard is dropped.
pub(super) struct Silence(());

impl Drop for Silence {
    fn drop(&mut self) {
        QUIET.set(false);
    }
}

pub(super) fn silence_panics(on: bool) -> Silence {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    QUIET.set(on);
    Silence(())
}
