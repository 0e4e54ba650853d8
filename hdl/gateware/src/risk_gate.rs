//! The last layer of risk, which nothing bypasses: every order is granted or refused in two cycles.
//!
//! ```text
//!  order_slot ─► request ─┐             ┌─► grant ─► ouch_tx
//!  slot_write, commit ─► Slots ───┐     │
//!  view, slot_clear ─► Reference ─┼─► Screen, Guards ─► reason, value, limit ─► Report ─► entry
//!  now_* of itch_decode ──────────┤     ▲                                         ▲
//!  arm, kill, Heartbeat ──────────┘   port Bucket                              kill latch
//! ```
//!
//! Checks are those of `contract::event::Reason`, all at once, each with its bit; the lowest failing one is the reason. What only takes away needs neither arming nor a
//! good feed: see `classes`. A Replace is held to every limit of an order, but adds only what it has more than the order it names (`originals`, `exposure`).
//!
//! What a decision sees. Request taken in cycle t, outcome in t + 2:
//! - positions, open quantities, open orders, tokens, own prices, throttle: after all earlier grants, and the register writes broadcast up to t - 2;
//! - limits: after the commits up to t - 2, all old or all new; epoch, the port's tokens and the connection's numbers: of t;
//! - best bid and ask: views and clears up to and including t;
//! - ready, stale, gap, halted, kill, arm, events_full: of t + 1, so that from the cycle after the feed goes bad nothing is granted;
//! - the heartbeat: as of t - 1, three cycles before the grant.
//!
//! The value of all that was granted, over all slots, is held to one limit (`gross`).
//!
//! It fails closed: after reset the gate is disarmed, has no heartbeat, no reference, no tokens, and all limits are 0. KILL sets the kill latch, ARM_KEY alone
//! clears it; in one cycle the kill wins. A kill makes one entry, with the time of the write; one that comes before the last one's entry has
//! been formed shares it.
//!
//! An order is open until the host releases its last shares, see `account`. Slot limits stand in flip-flops, shadow and current, so that a
//! commit changes all of them in one cycle: 618 flip-flops a slot.
//!
//! Latency: 2 cycles from request to grant or entry, always; `count` with the entry.
//! Back-pressure: a Replace is taken three cycles later than another request would be, when what it names has been looked up and valued. No request is taken while `tx_ready` is 0, an entry waits, one is being decided, or a grant is being booked: one in three
//! cycles after a refusal, in four after a grant, which keeps the transmitter busy for longer. Nothing else waits.

pub mod account;
pub mod bucket;
pub mod classes;
pub mod exposure;
pub mod gross;
pub mod guards;
pub mod heartbeat;
pub mod limits;
pub mod lowest;
pub mod originals;
pub mod own_prices;
pub mod pace;
pub mod reference;
pub mod report;
pub mod screen;
pub mod slots;
pub mod throttle;
pub mod tokens;
pub mod window;

use crate::emit::{Elaborated, Size, elaborate};
use crate::types::{BookView, EventEntry, OrderRequest};
use bucket::Bucket;
use contract::event::Reason;
use contract::reg::{ARM_KEY, THROTTLE_KEY};
use gross::Gross;
use guards::Guards;
use heartbeat::Heartbeat;
use originals::Originals;
use pace::Pace;
use reference::Reference;
use report::Report;
use rust_hdl::prelude::*;
use screen::Screen;
use slots::Slots;

/// Cycles from a request that is taken to its grant or its entry.
pub const LATENCY: usize = 2;

const _: () = assert!(Reason::GrossNotional as usize == 23, "its value and limit");

/// Orders a Replace can name: the last 2^8 numbers.
pub const ORDER_BITS: usize = 8;

