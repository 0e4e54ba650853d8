//! First-in first-out queue of a stream in distributed RAM.
//!
//! ```text
//!            ┌──────────────┐
//! sink ─────►│ LutRam 2^A   ├────► source
//!            └──────────────┘
//!    write_index ▲      ▲ read_index
//! ```
//!
//! Latency: 1 cycle from a taken word to `source.valid`.
//! Back-pressure: `sink.ready`, straight from a register, while fewer than `2^A` words are held; one word in and one
//! out every cycle.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::LutRam;
use crate::stream::{StreamSink, StreamSource};
use rust_hdl::prelude::*;

/// A queue of `2^A` words; `A1 = A + 1`. See the module's text.
#[derive(LogicBlock)]
pub struct StreamFifo<D: Synth, const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub sink: StreamSink<D>,
    pub source: StreamSource<D>,
    /// Words held.
    pub level: Signal<Out, Bits<A1>>,
    cells: LutRam<D, A>,
    write_index: DFF<Bits<A1>>,
    read_index: DFF<Bits<A1>>,
    held: Signal<Local, Bits<A1>>,
    write_at: Signal<Local, Bits<A1>>,
    read_at: Signal<Local, Bits<A1>>,
    /// As many words as fit are held: `held == depth`, decided in the cycle before.
    full: DFF<Bit>,
    takes: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
    is_filled: Signal<Local, Bit>,
    last: Constant<Bits<A1>>,
    one: Constant<Bits<A1>>,
}

impl<D: Synth, const A: usize, const A1: usize> Default for StreamFifo<D, A, A1> {
    fn default() -> Self {
        assert_eq!(A1, A + 1, "StreamFifo: A1 = A + 1");
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            sink: StreamSink::default(),
            source: StreamSource::default(),
            level: Signal::default(),
            cells: LutRam::default(),
            write_index: DFF::default(),
            read_index: DFF::default(),
            held: Signal::default(),
            write_at: Signal::default(),
            read_at: Signal::default(),
            full: DFF::default(),
            takes: Signal::default(),
            gives: Signal::default(),
            is_filled: Signal::default(),
            last: Constant::new(((1_u64 << A) - 1).into()),
            one: Constant::new(1_u64.into()),
        }
    }
}

impl<D: Synth, const A: usize, const A1: usize> Logic for StreamFifo<D, A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write_index, read_index, full);
        self.cells.clock.next = self.clock.val();
        self.write_at.next = self.write_index.q.val();
        self.read_at.next = self.read_index.q.val();
        self.held.next = self.write_at.val() - self.read_at.val();
        self.is_filled.next = self.held.val().any();
        self.level.next = self.held.val();
        self.takes.next = self.sink.valid.val() & !self.full.q.val();
        self.gives.next = self.source.ready.val() & self.is_filled.val();
        self.sink.ready.next = !self.full.q.val();
        self.cells.write_enable.next = self.takes.val();
        self.cells.write_address.next = self.write_at.val().get_bits::<A>(0);
        self.cells.write_data.next = self.sink.data.val();
        self.cells.read_address.next = self.read_at.val().get_bits::<A>(0);
        self.source.data.next = self.cells.read_data.val();
        self.source.valid.next = self.is_filled.val();
        if self.takes.val() {
            self.write_index.d.next = self.write_at.val() + self.one.val();
        }
        if self.gives.val() {
            self.read_index.d.next = self.read_at.val() + self.one.val();
            self.full.d.next = false;
        } else {
            if self.takes.val() {
                self.full.d.next = self.held.val() == self.last.val();
            }
        }
        if self.reset.val() {
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.full.d.next = false;
        }
    }
}

/// The registered example: 16 words of 64 bits in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(StreamFifo::<Bits<64>, 4, 5>::default())
}
