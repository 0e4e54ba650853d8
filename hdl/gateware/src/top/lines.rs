//! Both receive lines up to the merge: frames in, accepted messages out.
//!
//! ```text
//!  rx A ─► udp_rx ─► mold_rx ─┐
//!                             ├─► line_merge ─► msg
//!  rx B ─► udp_rx ─► mold_rx ─┘
//! ```
//!
//! Latency: 3 cycles from the beat with a message's last needed byte to `msg_valid`.
//! Back-pressure: none.

use crate::line_merge::LineMerge;
use crate::mold_rx::MoldRx;
use crate::types::{EventEntry, RawMsg};
use crate::udp_rx::UdpRx;
use rust_hdl::prelude::*;

/// See the module's text. Arrays of two: line A, line B.
#[derive(LogicBlock, Default)]
pub struct Lines {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub rx_data: [Signal<In, Bits<64>>; 2],
    pub rx_keep: [Signal<In, Bits<8>>; 2],
    pub rx_valid: [Signal<In, Bit>; 2],
    pub rx_last: [Signal<In, Bit>; 2],
    pub rx_user: [Signal<In, Bit>; 2],
    pub cfg_enable: Signal<In, Bit>,
    pub cfg_group: [Signal<In, Bits<32>>; 2],
    pub cfg_port: [Signal<In, Bits<16>>; 2],
    pub cfg_session: Signal<In, Bits<80>>,
    pub cfg_seq_init: Signal<In, Bits<64>>,
    pub cfg_gap_wait_ns: Signal<In, Bits<32>>,
    pub do_session_ctrl: Signal<In, Bit>,
    pub do_seq_ctrl: Signal<In, Bit>,
    pub ctrl_data: Signal<In, Bits<32>>,
    pub msg_valid: Signal<Out, Bit>,
    pub msg_data: Signal<Out, RawMsg>,
    pub msg_line: Signal<Out, Bits<2>>,
    pub next_seq: Signal<Out, Bits<64>>,
    pub stale_all: Signal<Out, Bit>,
    pub stale_gap: Signal<Out, Bit>,
    pub session_seen: Signal<Out, Bits<80>>,
    pub session_pending: Signal<Out, Bit>,
    pub session_locked: Signal<Out, Bit>,
    pub gap_pending: Signal<Out, Bit>,
    /// A beat, frame end or message is on its way here.
    pub busy: Signal<Out, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    pub udp_count: [Signal<Out, Bits<8>>; 2],
    pub mold_count: [Signal<Out, Bits<7>>; 2],
    pub line_count: [Signal<Out, Bits<3>>; 2],
    pub count: Signal<Out, Bits<4>>,
    udp: [UdpRx; 2],
    mold: [MoldRx; 2],
    merge: LineMerge,
    active: Signal<Local, Bit>,
}

impl Logic for Lines {
    #[hdl_gen]
    fn update(&mut self) {
        self.merge.clock.next = self.clock.val();
        self.merge.reset.next = self.reset.val();
        self.merge.now.next = self.now.val();
        self.merge.cfg_session.next = self.cfg_session.val();
        self.merge.cfg_seq_init.next = self.cfg_seq_init.val();
        self.merge.cfg_gap_wait_ns.next = self.cfg_gap_wait_ns.val();
        self.merge.do_session_ctrl.next = self.do_session_ctrl.val();
        self.merge.do_seq_ctrl.next = self.do_seq_ctrl.val();
        self.merge.ctrl_data.next = self.ctrl_data.val();
        self.merge.entry_ready.next = self.entry_ready.val();
        self.active.next = self.merge.busy.val();
        for i in 0..2 {
            self.udp[i].clock.next = self.clock.val();
            self.udp[i].reset.next = self.reset.val();
            self.udp[i].now.next = self.now.val();
            self.udp[i].rx_data.next = self.rx_data[i].val();
            self.udp[i].rx_keep.next = self.rx_keep[i].val();
            self.udp[i].rx_valid.next = self.rx_valid[i].val();
            self.udp[i].rx_last.next = self.rx_last[i].val();
            self.udp[i].rx_user.next = self.rx_user[i].val();
            self.udp[i].cfg_enable.next = self.cfg_enable.val();
            self.udp[i].cfg_group.next = self.cfg_group[i].val();
            self.udp[i].cfg_port.next = self.cfg_port[i].val();

            self.mold[i].clock.next = self.clock.val();
            self.mold[i].reset.next = self.reset.val();
            self.mold[i].beat_data.next = self.udp[i].beat_data.val();
            self.mold[i].beat_keep.next = self.udp[i].beat_keep.val();
            self.mold[i].beat_valid.next = self.udp[i].beat_valid.val();
            self.mold[i].beat_first.next = self.udp[i].beat_first.val();
            self.mold[i].beat_last.next = self.udp[i].beat_last.val();
            self.mold[i].stamp.next = self.udp[i].stamp.val();
            self.mold[i].offset.next = self.udp[i].offset.val();
            self.mold[i].payload_len.next = self.udp[i].payload_len.val();
            self.mold[i].payload_ok.next = self.udp[i].payload_ok.val();
            self.mold[i].ended.next = self.udp[i].ended.val();
            self.mold[i].end_good.next = self.udp[i].end_good.val();
            self.mold[i].end_bad.next = self.udp[i].end_bad.val();
            self.mold[i].session.next = self.merge.session.val();
            self.mold[i].session_locked.next = self.merge.session_locked.val();
            self.mold[i].session_auto.next = self.merge.session_auto.val();

            self.merge.valid[i].next = self.mold[i].valid.val();
            self.merge.msg[i].next = self.mold[i].msg.val();
            self.merge.seq_ahead[i].next = self.mold[i].seq_ahead.val();
            self.merge.header[i].next = self.mold[i].header.val();
            self.merge.header_session[i].next = self.mold[i].header_session.val();
            self.merge.header_seq[i].next = self.mold[i].header_seq.val();
            self.merge.frame_end[i].next = self.mold[i].frame_end.val();
            self.merge.frame_bad[i].next = self.mold[i].frame_bad.val();
            self.merge.frame_next[i].next = self.mold[i].frame_next.val();
            self.merge.heartbeat[i].next = self.mold[i].heartbeat.val();
            self.merge.end_of_session[i].next = self.mold[i].end_of_session.val();
            self.merge.packet[i].next = self.mold[i].packet.val();
            self.merge.other_session[i].next = self.mold[i].other_session.val();

            self.udp_count[i].next = self.udp[i].count.val();
            self.mold_count[i].next = self.mold[i].count.val();
            self.line_count[i].next = self.merge.line_count[i].val();
            self.active.next = self.active.val()
                | self.rx_valid[i].val()
                | self.udp[i].beat_valid.val()
                | self.udp[i].ended.val()
                | self.mold[i].valid.val()
                | self.mold[i].frame_end.val();
        }
        self.msg_valid.next = self.merge.msg_valid.val();
        self.msg_data.next = self.merge.msg_data.val();
        self.msg_line.next = self.merge.msg_line.val();
        self.next_seq.next = self.merge.next_seq.val();
        self.stale_all.next = self.merge.stale_all.val();
        self.stale_gap.next = self.merge.stale_gap.val();
        self.session_seen.next = self.merge.session_seen.val();
        self.session_pending.next = self.merge.session_pending.val();
        self.session_locked.next = self.merge.session_locked.val();
        self.gap_pending.next = self.merge.gap_pending.val();
        self.busy.next = self.active.val();
        self.entry_valid.next = self.merge.entry_valid.val();
        self.entry.next = self.merge.entry.val();
        self.count.next = self.merge.count.val();
    }
}
