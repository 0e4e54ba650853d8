//! Whether the condition of a slot's trigger holds after an event.
//!
//! ```text
//!            coming: condition, previous best level
//!  level ─┬─► x · first, y · second ─► high and low differences ─► sign ─┬─► holds
//!         └─► compares with previous ─► flows of bid and ask ─► sum ─────┘
//! ```
//!
//! OBI: x is the quantity that is to be large (bid, or ask for "at most"), `first` its constant. The products are never joined: of
//! high · 2^18 + low only the sign is wanted. OFI: as `features::ofi` has it, in shares, against the bound.
//!
//! Latency: `holds` is that of the level two cycles ago. Back-pressure: none; events two cycles apart or more.

use crate::features::ofi::LevelPair;
use crate::prim::{Cat2, LutRam, MulU, SignExtend};
use crate::types::Best;
use rust_hdl::prelude::*;

/// See the module's text. `2^A` slots.
#[derive(LogicBlock, Default)]
pub struct Judge<const A: usize> {
    pub clock: Signal<In, Clock>,
    /// A cycle before the level: its slot, and the condition of that slot.
    pub coming: Signal<In, Bits<A>>,
    pub compare: Signal<In, Bits<2>>,
    pub constant_0: Signal<In, Bits<32>>,
    pub constant_1: Signal<In, Bits<17>>,
    pub best_valid: Signal<In, Bit>,
    pub best: Signal<In, Best>,
    /// With the level: the slot has had a book event since its last reset.
    pub seen: Signal<In, Bit>,
    pub holds: Signal<Out, Bit>,
    previous: LutRam<LevelPair, A>,
    before_s0: DFF<LevelPair>,
    compare_s0: DFF<Bits<2>>,
    first_s0: DFF<Bits<17>>,
    second_s0: DFF<Bits<17>>,
    bound_s0: DFF<Bits<35>>,
    x_high: MulU<14, 17, 31, 1>,
    x_low: MulU<18, 17, 35, 1>,
    y_high: MulU<14, 17, 31, 1>,
    y_low: MulU<18, 17, 35, 1>,
    compare_s1: DFF<Bits<2>>,
    bound_s1: DFF<Bits<35>>,
    some_s1: DFF<Bit>,
    bid_gained_s1: DFF<Bit>,
    bid_lost_s1: DFF<Bit>,
    ask_gained_s1: DFF<Bit>,
    ask_lost_s1: DFF<Bit>,
    bid_sz_s1: DFF<Bits<32>>,
    bid_before_s1: DFF<Bits<32>>,
    ask_sz_s1: DFF<Bits<32>>,
    ask_before_s1: DFF<Bits<32>>,
    compare_s2: DFF<Bits<2>>,
    bound_s2: DFF<Bits<35>>,
    some_s2: DFF<Bit>,
    high_s2: DFF<Bits<32>>,
    low_s2: DFF<Bits<36>>,
    bid_flow_s2: DFF<Bits<33>>,
    ask_flow_s2: DFF<Bits<33>>,
    bound: Cat2<3, 32, 35>,
    at_most_coming: Signal<Local, Bit>,
    narrow_0: Signal<Local, Bits<17>>,
    at_most_s0: Signal<Local, Bit>,
    at_most_s1: Signal<Local, Bit>,
    at_most_s2: Signal<Local, Bit>,
    is_ofi_s2: Signal<Local, Bit>,
    none: SignExtend<2, 32>,
    changed: Signal<Local, Bits<1>>,
    slot: Signal<Local, Bits<6>>,
    shown: Signal<Local, LevelPair>,
    bid_sz: Signal<Local, Bits<32>>,
    ask_sz: Signal<Local, Bits<32>>,
    x: Signal<Local, Bits<32>>,
    y: Signal<Local, Bits<32>>,
    bid_in: Signal<Local, Bits<33>>,
    bid_out: Signal<Local, Bits<33>>,
    ask_in: Signal<Local, Bits<33>>,
    ask_out: Signal<Local, Bits<33>>,
    high_wide: SignExtend<32, 33>,
    low_wide: SignExtend<18, 33>,
    obi: Signal<Local, Bits<33>>,
    bid_wide: SignExtend<33, 36>,
    ask_wide: SignExtend<33, 36>,
    bound_wide: SignExtend<35, 36>,
    less: Signal<Local, Bits<36>>,
    sums: Signal<Local, Bits<36>>,
    pairs: Signal<Local, Bits<36>>,
    shifted: Signal<Local, Bits<36>>,
    carries: Signal<Local, Bits<36>>,
    one: Signal<Local, Bits<36>>,
    ofi: Signal<Local, Bits<36>>,
}

