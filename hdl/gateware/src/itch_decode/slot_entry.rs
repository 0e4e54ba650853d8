//! One slot: its symbol, its locate, its state, and what is still to be told about it.
//!
//! Latency: the compares are combinational; state changes are seen by the next message. Setting stale wins over
//! clearing it, halting over resuming. Back-pressure: notices wait until they are taken, the first cause stays.

use contract::event::StaleCause;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct SlotEntry {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // Register writes to this slot.
    pub data: Signal<In, Bits<32>>,
    pub write_symbol_lo: Signal<In, Bit>,
    pub write_symbol_hi: Signal<In, Bit>,
    pub write_locate: Signal<In, Bit>,
    pub write_ctrl: Signal<In, Bit>,
    pub write_halt: Signal<In, Bit>,
    pub write_sync_lo: Signal<In, Bit>,
    // The message.
    pub locate: Signal<In, Bits<16>>,
    pub symbol: Signal<In, Bits<64>>,
    /// A well-formed R; H and whether it says T; a book message of a wrong length.
    pub directory: Signal<In, Bit>,
    pub action: Signal<In, Bit>,
    pub action_trades: Signal<In, Bit>,
    pub bad_book: Signal<In, Bit>,
    // From the other blocks; the causes are of this slot.
    pub stale_all: Signal<In, Bit>,
    pub stale_gap: Signal<In, Bit>,
    pub stale_table: Signal<In, Bit>,
    pub stale_table_cause: Signal<In, Bits<8>>,
    pub stale_store: Signal<In, Bit>,
    pub stale_store_cause: Signal<In, Bits<8>>,
    /// The next expected sequence is the one of a SLOT_SYNC.
    pub sync: Signal<In, Bit>,
    pub sync_equal: Signal<In, Bit>,
    pub sweep_taken: Signal<In, Bit>,
    pub sweep_done: Signal<In, Bit>,
    // Compares.
    pub by_locate: Signal<Out, Bit>,
    pub by_symbol: Signal<Out, Bit>,
    // State; flags as of the message in this cycle.
    pub ready: Signal<Out, Bit>,
    pub is_bound: Signal<Out, Bit>,
    pub stale: Signal<Out, Bit>,
    pub gap: Signal<Out, Bit>,
    pub halted: Signal<Out, Bit>,
    pub flag_stale: Signal<Out, Bit>,
    pub flag_gap: Signal<Out, Bit>,
    pub bound_locate: Signal<Out, Bits<16>>,
    pub sync_lo_written: Signal<Out, Bit>,
    pub sync_accepted: Signal<Out, Bit>,
    pub wants_sweep: Signal<Out, Bit>,
    // Notices.
    pub tell_register: Signal<Out, Bit>,
    pub tell_bound: Signal<Out, Bit>,
    pub tell_ready: Signal<Out, Bit>,
    pub tell_sync: Signal<Out, Bit>,
    pub tell_stale: Signal<Out, Bit>,
    pub sync_result: Signal<Out, Bit>,
    pub cause: Signal<Out, Bits<8>>,
    pub told_register: Signal<In, Bit>,
    pub told_bound: Signal<In, Bit>,
    pub told_ready: Signal<In, Bit>,
    pub told_sync: Signal<In, Bit>,
    pub told_stale: Signal<In, Bit>,
    symbol_lo: DFF<Bits<32>>,
    symbol_hi: DFF<Bits<32>>,
    locate_now: DFF<Bits<16>>,
    bound: DFF<Bit>,
    subscribed: DFF<Bit>,
    swept: DFF<Bit>,
    /// Inverted, so that a reset to zero means stale and halted.
    fresh: DFF<Bit>,
    trading: DFF<Bit>,
    gapped: DFF<Bit>,
    sync_lo: DFF<Bit>,
    sweep_due: DFF<Bit>,
    due_register: DFF<Bit>,
    due_bound: DFF<Bit>,
    due_ready: DFF<Bit>,
    due_sync: DFF<Bit>,
    due_stale: DFF<Bit>,
    result: DFF<Bit>,
    cause_now: DFF<Bits<8>>,
    same_lo: Signal<Local, Bit>,
    same_hi: Signal<Local, Bit>,
    symbol_lo_in: Signal<Local, Bits<32>>,
    symbol_hi_in: Signal<Local, Bits<32>>,
    matches_locate: Signal<Local, Bit>,
    matches_symbol: Signal<Local, Bit>,
    spoils: Signal<Local, Bit>,
    accepts: Signal<Local, Bit>,
    new_cause: Signal<Local, Bits<8>>,
    cause_gap: Constant<Bits<8>>,
    cause_frame: Constant<Bits<8>>,
    cause_length: Constant<Bits<8>>,
    cause_subscribed: Constant<Bits<8>>,
}

