//! Saturating event counters, one a bit of a pulse vector, read one at a time.
//!
//! ```text
//!  pulses ─► N × 32-bit counter ─► mux by word ─► read_data
//! ```
//!
//! Several pulses in one cycle each count one. A counter stays at its largest value.
//!
//! Latency: a pulse is counted at the end of its cycle; `read_data` follows `read_word` (byte address / 4) by two cycles, and is 0
//! outside the counters' area.
//! Back-pressure: none.

use crate::emit::{Elaborated, Size, elaborate};
use contract::reg::COUNTER_BASE;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Counters<const N: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub pulses: Signal<In, Bits<N>>,
    pub read_word: Signal<In, Bits<14>>,
    pub read_data: Signal<Out, Bits<32>>,
    counts: [DFF<Bits<32>>; N],
    index: DFF<Bits<14>>,
    chosen: DFF<Bits<32>>,
    one: Constant<Bits<32>>,
    base: Constant<Bits<14>>,
}

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            pulses: Default::default(),
            read_word: Default::default(),
            read_data: Default::default(),
            counts: std::array::from_fn(|_| Default::default()),
            index: Default::default(),
            chosen: Default::default(),
            one: Constant::new(1.into()),
            base: Constant::new(u64::from(COUNTER_BASE / 4).into()),
        }
    }
}

impl<const N: usize> Logic for Counters<N> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, index, chosen);
        self.index.d.next = self.read_word.val() - self.base.val();
        self.chosen.d.next = 0.into();
        for i in 0..N {
            self.counts[i].clock.next = self.clock.val();
            self.counts[i].d.next = self.counts[i].q.val();
            if self.pulses.val().get_bit(i) & !self.counts[i].q.val().all() {
                self.counts[i].d.next = self.counts[i].q.val() + self.one.val();
            }
            if self.index.q.val().index() == i {
                self.chosen.d.next = self.counts[i].q.val();
            }
            if self.reset.val() {
                self.counts[i].d.next = 0.into();
            }
        }
        self.read_data.next = self.chosen.q.val();
    }
}

/// All counters of the contract, the same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(Counters::<{ contract::counter::COUNT }>::default())
}
