//! First-in first-out queue of a stream in block RAM.
//!
//! ```text
//!            ┌────────────────┐
//! sink ─────►│ SdpRamFast 2^A ├────► source
//!            └────────────────┘
//!    write_index ▲        ▲ next read_index (read one cycle ahead)
//! ```
//!
//! Latency: 2 cycles from a taken word to `source.valid`.
//! Back-pressure: `sink.ready` while fewer than `2^A` words are held; one word in and one out every cycle.
//! The word comes straight from the memory cell (4.1 ns on ECP5): register it before any logic.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::SdpRamFast;
use crate::stream::{StreamSink, StreamSource};
use rust_hdl::prelude::*;

/// A queue of `2^A` words; `A1 = A + 1`. See the module's text.
#[derive(LogicBlock)]
pub struct BlockFifo<D: Synth, const A: usize, const A1: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub sink: StreamSink<D>,
    pub source: StreamSource<D>,
    /// Words held, those not yet visible at the source included.
    pub level: Signal<Out, Bits<A1>>,
    cells: SdpRamFast<D, A>,
    write_index: DFF<Bits<A1>>,
    read_index: DFF<Bits<A1>>,
    /// The word at `read_index` has been read.
    fetched: DFF<Bit>,
    held: Signal<Local, Bits<A1>>,
    write_at: Signal<Local, Bits<A1>>,
    read_at: Signal<Local, Bits<A1>>,
    read_next: Signal<Local, Bits<A1>>,
    is_full: Signal<Local, Bit>,
    depth: Constant<Bits<A1>>,
    one: Constant<Bits<A1>>,
}

impl<D: Synth, const A: usize, const A1: usize> Default for BlockFifo<D, A, A1> {
    fn default() -> Self {
        assert_eq!(A1, A + 1, "BlockFifo: A1 = A + 1");
        Self {
            clock: Signal::default(),
            reset: Signal::default(),
            sink: StreamSink::default(),
            source: StreamSource::default(),
            level: Signal::default(),
            cells: SdpRamFast::default(),
            write_index: DFF::default(),
            read_index: DFF::default(),
            fetched: DFF::default(),
            held: Signal::default(),
            write_at: Signal::default(),
            read_at: Signal::default(),
            read_next: Signal::default(),
            is_full: Signal::default(),
            depth: Constant::new((1_u64 << A).into()),
            one: Constant::new(1_u64.into()),
        }
    }
}

impl<D: Synth, const A: usize, const A1: usize> Logic for BlockFifo<D, A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write_index, read_index, fetched);
        self.cells.clock.next = self.clock.val();
        self.write_at.next = self.write_index.q.val();
        self.read_at.next = self.read_index.q.val();
        self.held.next = self.write_at.val() - self.read_at.val();
        self.is_full.next = self.held.val() == self.depth.val();
        self.level.next = self.held.val();
        self.sink.ready.next = !self.is_full.val();
        self.cells.write_enable.next = self.sink.valid.val() & !self.is_full.val();
        self.cells.write_address.next = self.write_at.val().get_bits::<A>(0);
        self.cells.write_data.next = self.sink.data.val();
        if self.sink.valid.val() & !self.is_full.val() {
            self.write_index.d.next = self.write_at.val() + self.one.val();
        }
        self.read_next.next = self.read_at.val();
        if self.source.ready.val() & self.fetched.q.val() {
            self.read_next.next = self.read_at.val() + self.one.val();
        }
        self.read_index.d.next = self.read_next.val();
        // Only words written by an earlier edge: never the address being written in this cycle.
        self.cells.read_address.next = self.read_next.val().get_bits::<A>(0);
        self.fetched.d.next = self.read_next.val() != self.write_at.val();
        self.source.data.next = self.cells.read_data.val();
        self.source.valid.next = self.fetched.q.val();
        if self.reset.val() {
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.fetched.d.next = false;
        }
    }
}

/// The registered example: 64 words of 64 bits in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(BlockFifo::<Bits<64>, 6, 7>::default())
}
