//! Breaks the combinational `ready` path of a stream.
//!
//! ```text
//!            ┌────────────┐
//! sink ──┬──►│ held (1)   ├──┐
//!        │   └────────────┘  ▼
//!        └────────────────► mux ──► source
//! ```
//!
//! Latency: 0 cycles while nothing is held, else until the held word has left.
//! Back-pressure: `sink.ready` is a register (nothing held); a word that meets a stalled source is
//! held, so none is lost or repeated.

use crate::emit::{Elaborated, Size, elaborate};
use crate::stream::{StreamSink, StreamSource};
use rust_hdl::prelude::*;

/// One-word skid buffer; see the module's text.
#[derive(LogicBlock, Default)]
pub struct SkidBuffer<D: Synth> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub sink: StreamSink<D>,
    pub source: StreamSource<D>,
    held_valid: DFF<Bit>,
    held_data: DFF<D>,
}

impl<D: Synth> Logic for SkidBuffer<D> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, held_valid, held_data);
        self.sink.ready.next = !self.held_valid.q.val();
        self.source.valid.next = self.sink.valid.val() | self.held_valid.q.val();
        self.source.data.next = self.sink.data.val();
        if self.held_valid.q.val() {
            self.source.data.next = self.held_data.q.val();
        } else {
            self.held_data.d.next = self.sink.data.val();
            self.held_valid.d.next = self.sink.valid.val();
        }
        if self.source.ready.val() {
            self.held_valid.d.next = false;
        }
        if self.reset.val() {
            self.held_valid.d.next = false;
        }
    }
}

/// The registered example: 64 data bits in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(SkidBuffer::<Bits<64>>::default())
}
