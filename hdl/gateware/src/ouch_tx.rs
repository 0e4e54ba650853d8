//! A grant becomes an OUCH 5.0 frame on the wire.
//!
//! ```text
//!  table ─► Template ─┐                ┌──────────── Checksum ──────────┐
//!  grant ─► fields ───┼─► Image ─► frame (104 bytes) ─► 8 bytes a beat ─▼─► tx
//!  symbols ───────────┘                └─► Sent ─► entry
//!  user_ref, tcp_seq ─┘
//! ```
//!
//! Each kind but Raw makes its message (`contract::slot::Kind::message`, with an empty appendage where it has one), alone in a UDP datagram or
//! in a SoupBinTCP packet, as the template (`contract::template`) says. A message takes the next UserRefNum but for Cancel and Modify, which name
//! `target_ref`; Replace does both. Kind Raw sends the first `target_ref` bytes of `cl_ord_id` as they are; its event names no UserRefNum. TCP sequence numbers advance at the end of a frame by its payload, those of the template's other mode never.
//!
//! `abort_frame` ends the frame under way with the beat behind the present one: `tlast` and `tuser`. The order is void: its event says so, the TCP
//! sequence stays, its UserRefNum is used up. A frame whose last beat is already offered is not touched.
//!
//! The `OrderSent` entry comes when the frame has ended, with the card time of its first beat.
//!
//! Latency: the first beat is offered in the cycle after the grant; the beats behind it follow without gaps while `tx_tready` is 1.
//! Back-pressure: a beat waits for `tx_tready`. `tx_ready` falls with a grant and rises in the cycle after the last beat was taken, if
//! there is room for another entry. A grant must not come before, which a gate keeps to that takes no request in the cycle
//! after one it took.

pub mod checksum;
pub mod image;
pub mod message;
pub mod raw;
pub mod sent;
pub mod template;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, LutRam};
use crate::types::{EventEntry, OrderRequest};
use checksum::Checksum;
use contract::reg;
use contract::slot::Kind;
use image::Image;
use message::Message;
use raw::Raw;
use rust_hdl::prelude::*;
use sent::Sent;
use template::Template;

/// Bytes of a beat.
const BEAT: usize = 8;
/// Byte offset of the UDP checksum in the frame; it starts its beat.
const UDP_CHECK: usize = 40;
const _: () = assert!(UDP_CHECK.is_multiple_of(BEAT));
/// Byte offset of the IPv4 header's checksum; it starts its beat.
const IP_CHECK: usize = 24;
const _: () = assert!(IP_CHECK.is_multiple_of(BEAT));
/// Byte offset of the TCP checksum.
const TCP_CHECK: usize = 50;

/// Number of the last beat of a frame.
const fn last_beat(len: usize) -> u64 {
    (len as u64 - 1) / BEAT as u64
}

/// Its bytes, a bit each.
const fn last_keep(len: usize) -> u64 {
    (1 << ((len - 1) % BEAT + 1)) - 1
}

