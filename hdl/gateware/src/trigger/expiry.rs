//! Card time against the slots' expiries: of the slot whose level comes, and of one slot after the other.
//!
//! ```text
//!  write ─► memory ─┬─ coming ─► register ─► compare with now ─► reached
//!                   └─ scan ───► compare with now ─────────────► expires, of an armed slot
//! ```
//!
//! Latency: `reached` is that of the level a cycle ago, which `coming` announced a cycle before it; a slot is scanned every `S` cycles.
//! Back-pressure: none.

use crate::prim::LutRam2;
use rust_hdl::prelude::*;

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock, Default)]
pub struct Expiry<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub write_enable: Signal<In, Bit>,
    pub write_slot: Signal<In, Bits<SB>>,
    pub write_data: Signal<In, Bits<64>>,
    pub coming: Signal<In, Bits<SB>>,
    pub reached: Signal<Out, Bit>,
    pub armed: Signal<In, Bits<S>>,
    pub expires: Signal<Out, Bit>,
    pub expired_slot: Signal<Out, Bits<SB>>,
    times: LutRam2<Bits<64>, SB>,
    time_s0: DFF<Bits<64>>,
    above_s1: DFF<Bit>,
    same_s1: DFF<Bit>,
    over_s1: DFF<Bit>,
    scan: DFF<Bits<SB>>,
    scan_s1: DFF<Bits<SB>>,
    scan_armed_s1: DFF<Bit>,
    scan_above_s1: DFF<Bit>,
    scan_same_s1: DFF<Bit>,
    scan_over_s1: DFF<Bit>,
    one: Signal<Local, Bits<SB>>,
    now_high: Signal<Local, Bits<32>>,
    now_low: Signal<Local, Bits<32>>,
    high: Signal<Local, Bits<32>>,
    low: Signal<Local, Bits<32>>,
    scan_high: Signal<Local, Bits<32>>,
    scan_low: Signal<Local, Bits<32>>,
    is_armed: Signal<Local, Bit>,
}

impl<const SB: usize, const S: usize> Logic for Expiry<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            time_s0,
            above_s1,
            same_s1,
            over_s1,
            scan,
            scan_s1,
            scan_armed_s1,
            scan_above_s1,
            scan_same_s1,
            scan_over_s1
        );
        self.times.clock.next = self.clock.val();
        self.times.write_enable.next = self.write_enable.val();
        self.times.write_address.next = self.write_slot.val();
        self.times.write_data.next = self.write_data.val();
        self.times.read_address.next = self.coming.val();
        self.times.read2_address.next = self.scan.q.val();
        self.now_high.next = self.now.val().get_bits::<32>(32);
        self.now_low.next = self.now.val().get_bits::<32>(0);

        self.time_s0.d.next = self.times.read_data.val();
        self.high.next = self.time_s0.q.val().get_bits::<32>(32);
        self.low.next = self.time_s0.q.val().get_bits::<32>(0);
        self.above_s1.d.next = self.now_high.val() > self.high.val();
        self.same_s1.d.next = self.now_high.val() == self.high.val();
        self.over_s1.d.next = self.now_low.val() >= self.low.val();
        self.reached.next = self.above_s1.q.val() | (self.same_s1.q.val() & self.over_s1.q.val());

        // A slot that is armed while it is looked at has another expiry than the one that was read.
        self.one.next = 1.into();
        self.scan.d.next = self.scan.q.val() + self.one.val();
        self.scan_high.next = self.times.read2_data.val().get_bits::<32>(32);
        self.scan_low.next = self.times.read2_data.val().get_bits::<32>(0);
        // lint-hdl: allow(slice): SB bits address S = 2^SB flags.
        self.is_armed.next = self.armed.val().get_bit(self.scan.q.val().index());
        self.scan_s1.d.next = self.scan.q.val();
        self.scan_armed_s1.d.next = self.is_armed.val();
        self.scan_above_s1.d.next = self.now_high.val() > self.scan_high.val();
        self.scan_same_s1.d.next = self.now_high.val() == self.scan_high.val();
        self.scan_over_s1.d.next = self.now_low.val() >= self.scan_low.val();
        self.expires.next = self.scan_armed_s1.q.val()
            & (self.scan_above_s1.q.val() | (self.scan_same_s1.q.val() & self.scan_over_s1.q.val()));
        self.expired_slot.next = self.scan_s1.q.val();
        if self.reset.val() {
            self.scan.d.next = 0.into();
            self.scan_armed_s1.d.next = false;
        }
    }
}
