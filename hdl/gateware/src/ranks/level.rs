//! One level of the search: the edge in the middle of what is left, and the bit of the rank that it decides.
//!
//! ```text
//! place, rank so far ─► EdgeRam ─► edge ─┐
//! value ──────────────────────────────►  >= ─► bit 7 − S of the rank
//! ```
//!
//! Level `S` has `2^S` edges a feature and bank. The edge that decides rank `c` is number `c − 1` of the feature, where `c` is the rank so far with bit
//! `7 − S` set. Values and edges come with the sign inverted, so that they compare as unsigned numbers.
//!
//! Latency: 2 cycles. Back-pressure: none.

use crate::prim::Cat2;
use crate::ranks::edge_ram::EdgeRam;
use rust_hdl::prelude::*;

/// A value on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Step {
    /// Bits decided so far.
    pub rank: Bits<8>,
    /// Sign inverted.
    pub value: Bits<16>,
    /// {bank, feature}.
    pub place: Bits<5>,
    /// No edges have been committed: all of them count as 32,767.
    pub unset: bool,
}

/// See the module's text. `A = S + 5`.
#[derive(LogicBlock)]
pub struct Level<const S: usize, const A: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub step: Signal<In, Step>,
    pub edge_write: Signal<In, Bit>,
    /// {bank, feature, pair}.
    pub edge_at: Signal<In, Bits<12>>,
    /// Sign inverted.
    pub edge_data: Signal<In, Bits<16>>,
    pub next_valid: Signal<Out, Bit>,
    pub next_step: Signal<Out, Step>,
    memory: EdgeRam<A>,
    valid_s1: DFF<Bit>,
    step_s1: DFF<Step>,
    valid_s2: DFF<Bit>,
    step_s2: DFF<Step>,
    edge_s2: DFF<Bits<16>>,
    place: Signal<Local, Bits<5>>,
    rank: Signal<Local, Bits<8>>,
    read_at: Cat2<5, 8, 13>,
    unset_s1: Signal<Local, Bit>,
    value_s2: Signal<Local, Bits<16>>,
    rank_s2: Signal<Local, Bits<8>>,
    reached: Signal<Local, Bit>,
    decided: Signal<Local, Step>,
    read_shift: Constant<Bits<4>>,
    write_shift: Constant<Bits<4>>,
    decides: Constant<Bits<8>>,
    none: Constant<Bits<16>>,
}

impl<const S: usize, const A: usize> Default for Level<S, A> {
    fn default() -> Self {
        assert!(A == S + 5 && S < 8, "Level {S}: {A} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            valid: Default::default(),
            step: Default::default(),
            edge_write: Default::default(),
            edge_at: Default::default(),
            edge_data: Default::default(),
            next_valid: Default::default(),
            next_step: Default::default(),
            memory: Default::default(),
            valid_s1: Default::default(),
            step_s1: Default::default(),
            valid_s2: Default::default(),
            step_s2: Default::default(),
            edge_s2: Default::default(),
            place: Default::default(),
            rank: Default::default(),
            read_at: Default::default(),
            unset_s1: Default::default(),
            value_s2: Default::default(),
            rank_s2: Default::default(),
            reached: Default::default(),
            decided: Default::default(),
            read_shift: Constant::new((8 - S as u64).into()),
            write_shift: Constant::new((7 - S as u64).into()),
            decides: Constant::new((0x80_u64 >> S).into()),
            none: Constant::new(0xffff_u64.into()),
        }
    }
}

impl<const S: usize, const A: usize> Logic for Level<S, A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, valid_s1, step_s1, valid_s2, step_s2, edge_s2);
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.edge_write.val();
        self.memory.write_address.next = self.edge_at.val().get_bits::<A>(self.write_shift.val().index());
        self.memory.write_data.next = self.edge_data.val();
        self.place.next = self.step.val().place;
        self.rank.next = self.step.val().rank;
        self.read_at.hi.next = self.place.val();
        self.read_at.lo.next = self.rank.val();
        self.memory.read_address.next = self.read_at.y.val().get_bits::<A>(self.read_shift.val().index());
        self.valid_s1.d.next = self.valid.val();
        self.step_s1.d.next = self.step.val();
        self.valid_s2.d.next = self.valid_s1.q.val();
        self.step_s2.d.next = self.step_s1.q.val();
        self.edge_s2.d.next = self.memory.read_data.val();
        self.unset_s1.next = self.step_s1.q.val().unset;
        if self.unset_s1.val() {
            self.edge_s2.d.next = self.none.val();
        }
        self.value_s2.next = self.step_s2.q.val().value;
        self.rank_s2.next = self.step_s2.q.val().rank;
        self.reached.next = self.value_s2.val() >= self.edge_s2.q.val();
        self.decided.next = self.step_s2.q.val();
        if self.reached.val() {
            self.decided.next.rank = self.rank_s2.val() | self.decides.val();
        }
        self.next_step.next = self.decided.val();
        self.next_valid.next = self.valid_s2.q.val();
        if self.reset.val() {
            self.valid_s1.d.next = false;
            self.valid_s2.d.next = false;
        }
    }
}
