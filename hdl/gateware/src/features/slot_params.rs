//! `GRID_RECIP` and `QTY_SHIFT` of each slot.
//!
//! ```text
//! write ─► memory + written flags
//! slot ──► memory, or the registers' reset values while not written ─► recip, shift
//! ```
//!
//! Latency: 1 cycle. Back-pressure: none. A write in the cycle of a read comes after it.

use crate::prim::LutRam;
use rust_hdl::prelude::*;

/// See the module's text. `S = 2^A` slots.
#[derive(LogicBlock)]
pub struct SlotParams<const A: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub write_enable: Signal<In, Bit>,
    pub write_slot: Signal<In, Bits<A>>,
    pub write_recip: Signal<In, Bits<32>>,
    pub write_shift: Signal<In, Bits<5>>,
    pub slot: Signal<In, Bits<A>>,
    pub recip: Signal<Out, Bits<32>>,
    pub shift: Signal<Out, Bits<5>>,
    recips: LutRam<Bits<32>, A>,
    shifts: LutRam<Bits<5>, A>,
    written: DFF<Bits<S>>,
    recip_s1: DFF<Bits<32>>,
    shift_s1: DFF<Bits<5>>,
    chosen: Signal<Local, Bits<S>>,
    one: Constant<Bits<S>>,
    recip_at_reset: Constant<Bits<32>>,
    shift_at_reset: Constant<Bits<5>>,
}

impl<const A: usize, const S: usize> Default for SlotParams<A, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << A, "SlotParams: {S} slots need {A} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            write_enable: Default::default(),
            write_slot: Default::default(),
            write_recip: Default::default(),
            write_shift: Default::default(),
            slot: Default::default(),
            recip: Default::default(),
            shift: Default::default(),
            recips: Default::default(),
            shifts: Default::default(),
            written: Default::default(),
            recip_s1: Default::default(),
            shift_s1: Default::default(),
            chosen: Default::default(),
            one: Constant::new(1.into()),
            recip_at_reset: Constant::new(reset_value("GRID_RECIP").into()),
            shift_at_reset: Constant::new(reset_value("QTY_SHIFT").into()),
        }
    }
}

/// Reset value of a slot register.
fn reset_value(name: &str) -> u64 {
    let register = contract::reg::SLOT.iter().find(|r| r.name == name);
    u64::from(register.expect("a slot register of the contract").reset)
}

impl<const A: usize, const S: usize> Logic for SlotParams<A, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, written, recip_s1, shift_s1);
        self.recips.clock.next = self.clock.val();
        self.shifts.clock.next = self.clock.val();
        self.recips.write_enable.next = self.write_enable.val();
        self.shifts.write_enable.next = self.write_enable.val();
        self.recips.write_address.next = self.write_slot.val();
        self.shifts.write_address.next = self.write_slot.val();
        self.recips.write_data.next = self.write_recip.val();
        self.shifts.write_data.next = self.write_shift.val();
        self.recips.read_address.next = self.slot.val();
        self.shifts.read_address.next = self.slot.val();
        self.chosen.next = self.one.val() << self.write_slot.val();
        if self.write_enable.val() {
            self.written.d.next = self.written.q.val() | self.chosen.val();
        }
        // lint-hdl: allow(slice): A bits address S = 2^A flags.
        if self.written.q.val().get_bit(self.slot.val().index()) {
            self.recip_s1.d.next = self.recips.read_data.val();
            self.shift_s1.d.next = self.shifts.read_data.val();
        } else {
            self.recip_s1.d.next = self.recip_at_reset.val();
            self.shift_s1.d.next = self.shift_at_reset.val();
        }
        if self.reset.val() {
            self.written.d.next = 0.into();
        }
        self.recip.next = self.recip_s1.q.val();
        self.shift.next = self.shift_s1.q.val();
    }
}
