//! The fabric trigger: one armed order a slot, sent once, by the first book event behind its arming for which its condition holds.
//!
//! ```text
//!  words, do_arm ─► Arming ─► memories ──┬───────────────┐
//!                      │      coming ────▼               ▼
//!  best (level_book) ──┼──────────────► Judge ─ holds ─► Sender ─► request ─► risk_gate
//!  rx ─► FrameWatch ───┼────────┐         │                ▲ waits
//!                      └─arm─► Slots ◄────┴─ fire, expire ─┘
//!  stale, halted, … ─────────────┘ └─ owes ─► Report ─► entry
//! ```
//!
//! What a trigger is, when it holds: `contract::trigger`. An event counts for a trigger that was armed when it was announced (`coming_slot`), a cycle
//! before its level. The cycle in which it fires, two behind the level, is also the last one in which it is armed, whatever the gate says of
//! its order. What disarms (`contract::event::TriggerCause`) does so at the end of its cycle, in every cycle: whatever was wrong in a cycle, a
//! slot does not fire in the next. In the same cycle to fire wins, and the event has the cause. The gate looks at all of it again.
//!
//! Expiry: an event of that ITCH time or later, or while card time has reached it, disarms in place of firing; without events a slot's card time is
//! compared every `S` cycles. A trigger that is told (its entry formed) and whose order is taken is free to be armed anew, not before.
//!
//! `wait_fcs`: an order is offered only when the frame that fired it has ended; a bad one has made the slot stale by then, which the gate
//! sees. Frames are told apart by their stamp.
//!
//! Latency: an order is at `request` 3 cycles behind the level that fired it if nothing else is. Back-pressure: none on the book side; see
//! `sender` and `report`.

pub mod arming;
pub mod expiry;
pub mod frames;
pub mod judge;
pub mod latch;
pub mod parts;
pub mod report;
pub mod sender;
pub mod slots;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{LutRam, LutRam2};
use crate::types::{Best, EventEntry, KeyedLevel, OrderRequest, TriggerWords};
use arming::Arming;
use contract::event::TriggerCause;
use expiry::Expiry;
use frames::FrameWatch;
use judge::Judge;
use latch::cause;
use parts::{Armed, Condition, Firing, Names};
use report::TriggerReport;
use rust_hdl::prelude::*;
use sender::Sender;
use slots::TriggerSlots;

