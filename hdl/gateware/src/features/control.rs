//! Which averages an event moves, and what the averages of counts and times are fed with.
//!
//! ```text
//! ts ─┬─► − memory ─► + 1 ─► log2 ─────► wait
//!     └─► memory                        (clock of the slot's previous book event)
//! event, flags ─────────────────────► Control
//! ```
//!
//! Latency: 1 cycle to `control`, 7 to `wait`, both counted from stage 1. Back-pressure: none.

use crate::features::log2::Log2;
use crate::prim::LutRam;
use rust_hdl::prelude::*;

/// What travels with an event to the averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Control {
    /// There is an event.
    pub valid: bool,
    /// Its slot.
    pub slot: Bits<6>,
    /// The slot's accumulators are 0.
    pub fresh: bool,
    /// The trade averages move.
    pub trade: bool,
    /// The return and variance averages move.
    pub mid: bool,
    /// The waiting time average moves.
    pub wait: bool,
    /// The cancel average moves.
    pub book: bool,
    /// The event is an X or D.
    pub cancel: bool,
    /// The event is a U.
    pub replace: bool,
}

/// Time since the slot's previous book event, as a logarithm; see the module's text.
#[derive(LogicBlock, Default)]
pub struct Waiting<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub ts_s1: Signal<In, Bits<48>>,
    pub slot_s1: Signal<In, Bits<A>>,
    /// The event changed the book.
    pub book_s1: Signal<In, Bit>,
    /// The slot has had a book event before.
    pub seen_s1: Signal<In, Bit>,
    /// Stage 8; meaningless for the first event.
    pub log_s8: Signal<Out, Bits<16>>,
    /// Stage 2: time ran backwards.
    pub backwards_s2: Signal<Out, Bit>,
    memory: LutRam<Bits<48>, A>,
    elapsed_s2: DFF<Bits<49>>,
    counts_s2: DFF<Bit>,
    v_s3: DFF<Bits<49>>,
    log2: Log2,
    now: Signal<Local, Bits<49>>,
    earlier: Signal<Local, Bits<49>>,
    one: Signal<Local, Bits<49>>,
}

impl<const A: usize> Logic for Waiting<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, elapsed_s2, counts_s2, v_s3);
        self.memory.clock.next = self.clock.val();
        self.log2.clock.next = self.clock.val();
        self.memory.read_address.next = self.slot_s1.val();
        self.memory.write_address.next = self.slot_s1.val();
        self.memory.write_enable.next = self.book_s1.val();
        self.memory.write_data.next = self.ts_s1.val();
        self.now.next = bit_cast::<49, 48>(self.ts_s1.val());
        self.earlier.next = bit_cast::<49, 48>(self.memory.read_data.val());
        self.elapsed_s2.d.next = self.now.val() - self.earlier.val();
        self.counts_s2.d.next = self.book_s1.val() & self.seen_s1.val();
        self.backwards_s2.next = self.counts_s2.q.val() & self.elapsed_s2.q.val().get_bit(48);
        self.one.next = 1.into();
        if self.elapsed_s2.q.val().get_bit(48) {
            self.v_s3.d.next = self.one.val();
        } else {
            self.v_s3.d.next = self.elapsed_s2.q.val() + self.one.val();
        }
        self.log2.v.next = self.v_s3.q.val();
        self.log_s8.next = self.log2.log.val();
    }
}
