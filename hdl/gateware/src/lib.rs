//! Gateware in Rust: each block one file, over the width-exact operators of `prim`.
#![forbid(unsafe_code)]

pub mod types;
