//! What the exchange says of an order, as the gate's account is told: words of its slot's registers, among those of the host.
//!
//! ```text
//!  ouch_rx ─► report ─► POSITION_ADD ─► OPEN_RELEASE_BUY or _SELL, once or more ─┐
//!  csr ─► slot_write ───────────────────────────────────────────────────────────┴─► gate
//! ```
//!
//! The gate has one way to change an account, and what is proved of it holds for both who use it. The host's word goes first, in its own cycle; a word of a
//! report waits for a cycle without one. The position moves before shares are released: in between the gate sees too much, never too little.
//! A release says at most 2^31 - 1 shares, so one of more is several, of which the last says that an order is done.
//!
//! Latency: 0 for the host's words; 1 from a report to its first word, one a cycle. Back-pressure: the host's words wait for nothing; a report is taken
//! when none is being told.

use crate::emit::{Elaborated, Size, elaborate};
use contract::reg::{self, RELEASE_DONE};
use rust_hdl::prelude::*;

const _: () = assert!(RELEASE_DONE == 1 << 31, "the flag is the bit above the shares");

/// Index of a register of a slot.
fn register(name: &str) -> Constant<Bits<5>> {
    Constant::new((reg::index(reg::SLOT, name) as u64).into())
}

/// See the module's text. Slots have `SB` bits.
#[derive(LogicBlock)]
pub struct ReportWords<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub report_valid: Signal<In, Bit>,
    pub report_ready: Signal<Out, Bit>,
    pub report_slot: Signal<In, Bits<6>>,
    pub report_buy: Signal<In, Bit>,
    /// Shares no more open, an open order less, shares the position moves by (two's complement).
    pub report_gone: Signal<In, Bits<33>>,
    pub report_done: Signal<In, Bit>,
    pub report_moved: Signal<In, Bits<32>>,
    /// The host's words.
    pub host_write: Signal<In, Bit>,
    pub host_slot: Signal<In, Bits<SB>>,
    pub host_register: Signal<In, Bits<5>>,
    pub host_data: Signal<In, Bits<32>>,
    /// Everybody's.
    pub slot_write: Signal<Out, Bit>,
    pub slot: Signal<Out, Bits<SB>>,
    pub slot_register: Signal<Out, Bits<5>>,
    pub slot_data: Signal<Out, Bits<32>>,
    /// A report is being told.
    pub busy: Signal<Out, Bit>,
    moving: DFF<Bit>,
    releasing: DFF<Bit>,
    of_slot: DFF<Bits<SB>>,
    buys: DFF<Bit>,
    gone: DFF<Bits<33>>,
    done: DFF<Bit>,
    moved: DFF<Bits<32>>,
    idle: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    several: Signal<Local, Bit>,
    shares: Signal<Local, Bits<31>>,
    freed: Signal<Local, Bits<32>>,
    rest: Signal<Local, Bits<33>>,
    most: Constant<Bits<31>>,
    most_wide: Constant<Bits<33>>,
    flag: Constant<Bits<32>>,
    position_add: Constant<Bits<5>>,
    release_buy: Constant<Bits<5>>,
    release_sell: Constant<Bits<5>>,
}

impl<const SB: usize> Default for ReportWords<SB> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            report_valid: Default::default(),
            report_ready: Default::default(),
            report_slot: Default::default(),
            report_buy: Default::default(),
            report_gone: Default::default(),
            report_done: Default::default(),
            report_moved: Default::default(),
            host_write: Default::default(),
            host_slot: Default::default(),
            host_register: Default::default(),
            host_data: Default::default(),
            slot_write: Default::default(),
            slot: Default::default(),
            slot_register: Default::default(),
            slot_data: Default::default(),
            busy: Default::default(),
            moving: Default::default(),
            releasing: Default::default(),
            of_slot: Default::default(),
            buys: Default::default(),
            gone: Default::default(),
            done: Default::default(),
            moved: Default::default(),
            idle: Default::default(),
            takes: Default::default(),
            free: Default::default(),
            several: Default::default(),
            shares: Default::default(),
            freed: Default::default(),
            rest: Default::default(),
            most: Constant::new(0x7fff_ffff_u64.into()),
            most_wide: Constant::new(0x7fff_ffff_u64.into()),
            flag: Constant::new(u64::from(RELEASE_DONE).into()),
            position_add: register("POSITION_ADD"),
            release_buy: register("OPEN_RELEASE_BUY"),
            release_sell: register("OPEN_RELEASE_SELL"),
        }
    }
}

impl<const SB: usize> Logic for ReportWords<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, moving, releasing, of_slot, buys, gone, done, moved);
        self.idle.next = !self.moving.q.val() & !self.releasing.q.val();
        self.busy.next = !self.idle.val();
        self.report_ready.next = self.idle.val();
        self.takes.next = self.report_valid.val() & self.idle.val();
        self.free.next = !self.host_write.val();
        if self.takes.val() {
            self.moving.d.next = self.report_moved.val().any();
            self.releasing.d.next = self.report_gone.val().any() | self.report_done.val();
            self.of_slot.d.next = self.report_slot.val().get_bits::<SB>(0);
            self.buys.d.next = self.report_buy.val();
            self.gone.d.next = self.report_gone.val();
            self.done.d.next = self.report_done.val();
            self.moved.d.next = self.report_moved.val();
        }

        // The word that is due.
        self.several.next = self.gone.q.val() > self.most_wide.val();
        self.rest.next = self.gone.q.val() - self.most_wide.val();
        self.shares.next = self.gone.q.val().get_bits::<31>(0);
        if self.several.val() {
            self.shares.next = self.most.val();
        }
        self.freed.next = bit_cast::<32, 31>(self.shares.val());
        if self.done.q.val() & !self.several.val() {
            self.freed.next = self.freed.val() | self.flag.val();
        }
        self.slot_write.next = self.host_write.val() | self.busy.val();
        self.slot.next = self.of_slot.q.val();
        self.slot_register.next = self.release_sell.val();
        if self.buys.q.val() {
            self.slot_register.next = self.release_buy.val();
        }
        self.slot_data.next = self.freed.val();
        if self.moving.q.val() {
            self.slot_register.next = self.position_add.val();
            self.slot_data.next = self.moved.q.val();
        }
        if self.free.val() {
            self.moving.d.next = self.takes.val() & self.report_moved.val().any();
            if self.releasing.q.val() & !self.moving.q.val() {
                self.releasing.d.next = self.several.val();
                self.gone.d.next = self.rest.val();
            }
        } else {
            self.slot.next = self.host_slot.val();
            self.slot_register.next = self.host_register.val();
            self.slot_data.next = self.host_data.val();
        }
        if self.reset.val() {
            self.moving.d.next = false;
            self.releasing.d.next = false;
        }
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(ReportWords::<2>::default()),
        Size::Sim => elaborate(ReportWords::<4>::default()),
        Size::Alveo => elaborate(ReportWords::<6>::default()),
    }
}
