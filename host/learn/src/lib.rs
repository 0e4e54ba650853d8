//! Learning while records come: weights that follow the feed, on the core features of a record.
//!
//! What is learned is the direction of the mid price over the next so many records of a slot, by recursive least squares with
//! forgetting or by FTRL-proximal. [`Online`] is the side of the loop: it scores a record with the weights at hand, and between
//! records gives the [`Learner`] a sample whose label has become known, in this thread or through a ring in one of its own. Weights go back
//! through a [`board`], on which a reader finds a version whole or not at all. Nothing here allocates after the start but the replay.
//!
//! All arithmetic is additions, multiplications, divisions and square roots of `f64` in a fixed order: the same samples give the same
//! bits on every machine.
#![forbid(unsafe_code)]

pub mod board;
pub mod drift;
mod ftrl;
mod inputs;
mod labels;
mod learner;
mod maths;
mod online;
mod replay;
mod rls;
mod settings;
#[cfg(test)]
mod testing;

pub use ftrl::Ftrl;
pub use inputs::{INPUTS, Inputs, Seen};
pub use learner::{HEADS, Learner, Sample, Statistics, Version, WEIGHTS};
pub use online::{Event, Online};
pub use replay::Recorded;
pub use rls::Rls;
pub use settings::{
    AdwinSettings, Drift, FtrlSettings, Method, OnDrift, PageHinkleySettings, Place, RlsSettings, Settings,
};
