//! What each slot has seen since its last reset.
//!
//! ```text
//! clear ─► cleared flags ─┬─► fresh, seen, mid_seen of the event's slot (before the event)
//! event ──────────────────┴─► set ─► flags
//! ```
//!
//! A slot that is not `live` has no state: the memories around keep stale words, which nobody reads.
//! Latency: 0 cycles. Back-pressure: none. A clear in the cycle of an event comes before it.

use rust_hdl::prelude::*;

/// See the module's text. `S = 2^A` slots.
#[derive(LogicBlock)]
pub struct SlotFlags<const A: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub clear: Signal<In, Bit>,
    pub clear_slot: Signal<In, Bits<A>>,
    pub valid: Signal<In, Bit>,
    pub slot: Signal<In, Bits<A>>,
    /// The event changed the book.
    pub book: Signal<In, Bit>,
    /// The book has both sides.
    pub two_sided: Signal<In, Bit>,
    /// No event since the reset.
    pub fresh: Signal<Out, Bit>,
    /// A book event since the reset.
    pub seen: Signal<Out, Bit>,
    /// A book event with a two-sided book since the reset.
    pub mid_seen: Signal<Out, Bit>,
    live: DFF<Bits<S>>,
    book_seen: DFF<Bits<S>>,
    both_seen: DFF<Bits<S>>,
    cleared: Signal<Local, Bits<S>>,
    kept: Signal<Local, Bits<S>>,
    chosen: Signal<Local, Bits<S>>,
    live_kept: Signal<Local, Bits<S>>,
    book_kept: Signal<Local, Bits<S>>,
    both_kept: Signal<Local, Bits<S>>,
    one: Constant<Bits<S>>,
}

impl<const A: usize, const S: usize> Default for SlotFlags<A, S> {
    fn default() -> Self {
        assert_eq!(S, 1 << A, "SlotFlags: {S} slots need {A} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            clear: Default::default(),
            clear_slot: Default::default(),
            valid: Default::default(),
            slot: Default::default(),
            book: Default::default(),
            two_sided: Default::default(),
            fresh: Default::default(),
            seen: Default::default(),
            mid_seen: Default::default(),
            live: Default::default(),
            book_seen: Default::default(),
            both_seen: Default::default(),
            cleared: Default::default(),
            kept: Default::default(),
            chosen: Default::default(),
            live_kept: Default::default(),
            book_kept: Default::default(),
            both_kept: Default::default(),
            one: Constant::new(1.into()),
        }
    }
}

impl<const A: usize, const S: usize> Logic for SlotFlags<A, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, live, book_seen, both_seen);
        self.cleared.next = 0.into();
        if self.clear.val() {
            self.cleared.next = self.one.val() << self.clear_slot.val();
        }
        self.kept.next = !self.cleared.val();
        self.live_kept.next = self.live.q.val() & self.kept.val();
        self.book_kept.next = self.book_seen.q.val() & self.kept.val();
        self.both_kept.next = self.both_seen.q.val() & self.kept.val();
        // lint-hdl: allow(slice): A bits address S = 2^A flags.
        self.fresh.next = !self.live_kept.val().get_bit(self.slot.val().index());
        // lint-hdl: allow(slice): A bits address S = 2^A flags.
        self.seen.next = self.book_kept.val().get_bit(self.slot.val().index());
        // lint-hdl: allow(slice): A bits address S = 2^A flags.
        self.mid_seen.next = self.both_kept.val().get_bit(self.slot.val().index());
        self.chosen.next = self.one.val() << self.slot.val();
        self.live.d.next = self.live_kept.val();
        self.book_seen.d.next = self.book_kept.val();
        self.both_seen.d.next = self.both_kept.val();
        if self.valid.val() {
            self.live.d.next = self.live_kept.val() | self.chosen.val();
        }
        if self.valid.val() & self.book.val() {
            self.book_seen.d.next = self.book_kept.val() | self.chosen.val();
        }
        if self.valid.val() & self.book.val() & self.two_sided.val() {
            self.both_seen.d.next = self.both_kept.val() | self.chosen.val();
        }
        if self.reset.val() {
            self.live.d.next = 0.into();
            self.book_seen.d.next = 0.into();
            self.both_seen.d.next = 0.into();
        }
    }
}
