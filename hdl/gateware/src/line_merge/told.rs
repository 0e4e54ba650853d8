//! What a line's heartbeats and its end of session tell.
//!
//! Latency: 1 cycle to `seq` and `valid`, 0 to the pulses. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Told {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub header_seq: Signal<In, Bits<64>>,
    pub frame_end: Signal<In, Bit>,
    pub heartbeat: Signal<In, Bit>,
    pub end_of_session: Signal<In, Bit>,
    /// The host changes sequence or session.
    pub forget: Signal<In, Bit>,
    /// Next sequence as last told, if it ever was.
    pub seq: Signal<Out, Bits<64>>,
    pub valid: Signal<Out, Bit>,
    /// Pulses: told now; the session ends, told once.
    pub now: Signal<Out, Bit>,
    pub ends: Signal<Out, Bit>,
    tells: Signal<Local, Bit>,
    told_seq: DFF<Bits<64>>,
    has_told: DFF<Bit>,
    ended: DFF<Bit>,
}

impl Logic for Told {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, told_seq, has_told, ended);
        self.tells.next = self.frame_end.val() & (self.heartbeat.val() | self.end_of_session.val());
        if self.tells.val() {
            self.told_seq.d.next = self.header_seq.val();
            self.has_told.d.next = true;
        }
        self.seq.next = self.told_seq.q.val();
        self.valid.next = self.has_told.q.val();
        self.now.next = self.tells.val();
        self.ends.next = self.frame_end.val() & self.end_of_session.val() & !self.ended.q.val();
        if self.frame_end.val() & self.end_of_session.val() {
            self.ended.d.next = true;
        }
        if self.forget.val() {
            self.has_told.d.next = false;
            self.ended.d.next = false;
        }
        if self.reset.val() {
            self.has_told.d.next = false;
            self.ended.d.next = false;
        }
    }
}
