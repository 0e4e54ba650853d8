//! Stream from one clock to another: a queue with Gray-coded pointers.
//!
//! ```text
//!            write clock  │  read clock
//!            ┌────────────┴───┐
//! sink ─────►│ CrossRam 2^A   ├────► source (a register)
//!            └────────────┬───┘
//!  write_gray ────────────┼─► two flip-flops ─► empty?
//!  full? ◄─ two flip-flops ◄┼──────────── read_gray
//! ```
//!
//! Latency: 3 cycles of `read_clock` from the edge that takes a word to the edge behind which `source.valid` shows it, and up to
//! one more for the edges' phase.
//! Back-pressure: `sink.ready`, a register, while the pointer that came back leaves room; one word in and one out every cycle of
//! the slower clock. `2^A` words in the memory and one at the source.
//! Reset: both resets together, for four cycles of the slower clock at least; one side's alone breaks the Gray code.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{CrossRam, Synchroniser};
use crate::stream::{StreamSink, StreamSource};
use rust_hdl::prelude::*;

/// A queue of `2^A` words between two clocks; `A1 = A + 1`. See the module's text.
#[derive(LogicBlock)]
pub struct AsyncFifo<D: Synth, const A: usize, const A1: usize> {
    pub write_clock: Signal<In, Clock>,
    pub write_reset: Signal<In, Bit>,
    pub sink: StreamSink<D>,
    pub read_clock: Signal<In, Clock>,
    pub read_reset: Signal<In, Bit>,
    pub source: StreamSource<D>,
    cells: CrossRam<D, A>,
    // Of the write clock.
    write_index: DFF<Bits<A1>>,
    write_gray: DFF<Bits<A1>>,
    full: DFF<Bit>,
    read_seen: Synchroniser<A1>,
    takes: Signal<Local, Bit>,
    write_at: Signal<Local, Bits<A1>>,
    write_next: Signal<Local, Bits<A1>>,
    write_half: Signal<Local, Bits<A>>,
    write_shifted: Signal<Local, Bits<A1>>,
    write_code: Signal<Local, Bits<A1>>,
    limit: Signal<Local, Bits<A1>>,
    // Of the read clock.
    read_index: DFF<Bits<A1>>,
    read_gray: DFF<Bits<A1>>,
    filled: DFF<Bit>,
    write_seen: Synchroniser<A1>,
    moves: Signal<Local, Bit>,
    read_at: Signal<Local, Bits<A1>>,
    read_next: Signal<Local, Bits<A1>>,
    read_half: Signal<Local, Bits<A>>,
    read_shifted: Signal<Local, Bits<A1>>,
    read_code: Signal<Local, Bits<A1>>,
    is_empty: Signal<Local, Bit>,
    /// What a Gray code and that of the index `2^A` further differ in.
    lap: Constant<Bits<A1>>,
    one: Constant<Bits<A1>>,
}

impl<D: Synth, const A: usize, const A1: usize> Default for AsyncFifo<D, A, A1> {
    fn default() -> Self {
        assert_eq!(A1, A + 1, "AsyncFifo: A1 = A + 1");
        Self {
            write_clock: Signal::default(),
            write_reset: Signal::default(),
            sink: StreamSink::default(),
            read_clock: Signal::default(),
            read_reset: Signal::default(),
            source: StreamSource::default(),
            cells: CrossRam::default(),
            write_index: DFF::default(),
            write_gray: DFF::default(),
            full: DFF::default(),
            read_seen: Synchroniser::default(),
            takes: Signal::default(),
            write_at: Signal::default(),
            write_next: Signal::default(),
            write_half: Signal::default(),
            write_shifted: Signal::default(),
            write_code: Signal::default(),
            limit: Signal::default(),
            read_index: DFF::default(),
            read_gray: DFF::default(),
            filled: DFF::default(),
            write_seen: Synchroniser::default(),
            moves: Signal::default(),
            read_at: Signal::default(),
            read_next: Signal::default(),
            read_half: Signal::default(),
            read_shifted: Signal::default(),
            read_code: Signal::default(),
            is_empty: Signal::default(),
            lap: Constant::new((3_u64 << (A - 1)).into()),
            one: Constant::new(1_u64.into()),
        }
    }
}

impl<D: Synth, const A: usize, const A1: usize> Logic for AsyncFifo<D, A, A1> {
    #[hdl_gen]
    fn update(&mut self) {
        // Write clock.
        dff_setup!(self, write_clock, write_index, write_gray, full);
        self.cells.write_clock.next = self.write_clock.val();
        self.read_seen.clock.next = self.write_clock.val();
        self.read_seen.d.next = self.read_gray.q.val();
        self.write_at.next = self.write_index.q.val();
        self.takes.next = self.sink.valid.val() & !self.full.q.val();
        self.sink.ready.next = !self.full.q.val();
        self.cells.write_enable.next = self.takes.val();
        self.cells.write_address.next = self.write_at.val().get_bits::<A>(0);
        self.cells.write_data.next = self.sink.data.val();
        self.write_next.next = self.write_at.val();
        if self.takes.val() {
            self.write_next.next = self.write_at.val() + self.one.val();
        }
        self.write_half.next = self.write_next.val().get_bits::<A>(1);
        self.write_shifted.next = bit_cast::<A1, A>(self.write_half.val());
        self.write_code.next = self.write_next.val() ^ self.write_shifted.val();
        self.limit.next = self.read_seen.q.val() ^ self.lap.val();
        self.write_index.d.next = self.write_next.val();
        self.write_gray.d.next = self.write_code.val();
        self.full.d.next = self.write_code.val() == self.limit.val();
        if self.write_reset.val() {
            self.write_index.d.next = 0.into();
            self.write_gray.d.next = 0.into();
            // Nothing is taken that the reset would lose.
            self.full.d.next = true;
        }

        // Read clock.
        dff_setup!(self, read_clock, read_index, read_gray, filled);
        self.cells.read_clock.next = self.read_clock.val();
        self.write_seen.clock.next = self.read_clock.val();
        self.write_seen.d.next = self.write_gray.q.val();
        self.read_at.next = self.read_index.q.val();
        self.is_empty.next = self.read_gray.q.val() == self.write_seen.q.val();
        self.moves.next = !self.is_empty.val() & (!self.filled.q.val() | self.source.ready.val());
        self.cells.read_enable.next = self.moves.val();
        self.cells.read_address.next = self.read_at.val().get_bits::<A>(0);
        self.source.data.next = self.cells.read_data.val();
        self.source.valid.next = self.filled.q.val();
        self.read_next.next = self.read_at.val();
        if self.moves.val() {
            self.read_next.next = self.read_at.val() + self.one.val();
            self.filled.d.next = true;
        } else {
            if self.source.ready.val() {
                self.filled.d.next = false;
            }
        }
        self.read_half.next = self.read_next.val().get_bits::<A>(1);
        self.read_shifted.next = bit_cast::<A1, A>(self.read_half.val());
        self.read_code.next = self.read_next.val() ^ self.read_shifted.val();
        self.read_index.d.next = self.read_next.val();
        self.read_gray.d.next = self.read_code.val();
        if self.read_reset.val() {
            self.read_index.d.next = 0.into();
            self.read_gray.d.next = 0.into();
            self.filled.d.next = false;
        }
    }
}

/// The registered example: 8 words of 16 bits in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(AsyncFifo::<Bits<16>, 3, 4>::default())
}