/// Cycles from a level to the request it fires.
pub const LATENCY: usize = 3;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct Trigger<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    /// Slot and side of the level of the next cycle.
    pub coming_slot: Signal<In, Bits<6>>,
    pub coming_bid: Signal<In, Bit>,
    /// Two cycles apart or more.
    pub best_valid: Signal<In, Bit>,
    pub best: Signal<In, Best>,
    /// The own side of the level of the cycle before.
    pub best_own: Signal<In, KeyedLevel>,
    /// The view of the level of two cycles ago will not be `degraded`.
    pub best_exact: Signal<In, Bit>,
    /// One cycle: the slot has had no book event yet; that of the cycle comes behind.
    pub slot_clear: Signal<In, Bit>,
    pub slot_clear_slot: Signal<In, Bits<6>>,
    /// State of the slots.
    pub now_ready: Signal<In, Bits<S>>,
    pub now_stale: Signal<In, Bits<S>>,
    pub now_halted: Signal<In, Bits<S>>,
    /// State of the gate.
    pub killed: Signal<In, Bit>,
    pub gate_armed: Signal<In, Bit>,
    pub heartbeat_fresh: Signal<In, Bit>,
    /// No session, another one waiting, or one accepted in this cycle.
    pub session_lost: Signal<In, Bit>,
    pub cfg_epoch: Signal<In, Bits<16>>,
    pub wait_fcs: Signal<In, Bit>,
    /// Receive ports, line A lowest.
    pub rx_valid: Signal<In, Bits<2>>,
    pub rx_last: Signal<In, Bits<2>>,
    pub rx_user: Signal<In, Bits<2>>,
    pub words: Signal<In, TriggerWords>,
    /// Pulses with `ctrl_data`, the written word.
    pub do_arm: Signal<In, Bit>,
    pub do_disarm: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    /// Orders, to the gate.
    pub request_valid: Signal<Out, Bit>,
    pub request: Signal<Out, OrderRequest>,
    pub request_ready: Signal<In, Bit>,
    /// An order slot wants the gate too.
    pub rival_valid: Signal<In, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// A bit a slot.
    pub armed: Signal<Out, Bits<64>>,
    /// Pulses: `triggers_armed triggers_fired triggers_disarmed triggers_refused fired_before_bad_fcs slots_waited`.
    pub count: Signal<Out, Bits<6>>,
    arming: Arming<SB>,
    judge: Judge<SB>,
    slots: TriggerSlots<SB, S>,
    frames: [FrameWatch; 2],
    sender: Sender<SB, S>,
    report: TriggerReport<SB, S>,
    orders: LutRam2<Armed, SB>,
    notionals: LutRam2<Bits<64>, SB>,
    conditions: LutRam<Condition, SB>,
    expiry: Expiry<SB, S>,
    names: LutRam<Names, SB>,
    firings: LutRam2<Firing, SB>,
    itch_s0: DFF<Bits<48>>,
    armed_s0: DFF<Bit>,
    judged_s1: DFF<Bit>,
    itch_over_s1: DFF<Bit>,
    slot_s1: DFF<Bits<SB>>,
    firing_s1: DFF<Firing>,
    judged_s2: DFF<Bit>,
    expired_s2: DFF<Bit>,
    slot_s2: DFF<Bits<SB>>,
    firing_s2: DFF<Firing>,
    order_s2: DFF<Armed>,
    notional_s2: DFF<Bits<64>>,
    under_way_s2: DFF<Bits<2>>,
    seen: DFF<Bits<S>>,
    epoch_was: DFF<Bits<16>>,
    coming: Signal<Local, Bits<SB>>,
    coming_armed: Signal<Local, Bit>,
    best_slot: Signal<Local, Bits<6>>,
    slot: Signal<Local, Bits<SB>>,
    best_changed: Signal<Local, Bits<1>>,
    at_clear: Signal<Local, Bits<SB>>,
    clear_6: Signal<Local, Bits<6>>,
    cleared: Signal<Local, Bits<S>>,
    shown: Signal<Local, Bits<S>>,
    fresh: Signal<Local, Bits<S>>,
    was_seen: Signal<Local, Bit>,
    now_low: Signal<Local, Bits<32>>,
    stamp_s1: Signal<Local, Bits<64>>,
    on_line: Signal<Local, Bits<2>>,
    ended: Signal<Local, Bits<2>>,
    ended_badly: Signal<Local, Bits<2>>,
    under_way: Signal<Local, Bits<2>>,
    held_back: Signal<Local, Bit>,
    still_armed: Signal<Local, Bit>,
    holds: Signal<Local, Bit>,
    fires: Signal<Local, Bit>,
    expires: Signal<Local, Bit>,
    trouble: Signal<Local, Bits<4>>,
    armed_all: Signal<Local, Bits<S>>,
    firing: Signal<Local, Firing>,
    fire_names: Signal<Local, Names>,
    armed_order: Signal<Local, Armed>,
    condition: Signal<Local, Condition>,
    words_now: Signal<Local, TriggerWords>,
    request_taken: Signal<Local, Bit>,
    one_slot: Constant<Bits<S>>,
    no_time: Constant<Bits<48>>,
    no_size: Constant<Bits<32>>,
    killed_cause: Constant<Bits<4>>,
    not_armed_cause: Constant<Bits<4>>,
    heartbeat_cause: Constant<Bits<4>>,
    session_cause: Constant<Bits<4>>,
    epoch_cause: Constant<Bits<4>>,
    pulse: [Constant<Bits<6>>; 6],
    line_bit: [Constant<Bits<2>>; 2],
}

