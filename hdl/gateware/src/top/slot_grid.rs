//! Grid and quantity shift of every slot, for the blocks that want them together.
//!
//! ```text
//!  slot_write ─► tick, reciprocal, shift of each slot ─┬─► cfg_write, cfg_* (features)
//!  sweep_start ─► sweep_valid, held ───────────────────┴─► sweep_tick, sweep_reciprocal (level_book)
//! ```
//!
//! Latency: `cfg_write` one cycle after the register's write, `sweep_valid` one cycle after `sweep_start`.
//! Back-pressure: none; sweeps come one at a time.

use crate::prim::{LutRam, LutRam2};
use contract::reg;
use rust_hdl::prelude::*;

/// See the module's text. `2^SB` slots.
#[derive(LogicBlock)]
pub struct SlotGrid<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: register `slot_register` of `slot` gets `slot_data`.
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    /// One cycle: the parameters of `cfg_slot` are these from now on.
    pub cfg_write: Signal<Out, Bit>,
    pub cfg_slot: Signal<Out, Bits<SB>>,
    pub cfg_recip: Signal<Out, Bits<32>>,
    pub cfg_shift: Signal<Out, Bits<5>>,
    pub sweep_start: Signal<In, Bit>,
    pub sweep_slot: Signal<In, Bits<6>>,
    pub sweep_done: Signal<In, Bit>,
    pub sweep_valid: Signal<Out, Bit>,
    pub sweep_index: Signal<Out, Bits<SB>>,
    pub sweep_tick: Signal<Out, Bits<32>>,
    pub sweep_reciprocal: Signal<Out, Bits<32>>,
    ticks: LutRam<Bits<32>, SB>,
    recips: LutRam2<Bits<32>, SB>,
    shifts: LutRam<Bits<5>, SB>,
    changed: DFF<Bit>,
    changed_slot: DFF<Bits<SB>>,
    sweeping: DFF<Bit>,
    swept: DFF<Bits<SB>>,
    is_tick: Signal<Local, Bit>,
    is_recip: Signal<Local, Bit>,
    is_shift: Signal<Local, Bit>,
    reg_tick: Constant<Bits<5>>,
    reg_recip: Constant<Bits<5>>,
    reg_shift: Constant<Bits<5>>,
}

impl<const SB: usize> Default for SlotGrid<SB> {
    fn default() -> Self {
        let register = |name| Constant::new((reg::index(reg::SLOT, name) as u64).into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            cfg_write: Default::default(),
            cfg_slot: Default::default(),
            cfg_recip: Default::default(),
            cfg_shift: Default::default(),
            sweep_start: Default::default(),
            sweep_slot: Default::default(),
            sweep_done: Default::default(),
            sweep_valid: Default::default(),
            sweep_index: Default::default(),
            sweep_tick: Default::default(),
            sweep_reciprocal: Default::default(),
            ticks: Default::default(),
            recips: Default::default(),
            shifts: Default::default(),
            changed: Default::default(),
            changed_slot: Default::default(),
            sweeping: Default::default(),
            swept: Default::default(),
            is_tick: Default::default(),
            is_recip: Default::default(),
            is_shift: Default::default(),
            reg_tick: register("GRID_TICK"),
            reg_recip: register("GRID_RECIP"),
            reg_shift: register("QTY_SHIFT"),
        }
    }
}

impl<const SB: usize> Logic for SlotGrid<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, changed, changed_slot, sweeping, swept);
        self.is_tick.next = self.slot_write.val() & (self.slot_register.val() == self.reg_tick.val());
        self.is_recip.next = self.slot_write.val() & (self.slot_register.val() == self.reg_recip.val());
        self.is_shift.next = self.slot_write.val() & (self.slot_register.val() == self.reg_shift.val());
        self.ticks.clock.next = self.clock.val();
        self.ticks.write_enable.next = self.is_tick.val();
        self.ticks.write_address.next = self.slot.val();
        self.ticks.write_data.next = self.slot_data.val();
        self.ticks.read_address.next = self.swept.q.val();
        self.recips.clock.next = self.clock.val();
        self.recips.write_enable.next = self.is_recip.val();
        self.recips.write_address.next = self.slot.val();
        self.recips.write_data.next = self.slot_data.val();
        self.recips.read_address.next = self.swept.q.val();
        self.recips.read2_address.next = self.changed_slot.q.val();
        self.shifts.clock.next = self.clock.val();
        self.shifts.write_enable.next = self.is_shift.val();
        self.shifts.write_address.next = self.slot.val();
        self.shifts.write_data.next = self.slot_data.val().get_bits::<5>(0);
        self.shifts.read_address.next = self.changed_slot.q.val();

        self.changed.d.next = self.is_recip.val() | self.is_shift.val();
        self.changed_slot.d.next = self.slot.val();
        self.cfg_write.next = self.changed.q.val();
        self.cfg_slot.next = self.changed_slot.q.val();
        self.cfg_recip.next = self.recips.read2_data.val();
        self.cfg_shift.next = self.shifts.read_data.val();

        if self.sweep_done.val() {
            self.sweeping.d.next = false;
        }
        if self.sweep_start.val() {
            self.sweeping.d.next = true;
            self.swept.d.next = self.sweep_slot.val().get_bits::<SB>(0);
        }
        self.sweep_valid.next = self.sweeping.q.val();
        self.sweep_index.next = self.swept.q.val();
        self.sweep_tick.next = self.ticks.read_data.val();
        self.sweep_reciprocal.next = self.recips.read_data.val();
        if self.reset.val() {
            self.changed.d.next = false;
            self.sweeping.d.next = false;
        }
    }
}
