//! Everything the gate keeps of each slot: position and open quantity, limits, token bucket.
//!
//! ```text
//! slot_write ─► decode ─┬─► Limits ──┬─► values of the slot asked for
//! commit ───────────────┤            │
//! sent ─────────────────┼─► Account ─┤
//!                       └─► Bucket ──┴─► now_position, now_open_buy, now_open_sell
//! ```
//!
//! Latency: a register write, a commit or a grant counts in `asked`'s values two cycles later; those of one cycle all count.
//! Back-pressure: none.
//!
//! Cost a slot: 618 flip-flops of limits, 202 of account, 50 of bucket, 52 of throttle, and the share in the selection.

use super::account::Account;
use super::bucket::Bucket;
use super::limits::Limits;
use super::throttle::Throttle;
use crate::prim::{ClampU, LutRam};
use contract::reg;
use rust_hdl::prelude::*;

/// Registers of the limits, in the order of `Limits`.
const LIMITS: [&str; 12] = [
    "MAX_QTY",
    "COLLAR",
    "POSITION_MAX",
    "OPEN_MAX",
    "NOTIONAL_MAX_LO",
    "NOTIONAL_MAX_HI",
    "SLOT_RATE_TOKENS",
    "SLOT_RATE_REFILL_NS",
    "PERMIT",
    "BAND_LOW",
    "BAND_HIGH",
    "THROTTLE",
];