impl Default for SlotEntry {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            data: Default::default(),
            write_symbol_lo: Default::default(),
            write_symbol_hi: Default::default(),
            write_locate: Default::default(),
            write_ctrl: Default::default(),
            write_halt: Default::default(),
            write_sync_lo: Default::default(),
            locate: Default::default(),
            symbol: Default::default(),
            directory: Default::default(),
            action: Default::default(),
            action_trades: Default::default(),
            bad_book: Default::default(),
            stale_all: Default::default(),
            stale_gap: Default::default(),
            stale_table: Default::default(),
            stale_table_cause: Default::default(),
            stale_store: Default::default(),
            stale_store_cause: Default::default(),
            sync: Default::default(),
            sync_equal: Default::default(),
            sweep_taken: Default::default(),
            sweep_done: Default::default(),
            by_locate: Default::default(),
            by_symbol: Default::default(),
            ready: Default::default(),
            is_bound: Default::default(),
            stale: Default::default(),
            gap: Default::default(),
            halted: Default::default(),
            flag_stale: Default::default(),
            flag_gap: Default::default(),
            bound_locate: Default::default(),
            sync_lo_written: Default::default(),
            sync_accepted: Default::default(),
            wants_sweep: Default::default(),
            tell_register: Default::default(),
            tell_bound: Default::default(),
            tell_ready: Default::default(),
            tell_sync: Default::default(),
            tell_stale: Default::default(),
            sync_result: Default::default(),
            cause: Default::default(),
            told_register: Default::default(),
            told_bound: Default::default(),
            told_ready: Default::default(),
            told_sync: Default::default(),
            told_stale: Default::default(),
            symbol_lo: Default::default(),
            symbol_hi: Default::default(),
            locate_now: Default::default(),
            bound: Default::default(),
            subscribed: Default::default(),
            swept: Default::default(),
            fresh: Default::default(),
            trading: Default::default(),
            gapped: Default::default(),
            sync_lo: Default::default(),
            sweep_due: Default::default(),
            due_register: Default::default(),
            due_bound: Default::default(),
            due_ready: Default::default(),
            due_sync: Default::default(),
            due_stale: Default::default(),
            result: Default::default(),
            cause_now: Default::default(),
            same_lo: Default::default(),
            same_hi: Default::default(),
            symbol_lo_in: Default::default(),
            symbol_hi_in: Default::default(),
            matches_locate: Default::default(),
            matches_symbol: Default::default(),
            spoils: Default::default(),
            accepts: Default::default(),
            new_cause: Default::default(),
            cause_gap: Constant::new((StaleCause::Gap as u64).into()),
            cause_frame: Constant::new((StaleCause::BadFrame as u64).into()),
            cause_length: Constant::new((StaleCause::BadLength as u64).into()),
            cause_subscribed: Constant::new((StaleCause::Subscribed as u64).into()),
        }
    }
}

