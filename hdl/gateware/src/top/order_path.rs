//! From order slots to order frames: nothing reaches the transmitter but by the gate.
//!
//! ```text
//!  s_axi ─► order_slot ─┬► risk_gate ─► ouch_tx ─► tx
//!  best ──► trigger ────┤    ▲  └► rejects   └► sent
//!  heartbeat ► watchdog ┘    view, slot state, limits
//! ```
//!
//! A trigger's order goes first, the watchdog's Mass Cancel second, that of a slot last, which waits and is counted if it is a trigger that goes. A bad frame makes the slots stale for gate and trigger in the cycle
//! in which it aborts the order frame under way, so that none begins behind it.
//!
//! Latency: 8 + 2 + 1 cycles from the completing write beat to the first order beat, 3 + 2 + 1 from the best level of the other side.
//! Back-pressure: a committed slot waits for the gate, the gate for the transmitter and for room for its events.

use crate::order_slot::OrderSlot;
use crate::ouch_tx::OuchTx;
use crate::prim::Cat2;
use crate::risk_gate::RiskGate;
use crate::trigger::Trigger;
use crate::types::{Best, BookView, EventEntry, KeyedLevel, OrderRequest, TriggerWords};
use crate::watchdog::Watchdog;
use contract::slot::Kind;
use rust_hdl::prelude::*;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct OrderPath<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub s_axi_awaddr: Signal<In, Bits<16>>,
    pub s_axi_awlen: Signal<In, Bits<8>>,
    pub s_axi_awsize: Signal<In, Bits<3>>,
    pub s_axi_awburst: Signal<In, Bits<2>>,
    pub s_axi_awvalid: Signal<In, Bit>,
    pub s_axi_awready: Signal<Out, Bit>,
    pub s_axi_wdata: Signal<In, Bits<64>>,
    pub s_axi_wstrb: Signal<In, Bits<8>>,
    pub s_axi_wlast: Signal<In, Bit>,
    pub s_axi_wvalid: Signal<In, Bit>,
    pub s_axi_wready: Signal<Out, Bit>,
    pub s_axi_bresp: Signal<Out, Bits<2>>,
    pub s_axi_bvalid: Signal<Out, Bit>,
    pub s_axi_bready: Signal<In, Bit>,
    pub do_order_seq_reset: Signal<In, Bit>,
    /// The word of the `do_` pulses.
    pub ctrl_data: Signal<In, Bits<32>>,
    pub slot_count: Signal<Out, Bits<3>>,
    /// Beats of BAR2, for the frame TX window.
    pub bar2_beat: Signal<Out, Bit>,
    pub bar2_word: Signal<Out, Bits<13>>,
    pub bar2_data: Signal<Out, Bits<64>>,
    pub bar2_strobes: Signal<Out, Bits<8>>,
    pub bar2_refused: Signal<Out, Bit>,
    pub view_valid: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    pub slot_clear: Signal<In, Bit>,
    pub slot_clear_slot: Signal<In, Bits<6>>,
    pub now_ready: Signal<In, Bits<S>>,
    pub now_stale: Signal<In, Bits<S>>,
    pub now_gap: Signal<In, Bits<S>>,
    pub now_halted: Signal<In, Bits<S>>,
    pub events_full: Signal<In, Bit>,
    /// One cycle: register `slot_register` of `slot` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    pub do_arm: Signal<In, Bit>,
    pub do_kill: Signal<In, Bit>,
    pub do_heartbeat: Signal<In, Bit>,
    pub do_limits_commit: Signal<In, Bit>,
    pub do_throttle_clear: Signal<In, Bit>,
    pub cfg_heartbeat_timeout_ns: Signal<In, Bits<32>>,
    pub cfg_epoch: Signal<In, Bits<16>>,
    pub cfg_rate_tokens: Signal<In, Bits<16>>,
    pub cfg_rate_refill_ns: Signal<In, Bits<32>>,
    pub cfg_throttle_ns: Signal<In, Bits<32>>,
    pub cfg_gross_max_lo: Signal<In, Bits<32>>,
    pub cfg_gross_max_hi: Signal<In, Bits<32>>,
    pub do_gross_add: Signal<In, Bit>,
    pub cfg_gross_add_hi: Signal<In, Bits<32>>,
    pub now_gross: Signal<Out, Bits<64>>,
    /// A heartbeat that expires has everything of this firm cancelled.
    pub cfg_watchdog_cancel: Signal<In, Bit>,
    pub cfg_watchdog_firm: Signal<In, Bits<32>>,
    pub watchdog_due: Signal<Out, Bit>,
    pub cfg_tcp_peer_ack: Signal<In, Bits<32>>,
    pub cfg_tcp_peer_window: Signal<In, Bits<32>>,
    pub read_slot: Signal<In, Bits<SB>>,
    pub now_position: Signal<Out, Bits<32>>,
    pub now_open_buy: Signal<Out, Bits<32>>,
    pub now_open_sell: Signal<Out, Bits<32>>,
    pub armed: Signal<Out, Bit>,
    pub killed: Signal<Out, Bit>,
    pub heartbeat_fresh: Signal<Out, Bit>,
    /// One cycle: the kill latch was set.
    pub kill_pulse: Signal<Out, Bit>,
    pub gate_count: Signal<Out, Bits<1>>,
    /// One cycle: the order frame under way came of a bad frame.
    pub abort_frame: Signal<In, Bit>,
    pub tx_tdata: Signal<Out, Bits<64>>,
    pub tx_tkeep: Signal<Out, Bits<8>>,
    pub tx_tvalid: Signal<Out, Bit>,
    pub tx_tready: Signal<In, Bit>,
    pub tx_tlast: Signal<Out, Bit>,
    pub tx_tuser: Signal<Out, Bit>,
    /// One cycle: word `table_word` of the transmit template gets `table_data`.
    pub table_write: Signal<In, Bit>,
    pub table_word: Signal<In, Bits<24>>,
    pub table_data: Signal<In, Bits<32>>,
    pub table_commit: Signal<In, Bit>,
    pub do_user_ref_next: Signal<In, Bit>,
    pub do_tcp_seq_next: Signal<In, Bit>,
    pub cfg_tcp_ack: Signal<In, Bits<32>>,
    pub now_user_ref_next: Signal<Out, Bits<32>>,
    pub now_tcp_seq_next: Signal<Out, Bits<32>>,
    /// Whoever keeps granted orders can: none is granted else.
    pub keeps_ready: Signal<In, Bit>,
    /// One cycle: an order was granted, under this number.
    pub granted: Signal<Out, Bit>,
    pub granted_ref: Signal<Out, Bits<32>>,
    pub granted_slot: Signal<Out, Bits<6>>,
    pub granted_buy: Signal<Out, Bits<1>>,
    /// Shares the account counts for it.
    pub granted_qty: Signal<Out, Bits<32>>,
    /// It opens one more: not a replace.
    pub granted_opens: Signal<Out, Bit>,
    pub tx_busy: Signal<Out, Bit>,
    pub tx_count: Signal<Out, Bits<1>>,
    pub coming_slot: Signal<In, Bits<6>>,
    pub coming_bid: Signal<In, Bit>,
    pub best_valid: Signal<In, Bit>,
    pub best: Signal<In, Best>,
    pub best_own: Signal<In, KeyedLevel>,
    pub best_exact: Signal<In, Bit>,
    pub best_clear: Signal<In, Bit>,
    pub best_clear_slot: Signal<In, Bits<6>>,
    pub session_lost: Signal<In, Bit>,
    /// One cycle: every slot turns stale.
    pub stale_all: Signal<In, Bit>,
    pub cfg_wait_fcs: Signal<In, Bit>,
    /// Receive ports, line A first.
    pub rx_valid: [Signal<In, Bit>; 2],
    pub rx_last: [Signal<In, Bit>; 2],
    pub rx_user: [Signal<In, Bit>; 2],
    pub arm_words: Signal<In, TriggerWords>,
    pub do_trigger_arm: Signal<In, Bit>,
    pub do_trigger_disarm: Signal<In, Bit>,
    pub triggers_armed: Signal<Out, Bits<64>>,
    pub arm_count: Signal<Out, Bits<6>>,
    /// Events: gate, transmitter, trigger.
    pub entry_valid: [Signal<Out, Bit>; 3],
    pub entry_ready: [Signal<In, Bit>; 3],
    pub entry: [Signal<Out, EventEntry>; 3],
    slots: OrderSlot,
    risk: RiskGate<SB, S>,
    sender: OuchTx<SB>,
    trigger: Trigger<SB, S>,
    watchdog: Watchdog,
    rx_valid_both: Cat2<1, 1, 2>,
    rx_last_both: Cat2<1, 1, 2>,
    rx_user_both: Cat2<1, 1, 2>,
    asked: Signal<Local, OrderRequest>,
    passed: Signal<Local, OrderRequest>,
    enter_kind: Constant<Bits<8>>,
    trigger_kind: Constant<Bits<8>>,
    replace_kind: Constant<Bits<8>>,
    granted_new: Signal<Local, Bit>,
    granted_replaces: Signal<Local, Bit>,
    every: Signal<Local, Bits<S>>,
    stale: Signal<Local, Bits<S>>,
}