/// Index of a slot register.
fn register(name: &str) -> Constant<Bits<5>> {
    Constant::new((reg::index(reg::SLOT, name) as u64).into())
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Slots<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: register `slot_register` of slot `slot` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    pub commit: Signal<In, Bit>,
    /// Pace of the buckets.
    pub look: Signal<In, Bit>,
    pub step: Signal<In, Bits<10>>,
    /// Time for a grant to be forgotten by the throttle, ns.
    pub forget: Signal<In, Bits<32>>,
    /// The throttle of slot `clear_slot` is cleared.
    pub clear: Signal<In, Bit>,
    pub clear_slot: Signal<In, Bits<6>>,
    /// An order was granted.
    pub sent: Signal<In, Bit>,
    pub sent_slot: Signal<In, Bits<SB>>,
    /// It is one more, not one in the place of another.
    pub sent_new: Signal<In, Bit>,
    pub sent_buy: Signal<In, Bit>,
    pub sent_qty: Signal<In, Bits<32>>,
    /// Slot whose values are wanted, in this cycle.
    pub asked: Signal<In, Bits<SB>>,
    pub max_qty: Signal<Out, Bits<32>>,
    pub collar: Signal<Out, Bits<32>>,
    pub position_max: Signal<Out, Bits<32>>,
    pub open_max: Signal<Out, Bits<16>>,
    pub notional_lo: Signal<Out, Bits<32>>,
    pub notional_hi: Signal<Out, Bits<32>>,
    pub tokens: Signal<Out, Bits<16>>,
    pub used: Signal<Out, Bits<16>>,
    pub permit: Signal<Out, Bits<5>>,
    pub band_low: Signal<Out, Bits<32>>,
    pub band_high: Signal<Out, Bits<32>>,
    pub throttle: Signal<Out, Bits<16>>,
    pub repeated: Signal<Out, Bits<16>>,
    pub latched: Signal<Out, Bit>,
    pub net: Signal<Out, Bits<36>>,
    pub open_buy: Signal<Out, Bits<36>>,
    pub open_sell: Signal<Out, Bits<36>>,
    pub orders: Signal<Out, Bits<16>>,
    /// Slot to be read; the values come a cycle later, saturated.
    pub read_slot: Signal<In, Bits<SB>>,
    pub now_position: Signal<Out, Bits<32>>,
    pub now_open_buy: Signal<Out, Bits<32>>,
    pub now_open_sell: Signal<Out, Bits<32>>,
    accounts: [Account; S],
    limits: [Limits; S],
    buckets: [Bucket; S],
    throttles: [Throttle; S],
    positions: LutRam<Bits<32>, SB>,
    host: DFF<Bits<S>>,
    host_slot: DFF<Bits<SB>>,
    data: DFF<Bits<32>>,
    limit: DFF<Bits<12>>,
    add: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    release_buy: Signal<Local, Bit>,
    release_sell: Signal<Local, Bit>,
    committed: DFF<Bit>,
    read_net: DFF<Bits<36>>,
    read_buys: DFF<Bits<36>>,
    read_sells: DFF<Bits<36>>,
    to_slot: Signal<Local, Bits<S>>,
    of_sent: Signal<Local, Bits<S>>,
    qty: Signal<Local, Bits<37>>,
    released: Signal<Local, Bits<37>>,
    difference: Signal<Local, Bits<37>>,
    takes: DFF<Bits<S>>,
    gone: Signal<Local, Bits<37>>,
    none: Signal<Local, Bits<37>>,
    of_asked: Signal<Local, Bits<S>>,
    of_read: Signal<Local, Bits<S>>,
    is_limit: Signal<Local, Bits<12>>,
    net_read: Signal<Local, Bits<36>>,
    buys_read: Signal<Local, Bits<36>>,
    sells_read: Signal<Local, Bits<36>>,
    buys_fit: ClampU<36, 32>,
    sells_fit: ClampU<36, 32>,
    net_high: Signal<Local, Bits<5>>,
    one: Constant<Bits<S>>,
    limit_bit: [Constant<Bits<12>>; 12],
    limit_register: [Constant<Bits<5>>; 12],
    reg_position_set: Constant<Bits<5>>,
    reg_position_load: Constant<Bits<5>>,
    reg_position_add: Constant<Bits<5>>,
    reg_release_buy: Constant<Bits<5>>,
    reg_release_sell: Constant<Bits<5>>,
    all_high: Constant<Bits<5>>,
    most: Constant<Bits<32>>,
    least: Constant<Bits<32>>,
    sel_max_qty: Signal<Local, Bits<32>>,
    sel_collar: Signal<Local, Bits<32>>,
    sel_position_max: Signal<Local, Bits<32>>,
    sel_open_max: Signal<Local, Bits<16>>,
    sel_notional_lo: Signal<Local, Bits<32>>,
    sel_notional_hi: Signal<Local, Bits<32>>,
    sel_tokens: Signal<Local, Bits<16>>,
    sel_used: Signal<Local, Bits<16>>,
    sel_permit: Signal<Local, Bits<5>>,
    sel_band_low: Signal<Local, Bits<32>>,
    sel_band_high: Signal<Local, Bits<32>>,
    sel_throttle: Signal<Local, Bits<16>>,
    sel_repeated: Signal<Local, Bits<16>>,
    sel_latched: Signal<Local, Bit>,
    slot_number: [Constant<Bits<6>>; S],
    sel_net: Signal<Local, Bits<36>>,
    sel_open_buy: Signal<Local, Bits<36>>,
    sel_open_sell: Signal<Local, Bits<36>>,
    sel_orders: Signal<Local, Bits<16>>,
}