/// `S = 2^SB` slots; see the module's text.
#[derive(LogicBlock)]
pub struct RiskGate<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    /// Requests come from `order_slot`.
    pub request_valid: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    pub request_ready: Signal<Out, Bit>,
    /// One cycle: `grant_request` may be sent.
    pub grant: Signal<Out, Bit>,
    pub grant_request: Signal<Out, OrderRequest>,
    /// Shares the account counts more for it; 0 of what is no order.
    pub grant_added: Signal<Out, Bits<32>>,
    /// The transmitter's next UserRefNum; pulse: the host writes it.
    pub user_ref_next: Signal<In, Bits<32>>,
    pub do_user_ref_next: Signal<In, Bit>,
    /// The transmitter can take a grant two cycles from now.
    pub tx_ready: Signal<In, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// The book's views; those of a slot that is swept come no more before `slot_clear`.
    pub view_valid: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    /// One cycle: the slot has no reference price any more.
    pub slot_clear: Signal<In, Bit>,
    pub slot_clear_slot: Signal<In, Bits<6>>,
    /// State of the slots.
    pub now_ready: Signal<In, Bits<S>>,
    pub now_stale: Signal<In, Bits<S>>,
    pub now_gap: Signal<In, Bits<S>>,
    pub now_halted: Signal<In, Bits<S>>,
    pub events_full: Signal<In, Bit>,
    /// One cycle: register `slot_register` of slot `slot` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    /// Pulses with `ctrl_data`, the written word.
    pub do_arm: Signal<In, Bit>,
    pub do_kill: Signal<In, Bit>,
    pub do_heartbeat: Signal<In, Bit>,
    pub do_limits_commit: Signal<In, Bit>,
    pub do_order_seq_reset: Signal<In, Bit>,
    pub do_throttle_clear: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    pub cfg_heartbeat_timeout_ns: Signal<In, Bits<32>>,
    pub cfg_epoch: Signal<In, Bits<16>>,
    pub cfg_rate_tokens: Signal<In, Bits<16>>,
    pub cfg_rate_refill_ns: Signal<In, Bits<32>>,
    pub cfg_throttle_ns: Signal<In, Bits<32>>,
    /// Limit of the gross notional; pulse with `ctrl_data`: with `cfg_gross_add_hi` above it, added to what is counted.
    pub cfg_gross_max_lo: Signal<In, Bits<32>>,
    pub cfg_gross_max_hi: Signal<In, Bits<32>>,
    pub do_gross_add: Signal<In, Bit>,
    pub cfg_gross_add_hi: Signal<In, Bits<32>>,
    pub now_gross: Signal<Out, Bits<64>>,
    /// Orders go over TCP, and the sequence of the next payload byte.
    pub tcp: Signal<In, Bit>,
    pub tcp_seq_next: Signal<In, Bits<32>>,
    pub cfg_tcp_peer_ack: Signal<In, Bits<32>>,
    pub cfg_tcp_peer_window: Signal<In, Bits<32>>,
    /// Slot to be read; the values come a cycle later.
    pub read_slot: Signal<In, Bits<SB>>,
    pub now_position: Signal<Out, Bits<32>>,
    pub now_open_buy: Signal<Out, Bits<32>>,
    pub now_open_sell: Signal<Out, Bits<32>>,
    pub armed: Signal<Out, Bit>,
    pub killed: Signal<Out, Bit>,
    pub heartbeat_fresh: Signal<Out, Bit>,
    /// One cycle: the kill latch was set.
    pub kill_pulse: Signal<Out, Bit>,
    /// Pulse: `orders_rejected`.
    pub count: Signal<Out, Bits<1>>,
    slots: Slots<SB, S>,
    reference: Reference<SB, S>,
    screen: Screen,
    guards: Guards<SB, S>,
    originals: Originals<8>,
    gross: Gross,
    asked_order: Signal<Local, OrderRequest>,
    beside: Signal<Local, Bits<24>>,
    told_value: Signal<Local, Bits<32>>,
    told_limit: Signal<Local, Bits<32>>,
    bit_gross: Constant<Bits<24>>,
    report: Report,
    life: Heartbeat,
    pace: Pace,
    rate: Bucket,
    arm: DFF<Bit>,
    kill: DFF<Bit>,
    kill_now: DFF<Bit>,
    kill_due: DFF<Bit>,
    kill_time: DFF<Bits<48>>,
    deciding: DFF<Bit>,
    settling: DFF<Bit>,
    kill_out: DFF<Bit>,
    looked: DFF<Bit>,
    compared: DFF<Bit>,
    valued: DFF<Bit>,
    looks: Signal<Local, Bit>,
    replaces: Signal<Local, Bit>,
    told_time: DFF<Bits<48>>,
    ready: Signal<Local, Bit>,
    unlooked: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    asked_slot: Signal<Local, Bits<6>>,
    held_slot: Signal<Local, Bits<6>>,
    held_index: Signal<Local, Bits<SB>>,
    kills: Signal<Local, Bit>,
    arms: Signal<Local, Bit>,
    disarms: Signal<Local, Bit>,
    latches: Signal<Local, Bit>,
    is_ready: Signal<Local, Bit>,
    is_stale: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    tells: Signal<Local, Bit>,
    moment: Signal<Local, Bits<48>>,
    yes: Constant<Bits<1>>,
    arm_key: Constant<Bits<32>>,
    clear_word: Signal<Local, Bits<26>>,
    clear_key: Constant<Bits<26>>,
}

