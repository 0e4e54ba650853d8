//! All checks of a request, at once: what can be compared when it is taken, the rest in the cycle after.
//!
//! ```text
//! cycle 0: request, values of its slot ─► sums and compares ─► registers
//! cycle 1: price and position compares, state of slot and gate ─► fails ─► registers
//! cycle 2: reason, value, limit of what failed
//! ```
//!
//! Which of them hold for a kind of request says `classes`; what an order adds to the position, `exposure`. Those above EventsFull are
//! made beside this block, in `Guards`, which gives their bits in cycle 1; here they are weighed with the others.
//!
//! `value` and `limit` are 0 but for: Sequence (order_seq, 0), Epoch (of the request, the current one), Quantity (shares, MAX_QTY), Collar (price, bound; the
//! lower one if it is below; 0 without a reference), Position (worst case, saturated, POSITION_MAX), OpenOrders (open ones, OPEN_MAX), Rate (tokens out, most
//! tokens; of the slot if its bucket is empty, else of the port), Notional (low words), Original (target_ref, 0).
//!
//! Latency: see above; the values of cycle 2 stay until the cycle after the next `take`. Back-pressure: none.

use super::classes::Classes;
use super::exposure::Exposure;
use super::lowest::Lowest;
use crate::types::OrderRequest;
use contract::event::Reason;
use rust_hdl::prelude::*;

/// Bits of a vector of failed checks: room for all that have a bit.
pub const CHECKS: usize = 24;
const _: () = assert!(contract::event::REASONS.len() <= CHECKS, "widths below");

/// The bit of a check.
pub(super) fn bit(reason: Reason) -> Constant<Bits<CHECKS>> {
    Constant::new((1_u64 << reason as u32).into())
}

