//! Which frame is under way on a line, as of the cycle in which its end has been dealt with.
//!
//! ```text
//!  rx_valid, rx_last, rx_user, now ─► DelayLine ─► open, stamp ─► ended, ended_badly
//! ```
//!
//! Everything is late by `DELAY`: when a frame has `ended` here, the slots it made stale are stale. A message is known by the
//! stamp of its frame, the card time at its first beat; two lines that begin frames in one cycle have equal ones.
//!
//! Latency: `DELAY` cycles. Back-pressure: none.

use crate::prim::DelayLine;
use rust_hdl::prelude::*;

/// From a frame's last beat until the slots it made stale are, and some.
const DELAY: usize = 8;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct FrameWatch {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns, low word.
    pub now: Signal<In, Bits<32>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    /// A stamp that is asked for, low word.
    pub stamp: Signal<In, Bits<32>>,
    /// A frame of that stamp is under way, this cycle's `ended` counted.
    pub under_way: Signal<Out, Bit>,
    pub ended: Signal<Out, Bit>,
    pub ended_badly: Signal<Out, Bit>,
    moment: DelayLine<Bits<32>, DELAY>,
    valid: DelayLine<Bit, DELAY>,
    last: DelayLine<Bit, DELAY>,
    user: DelayLine<Bit, DELAY>,
    open: DFF<Bit>,
    began: DFF<Bits<32>>,
    ends: Signal<Local, Bit>,
}

impl Logic for FrameWatch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, open, began);
        self.moment.clock.next = self.clock.val();
        self.valid.clock.next = self.clock.val();
        self.last.clock.next = self.clock.val();
        self.user.clock.next = self.clock.val();
        self.moment.d.next = self.now.val();
        self.valid.d.next = self.rx_valid.val() & !self.reset.val();
        self.last.d.next = self.rx_last.val();
        self.user.d.next = self.rx_user.val();
        if self.valid.q.val() & !self.open.q.val() {
            self.began.d.next = self.moment.q.val();
        }
        if self.valid.q.val() {
            self.open.d.next = !self.last.q.val();
        }
        self.ends.next = self.valid.q.val() & self.last.q.val();
        self.ended.next = self.ends.val();
        self.ended_badly.next = self.ends.val() & self.user.q.val();
        self.under_way.next = self.open.q.val() & !self.ends.val() & (self.began.q.val() == self.stamp.val());
        if self.reset.val() {
            self.open.d.next = false;
        }
    }
}