impl<const A: usize> Logic for Judge<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            before_s0,
            compare_s0,
            first_s0,
            second_s0,
            bound_s0,
            compare_s1,
            bound_s1,
            some_s1,
            bid_gained_s1,
            bid_lost_s1,
            ask_gained_s1,
            ask_lost_s1,
            bid_sz_s1,
            bid_before_s1,
            ask_sz_s1,
            ask_before_s1,
            compare_s2,
            bound_s2,
            some_s2,
            high_s2,
            low_s2,
            bid_flow_s2,
            ask_flow_s2
        );
        self.previous.clock.next = self.clock.val();
        self.x_high.clock.next = self.clock.val();
        self.x_low.clock.next = self.clock.val();
        self.y_high.clock.next = self.clock.val();
        self.y_low.clock.next = self.clock.val();
        self.one.next = 1.into();
        self.none.x.next = 3.into();

        // Ahead: what the level will be compared with.
        self.at_most_coming.next = self.compare.val().get_bit(0);
        self.narrow_0.next = self.constant_0.val().get_bits::<17>(0);
        self.compare_s0.d.next = self.compare.val();
        self.first_s0.d.next = self.narrow_0.val();
        self.second_s0.d.next = self.constant_1.val();
        if self.at_most_coming.val() {
            self.first_s0.d.next = self.constant_1.val();
            self.second_s0.d.next = self.narrow_0.val();
        }
        self.bound.hi.next = self.constant_1.val().get_bits::<3>(0);
        self.bound.lo.next = self.constant_0.val();
        self.bound_s0.d.next = self.bound.y.val();
        self.previous.read_address.next = self.coming.val();
        self.before_s0.d.next = self.previous.read_data.val();

        // The level: products, compares.
        self.at_most_s0.next = self.compare_s0.q.val().get_bit(0);
        self.changed.next = self.best.val().changed;
        self.slot.next = self.best.val().slot;
        self.bid_sz.next = self.best.val().bid_sz;
        self.ask_sz.next = self.best.val().ask_sz;
        self.shown.next.bid_px = self.best.val().bid_px;
        self.shown.next.bid_sz = self.best.val().bid_sz;
        self.shown.next.ask_px = self.best.val().ask_px;
        self.shown.next.ask_sz = self.best.val().ask_sz;
        if !self.ask_sz.val().any() {
            self.shown.next.ask_px = self.none.y.val();
        }
        self.previous.write_address.next = self.slot.val().get_bits::<A>(0);
        self.previous.write_enable.next = self.best_valid.val() & self.changed.val().any();
        self.previous.write_data.next = self.shown.val();
        self.x.next = self.bid_sz.val();
        self.y.next = self.ask_sz.val();
        if self.at_most_s0.val() {
            self.x.next = self.ask_sz.val();
            self.y.next = self.bid_sz.val();
        }
        self.x_high.a.next = self.x.val().get_bits::<14>(18);
        self.x_high.b.next = self.first_s0.q.val();
        self.x_low.a.next = self.x.val().get_bits::<18>(0);
        self.x_low.b.next = self.first_s0.q.val();
        self.y_high.a.next = self.y.val().get_bits::<14>(18);
        self.y_high.b.next = self.second_s0.q.val();
        self.y_low.a.next = self.y.val().get_bits::<18>(0);
        self.y_low.b.next = self.second_s0.q.val();
        self.some_s1.d.next = self.bid_sz.val().any() | self.ask_sz.val().any();
        self.compare_s1.d.next = self.compare_s0.q.val();
        self.bound_s1.d.next = self.bound_s0.q.val();
        self.bid_gained_s1.d.next =
            self.seen.val() & (self.shown.val().bid_px >= self.before_s0.q.val().bid_px);
        self.bid_lost_s1.d.next =
            self.seen.val() & (self.shown.val().bid_px <= self.before_s0.q.val().bid_px);
        self.ask_gained_s1.d.next =
            self.seen.val() & (self.shown.val().ask_px <= self.before_s0.q.val().ask_px);
        self.ask_lost_s1.d.next =
            self.seen.val() & (self.shown.val().ask_px >= self.before_s0.q.val().ask_px);
        self.bid_sz_s1.d.next = self.bid_sz.val();
        self.bid_before_s1.d.next = self.before_s0.q.val().bid_sz;
        self.ask_sz_s1.d.next = self.ask_sz.val();
        self.ask_before_s1.d.next = self.before_s0.q.val().ask_sz;

        // Differences and flows; of "at most" the flows with the other sign.
        self.at_most_s1.next = self.compare_s1.q.val().get_bit(0);
        self.high_s2.d.next =
            bit_cast::<32, 31>(self.x_high.p.val()) - bit_cast::<32, 31>(self.y_high.p.val());
        self.low_s2.d.next = bit_cast::<36, 35>(self.x_low.p.val()) - bit_cast::<36, 35>(self.y_low.p.val());
        self.bid_in.next = 0.into();
        self.bid_out.next = 0.into();
        self.ask_in.next = 0.into();
        self.ask_out.next = 0.into();
        if self.bid_gained_s1.q.val() {
            self.bid_in.next = bit_cast::<33, 32>(self.bid_sz_s1.q.val());
        }
        if self.bid_lost_s1.q.val() {
            self.bid_out.next = bit_cast::<33, 32>(self.bid_before_s1.q.val());
        }
        if self.ask_gained_s1.q.val() {
            self.ask_in.next = bit_cast::<33, 32>(self.ask_sz_s1.q.val());
        }
        if self.ask_lost_s1.q.val() {
            self.ask_out.next = bit_cast::<33, 32>(self.ask_before_s1.q.val());
        }
        self.bid_flow_s2.d.next = self.bid_in.val() - self.bid_out.val();
        self.ask_flow_s2.d.next = self.ask_out.val() - self.ask_in.val();
        if self.at_most_s1.val() {
            self.bid_flow_s2.d.next = self.bid_out.val() - self.bid_in.val();
            self.ask_flow_s2.d.next = self.ask_in.val() - self.ask_out.val();
        }
        self.some_s2.d.next = self.some_s1.q.val();
        self.compare_s2.d.next = self.compare_s1.q.val();
        self.bound_s2.d.next = self.bound_s1.q.val();

        // Signs. Minus the bound is its inverse and one, which goes into the free place of the carries.
        self.at_most_s2.next = self.compare_s2.q.val().get_bit(0);
        self.is_ofi_s2.next = self.compare_s2.q.val().get_bit(1);
        self.high_wide.x.next = self.high_s2.q.val();
        self.low_wide.x.next = self.low_s2.q.val().get_bits::<18>(18);
        self.obi.next = self.high_wide.y.val() + self.low_wide.y.val();
        self.bid_wide.x.next = self.bid_flow_s2.q.val();
        self.ask_wide.x.next = self.ask_flow_s2.q.val();
        self.bound_wide.x.next = self.bound_s2.q.val();
        self.less.next = !self.bound_wide.y.val();
        if self.at_most_s2.val() {
            self.less.next = self.bound_wide.y.val();
        }
        self.sums.next = self.bid_wide.y.val() ^ self.ask_wide.y.val() ^ self.less.val();
        self.pairs.next = (self.bid_wide.y.val() & self.ask_wide.y.val())
            | (self.bid_wide.y.val() & self.less.val())
            | (self.ask_wide.y.val() & self.less.val());
        self.shifted.next = self.pairs.val() << 1;
        self.carries.next = self.shifted.val();
        if !self.at_most_s2.val() {
            self.carries.next = self.shifted.val() | self.one.val();
        }
        self.ofi.next = self.sums.val() + self.carries.val();
        self.holds.next = !self.obi.val().get_bit(32) & self.some_s2.q.val();
        if self.is_ofi_s2.val() {
            self.holds.next = !self.ofi.val().get_bit(35);
        }
    }
}