/// `2^SB` slots; see the module's text.
#[derive(LogicBlock)]
pub struct OuchTx<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    /// One cycle: `grant_request` is sent.
    pub grant: Signal<In, Bit>,
    pub grant_request: Signal<In, OrderRequest>,
    /// Shares the account counts more for it.
    pub grant_added: Signal<In, Bits<32>>,
    pub tx_ready: Signal<Out, Bit>,
    /// Pulse: a frame that caused an order was bad.
    pub abort_frame: Signal<In, Bit>,
    pub tx_tdata: Signal<Out, Bits<64>>,
    pub tx_tkeep: Signal<Out, Bits<8>>,
    pub tx_tvalid: Signal<Out, Bit>,
    pub tx_tready: Signal<In, Bit>,
    pub tx_tlast: Signal<Out, Bit>,
    pub tx_tuser: Signal<Out, Bit>,
    /// One cycle: word `table_word` of the template's shadow gets `table_data`.
    pub table_write: Signal<In, Bit>,
    pub table_word: Signal<In, Bits<24>>,
    pub table_data: Signal<In, Bits<32>>,
    /// Pulse: the shadow becomes the template.
    pub table_commit: Signal<In, Bit>,
    /// One cycle: register `slot_register` of slot `slot` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    /// Pulses with `ctrl_data`: the next UserRefNum, the next TCP sequence.
    pub do_user_ref_next: Signal<In, Bit>,
    pub do_tcp_seq_next: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    pub cfg_tcp_ack: Signal<In, Bits<32>>,
    pub now_user_ref_next: Signal<Out, Bits<32>>,
    pub now_tcp_seq_next: Signal<Out, Bits<32>>,
    /// The template sends over TCP.
    pub tcp: Signal<Out, Bit>,
    /// A frame is under way.
    pub busy: Signal<Out, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// Pulse: the frame of the watchdog was cut off.
    pub void_watchdog: Signal<Out, Bit>,
    /// Pulse: `orders_sent`, a frame has ended whole.
    pub count: Signal<Out, Bits<1>>,
    template: Template,
    image: Image,
    shape: Message,
    checksum: Checksum,
    raw_part: Raw,
    report: Sent,
    symbols_low: LutRam<Bits<32>, SB>,
    symbols_high: LutRam<Bits<32>, SB>,
    symbol: Cat2<32, 32, 64>,
    check_bytes: Cat2<8, 8, 16>,
    user_ref: DFF<Bits<32>>,
    tcp_seq: DFF<Bits<32>>,
    // The frame under way: `rest` starts with the beat offered, number `at`.
    live: DFF<Bit>,
    rest: DFF<Bits<832>>,
    at: DFF<Bits<4>>,
    stop: DFF<Bits<4>>,
    stop_keep: DFF<Bits<8>>,
    keep: DFF<Bits<8>>,
    last: DFF<Bit>,
    user: DFF<Bit>,
    cut: DFF<Bit>,
    fresh: DFF<Bit>,
    start: DFF<Bit>,
    finished: DFF<Bit>,
    whole: DFF<Bit>,
    is_tcp: DFF<Bit>,
    is_raw: DFF<Bit>,
    base: DFF<Bits<16>>,
    payload: DFF<Bits<32>>,
    // What its event tells.
    sent_slot: DFF<Bits<6>>,
    sent_seq: DFF<Bits<32>>,
    sent_token: DFF<Bits<32>>,
    sent_ref: DFF<Bits<32>>,
    sent_added: DFF<Bits<32>>,
    sent_tcp_seq: DFF<Bits<32>>,
    sent_slot_stamp: DFF<Bits<64>>,
    sent_tx_stamp: DFF<Bits<64>>,
    sent_trigger: DFF<Bit>,
    sent_watchdog: DFF<Bit>,
    symbol_slot: Signal<Local, Bits<6>>,
    request: Signal<Local, OrderRequest>,
    raws: Signal<Local, Bit>,
    /// It names an order and takes no number.
    names: Signal<Local, Bit>,
    raw_bytes: Signal<Local, Bits<32>>,
    raw_len: Signal<Local, Bits<4>>,
    ip_bytes: Signal<Local, Bits<16>>,
    check_ip: Signal<Local, Bits<832>>,
    takes: Signal<Local, Bit>,
    advances: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    cuts: Signal<Local, Bit>,
    at_next: Signal<Local, Bits<4>>,
    is_end: Signal<Local, Bit>,
    shifted: Signal<Local, Bits<832>>,
    check_udp: Signal<Local, Bits<832>>,
    check_tcp: Signal<Local, Bits<832>>,
    filled: Signal<Local, Bits<832>>,
    message_ref: Signal<Local, Bits<32>>,
    user_ref_step: Signal<Local, Bits<32>>,
    tcp_seq_step: Signal<Local, Bits<32>>,
    one: Constant<Bits<4>>,
    step: Constant<Bits<32>>,
    first_ref: Constant<Bits<32>>,
    beat_bits: Constant<Bits<7>>,
    check_udp_at: Constant<Bits<4>>,
    check_tcp_at: Constant<Bits<4>>,
    check_tcp_shift: Constant<Bits<5>>,
    all_bytes: Constant<Bits<8>>,
    raw_kind: Constant<Bits<8>>,
    cancel_kind: Constant<Bits<8>>,
    modify_kind: Constant<Bits<8>>,
    check_ip_at: Constant<Bits<4>>,
    trigger_kind: Constant<Bits<8>>,
    watchdog_kind: Constant<Bits<8>>,
    reg_symbol_lo: Constant<Bits<5>>,
    reg_symbol_hi: Constant<Bits<5>>,
}

