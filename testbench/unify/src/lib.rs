//! No code: this crate switches on, in one place, the features of third-party crates that parts of the workspace ask for in
//! different sets. Cargo resolves features for what a command selects; without this, each selection of `scripts/stages.sh` would
//! compile serde, syn, rustix, rust-hdl and all that stands on them once more.

#![forbid(unsafe_code)]
