//! The STATUS register, and whether anything is under way.
//!
//! ```text
//!  lines, path busy ─► countdown ─┐
//!  table not cleared, dma busy ───┴─► busy ─┬─► status
//!  levels of the blocks ────────────────────┘
//! ```
//!
//! `busy` stays up for longer than a message needs from the wire to its record.
//! Latency: 1 cycle. Back-pressure: none.

use contract::reg::status;
use rust_hdl::prelude::*;

/// Inputs beside `busy`, in the order of the ports, with their bits.
const BITS: [u32; 12] = [
    status::BUSY,
    status::STORE_BUSY,
    status::GAP_PENDING,
    status::SESSION_PENDING,
    status::SESSION_LOCKED,
    status::SWEEPING,
    status::KILLED,
    status::ARMED,
    status::HEARTBEAT_FRESH,
    status::EVENTS_FULL,
    status::TX_BUSY,
    status::WATCHDOG_DUE,
];

/// See the module's text.
#[derive(LogicBlock)]
pub struct Status {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Something enters, or is on its way, in the feed path.
    pub active: Signal<In, Bit>,
    /// Blocks that say themselves when they are done.
    pub waiting: Signal<In, Bit>,
    pub store_busy: Signal<In, Bit>,
    pub gap_pending: Signal<In, Bit>,
    pub session_pending: Signal<In, Bit>,
    pub session_locked: Signal<In, Bit>,
    pub sweeping: Signal<In, Bit>,
    pub killed: Signal<In, Bit>,
    pub armed: Signal<In, Bit>,
    pub heartbeat_fresh: Signal<In, Bit>,
    pub events_full: Signal<In, Bit>,
    pub tx_busy: Signal<In, Bit>,
    pub watchdog_due: Signal<In, Bit>,
    pub status: Signal<Out, Bits<32>>,
    left: DFF<Bits<6>>,
    word: DFF<Bits<32>>,
    levels: [Signal<Local, Bit>; 12],
    joined: Signal<Local, Bits<32>>,
    one: Constant<Bits<6>>,
    all: Constant<Bits<6>>,
    bits: [Constant<Bits<32>>; 12],
}

impl Default for Status {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            active: Default::default(),
            waiting: Default::default(),
            store_busy: Default::default(),
            gap_pending: Default::default(),
            session_pending: Default::default(),
            session_locked: Default::default(),
            sweeping: Default::default(),
            killed: Default::default(),
            armed: Default::default(),
            heartbeat_fresh: Default::default(),
            events_full: Default::default(),
            tx_busy: Default::default(),
            watchdog_due: Default::default(),
            status: Default::default(),
            left: Default::default(),
            word: Default::default(),
            levels: Default::default(),
            joined: Default::default(),
            one: Constant::new(1.into()),
            all: Constant::new(63.into()),
            bits: BITS.map(|bit| Constant::new(u64::from(bit).into())),
        }
    }
}

impl Logic for Status {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left, word);
        if self.left.q.val().any() {
            self.left.d.next = self.left.q.val() - self.one.val();
        }
        if self.active.val() {
            self.left.d.next = self.all.val();
        }
        self.levels[0].next = self.left.q.val().any() | self.active.val() | self.waiting.val();
        self.levels[1].next = self.store_busy.val();
        self.levels[2].next = self.gap_pending.val();
        self.levels[3].next = self.session_pending.val();
        self.levels[4].next = self.session_locked.val();
        self.levels[5].next = self.sweeping.val();
        self.levels[6].next = self.killed.val();
        self.levels[7].next = self.armed.val();
        self.levels[8].next = self.heartbeat_fresh.val();
        self.levels[9].next = self.events_full.val();
        self.levels[10].next = self.tx_busy.val();
        self.levels[11].next = self.watchdog_due.val();
        self.joined.next = 0.into();
        for i in 0..12 {
            if self.levels[i].val() {
                self.joined.next = self.joined.val() | self.bits[i].val();
            }
        }
        self.word.d.next = self.joined.val();
        self.status.next = self.word.q.val();
        if self.reset.val() {
            self.left.d.next = 0.into();
            self.word.d.next = 0.into();
        }
    }
}