impl<const SB: usize> Default for OuchTx<SB> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            grant: Default::default(),
            grant_request: Default::default(),
            grant_added: Default::default(),
            tx_ready: Default::default(),
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
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            do_user_ref_next: Default::default(),
            do_tcp_seq_next: Default::default(),
            ctrl_data: Default::default(),
            cfg_tcp_ack: Default::default(),
            now_user_ref_next: Default::default(),
            now_tcp_seq_next: Default::default(),
            tcp: Default::default(),
            busy: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            void_watchdog: Default::default(),
            count: Default::default(),
            template: Default::default(),
            image: Default::default(),
            shape: Default::default(),
            checksum: Default::default(),
            raw_part: Default::default(),
            report: Default::default(),
            symbols_low: Default::default(),
            symbols_high: Default::default(),
            symbol: Default::default(),
            check_bytes: Default::default(),
            user_ref: Default::default(),
            tcp_seq: Default::default(),
            live: Default::default(),
            rest: Default::default(),
            at: Default::default(),
            stop: Default::default(),
            stop_keep: Default::default(),
            keep: Default::default(),
            last: Default::default(),
            user: Default::default(),
            cut: Default::default(),
            fresh: Default::default(),
            start: Default::default(),
            finished: Default::default(),
            whole: Default::default(),
            is_tcp: Default::default(),
            is_raw: Default::default(),
            base: Default::default(),
            payload: Default::default(),
            sent_slot: Default::default(),
            sent_seq: Default::default(),
            sent_token: Default::default(),
            sent_ref: Default::default(),
            sent_added: Default::default(),
            sent_tcp_seq: Default::default(),
            sent_slot_stamp: Default::default(),
            sent_tx_stamp: Default::default(),
            sent_trigger: Default::default(),
            sent_watchdog: Default::default(),
            symbol_slot: Default::default(),
            request: Default::default(),
            raws: Default::default(),
            names: Default::default(),
            raw_bytes: Default::default(),
            raw_len: Default::default(),
            ip_bytes: Default::default(),
            check_ip: Default::default(),
            takes: Default::default(),
            advances: Default::default(),
            finishes: Default::default(),
            cuts: Default::default(),
            at_next: Default::default(),
            is_end: Default::default(),
            shifted: Default::default(),
            check_udp: Default::default(),
            check_tcp: Default::default(),
            filled: Default::default(),
            message_ref: Default::default(),
            user_ref_step: Default::default(),
            tcp_seq_step: Default::default(),
            one: Constant::new(1_u64.into()),
            step: Constant::new(1_u64.into()),
            first_ref: Constant::new(
                u64::from(reg::GLOBAL[reg::index(reg::GLOBAL, "USER_REF_NEXT")].reset).into(),
            ),
            beat_bits: Constant::new((8 * BEAT as u64).into()),
            check_udp_at: Constant::new((UDP_CHECK as u64 / BEAT as u64).into()),
            check_tcp_at: Constant::new((TCP_CHECK as u64 / BEAT as u64).into()),
            check_tcp_shift: Constant::new((8 * (TCP_CHECK % BEAT) as u64).into()),
            all_bytes: Constant::new(0xff_u64.into()),
            raw_kind: Constant::new((Kind::Raw as u64).into()),
            cancel_kind: Constant::new((Kind::Cancel as u64).into()),
            modify_kind: Constant::new((Kind::Modify as u64).into()),
            check_ip_at: Constant::new((IP_CHECK as u64 / BEAT as u64).into()),
            trigger_kind: Constant::new((Kind::Trigger as u64).into()),
            watchdog_kind: Constant::new((Kind::Watchdog as u64).into()),
            reg_symbol_lo: Constant::new((reg::index(reg::SLOT, "SYMBOL_LO") as u64).into()),
            reg_symbol_hi: Constant::new((reg::index(reg::SLOT, "SYMBOL_HI") as u64).into()),
        }
    }
}