impl Logic for SlotEntry {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            symbol_lo,
            symbol_hi,
            locate_now,
            bound,
            subscribed,
            swept,
            fresh,
            trading,
            gapped,
            sync_lo,
            sweep_due,
            due_register,
            due_bound,
            due_ready,
            due_sync,
            due_stale,
            result,
            cause_now
        );
        self.symbol_lo_in.next = self.symbol.val().get_bits::<32>(0);
        self.symbol_hi_in.next = self.symbol.val().get_bits::<32>(32);
        self.same_lo.next = self.symbol_lo.q.val() == self.symbol_lo_in.val();
        self.same_hi.next = self.symbol_hi.q.val() == self.symbol_hi_in.val();
        self.matches_symbol.next = self.subscribed.q.val() & self.same_lo.val() & self.same_hi.val();
        self.matches_locate.next =
            self.subscribed.q.val() & self.bound.q.val() & (self.locate_now.q.val() == self.locate.val());
        self.by_locate.next = self.matches_locate.val();
        self.by_symbol.next = self.matches_symbol.val();
        self.ready.next = self.swept.q.val();
        self.is_bound.next = self.bound.q.val();
        self.stale.next = !self.fresh.q.val();
        self.gap.next = self.gapped.q.val();
        self.halted.next = !self.trading.q.val();
        self.flag_stale.next = !self.fresh.q.val() | self.stale_all.val();
        self.flag_gap.next = self.gapped.q.val() | (self.stale_all.val() & self.stale_gap.val());
        self.bound_locate.next = self.locate_now.q.val();
        self.sync_lo_written.next = self.sync_lo.q.val();
        self.wants_sweep.next = self.sweep_due.q.val();
        self.tell_register.next = self.due_register.q.val();
        self.tell_bound.next = self.due_bound.q.val();
        self.tell_ready.next = self.due_ready.q.val();
        self.tell_sync.next = self.due_sync.q.val();
        self.tell_stale.next = self.due_stale.q.val();
        self.sync_result.next = self.result.q.val();
        self.cause.next = self.cause_now.q.val();

        if self.told_register.val() {
            self.due_register.d.next = false;
        }
        if self.told_bound.val() {
            self.due_bound.d.next = false;
        }
        if self.told_ready.val() {
            self.due_ready.d.next = false;
        }
        if self.told_sync.val() {
            self.due_sync.d.next = false;
        }
        if self.told_stale.val() {
            self.due_stale.d.next = false;
        }

        // What the host writes.
        if self.write_symbol_lo.val() {
            self.symbol_lo.d.next = self.data.val();
        }
        if self.write_symbol_hi.val() {
            self.symbol_hi.d.next = self.data.val();
        }
        if self.write_sync_lo.val() {
            self.sync_lo.d.next = true;
        }
        if self.write_locate.val() {
            self.locate_now.d.next = self.data.val().get_bits::<16>(0);
            self.bound.d.next = self.data.val().get_bit(16);
        }
        if self.write_halt.val() {
            if self.data.val().get_bit(0) {
                self.trading.d.next = true;
            }
            if self.data.val().get_bit(1) {
                self.trading.d.next = false;
            }
        }

        // What the feed says; a host's write in the same cycle is older.
        if self.directory.val() & self.matches_symbol.val() {
            self.locate_now.d.next = self.locate.val();
            self.bound.d.next = true;
            self.due_register.d.next = true;
            self.due_bound.d.next = true;
        }
        if self.action.val() & self.matches_locate.val() {
            self.trading.d.next = self.action_trades.val();
        }

        // Synchronising, then whatever spoils it.
        self.spoils.next = self.stale_all.val()
            | (self.bad_book.val() & self.matches_locate.val())
            | self.stale_table.val()
            | self.stale_store.val();
        self.accepts.next = self.sync.val() & self.sync_equal.val() & self.swept.q.val() & !self.spoils.val();
        self.sync_accepted.next = self.accepts.val();
        if self.sync.val() {
            self.due_sync.d.next = true;
            self.result.d.next = self.accepts.val();
        }
        if self.accepts.val() {
            self.fresh.d.next = true;
            self.gapped.d.next = false;
        }
        self.new_cause.next = self.stale_store_cause.val();
        if self.stale_table.val() {
            self.new_cause.next = self.stale_table_cause.val();
        }
        if self.bad_book.val() & self.matches_locate.val() {
            self.new_cause.next = self.cause_length.val();
        }
        if self.stale_all.val() {
            self.new_cause.next = self.cause_frame.val();
            if self.stale_gap.val() {
                self.new_cause.next = self.cause_gap.val();
            }
        }
        if self.spoils.val() & self.subscribed.q.val() {
            self.fresh.d.next = false;
            if self.fresh.q.val() {
                self.due_stale.d.next = true;
                self.cause_now.d.next = self.new_cause.val();
            }
            if self.stale_all.val() & self.stale_gap.val() {
                self.gapped.d.next = true;
            }
        }

        // Subscribing and sweeping.
        if self.sweep_taken.val() {
            self.sweep_due.d.next = false;
        }
        if self.sweep_done.val() & self.subscribed.q.val() & !self.sweep_due.q.val() {
            self.swept.d.next = true;
            self.due_ready.d.next = true;
        }
        if self.write_ctrl.val() {
            self.subscribed.d.next = self.data.val().get_bit(0);
            if self.data.val().get_bit(0) {
                if !self.subscribed.q.val() {
                    self.sweep_due.d.next = true;
                    self.due_ready.d.next = false;
                    self.due_stale.d.next = true;
                    self.cause_now.d.next = self.cause_subscribed.val();
                    self.swept.d.next = false;
                    self.fresh.d.next = false;
                    self.trading.d.next = false;
                    self.gapped.d.next = false;
                }
            } else {
                self.swept.d.next = false;
                self.fresh.d.next = false;
                self.trading.d.next = false;
                self.gapped.d.next = false;
                self.due_ready.d.next = false;
            }
        }
        if self.reset.val() {
            self.bound.d.next = false;
            self.subscribed.d.next = false;
            self.swept.d.next = false;
            self.fresh.d.next = false;
            self.trading.d.next = false;
            self.gapped.d.next = false;
            self.sync_lo.d.next = false;
            self.sweep_due.d.next = false;
            self.due_register.d.next = false;
            self.due_bound.d.next = false;
            self.due_ready.d.next = false;
            self.due_sync.d.next = false;
            self.due_stale.d.next = false;
            self.symbol_lo.d.next = 0.into();
            self.symbol_hi.d.next = 0.into();
            self.locate_now.d.next = 0.into();
        }
    }
}
