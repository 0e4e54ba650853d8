//! Limits of one slot: what the host has written, and what counts.
//!
//! All limits of a slot, and of all slots, change in the one cycle of a commit; a word written in that cycle is not among them.
//!
//! Latency: 1 cycle. Back-pressure: none. Cost: 618 flip-flops.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Limits {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub data: Signal<In, Bits<32>>,
    /// The host's word is this limit, a bit each in the order of the outputs.
    pub writes: Signal<In, Bits<12>>,
    /// The shadow becomes current.
    pub commit: Signal<In, Bit>,
    pub max_qty: Signal<Out, Bits<32>>,
    pub collar: Signal<Out, Bits<32>>,
    pub position_max: Signal<Out, Bits<32>>,
    pub open_max: Signal<Out, Bits<16>>,
    pub notional_lo: Signal<Out, Bits<32>>,
    pub notional_hi: Signal<Out, Bits<32>>,
    pub tokens: Signal<Out, Bits<16>>,
    pub refill: Signal<Out, Bits<32>>,
    pub permit: Signal<Out, Bits<5>>,
    pub band_low: Signal<Out, Bits<32>>,
    pub band_high: Signal<Out, Bits<32>>,
    pub throttle: Signal<Out, Bits<16>>,
    max_qty_shadow: DFF<Bits<32>>,
    collar_shadow: DFF<Bits<32>>,
    position_max_shadow: DFF<Bits<32>>,
    open_max_shadow: DFF<Bits<16>>,
    notional_lo_shadow: DFF<Bits<32>>,
    notional_hi_shadow: DFF<Bits<32>>,
    tokens_shadow: DFF<Bits<16>>,
    refill_shadow: DFF<Bits<32>>,
    permit_shadow: DFF<Bits<5>>,
    band_low_shadow: DFF<Bits<32>>,
    band_high_shadow: DFF<Bits<32>>,
    throttle_shadow: DFF<Bits<16>>,
    max_qty_now: DFF<Bits<32>>,
    collar_now: DFF<Bits<32>>,
    position_max_now: DFF<Bits<32>>,
    open_max_now: DFF<Bits<16>>,
    notional_lo_now: DFF<Bits<32>>,
    notional_hi_now: DFF<Bits<32>>,
    tokens_now: DFF<Bits<16>>,
    refill_now: DFF<Bits<32>>,
    permit_now: DFF<Bits<5>>,
    band_low_now: DFF<Bits<32>>,
    band_high_now: DFF<Bits<32>>,
    throttle_now: DFF<Bits<16>>,
}

impl Logic for Limits {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            max_qty_shadow,
            collar_shadow,
            position_max_shadow,
            open_max_shadow,
            notional_lo_shadow,
            notional_hi_shadow,
            tokens_shadow,
            refill_shadow,
            permit_shadow,
            band_low_shadow,
            band_high_shadow,
            throttle_shadow,
            max_qty_now,
            collar_now,
            position_max_now,
            open_max_now,
            notional_lo_now,
            notional_hi_now,
            tokens_now,
            refill_now,
            permit_now,
            band_low_now,
            band_high_now,
            throttle_now
        );
        if self.writes.val().get_bit(0) {
            self.max_qty_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(1) {
            self.collar_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(2) {
            self.position_max_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(3) {
            self.open_max_shadow.d.next = self.data.val().get_bits::<16>(0);
        }
        if self.writes.val().get_bit(4) {
            self.notional_lo_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(5) {
            self.notional_hi_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(6) {
            self.tokens_shadow.d.next = self.data.val().get_bits::<16>(0);
        }
        if self.writes.val().get_bit(7) {
            self.refill_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(8) {
            self.permit_shadow.d.next = self.data.val().get_bits::<5>(0);
        }
        if self.writes.val().get_bit(9) {
            self.band_low_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(10) {
            self.band_high_shadow.d.next = self.data.val();
        }
        if self.writes.val().get_bit(11) {
            self.throttle_shadow.d.next = self.data.val().get_bits::<16>(0);
        }
        if self.commit.val() {
            self.max_qty_now.d.next = self.max_qty_shadow.q.val();
            self.collar_now.d.next = self.collar_shadow.q.val();
            self.position_max_now.d.next = self.position_max_shadow.q.val();
            self.open_max_now.d.next = self.open_max_shadow.q.val();
            self.notional_lo_now.d.next = self.notional_lo_shadow.q.val();
            self.notional_hi_now.d.next = self.notional_hi_shadow.q.val();
            self.tokens_now.d.next = self.tokens_shadow.q.val();
            self.refill_now.d.next = self.refill_shadow.q.val();
            self.permit_now.d.next = self.permit_shadow.q.val();
            self.throttle_now.d.next = self.throttle_shadow.q.val();
            self.band_high_now.d.next = self.band_high_shadow.q.val();
            self.band_low_now.d.next = self.band_low_shadow.q.val();
        }
        if self.reset.val() {
            self.max_qty_shadow.d.next = 0.into();
            self.max_qty_now.d.next = 0.into();
            self.collar_shadow.d.next = 0.into();
            self.collar_now.d.next = 0.into();
            self.position_max_shadow.d.next = 0.into();
            self.position_max_now.d.next = 0.into();
            self.open_max_shadow.d.next = 0.into();
            self.open_max_now.d.next = 0.into();
            self.notional_lo_shadow.d.next = 0.into();
            self.notional_lo_now.d.next = 0.into();
            self.notional_hi_shadow.d.next = 0.into();
            self.notional_hi_now.d.next = 0.into();
            self.tokens_shadow.d.next = 0.into();
            self.tokens_now.d.next = 0.into();
            self.refill_shadow.d.next = 0.into();
            self.refill_now.d.next = 0.into();
            self.permit_shadow.d.next = 0.into();
            self.permit_now.d.next = 0.into();
            self.throttle_shadow.d.next = 0.into();
            self.throttle_now.d.next = 0.into();
            self.band_high_shadow.d.next = 0.into();
            self.band_high_now.d.next = 0.into();
            self.band_low_shadow.d.next = 0.into();
            self.band_low_now.d.next = 0.into();
        }
        self.max_qty.next = self.max_qty_now.q.val();
        self.collar.next = self.collar_now.q.val();
        self.position_max.next = self.position_max_now.q.val();
        self.open_max.next = self.open_max_now.q.val();
        self.notional_lo.next = self.notional_lo_now.q.val();
        self.notional_hi.next = self.notional_hi_now.q.val();
        self.tokens.next = self.tokens_now.q.val();
        self.refill.next = self.refill_now.q.val();
        self.permit.next = self.permit_now.q.val();
        self.throttle.next = self.throttle_now.q.val();
        self.band_high.next = self.band_high_now.q.val();
        self.band_low.next = self.band_low_now.q.val();
    }
}