impl<const SB: usize> Logic for OuchTx<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            user_ref,
            tcp_seq,
            live,
            rest,
            at,
            stop,
            stop_keep,
            keep,
            last,
            user,
            cut,
            fresh,
            start,
            finished,
            whole,
            is_tcp,
            is_raw,
            base,
            payload,
            sent_slot,
            sent_seq,
            sent_token,
            sent_ref,
            sent_added,
            sent_tcp_seq,
            sent_slot_stamp,
            sent_tx_stamp,
            sent_trigger,
            sent_watchdog
        );
        // Symbols and template.
        self.symbols_low.clock.next = self.clock.val();
        self.symbols_low.write_address.next = self.slot.val();
        self.symbols_low.write_data.next = self.slot_data.val();
        self.symbols_low.write_enable.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_symbol_lo.val());
        self.symbol_slot.next = self.grant_request.val().slot;
        self.symbols_low.read_address.next = self.symbol_slot.val().get_bits::<SB>(0);
        self.symbols_high.clock.next = self.clock.val();
        self.symbols_high.write_address.next = self.slot.val();
        self.symbols_high.write_data.next = self.slot_data.val();
        self.symbols_high.write_enable.next =
            self.slot_write.val() & (self.slot_register.val() == self.reg_symbol_hi.val());
        self.symbols_high.read_address.next = self.symbol_slot.val().get_bits::<SB>(0);
        self.symbol.hi.next = self.symbols_high.read_data.val();
        self.symbol.lo.next = self.symbols_low.read_data.val();
        self.template.clock.next = self.clock.val();
        self.template.reset.next = self.reset.val();
        self.template.table_write.next = self.table_write.val();
        self.template.table_word.next = self.table_word.val();
        self.template.table_data.next = self.table_data.val();
        self.template.table_commit.next = self.table_commit.val();

        // The frame as it will be.
        self.request.next = self.grant_request.val();
        self.shape.kind.next = self.request.val().kind;
        self.shape.tcp.next = self.template.tcp.val();
        for i in 0..6 {
            self.shape.ip_checks[i].next = self.template.ip_check[i].val();
            self.shape.l4_bases[i].next = self.template.l4_base[i].val();
        }
        self.names.next = (self.request.val().kind == self.cancel_kind.val())
            | (self.request.val().kind == self.modify_kind.val());
        self.raws.next = self.request.val().kind == self.raw_kind.val();
        self.raw_bytes.next = self.request.val().target_ref;
        self.raw_len.next = self.raw_bytes.val().get_bits::<4>(0);
        self.raw_part.clock.next = self.clock.val();
        self.raw_part.grant.next = self.grant.val();
        self.raw_part.len.next = self.raw_len.val();
        self.raw_part.tcp.next = self.template.tcp.val();
        self.raw_part.cancel_check.next = self.template.ip_check[1].val();
        self.image.raw.next = self.raws.val();
        self.image.raw_len.next = self.raw_len.val();
        self.image.raw_delta.next = self.raw_part.delta.val();
        self.message_ref.next = self.user_ref.q.val();
        if self.raws.val() {
            self.message_ref.next = 0.into();
        }
        if self.names.val() {
            self.message_ref.next = self.request.val().target_ref;
        }
        self.image.headers.next = self.template.headers.val();
        self.image.tcp.next = self.template.tcp.val();
        self.image.message.next = self.shape.index.val();
        self.image.enables.next = self.shape.enables.val();
        self.image.ip_check.next = self.shape.ip_check.val();
        self.image.tcp_seq.next = self.tcp_seq.q.val();
        self.image.tcp_ack.next = self.cfg_tcp_ack.val();
        self.image.user_ref.next = self.user_ref.q.val();
        self.image.target_ref.next = self.grant_request.val().target_ref;
        self.image.side.next = self.grant_request.val().side;
        self.image.qty.next = self.grant_request.val().qty;
        self.image.symbol.next = self.symbol.y.val();
        self.image.price.next = self.grant_request.val().price;
        self.image.time_in_force.next = self.grant_request.val().time_in_force;
        self.image.display.next = self.grant_request.val().display;
        self.image.capacity.next = self.grant_request.val().capacity;
        self.image.iso.next = self.grant_request.val().iso;
        self.image.cross_type.next = self.grant_request.val().cross_type;
        self.image.cl_ord_id.next = self.grant_request.val().cl_ord_id;

        // The transport checksum, ready before its beat.
        self.checksum.clock.next = self.clock.val();
        self.checksum.reset.next = self.reset.val();
        self.checksum.start.next = self.start.q.val();
        self.checksum.frame.next = self.rest.q.val();
        self.checksum.base.next = self.base.q.val();
        self.checksum.udp.next = !self.is_tcp.q.val();
        self.check_bytes.hi.next = self.checksum.check.val().get_bits::<8>(0);
        self.check_bytes.lo.next = self.checksum.check.val().get_bits::<8>(8);

        // The IPv4 checksum of a raw payload, ready before its beat, too.
        self.ip_bytes.next = 0.into();
        if self.is_raw.q.val() {
            self.ip_bytes.next = self.raw_part.check.val();
        }
        self.check_ip.next = bit_cast::<832, 16>(self.ip_bytes.val());

        // Beat after beat.
        self.takes.next = self.live.q.val() & self.tx_tready.val();
        self.advances.next = self.takes.val() & !self.last.q.val();
        self.finishes.next = self.takes.val() & self.last.q.val();
        self.cuts.next = self.cut.q.val() | self.abort_frame.val();
        self.at_next.next = self.at.q.val() + self.one.val();
        self.is_end.next = self.at_next.val() == self.stop.q.val();
        self.shifted.next = self.rest.q.val() >> self.beat_bits.val();
        self.check_udp.next = bit_cast::<832, 16>(self.check_bytes.y.val());
        self.check_tcp.next = self.check_udp.val() << self.check_tcp_shift.val();
        self.filled.next = self.shifted.val();
        if self.at_next.val() == self.check_ip_at.val() {
            self.filled.next = self.shifted.val() | self.check_ip.val();
        }
        if self.is_tcp.q.val() {
            if self.at_next.val() == self.check_tcp_at.val() {
                self.filled.next = self.shifted.val() | self.check_tcp.val();
            }
        } else {
            if self.at_next.val() == self.check_udp_at.val() {
                self.filled.next = self.shifted.val() | self.check_udp.val();
            }
        }
        if self.takes.val() & self.fresh.q.val() {
            self.fresh.d.next = false;
            self.sent_tx_stamp.d.next = self.now.val();
        }
        if self.abort_frame.val() {
            self.cut.d.next = true;
        }
        if self.advances.val() {
            self.rest.d.next = self.filled.val();
            self.at.d.next = self.at_next.val();
            self.last.d.next = self.is_end.val() | self.cuts.val();
            self.user.d.next = self.cuts.val();
            if self.is_end.val() {
                self.keep.d.next = self.stop_keep.q.val();
            }
        }
        self.start.d.next = false;
        self.finished.d.next = self.finishes.val();
        self.whole.d.next = self.finishes.val() & !self.user.q.val();
        if self.finishes.val() {
            self.live.d.next = false;
        }
        self.tcp_seq_step.next = self.tcp_seq.q.val() + self.payload.q.val();
        if self.finishes.val() & !self.user.q.val() & self.is_tcp.q.val() {
            self.tcp_seq.d.next = self.tcp_seq_step.val();
        }

        // A grant.
        self.user_ref_step.next = self.user_ref.q.val() + self.step.val();
        if self.grant.val() {
            self.live.d.next = true;
            self.start.d.next = true;
            self.fresh.d.next = true;
            self.cut.d.next = self.abort_frame.val();
            self.rest.d.next = self.image.frame.val();
            self.at.d.next = 0.into();
            self.keep.d.next = self.all_bytes.val();
            self.last.d.next = false;
            self.user.d.next = false;
            self.is_tcp.d.next = self.template.tcp.val();
            self.base.d.next = self.shape.l4_base.val();
            self.payload.d.next = self.shape.payload.val();
            self.stop.d.next = self.shape.stop.val();
            self.stop_keep.d.next = self.shape.stop_keep.val();
            if self.raws.val() {
                self.base.d.next = self.template.l4_base[1].val();
                self.payload.d.next = bit_cast::<32, 4>(self.raw_len.val());
                self.stop.d.next = self.raw_part.stop.val();
                self.stop_keep.d.next = self.raw_part.stop_keep.val();
            }
            if !self.names.val() & !self.raws.val() {
                self.user_ref.d.next = self.user_ref_step.val();
            }
            self.is_raw.d.next = self.raws.val();
            self.sent_trigger.d.next = self.request.val().kind == self.trigger_kind.val();
            self.sent_watchdog.d.next = self.request.val().kind == self.watchdog_kind.val();
            self.sent_slot.d.next = self.request.val().slot;
            self.sent_seq.d.next = self.request.val().order_seq;
            self.sent_token.d.next = self.request.val().token;
            self.sent_ref.d.next = self.message_ref.val();
            self.sent_added.d.next = self.grant_added.val();
            self.sent_tcp_seq.d.next = self.tcp_seq.q.val();
            self.sent_slot_stamp.d.next = self.request.val().stamp;
        }
        if self.do_user_ref_next.val() {
            self.user_ref.d.next = self.ctrl_data.val();
        }
        if self.do_tcp_seq_next.val() {
            self.tcp_seq.d.next = self.ctrl_data.val();
        }

        self.tx_tdata.next = self.rest.q.val().get_bits::<64>(0);
        self.tx_tkeep.next = self.keep.q.val();
        self.tx_tvalid.next = self.live.q.val();
        self.tx_tlast.next = self.last.q.val();
        self.tx_tuser.next = self.user.q.val();
        self.now_user_ref_next.next = self.user_ref.q.val();
        self.now_tcp_seq_next.next = self.tcp_seq.q.val();
        self.tcp.next = self.template.tcp.val();
        self.busy.next = self.live.q.val();
        self.tx_ready.next = !self.live.q.val() & !self.grant.val() & self.report.room.val();
        self.report.clock.next = self.clock.val();
        self.report.reset.next = self.reset.val();
        self.report.push.next = self.finished.q.val();
        self.report.slot.next = self.sent_slot.q.val();
        self.report.order_seq.next = self.sent_seq.q.val();
        self.report.token.next = self.sent_token.q.val();
        self.report.user_ref.next = self.sent_ref.q.val();
        self.report.added.next = self.sent_added.q.val();
        self.report.aborted.next = !self.whole.q.val();
        self.report.trigger.next = self.sent_trigger.q.val();
        self.report.watchdog.next = self.sent_watchdog.q.val();
        self.void_watchdog.next = self.finished.q.val() & !self.whole.q.val() & self.sent_watchdog.q.val();
        self.report.tcp_seq.next = self.sent_tcp_seq.q.val();
        self.report.slot_stamp.next = self.sent_slot_stamp.q.val();
        self.report.tx_stamp.next = self.sent_tx_stamp.q.val();
        self.entry_valid.next = self.report.entry_valid.val();
        self.entry.next = self.report.entry.val();
        self.report.entry_ready.next = self.entry_ready.val();
        self.count.next = self.whole.q.val().into();
        if self.reset.val() {
            self.live.d.next = false;
            self.start.d.next = false;
            self.finished.d.next = false;
            self.whole.d.next = false;
            self.user_ref.d.next = self.first_ref.val();
            self.tcp_seq.d.next = 0.into();
        }
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(OuchTx::<2>::default()),
        Size::Sim => elaborate(OuchTx::<4>::default()),
        Size::Alveo => elaborate(OuchTx::<6>::default()),
    }
}