// Where the values below belong.
const _: () = {
    assert!(Reason::Sequence as usize == 3 && Reason::Epoch as usize == 4 && Reason::Quantity as usize == 9);
    assert!(
        Reason::Collar as usize == 10 && Reason::Position as usize == 11 && Reason::OpenOrders as usize == 12
    );
    assert!(
        Reason::Rate as usize == 13 && Reason::Notional as usize == 14 && Reason::Original as usize == 22
    );
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct Screen {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// Cycle 0: it is in the place of another order.
    pub replaces: Signal<Out, Bit>,
    // Cycle 0: of the request's slot and of the port.
    pub max_qty: Signal<In, Bits<32>>,
    pub collar: Signal<In, Bits<32>>,
    pub position_max: Signal<In, Bits<32>>,
    pub open_max: Signal<In, Bits<16>>,
    pub notional_lo: Signal<In, Bits<32>>,
    pub notional_hi: Signal<In, Bits<32>>,
    pub tokens: Signal<In, Bits<16>>,
    pub used: Signal<In, Bits<16>>,
    pub net: Signal<In, Bits<36>>,
    pub open_buy: Signal<In, Bits<36>>,
    pub open_sell: Signal<In, Bits<36>>,
    pub orders: Signal<In, Bits<16>>,
    pub has_reference: Signal<In, Bit>,
    pub bid: Signal<In, Bits<32>>,
    pub ask: Signal<In, Bits<32>>,
    pub epoch: Signal<In, Bits<16>>,
    pub port_tokens: Signal<In, Bits<16>>,
    pub port_used: Signal<In, Bits<16>>,
    // Cycle 1: of a Replace, what `originals` knows.
    pub unknown: Signal<In, Bit>,
    pub base: Signal<In, Bits<32>>,
    // Cycle 1.
    pub deciding: Signal<In, Bit>,
    pub killed: Signal<In, Bit>,
    pub not_armed: Signal<In, Bit>,
    pub no_heartbeat: Signal<In, Bit>,
    pub stale: Signal<In, Bit>,
    pub gap: Signal<In, Bit>,
    pub halted: Signal<In, Bit>,
    pub events_full: Signal<In, Bit>,
    /// What fails of the checks that are not made here.
    pub others: Signal<In, Bits<24>>,
    // From cycle 2 on: all is well, for one cycle; it is not, for one cycle, and until it is told.
    pub passed: Signal<Out, Bit>,
    pub rejected: Signal<Out, Bit>,
    pub waits: Signal<Out, Bit>,
    pub told: Signal<In, Bit>,
    pub held: Signal<Out, OrderRequest>,
    /// It is an order, new or in the place of another; and it is in the place of another.
    pub is_order: Signal<Out, Bit>,
    pub is_replace: Signal<Out, Bit>,
    /// Shares it adds to those open.
    pub added: Signal<Out, Bits<32>>,
    pub checks: Signal<Out, Bits<24>>,
    /// The bit of the lowest check that failed.
    pub first: Signal<Out, Bits<24>>,
    pub reason: Signal<Out, Bits<5>>,
    pub value: Signal<Out, Bits<32>>,
    pub limit: Signal<Out, Bits<32>>,
    held_s1: DFF<OrderRequest>,
    classes: Classes,
    exposure: Exposure,
    order_s1: DFF<Bit>,
    replace_s1: DFF<Bit>,
    quiet_s1: DFF<Bit>,
    refuses: Signal<Local, Bit>,
    keeps_s1: DFF<Bits<24>>,
    malformed_s1: DFF<Bit>,
    sequence_s1: DFF<Bit>,
    epoch_s1: DFF<Bit>,
    quantity_s1: DFF<Bit>,
    orders_s1: DFF<Bit>,
    slot_empty_s1: DFF<Bit>,
    port_empty_s1: DFF<Bit>,
    over_high_s1: DFF<Bit>,
    same_high_s1: DFF<Bit>,
    over_low_s1: DFF<Bit>,
    reference_s1: DFF<Bit>,
    /// A borrow, a carry in the top bit: no bound on that side.
    low_s1: DFF<Bits<33>>,
    high_s1: DFF<Bits<33>>,
    epoch_is: DFF<Bits<16>>,
    max_qty_is: DFF<Bits<32>>,
    position_max_is: DFF<Bits<32>>,
    orders_are: DFF<Bits<16>>,
    open_max_is: DFF<Bits<16>>,
    used_are: DFF<Bits<16>>,
    tokens_are: DFF<Bits<16>>,
    notional_max_is: DFF<Bits<32>>,
    good_s2: DFF<Bit>,
    bad_s2: DFF<Bit>,
    untold: DFF<Bit>,
    good: Signal<Local, Bit>,
    checks_s2: DFF<Bits<24>>,
    below_s2: DFF<Bit>,
    asks: Signal<Local, OrderRequest>,
    qty: Signal<Local, Bits<32>>,
    notional: Signal<Local, Bits<64>>,
    ask_high: Signal<Local, Bits<32>>,
    ask_low: Signal<Local, Bits<32>>,
    slot_empty: Signal<Local, Bit>,
    port_empty: Signal<Local, Bit>,
    price: Signal<Local, Bits<32>>,
    held_qty: Signal<Local, Bits<32>>,
    held_epoch: Signal<Local, Bits<16>>,
    held_notional: Signal<Local, Bits<64>>,
    held_low: Signal<Local, Bits<32>>,
    low_bound: Signal<Local, Bits<32>>,
    high_bound: Signal<Local, Bits<32>>,
    below: Signal<Local, Bit>,
    above: Signal<Local, Bit>,
    rate: Signal<Local, Bit>,
    notional_over: Signal<Local, Bit>,
    failed: Signal<Local, Bits<24>>,
    kept: Signal<Local, Bits<24>>,
    first_s2: DFF<Bits<24>>,
    lowest: Lowest,
    index: Signal<Local, Bits<5>>,
    worst_high: Signal<Local, Bits<7>>,
    yes: Constant<Bits<1>>,
    all: Constant<Bits<32>>,
    bit_killed: Constant<Bits<24>>,
    bit_not_armed: Constant<Bits<24>>,
    bit_malformed: Constant<Bits<24>>,
    bit_sequence: Constant<Bits<24>>,
    bit_epoch: Constant<Bits<24>>,
    bit_heartbeat: Constant<Bits<24>>,
    bit_stale: Constant<Bits<24>>,
    bit_gap: Constant<Bits<24>>,
    bit_halted: Constant<Bits<24>>,
    bit_quantity: Constant<Bits<24>>,
    bit_collar: Constant<Bits<24>>,
    bit_position: Constant<Bits<24>>,
    bit_orders: Constant<Bits<24>>,
    bit_rate: Constant<Bits<24>>,
    bit_notional: Constant<Bits<24>>,
    bit_events: Constant<Bits<24>>,
    bit_original: Constant<Bits<24>>,
    number: [Constant<Bits<5>>; CHECKS],
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            take: Default::default(),
            request: Default::default(),
            max_qty: Default::default(),
            collar: Default::default(),
            position_max: Default::default(),
            open_max: Default::default(),
            notional_lo: Default::default(),
            notional_hi: Default::default(),
            tokens: Default::default(),
            used: Default::default(),
            net: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            orders: Default::default(),
            has_reference: Default::default(),
            bid: Default::default(),
            ask: Default::default(),
            epoch: Default::default(),
            port_tokens: Default::default(),
            port_used: Default::default(),
            deciding: Default::default(),
            killed: Default::default(),
            not_armed: Default::default(),
            no_heartbeat: Default::default(),
            stale: Default::default(),
            gap: Default::default(),
            halted: Default::default(),
            events_full: Default::default(),
            others: Default::default(),
            passed: Default::default(),
            rejected: Default::default(),
            waits: Default::default(),
            told: Default::default(),
            held: Default::default(),
            is_order: Default::default(),
            is_replace: Default::default(),
            added: Default::default(),
            replaces: Default::default(),
            unknown: Default::default(),
            base: Default::default(),
            classes: Default::default(),
            exposure: Default::default(),
            checks: Default::default(),
            first: Default::default(),
            reason: Default::default(),
            value: Default::default(),
            limit: Default::default(),
            held_s1: Default::default(),
            order_s1: Default::default(),
            replace_s1: Default::default(),
            quiet_s1: Default::default(),
            refuses: Default::default(),
            keeps_s1: Default::default(),
            malformed_s1: Default::default(),
            sequence_s1: Default::default(),
            epoch_s1: Default::default(),
            quantity_s1: Default::default(),
            orders_s1: Default::default(),
            slot_empty_s1: Default::default(),
            port_empty_s1: Default::default(),
            over_high_s1: Default::default(),
            same_high_s1: Default::default(),
            over_low_s1: Default::default(),
            reference_s1: Default::default(),
            low_s1: Default::default(),
            high_s1: Default::default(),
            epoch_is: Default::default(),
            max_qty_is: Default::default(),
            position_max_is: Default::default(),
            orders_are: Default::default(),
            open_max_is: Default::default(),
            used_are: Default::default(),
            tokens_are: Default::default(),
            notional_max_is: Default::default(),
            good_s2: Default::default(),
            bad_s2: Default::default(),
            untold: Default::default(),
            good: Default::default(),
            checks_s2: Default::default(),
            below_s2: Default::default(),
            asks: Default::default(),
            qty: Default::default(),
            notional: Default::default(),
            ask_high: Default::default(),
            ask_low: Default::default(),
            slot_empty: Default::default(),
            port_empty: Default::default(),
            price: Default::default(),
            held_qty: Default::default(),
            held_epoch: Default::default(),
            held_notional: Default::default(),
            held_low: Default::default(),
            low_bound: Default::default(),
            high_bound: Default::default(),
            below: Default::default(),
            above: Default::default(),
            rate: Default::default(),
            notional_over: Default::default(),
            failed: Default::default(),
            kept: Default::default(),
            first_s2: Default::default(),
            lowest: Default::default(),
            index: Default::default(),
            worst_high: Default::default(),
            yes: Constant::new(1.into()),
            all: Constant::new(u64::from(u32::MAX).into()),
            bit_killed: bit(Reason::Killed),
            bit_not_armed: bit(Reason::NotArmed),
            bit_malformed: bit(Reason::Malformed),
            bit_sequence: bit(Reason::Sequence),
            bit_epoch: bit(Reason::Epoch),
            bit_heartbeat: bit(Reason::Heartbeat),
            bit_stale: bit(Reason::Stale),
            bit_gap: bit(Reason::Gap),
            bit_halted: bit(Reason::Halted),
            bit_quantity: bit(Reason::Quantity),
            bit_collar: bit(Reason::Collar),
            bit_position: bit(Reason::Position),
            bit_orders: bit(Reason::OpenOrders),
            bit_rate: bit(Reason::Rate),
            bit_notional: bit(Reason::Notional),
            bit_events: bit(Reason::EventsFull),
            bit_original: bit(Reason::Original),
            number: std::array::from_fn(|i| Constant::new((i as u64).into())),
        }
    }
}

