//! What a slot could come to hold if all that is open and this order executed, against POSITION_MAX.
//!
//! ```text
//! cycle 0: net of the side + open of the side ─► exposure;  POSITION_MAX − quantity ─► room
//! cycle 1: room − exposure (+ base) < 0 ─► over;  quantity (− base) ─► added, worst ─► registers
//! ```
//!
//! A new order adds its quantity. One that replaces another adds what it has more than `base`, the quantity of the other one that may be counted on
//! (`originals`), and never less than nothing: what it has less counts until a response releases it. Neither may it be sent while the exposure alone is beyond
//! the limit.
//!
//! Latency: see above; the values of cycle 2 stay until the cycle after the next `take`. Back-pressure: none.

use crate::prim::{Cat2, SignExtend};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Exposure {
    pub clock: Signal<In, Clock>,
    pub take: Signal<In, Bit>,
    // Cycle 0.
    pub sells: Signal<In, Bit>,
    pub net: Signal<In, Bits<36>>,
    pub open_buy: Signal<In, Bits<36>>,
    pub open_sell: Signal<In, Bits<36>>,
    pub qty: Signal<In, Bits<32>>,
    pub position_max: Signal<In, Bits<32>>,
    pub replaces: Signal<In, Bit>,
    // Cycle 1.
    pub base: Signal<In, Bits<32>>,
    pub over: Signal<Out, Bit>,
    // Cycle 2.
    /// Shares the order adds to those open.
    pub added: Signal<Out, Bits<32>>,
    pub worst: Signal<Out, Bits<39>>,
    replaces_s1: DFF<Bit>,
    exposure_s1: DFF<Bits<38>>,
    room_s1: DFF<Bits<39>>,
    most_s1: DFF<Bits<32>>,
    qty_s1: DFF<Bits<32>>,
    added_s2: DFF<Bits<32>>,
    worst_s2: DFF<Bits<39>>,
    net_wide: SignExtend<36, 38>,
    net_or_not: Signal<Local, Bits<38>>,
    open: Signal<Local, Bits<36>>,
    net_part: Cat2<38, 1, 39>,
    open_part: Cat2<38, 1, 39>,
    laid_out: Signal<Local, Bits<39>>,
    exposure_wide: SignExtend<38, 39>,
    base_wide: Signal<Local, Bits<39>>,
    spare: Signal<Local, Bits<39>>,
    spare_replacing: Signal<Local, Bits<39>>,
    spare_now: Signal<Local, Bits<39>>,
    whole: Signal<Local, Bits<39>>,
    whole_replacing: Signal<Local, Bits<39>>,
    gains: Signal<Local, Bit>,
    more: Signal<Local, Bits<32>>,
    yes: Constant<Bits<1>>,
}

impl Default for Exposure {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            take: Default::default(),
            sells: Default::default(),
            net: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            qty: Default::default(),
            position_max: Default::default(),
            replaces: Default::default(),
            base: Default::default(),
            over: Default::default(),
            added: Default::default(),
            worst: Default::default(),
            replaces_s1: Default::default(),
            exposure_s1: Default::default(),
            room_s1: Default::default(),
            most_s1: Default::default(),
            qty_s1: Default::default(),
            added_s2: Default::default(),
            worst_s2: Default::default(),
            net_wide: Default::default(),
            net_or_not: Default::default(),
            open: Default::default(),
            net_part: Default::default(),
            open_part: Default::default(),
            laid_out: Default::default(),
            exposure_wide: Default::default(),
            base_wide: Default::default(),
            spare: Default::default(),
            spare_replacing: Default::default(),
            spare_now: Default::default(),
            whole: Default::default(),
            whole_replacing: Default::default(),
            gains: Default::default(),
            more: Default::default(),
            yes: Constant::new(1.into()),
        }
    }
}

impl Logic for Exposure {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            replaces_s1,
            exposure_s1,
            room_s1,
            most_s1,
            qty_s1,
            added_s2,
            worst_s2
        );
        // Cycle 0.
        self.net_wide.x.next = self.net.val();
        // Net for a buy, minus net (inverted, one added in the bit below) for a sell.
        self.net_or_not.next = self.net_wide.y.val();
        self.open.next = self.open_buy.val();
        if self.sells.val() {
            self.net_or_not.next = !self.net_wide.y.val();
            self.open.next = self.open_sell.val();
        }
        self.net_part.hi.next = self.net_or_not.val();
        self.net_part.lo.next = self.sells.val().into();
        self.open_part.hi.next = bit_cast::<38, 36>(self.open.val());
        self.open_part.lo.next = self.yes.val();
        self.laid_out.next = self.net_part.y.val() + self.open_part.y.val();
        if self.take.val() {
            self.replaces_s1.d.next = self.replaces.val();
            self.exposure_s1.d.next = self.laid_out.val().get_bits::<38>(1);
            self.room_s1.d.next =
                bit_cast::<39, 32>(self.position_max.val()) - bit_cast::<39, 32>(self.qty.val());
            self.most_s1.d.next = self.position_max.val();
            self.qty_s1.d.next = self.qty.val();
        }

        // Cycle 1.
        self.exposure_wide.x.next = self.exposure_s1.q.val();
        self.base_wide.next = bit_cast::<39, 32>(self.base.val());
        self.spare.next = self.room_s1.q.val() - self.exposure_wide.y.val();
        self.spare_replacing.next = self.spare.val() + self.base_wide.val();
        self.spare_now.next = bit_cast::<39, 32>(self.most_s1.q.val()) - self.exposure_wide.y.val();
        self.whole.next = self.exposure_wide.y.val() + bit_cast::<39, 32>(self.qty_s1.q.val());
        self.whole_replacing.next = self.whole.val() - self.base_wide.val();
        self.gains.next = self.qty_s1.q.val() > self.base.val();
        self.more.next = self.qty_s1.q.val() - self.base.val();
        self.over.next = self.spare.val().get_bit(38);
        self.added_s2.d.next = self.qty_s1.q.val();
        self.worst_s2.d.next = self.whole.val();
        if self.replaces_s1.q.val() {
            self.over.next = self.spare_replacing.val().get_bit(38) | self.spare_now.val().get_bit(38);
            self.added_s2.d.next = 0.into();
            self.worst_s2.d.next = self.exposure_wide.y.val();
            if self.gains.val() {
                self.added_s2.d.next = self.more.val();
                self.worst_s2.d.next = self.whole_replacing.val();
            }
        }

        // Cycle 2.
        self.added.next = self.added_s2.q.val();
        self.worst.next = self.worst_s2.q.val();
    }
}