impl<const SB: usize, const S: usize> Default for Trigger<SB, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << SB, "Trigger: {S} slots need {SB} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            coming_slot: Default::default(),
            coming_bid: Default::default(),
            best_valid: Default::default(),
            best: Default::default(),
            best_own: Default::default(),
            best_exact: Default::default(),
            slot_clear: Default::default(),
            slot_clear_slot: Default::default(),
            now_ready: Default::default(),
            now_stale: Default::default(),
            now_halted: Default::default(),
            killed: Default::default(),
            gate_armed: Default::default(),
            heartbeat_fresh: Default::default(),
            session_lost: Default::default(),
            cfg_epoch: Default::default(),
            wait_fcs: Default::default(),
            rx_valid: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            words: Default::default(),
            do_arm: Default::default(),
            do_disarm: Default::default(),
            ctrl_data: Default::default(),
            request_valid: Default::default(),
            request: Default::default(),
            request_ready: Default::default(),
            rival_valid: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            armed: Default::default(),
            count: Default::default(),
            arming: Default::default(),
            judge: Default::default(),
            slots: Default::default(),
            frames: Default::default(),
            sender: Default::default(),
            report: Default::default(),
            orders: Default::default(),
            notionals: Default::default(),
            conditions: Default::default(),
            expiry: Default::default(),
            names: Default::default(),
            firings: Default::default(),
            itch_s0: Default::default(),
            armed_s0: Default::default(),
            judged_s1: Default::default(),
            itch_over_s1: Default::default(),
            slot_s1: Default::default(),
            firing_s1: Default::default(),
            judged_s2: Default::default(),
            expired_s2: Default::default(),
            slot_s2: Default::default(),
            firing_s2: Default::default(),
            order_s2: Default::default(),
            notional_s2: Default::default(),
            under_way_s2: Default::default(),
            seen: Default::default(),
            epoch_was: Default::default(),
            coming: Default::default(),
            coming_armed: Default::default(),
            best_slot: Default::default(),
            slot: Default::default(),
            best_changed: Default::default(),
            at_clear: Default::default(),
            clear_6: Default::default(),
            cleared: Default::default(),
            shown: Default::default(),
            fresh: Default::default(),
            was_seen: Default::default(),
            now_low: Default::default(),
            stamp_s1: Default::default(),
            on_line: Default::default(),
            ended: Default::default(),
            ended_badly: Default::default(),
            under_way: Default::default(),
            held_back: Default::default(),
            still_armed: Default::default(),
            holds: Default::default(),
            fires: Default::default(),
            expires: Default::default(),
            trouble: Default::default(),
            armed_all: Default::default(),
            firing: Default::default(),
            fire_names: Default::default(),
            armed_order: Default::default(),
            condition: Default::default(),
            words_now: Default::default(),
            request_taken: Default::default(),
            one_slot: Constant::new(1.into()),
            no_time: Constant::new(0_u64.into()),
            no_size: Constant::new(0_u64.into()),
            killed_cause: cause(TriggerCause::Killed),
            not_armed_cause: cause(TriggerCause::NotArmed),
            heartbeat_cause: cause(TriggerCause::Heartbeat),
            session_cause: cause(TriggerCause::Session),
            epoch_cause: cause(TriggerCause::Epoch),
            pulse: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            line_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Trigger<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            itch_s0,
            armed_s0,
            judged_s1,
            itch_over_s1,
            slot_s1,
            firing_s1,
            judged_s2,
            expired_s2,
            slot_s2,
            firing_s2,
            order_s2,
            notional_s2,
            under_way_s2,
            seen,
            epoch_was
        );
        self.armed_all.next = self.slots.armed.val();
        self.words_now.next = self.words.val();

        // The host's words become the slot's trigger.
        self.arming.clock.next = self.clock.val();
        self.arming.reset.next = self.reset.val();
        self.arming.do_arm.next = self.do_arm.val();
        self.arming.data.next = self.ctrl_data.val();
        self.arming.words.next = self.words.val();
        self.arming.busy.next = self.slots.asked_busy.val();
        self.arming.cfg_epoch.next = self.cfg_epoch.val();
        self.armed_order.next.buy = self.arming.buy.val().into();
        self.armed_order.next.letters = self.words_now.val().letters;
        self.armed_order.next.routing = self.words_now.val().routing;
        self.armed_order.next.qty = self.words_now.val().qty;
        self.armed_order.next.price = self.words_now.val().price;
        self.armed_order.next.token = self.words_now.val().token;
        self.armed_order.next.cl_ord_id = self.words_now.val().cl_ord_id;
        self.armed_order.next.arm_seq = self.words_now.val().arm_seq;
        self.armed_order.next.epoch = self.arming.epoch.val();
        self.condition.next.compare = self.words_now.val().compare;
        self.condition.next.constant_0 = self.words_now.val().constant_0;
        self.condition.next.constant_1 = self.words_now.val().constant_1;
        self.condition.next.itch_expiry = self.words_now.val().itch_expiry;
        self.fire_names.next.arm_seq = self.words_now.val().arm_seq;
        self.fire_names.next.token = self.words_now.val().token;
        self.fire_names.next.compare = self.words_now.val().compare;
        self.orders.clock.next = self.clock.val();
        self.orders.write_enable.next = self.arming.accepted.val();
        self.orders.write_address.next = self.arming.asked.val();
        self.orders.write_data.next = self.armed_order.val();
        self.conditions.clock.next = self.clock.val();
        self.conditions.write_enable.next = self.arming.accepted.val();
        self.conditions.write_address.next = self.arming.asked.val();
        self.conditions.write_data.next = self.condition.val();
        self.names.clock.next = self.clock.val();
        self.names.write_enable.next = self.arming.accepted.val();
        self.names.write_address.next = self.arming.asked.val();
        self.names.write_data.next = self.fire_names.val();
        self.notionals.clock.next = self.clock.val();
        self.notionals.write_enable.next = self.arming.arm.val();
        self.notionals.write_address.next = self.arming.arm_slot.val();
        self.notionals.write_data.next = self.arming.notional.val();

        // A cycle ahead of a level.
        self.coming.next = self.coming_slot.val().get_bits::<SB>(0);
        self.conditions.read_address.next = self.coming.val();
        self.itch_s0.d.next = self.conditions.read_data.val().itch_expiry;
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.coming_armed.next = self.armed_all.val().get_bit(self.coming.val().index());
        self.armed_s0.d.next = self.coming_armed.val();

        // The level.
        self.best_slot.next = self.best.val().slot;
        self.slot.next = self.best_slot.val().get_bits::<SB>(0);
        self.best_changed.next = self.best.val().changed;
        self.clear_6.next = self.slot_clear_slot.val();
        self.at_clear.next = self.clear_6.val().get_bits::<SB>(0);
        self.cleared.next = 0.into();
        if self.slot_clear.val() {
            self.cleared.next = self.one_slot.val() << self.at_clear.val();
        }
        self.shown.next = 0.into();
        if self.best_valid.val() & self.best_changed.val().any() {
            self.shown.next = self.one_slot.val() << self.slot.val();
        }
        self.fresh.next = self.seen.q.val() & !self.cleared.val();
        self.seen.d.next = self.fresh.val() | self.shown.val();
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.was_seen.next = self.fresh.val().get_bit(self.slot.val().index());
        self.judge.clock.next = self.clock.val();
        self.judge.coming_bid.next = self.coming_bid.val();
        self.judge.compare.next = self.conditions.read_data.val().compare;
        self.judge.constant_0.next = self.conditions.read_data.val().constant_0;
        self.judge.constant_1.next = self.conditions.read_data.val().constant_1;
        self.judge.best_valid.next = self.best_valid.val();
        self.judge.best.next = self.best.val();
        self.judge.seen.next = self.was_seen.val();
        self.judge.own.next = self.best_own.val();
        self.judged_s1.d.next = self.best_valid.val() & self.best_changed.val().any() & self.armed_s0.q.val();
        self.itch_over_s1.d.next = self.best.val().ts >= self.itch_s0.q.val();
        self.slot_s1.d.next = self.slot.val();
        self.firing.next.time = self.no_time.val();
        self.firing.next.seq = self.best.val().seq;
        self.firing.next.stamp = self.best.val().stamp;
        self.firing.next.bid_sz = self.no_size.val();
        self.firing.next.ask_sz = self.no_size.val();
        self.firing_s1.d.next = self.firing.val();

        // A cycle behind it: its order, its frame, its expiry.
        self.judged_s2.d.next = self.judged_s1.q.val();
        self.expired_s2.d.next = self.itch_over_s1.q.val() | self.expiry.reached.val();
        self.slot_s2.d.next = self.slot_s1.q.val();
        self.firing_s2.d.next = self.firing_s1.q.val();
        self.firing_s2.d.next.time = self.now.val().get_bits::<48>(0);
        self.firing_s2.d.next.bid_sz = self.judge.bid_sz.val();
        self.firing_s2.d.next.ask_sz = self.judge.ask_sz.val();
        self.orders.read_address.next = self.slot_s1.q.val();
        self.order_s2.d.next = self.orders.read_data.val();
        self.notionals.read_address.next = self.slot_s1.q.val();
        self.notional_s2.d.next = self.notionals.read_data.val();
        self.now_low.next = self.now.val().get_bits::<32>(0);
        self.stamp_s1.next = self.firing_s1.q.val().stamp;
        self.on_line.next = 0.into();
        self.ended.next = 0.into();
        self.ended_badly.next = 0.into();
        for i in 0..2 {
            self.frames[i].clock.next = self.clock.val();
            self.frames[i].reset.next = self.reset.val();
            self.frames[i].now.next = self.now_low.val();
            self.frames[i].rx_valid.next = self.rx_valid.val().get_bit(i);
            self.frames[i].rx_last.next = self.rx_last.val().get_bit(i);
            self.frames[i].rx_user.next = self.rx_user.val().get_bit(i);
            self.frames[i].stamp.next = self.stamp_s1.val().get_bits::<32>(0);
            if self.frames[i].under_way.val() {
                self.on_line.next = self.on_line.val() | self.line_bit[i].val();
            }
            if self.frames[i].ended.val() {
                self.ended.next = self.ended.val() | self.line_bit[i].val();
            }
            if self.frames[i].ended_badly.val() {
                self.ended_badly.next = self.ended_badly.val() | self.line_bit[i].val();
            }
        }
        self.under_way_s2.d.next = self.on_line.val();

        // Two behind it: it fires or not.
        self.holds.next = self.judge.holds.val() & self.best_exact.val() & !self.expired_s2.q.val();
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.still_armed.next = self.armed_all.val().get_bit(self.slot_s2.q.val().index());
        self.fires.next = self.judged_s2.q.val() & self.still_armed.val() & self.holds.val();
        self.expires.next = self.judged_s2.q.val() & self.still_armed.val() & self.expired_s2.q.val();
        self.under_way.next = self.under_way_s2.q.val() & !self.ended.val();
        self.held_back.next = self.wait_fcs.val() & self.under_way_s2.q.val().any();
        self.firings.clock.next = self.clock.val();
        self.firings.write_enable.next = self.fires.val();
        self.firings.write_address.next = self.slot_s2.q.val();
        self.firings.write_data.next = self.firing_s2.q.val();

        // Card time, with a level and without.
        self.expiry.clock.next = self.clock.val();
        self.expiry.reset.next = self.reset.val();
        self.expiry.now.next = self.now.val();
        self.expiry.write_enable.next = self.arming.accepted.val();
        self.expiry.write_slot.next = self.arming.asked.val();
        self.expiry.write_data.next = self.words_now.val().expiry;
        self.expiry.coming.next = self.coming.val();
        self.expiry.armed.next = self.armed_all.val();

        // What is wrong for all slots.
        self.epoch_was.d.next = self.cfg_epoch.val();
        self.trouble.next = 0.into();
        if self.epoch_was.q.val() != self.cfg_epoch.val() {
            self.trouble.next = self.epoch_cause.val();
        }
        if self.session_lost.val() {
            self.trouble.next = self.session_cause.val();
        }
        if !self.heartbeat_fresh.val() {
            self.trouble.next = self.heartbeat_cause.val();
        }
        if !self.gate_armed.val() {
            self.trouble.next = self.not_armed_cause.val();
        }
        if self.killed.val() {
            self.trouble.next = self.killed_cause.val();
        }

        // The slots.
        self.slots.clock.next = self.clock.val();
        self.slots.reset.next = self.reset.val();
        self.slots.asked.next = self.ctrl_data.val().get_bits::<SB>(0);
        self.slots.arm.next = self.arming.arm.val();
        self.slots.arm_slot.next = self.arming.arm_slot.val();
        self.slots.fire.next = self.fires.val();
        self.slots.expire.next = self.expires.val();
        self.slots.fire_slot.next = self.slot_s2.q.val();
        self.slots.scan_expires.next = self.expiry.expires.val();
        self.slots.scan_slot.next = self.expiry.expired_slot.val();
        self.slots.do_disarm.next = self.do_disarm.val();
        self.slots.disarm_data.next = self.ctrl_data.val();
        self.slots.now_ready.next = self.now_ready.val();
        self.slots.now_stale.next = self.now_stale.val();
        self.slots.now_halted.next = self.now_halted.val();
        self.slots.trouble.next = self.trouble.val();
        self.slots.goes.next = self.sender.goes.val();
        self.slots.under_way.next = self.under_way.val();
        self.slots.ended.next = self.ended.val();
        self.slots.ended_badly.next = self.ended_badly.val();
        self.slots.wait_fcs.next = self.wait_fcs.val();
        self.slots.taken.next = self.sender.taken.val();
        self.slots.taken_slot.next = self.sender.next_slot.val();
        self.slots.told.next = self.report.told.val();
        self.slots.told_slot.next = self.report.next_slot.val();
        self.armed.next = bit_cast::<64, S>(self.armed_all.val());

        // Orders.
        self.sender.clock.next = self.clock.val();
        self.sender.reset.next = self.reset.val();
        self.sender.judged.next = self.judged_s2.q.val();
        self.sender.fire.next = self.fires.val() & !self.held_back.val();
        self.sender.fire_slot.next = self.slot_s2.q.val();
        self.sender.fire_order.next = self.order_s2.q.val();
        self.sender.fire_notional.next = self.notional_s2.q.val();
        self.sender.fire_stamp.next = self.firing_s2.q.val().stamp;
        self.sender.waits.next = self.slots.waits.val();
        self.orders.read2_address.next = self.sender.next_slot.val();
        self.notionals.read2_address.next = self.sender.next_slot.val();
        self.firings.read2_address.next = self.sender.next_slot.val();
        self.sender.next_order.next = self.orders.read2_data.val();
        self.sender.next_notional.next = self.notionals.read2_data.val();
        self.sender.next_firing.next = self.firings.read2_data.val();
        self.request_valid.next = self.sender.request_valid.val();
        self.request.next = self.sender.request.val();
        self.sender.request_ready.next = self.request_ready.val();

        // Entries.
        self.report.clock.next = self.clock.val();
        self.report.reset.next = self.reset.val();
        self.report.now.next = self.now.val().get_bits::<48>(0);
        self.report.owes.next = self.slots.owes.val();
        self.report.fired.next = self.slots.told_fired.val();
        self.report.cause.next = self.slots.told_cause.val();
        self.names.read_address.next = self.report.next_slot.val();
        self.report.names.next = self.names.read_data.val();
        self.firings.read_address.next = self.report.next_slot.val();
        self.report.firing.next = self.firings.read_data.val();
        self.report.refused.next = self.arming.refused.val();
        self.report.refused_slot.next = self.arming.refused_slot.val();
        self.report.refused_cause.next = self.arming.refused_cause.val();
        self.report.refused_names.next = self.fire_names.val();
        self.entry_valid.next = self.report.entry_valid.val();
        self.entry.next = self.report.entry.val();
        self.report.entry_ready.next = self.entry_ready.val();

        // Counters.
        self.request_taken.next = self.sender.request_valid.val() & self.request_ready.val();
        self.count.next = 0.into();
        if self.arming.arm.val() {
            self.count.next = self.count.val() | self.pulse[0].val();
        }
        if self.fires.val() {
            self.count.next = self.count.val() | self.pulse[1].val();
        }
        if self.report.told.val() & !self.slots.told_fired.val() {
            self.count.next = self.count.val() | self.pulse[2].val();
        }
        if self.arming.refused.val() {
            self.count.next = self.count.val() | self.pulse[3].val();
        }
        if self.slots.spoiled.val() {
            self.count.next = self.count.val() | self.pulse[4].val();
        }
        if self.request_taken.val() & self.rival_valid.val() {
            self.count.next = self.count.val() | self.pulse[5].val();
        }
        if self.reset.val() {
            self.judged_s1.d.next = false;
            self.judged_s2.d.next = false;
            self.armed_s0.d.next = false;
            self.seen.d.next = 0.into();
        }
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(Trigger::<2, 4>::default()),
        Size::Sim => elaborate(Trigger::<4, 16>::default()),
        Size::Alveo => elaborate(Trigger::<6, 64>::default()),
    }
}