impl Logic for Screen {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            held_s1,
            order_s1,
            replace_s1,
            quiet_s1,
            keeps_s1,
            malformed_s1,
            sequence_s1,
            epoch_s1,
            quantity_s1,
            orders_s1,
            slot_empty_s1,
            port_empty_s1,
            over_high_s1,
            same_high_s1,
            over_low_s1,
            reference_s1,
            low_s1,
            high_s1,
            epoch_is,
            max_qty_is,
            position_max_is,
            orders_are,
            open_max_is,
            used_are,
            tokens_are,
            notional_max_is,
            good_s2,
            bad_s2,
            untold,
            first_s2,
            checks_s2,
            below_s2
        );
        // Cycle 0.
        self.asks.next = self.request.val();
        self.qty.next = self.request.val().qty;
        self.notional.next = self.request.val().notional;
        self.ask_high.next = self.notional.val().get_bits::<32>(32);
        self.ask_low.next = self.notional.val().get_bits::<32>(0);
        self.classes.kind.next = self.request.val().kind;
        self.replaces.next = self.classes.replaces.val();
        self.slot_empty.next = (self.used.val() >= self.tokens.val()) & self.classes.order.val();
        self.port_empty.next = self.port_used.val() >= self.port_tokens.val();
        self.exposure.clock.next = self.clock.val();
        self.exposure.take.next = self.take.val();
        self.exposure.sells.next = self.asks.val().buy != self.yes.val();
        self.exposure.net.next = self.net.val();
        self.exposure.open_buy.next = self.open_buy.val();
        self.exposure.open_sell.next = self.open_sell.val();
        self.exposure.qty.next = self.qty.val();
        self.exposure.position_max.next = self.position_max.val();
        self.exposure.replaces.next = self.classes.replaces.val();
        if self.take.val() {
            self.held_s1.d.next = self.request.val();
            self.order_s1.d.next = self.classes.order.val();
            self.replace_s1.d.next = self.classes.replaces.val();
            self.quiet_s1.d.next = self.classes.quiet.val();
            self.keeps_s1.d.next = self.classes.keeps.val();
            self.malformed_s1.d.next = self.asks.val().malformed == self.yes.val();
            self.sequence_s1.d.next = self.asks.val().out_of_sequence == self.yes.val();
            self.epoch_s1.d.next = self.asks.val().epoch != self.epoch.val();
            self.quantity_s1.d.next = (self.qty.val() == 0) | (self.qty.val() > self.max_qty.val());
            self.orders_s1.d.next = self.orders.val() >= self.open_max.val();
            self.slot_empty_s1.d.next = self.slot_empty.val();
            self.port_empty_s1.d.next = self.port_empty.val();
            self.over_high_s1.d.next = self.ask_high.val() > self.notional_hi.val();
            self.same_high_s1.d.next = self.ask_high.val() == self.notional_hi.val();
            self.over_low_s1.d.next = self.ask_low.val() > self.notional_lo.val();
            self.reference_s1.d.next = self.has_reference.val();
            self.low_s1.d.next = bit_cast::<33, 32>(self.bid.val()) - bit_cast::<33, 32>(self.collar.val());
            self.high_s1.d.next = bit_cast::<33, 32>(self.ask.val()) + bit_cast::<33, 32>(self.collar.val());
            self.epoch_is.d.next = self.epoch.val();
            self.max_qty_is.d.next = self.max_qty.val();
            self.position_max_is.d.next = self.position_max.val();
            self.orders_are.d.next = self.orders.val();
            self.open_max_is.d.next = self.open_max.val();
            self.used_are.d.next = self.port_used.val();
            self.tokens_are.d.next = self.port_tokens.val();
            if self.slot_empty.val() {
                self.used_are.d.next = self.used.val();
                self.tokens_are.d.next = self.tokens.val();
            }
            self.notional_max_is.d.next = self.notional_lo.val();
        }

        // Cycle 1.
        self.price.next = self.held_s1.q.val().price;
        self.low_bound.next = self.low_s1.q.val().get_bits::<32>(0);
        self.high_bound.next = self.high_s1.q.val().get_bits::<32>(0);
        self.below.next = !self.low_s1.q.val().get_bit(32) & (self.price.val() < self.low_bound.val());
        self.above.next = !self.high_s1.q.val().get_bit(32) & (self.price.val() > self.high_bound.val());
        self.held_qty.next = self.held_s1.q.val().qty;
        self.rate.next = self.slot_empty_s1.q.val() | self.port_empty_s1.q.val();
        self.notional_over.next =
            self.over_high_s1.q.val() | (self.same_high_s1.q.val() & self.over_low_s1.q.val());
        self.failed.next = self.others.val();
        if self.killed.val() {
            self.failed.next = self.failed.val() | self.bit_killed.val();
        }
        if self.not_armed.val() {
            self.failed.next = self.failed.val() | self.bit_not_armed.val();
        }
        if self.malformed_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_malformed.val();
        }
        if self.sequence_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_sequence.val();
        }
        if self.epoch_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_epoch.val();
        }
        if self.no_heartbeat.val() {
            self.failed.next = self.failed.val() | self.bit_heartbeat.val();
        }
        if self.stale.val() {
            self.failed.next = self.failed.val() | self.bit_stale.val();
        }
        if self.gap.val() {
            self.failed.next = self.failed.val() | self.bit_gap.val();
        }
        if self.halted.val() {
            self.failed.next = self.failed.val() | self.bit_halted.val();
        }
        if self.quantity_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_quantity.val();
        }
        if self.below.val() | self.above.val() | !self.reference_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_collar.val();
        }
        self.exposure.base.next = self.base.val();
        if self.exposure.over.val() {
            self.failed.next = self.failed.val() | self.bit_position.val();
        }
        if self.orders_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_orders.val();
        }
        if self.rate.val() {
            self.failed.next = self.failed.val() | self.bit_rate.val();
        }
        if self.notional_over.val() {
            self.failed.next = self.failed.val() | self.bit_notional.val();
        }
        if self.events_full.val() {
            self.failed.next = self.failed.val() | self.bit_events.val();
        }

        if self.unknown.val() {
            self.failed.next = self.failed.val() | self.bit_original.val();
        }

        self.kept.next = self.failed.val() & self.keeps_s1.q.val();
        self.lowest.x.next = self.kept.val();
        self.good.next = self.kept.val() == 0;
        self.good_s2.d.next = self.deciding.val() & self.good.val();
        self.refuses.next = !self.good.val() & !self.quiet_s1.q.val();
        self.bad_s2.d.next = self.deciding.val() & self.refuses.val();
        if self.told.val() {
            self.untold.d.next = false;
        }
        if self.deciding.val() {
            self.untold.d.next = self.refuses.val();
            self.checks_s2.d.next = self.kept.val();
            self.first_s2.d.next = self.lowest.y.val();
            self.below_s2.d.next = self.below.val();
        }

        // Cycle 2.
        self.held.next = self.held_s1.q.val();
        self.is_order.next = self.order_s1.q.val();
        self.is_replace.next = self.replace_s1.q.val();
        self.added.next = self.exposure.added.val();
        self.passed.next = self.good_s2.q.val();
        self.rejected.next = self.bad_s2.q.val();
        self.waits.next = self.untold.q.val();
        self.checks.next = self.checks_s2.q.val();
        self.index.next = 0.into();
        for i in 0..24 {
            if self.first_s2.q.val().get_bit(i) {
                self.index.next = self.index.val() | self.number[i].val();
            }
        }
        self.reason.next = self.index.val();
        self.first.next = self.first_s2.q.val();
        self.held_epoch.next = self.held_s1.q.val().epoch;
        self.held_notional.next = self.held_s1.q.val().notional;
        self.held_low.next = self.held_notional.val().get_bits::<32>(0);
        self.worst_high.next = self.exposure.worst.val().get_bits::<7>(32);
        self.value.next = 0.into();
        self.limit.next = 0.into();
        if self.first_s2.q.val().get_bit(3) {
            self.value.next = self.held_s1.q.val().order_seq;
        }
        if self.first_s2.q.val().get_bit(4) {
            self.value.next = bit_cast::<32, 16>(self.held_epoch.val());
            self.limit.next = bit_cast::<32, 16>(self.epoch_is.q.val());
        }
        if self.first_s2.q.val().get_bit(9) {
            self.value.next = self.held_qty.val();
            self.limit.next = self.max_qty_is.q.val();
        }
        if self.first_s2.q.val().get_bit(10) {
            self.value.next = self.price.val();
            if self.reference_s1.q.val() {
                self.limit.next = self.high_bound.val();
                if self.below_s2.q.val() {
                    self.limit.next = self.low_bound.val();
                }
            }
        }
        if self.first_s2.q.val().get_bit(11) {
            self.value.next = self.exposure.worst.val().get_bits::<32>(0);
            if self.worst_high.val() != 0 {
                self.value.next = self.all.val();
            }
            self.limit.next = self.position_max_is.q.val();
        }
        if self.first_s2.q.val().get_bit(12) {
            self.value.next = bit_cast::<32, 16>(self.orders_are.q.val());
            self.limit.next = bit_cast::<32, 16>(self.open_max_is.q.val());
        }
        if self.first_s2.q.val().get_bit(13) {
            self.value.next = bit_cast::<32, 16>(self.used_are.q.val());
            self.limit.next = bit_cast::<32, 16>(self.tokens_are.q.val());
        }
        if self.first_s2.q.val().get_bit(14) {
            self.value.next = self.held_low.val();
            self.limit.next = self.notional_max_is.q.val();
        }
        if self.first_s2.q.val().get_bit(22) {
            self.value.next = self.held_s1.q.val().target_ref;
        }
        if self.reset.val() {
            self.good_s2.d.next = false;
            self.bad_s2.d.next = false;
            self.untold.d.next = false;
        }
    }
}
