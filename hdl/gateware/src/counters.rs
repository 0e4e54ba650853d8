//! Saturating event counters, one a bit of a pulse vector, read one at a time.
//!
//! ```text
//!  pulses ─► N × 32-bit counter ─► one of eight, G times ─► registers ─► one of G ─► read_data
//! ```
//!
//! Several pulses in one cycle each count one. A counter stays at its largest value.
//!
//! Latency: a pulse is counted at the end of its cycle; `read_data` follows `read_word` (byte address / 4) by two cycles, with what had been
//! counted before the first of them, and is 0 outside the counters' area.
//! Back-pressure: none.

use crate::emit::{Elaborated, Size, elaborate};
use contract::reg::COUNTER_BASE;
use rust_hdl::prelude::*;

/// Counters of which one is chosen at once; the area starts at a multiple of them.
pub const GROUP: usize = 8;
const _: () = assert!((COUNTER_BASE as usize).is_multiple_of(4 * GROUP));
/// Groups of all counters.
pub const GROUPS: usize = contract::counter::COUNT.div_ceil(GROUP);

/// See the module's text. `N` counters in `G` groups, filled up to `M` by some that never count.
#[derive(LogicBlock)]
pub struct Counters<const N: usize, const M: usize, const G: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub pulses: Signal<In, Bits<N>>,
    pub read_word: Signal<In, Bits<14>>,
    pub read_data: Signal<Out, Bits<32>>,
    counts: [DFF<Bits<32>>; M],
    index: DFF<Bits<14>>,
    rows: [DFF<Bits<32>>; G],
    chosen: DFF<Bits<32>>,
    place: Signal<Local, Bits<3>>,
    group: Signal<Local, Bits<11>>,
    one: Constant<Bits<32>>,
    base: Constant<Bits<14>>,
}

impl<const N: usize, const M: usize, const G: usize> Default for Counters<N, M, G> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            pulses: Default::default(),
            read_word: Default::default(),
            read_data: Default::default(),
            counts: std::array::from_fn(|_| Default::default()),
            index: Default::default(),
            rows: std::array::from_fn(|_| Default::default()),
            chosen: Default::default(),
            place: Default::default(),
            group: Default::default(),
            one: Constant::new(1.into()),
            base: Constant::new(u64::from(COUNTER_BASE / 4).into()),
        }
    }
}

impl<const N: usize, const M: usize, const G: usize> Logic for Counters<N, M, G> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, index, chosen);
        self.index.d.next = self.read_word.val() - self.base.val();
        self.place.next = self.read_word.val().get_bits::<3>(0);
        self.group.next = self.index.q.val().get_bits::<11>(3);
        self.chosen.d.next = 0.into();
        for g in 0..G {
            self.rows[g].clock.next = self.clock.val();
            self.rows[g].d.next = 0.into();
            for k in 0..8 {
                self.counts[8 * g + k].clock.next = self.clock.val();
                self.counts[8 * g + k].d.next = self.counts[8 * g + k].q.val();
                if self.place.val().index() == k {
                    self.rows[g].d.next = self.counts[8 * g + k].q.val();
                }
            }
            if self.group.val().index() == g {
                self.chosen.d.next = self.rows[g].q.val();
            }
        }
        for i in 0..N {
            if self.pulses.val().get_bit(i) & !self.counts[i].q.val().all() {
                self.counts[i].d.next = self.counts[i].q.val() + self.one.val();
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
    elaborate(Counters::<{ contract::counter::COUNT }, { GROUP * GROUPS }, GROUPS>::default())
}
