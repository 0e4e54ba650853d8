//! The stream handshake: `valid`, `ready`, `data`.
//!
//! A transfer happens in each cycle where `valid & ready`. `valid` never waits for `ready`; once up,
//! `valid` and `data` hold until the transfer.

use rust_hdl::prelude::*;

/// The receiving side of a stream.
#[derive(Clone, Debug, Default, LogicInterface)]
#[join = "StreamSource"]
pub struct StreamSink<D: Synth> {
    pub valid: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub data: Signal<In, D>,
}

/// The sending side of a stream.
#[derive(Clone, Debug, Default, LogicInterface)]
#[join = "StreamSink"]
pub struct StreamSource<D: Synth> {
    pub valid: Signal<Out, Bit>,
    pub ready: Signal<In, Bit>,
    pub data: Signal<Out, D>,
}
