//! Whether the condition of a slot's trigger holds after an event.
//!
//! ```text
//!              s0                    s1                         s2
//!  mate ─┬─► · factor ──────────► joined ────────────────┐
//!        └─► against previous ──► flow ──────────────────┤
//!  own ────────────────────────┬► · factor ──────────────┴─► own less mate ─► sign ──┐
//!                              └► against previous, three flows ─► chosen ─► sum ────┴─► holds
//! ```
//!
//! The side that the event is of comes last, so both conditions are turned to "own less mate": *plus* when the own side is the one that is to be
//! large, else with the other sign. Keys are compared, not prices: a smaller one is better on either side, and none is the worst.
//!
//! OBI: each side has its constant; own is not joined, its halves are added to the mate's product in one carry. OFI: as `features::ofi` has it, in
//! shares, against the bound; which of the three flows it is, is known with them.
//!
//! Latency: `holds` is that of the level two cycles ago. Back-pressure: none; events two cycles apart or more.

use crate::prim::{Cat2, LutRam, MulU, SignExtend};
use crate::trigger::parts::KeyedPair;
use crate::types::{Best, KeyedLevel};
use rust_hdl::prelude::*;

/// See the module's text. `2^A` slots.
#[derive(LogicBlock, Default)]
pub struct Judge<const A: usize> {
    pub clock: Signal<In, Clock>,
    /// A cycle before the level: its side, and the condition of its slot.
    pub coming_bid: Signal<In, Bit>,
    pub compare: Signal<In, Bits<2>>,
    pub constant_0: Signal<In, Bits<32>>,
    pub constant_1: Signal<In, Bits<17>>,
    pub best_valid: Signal<In, Bit>,
    pub best: Signal<In, Best>,
    /// With the level: the slot has had a book event since its last reset.
    pub seen: Signal<In, Bit>,
    /// A cycle behind the level: the other half of it.
    pub own: Signal<In, KeyedLevel>,
    pub holds: Signal<Out, Bit>,
    /// A cycle behind the level: both quantities.
    pub bid_sz: Signal<Out, Bits<32>>,
    pub ask_sz: Signal<Out, Bits<32>>,
    previous: LutRam<KeyedPair, A>,
    plus_s0: DFF<Bit>,
    at_most_s0: DFF<Bit>,
    is_ofi_s0: DFF<Bit>,
    own_factor_s0: DFF<Bits<17>>,
    mate_factor_s0: DFF<Bits<17>>,
    bound_s0: DFF<Bits<35>>,
    mate_high: MulU<14, 17, 31, 1>,
    mate_low: MulU<18, 17, 35, 1>,
    written_s1: DFF<Bit>,
    slot_s1: DFF<Bits<A>>,
    bid_s1: DFF<Bit>,
    seen_s1: DFF<Bit>,
    plus_s1: DFF<Bit>,
    is_ofi_s1: DFF<Bit>,
    own_factor_s1: DFF<Bits<17>>,
    less_s1: DFF<Bits<36>>,
    own_before_key_s1: DFF<Bits<32>>,
    own_before_sz_s1: DFF<Bits<32>>,
    mate_key_s1: DFF<Bits<32>>,
    mate_sz_s1: DFF<Bits<32>>,
    mate_before_sz_s1: DFF<Bits<32>>,
    mate_gained_s1: DFF<Bit>,
    mate_lost_s1: DFF<Bit>,
    own_high: MulU<14, 17, 31, 1>,
    own_low: MulU<18, 17, 35, 1>,
    plus_s2: DFF<Bit>,
    is_ofi_s2: DFF<Bit>,
    some_s2: DFF<Bit>,
    not_mate_s2: DFF<Bits<51>>,
    own_gained_s2: DFF<Bit>,
    own_lost_s2: DFF<Bit>,
    both_s2: DFF<Bits<33>>,
    gain_s2: DFF<Bits<33>>,
    loss_s2: DFF<Bits<33>>,
    mate_flow_s2: DFF<Bits<33>>,
    less_s2: DFF<Bits<36>>,
    bound: Cat2<3, 32, 35>,
    at_most: Signal<Local, Bit>,
    narrow_0: Signal<Local, Bits<17>>,
    was: Signal<Local, KeyedPair>,
    slot: Signal<Local, Bits<6>>,
    changed: Signal<Local, Bits<1>>,
    own_bid: Signal<Local, Bits<1>>,
    mate_key: Signal<Local, Bits<32>>,
    mate_sz: Signal<Local, Bits<32>>,
    mate_before_key: Signal<Local, Bits<32>>,
    bound_wide: SignExtend<35, 36>,
    none_36: Signal<Local, Bits<36>>,
    none_33: Signal<Local, Bits<33>>,
    own_key: Signal<Local, Bits<32>>,
    own_sz: Signal<Local, Bits<32>>,
    own_wide: Signal<Local, Bits<33>>,
    own_before_wide: Signal<Local, Bits<33>>,
    mate_in: Signal<Local, Bits<33>>,
    mate_out: Signal<Local, Bits<33>>,
    mate_product_high: Signal<Local, Bits<51>>,
    mate_product_low: Signal<Local, Bits<51>>,
    mate_product: Signal<Local, Bits<51>>,
    own_product_high: Signal<Local, Bits<51>>,
    own_product_low: Signal<Local, Bits<51>>,
    obi_sums: Signal<Local, Bits<51>>,
    obi_pairs: Signal<Local, Bits<51>>,
    obi_shifted: Signal<Local, Bits<51>>,
    obi_carries: Signal<Local, Bits<51>>,
    obi_one: Signal<Local, Bits<51>>,
    obi: Signal<Local, Bits<51>>,
    obi_holds: Signal<Local, Bit>,
    own_flow: Signal<Local, Bits<33>>,
    own_flow_wide: SignExtend<33, 36>,
    mate_flow_wide: SignExtend<33, 36>,
    ofi_sums: Signal<Local, Bits<36>>,
    ofi_pairs: Signal<Local, Bits<36>>,
    ofi_carries: Signal<Local, Bits<36>>,
    ofi: Signal<Local, Bits<36>>,
}