impl<const SB: usize, const S: usize> Default for Slots<SB, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << SB, "Slots: {S} slots need {SB} index bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            commit: Default::default(),
            look: Default::default(),
            step: Default::default(),
            forget: Default::default(),
            clear: Default::default(),
            clear_slot: Default::default(),
            sent: Default::default(),
            sent_slot: Default::default(),
            sent_new: Default::default(),
            sent_buy: Default::default(),
            sent_qty: Default::default(),
            asked: Default::default(),
            max_qty: Default::default(),
            collar: Default::default(),
            position_max: Default::default(),
            open_max: Default::default(),
            notional_lo: Default::default(),
            notional_hi: Default::default(),
            tokens: Default::default(),
            used: Default::default(),
            permit: Default::default(),
            band_low: Default::default(),
            band_high: Default::default(),
            throttle: Default::default(),
            repeated: Default::default(),
            latched: Default::default(),
            net: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            orders: Default::default(),
            read_slot: Default::default(),
            now_position: Default::default(),
            now_open_buy: Default::default(),
            now_open_sell: Default::default(),
            accounts: std::array::from_fn(|_| Default::default()),
            limits: std::array::from_fn(|_| Default::default()),
            buckets: std::array::from_fn(|_| Default::default()),
            throttles: std::array::from_fn(|_| Default::default()),
            positions: Default::default(),
            host: Default::default(),
            host_slot: Default::default(),
            data: Default::default(),
            limit: Default::default(),
            add: Default::default(),
            load: Default::default(),
            release_buy: Default::default(),
            release_sell: Default::default(),
            committed: Default::default(),
            read_net: Default::default(),
            read_buys: Default::default(),
            read_sells: Default::default(),
            to_slot: Default::default(),
            of_sent: Default::default(),
            qty: Default::default(),
            released: Default::default(),
            difference: Default::default(),
            takes: Default::default(),
            gone: Default::default(),
            none: Default::default(),
            of_asked: Default::default(),
            of_read: Default::default(),
            is_limit: Default::default(),
            net_read: Default::default(),
            buys_read: Default::default(),
            sells_read: Default::default(),
            buys_fit: Default::default(),
            sells_fit: Default::default(),
            net_high: Default::default(),
            one: Constant::new(1.into()),
            limit_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            limit_register: LIMITS.map(register),
            reg_position_set: register("POSITION_SET"),
            reg_position_load: register("POSITION_LOAD"),
            reg_position_add: register("POSITION_ADD"),
            reg_release_buy: register("OPEN_RELEASE_BUY"),
            reg_release_sell: register("OPEN_RELEASE_SELL"),
            all_high: Constant::new(0x1f_u64.into()),
            most: Constant::new(0x7fff_ffff_u64.into()),
            least: Constant::new(0x8000_0000_u64.into()),
            sel_max_qty: Default::default(),
            sel_collar: Default::default(),
            sel_position_max: Default::default(),
            sel_open_max: Default::default(),
            sel_notional_lo: Default::default(),
            sel_notional_hi: Default::default(),
            sel_tokens: Default::default(),
            sel_used: Default::default(),
            sel_permit: Default::default(),
            sel_band_low: Default::default(),
            sel_band_high: Default::default(),
            sel_throttle: Default::default(),
            sel_repeated: Default::default(),
            sel_latched: Default::default(),
            slot_number: std::array::from_fn(|i| Constant::new((i as u64).into())),
            sel_net: Default::default(),
            sel_open_buy: Default::default(),
            sel_open_sell: Default::default(),
            sel_orders: Default::default(),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Slots<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, host, host_slot, data, limit, committed, takes, read_net, read_buys, read_sells
        );
        // The host's words, a cycle later.
        self.to_slot.next = self.one.val() << self.slot.val();
        self.host.d.next = self.to_slot.val();
        self.host_slot.d.next = self.slot.val();
        self.data.d.next = self.slot_data.val();
        self.is_limit.next = 0.into();
        for i in 0..12 {
            if self.slot_write.val() & (self.slot_register.val() == self.limit_register[i].val()) {
                self.is_limit.next = self.is_limit.val() | self.limit_bit[i].val();
            }
        }
        self.limit.d.next = self.is_limit.val();
        self.add.next = self.slot_write.val() & (self.slot_register.val() == self.reg_position_add.val());
        self.load.next = self.slot_write.val()
            & (self.slot_register.val() == self.reg_position_load.val())
            & self.slot_data.val().get_bit(0);
        self.release_buy.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_release_buy.val());
        self.release_sell.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_release_sell.val());
        self.committed.d.next = self.commit.val();
        self.positions.clock.next = self.clock.val();
        self.positions.write_enable.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_position_set.val());
        self.positions.write_address.next = self.slot.val();
        self.positions.write_data.next = self.slot_data.val();
        self.positions.read_address.next = self.host_slot.q.val();

        self.none.next = 0.into();
        self.gone.next = bit_cast::<37, 31>(self.slot_data.val().get_bits::<31>(0));
        self.released.next = self.none.val() - self.gone.val();
        self.difference.next = bit_cast::<37, 32>(self.sent_qty.val()) - self.gone.val();
        self.qty.next = bit_cast::<37, 32>(self.sent_qty.val());
        self.of_sent.next = 0.into();
        if self.sent.val() {
            self.of_sent.next = self.one.val() << self.sent_slot.val();
        }
        self.takes.d.next = self.of_sent.val();
        for i in 0..S {
            self.accounts[i].clock.next = self.clock.val();
            self.accounts[i].reset.next = self.reset.val();
            self.accounts[i].word.next = self.slot_data.val();
            self.accounts[i].data.next = self.data.q.val();
            self.accounts[i].position_set.next = self.positions.read_data.val();
            self.accounts[i].add.next = self.add.val() & self.to_slot.val().get_bit(i);
            self.accounts[i].load.next = self.load.val() & self.to_slot.val().get_bit(i);
            self.accounts[i].release_buy.next = self.release_buy.val() & self.to_slot.val().get_bit(i);
            self.accounts[i].release_sell.next = self.release_sell.val() & self.to_slot.val().get_bit(i);
            self.accounts[i].sent_buy.next = self.of_sent.val().get_bit(i) & self.sent_buy.val();
            self.accounts[i].sent_sell.next = self.of_sent.val().get_bit(i) & !self.sent_buy.val();
            self.accounts[i].sent_new.next = self.sent_new.val();
            self.accounts[i].sent_qty.next = self.qty.val();
            self.accounts[i].released.next = self.released.val();
            self.accounts[i].difference.next = self.difference.val();
            self.limits[i].clock.next = self.clock.val();
            self.limits[i].reset.next = self.reset.val();
            self.limits[i].data.next = self.data.q.val();
            self.limits[i].writes.next = 0.into();
            if self.host.q.val().get_bit(i) {
                self.limits[i].writes.next = self.limit.q.val();
            }
            self.limits[i].commit.next = self.committed.q.val();
            self.buckets[i].clock.next = self.clock.val();
            self.buckets[i].reset.next = self.reset.val();
            self.buckets[i].refill.next = self.limits[i].refill.val();
            self.buckets[i].look.next = self.look.val();
            self.buckets[i].step.next = self.step.val();
            self.buckets[i].take.next = self.takes.q.val().get_bit(i);
            self.throttles[i].clock.next = self.clock.val();
            self.throttles[i].reset.next = self.reset.val();
            self.throttles[i].most.next = self.limits[i].throttle.val();
            self.throttles[i].forget.next = self.forget.val();
            self.throttles[i].look.next = self.look.val();
            self.throttles[i].step.next = self.step.val();
            self.throttles[i].take.next = self.takes.q.val().get_bit(i);
            self.throttles[i].clear.next =
                self.clear.val() & (self.clear_slot.val() == self.slot_number[i].val());
        }

        // Values of the slot asked for.
        self.of_asked.next = self.one.val() << self.asked.val();
        self.sel_max_qty.next = 0.into();
        self.sel_collar.next = 0.into();
        self.sel_position_max.next = 0.into();
        self.sel_open_max.next = 0.into();
        self.sel_notional_lo.next = 0.into();
        self.sel_notional_hi.next = 0.into();
        self.sel_tokens.next = 0.into();
        self.sel_used.next = 0.into();
        self.sel_permit.next = 0.into();
        self.sel_band_low.next = 0.into();
        self.sel_band_high.next = 0.into();
        self.sel_throttle.next = 0.into();
        self.sel_repeated.next = 0.into();
        self.sel_latched.next = false;
        self.sel_net.next = 0.into();
        self.sel_open_buy.next = 0.into();
        self.sel_open_sell.next = 0.into();
        self.sel_orders.next = 0.into();
        for i in 0..S {
            if self.of_asked.val().get_bit(i) {
                self.sel_max_qty.next = self.sel_max_qty.val() | self.limits[i].max_qty.val();
                self.sel_collar.next = self.sel_collar.val() | self.limits[i].collar.val();
                self.sel_position_max.next = self.sel_position_max.val() | self.limits[i].position_max.val();
                self.sel_open_max.next = self.sel_open_max.val() | self.limits[i].open_max.val();
                self.sel_notional_lo.next = self.sel_notional_lo.val() | self.limits[i].notional_lo.val();
                self.sel_notional_hi.next = self.sel_notional_hi.val() | self.limits[i].notional_hi.val();
                self.sel_tokens.next = self.sel_tokens.val() | self.limits[i].tokens.val();
                self.sel_used.next = self.sel_used.val() | self.buckets[i].used.val();
                self.sel_permit.next = self.sel_permit.val() | self.limits[i].permit.val();
                self.sel_band_low.next = self.sel_band_low.val() | self.limits[i].band_low.val();
                self.sel_band_high.next = self.sel_band_high.val() | self.limits[i].band_high.val();
                self.sel_throttle.next = self.sel_throttle.val() | self.limits[i].throttle.val();
                self.sel_repeated.next = self.sel_repeated.val() | self.throttles[i].used.val();
                self.sel_latched.next = self.sel_latched.val() | self.throttles[i].latched.val();
                self.sel_net.next = self.sel_net.val() | self.accounts[i].net.val();
                self.sel_open_buy.next = self.sel_open_buy.val() | self.accounts[i].open_buy.val();
                self.sel_open_sell.next = self.sel_open_sell.val() | self.accounts[i].open_sell.val();
                self.sel_orders.next = self.sel_orders.val() | self.accounts[i].orders.val();
            }
        }
        self.max_qty.next = self.sel_max_qty.val();
        self.collar.next = self.sel_collar.val();
        self.position_max.next = self.sel_position_max.val();
        self.open_max.next = self.sel_open_max.val();
        self.notional_lo.next = self.sel_notional_lo.val();
        self.notional_hi.next = self.sel_notional_hi.val();
        self.tokens.next = self.sel_tokens.val();
        self.used.next = self.sel_used.val();
        self.permit.next = self.sel_permit.val();
        self.band_low.next = self.sel_band_low.val();
        self.band_high.next = self.sel_band_high.val();
        self.throttle.next = self.sel_throttle.val();
        self.repeated.next = self.sel_repeated.val();
        self.latched.next = self.sel_latched.val();
        self.net.next = self.sel_net.val();
        self.open_buy.next = self.sel_open_buy.val();
        self.open_sell.next = self.sel_open_sell.val();
        self.orders.next = self.sel_orders.val();

        // Values of the slot being read.
        self.of_read.next = self.one.val() << self.read_slot.val();
        self.net_read.next = 0.into();
        self.buys_read.next = 0.into();
        self.sells_read.next = 0.into();
        for i in 0..S {
            if self.of_read.val().get_bit(i) {
                self.net_read.next = self.net_read.val() | self.accounts[i].net.val();
                self.buys_read.next = self.buys_read.val() | self.accounts[i].open_buy.val();
                self.sells_read.next = self.sells_read.val() | self.accounts[i].open_sell.val();
            }
        }
        self.read_net.d.next = self.net_read.val();
        self.read_buys.d.next = self.buys_read.val();
        self.read_sells.d.next = self.sells_read.val();
        self.buys_fit.x.next = self.read_buys.q.val();
        self.sells_fit.x.next = self.read_sells.q.val();
        self.now_open_buy.next = self.buys_fit.y.val();
        self.now_open_sell.next = self.sells_fit.y.val();
        self.net_high.next = self.read_net.q.val().get_bits::<5>(31);
        self.now_position.next = self.read_net.q.val().get_bits::<32>(0);
        if (self.net_high.val() != 0) & (self.net_high.val() != self.all_high.val()) {
            self.now_position.next = self.most.val();
            if self.read_net.q.val().get_bit(35) {
                self.now_position.next = self.least.val();
            }
        }
        if self.reset.val() {
            self.limit.d.next = 0.into();
            self.committed.d.next = false;
            self.takes.d.next = 0.into();
            self.read_net.d.next = 0.into();
            self.read_buys.d.next = 0.into();
            self.read_sells.d.next = 0.into();
        }
    }
}