impl<const SB: usize, const S: usize> Default for RiskGate<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            request_valid: Default::default(),
            request: Default::default(),
            request_ready: Default::default(),
            grant: Default::default(),
            grant_request: Default::default(),
            grant_added: Default::default(),
            user_ref_next: Default::default(),
            do_user_ref_next: Default::default(),
            tx_ready: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            view_valid: Default::default(),
            view: Default::default(),
            slot_clear: Default::default(),
            slot_clear_slot: Default::default(),
            now_ready: Default::default(),
            now_stale: Default::default(),
            now_gap: Default::default(),
            now_halted: Default::default(),
            events_full: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            do_arm: Default::default(),
            do_kill: Default::default(),
            do_heartbeat: Default::default(),
            do_limits_commit: Default::default(),
            do_order_seq_reset: Default::default(),
            do_throttle_clear: Default::default(),
            ctrl_data: Default::default(),
            cfg_heartbeat_timeout_ns: Default::default(),
            cfg_epoch: Default::default(),
            cfg_rate_tokens: Default::default(),
            cfg_rate_refill_ns: Default::default(),
            cfg_throttle_ns: Default::default(),
            cfg_gross_max_lo: Default::default(),
            cfg_gross_max_hi: Default::default(),
            do_gross_add: Default::default(),
            cfg_gross_add_hi: Default::default(),
            now_gross: Default::default(),
            tcp: Default::default(),
            tcp_seq_next: Default::default(),
            cfg_tcp_peer_ack: Default::default(),
            cfg_tcp_peer_window: Default::default(),
            read_slot: Default::default(),
            now_position: Default::default(),
            now_open_buy: Default::default(),
            now_open_sell: Default::default(),
            armed: Default::default(),
            killed: Default::default(),
            heartbeat_fresh: Default::default(),
            kill_pulse: Default::default(),
            count: Default::default(),
            slots: Default::default(),
            reference: Default::default(),
            screen: Default::default(),
            guards: Default::default(),
            originals: Default::default(),
            gross: Default::default(),
            asked_order: Default::default(),
            beside: Default::default(),
            told_value: Default::default(),
            told_limit: Default::default(),
            bit_gross: screen::bit(Reason::GrossNotional),
            report: Default::default(),
            life: Default::default(),
            pace: Default::default(),
            rate: Default::default(),
            arm: Default::default(),
            kill: Default::default(),
            kill_now: Default::default(),
            kill_due: Default::default(),
            kill_time: Default::default(),
            deciding: Default::default(),
            settling: Default::default(),
            kill_out: Default::default(),
            looked: Default::default(),
            compared: Default::default(),
            valued: Default::default(),
            looks: Default::default(),
            replaces: Default::default(),
            unlooked: Default::default(),
            told_time: Default::default(),
            ready: Default::default(),
            takes: Default::default(),
            asked_slot: Default::default(),
            held_slot: Default::default(),
            held_index: Default::default(),
            kills: Default::default(),
            arms: Default::default(),
            disarms: Default::default(),
            latches: Default::default(),
            is_ready: Default::default(),
            is_stale: Default::default(),
            free: Default::default(),
            tells: Default::default(),
            moment: Default::default(),
            yes: Constant::new(1.into()),
            arm_key: Constant::new(u64::from(ARM_KEY).into()),
            clear_word: Default::default(),
            clear_key: Constant::new(u64::from(THROTTLE_KEY >> 6).into()),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for RiskGate<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, arm, kill, kill_now, kill_due, kill_time, deciding, settling, kill_out, told_time,
            looked, compared, valued
        );
        // Taking a request: nothing under way, and room for what it may make.
        self.ready.next = self.tx_ready.val()
            & !self.deciding.q.val()
            & !self.screen.passed.val()
            & !self.settling.q.val()
            & !self.screen.waits.val()
            & !self.kill_out.q.val()
            & !self.kill_due.q.val();
        // What a Replace names is looked up, compared and multiplied in the three cycles before it is taken: nothing is under way in them.
        self.replaces.next = self.request_valid.val() & self.screen.replaces.val();
        self.unlooked.next = self.replaces.val() & !self.valued.q.val();
        self.looks.next = self.ready.val() & self.unlooked.val();
        self.looked.d.next = self.looks.val() & !self.looked.q.val() & !self.compared.q.val();
        self.compared.d.next = self.looks.val() & self.looked.q.val();
        self.valued.d.next = self.looks.val() & self.compared.q.val();
        self.request_ready.next = self.ready.val() & !self.unlooked.val();
        self.takes.next = self.ready.val() & self.request_valid.val() & !self.unlooked.val();
        self.deciding.d.next = self.takes.val();
        self.settling.d.next = self.screen.passed.val();
        self.asked_slot.next = self.request.val().slot;
        self.moment.next = self.now.val().get_bits::<48>(0);

        // Arming and killing.
        self.kills.next = self.do_kill.val() & self.ctrl_data.val().get_bit(0);
        self.arms.next = self.do_arm.val() & (self.ctrl_data.val() == self.arm_key.val());
        self.disarms.next = self.do_arm.val() & !self.arms.val();
        self.latches.next = self.kills.val() & !self.kill.q.val();
        if self.do_arm.val() {
            self.arm.d.next = self.arms.val();
        }
        if self.arms.val() {
            self.kill.d.next = false;
        }
        if self.kills.val() {
            self.kill.d.next = true;
        }
        self.kill_now.d.next = self.latches.val();
        self.armed.next = self.arm.q.val();
        self.killed.next = self.kill.q.val();
        self.kill_pulse.next = self.kill_now.q.val();

        // Time.
        self.life.clock.next = self.clock.val();
        self.life.reset.next = self.reset.val();
        self.life.now.next = self.now.val();
        self.life.beat.next = self.do_heartbeat.val();
        self.life.timeout.next = self.cfg_heartbeat_timeout_ns.val();
        self.heartbeat_fresh.next = self.life.fresh.val();
        self.pace.clock.next = self.clock.val();
        self.pace.reset.next = self.reset.val();
        self.pace.now.next = self.now.val();
        self.rate.clock.next = self.clock.val();
        self.rate.reset.next = self.reset.val();
        self.rate.refill.next = self.cfg_rate_refill_ns.val();
        self.rate.look.next = self.pace.look.val();
        self.rate.step.next = self.pace.step.val();
        self.rate.take.next = self.screen.passed.val();

        // What the slots have.
        self.held_slot.next = self.screen.held.val().slot;
        self.held_index.next = self.held_slot.val().get_bits::<SB>(0);
        self.slots.clock.next = self.clock.val();
        self.slots.reset.next = self.reset.val();
        self.slots.slot_write.next = self.slot_write.val();
        self.slots.slot.next = self.slot.val();
        self.slots.slot_register.next = self.slot_register.val();
        self.slots.slot_data.next = self.slot_data.val();
        self.slots.commit.next = self.do_limits_commit.val() & self.ctrl_data.val().get_bit(0);
        self.clear_word.next = self.ctrl_data.val().get_bits::<26>(6);
        self.slots.forget.next = self.cfg_throttle_ns.val();
        self.slots.clear.next =
            self.do_throttle_clear.val() & (self.clear_word.val() == self.clear_key.val());
        self.slots.clear_slot.next = self.ctrl_data.val().get_bits::<6>(0);
        self.slots.look.next = self.pace.look.val();
        self.slots.step.next = self.pace.step.val();
        self.slots.sent.next = self.screen.passed.val() & self.screen.is_order.val();
        self.slots.sent_new.next = !self.screen.is_replace.val();
        self.slots.sent_slot.next = self.held_index.val();
        self.slots.sent_buy.next = self.screen.held.val().buy == self.yes.val();
        self.slots.sent_qty.next = self.screen.added.val();
        self.slots.asked.next = self.asked_slot.val().get_bits::<SB>(0);
        self.slots.read_slot.next = self.read_slot.val();
        self.now_position.next = self.slots.now_position.val();
        self.now_open_buy.next = self.slots.now_open_buy.val();
        self.now_open_sell.next = self.slots.now_open_sell.val();
        self.reference.clock.next = self.clock.val();
        self.reference.reset.next = self.reset.val();
        self.reference.view_valid.next = self.view_valid.val();
        self.reference.view.next = self.view.val();
        self.reference.clear.next = self.slot_clear.val();
        self.reference.clear_slot.next = self.slot_clear_slot.val();
        self.reference.slot.next = self.asked_slot.val().get_bits::<SB>(0);

        // The checks.
        self.screen.clock.next = self.clock.val();
        self.screen.reset.next = self.reset.val();
        self.screen.take.next = self.takes.val();
        self.screen.request.next = self.request.val();
        self.screen.max_qty.next = self.slots.max_qty.val();
        self.screen.collar.next = self.slots.collar.val();
        self.screen.position_max.next = self.slots.position_max.val();
        self.screen.open_max.next = self.slots.open_max.val();
        self.screen.notional_lo.next = self.slots.notional_lo.val();
        self.screen.notional_hi.next = self.slots.notional_hi.val();
        self.screen.tokens.next = self.slots.tokens.val();
        self.screen.used.next = self.slots.used.val();
        self.screen.net.next = self.slots.net.val();
        self.screen.open_buy.next = self.slots.open_buy.val();
        self.screen.open_sell.next = self.slots.open_sell.val();
        self.screen.orders.next = self.slots.orders.val();
        self.screen.has_reference.next = self.reference.exists.val();
        self.screen.bid.next = self.reference.bid.val();
        self.screen.ask.next = self.reference.ask.val();
        self.screen.epoch.next = self.cfg_epoch.val();
        self.screen.port_tokens.next = self.cfg_rate_tokens.val();
        self.screen.port_used.next = self.rate.used.val();
        self.originals.clock.next = self.clock.val();
        self.originals.reset.next = self.reset.val();
        self.originals.look.next = self.ready.val();
        self.originals.take.next = self.takes.val();
        self.originals.request.next = self.request.val();
        self.originals.next_ref.next = self.user_ref_next.val();
        self.originals.renumber.next = self.do_user_ref_next.val();
        self.originals.held.next = self.screen.held.val();
        self.originals.passed.next = self.screen.passed.val();
        self.originals.order.next = self.screen.is_order.val();
        self.screen.unknown.next = self.originals.unknown.val();
        self.screen.base.next = self.originals.base.val();
        self.guards.clock.next = self.clock.val();
        self.guards.reset.next = self.reset.val();
        self.guards.take.next = self.takes.val();
        self.guards.request.next = self.request.val();
        self.guards.permit.next = self.slots.permit.val();
        self.guards.band_low.next = self.slots.band_low.val();
        self.guards.band_high.next = self.slots.band_high.val();
        self.guards.throttle.next = self.slots.throttle.val();
        self.guards.repeated.next = self.slots.repeated.val();
        self.guards.latched.next = self.slots.latched.val();
        self.guards.open_buy.next = self.slots.open_buy.val();
        self.guards.open_sell.next = self.slots.open_sell.val();
        self.guards.tcp.next = self.tcp.val();
        self.guards.tcp_next.next = self.tcp_seq_next.val();
        self.guards.tcp_ack.next = self.cfg_tcp_peer_ack.val();
        self.guards.tcp_window.next = self.cfg_tcp_peer_window.val();
        self.guards.forget.next = self.do_order_seq_reset.val() & self.ctrl_data.val().get_bit(0);
        self.guards.held.next = self.screen.held.val();
        self.guards.sent.next = self.screen.passed.val() & self.screen.is_order.val();
        self.guards.first.next = self.screen.first.val();
        self.gross.clock.next = self.clock.val();
        self.gross.reset.next = self.reset.val();
        self.gross.take.next = self.takes.val();
        self.asked_order.next = self.request.val();
        self.gross.notional.next = self.asked_order.val().notional;
        self.gross.qty.next = self.asked_order.val().qty;
        self.gross.price.next = self.asked_order.val().price;
        self.gross.replaces.next = self.screen.replaces.val() & self.originals.known_now.val();
        self.gross.said.next = self.asked_order.val().orig_qty;
        self.gross.base.next = self.originals.qty_now.val();
        self.gross.base_price.next = self.originals.price_now.val();
        self.gross.cfg_max_lo.next = self.cfg_gross_max_lo.val();
        self.gross.cfg_max_hi.next = self.cfg_gross_max_hi.val();
        self.gross.commit.next = self.do_limits_commit.val() & self.ctrl_data.val().get_bit(0);
        self.gross.add.next = self.do_gross_add.val();
        self.gross.add_lo.next = self.ctrl_data.val();
        self.gross.add_hi.next = self.cfg_gross_add_hi.val();
        self.gross.deciding.next = self.deciding.q.val();
        self.gross.sent.next = self.screen.passed.val() & self.screen.is_order.val();
        self.now_gross.next = self.gross.now.val();
        self.beside.next = self.guards.failed.val();
        if self.gross.over.val() {
            self.beside.next = self.guards.failed.val() | self.bit_gross.val();
        }
        self.screen.others.next = self.beside.val();
        self.screen.deciding.next = self.deciding.q.val();
        self.screen.killed.next = self.kill.q.val() | self.kills.val();
        self.screen.not_armed.next = !self.arm.q.val() | self.disarms.val();
        self.screen.no_heartbeat.next = !self.life.fresh.val();
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.is_ready.next = self.now_ready.val().get_bit(self.held_index.val().index());
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.is_stale.next = self.now_stale.val().get_bit(self.held_index.val().index());
        self.screen.stale.next = self.is_stale.val() | !self.is_ready.val();
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.screen.gap.next = self.now_gap.val().get_bit(self.held_index.val().index());
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.screen.halted.next = self.now_halted.val().get_bit(self.held_index.val().index());
        self.screen.events_full.next = self.events_full.val();
        self.grant.next = self.screen.passed.val();
        self.grant_request.next = self.screen.held.val();
        self.grant_added.next = 0.into();
        if self.screen.is_order.val() {
            self.grant_added.next = self.screen.added.val();
        }
        self.count.next = self.screen.rejected.val().into();

        // What is told: a kill when nothing else is.
        self.free.next = !self.screen.waits.val() & !self.kill_out.q.val() & !self.deciding.q.val();
        self.tells.next = self.free.val() & self.kill_due.q.val();
        self.screen.told.next = self.entry_ready.val();
        if self.entry_ready.val() {
            self.kill_out.d.next = false;
        }
        if self.deciding.q.val() {
            self.told_time.d.next = self.moment.val();
        }
        if self.tells.val() {
            self.kill_out.d.next = true;
            self.told_time.d.next = self.kill_time.q.val();
            self.kill_due.d.next = false;
        }
        if self.latches.val() {
            self.kill_due.d.next = true;
            if !self.kill_due.q.val() | self.tells.val() {
                self.kill_time.d.next = self.moment.val();
            }
        }
        self.report.is_kill.next = self.kill_out.q.val();
        self.report.moment.next = self.told_time.q.val();
        self.report.request.next = self.screen.held.val();
        self.report.checks.next = self.screen.checks.val();
        self.report.reason.next = self.screen.reason.val();
        self.told_value.next = self.screen.value.val() | self.guards.value.val();
        self.told_limit.next = self.screen.limit.val() | self.guards.limit.val();
        if self.screen.first.val().get_bit(23) {
            self.told_value.next = self.gross.value.val();
            self.told_limit.next = self.gross.limit.val();
        }
        self.report.value.next = self.told_value.val();
        self.report.limit.next = self.told_limit.val();
        self.entry_valid.next = self.screen.waits.val() | self.kill_out.q.val();
        self.entry.next = self.report.entry.val();
        if self.reset.val() {
            self.arm.d.next = false;
            self.kill.d.next = false;
            self.kill_now.d.next = false;
            self.kill_due.d.next = false;
            self.deciding.d.next = false;
            self.settling.d.next = false;
            self.kill_out.d.next = false;
            self.looked.d.next = false;
            self.compared.d.next = false;
            self.valued.d.next = false;
        }
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(RiskGate::<2, 4>::default()),
        Size::Sim => elaborate(RiskGate::<4, 16>::default()),
        Size::Alveo => elaborate(RiskGate::<6, 64>::default()),
    }
}