impl<const SB: usize, const S: usize> OrderPath<SB, S> {
    /// The order side of a configuration.
    pub fn new(config: &contract::Config) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            s_axi_awaddr: Default::default(),
            s_axi_awlen: Default::default(),
            s_axi_awsize: Default::default(),
            s_axi_awburst: Default::default(),
            s_axi_awvalid: Default::default(),
            s_axi_awready: Default::default(),
            s_axi_wdata: Default::default(),
            s_axi_wstrb: Default::default(),
            s_axi_wlast: Default::default(),
            s_axi_wvalid: Default::default(),
            s_axi_wready: Default::default(),
            s_axi_bresp: Default::default(),
            s_axi_bvalid: Default::default(),
            s_axi_bready: Default::default(),
            do_order_seq_reset: Default::default(),
            ctrl_data: Default::default(),
            slot_count: Default::default(),
            bar2_beat: Default::default(),
            bar2_word: Default::default(),
            bar2_data: Default::default(),
            bar2_strobes: Default::default(),
            bar2_refused: Default::default(),
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
            do_throttle_clear: Default::default(),
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
            cfg_watchdog_cancel: Default::default(),
            cfg_watchdog_firm: Default::default(),
            watchdog_due: Default::default(),
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
            gate_count: Default::default(),
            abort_frame: Default::default(),
            tx_tdata: Default::default(),
            tx_tkeep: Default::default(),
            tx_tvalid: Default::default(),
            tx_tready: Default::default(),
            tx_tlast: Default::default(),
            tx_tuser: Default::default(),
            table_write: Default::default(),
            table_word: Default::default(),
            table_data: Default::default(),
            table_commit: Default::default(),
            do_user_ref_next: Default::default(),
            do_tcp_seq_next: Default::default(),
            cfg_tcp_ack: Default::default(),
            now_user_ref_next: Default::default(),
            now_tcp_seq_next: Default::default(),
            keeps_ready: Default::default(),
            granted: Default::default(),
            granted_ref: Default::default(),
            granted_slot: Default::default(),
            granted_buy: Default::default(),
            granted_qty: Default::default(),
            granted_opens: Default::default(),
            granted_replaces: Default::default(),
            granted_new: Default::default(),
            tx_busy: Default::default(),
            tx_count: Default::default(),
            coming_slot: Default::default(),
            coming_bid: Default::default(),
            best_valid: Default::default(),
            best: Default::default(),
            best_own: Default::default(),
            best_exact: Default::default(),
            best_clear: Default::default(),
            best_clear_slot: Default::default(),
            session_lost: Default::default(),
            stale_all: Default::default(),
            cfg_wait_fcs: Default::default(),
            rx_valid: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            arm_words: Default::default(),
            do_trigger_arm: Default::default(),
            do_trigger_disarm: Default::default(),
            triggers_armed: Default::default(),
            arm_count: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            slots: OrderSlot::new(config.slots),
            risk: Default::default(),
            sender: Default::default(),
            trigger: Default::default(),
            watchdog: Default::default(),
            rx_valid_both: Default::default(),
            rx_last_both: Default::default(),
            rx_user_both: Default::default(),
            asked: Default::default(),
            passed: Default::default(),
            enter_kind: Constant::new((Kind::Enter as u64).into()),
            trigger_kind: Constant::new((Kind::Trigger as u64).into()),
            replace_kind: Constant::new((Kind::Replace as u64).into()),
            every: Default::default(),
            stale: Default::default(),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for OrderPath<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        self.slots.clock.next = self.clock.val();
        self.slots.reset.next = self.reset.val();
        self.slots.now.next = self.now.val();
        self.slots.s_axi_awaddr.next = self.s_axi_awaddr.val();
        self.slots.s_axi_awlen.next = self.s_axi_awlen.val();
        self.slots.s_axi_awsize.next = self.s_axi_awsize.val();
        self.slots.s_axi_awburst.next = self.s_axi_awburst.val();
        self.slots.s_axi_awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.slots.s_axi_awready.val();
        self.slots.s_axi_wdata.next = self.s_axi_wdata.val();
        self.slots.s_axi_wstrb.next = self.s_axi_wstrb.val();
        self.slots.s_axi_wlast.next = self.s_axi_wlast.val();
        self.slots.s_axi_wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.slots.s_axi_wready.val();
        self.s_axi_bresp.next = self.slots.s_axi_bresp.val();
        self.s_axi_bvalid.next = self.slots.s_axi_bvalid.val();
        self.slots.s_axi_bready.next = self.s_axi_bready.val();
        self.slots.do_order_seq_reset.next = self.do_order_seq_reset.val();
        self.slots.ctrl_data.next = self.ctrl_data.val();
        self.slot_count.next = self.slots.count.val();
        self.bar2_beat.next = self.slots.bar2_beat.val();
        self.bar2_word.next = self.slots.bar2_word.val();
        self.bar2_data.next = self.slots.bar2_data.val();
        self.bar2_strobes.next = self.slots.bar2_strobes.val();
        self.bar2_refused.next = self.slots.bar2_refused.val();
        self.risk.clock.next = self.clock.val();
        self.risk.reset.next = self.reset.val();
        self.risk.now.next = self.now.val();
        self.entry_valid[0].next = self.risk.entry_valid.val();
        self.risk.entry_ready.next = self.entry_ready[0].val();
        self.entry[0].next = self.risk.entry.val();
        self.risk.view_valid.next = self.view_valid.val();
        self.risk.view.next = self.view.val();
        self.risk.slot_clear.next = self.slot_clear.val();
        self.risk.slot_clear_slot.next = self.slot_clear_slot.val();
        self.risk.now_ready.next = self.now_ready.val();
        self.every.next = 0.into();
        self.stale.next = self.now_stale.val();
        if self.stale_all.val() {
            self.stale.next = !self.every.val();
        }
        self.risk.now_stale.next = self.stale.val();
        self.risk.now_gap.next = self.now_gap.val();
        self.risk.now_halted.next = self.now_halted.val();
        self.risk.events_full.next = self.events_full.val();
        self.risk.slot_write.next = self.slot_write.val();
        self.risk.slot.next = self.slot.val();
        self.risk.slot_register.next = self.slot_register.val();
        self.risk.slot_data.next = self.slot_data.val();
        self.risk.do_arm.next = self.do_arm.val();
        self.risk.do_kill.next = self.do_kill.val();
        self.risk.do_heartbeat.next = self.do_heartbeat.val();
        self.risk.do_limits_commit.next = self.do_limits_commit.val();
        self.risk.do_order_seq_reset.next = self.do_order_seq_reset.val();
        self.risk.do_throttle_clear.next = self.do_throttle_clear.val();
        self.risk.ctrl_data.next = self.ctrl_data.val();
        self.risk.cfg_heartbeat_timeout_ns.next = self.cfg_heartbeat_timeout_ns.val();
        self.risk.cfg_epoch.next = self.cfg_epoch.val();
        self.risk.cfg_rate_tokens.next = self.cfg_rate_tokens.val();
        self.risk.cfg_rate_refill_ns.next = self.cfg_rate_refill_ns.val();
        self.risk.cfg_throttle_ns.next = self.cfg_throttle_ns.val();
        self.risk.cfg_gross_max_lo.next = self.cfg_gross_max_lo.val();
        self.risk.cfg_gross_max_hi.next = self.cfg_gross_max_hi.val();
        self.risk.do_gross_add.next = self.do_gross_add.val();
        self.risk.cfg_gross_add_hi.next = self.cfg_gross_add_hi.val();
        self.now_gross.next = self.risk.now_gross.val();
        self.risk.tcp.next = self.sender.tcp.val();
        self.risk.tcp_seq_next.next = self.sender.now_tcp_seq_next.val();
        self.risk.cfg_tcp_peer_ack.next = self.cfg_tcp_peer_ack.val();
        self.risk.cfg_tcp_peer_window.next = self.cfg_tcp_peer_window.val();
        self.risk.read_slot.next = self.read_slot.val();
        self.now_position.next = self.risk.now_position.val();
        self.now_open_buy.next = self.risk.now_open_buy.val();
        self.now_open_sell.next = self.risk.now_open_sell.val();
        self.armed.next = self.risk.armed.val();
        self.killed.next = self.risk.killed.val();
        self.heartbeat_fresh.next = self.risk.heartbeat_fresh.val();
        self.kill_pulse.next = self.risk.kill_pulse.val();
        self.gate_count.next = self.risk.count.val();
        self.sender.clock.next = self.clock.val();
        self.sender.reset.next = self.reset.val();
        self.sender.now.next = self.now.val();
        self.sender.abort_frame.next = self.abort_frame.val();
        self.tx_tdata.next = self.sender.tx_tdata.val();
        self.tx_tkeep.next = self.sender.tx_tkeep.val();
        self.tx_tvalid.next = self.sender.tx_tvalid.val();
        self.sender.tx_tready.next = self.tx_tready.val();
        self.tx_tlast.next = self.sender.tx_tlast.val();
        self.tx_tuser.next = self.sender.tx_tuser.val();
        self.sender.table_write.next = self.table_write.val();
        self.sender.table_word.next = self.table_word.val();
        self.sender.table_data.next = self.table_data.val();
        self.sender.table_commit.next = self.table_commit.val();
        self.sender.slot_write.next = self.slot_write.val();
        self.sender.slot.next = self.slot.val();
        self.sender.slot_register.next = self.slot_register.val();
        self.sender.slot_data.next = self.slot_data.val();
        self.sender.do_user_ref_next.next = self.do_user_ref_next.val();
        self.sender.do_tcp_seq_next.next = self.do_tcp_seq_next.val();
        self.sender.ctrl_data.next = self.ctrl_data.val();
        self.sender.cfg_tcp_ack.next = self.cfg_tcp_ack.val();
        self.now_user_ref_next.next = self.sender.now_user_ref_next.val();
        self.now_tcp_seq_next.next = self.sender.now_tcp_seq_next.val();
        self.tx_busy.next = self.sender.busy.val();
        self.entry_valid[1].next = self.sender.entry_valid.val();
        self.sender.entry_ready.next = self.entry_ready[1].val();
        self.entry[1].next = self.sender.entry.val();
        self.tx_count.next = self.sender.count.val();
        self.trigger.clock.next = self.clock.val();
        self.trigger.reset.next = self.reset.val();
        self.trigger.now.next = self.now.val();
        self.trigger.coming_slot.next = self.coming_slot.val();
        self.trigger.best_valid.next = self.best_valid.val();
        self.trigger.best.next = self.best.val();
        self.trigger.coming_bid.next = self.coming_bid.val();
        self.trigger.best_own.next = self.best_own.val();
        self.trigger.best_exact.next = self.best_exact.val();
        self.trigger.slot_clear.next = self.best_clear.val();
        self.trigger.slot_clear_slot.next = self.best_clear_slot.val();
        self.trigger.now_ready.next = self.now_ready.val();
        self.trigger.now_stale.next = self.stale.val();
        self.trigger.now_halted.next = self.now_halted.val();
        self.trigger.killed.next = self.risk.killed.val();
        self.trigger.gate_armed.next = self.risk.armed.val();
        self.trigger.heartbeat_fresh.next = self.risk.heartbeat_fresh.val();
        self.trigger.session_lost.next = self.session_lost.val();
        self.trigger.cfg_epoch.next = self.cfg_epoch.val();
        self.trigger.wait_fcs.next = self.cfg_wait_fcs.val();
        self.rx_valid_both.hi.next = self.rx_valid[1].val().into();
        self.rx_valid_both.lo.next = self.rx_valid[0].val().into();
        self.trigger.rx_valid.next = self.rx_valid_both.y.val();
        self.rx_last_both.hi.next = self.rx_last[1].val().into();
        self.rx_last_both.lo.next = self.rx_last[0].val().into();
        self.trigger.rx_last.next = self.rx_last_both.y.val();
        self.rx_user_both.hi.next = self.rx_user[1].val().into();
        self.rx_user_both.lo.next = self.rx_user[0].val().into();
        self.trigger.rx_user.next = self.rx_user_both.y.val();
        self.trigger.words.next = self.arm_words.val();
        self.trigger.do_arm.next = self.do_trigger_arm.val();
        self.trigger.do_disarm.next = self.do_trigger_disarm.val();
        self.trigger.ctrl_data.next = self.ctrl_data.val();
        self.trigger.rival_valid.next = self.slots.request_valid.val();
        self.entry_valid[2].next = self.trigger.entry_valid.val();
        self.trigger.entry_ready.next = self.entry_ready[2].val();
        self.entry[2].next = self.trigger.entry.val();
        self.triggers_armed.next = self.trigger.armed.val();
        self.arm_count.next = self.trigger.count.val();
        self.watchdog.clock.next = self.clock.val();
        self.watchdog.reset.next = self.reset.val();
        self.watchdog.now.next = self.now.val();
        self.watchdog.heartbeat_fresh.next = self.risk.heartbeat_fresh.val();
        self.watchdog.armed.next = self.risk.armed.val();
        self.watchdog.cfg_cancel.next = self.cfg_watchdog_cancel.val();
        self.watchdog.cfg_firm.next = self.cfg_watchdog_firm.val();
        self.watchdog.cfg_epoch.next = self.cfg_epoch.val();
        self.watchdog.granted.next = self.risk.grant.val();
        self.watchdog.lost.next = self.sender.void_watchdog.val();
        self.watchdog_due.next = self.watchdog.waits.val();
        // A trigger goes first, the watchdog second.
        self.trigger.request_ready.next = self.risk.request_ready.val();
        self.watchdog.request_ready.next = self.risk.request_ready.val() & !self.trigger.request_valid.val();
        self.slots.request_ready.next = self.risk.request_ready.val()
            & !self.trigger.request_valid.val()
            & !self.watchdog.request_valid.val();
        self.asked.next = self.slots.request.val();
        if self.watchdog.request_valid.val() {
            self.asked.next = self.watchdog.request.val();
        }
        if self.trigger.request_valid.val() {
            self.asked.next = self.trigger.request.val();
        }
        self.risk.request_valid.next = self.slots.request_valid.val()
            | self.trigger.request_valid.val()
            | self.watchdog.request_valid.val();
        self.risk.request.next = self.asked.val();
        self.risk.tx_ready.next = self.sender.tx_ready.val() & self.keeps_ready.val();
        self.sender.grant.next = self.risk.grant.val();
        self.sender.grant_request.next = self.risk.grant_request.val();
        self.sender.grant_added.next = self.risk.grant_added.val();
        self.risk.user_ref_next.next = self.sender.now_user_ref_next.val();
        self.risk.do_user_ref_next.next = self.do_user_ref_next.val();

        // Orders whose responses will come, and what the account has counted for them.
        self.passed.next = self.risk.grant_request.val();
        self.granted_new.next = (self.passed.val().kind == self.enter_kind.val())
            | (self.passed.val().kind == self.trigger_kind.val());
        self.granted_replaces.next = self.passed.val().kind == self.replace_kind.val();
        self.granted.next = self.risk.grant.val() & (self.granted_new.val() | self.granted_replaces.val());
        self.granted_opens.next = self.granted_new.val();
        self.granted_ref.next = self.sender.now_user_ref_next.val();
        self.granted_slot.next = self.passed.val().slot;
        self.granted_buy.next = self.passed.val().buy;
        self.granted_qty.next = self.risk.grant_added.val();
    }
}