impl<const A: usize> Logic for Judge<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            plus_s0,
            at_most_s0,
            is_ofi_s0,
            own_factor_s0,
            mate_factor_s0,
            bound_s0,
            written_s1,
            slot_s1,
            bid_s1,
            seen_s1,
            plus_s1,
            is_ofi_s1,
            own_factor_s1,
            less_s1,
            own_before_key_s1,
            own_before_sz_s1,
            mate_key_s1,
            mate_sz_s1,
            mate_before_sz_s1,
            mate_gained_s1,
            mate_lost_s1,
            plus_s2,
            is_ofi_s2,
            some_s2,
            not_mate_s2,
            own_gained_s2,
            own_lost_s2,
            both_s2,
            gain_s2,
            loss_s2,
            mate_flow_s2,
            less_s2
        );
        self.previous.clock.next = self.clock.val();
        self.mate_high.clock.next = self.clock.val();
        self.mate_low.clock.next = self.clock.val();
        self.own_high.clock.next = self.clock.val();
        self.own_low.clock.next = self.clock.val();
        self.none_33.next = 0.into();
        self.none_36.next = 0.into();

        // Ahead: what the level will be compared with. Of a bid the constant is the first, of an ask the second.
        self.at_most.next = self.compare.val().get_bit(0);
        self.narrow_0.next = self.constant_0.val().get_bits::<17>(0);
        self.at_most_s0.d.next = self.at_most.val();
        self.is_ofi_s0.d.next = self.compare.val().get_bit(1);
        self.plus_s0.d.next = self.coming_bid.val() ^ self.at_most.val();
        self.own_factor_s0.d.next = self.constant_1.val();
        self.mate_factor_s0.d.next = self.narrow_0.val();
        if self.coming_bid.val() {
            self.own_factor_s0.d.next = self.narrow_0.val();
            self.mate_factor_s0.d.next = self.constant_1.val();
        }
        self.bound.hi.next = self.constant_1.val().get_bits::<3>(0);
        self.bound.lo.next = self.constant_0.val();
        self.bound_s0.d.next = self.bound.y.val();

        // The mate, and what both were.
        self.slot.next = self.best.val().slot;
        self.changed.next = self.best.val().changed;
        self.own_bid.next = self.best.val().bid;
        self.mate_key.next = self.best.val().mate_key;
        self.mate_sz.next = self.best.val().mate_sz;
        self.previous.read_address.next = self.slot.val().get_bits::<A>(0);
        self.was.next = self.previous.read_data.val();
        self.own_before_key_s1.d.next = self.was.val().ask_key;
        self.own_before_sz_s1.d.next = self.was.val().ask_sz;
        self.mate_before_key.next = self.was.val().bid_key;
        self.mate_before_sz_s1.d.next = self.was.val().bid_sz;
        if self.own_bid.val().any() {
            self.own_before_key_s1.d.next = self.was.val().bid_key;
            self.own_before_sz_s1.d.next = self.was.val().bid_sz;
            self.mate_before_key.next = self.was.val().ask_key;
            self.mate_before_sz_s1.d.next = self.was.val().ask_sz;
        }
        self.mate_gained_s1.d.next = self.seen.val() & (self.mate_key.val() <= self.mate_before_key.val());
        self.mate_lost_s1.d.next = self.seen.val() & (self.mate_key.val() >= self.mate_before_key.val());
        self.mate_high.a.next = self.mate_sz.val().get_bits::<14>(18);
        self.mate_high.b.next = self.mate_factor_s0.q.val();
        self.mate_low.a.next = self.mate_sz.val().get_bits::<18>(0);
        self.mate_low.b.next = self.mate_factor_s0.q.val();
        self.bound_wide.x.next = self.bound_s0.q.val();
        self.less_s1.d.next = self.none_36.val() - self.bound_wide.y.val();
        if self.at_most_s0.q.val() {
            self.less_s1.d.next = self.bound_wide.y.val();
        }
        self.written_s1.d.next = self.best_valid.val() & self.changed.val().any();
        self.slot_s1.d.next = self.slot.val().get_bits::<A>(0);
        self.bid_s1.d.next = self.own_bid.val().any();
        self.seen_s1.d.next = self.seen.val();
        self.plus_s1.d.next = self.plus_s0.q.val();
        self.is_ofi_s1.d.next = self.is_ofi_s0.q.val();
        self.own_factor_s1.d.next = self.own_factor_s0.q.val();
        self.mate_key_s1.d.next = self.mate_key.val();
        self.mate_sz_s1.d.next = self.mate_sz.val();

        // The own side: its product, its compares, and its flow for each outcome of them.
        self.own_key.next = self.own.val().key;
        self.own_sz.next = self.own.val().sz;
        self.previous.write_address.next = self.slot_s1.q.val();
        self.previous.write_enable.next = self.written_s1.q.val();
        self.previous.write_data.next.bid_key = self.mate_key_s1.q.val();
        self.previous.write_data.next.bid_sz = self.mate_sz_s1.q.val();
        self.previous.write_data.next.ask_key = self.own_key.val();
        self.previous.write_data.next.ask_sz = self.own_sz.val();
        self.bid_sz.next = self.mate_sz_s1.q.val();
        self.ask_sz.next = self.own_sz.val();
        if self.bid_s1.q.val() {
            self.previous.write_data.next.bid_key = self.own_key.val();
            self.previous.write_data.next.bid_sz = self.own_sz.val();
            self.previous.write_data.next.ask_key = self.mate_key_s1.q.val();
            self.previous.write_data.next.ask_sz = self.mate_sz_s1.q.val();
            self.bid_sz.next = self.own_sz.val();
            self.ask_sz.next = self.mate_sz_s1.q.val();
        }
        self.own_high.a.next = self.own_sz.val().get_bits::<14>(18);
        self.own_high.b.next = self.own_factor_s1.q.val();
        self.own_low.a.next = self.own_sz.val().get_bits::<18>(0);
        self.own_low.b.next = self.own_factor_s1.q.val();
        self.mate_product_high.next = bit_cast::<51, 31>(self.mate_high.p.val()) << 18;
        self.mate_product_low.next = bit_cast::<51, 35>(self.mate_low.p.val());
        self.mate_product.next = self.mate_product_high.val() + self.mate_product_low.val();
        self.not_mate_s2.d.next = !self.mate_product.val();
        self.some_s2.d.next = self.own_sz.val().any() | self.mate_sz_s1.q.val().any();
        self.own_gained_s2.d.next =
            self.seen_s1.q.val() & (self.own_key.val() <= self.own_before_key_s1.q.val());
        self.own_lost_s2.d.next =
            self.seen_s1.q.val() & (self.own_key.val() >= self.own_before_key_s1.q.val());
        self.own_wide.next = bit_cast::<33, 32>(self.own_sz.val());
        self.own_before_wide.next = bit_cast::<33, 32>(self.own_before_sz_s1.q.val());
        self.mate_in.next = 0.into();
        self.mate_out.next = 0.into();
        if self.mate_gained_s1.q.val() {
            self.mate_in.next = bit_cast::<33, 32>(self.mate_sz_s1.q.val());
        }
        if self.mate_lost_s1.q.val() {
            self.mate_out.next = bit_cast::<33, 32>(self.mate_before_sz_s1.q.val());
        }
        self.both_s2.d.next = self.own_before_wide.val() - self.own_wide.val();
        self.gain_s2.d.next = self.none_33.val() - self.own_wide.val();
        self.loss_s2.d.next = self.own_before_wide.val();
        self.mate_flow_s2.d.next = self.mate_in.val() - self.mate_out.val();
        if self.plus_s1.q.val() {
            self.both_s2.d.next = self.own_wide.val() - self.own_before_wide.val();
            self.gain_s2.d.next = self.own_wide.val();
            self.loss_s2.d.next = self.none_33.val() - self.own_before_wide.val();
            self.mate_flow_s2.d.next = self.mate_out.val() - self.mate_in.val();
        }
        self.plus_s2.d.next = self.plus_s1.q.val();
        self.is_ofi_s2.d.next = self.is_ofi_s1.q.val();
        self.less_s2.d.next = self.less_s1.q.val();

        // Signs. Own less mate is own, the mate's inverse and one: without the one it is less by one, so that equal is below.
        self.own_product_high.next = bit_cast::<51, 31>(self.own_high.p.val()) << 18;
        self.own_product_low.next = bit_cast::<51, 35>(self.own_low.p.val());
        self.obi_sums.next =
            self.own_product_high.val() ^ self.own_product_low.val() ^ self.not_mate_s2.q.val();
        self.obi_pairs.next = (self.own_product_high.val() & self.own_product_low.val())
            | (self.own_product_high.val() & self.not_mate_s2.q.val())
            | (self.own_product_low.val() & self.not_mate_s2.q.val());
        self.obi_shifted.next = self.obi_pairs.val() << 1;
        self.obi_one.next = 0.into();
        if self.plus_s2.q.val() {
            self.obi_one.next = 1.into();
        }
        self.obi_carries.next = self.obi_shifted.val() | self.obi_one.val();
        self.obi.next = self.obi_sums.val() + self.obi_carries.val();
        self.obi_holds.next = self.obi.val().get_bit(50) ^ self.plus_s2.q.val();
        self.own_flow.next = 0.into();
        if self.own_gained_s2.q.val() {
            self.own_flow.next = self.gain_s2.q.val();
            if self.own_lost_s2.q.val() {
                self.own_flow.next = self.both_s2.q.val();
            }
        } else {
            if self.own_lost_s2.q.val() {
                self.own_flow.next = self.loss_s2.q.val();
            }
        }
        self.own_flow_wide.x.next = self.own_flow.val();
        self.mate_flow_wide.x.next = self.mate_flow_s2.q.val();
        self.ofi_sums.next = self.own_flow_wide.y.val() ^ self.mate_flow_wide.y.val() ^ self.less_s2.q.val();
        self.ofi_pairs.next = (self.own_flow_wide.y.val() & self.mate_flow_wide.y.val())
            | (self.own_flow_wide.y.val() & self.less_s2.q.val())
            | (self.mate_flow_wide.y.val() & self.less_s2.q.val());
        self.ofi_carries.next = self.ofi_pairs.val() << 1;
        self.ofi.next = self.ofi_sums.val() + self.ofi_carries.val();
        self.holds.next = self.obi_holds.val() & self.some_s2.q.val();
        if self.is_ofi_s2.q.val() {
            self.holds.next = !self.ofi.val().get_bit(35);
        }
    }
}
